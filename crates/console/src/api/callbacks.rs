//! Callbacks that have not been reached yet: a list, and cancelling.

use axum::Json;
use http::StatusCode;
use lead::JourneyId;
use uuid::Uuid;

use super::paging::{self, Page};
use crate::{
    actor::Actor,
    callbacks,
    pages::{
        Shared,
        callbacks::{
            query::{self, CallbackQuery, NAMES},
            row::CallbackRow,
        },
    },
    path::Path,
    problem::{Problem, ProblemBody},
    query::Query,
};

/// List callbacks
///
/// People who asked to be rung and have not pressed 1 yet, those that have waited longest first, with the filters of the page:
/// `state`, `campaign`, `publisher`. Numbers are masked.
#[utoipa::path(get, path = "/v1/callbacks", operation_id = "list_callbacks", tag = "callbacks",
    params(("state" = Option<String>, Query, description = "waiting, calling or connected"), ("campaign" = Option<String>, Query, description = "Of this campaign"), ("publisher" = Option<String>, Query, description = "Of this publisher"),
        ("limit" = Option<u32>, Query, description = "1 to 200"), ("cursor" = Option<String>, Query, description = "next_cursor of the page before")),
    responses((status = 200, description = "A page", body = Page<CallbackRow>), (status = 422, description = "A filter is wrong", body = ProblemBody)))]
pub(super) async fn list(console: Shared, query: Query) -> Result<Json<Page<CallbackRow>>, Problem> {
    let (business, now) = (console.business(), console.now());
    let (limit, cursor) = paging::asked(&console, &query, &NAMES)?;
    let mut filter = CallbackQuery::of(&query, &["limit", "cursor"])?.filter(limit + 1);
    filter.after = cursor.as_deref().and_then(query::place);
    let callbacks = console.store().callbacks(&filter).await?;
    let place = |it: &store::WaitingCallback| query::written(it.asked_at, it.journey);
    Ok(Json(paging::page(&console, callbacks, limit, place, |it| CallbackRow::of(it, &business, now))))
}

/// Cancel a callback
///
/// No further try is made; the call ends as `cancelled`. One that rings just now is not cancelled.
#[utoipa::path(post, path = "/v1/callbacks/{id}/cancel", operation_id = "cancel_callback", tag = "callbacks",
    params(("id" = Uuid, Path, description = "The call"), ("Idempotency-Key" = String, Header, description = "The same for each repeat of this request")),
    responses((status = 204, description = "It is cancelled"), (status = 404, description = "Nobody waits under this id", body = ProblemBody),
        (status = 409, description = "It rings or was answered", body = ProblemBody)))]
pub(super) async fn cancel(
    console: Shared,
    actor: Actor,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    callbacks::cancel(&console, &actor, JourneyId::from_uuid(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
