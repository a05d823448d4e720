//! Where light journeys live: fast, and allowed to be lost.
//!
//! Once a journey is durable, this store decides nothing about it any more: what is left of its list is dropped, and an
//! append to it is a conflict.

mod memory;

pub(crate) use memory::Memory;

use lead::{JourneyId, Timestamp};

use crate::{ChainHash, entry::Encoded};

/// The two kinds of in-flight store; Redis joins here.
pub(crate) enum InFlight {
    /// In this process.
    Memory(Memory),
}

/// A light journey as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct Light {
    pub(crate) wrapped: Vec<u8>,
    pub(crate) settings_version: u64,
    pub(crate) events: Vec<Encoded>,
    pub(crate) head: ChainHash,
    pub(crate) wake_at: Option<Timestamp>,
}

/// What a compare-and-set came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Set {
    /// The events are in the list.
    Done,
    /// The list has another head, it holds one of the keys, or there is none.
    Conflict,
    /// No more journeys are taken.
    Full,
    /// The journey has too many events.
    TooMany,
}

/// What became of a move of a light journey into the durable store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moved {
    /// The journey is durable, by this move or by another.
    Durable,
    /// It is still light.
    Light,
    /// That is not known: the durable store is asked when it is looked for.
    Unknown,
}

/// Where a journey is, as far as this store knows.
pub(crate) enum Look {
    /// Here.
    Light(Light),
    /// Here, unless the durable store has it: the outcome of its move is not known.
    Doubtful,
    /// In the durable store, or nowhere.
    Elsewhere,
}

impl InFlight {
    /// Where a journey is. While it is being moved, this waits for the end of the move, so that nobody decides on what
    /// is about to change.
    pub(crate) async fn look(&self, id: JourneyId) -> Look {
        match self {
            Self::Memory(memory) => memory.look(id).await,
        }
    }

    /// The list of a light journey that is not being moved.
    pub(crate) fn load(&self, id: JourneyId) -> Option<Light> {
        match self {
            Self::Memory(memory) => memory.load(id),
        }
    }

    /// The durable store does not have a doubtful journey: it is light as before.
    pub(crate) fn keep_light(&self, id: JourneyId) -> Option<Light> {
        match self {
            Self::Memory(memory) => memory.keep_light(id),
        }
    }

    /// Begins a list. A journey that is known, light or durable, is a conflict.
    pub(crate) fn begin(&self, id: JourneyId, light: Light, now: Timestamp) -> Set {
        match self {
            Self::Memory(memory) => memory.begin(id, light, now),
        }
    }

    /// Appends to the list whose head is `base`.
    pub(crate) fn append(
        &self,
        id: JourneyId,
        base: ChainHash,
        events: Vec<Encoded>,
        wake_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Set {
        match self {
            Self::Memory(memory) => memory.append(id, base, events, wake_at, now),
        }
    }

    /// Takes the list whose head is `base` for a move into the durable store; meanwhile appends are conflicts.
    pub(crate) fn begin_move(&self, id: JourneyId, base: ChainHash) -> Option<Light> {
        match self {
            Self::Memory(memory) => memory.begin_move(id, base),
        }
    }

    /// Says what became of a move.
    pub(crate) fn end_move(&self, id: JourneyId, moved: Moved, now: Timestamp) {
        match self {
            Self::Memory(memory) => memory.end_move(id, moved, now),
        }
    }

    /// The light journeys that are due, those first that have waited longest.
    pub(crate) fn due(&self, now: Timestamp, limit: usize) -> Vec<JourneyId> {
        match self {
            Self::Memory(memory) => memory.due(now, limit),
        }
    }

    /// When the next light journey is due.
    pub(crate) fn next_wake(&self) -> Option<Timestamp> {
        match self {
            Self::Memory(memory) => memory.next_wake(),
        }
    }
}
