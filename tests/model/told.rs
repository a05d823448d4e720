//! What happened, in the model's small words, and as the events and keys of the project.

use auction::Seed;
use journey::{DialResult, Event, LegId, Standby, Taken};
use lead::Pii;

use crate::{
    carrier::Url,
    casting::{First, Tick, at, auction_id, number, ranking, ticks},
    history::Hist,
};

/// An event. Each has a leg of its own for each attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Told {
    Arrived,
    Opened(Hist),
    /// Another auction takes the place of one whose node may be gone.
    Reopened {
        was: Hist,
        by: Hist,
    },
    Closed(Hist),
    Reserved(u8),
    Refused(u8),
    Pushed(u8),
    PushFailed(u8),
    Taken(u8, By),
    PickedUp {
        n: u8,
        at: Tick,
    },
    Accepted {
        n: u8,
        at: Tick,
    },
    Declined(u8),
    LegEnded {
        n: u8,
        how: How,
        lasted: Option<Tick>,
    },
    DialEnded {
        n: u8,
        how: How,
        bridged: Option<bool>,
        lasted: Option<Tick>,
    },
    NotFound(u8),
    Gone {
        at: Tick,
    },
    Deadline {
        at: Tick,
    },
}

/// Which request took a dial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum By {
    Poll,
    Push,
    Next,
}

/// How a leg ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum How {
    Completed,
    NoAnswer,
    Canceled,
}

/// An entry's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    Arrived,
    Opened(Hist),
    Reopened(Hist),
    Auction(Hist),
    Reserve(u8),
    Push(u8),
    /// A push's document is fetched: the attempt, and the history that pushed.
    Dial(u8, Hist),
    /// A request takes the dial of an attempt.
    Take(u8, Url),
    PickedUp(u8),
    LegEnded(u8),
    Accept(u8),
    Dialed(u8),
    /// The caller's own callback.
    Call,
    /// A request says that the caller's leg has ended.
    Gone,
    LookedUp(u8, Seen),
    /// The caller's leg was looked up and has ended.
    LookedUpCaller,
    Deadline(Tick),
}

/// What a look-up at the carrier says of a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Seen {
    Talking,
    Ended,
    Nothing,
}

/// An event with its key and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entry {
    pub key: Key,
    pub told: Told,
    pub at: Tick,
}

impl Told {
    /// The event of the project.
    pub fn event(self, first: First) -> Event<Pii<String>> {
        let leg = |n: u8| LegId(format!("leg-{n}"));
        match self {
            Self::Arrived => Event::Arrived {
                dnis: number("+18005550100"),
                caller: Some(Pii::new("+13055550142".to_owned())),
                leg: "caller".into(),
                standby: Standby::New,
                attestation: None,
            },
            Self::Opened(history) => {
                Event::AuctionOpened { auction: auction_id(history.name()), seed: Seed(7) }
            }
            Self::Reopened { was, by } => Event::AuctionReopened {
                was: auction_id(was.name()),
                auction: auction_id(by.name()),
                seed: Seed(7),
            },
            Self::Closed(history) => {
                Event::AuctionClosed { ranking: Box::new(ranking(history.name(), first)) }
            }
            Self::Reserved(n) => Event::Reserved { n: n.into() },
            Self::Refused(n) => {
                Event::ReserveRefused { n: n.into(), why: auction::Outcome::Capped, offer: None, full: None }
            }
            Self::Pushed(n) => Event::Pushed { n: n.into() },
            Self::PushFailed(n) => Event::PushFailed { n: n.into() },
            Self::Taken(n, by) => Event::DialTaken { n: n.into(), by: by.taken() },
            Self::PickedUp { n, at: tick } => Event::BuyerPickedUp { n: n.into(), leg: leg(n), at: at(tick) },
            Self::Accepted { n, at: tick } => Event::BuyerAccepted { n: n.into(), leg: leg(n), at: at(tick) },
            Self::Declined(n) => Event::BuyerDeclined { n: n.into(), leg: leg(n) },
            Self::LegEnded { n, how, lasted } => {
                let (result, lasted) = (how.result(), lasted.map(ticks));
                Event::LegEnded { n: n.into(), leg: leg(n), result, lasted }
            }
            Self::DialEnded { n, how, bridged, lasted } => {
                let (result, lasted) = (how.result(), lasted.map(ticks));
                Event::DialEnded { n: n.into(), result, bridged, lasted }
            }
            Self::NotFound(n) => Event::DialNotFound { n: n.into() },
            Self::Gone { at: tick } => Event::CallerHungUp { at: at(tick) },
            Self::Deadline { at: tick } => Event::DeadlinePassed { at: at(tick) },
        }
    }
}

impl By {
    const fn taken(self) -> Taken {
        match self {
            Self::Poll => Taken::Poll,
            Self::Push => Taken::Push,
            Self::Next => Taken::Next,
        }
    }
}

impl How {
    const fn result(self) -> DialResult {
        match self {
            Self::Completed => DialResult::Completed,
            Self::NoAnswer => DialResult::NoAnswer,
            Self::Canceled => DialResult::Canceled,
        }
    }
}
