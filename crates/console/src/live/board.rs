//! `Board`: what is known of the calls that go on. It is brought up to date by whoever looks, for all who look: what the
//! store's news have told of meanwhile is read again, and nothing else.

use std::{
    collections::{BTreeMap, BTreeSet},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use futures_util::{StreamExt, stream};
use lead::JourneyId;
use store::{LiveCall, News, Store};
use tokio::{
    sync::{
        Mutex,
        broadcast::{Receiver, error::TryRecvError},
    },
    time::Instant,
};

/// The most live calls that are shown, and read at once; the latest are.
pub const LIVE_CALLS_MAX: usize = 200;
/// How long what was read counts as it is, for whoever looks next.
const FRESH_FOR: Duration = Duration::from_millis(150);
/// How long a call may go without news before it is looked at all the same: one that was lost tells nothing.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// How many calls are read side by side: where fifty change at once, one after the other would be late.
const READ_AT_ONCE: usize = 8;

/// What is known of the calls that go on.
pub(crate) struct Board {
    held: Mutex<Held>,
}

struct Held {
    news: Receiver<News>,
    /// Nothing is known yet, or news were missed.
    is_lost: bool,
    calls: BTreeMap<JourneyId, Seen>,
    changed: BTreeSet<JourneyId>,
    read_at: Option<Instant>,
    now: Arc<Now>,
}

struct Seen {
    call: LiveCall,
    at: Instant,
}

/// The calls that go on, the latest first.
#[derive(Debug, Default)]
pub(crate) struct Now {
    /// At most [`LIVE_CALLS_MAX`].
    pub(crate) calls: Vec<LiveCall>,
    /// How many there are.
    pub(crate) count: usize,
}

impl Board {
    /// A board that hears the store's news.
    pub(crate) fn of(store: &Store) -> Self {
        let held = Held {
            news: store.news(),
            is_lost: true,
            calls: BTreeMap::new(),
            changed: BTreeSet::new(),
            read_at: None,
            now: Arc::default(),
        };
        Self { held: Mutex::new(held) }
    }

    /// The calls that go on.
    ///
    /// # Errors
    /// When the store cannot be read; what was known stays so.
    pub(crate) async fn now(&self, store: &Store) -> Result<Arc<Now>, store::LoadError> {
        let mut held = self.held.lock().await;
        if held.read_at.is_some_and(|at| at.elapsed() < FRESH_FOR) {
            return Ok(Arc::clone(&held.now));
        }
        held.hear();
        held.read(store).await?;
        held.read_at = Some(Instant::now());
        let mut calls: Vec<_> = held.calls.values().map(|seen| &seen.call).collect();
        calls.sort_by_key(|call| std::cmp::Reverse((call.arrived_at, call.journey)));
        let count = calls.len();
        let calls = calls.into_iter().take(LIVE_CALLS_MAX).cloned().collect();
        held.now = Arc::new(Now { calls, count });
        Ok(Arc::clone(&held.now))
    }
}

impl Held {
    fn hear(&mut self) {
        loop {
            match self.news.try_recv() {
                Ok(News::Stage { journey, .. }) => drop(self.changed.insert(journey)),
                Ok(News::Gap) | Err(TryRecvError::Lagged(_)) => self.is_lost = true,
                Ok(News::Settings { .. }) => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            }
        }
    }

    /// Reads what has changed, the rest of which is left for the next time where it is much.
    async fn read(&mut self, store: &Store) -> Result<(), store::LoadError> {
        if self.is_lost {
            let live: BTreeSet<_> = store.live_journeys().await?.into_iter().collect();
            // What is not among them may be another node's that is light still: it is looked at again.
            self.changed.extend(self.calls.keys().copied().chain(live));
            self.is_lost = false;
        }
        let silent = self.calls.values().filter(|seen| seen.at.elapsed() >= LOOK_AGAIN);
        self.changed.extend(silent.map(|seen| seen.call.journey));
        let ids: Vec<_> = self.changed.iter().rev().take(LIVE_CALLS_MAX).copied().collect();
        let reading = stream::iter(ids).map(|id| async move { (id, store.live_call(id).await) });
        let mut reading = pin!(reading.buffer_unordered(READ_AT_ONCE));
        while let Some((id, call)) = reading.next().await {
            match call {
                Ok(Some(call)) => drop(self.calls.insert(id, Seen { call, at: Instant::now() })),
                Ok(None) => drop(self.calls.remove(&id)),
                // Of another release, or sealed under another key: it is not shown, and hinders no other.
                Err(error) if error.is_of_newer() => drop(self.calls.remove(&id)),
                Err(error) => return Err(error),
            }
            self.changed.remove(&id);
        }
        Ok(())
    }
}
