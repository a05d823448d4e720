//! `RateLimit`: how many requests a person and their programs may send to the API in a minute, and what is left of them in
//! each answer.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, StatusCode, header};
use lead::Timestamp;
use store::UserId;

use crate::{Console, actor::Actor, problem::Problem};

/// The most requests that a person and their programs send to the API of one process in a window.
pub const API_REQUESTS_MAX: u32 = 600;
/// How long a window is.
const WINDOW: Duration = Duration::from_secs(60);

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LEFT: HeaderName = HeaderName::from_static("ratelimit");

/// The requests of the window that runs.
#[derive(Default)]
pub(crate) struct Requests {
    counts: Mutex<(i64, BTreeMap<UserId, u32>)>,
}

impl Requests {
    /// Counts one; gives how many were sent with it, and how long the window still runs.
    fn count(&self, now: Timestamp, user: UserId) -> (u32, u64) {
        let window = i64::try_from(WINDOW.as_micros()).unwrap_or(i64::MAX);
        let (n, gone) = (now.micros().div_euclid(window), now.micros().rem_euclid(window));
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.0 != n {
            *counts = (n, BTreeMap::new());
        }
        let sent = counts.1.entry(user).or_default();
        *sent = sent.saturating_add(1);
        (*sent, u64::try_from((window - gone) / 1_000_000).unwrap_or_default().max(1))
    }
}

/// Lets a request through, or says when the next one is taken.
pub(crate) async fn limited(State(console): State<Arc<Console>>, request: Request, next: Next) -> Response {
    let Some(user) = request.extensions().get::<Actor>().map(|actor| actor.user.id) else {
        return next.run(request).await;
    };
    let (sent, seconds) = console.requests.count(console.now(), user);
    let mut response = if sent > API_REQUESTS_MAX {
        let detail = format!("At most {API_REQUESTS_MAX} a minute are taken. Ask again in {seconds} s.");
        let problem =
            Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "These are too many", detail);
        problem.with(header::RETRY_AFTER, HeaderValue::from(seconds)).into_response()
    } else {
        next.run(request).await
    };
    let left = API_REQUESTS_MAX.saturating_sub(sent);
    let said = [
        (POLICY, format!("\"default\";q={API_REQUESTS_MAX};w={}", WINDOW.as_secs())),
        (LEFT, format!("\"default\";r={left};t={seconds}")),
    ];
    for (name, text) in said {
        if let Ok(value) = HeaderValue::try_from(text) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_begins_anew_and_forgets() {
        let (requests, user) = (Requests::default(), UserId::from_uuid(uuid::Uuid::from_u128(1)));
        let at = |secs| Timestamp::from_secs(secs);
        assert_eq!(requests.count(at(60), user), (1, 60));
        assert_eq!(requests.count(at(119), user), (2, 1));
        assert_eq!(requests.count(at(120), user).0, 1);
    }
}
