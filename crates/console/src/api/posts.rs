//! Posts: a list, one, and sending again.

use axum::Json;
use lead::OfferId;
use serde::Serialize;
use store::PostId;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    body::Body,
    paging::{self, Page},
};
use crate::{
    actor::Actor,
    pages::{
        Shared,
        posts::{
            query::{self, NAMES, PostQuery},
            resend::{self, DeadIn},
            row::PostRow,
        },
        reading::{begins, ends},
    },
    path::Path,
    problem::{Problem, ProblemBody},
    query::Query,
};

/// What was sent again.
#[derive(Serialize, ToSchema)]
pub(super) struct Resent {
    /// Posts that go out within seconds.
    due: u64,
    /// Posts that go out as soon as somebody enables their offer's posts.
    held: u64,
}

/// Which posts are sent again: those that were given up, of an offer or of all.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read field by field, strictly; this describes it")]
pub(super) struct Range {
    /// Of this offer.
    offer: Option<String>,
    /// Promised on this day of the business's zone or later, or at this time.
    #[schema(example = "2026-11-01")]
    from: Option<String>,
    /// Promised on this day or earlier, or before this time.
    #[schema(example = "2026-11-30")]
    until: Option<String>,
    /// Only counts them.
    dry_run: Option<bool>,
}

/// List posts
///
/// The newest first, with the filters of the page: `state`, `offer`, `from`, `until`. What they say is in none of them.
#[utoipa::path(get, path = "/v1/posts", tag = "posts",
    params(("state" = Option<String>, Query, description = "Of this state"), ("offer" = Option<String>, Query, description = "Of this offer"), ("from" = Option<String>, Query, description = "Promised on this day or later"), ("until" = Option<String>, Query, description = "Promised on this day or earlier"),
        ("limit" = Option<u32>, Query, description = "1 to 200"), ("cursor" = Option<String>, Query, description = "next_cursor of the page before")),
    responses((status = 200, description = "A page", body = Page<PostRow>), (status = 422, description = "A filter is wrong", body = ProblemBody)))]
pub(super) async fn list(console: Shared, query: Query) -> Result<Json<Page<PostRow>>, Problem> {
    let (business, now) = (console.business(), console.now());
    let (limit, cursor) = paging::asked(&console, &query, &NAMES)?;
    let mut filter = PostQuery::of(&query, &business, &["limit", "cursor"])?.filter(limit + 1);
    filter.before = cursor.as_deref().and_then(query::place);
    let posts = console.store().posts(filter).await?;
    let place = |post: &store::Post| query::written(post.created_at, post.id);
    Ok(Json(paging::page(&console, posts, limit, place, |post| PostRow::of(post, &business, now))))
}

/// One post
#[utoipa::path(get, path = "/v1/posts/{id}", tag = "posts", params(("id" = Uuid, Path, description = "The post")),
    responses((status = 200, description = "The post", body = PostRow), (status = 404, description = "There is none", body = ProblemBody)))]
pub(super) async fn one(console: Shared, Path(id): Path<Uuid>) -> Result<Json<PostRow>, Problem> {
    let post = console.store().post(PostId::from_uuid(id)).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(PostRow::of(&post, &console.business(), console.now())))
}

/// Send one again
///
/// Under the same key as before, whether it was delivered, was given up, or waits for its next try.
#[utoipa::path(post, path = "/v1/posts/{id}/resend", tag = "posts",
    params(("id" = Uuid, Path, description = "The post"), ("Idempotency-Key" = String, Header, description = "The same for each repeat of this request")),
    responses((status = 200, description = "It goes out again", body = Resent), (status = 404, description = "There is none", body = ProblemBody),
        (status = 409, description = "It is on its way, or may not be sent", body = ProblemBody)))]
pub(super) async fn resend_one(
    console: Shared,
    actor: Actor,
    Path(id): Path<Uuid>,
) -> Result<Json<Resent>, Problem> {
    let id = PostId::from_uuid(id);
    console.store().post(id).await?.ok_or_else(Problem::not_found)?;
    let sent = resend::one(&console, &actor, id).await?.ok_or_else(crate::pages::posts::nothing)?;
    Ok(Json(Resent { due: sent.due, held: sent.held }))
}

/// Send again what was given up
///
/// Of an offer or of all, promised in a range of time. With `dry_run` it only says how many: as `due`.
#[utoipa::path(post, path = "/v1/posts/resend", tag = "posts", request_body = Range,
    params(("Idempotency-Key" = String, Header, description = "The same for each repeat of this request")),
    responses((status = 200, description = "What goes out again", body = Resent), (status = 422, description = "A field is wrong", body = ProblemBody)))]
pub(super) async fn resend(console: Shared, actor: Actor, mut body: Body) -> Result<Json<Resent>, Problem> {
    let business = console.business();
    let day =
        |text: Option<lead::Timestamp>| text.ok_or("write a day, ex: 2026-11-01, or a time with its offset");
    let which = DeadIn {
        offer: body.parsed("offer", OfferId::parse),
        from: body.parsed("from", |text| day(begins(text, &business))),
        until: body.parsed("until", |text| day(ends(text, &business))),
    };
    let dry_run = body.flag("dry_run").unwrap_or_default();
    body.finish()?;
    if dry_run {
        return Ok(Json(Resent { due: resend::count(&console, &which).await?, held: 0 }));
    }
    let sent = resend::dead(&console, &actor, &which).await?;
    Ok(Json(Resent { due: sent.due, held: sent.held }))
}
