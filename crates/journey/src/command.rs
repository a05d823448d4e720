//! `Command`: what follows from an event, in the imperative.

use std::time::Duration;

use auction::{Destination, Hold, Seed};
use bridge::Post;
use lead::{AttemptId, AuctionId, Consent, Money, OfferId, PingId, SaleId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Ended, LegId};

/// What follows from an event. A promise commits with the event; a request is sent after the commit, once, by the
/// pass that committed it, and each ends in exactly one event.
#[derive(Debug)]
pub enum Command {
    /// Request: open an auction. It ends in `AuctionOpened`.
    OpenAuction {
        /// The how-manieth auction of the journey, from 0.
        n: u32,
        /// The one offer that is asked once more.
        again: Option<Again>,
    },
    /// Request: ping and wait. It ends in `AuctionClosed`.
    RunAuction {
        /// The auction.
        auction: AuctionId,
        /// What ties are drawn by.
        seed: Seed,
        /// The one offer that is asked once more.
        again: Option<Again>,
        /// When it must have closed.
        until: Timestamp,
    },
    /// Promise: count an award. Its result, `Reserved` or `ReserveRefused`, is folded in the same transaction.
    Reserve(Box<ReserveCommand>),
    /// Request: ask the reserved winner once more. It ends in `Confirmed` or `Unconfirmed`.
    Confirm(Confirming),
    /// Promise: give an award back.
    Void {
        /// The attempt.
        attempt: AttemptId,
        /// Whether its seat is free too.
        seat: SeatNow,
    },
    /// Promise: an attempt's leg has ended, its seat is free.
    FreeSeat {
        /// The attempt.
        attempt: AttemptId,
    },
    /// Request: move the caller from hold to the dial. It ends in `Pushed` or `PushFailed`.
    Push(Push),
    /// Request: move the caller from hold to the question about a buyer. It ends in `AskPushed` or `AskPushFailed`.
    PushAsk(Push),
    /// Request: record the caller's leg from now on. It ends in `RecordingBegan` or `RecordFailed`.
    Record,
    /// Request: end the buyer's leg. It ends in `Dropped` or `DropFailed`.
    Drop {
        /// The attempt.
        n: u32,
        /// The leg, where it is known.
        leg: Option<LegId>,
    },
    /// Promise: the sale, the confirmed reservation and the post, together.
    Book(Box<Post>),
    /// Promise: the whole lead to the winner of a form, whose answer decides about the sale.
    HandOver(Box<Post>),
    /// Promise: what became of a sale, as an appended entry.
    Settle {
        /// The sale.
        sale: SaleId,
        /// The attempt.
        attempt: AttemptId,
        /// What became of it.
        verdict: Verdict,
        /// How long they talked from the acceptance.
        talk: Option<Duration>,
        /// What this entry adds to what the publisher is owed. A void sale's earlier entries are reversed with it.
        payout: Money,
    },
    /// Promise: tell the buyer that its lead came to nothing.
    Return {
        /// The sale.
        sale: SaleId,
        /// The offer.
        offer: OfferId,
    },
    /// Promise: a form or a request for a callback was taken in, and is not lost any more.
    Accept,
    /// Promise: evidence of consent.
    Keep(Consent),
    /// Promise: the journey has ended. A truth that comes late may end it once more: the last ending counts.
    End(Ended),
    /// Request: dial the person who asked to be rung, if the law permits it now. It ends in `LeadDialled`, `LeadForbidden` or
    /// `LeadDialFailed`.
    DialLead {
        /// Which dial of the journey, from 1.
        n: u32,
    },
    /// Request: send a one-time code to the person who asked to be rung. It ends in `CodeSent` or `CodeNotSent`.
    SendCode {
        /// Which code of the journey, from 1.
        n: u32,
    },
    /// Promise: this person is not called again.
    Suppress {
        /// How they said so.
        why: StopWhy,
    },
    /// Request: move the caller's leg. It ends in `Transferred` or `TransferFailed`.
    Transfer {
        /// Where to.
        to: Destination,
    },
}

