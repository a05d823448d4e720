//! `Writer`: what writes a post whose buyer is known only inside the transaction.

use std::{fmt, sync::Arc};

use bridge::Post;
use lead::Pii;

type Write = dyn Fn(&Post) -> Option<Pii<Vec<u8>>> + Send + Sync;

/// Writes the request of a post inside the transaction that promises it, as its buyer's dialect has it. `None`: it cannot be
/// written, and a person has to look.
#[derive(Clone, Default)]
pub struct Writer(Option<Arc<Write>>);

impl Writer {
    /// One that writes so. It must not wait.
    pub fn new(write: impl Fn(&Post) -> Option<Pii<Vec<u8>>> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(write)))
    }

    pub(super) fn write(&self, post: &Post) -> Option<Pii<Vec<u8>>> {
        self.0.as_ref().and_then(|write| write(post))
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Writer")
    }
}
