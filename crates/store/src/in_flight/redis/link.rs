//! `Link`: the way to Redis. Every operation has its deadline; while Redis is away nobody waits for it, and one task
//! looks, less and less often, whether it is back.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use redis::{Cmd, Value};
use tokio::{
    sync::watch,
    time::{Instant, timeout},
};

use super::{
    at::RedisAt,
    conn::Conn,
    failure::{Counts, RedisFailure},
};
use crate::limits::{REDIS_CONNECT_MAX, REDIS_PROBE_MAX, REDIS_PROBE_MIN, REDIS_STEADY};

/// The way to Redis.
pub(super) struct Link {
    at: RedisAt,
    state: Mutex<State>,
    pub(super) counts: Counts,
    is_up: watch::Sender<bool>,
}

struct State {
    /// `None` while it is away.
    conn: Option<Conn>,
    /// Which connection it is, so that a late failure of an old one says nothing of the present one.
    number: u64,
    since: Option<Instant>,
    /// How long the next probe waits.
    wait: Duration,
}

impl Link {
    /// Connects. A Redis that is away is looked for until it is there.
    pub(super) async fn open(at: RedisAt) -> Arc<Self> {
        let state = State { conn: None, number: 0, since: None, wait: REDIS_PROBE_MIN };
        let (is_up, _) = watch::channel(false);
        let link = Arc::new(Self { at, state: Mutex::new(state), counts: Counts::default(), is_up });
        match link.connect().await {
            Ok(conn) => link.up(conn),
            Err(why) => {
                tracing::warn!(why = why.as_str(), "Redis is away: journeys are kept durably at once");
                tokio::spawn(probe(Arc::downgrade(&link), REDIS_PROBE_MIN));
            }
        }
        link
    }

    /// Asks. What failed, failed for good: the caller goes on without Redis.
    pub(super) async fn ask(self: &Arc<Self>, cmd: &Cmd) -> Result<Value, RedisFailure> {
        let (conn, number) = {
            let state = self.lock();
            (state.conn.clone(), state.number)
        };
        let Some(mut conn) = conn else { return Err(self.counts.note(RedisFailure::Away)) };
        let failure = match timeout(self.at.deadline, conn.ask(cmd, &self.counts)).await {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(error)) => RedisFailure::of(&error),
            Err(_) => RedisFailure::Deadline,
        };
        self.counts.note(failure);
        if failure.is_away() {
            self.down(number, failure);
        }
        Err(failure)
    }

    /// Whether Redis answered last.
    pub(super) fn is_up(&self) -> bool {
        *self.is_up.borrow()
    }

    /// Waits until Redis is there.
    pub(super) async fn back(&self) {
        // It is never closed while it is held.
        let _ = self.is_up.subscribe().wait_for(|is_up| *is_up).await;
    }

    fn up(&self, conn: Conn) {
        let mut state = self.lock();
        state.conn = Some(conn);
        state.number += 1;
        state.since = Some(Instant::now());
        self.is_up.send_replace(true);
    }

    fn down(self: &Arc<Self>, number: u64, why: RedisFailure) {
        let wait = {
            let mut state = self.lock();
            if state.number != number || state.conn.take().is_none() {
                return;
            }
            self.is_up.send_replace(false);
            // One that keeps failing is asked as seldom as one that stays away.
            let steady = state.since.is_some_and(|since| since.elapsed() >= REDIS_STEADY);
            let wait = if steady { REDIS_PROBE_MIN } else { state.wait };
            state.wait = (wait * 2).min(REDIS_PROBE_MAX);
            wait
        };
        tracing::warn!(why = why.as_str(), "Redis is away: journeys are kept durably at once");
        tokio::spawn(probe(Arc::downgrade(self), wait));
    }

    /// A connection that can be written to.
    async fn connect(&self) -> Result<Conn, RedisFailure> {
        let trying = async {
            let mut conn = Conn::open(&self.at).await?;
            let mut write = redis::cmd("SET");
            write.arg("pingpost:probe").arg(1).arg("EX").arg(60);
            match conn.ask(&write, &self.counts).await {
                Ok(_) => Ok(conn),
                // What is in flight can be read and ended all the same; what is new says so by itself.
                Err(error) if RedisFailure::of(&error) == RedisFailure::OutOfMemory => Ok(conn),
                Err(error) => Err(error),
            }
        };
        match timeout(REDIS_CONNECT_MAX, trying).await {
            Ok(Ok(conn)) => Ok(conn),
            Ok(Err(error)) => Err(self.counts.note(RedisFailure::of(&error))),
            Err(_) => Err(self.counts.note(RedisFailure::Deadline)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics inside.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looks for Redis until it is back, or nobody needs it any more.
async fn probe(link: Weak<Link>, mut wait: Duration) {
    let mut why = None;
    loop {
        tokio::time::sleep(wait).await;
        let Some(link) = link.upgrade() else { return };
        match link.connect().await {
            Ok(conn) => {
                link.up(conn);
                tracing::info!("Redis is there");
                return;
            }
            Err(failure) => {
                if why.replace(failure) != Some(failure) {
                    tracing::debug!(why = failure.as_str(), "Redis is still away");
                }
                wait = (wait * 2).min(REDIS_PROBE_MAX);
            }
        }
    }
}
