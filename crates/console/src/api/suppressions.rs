//! The suppression list: numbers that are not to be called. They come in whole and go out masked, and no address holds one.

use axum::{Json, extract::State};
use http::StatusCode;
use lead::Timestamp;
use serde::Serialize;
use std::sync::Arc;
use store::{NumberList, SuppressedBy, Suppression, SuppressionFilter, SuppressionId, UserId, read_number};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    body::Body,
    paging::{self, Page},
};
use crate::{
    Console,
    actor::Actor,
    pages::{
        suppressions::{looked, reason},
        users::refused,
    },
    path::Path,
    problem::{FieldProblem, Problem, ProblemBody},
    query::Query,
};

/// A number that is not to be called.
#[derive(Serialize, ToSchema)]
pub(super) struct SuppressionBody {
    id: Uuid,
    /// The number with most of it covered.
    #[schema(example = "(305) •••-••42")]
    number: String,
    /// `pressed_9`, `said_stop`, `imported`, `by_hand` or `asked_by_form`.
    why: &'static str,
    added_at: String,
    /// Who put it there; absent where the person asked for it.
    user: Option<Uuid>,
    /// The call in which the person asked for it.
    call: Option<Uuid>,
}

/// A number to be put on the list.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read field by field, strictly; this describes it")]
pub(super) struct NewSuppressionBody {
    /// The number, ex: `+13055550142`.
    number: String,
    /// `by_hand`, if it is not there, or `asked_by_form`.
    why: Option<String>,
}

/// Why a number is taken off the list.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read field by field, strictly; this describes it")]
pub(super) struct RemovalBody {
    /// The reason, which the audit keeps.
    reason: String,
}

/// A list to be imported.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read field by field, strictly; this describes it")]
pub(super) struct ImportBody {
    /// One number a line, or a CSV whose column of numbers is the first or is called `phone`.
    numbers: String,
}

/// What an import came to.
#[derive(Serialize, ToSchema)]
pub(super) struct ImportedBody {
    /// Numbers that were not on the list.
    added: u64,
    /// Numbers that were on it already.
    known: u64,
    /// Lines that named a number again.
    repeated: u64,
    /// Lines that name no number; the others were imported all the same.
    bad_lines: u64,
    /// The first 1,000 of these.
    bad: Vec<BadLineBody>,
}

/// A line that names no number.
#[derive(Serialize, ToSchema)]
pub(super) struct BadLineBody {
    /// Which, from 1.
    line: u64,
    /// What is wrong, and how to mend it.
    mend: String,
}

/// A number that is looked for.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read field by field, strictly; this describes it")]
pub(super) struct CheckBody {
    /// The number, ex: `+13055550142`.
    number: String,
}

/// Whether a number is on the list.
#[derive(Serialize, ToSchema)]
pub(super) struct CheckedBody {
    /// Whether it is.
    suppressed: bool,
    /// Its entry.
    suppression: Option<SuppressionBody>,
}

fn shown(it: &Suppression) -> SuppressionBody {
    SuppressionBody {
        id: it.id.uuid(),
        number: it.masked.clone(),
        why: it.why.as_str(),
        added_at: it.added_at.to_string(),
        user: it.by.map(UserId::uuid),
        call: it.journey.map(lead::JourneyId::uuid),
    }
}

/// Lists the numbers that are not to be called, the newest first
#[utoipa::path(get, path = "/v1/suppressions", operation_id = "list_suppressions", tag = "suppressions",
    params(("limit" = Option<u32>, Query, description = "1 to 200"), ("cursor" = Option<String>, Query, description = "next_cursor of the page before"), ("why" = Option<String>, Query, description = "Only those put there in this way")),
    responses((status = 200, description = "A page", body = Page<SuppressionBody>)))]
pub(super) async fn list(
    State(console): State<Arc<Console>>,
    query: Query,
) -> Result<Json<Page<SuppressionBody>>, Problem> {
    let (limit, cursor) = paging::asked(&console, &query, &["why"])?;
    let why = match query.text("why") {
        "" => None,
        text => Some(SuppressedBy::parse(text).ok_or_else(|| {
            let words = SuppressedBy::ALL.map(SuppressedBy::as_str).join(", ");
            let mend = format!("write one of {words}");
            Problem::invalid(vec![FieldProblem::new("why", "unknown_value", "there is no such way", mend)])
        })?),
    };
    let filter = SuppressionFilter { why, before: cursor.and_then(|it| place(&it)), limit: Some(limit + 1) };
    let rows = console.store.suppressions(&filter).await?;
    let written = |it: &Suppression| format!("{} {}", it.added_at.micros(), it.id);
    Ok(Json(paging::page(&console, rows, limit, written, shown)))
}

fn place(cursor: &str) -> Option<(Timestamp, SuppressionId)> {
    let (at, id) = cursor.split_once(' ')?;
    Some((Timestamp::from_micros(at.parse().ok()?), SuppressionId::from_uuid(id.parse().ok()?)))
}

