//! Where light journeys live: fast, and allowed to be lost.
//!
//! Once a journey is durable, this store decides nothing about it any more: what is left of its list is dropped, and an
//! append to it is a conflict.

mod memory;
mod redis;

pub(crate) use memory::Memory;
pub(crate) use redis::{Heard, Redis, hear};
pub use redis::{RedisAt, RedisAtError, RedisFailure};

use std::sync::Arc;

use lead::{JourneyId, Timestamp};

use crate::{ChainHash, entry::Encoded};

/// The two kinds of in-flight store.
pub(crate) enum InFlight {
    /// In this process.
    Memory(Memory),
    /// Shared by all nodes.
    Redis(Arc<Redis>),
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
    /// There was no answer, or the list is lost: perhaps the events are kept, perhaps not. The caller commits them
    /// durably at once, and what is left in flight is dropped then.
    Away,
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
            Self::Redis(redis) => redis.look(id).await,
        }
    }

    /// The list of a light journey that is not being moved, if its head is `base`.
    pub(crate) async fn load(&self, id: JourneyId, base: ChainHash) -> Option<Light> {
        match self {
            Self::Memory(memory) => memory.load(id).filter(|light| light.head == base),
            Self::Redis(redis) => redis.load(id, base).await,
        }
    }

    /// The head of a light journey that is not being moved.
    pub(crate) async fn head(&self, id: JourneyId) -> Option<ChainHash> {
        match self {
            Self::Memory(memory) => memory.load(id).map(|light| light.head),
            Self::Redis(redis) => redis.head(id).await,
        }
    }

    /// The durable store does not have a doubtful journey: it is light as before.
    pub(crate) async fn keep_light(&self, id: JourneyId) -> Option<Light> {
        match self {
            Self::Memory(memory) => memory.keep_light(id),
            Self::Redis(redis) => redis.keep_light(id).await,
        }
    }

    /// Begins a list. A journey that is known, light or durable, is a conflict.
    pub(crate) async fn begin(&self, id: JourneyId, light: Light, now: Timestamp) -> Set {
        match self {
            Self::Memory(memory) => memory.begin(id, light, now),
            Self::Redis(redis) => redis.begin(id, light).await,
        }
    }

    /// Appends to the list whose head is `base`.
    pub(crate) async fn append(
        &self,
        id: JourneyId,
        base: ChainHash,
        events: Vec<Encoded>,
        wake_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Set {
        match self {
            Self::Memory(memory) => memory.append(id, base, events, wake_at, now),
            Self::Redis(redis) => redis.append(id, base, events, wake_at).await,
        }
    }

    /// Takes the list whose head is `base` for a move into the durable store; meanwhile appends are conflicts.
    pub(crate) async fn begin_move(&self, id: JourneyId, base: ChainHash) -> Option<Light> {
        match self {
            Self::Memory(memory) => memory.begin_move(id, base),
            Self::Redis(redis) => redis.begin_move(id, base).await,
        }
    }

    /// Says what became of a move. It waits for nothing.
    pub(crate) fn end_move(&self, id: JourneyId, moved: Moved, now: Timestamp) {
        match self {
            Self::Memory(memory) => memory.end_move(id, moved, now),
            Self::Redis(redis) => redis.end_move(id, moved),
        }
    }

    /// The durable store has it: what is left of it here is dropped.
    pub(crate) fn is_durable(&self, id: JourneyId) {
        match self {
            // A move has told it so.
            Self::Memory(_) => {}
            Self::Redis(redis) => redis.is_durable(id),
        }
    }

    /// The light journeys that are due, those first that have waited longest.
    pub(crate) async fn due(&self, now: Timestamp, limit: usize) -> Vec<JourneyId> {
        match self {
            Self::Memory(memory) => memory.due(now, limit),
            Self::Redis(redis) => redis.due(now, limit).await,
        }
    }

    /// The rounds of all nodes, where they share this store.
    pub(crate) fn rounds(&self) -> Option<&Arc<Redis>> {
        match self {
            Self::Memory(_) => None,
            Self::Redis(redis) => Some(redis),
        }
    }

    /// The light journeys that this process knows, at most so many: those that it has begun or looked at.
    pub(crate) fn known(&self, limit: usize) -> Vec<JourneyId> {
        match self {
            Self::Memory(memory) => memory.known(limit),
            Self::Redis(redis) => redis.known(limit),
        }
    }

    /// When the next light journey is due.
    pub(crate) async fn next_wake(&self) -> Option<Timestamp> {
        match self {
            Self::Memory(memory) => memory.next_wake(),
            Self::Redis(redis) => redis.next_wake().await,
        }
    }
}

/// Whether one of the new events is there already, or twice among them.
fn has_repeat(kept: &[Encoded], new: &[Encoded]) -> bool {
    let mut keys: std::collections::BTreeSet<&str> = kept.iter().map(|event| event.key.as_str()).collect();
    new.iter().any(|event| !keys.insert(&event.key))
}
