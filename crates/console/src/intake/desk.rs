//! `Desk`: the border between what comes in and the engine that sells it. The server hands it in, since this crate knows no
//! journey.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use lead::{CampaignId, JourneyId, Money, PublisherId, Timestamp};
use publisher::Submission;
use store::PublisherKeyId;

use crate::problem::Problem;

/// What becomes of a taking.
pub type TakingResult = Pin<Box<dyn Future<Output = Result<Taken, Problem>> + Send>>;

/// What is found of a lead; nothing: there is none.
pub type Looking = Pin<Box<dyn Future<Output = Result<Option<Stands>, Problem>> + Send>>;

/// Takes a lead in. It answers once the lead is durable, and the same key with the same body gives the same lead.
pub type Take = Arc<dyn Fn(Taking) -> TakingResult + Send + Sync>;

/// Says how a lead stands: once it has ended, or after this wait.
pub type Look = Arc<dyn Fn(JourneyId, Option<Duration>) -> Looking + Send + Sync>;

/// What a visitor enters to prove that a number is theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// The code that was sent.
    Code(String),
    /// They want another one.
    Again,
}

/// What an entry came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proved {
    /// It was the code.
    Right,
    /// It was not.
    Wrong,
    /// No more tries are left.
    Over,
    /// Another code is sent, if one may be.
    Again,
}

/// What becomes of an entry.
pub type Proving = Pin<Box<dyn Future<Output = Result<Proved, Problem>> + Send>>;

/// Compares what a visitor enters.
pub type Prove = Arc<dyn Fn(JourneyId, Entry) -> Proving + Send + Sync>;

/// The engine, as far as an intake knows it.
#[derive(Clone)]
pub struct Desk {
    /// Takes a lead in.
    pub take: Take,
    /// Says how one stands.
    pub look: Look,
    /// Compares a one-time code.
    pub prove: Prove,
}

/// A lead that was read and may be taken in.
#[derive(Debug)]
pub struct Taking {
    /// The key that it came with.
    pub key: PublisherKeyId,
    /// Whose it is.
    pub publisher: PublisherId,
    /// The campaign that it is for.
    pub campaign: CampaignId,
    /// The key under which the same lead is recognised; the journey's id is [`JourneyId::of_form`] of it.
    pub idempotency_key: String,
    /// A hash of what was sent under it, in hex.
    pub body_hash: String,
    /// What was sent.
    pub submission: Submission,
    /// How long the answer may wait for the end.
    pub wait: Option<Duration>,
    /// Whether the person may be rung. `false`: somebody asked for this number too often. It is then treated as a number
    /// that must not be called, and the answer is the same, so that nobody learns who asked for whom.
    pub ring: bool,
}

/// A lead that is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Its journey.
    pub lead: JourneyId,
    /// How it stands.
    pub progress: Progress,
}

/// How a lead stands, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stands {
    /// Whose.
    pub publisher: Option<PublisherId>,
    /// How it stands.
    pub progress: Progress,
}

/// How a lead stands, as whoever handed it in may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// It is durable, and nothing more has happened.
    Received,
    /// The person is to enter the code that was sent to the number. It is asked for whether or not one could be sent.
    CodeWanted,
    /// It is being sold.
    Selling,
    /// It is sold.
    Sold {
        /// What its publisher is owed.
        payout: Option<Money>,
    },
    /// Nobody bought it.
    Unsold {
        /// The reason's code.
        why: String,
    },
    /// The person's phone rings.
    Calling,
    /// The person is rung at this time.
    CallAt(Timestamp),
    /// The person answered.
    Connected,
    /// Nobody answered, and no further try is made. A number that must not be called ends so as well: whoever asks is not
    /// told the difference.
    NotReached,
    /// Somebody of the business took it back before the person was reached.
    Cancelled,
    /// The person said in this very call that we shall not call any more.
    Stopped,
}

impl Progress {
    /// Its word.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::CodeWanted => "code_wanted",
            Self::Selling => "selling",
            Self::Sold { .. } => "sold",
            Self::Unsold { .. } => "unsold",
            Self::Calling => "calling",
            Self::CallAt(_) => "call_at",
            Self::Connected => "connected",
            Self::NotReached => "not_reached",
            Self::Cancelled => "cancelled",
            Self::Stopped => "stopped",
        }
    }

    /// All words, for descriptions.
    pub const WORDS: [&'static str; 11] = [
        "received",
        "code_wanted",
        "selling",
        "sold",
        "unsold",
        "calling",
        "call_at",
        "connected",
        "not_reached",
        "cancelled",
        "stopped",
    ];

    /// Whether nothing more will happen.
    pub const fn is_end(&self) -> bool {
        matches!(
            self,
            Self::Sold { .. } | Self::Unsold { .. } | Self::NotReached | Self::Cancelled | Self::Stopped
        )
    }
}
