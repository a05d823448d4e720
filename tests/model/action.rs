//! `Action`: one step of anybody, and whether it is something that goes wrong.

use crate::{
    carrier::Webhook,
    casting::Tick,
    drive::Ending,
    outbox::Sending,
    state::Task,
    told::{Key, Told},
};

/// One step of anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// A webhook reaches a node; `again`: and will once more.
    Deliver {
        node: usize,
        webhook: Webhook,
        again: bool,
    },
    /// A webhook, or its answer, is lost for good.
    Lose(Webhook),
    /// A node takes up an event that one of its requests ended in.
    TakeUp {
        node: usize,
        key: Key,
        told: Told,
    },
    Decide(usize),
    Commit(usize, Ending),
    Push {
        node: usize,
        task: Task,
        how: Pushing,
    },
    Drop {
        node: usize,
        task: Task,
    },
    /// A node finds the deadline passed; `blind`: the carrier cannot be asked.
    Deadline {
        node: usize,
        blind: bool,
    },
    /// A node takes over a round that nobody has, or whose node only seems to be gone.
    TakeOver {
        node: usize,
        lives: bool,
    },
    Crash(usize),
    /// The in-flight store loses all, or its last event.
    LoseAll,
    LoseTail,
    Claim {
        node: usize,
        n: u8,
        kind: usize,
    },
    Send {
        node: usize,
        sending: Sending,
    },
    Settle(usize),
    DeliverPost {
        n: u8,
        kind: usize,
    },
    Polls,
    CallerLeaves,
    PicksUp(u8),
    Declines(u8),
    LegEnds(u8),
    OtherTakes,
    OtherGivesBack,
    OtherSells,
    /// Time passes; `delay`: though something is under way.
    Time {
        to: Tick,
        delay: bool,
    },
}

/// How a push ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pushing {
    Executed,
    Refused,
    /// It is executed, and we are not told.
    ExecutedUnheard,
    /// There was no time for it any more.
    TooLate,
}

impl Action {
    /// Whether it is something that goes wrong.
    pub const fn is_mischief(self) -> bool {
        match self {
            Self::Deliver { again, .. } => again,
            Self::Commit(_, ending) => !matches!(ending, Ending::Known),
            Self::Push { how, .. } => matches!(how, Pushing::Refused | Pushing::ExecutedUnheard),
            Self::Deadline { blind, .. } => blind,
            Self::Send { sending, .. } => !matches!(sending, Sending::Accepted),
            Self::Time { delay, .. } => delay,
            Self::TakeOver { lives, .. } => lives,
            Self::Lose(_) | Self::Crash(_) | Self::LoseAll | Self::LoseTail => true,
            _ => false,
        }
    }

    /// Whether it may be left undone for good.
    pub const fn is_free(self) -> bool {
        matches!(
            self,
            Self::TakeOver { .. }
                | Self::CallerLeaves
                | Self::OtherTakes
                | Self::OtherGivesBack
                | Self::OtherSells
        )
    }
}
