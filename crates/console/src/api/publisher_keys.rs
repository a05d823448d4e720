//! Publishers' keys: secret ones that hand in leads, public ones that pages ask for callbacks with.

use axum::{Json, extract::State};
use http::StatusCode;
use secrecy::ExposeSecret;
use serde::Serialize;
use std::sync::Arc;
use store::{PublisherKey, PublisherKeyId};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    body::Body,
    paging::{self, Page},
};
use crate::{
    Console,
    actor::Actor,
    pages::users::refused,
    path::Path,
    problem::{Problem, ProblemBody},
    publisher_keys::{PER_MINUTE_MAX, Written},
    query::Query,
};

/// A publisher's key.
#[derive(Serialize, ToSchema)]
pub(super) struct PublisherKeyBody {
    /// The id; it opens nothing.
    id: Uuid,
    /// lead: it hands in leads, and is secret. widget: pages ask for callbacks with it.
    kind: &'static str,
    /// Whose leads they are.
    publisher: String,
    /// The campaign that they are for; none: any.
    campaign: Option<String>,
    /// What people call it.
    name: String,
    /// Its last characters.
    hint: String,
    /// The origins whose pages may use it.
    origins: Vec<String>,
    /// Most requests in a minute.
    per_minute: u32,
    /// Since when.
    created_at: String,
    /// When it was used last, to the minute.
    used_at: Option<String>,
    /// Since when it opens nothing any more.
    revoked_at: Option<String>,
    /// The key itself: a widget's always, a secret one only in the answer to what made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

/// A new key.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read field by field, strictly; this describes it")]
pub(super) struct NewPublisherKeyBody {
    /// lead or widget.
    kind: String,
    /// Whose leads they are.
    publisher: String,
    /// The campaign that they are for; a widget's key needs one.
    campaign: Option<String>,
    /// What people call it.
    name: String,
    /// Of a widget's key: the origins whose pages may use it.
    origins: Option<Vec<String>>,
    /// Most requests in a minute, 1 to 6000; 120 and of a widget 60, if it is not there.
    per_minute: Option<u32>,
}

fn shown(key: &PublisherKey, secret: Option<String>) -> PublisherKeyBody {
    PublisherKeyBody {
        id: key.id.uuid(),
        kind: key.kind.as_str(),
        publisher: key.publisher.to_string(),
        campaign: key.campaign.as_ref().map(ToString::to_string),
        name: key.name.clone(),
        hint: key.hint.clone(),
        origins: key.origins.clone(),
        per_minute: key.per_minute,
        created_at: key.created_at.to_string(),
        used_at: key.used_at.map(|at| at.to_string()),
        revoked_at: key.revoked_at.map(|at| at.to_string()),
        key: secret.or_else(|| key.shown.clone()),
    }
}

/// Lists publishers' keys, the newest first
#[utoipa::path(get, path = "/v1/publisher-keys", tag = "publishers",
    params(("limit" = Option<u32>, Query, description = "1 to 200"), ("cursor" = Option<String>, Query, description = "next_cursor of the page before")),
    responses((status = 200, description = "A page", body = Page<PublisherKeyBody>)))]
pub(super) async fn list(
    State(console): State<Arc<Console>>,
    query: Query,
) -> Result<Json<Page<PublisherKeyBody>>, Problem> {
    let (limit, cursor) = paging::asked(&console, &query, &[])?;
    let place = |key: &PublisherKey| key.id.to_string();
    let keys = paging::behind(console.store.publisher_keys().await?, cursor.as_deref(), limit, place);
    Ok(Json(paging::page(&console, keys, limit, place, |key| shown(key, None))))
}

/// Makes a publisher's key; a secret one is shown once
#[utoipa::path(post, path = "/v1/publisher-keys", tag = "publishers", request_body = NewPublisherKeyBody,
    params(("Idempotency-Key" = String, Header, description = "The same for each repeat of this request")),
    responses((status = 201, description = "Made", body = PublisherKeyBody), (status = 409, description = "There are too many already", body = ProblemBody),
        (status = 422, description = "A field is wrong", body = ProblemBody)))]
pub(super) async fn add(
    State(console): State<Arc<Console>>,
    actor: Actor,
    mut body: Body,
) -> Result<(StatusCode, Json<PublisherKeyBody>), Problem> {
    let written = Written {
        kind: body.text("kind").unwrap_or_default(),
        publisher: body.text("publisher").unwrap_or_default(),
        campaign: body.text("campaign").unwrap_or_default(),
        name: body.text("name").unwrap_or_default(),
        origins: body.texts("origins").unwrap_or_default(),
        per_minute: body.number("per_minute", PER_MINUTE_MAX),
    };
    let read = written.read(&console.business());
    for (field, mend) in read.as_ref().err().into_iter().flatten() {
        body.wrong(field, "invalid", "it is not taken", mend);
    }
    body.finish()?;
    let Ok(new) = read else { return Err(Problem::not_found()) };
    let added = console.store.add_publisher_key(console.now(), actor.by(), new).await?;
    let (key, opens) = added.map_err(refused)?;
    Ok((StatusCode::CREATED, Json(shown(&key, Some(opens.expose_secret().to_owned())))))
}

/// Revokes a publisher's key
#[utoipa::path(delete, path = "/v1/publisher-keys/{id}", tag = "publishers", params(("id" = Uuid, Path, description = "The key")),
    responses((status = 204, description = "It opens nothing any more"), (status = 404, description = "There is none", body = ProblemBody)))]
pub(super) async fn revoke(
    State(console): State<Arc<Console>>,
    actor: Actor,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    let id = PublisherKeyId::from_uuid(id);
    console.store.revoke_publisher_key(console.now(), actor.by(), id).await?.map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}
