//! `Locks`: what a job must have to itself from its beginning to its commit.
//!
//! SQLite has one writer, so a job there has everything to itself. On Postgres many write at once: each transaction first
//! takes the locks of all its jobs, in the order of their keys, so that nobody waits in a circle, and so that what a job
//! reads before it writes is still true when it writes. What nearly every call counts against, the caps and seats, is locked
//! behind all else and only when it is counted: while one transaction has those, nobody else gets on.

use std::collections::BTreeSet;

use lead::JourneyId;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// What a job must have to itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct Locks {
    pub(super) keys: BTreeSet<i64>,
    pub(super) counted: Counted,
}

/// The counters and seats among them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counted {
    pub(super) keys: BTreeSet<i64>,
    /// Journeys that give back what they took: the counters and seats of their awards.
    pub(super) givers: BTreeSet<Uuid>,
}

/// A kind of thing that is locked. Its name is part of the lock's key, which every node must make alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Locked {
    /// A journey, by its id.
    Journey,
    /// A caller, by the keyed hash of the number.
    Caller,
    /// A cap's counter, by its name.
    Counter,
    /// Concurrent calls, by their name.
    Seat,
    /// A sale with its posts, by the id of the lead's post.
    Sale,
    /// Which posts are sent next: their shares are counted over all workers.
    Queue,
    /// The number of the newest settings.
    Settings,
    /// The last entry of the audit.
    Audit,
}

impl Locks {
    /// Adds one thing.
    pub(crate) fn and(mut self, what: Locked, name: &[u8]) -> Self {
        match what {
            Locked::Counter | Locked::Seat => self.counted.keys.insert(key(what, name)),
            Locked::Journey
            | Locked::Caller
            | Locked::Sale
            | Locked::Queue
            | Locked::Settings
            | Locked::Audit => self.keys.insert(key(what, name)),
        };
        self
    }

    /// Adds the counters and seats that a journey's awards have taken.
    pub(crate) fn and_taken_by(mut self, journey: JourneyId) -> Self {
        self.counted.givers.insert(journey.uuid());
        self
    }

    /// Adds those of another job, which keeps them: it may have to be run again.
    pub(super) fn with(&mut self, other: &Self) {
        self.keys.extend(&other.keys);
        self.counted.keys.extend(&other.counted.keys);
        self.counted.givers.extend(&other.counted.givers);
    }

    /// Whether it may count something.
    pub(super) fn count(&self) -> bool {
        !(self.counted.keys.is_empty() && self.counted.givers.is_empty())
    }
}

/// The key of a lock. Two things that share one by chance wait for each other, and that is all.
pub(super) fn key(what: Locked, name: &[u8]) -> i64 {
    let kind: &[u8] = match what {
        Locked::Journey => b"journey/",
        Locked::Caller => b"caller/",
        Locked::Counter => b"counter/",
        Locked::Seat => b"seat/",
        Locked::Sale => b"sale/",
        Locked::Queue => b"queue/",
        Locked::Settings => b"settings/",
        Locked::Audit => b"audit/",
    };
    let hash = Sha256::new().chain_update(kind).chain_update(name).finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    i64::from_be_bytes(first)
}
