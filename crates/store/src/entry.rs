//! `Entry`: an event with its key and time, and how it is encoded.

use journey::Event;
use lead::{JourneyId, Pii, Timestamp};

use crate::{
    ChainHash,
    seal::{JourneyKey, OpenSealError, SealError, Sealed},
};

/// The number of the present form of an event. A release that changes the form adds one and reads all before it. What only
/// adds is no change: a field that older releases may pass over, or a kind that they do not know. Of whatever they do not
/// understand they leave the journey to those who do.
pub const FORMAT: i64 = 1;

/// An event as the shell drives it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What makes a repeat of it recognisable.
    pub key: String,
    /// When it happened for us.
    pub at: Timestamp,
    /// What happened.
    pub event: Event<Pii<String>>,
}

/// An event as it was kept.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Its place, from 0.
    pub n: u32,
    /// What makes a repeat of it recognisable.
    pub key: String,
    /// When it happened for us.
    pub at: Timestamp,
    /// The chain's hash up to it.
    pub hash: ChainHash,
    /// What happened.
    pub event: Event<Pii<String>>,
}

/// The name of an event as it was kept: what a URL prints and a repeat is recognised by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its place, from 0.
    pub n: u32,
    /// Its key.
    pub key: String,
    /// The chain's hash up to it.
    pub hash: ChainHash,
}

/// An event in its stored form: personal values are sealed.
#[derive(Debug, Clone)]
pub(crate) struct Encoded {
    pub(crate) n: u32,
    pub(crate) key: String,
    pub(crate) at: Timestamp,
    pub(crate) format: i64,
    pub(crate) kind: String,
    pub(crate) hash: ChainHash,
    pub(crate) body: Vec<u8>,
}

/// Why an event was not encoded.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// A personal value could not be sealed.
    #[error("a personal value could not be sealed")]
    Seal(#[from] SealError),
    /// The event could not be written.
    #[error("the event could not be written")]
    Write(#[from] serde_json::Error),
}

/// Why a stored event could not be read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// A personal value could not be opened.
    #[error("a personal value of event {n} could not be opened")]
    Open {
        /// The event's place.
        n: u32,
        /// Why.
        source: OpenSealError,
    },
    /// The event is of a form that a newer release has made.
    #[error("event {n} is of form {format}, which a newer release has made")]
    Newer {
        /// The event's place.
        n: u32,
        /// The number of its form.
        format: i64,
    },
    /// The event is of a kind that this release does not know, or has no sense.
    #[error("event {n} of form {format} cannot be read by this release")]
    Read {
        /// The event's place.
        n: u32,
        /// The number of its form.
        format: i64,
        /// Why.
        source: serde_json::Error,
    },
}

impl Encoded {
    /// The stored form of an entry that follows `before` as the `n`th event.
    pub(crate) fn of(
        journey: JourneyId,
        key: &JourneyKey,
        (n, before): (u32, ChainHash),
        entry: Entry,
    ) -> Result<Self, EncodeError> {
        let kind = entry.event.name().to_owned();
        let mut failed = None;
        let sealed = entry.event.map(&mut |value| match key.seal_value(journey, &value) {
            Ok(sealed) => Some(sealed),
            Err(error) => {
                failed = Some(error);
                None
            }
        });
        if let Some(error) = failed {
            return Err(error.into());
        }
        let body = serde_json::to_vec(&sealed)?;
        let hash = before.with(&entry.key, entry.at, &body);
        Ok(Self { n, key: entry.key, at: entry.at, format: FORMAT, kind, hash, body })
    }

    /// The event in custody.
    pub(crate) fn open(self, journey: JourneyId, key: &JourneyKey) -> Result<Recorded, DecodeError> {
        let n = self.n;
        // It may read as something that it is not.
        if self.format > FORMAT {
            return Err(DecodeError::Newer { n, format: self.format });
        }
        let sealed: Event<Sealed> = serde_json::from_slice(&self.body)
            .map_err(|source| DecodeError::Read { n, format: self.format, source })?;
        let mut failed = None;
        let event = sealed.map(&mut |value| {
            key.open_value(journey, &value).unwrap_or_else(|source| {
                failed = Some(source);
                Pii::new(String::new())
            })
        });
        match failed {
            Some(source) => Err(DecodeError::Open { n, source }),
            None => Ok(Recorded { n, key: self.key, at: self.at, hash: self.hash, event }),
        }
    }

    /// Its name.
    pub(crate) fn step(&self) -> Step {
        Step { n: self.n, key: self.key.clone(), hash: self.hash }
    }
}
