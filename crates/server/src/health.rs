//! What an operator's tools ask: whether the process lives, whether it can take calls, and its figures.

use std::{any::Any, sync::Arc};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use crate::{chain_of, clock::SKEW_ALARM, figures, panics, room, world::World};

/// `GET /healthz`: the process lives.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: it can take calls. 503 with the reasons when it cannot, and while it stops.
pub async fn readyz(State(world): State<Arc<World>>) -> Response {
    let mut reasons = Vec::new();
    if world.stopping.is_cancelled() {
        reasons.push("stopping".to_owned());
    }
    if let Err(error) = world.store.ping(world.clock.now()).await {
        reasons.push(format!("store: {}", chain_of(&error)));
    }
    reasons.extend(room::why_not(&world));
    let waiting = world.spooling.as_ref().map(|spooling| spooling.show(world.clock.now()));
    let spooled = waiting.filter(|waiting| waiting.entries > 0).map_or_else(String::new, |waiting| {
        format!("spool: {} events wait for the database, in {} bytes\n", waiting.entries, waiting.bytes)
    });
    if reasons.is_empty() {
        // Calls go on by our own clock, whatever the wall shows: turning all of them away would be the greater harm.
        let skew = world.clock.skew();
        let note = if skew > SKEW_ALARM {
            format!("clock: the wall clock is {} s from ours\n", skew.as_secs())
        } else {
            String::new()
        };
        return format!("ready\n{note}{spooled}").into_response();
    }
    (StatusCode::SERVICE_UNAVAILABLE, reasons.join("\n") + "\n" + &spooled).into_response()
}

/// `GET /metrics` in Prometheus' text form; behind a bearer token where one is configured.
pub fn metrics_route(token: Option<SecretString>) -> Router {
    let handle = figures::handle();
    let figures = move |headers: HeaderMap| {
        let allowed = token.as_ref().is_none_or(|token| bears(&headers, token));
        std::future::ready(if allowed {
            ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], handle.render()).into_response()
        } else {
            StatusCode::UNAUTHORIZED.into_response()
        })
    };
    Router::new().route("/metrics", get(figures))
}

fn bears(headers: &HeaderMap, token: &SecretString) -> bool {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    given.as_bytes().ct_eq(token.expose_secret().as_bytes()).into()
}

/// A handler panicked: the carrier asks again. The panic's text is for the log of the panic hook alone.
pub fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    panics::count("request");
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}

#[cfg(test)]
mod tests {
    use tower::ServiceExt;
    use tower_http::catch_panic::CatchPanicLayer;

    use super::*;

    async fn panics() -> StatusCode {
        panic!("+13055550142")
    }

    #[tokio::test]
    async fn a_handler_that_panics_is_asked_again_and_its_words_stay_inside() {
        let app: Router = Router::new().route("/", get(panics)).layer(CatchPanicLayer::custom(panicked));
        let answer = app.oneshot(axum::http::Request::get("/").body(axum::body::Body::empty()).unwrap());
        let answer = answer.await.unwrap();
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        let body = axum::body::to_bytes(answer.into_body(), 1_024).await.unwrap();
        assert!(body.is_empty(), "{body:?}");
    }
}
