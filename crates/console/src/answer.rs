//! What every answer of the console has: the request's id, the headers that keep a browser strict, and a problem written for
//! whoever asked.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{Extensions, HeaderName, HeaderValue, StatusCode, header};

use crate::{Console, pages, problem::Problem};

/// The id of a request, for logs, the audit and whoever asks for help.
#[derive(Debug, Clone, Default)]
pub struct RequestId(pub String);

/// The header that carries it.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Nothing from elsewhere, nothing inline, no frame round it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'";

/// The same on every answer.
const ALWAYS: [(HeaderName, &str); 8] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // Not no-referrer: with that a browser hides the origin of our own forms from us as well.
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    (HeaderName::from_static("x-robots-tag"), "noindex"),
];

impl RequestId {
    pub(crate) fn of(extensions: &Extensions) -> Self {
        extensions.get::<Self>().cloned().unwrap_or_default()
    }

    pub(crate) fn drawn() -> Self {
        let mut bytes = [0; 16];
        // An id that is not unique hinders a search, and nothing else.
        let _ = getrandom::fill(&mut bytes);
        Self(uuid::Builder::from_random_bytes(bytes).into_uuid().to_string())
    }
}

/// Gives the request its id and the answer its headers.
pub(crate) async fn finish(
    State(console): State<Arc<Console>>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = RequestId::drawn();
    request.extensions_mut().insert(id.clone());
    let api = request.uri().path().starts_with("/v1");
    let mut response = next.run(request).await;
    if let Some(problem) = problem(&mut response) {
        let headers = std::mem::take(response.headers_mut());
        response = if api {
            let mut response = (problem.status, Json(problem.body(&id.0))).into_response();
            response
                .headers_mut()
                .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
            response
        } else {
            pages::refused::page(&problem, &id.0)
        };
        for name in [header::ALLOW, header::SET_COOKIE] {
            if let Some(value) = headers.get(&name) {
                response.headers_mut().insert(name, value.clone());
            }
        }
        response.headers_mut().extend(problem.headers);
    }
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if console.origin.is_secure() {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Ok(id) = HeaderValue::from_str(&id.0) {
        headers.insert(REQUEST_ID, id);
    }
    response
}

/// The problem of an answer: a handler's, or what the router says by itself.
fn problem(response: &mut Response) -> Option<Problem> {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        return Some(problem);
    }
    let status = response.status();
    let bare = !response.headers().contains_key(header::CONTENT_TYPE);
    match status {
        StatusCode::NOT_FOUND if bare => Some(Problem::not_found()),
        StatusCode::METHOD_NOT_ALLOWED if bare => {
            let detail = "The header Allow says which methods this address takes.";
            Some(Problem::new(status, "method_not_allowed", "Not with this method", detail))
        }
        _ => None,
    }
}
