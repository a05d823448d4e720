//! `Rule`: why a lead is not dialled, from a closed list.

use std::fmt;

use lead::Timestamp;
use serde::{Deserialize, Serialize};

/// A dial that is refused: an outcome, and no error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// The rule that forbids it.
    pub rule: Rule,
    /// The first minute at which no rule of time forbids it any more. `None`: no waiting mends it.
    pub until: Option<Timestamp>,
}

impl Refused {
    pub(super) const fn for_good(rule: Rule) -> Self {
        Self { rule, until: None }
    }
}

/// A rule that forbids a dial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The caller would pay extra: 900, or an exchange 976.
    Premium,
    /// It reaches a service such as 911.
    Emergency,
    /// It is in another country, also where that begins with +1.
    Abroad,
    /// It is toll-free, of no place, or in no table.
    NotDialable,
    /// It is one of our own numbers.
    OwnNumber,
    /// It is a buyer's number.
    BuyerNumber,
    /// It is on the suppression list.
    Suppressed,
    /// It belongs to a person who sues callers.
    Litigator,
    /// It is on the national do-not-call list.
    NationalList,
    /// A list that must be asked gave no answer, or too old a one.
    ListUnavailable,
    /// There is no written consent.
    NoConsent,
    /// The consent does not allow this call, or names other sellers.
    ConsentScope,
    /// Nobody knows what time it is there.
    UnknownZone,
    /// It was dialled as often as is allowed in 24 hours.
    TooManyDials,
    /// It is a holiday there, on which nobody may be called.
    Holiday,
    /// It is too early or too late there.
    QuietHours,
}

impl Rule {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Premium,
        Self::Emergency,
        Self::Abroad,
        Self::NotDialable,
        Self::OwnNumber,
        Self::BuyerNumber,
        Self::Suppressed,
        Self::Litigator,
        Self::NationalList,
        Self::ListUnavailable,
        Self::NoConsent,
        Self::ConsentScope,
        Self::UnknownZone,
        Self::TooManyDials,
        Self::Holiday,
        Self::QuietHours,
    ];

    /// Its name, as it is kept and shown.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Premium => "premium",
            Self::Emergency => "emergency",
            Self::Abroad => "abroad",
            Self::NotDialable => "not_dialable",
            Self::OwnNumber => "own_number",
            Self::BuyerNumber => "buyer_number",
            Self::Suppressed => "suppressed",
            Self::Litigator => "litigator",
            Self::NationalList => "national_list",
            Self::ListUnavailable => "list_unavailable",
            Self::NoConsent => "no_consent",
            Self::ConsentScope => "consent_scope",
            Self::UnknownZone => "unknown_zone",
            Self::TooManyDials => "too_many_dials",
            Self::Holiday => "holiday",
            Self::QuietHours => "quiet_hours",
        }
    }

    /// What it says, as a plain sentence.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Premium => "The number costs its caller extra.",
            Self::Emergency => "The number reaches a service, such as 911, and not a person.",
            Self::Abroad => "The number is in another country.",
            Self::NotDialable => "The number is toll-free, belongs to no place, or is not in use.",
            Self::OwnNumber => "The number is one of our own.",
            Self::BuyerNumber => "The number is a buyer's.",
            Self::Suppressed => "The person asked not to be called.",
            Self::Litigator => "The number is on the list of people who sue callers.",
            Self::NationalList => "The number is on the national do-not-call list.",
            Self::ListUnavailable => {
                "A list that must be asked before a call gave no answer, or too old a one."
            }
            Self::NoConsent => "There is no written consent to be called.",
            Self::ConsentScope => {
                "The consent does not allow this kind of call, or does not name this seller."
            }
            Self::UnknownZone => "It is not known what time it is where the person is.",
            Self::TooManyDials => "The number was called as often as is allowed in 24 hours.",
            Self::Holiday => "It is a holiday there, on which nobody may be called.",
            Self::QuietHours => "It is too early or too late there.",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}
