//! `Outcome`: the one named result of every offer considered, from a closed list (domain.md 4).

use lead::{FieldName, Money};
use serde::{Deserialize, Serialize};

/// What became of one offer in one auction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It stands first in the ranking.
    Won,
    /// A higher price stands before it.
    Outbid {
        /// By how much.
        by: Money,
    },
    /// The same price stands before it.
    LostTie,
    /// It said no.
    NoBid(NoBid),
    /// Its payable seconds are above the offer's limit.
    BadTerms,
    /// Its bid is below the offer's floor.
    BelowFloor,
    /// Its bid is below the campaign's reserve.
    BelowReserve,
    /// Its bid is above the offer's highest bid.
    AboveMax,
    /// Its bid had no life left when it came.
    Expired,
    /// The same buyer named the same bid id twice in one round.
    DuplicateBid,
    /// Nothing that the bid or the offer names is an allowed destination.
    BadDestination,
    /// A cap of the offer or its buyer is full.
    Capped,
    /// All seats of the offer or its buyer are taken.
    AtConcurrency,
    /// It does not buy now.
    OutOfHours,
    /// A filter does not pass.
    Filtered(FieldName),
    /// A field that it requires is not known. `phone` for a withheld number.
    MissingField(FieldName),
    /// The person's consent does not name its buyer, and the campaign asks for one that does.
    NotNamed,
    /// The same person, inside its window.
    DuplicateLead,
    /// Switched off, or paused by its health.
    Paused,
    /// Left out of this round by its share, since its buyer has not answered lately.
    Throttled,
    /// The round closed before it answered, since it could not have won.
    NotAwaited,
}

/// Why there is no bid: what a dialect or the exchange reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoBid {
    /// Bid 0, HTTP 204, or an empty list.
    Declined,
    /// An explicit refusal.
    Rejected {
        /// The buyer's code, at most 64 printable characters.
        code: Option<String>,
        /// The buyer's text, at most 200 printable characters.
        text: Option<String>,
        /// What the refusal is about.
        about: About,
    },
    /// Nothing came before the deadline.
    Timeout,
    /// An answer came after the deadline.
    Late,
    /// No connection, or none that could be trusted.
    Unreachable(Unreachable),
    /// An HTTP status that is no answer.
    BadStatus(u16),
    /// A reply that cannot be read.
    Malformed(Malformed),
    /// More than 64 KiB after decompression.
    TooLarge,
}

/// What a refusal is about: it decides who is left out of the static auction (domain.md 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// The person (duplicate, blocked, suppressed): excludes all offers of that buyer.
    Person,
    /// Price, capacity or anything else: excludes that offer only.
    Offer,
}

/// Why a buyer could not be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unreachable {
    /// The connection was refused or reset.
    Refused,
    /// The name could not be resolved.
    Dns,
    /// The name resolves to an address that is not public.
    PrivateAddress,
    /// TLS could not be set up, or the certificate is not the host's.
    Tls,
    /// No connection within the connect time-out.
    ConnectTimeout,
    /// The connection broke before the answer was whole.
    Broken,
    /// It redirected, which is never followed.
    RedirectNotAllowed,
}

/// Why a reply cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Malformed {
    /// Invalid UTF-8, somewhere.
    Utf8,
    /// No JSON or XML, or something behind it.
    Syntax,
    /// A key or a mapped element twice.
    DuplicateField,
    /// Nested deeper than 32.
    Depth,
    /// A DTD.
    Dtd,
    /// Not an object.
    Shape,
    /// A compressed body that cannot be decompressed.
    Encoding,
    /// No price and no refusal.
    NoPrice,
    /// A price that is no amount.
    Price,
    /// A flag or status word that is none of the known ones.
    Accepted,
    /// Another currency than ours.
    Currency,
    /// Another ping's id.
    PingId,
    /// A bid id that is not 1–256 printable ASCII characters.
    BidId,
    /// An expiry that is no time.
    Expiry,
    /// Payable seconds that are no number.
    PayableAfter,
    /// A refusal's reason or code of a wrong type.
    Reason,
}

impl Outcome {
    /// Its code in the closed list of domain.md 4, for exports, metrics and the title of a sentence.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Won => "won",
            Self::Outbid { .. } => "outbid",
            Self::LostTie => "lost_tie",
            Self::NoBid(no_bid) => no_bid.code(),
            Self::BadTerms => "bad_terms",
            Self::BelowFloor => "below_floor",
            Self::BelowReserve => "below_reserve",
            Self::AboveMax => "above_max",
            Self::Expired => "expired",
            Self::DuplicateBid => "duplicate_bid",
            Self::BadDestination => "bad_destination",
            Self::Capped => "capped",
            Self::AtConcurrency => "at_concurrency",
            Self::OutOfHours => "out_of_hours",
            Self::Filtered(_) => "filtered",
            Self::MissingField(_) => "missing_field",
            Self::NotNamed => "not_named",
            Self::DuplicateLead => "duplicate_lead",
            Self::Paused => "paused",
            Self::Throttled => "throttled",
            Self::NotAwaited => "not_awaited",
        }
    }
}

impl Outcome {
    /// Whether its offer was pinged.
    pub fn was_asked(&self) -> bool {
        match self {
            Self::NoBid(_) | Self::NotAwaited => true,
            Self::Capped
            | Self::AtConcurrency
            | Self::OutOfHours
            | Self::Filtered(_)
            | Self::MissingField(_)
            | Self::NotNamed
            | Self::DuplicateLead
            | Self::Paused
            | Self::Throttled => false,
            bid => bid.was_bid(),
        }
    }

    /// Whether its offer bid, however that ended.
    pub fn was_bid(&self) -> bool {
        matches!(
            self,
            Self::Won
                | Self::Outbid { .. }
                | Self::LostTie
                | Self::BadTerms
                | Self::BelowFloor
                | Self::BelowReserve
                | Self::AboveMax
                | Self::Expired
                | Self::DuplicateBid
                | Self::BadDestination
        )
    }
}

impl NoBid {
    /// Its code in the closed list.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Declined => "no_bid",
            Self::Rejected { .. } => "rejected",
            Self::Timeout => "timeout",
            Self::Late => "late",
            Self::Unreachable(_) => "unreachable",
            Self::BadStatus(_) => "bad_status",
            Self::Malformed(_) => "malformed",
            Self::TooLarge => "too_large",
        }
    }
}
