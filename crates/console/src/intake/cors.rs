//! Which pages may read an answer: those of the origins that the widget's key names, and no others. There are no cookies.

use std::sync::Arc;

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;

use super::{Intake, keys};

/// The widget's key, as an address names it.
#[derive(Deserialize)]
pub(super) struct Named {
    /// The key.
    #[serde(default)]
    pub(super) key: String,
}

/// Answers a browser that asks whether a page may send.
pub(super) async fn preflight(
    State(intake): State<Arc<Intake>>,
    Query(named): Query<Named>,
    headers: HeaderMap,
) -> Response {
    let origin = origin(&headers);
    if let Err(problem) = keys::of_a_page(&intake, &named.key, origin).await {
        return problem.into_response();
    }
    let said = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST")),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type, idempotency-key")),
        (header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600")),
    ];
    readable(origin, (StatusCode::NO_CONTENT, said).into_response())
}

/// The origin of the page that asks.
pub(super) fn origin(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::ORIGIN).and_then(|value| value.to_str().ok())
}

/// An answer that a page of this origin, which was found in the key's list, may read.
pub(super) fn readable(origin: Option<&str>, mut response: Response) -> Response {
    let headers = response.headers_mut();
    if let Some(origin) = origin.and_then(|origin| HeaderValue::from_str(origin).ok()) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("Retry-After"));
    response
}
