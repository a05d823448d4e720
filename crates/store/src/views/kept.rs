//! Outcomes and endings as they are kept, read back: a code, and what the code does not say.

use auction::{About, Malformed, NoBid, Outcome, Unreachable};
use bridge::permit::Rule;
use journey::{Ended, Stage, Unreached, Unsold};
use lead::{FieldName, Money};

/// What stands for a question whose name is not kept.
const SOME_QUESTION: &str = "one_of_the_questions";

const UNREACHABLE: [Unreachable; 7] = [
    Unreachable::Refused,
    Unreachable::Dns,
    Unreachable::PrivateAddress,
    Unreachable::Tls,
    Unreachable::ConnectTimeout,
    Unreachable::Broken,
    Unreachable::RedirectNotAllowed,
];

const MALFORMED: [Malformed; 16] = [
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

/// The outcome of an auction record's line. `None`: this release does not know the code.
pub(super) fn outcome(code: &str, detail: Option<&str>) -> Option<Outcome> {
    let field = || FieldName::parse(detail.unwrap_or("a_field")).ok();
    let said = detail.unwrap_or_default();
    Some(match code {
        "won" => Outcome::Won,
        "outbid" => Outcome::Outbid { by: Money::parse(said).unwrap_or(Money::ZERO) },
        "lost_tie" => Outcome::LostTie,
        "no_bid" => Outcome::NoBid(NoBid::Declined),
        "rejected" => {
            let text = detail.map(str::to_owned);
            Outcome::NoBid(NoBid::Rejected { code: None, text, about: About::Offer })
        }
        "timeout" => Outcome::NoBid(NoBid::Timeout),
        "late" => Outcome::NoBid(NoBid::Late),
        "unreachable" => Outcome::NoBid(NoBid::Unreachable(named(&UNREACHABLE, said)?)),
        "bad_status" => Outcome::NoBid(NoBid::BadStatus(said.parse().ok()?)),
        "malformed" => Outcome::NoBid(NoBid::Malformed(named(&MALFORMED, said)?)),
        "too_large" => Outcome::NoBid(NoBid::TooLarge),
        "bad_terms" => Outcome::BadTerms,
        "below_floor" => Outcome::BelowFloor,
        "below_reserve" => Outcome::BelowReserve,
        "above_max" => Outcome::AboveMax,
        "expired" => Outcome::Expired,
        "duplicate_bid" => Outcome::DuplicateBid,
        "bad_destination" => Outcome::BadDestination,
        "capped" => Outcome::Capped,
        "at_concurrency" => Outcome::AtConcurrency,
        "out_of_hours" => Outcome::OutOfHours,
        "filtered" => Outcome::Filtered(field()?),
        "missing_field" => Outcome::MissingField(field()?),
        "not_named" => Outcome::NotNamed,
        "duplicate_lead" => Outcome::DuplicateLead,
        "paused" => Outcome::Paused,
        "throttled" => Outcome::Throttled,
        "not_awaited" => Outcome::NotAwaited,
        _ => return None,
    })
}

/// How a call of this code ended. The question that an interview ended at is not kept in its row.
pub(crate) fn ended(code: &str) -> Option<Ended> {
    let some = || FieldName::parse(SOME_QUESTION).ok();
    Some(match code {
        "sold" => Ended::Sold,
        "too_short" => Ended::TooShort,
        "won_abandoned" => Ended::WonAbandoned,
        "repeat" => Ended::Repeat,
        "nobody_eligible" => Ended::Unsold(Unsold::NobodyEligible),
        "no_bids" => Ended::Unsold(Unsold::NoBids),
        "nobody_answered" => Ended::Unsold(Unsold::NobodyAnswered),
        "nobody_took" => Ended::Unsold(Unsold::NobodyTook),
        "handover_unknown" => Ended::Unsold(Unsold::HandoverUnknown),
        "hold_ran_out" => Ended::Unsold(Unsold::HoldRanOut),
        "disqualified" => Ended::Disqualified(some()?),
        "no_input" => Ended::NoInput(some()?),
        "consent_refused" => Ended::ConsentRefused,
        "repeat_refused" => Ended::RepeatRefused,
        "abandoned_interview" => Ended::Abandoned(Stage::Interview),
        "abandoned_hold" => Ended::Abandoned(Stage::Hold),
        "abandoned_ring" => Ended::Abandoned(Stage::Ring),
        "not_reached" => Ended::NotReached(Unreached::NoAnswer),
        "not_confirmed" => Ended::NotReached(Unreached::NotConfirmed),
        "opted_out" => Ended::OptedOut,
        "cancelled" => Ended::Cancelled,
        _ => return Rule::ALL.into_iter().map(Ended::NotDialled).find(|ended| ended.code() == code),
    })
}

/// The word of a list as the records hold it.
fn named<T: std::fmt::Debug + Copy>(all: &[T], said: &str) -> Option<T> {
    all.iter().copied().find(|one| format!("{one:?}") == said)
}
