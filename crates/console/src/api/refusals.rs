//! What the description says of every route of its kind: the answers that its own words leave out, so that none comes
//! unannounced, and a name that no other has.

use std::collections::BTreeMap;

use utoipa::openapi::{
    ContentBuilder, PathItem, Ref, RefOr, Response, ResponseBuilder,
    path::{Operation, Parameter, ParameterIn},
};

use super::keyed::KEY_CHARS_MAX;
use crate::{BODY_BYTES_MAX, Needs, api::rate::API_REQUESTS_MAX};

/// As what a problem is sent (RFC 9457).
const PROBLEM: &str = "application/problem+json";
/// As what `utoipa` writes it down.
const JSON: &str = "application/json";

/// Adds them to the operations of a path.
pub(crate) fn add(path: &str, item: &mut PathItem, needs: Needs) {
    let PathItem { get, put, post, delete, patch, .. } = item;
    let all = [("get", get), ("put", put), ("post", post), ("delete", delete), ("patch", patch)];
    for (method, operation) in all {
        if let Some(operation) = operation {
            operation.operation_id = Some(named(method, path));
            of(operation, needs, method == "post");
        }
    }
}

/// The same for a path that is served apart from the console, whose own words say all but what every route may answer.
pub(crate) fn add_elsewhere(path: &str, item: &mut PathItem) {
    for (method, operation) in [("get", &mut item.get), ("post", &mut item.post)] {
        let Some(operation) = operation else { continue };
        operation.operation_id = Some(named(method, path));
        let responses = &mut operation.responses.responses;
        let says = "The store gave no answer, or leads are not taken on this server";
        responses.entry("503".to_owned()).or_insert_with(|| RefOr::T(refusal(says)));
        if method == "post" {
            let says = format!("The body is larger than {} bytes", publisher::BODY_BYTES_MAX);
            responses.entry("413".to_owned()).or_insert_with(|| RefOr::T(refusal(&says)));
        }
        written_as_problems(operation);
    }
}

/// What generated clients call it: `get_v1_buyers_id`.
fn named(method: &str, path: &str) -> String {
    let words = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    std::iter::once(method).chain(words).collect::<Vec<_>>().join("_")
}

fn of(operation: &mut Operation, needs: Needs, is_post: bool) {
    let stands = |place: ParameterIn| {
        let is_there = |it: &RefOr<Parameter>| matches!(it, RefOr::T(it) if it.parameter_in == place);
        operation.parameters.iter().flatten().any(is_there)
    };
    let (in_path, in_query, in_body) =
        (stands(ParameterIn::Path), stands(ParameterIn::Query), operation.request_body.is_some());
    let mut more: BTreeMap<&str, String> = BTreeMap::new();
    if needs != Needs::Nobody {
        more.insert("401", "Nobody is known by this token or session".to_owned());
        more.insert("403", "It needs another permission, or did not come from a page of ours".to_owned());
        more.insert(
            "429",
            format!("More than {API_REQUESTS_MAX} requests came in a minute; Retry-After says when"),
        );
    }
    more.insert("503", "The store gave no answer; nothing is known to have changed".to_owned());
    if in_path {
        more.insert("404", "Nothing is kept under this name".to_owned());
    }
    if in_query || in_body || is_post {
        more.insert("422", "Something is to be mended; errors says what and how".to_owned());
    }
    if in_query {
        more.insert("400", "The cursor is none of ours".to_owned());
    }
    if in_body || is_post {
        more.insert("413", format!("The body is larger than {BODY_BYTES_MAX} bytes"));
    }
    if in_body {
        more.insert("400", "The body cannot be read".to_owned());
    }
    if is_post {
        let key = format!(
            "The body cannot be read, or Idempotency-Key is missing or longer than {KEY_CHARS_MAX} characters"
        );
        more.insert("400", key);
        more.insert("409", "A request under this Idempotency-Key is under way".to_owned());
    }
    let responses = &mut operation.responses.responses;
    for (status, says) in more {
        responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(refusal(&says)));
    }
    written_as_problems(operation);
}

/// Every refusal is sent as RFC 9457 says.
fn written_as_problems(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && status.starts_with(['4', '5'])
            && let Some(content) = response.content.swap_remove(JSON)
        {
            response.content.insert(PROBLEM.to_owned(), content);
        }
    }
}

fn refusal(says: &str) -> Response {
    let body = ContentBuilder::new().schema(Some(Ref::from_schema_name("ProblemBody"))).build();
    ResponseBuilder::new().description(says).content(PROBLEM, body).build()
}
