//! Buyers, offers, campaigns and publishers, one by one, with the keys of `docs/reference/settings.md`. Each change is published
//! as a new version of the settings; running calls keep theirs. Secrets come out hidden, and stay when a hidden one is sent back.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Map, Value};
use settings::Kind;

use super::{
    body::Body,
    paging::{self, Page},
    shapes::{Buyer, Campaign, Offer, Publisher},
};
use crate::{
    Console,
    actor::Actor,
    edits::{self, Edit},
    path::Path,
    problem::{Problem, ProblemBody},
    query::Query,
};

async fn list(console: &Console, query: &Query, kind: Kind) -> Result<Response, Problem> {
    let (limit, cursor) = paging::asked(console, query, &[])?;
    let entries = edits::latest(console).await?.document.entries(kind);
    let place = |(id, _): &(String, Map<String, Value>)| id.clone();
    let entries = paging::behind(entries, cursor.as_deref(), limit, place);
    let page: Page<Value> =
        paging::page(console, entries, limit, place, |(_, entry)| Value::Object(entry.clone()));
    Ok(Json(page).into_response())
}

async fn one(console: &Console, kind: Kind, id: &str) -> Result<Response, Problem> {
    let latest = edits::latest(console).await?;
    shown(console, StatusCode::OK, &latest, kind, id)
}

async fn changed(
    console: &Console,
    actor: &Actor,
    query: &Query,
    headers: &HeaderMap,
    status: StatusCode,
    edit: &Edit,
) -> Result<Response, Problem> {
    let edited = published(console, actor, query, headers, edit).await?;
    match edit {
        Edit::Add(kind, entry) => {
            let id = entry.get(kind.id()).and_then(Value::as_str).unwrap_or_default().trim();
            shown(console, status, &edited, *kind, id)
        }
        Edit::Replace(kind, id, _) | Edit::Merge(kind, id, _) => shown(console, status, &edited, *kind, id),
        _ => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}

/// Publishes a change, or with `dry_run=true` says what would be wrong with it.
pub(super) async fn published(
    console: &Console,
    actor: &Actor,
    query: &Query,
    headers: &HeaderMap,
    edit: &Edit,
) -> Result<edits::Latest, Problem> {
    let tag = edits::condition(headers);
    match query.text("dry_run") {
        "true" => edits::rehearse(console, edit, tag.as_deref()).await,
        _ => edits::publish(console, actor, edit, tag.as_deref()).await,
    }
}

fn shown(
    console: &Console,
    status: StatusCode,
    latest: &edits::Latest,
    kind: Kind,
    id: &str,
) -> Result<Response, Problem> {
    let entry = latest.document.entry(kind, id).ok_or_else(Problem::not_found)?;
    let tag = edits::tag_of(console, &latest.document, kind, id);
    Ok((status, tags(&tag, latest.version), Json(Value::Object(entry))).into_response())
}

/// The headers of an entry: its tag, and the version of the settings that it is of.
pub(super) fn tags(tag: &str, version: u64) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(header::ETAG, tag);
    }
    headers.insert("settings-version", HeaderValue::from(version));
    headers
}