/// An offer that is asked once more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Again {
    /// The offer.
    pub offer: OfferId,
    /// The ping that it answered first.
    pub repeat_of: PingId,
}

/// An award to be counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReserveCommand {
    /// The attempt.
    pub attempt: AttemptId,
    /// Which attempt of the journey, from 1.
    pub n: u32,
    /// The offer.
    pub offer: OfferId,
    /// The price.
    pub price: Money,
    /// What it takes.
    pub hold: Hold,
    /// When its seat is free at the latest, whatever is heard of its leg.
    pub seat_until: Timestamp,
    /// Whether nothing is counted: a test, or a caller that comes again.
    pub uncounted: bool,
}

/// A confirm to be sent. What it may say of the lead, the shell takes from the journey's attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirming {
    /// The attempt.
    pub n: u32,
    /// How long its buyer has.
    pub timeout: Duration,
}

/// A push to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Push {
    /// The attempt.
    pub n: u32,
    /// It is not sent after this moment: a poll may deliver the dial when it would still be under way.
    pub send_by: Timestamp,
}

/// How a person said that they want no more calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopWhy {
    /// By key 9.
    Pressed9,
    /// In words.
    SaidStop,
}

impl StopWhy {
    pub(crate) const fn of<P>(input: &ivr::Input<P>) -> Self {
        match input {
            ivr::Input::Keys(_) | ivr::Input::Silence => Self::Pressed9,
            ivr::Input::Words { .. } => Self::SaidStop,
        }
    }
}

/// What becomes of a seat with its reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeatNow {
    /// It is free: no leg holds it.
    Free,
    /// A leg still holds it.
    Held,
}

/// What became of a sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The talk reached the payable seconds.
    Earned,
    /// The talk did not.
    TooShort,
    /// The caller was gone in the moment of the acceptance.
    Abandoned,
    /// The buyer dropped the caller at once, and the next bid has it.
    Dropped,
    /// The sale was earned before; now the publisher's own payable seconds are reached as well.
    Paid,
}

impl Command {
    /// Whether it lasts: it must be durable with its event before anybody hears of it.
    pub fn is_promise(&self) -> bool {
        match self {
            Self::Reserve(_)
            | Self::Void { .. }
            | Self::FreeSeat { .. }
            | Self::Book(_)
            | Self::HandOver(_)
            | Self::Settle { .. }
            | Self::Return { .. }
            | Self::Accept
            | Self::Suppress { .. }
            | Self::Keep(_)
            | Self::End(_) => true,
            Self::OpenAuction { .. }
            | Self::RunAuction { .. }
            | Self::Confirm(_)
            | Self::Push(_)
            | Self::PushAsk(_)
            | Self::Record
            | Self::DialLead { .. }
            | Self::SendCode { .. }
            | Self::Drop { .. }
            | Self::Transfer { .. } => false,
        }
    }

    /// Its name, for stories, logs and metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::OpenAuction { .. } => "open_auction",
            Self::RunAuction { .. } => "run_auction",
            Self::Reserve(_) => "reserve",
            Self::Confirm(_) => "confirm",
            Self::Void { .. } => "void",
            Self::FreeSeat { .. } => "free_seat",
            Self::Push(_) => "push",
            Self::PushAsk(_) => "push_ask",
            Self::Record => "record",
            Self::Drop { .. } => "drop",
            Self::Book(_) => "book",
            Self::HandOver(_) => "hand_over",
            Self::Settle { .. } => "settle",
            Self::Return { .. } => "return",
            Self::Accept => "accept",
            Self::DialLead { .. } => "dial_lead",
            Self::SendCode { .. } => "send_code",
            Self::Suppress { .. } => "suppress",
            Self::Keep(_) => "keep",
            Self::End(_) => "end",
            Self::Transfer { .. } => "transfer",
        }
    }
}
