//! `ChainHash`: the name of a history. Two histories of a journey never have the same one.

use std::fmt;

use lead::{JourneyId, Timestamp};
use sha2::{Digest, Sha256};

/// The hash of all events of a journey up to one of them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChainHash([u8; 16]);

impl ChainHash {
    /// The hash before a journey's first event.
    pub const fn start(journey: JourneyId) -> Self {
        Self(journey.uuid().into_bytes())
    }

    /// The hash with one more event. The key's length goes first, so that no two events give the same bytes.
    #[must_use]
    pub fn with(self, key: &str, at: Timestamp, body: &[u8]) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(self.0);
        hasher.update((key.len() as u64).to_be_bytes());
        hasher.update(key);
        hasher.update(at.micros().to_be_bytes());
        hasher.update(body);
        let mut first = [0; 16];
        first.copy_from_slice(&hasher.finalize()[..16]);
        Self(first)
    }

    /// From stored bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Its bytes.
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The first eight hexadecimal digits, for a URL.
    pub fn short(&self) -> String {
        self.to_string().chars().take(8).collect()
    }
}

impl fmt::Display for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
