//! What is personal leaves the process sealed, and only sealed.
//!
//! A [`Keys`] holds the master keys. Each journey has a data key of its own, wrapped under the newest of them; erasing
//! a person drops the wrapped key. Only `values.rs` and `fake.rs` look at a personal value.

mod cipher;
mod fake;
mod keys;
mod values;

pub use fake::{Fakes, Shown};
pub use keys::{KeyError, Keys, MasterKey};
pub use values::{CallerKey, Sealed};

pub(crate) use keys::JourneyKey;
pub(crate) use keys::wrapping;
pub(crate) use values::{CallerMarks, Part, masked, purpose as of_journey};

use crate::chance::NoChance;

/// Why nothing was sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// No nonce could be drawn.
    #[error("no nonce could be drawn")]
    Chance(#[from] NoChance),
    /// The cipher refused: the value is longer than it can take.
    #[error("the value is too long to be sealed")]
    TooLong,
}

/// Why a sealed value could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenSealError {
    /// None of our master keys sealed it.
    #[error("it is sealed under a master key that is not configured")]
    UnknownKey,
    /// It was changed, or it belongs to something else.
    #[error("the sealed value does not open: it was changed, or it belongs to another journey or purpose")]
    Broken,
    /// The person was erased.
    #[error("the person was erased, and the key is gone")]
    Erased,
}
