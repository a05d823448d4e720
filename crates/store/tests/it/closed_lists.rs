//! Every outcome of an offer, every way of losing an award and every ending of a call: what each must have a sentence for.

use auction::{About, Malformed, NoBid, Outcome, Unreachable};
use bridge::{Lost, permit::Rule};
use journey::{Ended, Stage, Unreached, Unsold};
use lead::{FieldName, Money};

fn field() -> FieldName {
    FieldName::parse("home_owner").expect("a name")
}

/// Every outcome of the closed list. The `match` names each, so that a new one is added here.
pub fn outcomes() -> Vec<Outcome> {
    let unreachable = [
        Unreachable::Refused,
        Unreachable::Dns,
        Unreachable::PrivateAddress,
        Unreachable::Tls,
        Unreachable::ConnectTimeout,
        Unreachable::Broken,
        Unreachable::RedirectNotAllowed,
    ];
    let malformed = [
        Malformed::Utf8,
        Malformed::Syntax,
        Malformed::DuplicateField,
        Malformed::Depth,
        Malformed::Dtd,
        Malformed::Shape,
        Malformed::Encoding,
        Malformed::NoPrice,
        Malformed::Price,
        Malformed::Accepted,
        Malformed::Currency,
        Malformed::PingId,
        Malformed::BidId,
        Malformed::Expiry,
        Malformed::PayableAfter,
        Malformed::Reason,
    ];
    let rejected = |code: Option<&str>, text: Option<&str>| {
        let (code, text) = (code.map(str::to_owned), text.map(str::to_owned));
        Outcome::NoBid(NoBid::Rejected { code, text, about: About::Offer })
    };
    let mut all = vec![
        Outcome::Won,
        Outcome::Outbid { by: Money::from_units(6) },
        Outcome::LostTie,
        Outcome::BadTerms,
        Outcome::BelowFloor,
        Outcome::BelowReserve,
        Outcome::AboveMax,
        Outcome::Expired,
        Outcome::DuplicateBid,
        Outcome::BadDestination,
        Outcome::Capped,
        Outcome::AtConcurrency,
        Outcome::OutOfHours,
        Outcome::Filtered(field()),
        Outcome::MissingField(field()),
        Outcome::NotNamed,
        Outcome::DuplicateLead,
        Outcome::Paused,
        Outcome::Throttled,
        Outcome::NotAwaited,
        Outcome::NoBid(NoBid::Declined),
        rejected(None, None),
        rejected(None, Some("no agents")),
        rejected(Some("1003"), None),
        rejected(Some("1003"), Some("no agents")),
        Outcome::NoBid(NoBid::Timeout),
        Outcome::NoBid(NoBid::Late),
        Outcome::NoBid(NoBid::BadStatus(503)),
        Outcome::NoBid(NoBid::TooLarge),
    ];
    all.extend(unreachable.map(|why| Outcome::NoBid(NoBid::Unreachable(why))));
    all.extend(malformed.map(|why| Outcome::NoBid(NoBid::Malformed(why))));
    all
}

/// Every ending of the closed list.
pub fn endings() -> Vec<Ended> {
    let mut all = vec![
        Ended::Sold,
        Ended::TooShort,
        Ended::WonAbandoned,
        Ended::Repeat,
        Ended::Unsold(Unsold::NobodyEligible),
        Ended::Unsold(Unsold::NoBids),
        Ended::Unsold(Unsold::NobodyAnswered),
        Ended::Unsold(Unsold::NobodyTook),
        Ended::Unsold(Unsold::HandoverUnknown),
        Ended::Unsold(Unsold::HoldRanOut),
        Ended::Disqualified(field()),
        Ended::NoInput(field()),
        Ended::ConsentRefused,
        Ended::RepeatRefused,
        Ended::Abandoned(Stage::Interview),
        Ended::Abandoned(Stage::Hold),
        Ended::Abandoned(Stage::Ring),
        Ended::NotReached(Unreached::NoAnswer),
        Ended::NotReached(Unreached::NotConfirmed),
        Ended::OptedOut,
        Ended::Cancelled,
    ];
    all.extend(Rule::ALL.map(Ended::NotDialled));
    all
}

/// Everything that an award may come to nothing by.
pub fn lost() -> Vec<Lost> {
    let mut all = vec![
        Lost::Unconfirmed,
        Lost::Expired,
        Lost::Busy,
        Lost::NoAnswer,
        Lost::Failed,
        Lost::Unplaced,
        Lost::Declined,
        Lost::Refused,
        Lost::Unheard,
        Lost::Undialled,
        Lost::Abandoned,
        Lost::Returned,
    ];
    all.extend([Outcome::Capped, Outcome::AtConcurrency, Outcome::DuplicateLead].map(Lost::Unreserved));
    all
}