/// The six routes of a kind.
macro_rules! entries {
    ($module:ident, $kind:expr, $body:ident, $tag:tt, $all:tt, $one:tt) => {
        pub(super) mod $module {
            use super::*;

            #[doc = concat!("Lists the ", $tag, ", in the order of the settings")]
            #[utoipa::path(get, path = $all, tag = $tag,
                params(("limit" = Option<u32>, Query, description = "1 to 200"), ("cursor" = Option<String>, Query, description = "next_cursor of the page before")),
                responses((status = 200, description = "A page", body = Page<$body>), (status = 400, description = "The cursor is not ours", body = ProblemBody), (status = 422, description = "A parameter is wrong", body = ProblemBody)))]
            pub(in super::super) async fn list(State(console): State<Arc<Console>>, query: Query) -> Result<Response, Problem> {
                super::list(&console, &query, $kind).await
            }

            #[doc = concat!("Adds to the ", $tag)]
            #[utoipa::path(post, path = $all, tag = $tag, request_body = $body,
                params(("dry_run" = Option<bool>, Query, description = "true: only says what is wrong"), ("Idempotency-Key" = String, Header, description = "The same for each repeat of this request")),
                responses((status = 201, description = "Added and published, with an ETag", body = $body), (status = 400, description = "The key is missing, or the body is no JSON", body = ProblemBody), (status = 409, description = "There is one with this id", body = ProblemBody), (status = 422, description = "A field is wrong", body = ProblemBody)))]
            pub(in super::super) async fn add(State(console): State<Arc<Console>>, actor: Actor, query: Query, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
                let edit = Edit::Add($kind, body.object());
                super::changed(&console, &actor, &query, &headers, StatusCode::CREATED, &edit).await
            }

            #[doc = concat!("One of the ", $tag)]
            #[utoipa::path(get, path = $one, tag = $tag, params(("id" = String, Path, description = "The id")),
                responses((status = 200, description = "With an ETag", body = $body), (status = 404, description = "There is none", body = ProblemBody)))]
            pub(in super::super) async fn one(State(console): State<Arc<Console>>, Path(id): Path<String>) -> Result<Response, Problem> {
                super::one(&console, $kind, &id).await
            }

            #[doc = concat!("Puts another in the place of one of the ", $tag)]
            #[utoipa::path(put, path = $one, tag = $tag, request_body = $body,
                params(("id" = String, Path, description = "The id"), ("dry_run" = Option<bool>, Query, description = "true: only says what is wrong"), ("If-Match" = Option<String>, Header, description = "The ETag of what was read")),
                responses((status = 200, description = "Published, with an ETag", body = $body), (status = 400, description = "The body is no JSON", body = ProblemBody), (status = 404, description = "There is none", body = ProblemBody), (status = 409, description = "Others publish at this moment", body = ProblemBody), (status = 412, description = "It was changed meanwhile", body = ProblemBody), (status = 422, description = "A field is wrong", body = ProblemBody)))]
            pub(in super::super) async fn replace(State(console): State<Arc<Console>>, actor: Actor, Path(id): Path<String>, query: Query, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
                let edit = Edit::Replace($kind, id, body.object());
                super::changed(&console, &actor, &query, &headers, StatusCode::OK, &edit).await
            }

            #[doc = concat!("Changes some keys of one of the ", $tag, " (RFC 7396: null takes a key away)")]
            #[utoipa::path(patch, path = $one, tag = $tag, request_body = $body,
                params(("id" = String, Path, description = "The id"), ("dry_run" = Option<bool>, Query, description = "true: only says what is wrong"), ("If-Match" = Option<String>, Header, description = "The ETag of what was read")),
                responses((status = 200, description = "Published, with an ETag", body = $body), (status = 400, description = "The body is no JSON", body = ProblemBody), (status = 404, description = "There is none", body = ProblemBody), (status = 409, description = "Others publish at this moment", body = ProblemBody), (status = 412, description = "It was changed meanwhile", body = ProblemBody), (status = 422, description = "A field is wrong", body = ProblemBody)))]
            pub(in super::super) async fn change(State(console): State<Arc<Console>>, actor: Actor, Path(id): Path<String>, query: Query, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
                let edit = Edit::Merge($kind, id, body.object());
                super::changed(&console, &actor, &query, &headers, StatusCode::OK, &edit).await
            }

            #[doc = concat!("Takes one of the ", $tag, " away, if nothing holds to it")]
            #[utoipa::path(delete, path = $one, tag = $tag,
                params(("id" = String, Path, description = "The id"), ("dry_run" = Option<bool>, Query, description = "true: only says what holds to it"), ("If-Match" = Option<String>, Header, description = "The ETag of what was read")),
                responses((status = 204, description = "It is gone for new calls"), (status = 404, description = "There is none", body = ProblemBody), (status = 409, description = "Others publish at this moment", body = ProblemBody), (status = 412, description = "It was changed meanwhile", body = ProblemBody), (status = 422, description = "Something holds to it", body = ProblemBody)))]
            pub(in super::super) async fn remove(State(console): State<Arc<Console>>, actor: Actor, Path(id): Path<String>, query: Query, headers: HeaderMap) -> Result<Response, Problem> {
                let edit = Edit::Remove($kind, id);
                super::changed(&console, &actor, &query, &headers, StatusCode::NO_CONTENT, &edit).await
            }
        }
    };
}

entries!(buyers, Kind::Buyer, Buyer, "buyers", "/v1/buyers", "/v1/buyers/{id}");
entries!(offers, Kind::Offer, Offer, "offers", "/v1/offers", "/v1/offers/{id}");
entries!(campaigns, Kind::Campaign, Campaign, "campaigns", "/v1/campaigns", "/v1/campaigns/{id}");
entries!(publishers, Kind::Publisher, Publisher, "publishers", "/v1/publishers", "/v1/publishers/{id}");
