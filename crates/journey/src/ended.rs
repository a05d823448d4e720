//! How a journey ended: exactly one named reason, from a closed list.

use bridge::permit::Rule;
use lead::FieldName;
use serde::{Deserialize, Serialize};

/// How a journey ended.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// Sold, and the sale is earned.
    Sold,
    /// Sold, but the talk was too short to be payable: the sale is void.
    TooShort,
    /// Accepted, but the caller was gone in the same moment: the sale is void and the buyer was told.
    WonAbandoned,
    /// Connected again to the buyer that had this caller, without charge.
    Repeat,
    /// Nobody bought it.
    Unsold(Unsold),
    /// An answer that the script excludes.
    Disqualified(FieldName),
    /// No answer in all tries.
    NoInput(FieldName),
    /// The caller did not consent.
    ConsentRefused,
    /// The campaign does not take the same caller again.
    RepeatRefused,
    /// The caller hung up before anybody accepted.
    Abandoned(Stage),
    /// Who asked to be rung was not reached.
    NotReached(Unreached),
    /// Who was rung wants no more calls.
    OptedOut,
    /// The business took the wish to be rung back before its person was reached.
    Cancelled,
    /// Who asked to be rung may not be: this rule forbids it.
    NotDialled(Rule),
}

/// Why who asked to be rung was not reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unreached {
    /// Nobody answered in all tries.
    NoAnswer,
    /// Somebody answered and did not press 1; or the code that proves the number was not entered.
    NotConfirmed,
}

/// Why nobody bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unsold {
    /// No offer was eligible.
    NobodyEligible,
    /// Nobody bid, and no static sale followed.
    NoBids,
    /// Everybody who won was tried, and none took the call.
    NobodyAnswered,
    /// Everybody to whom the lead was handed over refused it.
    NobodyTook,
    /// It was handed over, and nobody knows whether the buyer took it.
    HandoverUnknown,
    /// The auction's result did not come in time.
    HoldRanOut,
}

/// Where the caller was when the call was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// In the interview.
    Interview,
    /// On hold.
    Hold,
    /// While a buyer's phone rang.
    Ring,
}

/// Who hung up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The caller.
    Caller,
    /// The buyer that had accepted.
    Buyer,
}

impl Ended {
    /// Its code, for lists, exports and metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Sold => "sold",
            Self::TooShort => "too_short",
            Self::WonAbandoned => "won_abandoned",
            Self::Repeat => "repeat",
            Self::Unsold(Unsold::NobodyEligible) => "nobody_eligible",
            Self::Unsold(Unsold::NoBids) => "no_bids",
            Self::Unsold(Unsold::NobodyAnswered) => "nobody_answered",
            Self::Unsold(Unsold::NobodyTook) => "nobody_took",
            Self::Unsold(Unsold::HandoverUnknown) => "handover_unknown",
            Self::Unsold(Unsold::HoldRanOut) => "hold_ran_out",
            Self::Disqualified(_) => "disqualified",
            Self::NoInput(_) => "no_input",
            Self::ConsentRefused => "consent_refused",
            Self::RepeatRefused => "repeat_refused",
            Self::Abandoned(Stage::Interview) => "abandoned_interview",
            Self::Abandoned(Stage::Hold) => "abandoned_hold",
            Self::Abandoned(Stage::Ring) => "abandoned_ring",
            Self::NotReached(Unreached::NoAnswer) => "not_reached",
            Self::NotReached(Unreached::NotConfirmed) => "not_confirmed",
            Self::OptedOut => "opted_out",
            Self::Cancelled => "cancelled",
            Self::NotDialled(rule) => Self::not_dialled(*rule),
        }
    }

    /// `not_dialled_` and the rule's own code.
    const fn not_dialled(rule: Rule) -> &'static str {
        match rule {
            Rule::Premium => "not_dialled_premium",
            Rule::Emergency => "not_dialled_emergency",
            Rule::Abroad => "not_dialled_abroad",
            Rule::NotDialable => "not_dialled_not_dialable",
            Rule::OwnNumber => "not_dialled_own_number",
            Rule::BuyerNumber => "not_dialled_buyer_number",
            Rule::Suppressed => "not_dialled_suppressed",
            Rule::Litigator => "not_dialled_litigator",
            Rule::NationalList => "not_dialled_national_list",
            Rule::ListUnavailable => "not_dialled_list_unavailable",
            Rule::NoConsent => "not_dialled_no_consent",
            Rule::ConsentScope => "not_dialled_consent_scope",
            Rule::UnknownZone => "not_dialled_unknown_zone",
            Rule::TooManyDials => "not_dialled_too_many_dials",
            Rule::Holiday => "not_dialled_holiday",
            Rule::QuietHours => "not_dialled_quiet_hours",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dial_that_was_forbidden_is_named_by_its_rule() {
        for rule in Rule::ALL {
            assert_eq!(Ended::NotDialled(rule).code(), format!("not_dialled_{rule}"));
        }
    }
}
