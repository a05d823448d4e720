//! `pingpost key new`: draws a master key.

use std::{fs::OpenOptions, io::Write, os::unix::fs::OpenOptionsExt, path::Path};

use anyhow::Context;
use base64::{Engine, prelude::BASE64_STANDARD};

use super::{Failure, printed};
use crate::chance;

/// Draws a key, and writes it into a file that its owner alone may read, or prints it.
pub(super) fn new(file: Option<&Path>) -> Result<(), Failure> {
    let key = BASE64_STANDARD.encode(chance::key());
    let Some(path) = file else { return printed(&format!("{key}\n")) };
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut made = match made {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let text = format!(
                "{}: there is such a file already, and what was sealed under its key could never be read again; \
                 name another",
                path.display()
            );
            return Err(Failure::Wrong(vec![text]));
        }
        made => made.with_context(|| format!("making {}", path.display()))?,
    };
    let written = made.write_all(format!("{key}\n").as_bytes()).and_then(|()| made.sync_all());
    written.with_context(|| format!("writing {}", path.display()))?;
    printed(&format!(
        "{}: made. Keep a copy elsewhere: whoever loses it loses the personal data.\n\
         PINGPOST_STORE__MASTER_KEY_FILE={}\n",
        path.display(),
        path.display()
    ))
}
