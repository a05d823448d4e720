//! `pingpost key new|rotate`: draws a master key, and seals anew what an earlier one sealed.

use std::{fs::OpenOptions, io::Write, os::unix::fs::OpenOptionsExt, path::Path};

use anyhow::Context;
use base64::{Engine, prelude::BASE64_STANDARD};

use super::{Failure, printed};
use crate::{app::open_store, chance, config::Config};

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

/// Seals anew what an earlier key sealed.
pub(super) async fn rotate(config: &Config) -> Result<(), Failure> {
    let store = open_store(&config.store).await?;
    let rotated = store.rotate_keys().await;
    let lost = store.suppressions_lost().await;
    store.close().await;
    let rotated = rotated.context("sealing under the newest key")?;
    if lost.context("reading the suppression list")? > 0 {
        return Err(Failure::Found(vec![LOST.to_owned()]));
    }
    printed(&format!(
        "sealed anew: {} numbers of the suppression list, {} calls, {} others\n\
         An earlier key can be retired when the calls that are only in flight have ended, in a day; who called before is then no \
         longer known as the same caller.\n",
        rotated.suppressions, rotated.journeys, rotated.others
    ))
}

/// What is said where a key was retired too early.
pub(crate) const LOST: &str = "numbers of the suppression list are under a master key that is not configured, and would be called: \
    add it to store.previous_master_keys, run `pingpost key rotate`, and retire it then";
