//! `Idempotency-Key`: every POST of the API has one, and a repeat of it gets the first one's answer.

use std::sync::Arc;

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use sha2::{Digest, Sha256};
use store::{Begun, Keyed};

use crate::{BODY_BYTES_MAX, Console, actor::Actor, problem::Problem};

/// The most characters of a key.
pub const KEY_CHARS_MAX: usize = 255;
const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that an answer is the one of before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Lets a POST through once.
pub(crate) async fn once(State(console): State<Arc<Console>>, request: Request, next: Next) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    match answered(&console, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn answered(console: &Console, request: Request, next: Next) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let key = parts.headers.get(KEY).and_then(|value| value.to_str().ok()).map(str::trim).unwrap_or_default();
    if key.is_empty() || key.len() > KEY_CHARS_MAX {
        let detail =
            "Send the header Idempotency-Key with a value of your own, ex: a UUID; the same for each repeat.";
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "idempotency_key_needed",
            "A key is missing",
            detail,
        ));
    }
    let actor = parts.extensions.get::<Actor>().ok_or_else(Problem::unauthenticated)?;
    let body = to_bytes(body, BODY_BYTES_MAX).await.map_err(|_| {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "This is too much at once",
            "Send less of it.",
        )
    })?;
    let asked = Sha256::new().chain_update(parts.uri.path()).chain_update([0]).chain_update(&body).finalize();
    let keyed = Keyed { owner: actor.user.id.uuid(), key: key.to_owned(), request_hash: asked.to_vec() };
    match console.store.begin_keyed(console.now(), &keyed).await? {
        Begun::First => {}
        Begun::Before { status, body } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
            let kind = HeaderValue::from_static("application/json");
            let headers = [(header::CONTENT_TYPE, kind), (REPLAYED, HeaderValue::from_static("true"))];
            return Ok((status, headers, body).into_response());
        }
        Begun::Other => {
            let detail = "Another request was sent under this Idempotency-Key. Take a new one.";
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return Err(Problem::new(
                status,
                "idempotency_key_reused",
                "The key is another request's",
                detail,
            ));
        }
        Begun::UnderWay => {
            let detail = "A request under this Idempotency-Key is under way. Ask again in a moment.";
            let problem =
                Problem::new(StatusCode::CONFLICT, "idempotency_in_progress", "It is under way", detail);
            return Err(problem.with(header::RETRY_AFTER, HeaderValue::from_static("1")));
        }
    }
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    if !response.status().is_success() {
        // Nothing was done: a repeat that is mended may do it under a new key, and this one under the same.
        console.store.end_keyed(&keyed, None).await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, BODY_BYTES_MAX).await.map_err(|error| Problem::unavailable(&error))?;
    console.store.end_keyed(&keyed, Some((parts.status.as_u16(), &body))).await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}
