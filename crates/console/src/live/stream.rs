//! A stream of server-sent events: it ends with the session or the token that opened it, with the process, and in any case
//! after a while; and there are only so many.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::response::{
    IntoResponse, Response,
    sse::{Event, KeepAlive, Sse},
};
use futures_util::stream;
use http::{HeaderValue, StatusCode, header};
use store::UserId;
use tokio::time::Instant;

use crate::{
    Console, Permission,
    actor::{Actor, Through},
    problem::Problem,
};

/// The most streams of one process.
pub const STREAMS_MAX: usize = 64;
/// The most streams of one person and their programs, in one process.
pub const STREAMS_OF_ONE_MAX: usize = 8;
/// How often it is asked whether the session or the token of a stream still holds.
pub const STREAM_CHECK_EVERY: Duration = Duration::from_secs(5);
/// How long a stream lasts; then its reader opens another.
pub const STREAM_LIFE_MAX: Duration = Duration::from_secs(3600);
/// How often a stream looks for what is new.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How often a silent stream says that it is there.
const ALIVE_EVERY: Duration = Duration::from_secs(15);

/// The places of streams.
#[derive(Default)]
pub(crate) struct Streams {
    open: Mutex<BTreeMap<UserId, usize>>,
}

/// The place of one stream, until it is dropped.
struct Place {
    console: Arc<Console>,
    user: UserId,
}

impl Streams {
    /// How many are open.
    pub(crate) fn open(&self) -> usize {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }

    fn take(console: &Arc<Console>, user: UserId) -> Option<Place> {
        let mut open = console.streams.open.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = open.values().sum();
        let own = open.get(&user).copied().unwrap_or_default();
        if all >= STREAMS_MAX || own >= STREAMS_OF_ONE_MAX {
            return None;
        }
        open.insert(user, own + 1);
        Some(Place { console: Arc::clone(console), user })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.console.streams.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = open.get_mut(&self.user) {
            *own -= 1;
            if *own == 0 {
                open.remove(&self.user);
            }
        }
    }
}

/// What a stream remembers between two looks.
struct Open<L> {
    place: Place,
    actor: Actor,
    look: L,
    waiting: Vec<Event>,
    checked_at: Instant,
    ends_at: Instant,
}

/// Opens a stream. `look` gives the events that are new; nothing, where there are none or they could not be read.
///
/// # Errors
/// When there are too many already.
pub(crate) fn open<L, F>(console: &Arc<Console>, actor: Actor, look: L) -> Result<Response, Problem>
where
    L: FnMut() -> F + Send + 'static,
    F: Future<Output = Vec<Event>> + Send + 'static,
{
    let place = Streams::take(console, actor.user.id).ok_or_else(|| {
        let detail = "Close one that is open elsewhere, or ask for the list again and again.";
        let problem = Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too_many_streams",
            "There are too many streams",
            detail,
        );
        problem.with(header::RETRY_AFTER, HeaderValue::from_static("30"))
    })?;
    let begun = Instant::now();
    let state =
        Open { place, actor, look, waiting: vec![], checked_at: begun, ends_at: begun + STREAM_LIFE_MAX };
    let events = stream::unfold(state, |mut open| async move {
        let event = open.next().await?;
        Some((Ok::<_, Infallible>(event), open))
    });
    let alive = KeepAlive::new().interval(ALIVE_EVERY);
    Ok(Sse::new(events).keep_alive(alive).into_response())
}

impl<L, F> Open<L>
where
    L: FnMut() -> F,
    F: Future<Output = Vec<Event>>,
{
    /// The next event. `None`: the stream is over.
    async fn next(&mut self) -> Option<Event> {
        let closing = self.place.console.closing.clone();
        loop {
            if !self.waiting.is_empty() {
                return Some(self.waiting.remove(0));
            }
            if closing.is_cancelled() || Instant::now() >= self.ends_at || !self.holds().await {
                return None;
            }
            self.waiting = (self.look)().await;
            if self.waiting.is_empty() {
                tokio::select! {
                    () = closing.cancelled() => return None,
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                }
            }
        }
    }

    /// Whether who opened it may still see it. To look at a stream is no use of a session: it ends as if nobody did.
    async fn holds(&mut self) -> bool {
        if self.checked_at.elapsed() < STREAM_CHECK_EVERY {
            return true;
        }
        self.checked_at = Instant::now();
        let (console, user) = (&self.place.console, self.actor.user.id);
        let now = console.now();
        let is_open = match &self.actor.through {
            Through::Session { session, .. } => {
                let open = console.store.sessions(now, Some(user)).await;
                open.map(|open| open.iter().any(|one| one.id == session.id))
            }
            Through::Token(token) => {
                let all = console.store.tokens(Some(user)).await;
                let opens = |one: &store::ApiToken| {
                    one.id == token.id && one.revoked_at.is_none() && one.expires_at > now
                };
                all.map(|all| all.iter().any(opens))
            }
        };
        let known = console.store.user(user).await;
        match (is_open, known) {
            (Ok(true), Ok(Some(known))) => {
                let may = |it: Permission| it.is_of(known.role) == it.is_of(self.actor.user.role);
                known.disabled_at.is_none() && Permission::ALL.into_iter().all(may)
            }
            // A store that gives no answer ends nothing; it is asked again.
            (Err(_), _) | (_, Err(_)) => true,
            _ => false,
        }
    }
}
