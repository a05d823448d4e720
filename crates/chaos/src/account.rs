//! `Account`: what became of a call that the carrier placed, by one name. Every call has one, so their sum is the calls.

use std::collections::BTreeMap;

use crate::{
    collected::{Call, Served},
    plan::{Fault, Plan, RedisKind},
};

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Account {
    /// Its journey ended with a sale that stands.
    Sold,
    /// Its journey ended without one, and not by the caller.
    Unsold,
    /// Its journey ended because the caller hung up.
    Abandoned,
    /// A node gave it the campaign's ending at once and kept nothing of it: its database was away, or had too much to do.
    TurnedAway,
    /// No node answered, and another host's document served the caller.
    ServedElsewhere,
    /// Nobody answered: the caller heard that there was an error.
    LetDown,
    /// It was asked something, and its light journey went with the store that it was kept in.
    InterviewLost,
    /// It was asked something, and no book knows of it.
    Nowhere,
}

/// Whether a light journey may go with what it is kept in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Light {
    /// Nothing strikes what it is kept in.
    Stays,
    /// Something does.
    MayBeLost,
}

impl Account {
    const ALL: [Self; 8] = [
        Self::Sold,
        Self::Unsold,
        Self::Abandoned,
        Self::TurnedAway,
        Self::ServedElsewhere,
        Self::LetDown,
        Self::InterviewLost,
        Self::Nowhere,
    ];

    /// Of a call, by how its journey ended, if one did.
    pub(crate) fn of(call: &Call, outcome: Option<&str>, light: Light) -> Self {
        match (outcome, call.served, light) {
            (Some("sold" | "too_short" | "repeat"), _, _) => Self::Sold,
            (Some(outcome), _, _) if outcome.contains("abandoned") => Self::Abandoned,
            (Some(_), _, _) => Self::Unsold,
            (None, Served::Not, _) => Self::LetDown,
            (None, Served::Elsewhere, _) => Self::ServedElsewhere,
            (None, Served::Dismissed, _) => Self::TurnedAway,
            (None, Served::Asked, Light::MayBeLost) if call.dials.is_empty() => Self::InterviewLost,
            (None, Served::Asked, _) => Self::Nowhere,
        }
    }

    /// How many calls came to what, each name with its count.
    pub(crate) fn summed(of: impl Iterator<Item = Self>) -> BTreeMap<&'static str, usize> {
        let mut sums = BTreeMap::from(Self::ALL.map(|account| (account.name(), 0)));
        of.for_each(|account| *sums.entry(account.name()).or_default() += 1);
        sums
    }

    /// Its name in the JSON line.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sold => "sold",
            Self::Unsold => "unsold",
            Self::Abandoned => "abandoned",
            Self::TurnedAway => "turned_away",
            Self::ServedElsewhere => "served_elsewhere",
            Self::LetDown => "let_down",
            Self::InterviewLost => "interview_lost",
            Self::Nowhere => "nowhere",
        }
    }
}

impl Light {
    /// In a run of this plan.
    pub(crate) fn of(plan: &Plan) -> Self {
        let dies_with_its_node = plan.redis == RedisKind::None && plan.faults.contains(&Fault::KillNode);
        if dies_with_its_node || plan.faults.iter().any(|fault| fault.needs_redis()) {
            return Self::MayBeLost;
        }
        Self::Stays
    }
}
