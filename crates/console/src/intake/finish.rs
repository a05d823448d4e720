//! What every answer of an intake has: the request's id, the headers that keep a browser strict, and problems as RFC 9457.

use axum::{
    Json,
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, StatusCode, header};

use crate::{answer::RequestId, problem::Problem};

const ALWAYS: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    // A page of another site loads the script and reads the answers that its key allows.
    (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    (HeaderName::from_static("x-robots-tag"), "noindex"),
];

pub(super) async fn finish(request: Request, next: Next) -> Response {
    let id = RequestId::drawn();
    let mut response = next.run(request).await;
    if let Some(problem) = problem(&mut response) {
        let headers = std::mem::take(response.headers_mut());
        response = (problem.status, Json(problem.body(&id.0))).into_response();
        response.headers_mut().extend(headers);
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response.headers_mut().remove(header::CONTENT_LENGTH);
        response.headers_mut().extend(problem.headers);
    }
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Ok(id) = HeaderValue::from_str(&id.0) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    response
}

/// The problem of an answer: a handler's, or what the router says by itself.
fn problem(response: &mut Response) -> Option<Problem> {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        return Some(problem);
    }
    let status = response.status();
    (status == StatusCode::METHOD_NOT_ALLOWED).then(|| {
        let detail = "The header Allow says which methods this address takes.";
        Problem::new(status, "method_not_allowed", "Not with this method", detail)
    })
}
