//! Posts: requests to buyers that are promised with a sale and sent at least once, each under the id of its sale.
//!
//! A worker claims posts for a lease, sends them, and settles each. Settling is fenced by the claim: whoever's lease was
//! taken over has nothing to say any more. Nothing is sent after a lease's end.
//!
//! Each offer has a queue of its own, and each buyer its share of the places. How an offer's post URL fares stands in
//! `endpoint`: one that fails is tried sparingly, one that answered 410 not at all, and one that is back is sent whatever
//! waited, the oldest first.

mod choose;
mod claim;
mod endpoint;
mod list;
mod replay;
mod settle;
mod waiting;

pub(crate) use endpoint::is_disabled;
pub use endpoint::{EndpointChange, EndpointState, PostEndpoint};
pub use list::{Post, PostCounts, PostFilter};
pub use replay::{Replay, Replayed};
pub use settle::{PostResult, Settled};

use std::sync::Arc;

use lead::{JourneyId, OfferId, Pii, SaleId, Timestamp};
use uuid::Uuid;

use crate::{ReadFailed, WriteFailed};

/// One post: the same for every try of one thing that is said of one sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PostId(Uuid);

/// What a post says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PostKind {
    /// The lead, whole.
    Sold,
    /// The lead came to nothing.
    Returned,
}

/// Where a post stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PostState {
    /// For the post before it to settle.
    Waiting,
    /// It is to be sent when its time has come.
    Due,
    /// Its offer's post URL answered 410: it is sent when somebody enables the offer's posts.
    Held,
    /// A worker has it.
    Claimed,
    /// The buyer took it.
    Delivered,
    /// No more tries; a person should look.
    Dead,
    /// It is not to be sent.
    Cancelled,
}

/// A post in a worker's hands.
#[derive(Debug)]
pub struct Claimed {
    /// The claim, which settles it.
    pub claim: Claim,
    /// The sale, whose id is its idempotency key.
    pub sale: SaleId,
    /// The journey.
    pub journey: JourneyId,
    /// What it says.
    pub kind: PostKind,
    /// The offer.
    pub offer: OfferId,
    /// The attempt of its journey whose sale its answer decides. `None`: the sale is booked already.
    pub handed: Option<u32>,
    /// The request.
    pub body: Pii<Vec<u8>>,
    /// Which try of its schedule this is, from 1. A try ahead of its time takes nothing of the schedule.
    pub tries: u32,
    /// When it would have been due, where it is tried ahead of its time, since its buyer is back.
    pub ahead_of: Option<Timestamp>,
}

/// A worker's claim on one post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The post.
    pub post: PostId,
    /// Whose it is.
    pub owner: String,
    /// Nothing is sent after this moment.
    pub until: Timestamp,
}

/// What a worker asks for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Its name, different for every worker that ever runs.
    pub owner: Arc<str>,
    /// How long it has them.
    pub lease: std::time::Duration,
    /// The most that it has on their way at the same time, with those that it has already.
    pub in_flight_max: u32,
    /// The most of one buyer that are on their way at the same time, over all its offers, so that one slow buyer holds up
    /// nobody else.
    pub per_buyer_max: u32,
}

/// Why the outbox could not be worked.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// It could not be read.
    #[error("the outbox could not be read")]
    Read(#[from] ReadFailed),
    /// It could not be written, or whether it was is not known. A claim of unknown outcome lapses with its lease.
    #[error("the outbox could not be written")]
    Write(#[from] WriteFailed),
}

impl PostId {
    /// The post of this kind for a sale.
    pub fn of(sale: SaleId, kind: PostKind) -> Self {
        Self(Uuid::new_v5(&sale.uuid(), kind.as_str().as_bytes()))
    }

    /// From a stored or received id.
    pub const fn from_uuid(id: Uuid) -> Self {
        Self(id)
    }

    /// The id.
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl std::fmt::Display for PostId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl PostKind {
    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sold => "lead.sold",
            Self::Returned => "lead.returned",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Sold, Self::Returned].into_iter().find(|kind| kind.as_str() == text)
    }
}

impl PostState {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Waiting, Self::Due, Self::Held, Self::Claimed, Self::Delivered, Self::Dead, Self::Cancelled];

    /// Its name, for lists and filters.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Due => "due",
            Self::Held => "held",
            Self::Claimed => "claimed",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}
