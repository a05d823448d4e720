//! What events say of legs: which, who answered, how one ended, and which request took a dial.

use auction::Ranked;
use lead::{BuyerId, OfferId};
use serde::{Deserialize, Serialize};

/// A leg, as its carrier names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LegId(pub String);

/// Who answered a phone that we rang.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answerer {
    /// A person.
    Human,
    /// A machine.
    Machine,
    /// The carrier cannot tell, or was not asked.
    Unknown,
}

/// What the shell knows of the caller at the arrival.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standby {
    /// Nothing.
    #[default]
    New,
    /// The campaign connects its callers to the same buyer again: this is the place it had then.
    SameBuyer(Box<Ranked>),
    /// The campaign auctions its callers anew, without these buyers.
    Without(Vec<BuyerId>),
    /// The campaign ends calls of the same caller.
    Ending,
    /// Somebody of the business tries this offer: only it takes part, at price zero and outside caps and reports.
    Test(OfferId),
}

/// How a leg or a dial ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DialResult {
    /// It was answered, and then ended.
    Completed,
    /// The line was busy.
    Busy,
    /// Nobody answered.
    NoAnswer,
    /// The carrier could not reach it.
    Failed,
    /// It was cancelled before it was answered.
    Canceled,
}

/// A leg's name in tests and look-ups.
impl From<&str> for LegId {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// Which request took a dial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Taken {
    /// A hold poll.
    Poll,
    /// The document of our push.
    Push,
    /// The document that follows the end of another dial or the last answer.
    Next,
}
