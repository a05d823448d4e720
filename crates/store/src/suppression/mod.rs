//! The suppression list: numbers that are not to be called, found by a keyed hash. A number that is on it stays on it until a
//! person takes it off with a reason.

mod add;
mod import;
mod lines;
mod list;

use lead::{E164, JourneyId, Pii, Timestamp};
use uuid::Uuid;

use crate::{OpenSealError, ReadFailed, SealError, UserId, WriteFailed, durable::Bind};

pub(crate) use add::suppress;
pub use import::Imported;
pub use lines::{BadLine, BadNumber, NumberList, NumberReader, TooManyLines, read_number};
pub use list::SuppressionFilter;

/// A suppression, by an id that follows from its number and does not show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SuppressionId(Uuid);

/// A number that is not to be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// Its id.
    pub id: SuppressionId,
    /// The number.
    pub number: Pii<E164>,
    /// The number with most of it covered.
    pub masked: String,
    /// Why it is here.
    pub why: SuppressedBy,
    /// Since when.
    pub added_at: Timestamp,
    /// Who put it here; `None`: the person asked for it.
    pub by: Option<UserId>,
    /// In which journey it was asked for.
    pub journey: Option<JourneyId>,
}

/// How a number came onto the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SuppressedBy {
    /// The person pressed 9 in a call.
    Pressed9,
    /// The person said to stop in a call.
    SaidStop,
    /// It was in a list that somebody imported.
    Imported,
    /// Somebody put it here.
    ByHand,
    /// The person asked for it in a form.
    AskedByForm,
}

/// A number that is to be put on the list by an event of a journey.
#[derive(Debug, Clone)]
pub struct NewSuppression {
    /// The number.
    pub number: Pii<E164>,
    /// Why.
    pub why: SuppressedBy,
    /// When it was asked for.
    pub at: Timestamp,
    /// Who puts it there, where it is a person of the house.
    pub by: Option<UserId>,
    /// In which journey.
    pub journey: Option<JourneyId>,
}

/// Why the list could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum SuppressionError {
    /// It could not be read.
    #[error("the suppression list could not be read")]
    Read(#[from] ReadFailed),
    /// It was not changed, or that is not known.
    #[error("the suppression list was not changed")]
    Write(#[from] WriteFailed),
    /// A number could not be sealed.
    #[error("a number could not be sealed")]
    Seal(#[from] SealError),
    /// A number could not be opened.
    #[error("a number of the suppression list could not be opened")]
    Open(#[from] OpenSealError),
}

impl SuppressedBy {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Pressed9, Self::SaidStop, Self::Imported, Self::ByHand, Self::AskedByForm];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pressed9 => "pressed_9",
            Self::SaidStop => "said_stop",
            Self::Imported => "imported",
            Self::ByHand => "by_hand",
            Self::AskedByForm => "asked_by_form",
        }
    }

    /// What of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.as_str() == text)
    }
}

impl SuppressionId {
    /// The id of this number.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// Its number.
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl std::fmt::Display for SuppressionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl From<SuppressionId> for Bind {
    fn from(id: SuppressionId) -> Self {
        Self::from(id.0)
    }
}