/// Puts a number on the list
#[utoipa::path(post, path = "/v1/suppressions", operation_id = "add_suppression", tag = "suppressions", request_body = NewSuppressionBody,
    params(("Idempotency-Key" = String, Header, description = "The same for each repeat of this request")),
    responses((status = 201, description = "It is not called any more", body = SuppressionBody), (status = 200, description = "It was there already", body = SuppressionBody), (status = 422, description = "A field is wrong", body = ProblemBody)))]
pub(super) async fn add(
    State(console): State<Arc<Console>>,
    actor: Actor,
    mut body: Body,
) -> Result<(StatusCode, Json<SuppressionBody>), Problem> {
    let number = body.parsed("number", read_number);
    let number = body.needed("number", number);
    let why = body.parsed("why", |text| match SuppressedBy::parse(text) {
        Some(why @ (SuppressedBy::ByHand | SuppressedBy::AskedByForm)) => Ok(why),
        _ => Err("write by_hand or asked_by_form"),
    });
    body.finish()?;
    let Some(number) = number else { return Err(Problem::not_found()) };
    let why = why.unwrap_or(SuppressedBy::ByHand);
    let (_, is_new) = console.store.suppress(console.now(), actor.by(), number.clone(), why).await?;
    let there = console.store.suppressed(&number).await?.ok_or_else(Problem::not_found)?;
    Ok((if is_new { StatusCode::CREATED } else { StatusCode::OK }, Json(shown(&there))))
}

/// Takes a number off the list
#[utoipa::path(post, path = "/v1/suppressions/{id}/remove", operation_id = "remove_suppression", tag = "suppressions", request_body = RemovalBody,
    params(("id" = Uuid, Path, description = "The suppression"), ("Idempotency-Key" = String, Header, description = "The same for each repeat of this request")),
    responses((status = 204, description = "It may be called again"), (status = 404, description = "There is none", body = ProblemBody), (status = 422, description = "A field is wrong", body = ProblemBody)))]
pub(super) async fn remove(
    State(console): State<Arc<Console>>,
    actor: Actor,
    Path(id): Path<Uuid>,
    mut body: Body,
) -> Result<StatusCode, Problem> {
    let said = body.parsed("reason", reason);
    let said = body.needed("reason", said);
    body.finish()?;
    let Some(said) = said else { return Err(Problem::not_found()) };
    let id = SuppressionId::from_uuid(id);
    console.store.unsuppress(console.now(), actor.by(), id, said).await?.map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Imports a list of numbers
///
/// A line that names no number is named in the answer and harms no other. The same list may be imported again.
#[utoipa::path(post, path = "/v1/suppressions/import", operation_id = "import_suppressions", tag = "suppressions", request_body = ImportBody,
    params(("Idempotency-Key" = String, Header, description = "The same for each repeat of this request")),
    responses((status = 200, description = "What it came to", body = ImportedBody), (status = 422, description = "The list is too long", body = ProblemBody)))]
pub(super) async fn import(
    State(console): State<Arc<Console>>,
    actor: Actor,
    mut body: Body,
) -> Result<Json<ImportedBody>, Problem> {
    let list = body.parsed("numbers", |text| NumberList::read(text.as_bytes()));
    let list = body.needed("numbers", list);
    body.finish()?;
    let Some(list) = list else { return Err(Problem::not_found()) };
    let imported = console.store.import_suppressions(console.now(), actor.by(), &list.numbers).await?;
    let bad = list.bad.iter().map(|bad| BadLineBody { line: bad.line, mend: bad.why.to_string() });
    Ok(Json(ImportedBody {
        added: imported.added,
        known: imported.known,
        repeated: list.repeated,
        bad_lines: list.bad_lines,
        bad: bad.collect(),
    }))
}

/// Says whether a number is on the list
///
/// It changes nothing; it is a POST so that no address holds a number.
#[utoipa::path(post, path = "/v1/suppressions/check", operation_id = "check_suppression", tag = "suppressions", request_body = CheckBody,
    params(("Idempotency-Key" = String, Header, description = "The same for each repeat of this request")),
    responses((status = 200, description = "Whether it is", body = CheckedBody), (status = 422, description = "A field is wrong", body = ProblemBody)))]
pub(super) async fn check(
    State(console): State<Arc<Console>>,
    actor: Actor,
    mut body: Body,
) -> Result<Json<CheckedBody>, Problem> {
    let number = body.parsed("number", read_number);
    let number = body.needed("number", number);
    body.finish()?;
    let Some(number) = number else { return Err(Problem::not_found()) };
    let there = looked(&console, &actor, &number).await?;
    Ok(Json(CheckedBody { suppressed: there.is_some(), suppression: there.as_ref().map(shown) }))
}
