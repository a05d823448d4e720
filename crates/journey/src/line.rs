//! `Line`: the buyer's leg before an acceptance. It only ever learns: what comes out of order fills gaps.

use std::time::Duration;

use lead::Timestamp;

use crate::{DialResult, LegId};

/// The buyer's leg, as far as it was heard of before an acceptance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Line {
    /// The dial is in the carrier's hands since then.
    Dialled { at: Timestamp },
    /// The leg is known.
    Rang { leg: LegId },
    /// Something picked up.
    PickedUp { leg: LegId, at: Timestamp },
    /// It was asked to accept and did not.
    Declined { leg: LegId, at: Timestamp },
    /// The leg ended; the dial's own ending is still out.
    Ended { leg: LegId, said: Said, result: DialResult, lasted: Option<Duration>, at: Timestamp },
}

/// What a leg that ended had said before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    /// Nothing that was heard.
    Nothing,
    /// Something picked up.
    PickedUp(Timestamp),
    /// It picked up, was asked to accept and did not.
    Declined(Timestamp),
}

/// How a dial ended, by its own ending or by what has to do for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DialEnd {
    pub(crate) result: DialResult,
    pub(crate) bridged: Option<bool>,
    pub(crate) lasted: Option<Duration>,
}

impl Line {
    /// The leg, where it is known.
    pub(crate) fn leg(&self) -> Option<&LegId> {
        match self {
            Self::Dialled { .. } => None,
            Self::Rang { leg }
            | Self::PickedUp { leg, .. }
            | Self::Declined { leg, .. }
            | Self::Ended { leg, .. } => Some(leg),
        }
    }

    /// Since when the dial is in the carrier's hands, as long as no leg of it was heard of.
    pub(crate) fn unheard_since(&self) -> Option<Timestamp> {
        match self {
            Self::Dialled { at } => Some(*at),
            _ => None,
        }
    }

    /// When it picked up, if it did.
    pub(crate) fn picked_up(&self) -> Option<Timestamp> {
        match self {
            Self::Dialled { .. } | Self::Rang { .. } | Self::Ended { said: Said::Nothing, .. } => None,
            Self::PickedUp { at, .. } | Self::Declined { at, .. } => Some(*at),
            Self::Ended { said: Said::PickedUp(at) | Said::Declined(at), .. } => Some(*at),
        }
    }

    /// When it ended, if it did.
    pub(crate) fn ended_at(&self) -> Option<Timestamp> {
        match self {
            Self::Ended { at, .. } => Some(*at),
            _ => None,
        }
    }

    /// Whether a report is about this leg: the bound one, or the first that is heard of.
    pub(crate) fn is_of(&self, leg: &LegId) -> bool {
        self.leg().is_none_or(|ours| ours == leg)
    }

    /// Whether an acceptance by this leg may be true. After a decline it was told to hang up; one that ended without an
    /// answer accepted nothing.
    pub(crate) fn may_accept(&self, leg: &LegId) -> bool {
        let open = match self {
            Self::Dialled { .. } | Self::Rang { .. } | Self::PickedUp { .. } => true,
            Self::Declined { .. } | Self::Ended { said: Said::Declined(_), .. } => false,
            Self::Ended { result, .. } => *result == DialResult::Completed,
        };
        open && self.is_of(leg)
    }

    /// It rings. `None`: no news.
    pub(crate) fn rang(&self, leg: LegId) -> Option<Self> {
        matches!(self, Self::Dialled { .. }).then_some(Self::Rang { leg })
    }

    /// Something picked up. `None`: no news.
    pub(crate) fn on_picked_up(&self, leg: LegId, at: Timestamp) -> Option<Self> {
        match self {
            Self::Dialled { .. } => Some(Self::PickedUp { leg, at }),
            Self::Rang { leg: ours } if *ours == leg => Some(Self::PickedUp { leg, at }),
            Self::Ended { leg: ours, said: Said::Nothing, result, lasted, at: end }
                if *ours == leg && *result == DialResult::Completed =>
            {
                Some(Self::Ended {
                    leg,
                    said: Said::PickedUp(at),
                    result: *result,
                    lasted: *lasted,
                    at: *end,
                })
            }
            _ => None,
        }
    }

    /// It did not accept. `None`: no news.
    pub(crate) fn on_declined(&self, now: Timestamp, leg: LegId) -> Option<Self> {
        let at = match self {
            Self::Dialled { .. } | Self::Rang { .. } => now,
            Self::PickedUp { at, .. } => *at,
            Self::Declined { .. } | Self::Ended { .. } => return None,
        };
        self.is_of(&leg).then_some(Self::Declined { leg, at })
    }

    /// It ended. `None`: no news.
    pub(crate) fn on_ended(
        &self,
        now: Timestamp,
        leg: LegId,
        result: DialResult,
        lasted: Option<Duration>,
    ) -> Option<Self> {
        let said = match self {
            Self::Dialled { .. } | Self::Rang { .. } => Said::Nothing,
            Self::PickedUp { at, .. } => Said::PickedUp(*at),
            Self::Declined { at, .. } => Said::Declined(*at),
            Self::Ended { .. } => return None,
        };
        self.is_of(&leg).then_some(Self::Ended { leg, said, result, lasted, at: now })
    }
}
