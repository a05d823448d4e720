//! Event webhooks: who is told of what happens, and what each was told.

use axum::{Json, response::IntoResponse, response::Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use lead::Timestamp;
use secrecy::ExposeSecret;
use serde::Serialize;
use store::{
    EventDelivery, EventDeliveryFilter, EventDeliveryId, EventDeliveryState, EventEndpoint,
    EventEndpointChange, EventEndpointId, EventKind, NewEventEndpoint,
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    body::Body,
    paging::{self, Page},
    users::condition,
};
use crate::{
    Console, Permission,
    access::people,
    actor::Actor,
    pages::Shared,
    path::Path,
    problem::{Problem, ProblemBody},
    query::Query,
    webhooks::{self, kinds_of},
};

/// One who is told of events.
#[derive(Serialize, ToSchema)]
pub(super) struct EventEndpointBody {
    id: Uuid,
    name: String,
    /// The publisher to which it belongs: it is told what became of its own leads, and of nothing else.
    publisher: Option<String>,
    /// Where it is told; without the scope `settings:write` its server alone, since a URL can hold a password.
    #[schema(example = "https://hooks.example.com/pingpost")]
    url: String,
    /// The types that it is told of.
    #[schema(example = json!(["sale.booked"]))]
    events: Vec<&'static str>,
    /// `active`, `paused`, or `disabled`: it answered 410.
    state: &'static str,
    /// How many tries failed since it worked last.
    failures: u32,
    /// How many deliveries wait for it.
    waiting: u64,
    /// How many were given up.
    dead: u64,
    /// Until when the secret before the newest one signs as well.
    rotating_until: Option<String>,
    created_at: String,
    changed_at: String,
    /// The signing secret: only in the answer that made it.
    secret: Option<String>,
}

/// One to be added.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read field by field, strictly; this describes it")]
pub(super) struct NewEventEndpointBody {
    name: String,
    /// It belongs to this publisher: it may be told of the `lead.` types, and of its own leads alone. It stays so.
    publisher: Option<String>,
    #[schema(example = "https://hooks.example.com/pingpost")]
    url: String,
    #[schema(example = json!(["sale.booked", "sale.voided"]))]
    events: Vec<String>,
}

/// What is changed of one.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read field by field, strictly; this describes it")]
pub(super) struct EventEndpointChangeBody {
    name: Option<String>,
    url: Option<String>,
    events: Option<Vec<String>>,
    /// `false` resumes one that answered 410 as well.
    paused: Option<bool>,
}

/// One event for one endpoint.
#[derive(Serialize, ToSchema)]
pub(super) struct EventDeliveryBody {
    id: Uuid,
    /// The `webhook-id`: the same for every try and every endpoint.
    event: Uuid,
    r#type: String,
    /// `due`, `claimed`, `delivered` or `dead`.
    state: &'static str,
    tries: u32,
    last_status: Option<i64>,
    last_error: Option<String>,
    created_at: String,
    /// When it is sent next, where it is `due`.
    due_at: Option<String>,
    settled_at: Option<String>,
    /// What is sent; null without the scope `money:read`, since it can name a price.
    body: Option<serde_json::Value>,
}

fn shown(endpoint: &EventEndpoint, actor: &Actor, secret: Option<String>) -> EventEndpointBody {
    EventEndpointBody {
        id: endpoint.id.uuid(),
        name: endpoint.name.clone(),
        publisher: endpoint.publisher.as_ref().map(ToString::to_string),
        url: webhooks::url_for(&endpoint.url, actor),
        events: endpoint.kinds.iter().map(|kind| kind.as_str()).collect(),
        state: endpoint.state.as_str(),
        failures: endpoint.failures,
        waiting: endpoint.waiting,
        dead: endpoint.dead,
        rotating_until: endpoint.rotating_until.map(|at| at.to_string()),
        created_at: endpoint.created_at.to_string(),
        changed_at: endpoint.changed_at.to_string(),
        secret,
    }
}

async fn tagged(
    console: &Console,
    actor: &Actor,
    (status, id): (StatusCode, EventEndpointId),
    secret: Option<String>,
) -> Result<Response, Problem> {
    let endpoint = console.store().event_endpoint(id).await?.ok_or_else(Problem::not_found)?;
    let mut headers = HeaderMap::new();
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", endpoint.changed_at.micros())) {
        headers.insert(header::ETAG, tag);
    }
    Ok((status, headers, Json(shown(&endpoint, actor, secret))).into_response())
}

/// Lists who is told of events, the oldest first
#[utoipa::path(get, path = "/v1/event-endpoints", tag = "webhooks",
    params(("publisher" = Option<String>, Query, description = "Of this publisher"), ("limit" = Option<u32>, Query, description = "1 to 200"), ("cursor" = Option<String>, Query, description = "next_cursor of the page before")),
    responses((status = 200, description = "A page", body = Page<EventEndpointBody>), (status = 400, description = "The cursor is not ours", body = ProblemBody), (status = 422, description = "A parameter is wrong", body = ProblemBody)))]
pub(super) async fn list(
    console: Shared,
    actor: Actor,
    query: Query,
) -> Result<Json<Page<EventEndpointBody>>, Problem> {
    let (limit, cursor) = paging::asked(&console, &query, &["publisher"])?;
    let place = |endpoint: &EventEndpoint| endpoint.id.to_string();
    let mut all = console.store().event_endpoints().await?;
    let whose = query.text("publisher");
    all.retain(|it| whose.is_empty() || it.publisher.as_ref().is_some_and(|id| id.as_str() == whose));
    let all = paging::behind(all, cursor.as_deref(), limit, place);
    Ok(Json(paging::page(&console, all, limit, place, |endpoint| shown(endpoint, &actor, None))))
}

/// Adds one, and shows its signing secret once
#[utoipa::path(post, path = "/v1/event-endpoints", tag = "webhooks", request_body = NewEventEndpointBody,
    params(("Idempotency-Key" = String, Header, description = "The same for each repeat of this request")),
    responses((status = 201, description = "Added, with an ETag", body = EventEndpointBody), (status = 400, description = "The key is missing, or the body is no JSON", body = ProblemBody), (status = 409, description = "There are as many as there may be", body = ProblemBody), (status = 422, description = "A field is wrong", body = ProblemBody)))]
pub(super) async fn add(console: Shared, actor: Actor, mut body: Body) -> Result<Response, Problem> {
    let (name, url, kinds) = read(&console, &mut body);
    let publisher = body.parsed("publisher", |text| webhooks::publisher_of(&console, text));
    if let (Some(_), Some(kinds)) = (&publisher, &kinds)
        && !webhooks::are_of_leads(kinds)
    {
        body.wrong("events", "invalid", "a publisher is not told of it", &webhooks::lead_kinds_mend());
    }
    let (name, url, kinds) =
        (body.needed("name", name), body.needed("url", url), body.needed("events", kinds));
    body.finish()?;
    let (Some(name), Some(url), Some(kinds)) = (name, url, kinds) else { return Err(Problem::not_found()) };
    let new = NewEventEndpoint { name, publisher, url, kinds };
    let added = console.store().add_event_endpoint(console.now(), actor.by(), new).await?;
    let (id, secret) = added.ok_or_else(webhooks::too_many)?;
    tagged(&console, &actor, (StatusCode::CREATED, id), Some(secret.expose_secret().to_owned())).await
}

/// One who is told of events
#[utoipa::path(get, path = "/v1/event-endpoints/{id}", tag = "webhooks", params(("id" = Uuid, Path, description = "The endpoint")),
    responses((status = 200, description = "With an ETag", body = EventEndpointBody), (status = 404, description = "There is none", body = ProblemBody)))]
pub(super) async fn one(console: Shared, actor: Actor, Path(id): Path<Uuid>) -> Result<Response, Problem> {
    tagged(&console, &actor, (StatusCode::OK, EventEndpointId::from_uuid(id)), None).await
}

/// Changes, pauses or resumes one
#[utoipa::path(patch, path = "/v1/event-endpoints/{id}", tag = "webhooks", request_body = EventEndpointChangeBody,
    params(("id" = Uuid, Path, description = "The endpoint"), ("If-Match" = Option<String>, Header, description = "The ETag of what was read")),
    responses((status = 200, description = "Changed, with an ETag", body = EventEndpointBody), (status = 400, description = "The body is no JSON", body = ProblemBody), (status = 404, description = "There is none", body = ProblemBody), (status = 412, description = "It was changed meanwhile", body = ProblemBody), (status = 422, description = "A field is wrong", body = ProblemBody)))]
pub(super) async fn change(
    console: Shared,
    actor: Actor,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    mut body: Body,
) -> Result<Response, Problem> {
    let (name, url, kinds) = read(&console, &mut body);
    let paused = body.flag("paused");
    body.finish()?;
    let (id, unchanged) = (EventEndpointId::from_uuid(id), condition(&headers)?);
    if let Some(kinds) = &kinds
        && !webhooks::are_of_leads(kinds)
        && console.store().event_endpoint(id).await?.is_some_and(|it| it.publisher.is_some())
    {
        return Err(webhooks::not_for_publishers());
    }
    let change = EventEndpointChange { name, url, kinds, paused };
    let store = console.store();
    store
        .change_event_endpoint(console.now(), actor.by(), (id, unchanged), change)
        .await?
        .map_err(webhooks::refused)?;
    tagged(&console, &actor, (StatusCode::OK, id), None).await
}

/// Takes one away, with everything that it was to be told
#[utoipa::path(delete, path = "/v1/event-endpoints/{id}", tag = "webhooks", params(("id" = Uuid, Path, description = "The endpoint")),
    responses((status = 204, description = "It is gone"), (status = 404, description = "There is none", body = ProblemBody)))]
pub(super) async fn remove(
    console: Shared,
    actor: Actor,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    let id = EventEndpointId::from_uuid(id);
    let removed = console.store().remove_event_endpoint(console.now(), actor.by(), id).await?;
    removed.then_some(StatusCode::NO_CONTENT).ok_or_else(Problem::not_found)
}

/// Gives one a new secret, and shows it once; the one before it signs as well for a day
#[utoipa::path(post, path = "/v1/event-endpoints/{id}/rotate", tag = "webhooks",
    params(("id" = Uuid, Path, description = "The endpoint"), ("Idempotency-Key" = String, Header, description = "The same for each repeat of this request")),
    responses((status = 200, description = "With its new secret", body = EventEndpointBody), (status = 404, description = "There is none", body = ProblemBody)))]
pub(super) async fn rotate(console: Shared, actor: Actor, Path(id): Path<Uuid>) -> Result<Response, Problem> {
    let id = EventEndpointId::from_uuid(id);
    let secret = console.store().rotate_event_secret(console.now(), actor.by(), id).await?;
    let secret = secret.ok_or_else(Problem::not_found)?;
    tagged(&console, &actor, (StatusCode::OK, id), Some(secret.expose_secret().to_owned())).await
}

/// Lists what one was and is to be told, the newest first
#[utoipa::path(get, path = "/v1/event-endpoints/{id}/deliveries", tag = "webhooks",
    params(("id" = Uuid, Path, description = "The endpoint"), ("state" = Option<String>, Query, description = "Of this state"), ("limit" = Option<u32>, Query, description = "1 to 200"), ("cursor" = Option<String>, Query, description = "next_cursor of the page before")),
    responses((status = 200, description = "A page", body = Page<EventDeliveryBody>), (status = 400, description = "The cursor is not ours", body = ProblemBody), (status = 404, description = "There is no such endpoint", body = ProblemBody), (status = 422, description = "A parameter is wrong", body = ProblemBody)))]
pub(super) async fn deliveries(
    console: Shared,
    actor: Actor,
    Path(id): Path<Uuid>,
    query: Query,
) -> Result<Json<Page<EventDeliveryBody>>, Problem> {
    let (limit, cursor) = paging::asked(&console, &query, &["state"])?;
    let state = webhooks::state_of(&query)?;
    let id = EventEndpointId::from_uuid(id);
    console.store().event_endpoint(id).await?.ok_or_else(Problem::not_found)?;
    let before = cursor.as_deref().and_then(place_of);
    let filter = EventDeliveryFilter { endpoint: Some(id), state, before, limit: Some(limit + 1) };
    let found = console.store().event_deliveries(&filter).await?;
    let place = |it: &EventDelivery| format!("{}.{}", it.created_at.micros(), it.id);
    let money = actor.may(Permission::ReadMoney);
    Ok(Json(paging::page(&console, found, limit, place, |it| delivery(it, money))))
}

/// Sends one again, under the same id
#[utoipa::path(post, path = "/v1/event-endpoints/{id}/deliveries/{delivery}/resend", tag = "webhooks",
    params(("id" = Uuid, Path, description = "The endpoint"), ("delivery" = Uuid, Path, description = "The delivery"), ("Idempotency-Key" = String, Header, description = "The same for each repeat of this request")),
    responses((status = 204, description = "It is due"), (status = 404, description = "There is none, or it is on its way", body = ProblemBody)))]
pub(super) async fn resend(
    console: Shared,
    actor: Actor,
    Path((id, delivery)): Path<(Uuid, Uuid)>,
) -> Result<StatusCode, Problem> {
    let which = (EventEndpointId::from_uuid(id), EventDeliveryId::from_uuid(delivery));
    let sent = console.store().resend_event(console.now(), actor.by(), which).await?;
    sent.then_some(StatusCode::NO_CONTENT).ok_or_else(Problem::not_found)
}

fn read(console: &Console, body: &mut Body) -> (Option<String>, Option<String>, Option<Vec<EventKind>>) {
    let name = body.parsed("name", people::name);
    let url = body.parsed("url", |url| console.buyers.check_url(url).map(|()| url.to_owned()));
    let kinds = body.texts("events").and_then(|words| {
        let kinds = kinds_of(&words);
        if kinds.is_none() {
            body.wrong("events", "invalid", "it is not taken", &webhooks::kinds_mend());
        }
        kinds
    });
    (name, url, kinds)
}

fn place_of(cursor: &str) -> Option<(Timestamp, EventDeliveryId)> {
    let (at, id) = cursor.split_once('.')?;
    Some((Timestamp::from_micros(at.parse().ok()?), EventDeliveryId::from_uuid(Uuid::parse_str(id).ok()?)))
}

fn delivery(it: &EventDelivery, money: bool) -> EventDeliveryBody {
    EventDeliveryBody {
        id: it.id.uuid(),
        event: it.event,
        r#type: it.kind.clone(),
        state: it.state.as_str(),
        tries: it.tries,
        last_status: it.last_status,
        last_error: it.last_error.clone(),
        created_at: it.created_at.to_string(),
        due_at: (it.state == EventDeliveryState::Due).then(|| it.due_at.to_string()),
        settled_at: it.settled_at.map(|at| at.to_string()),
        body: serde_json::from_str(&it.body).ok().filter(|_| money),
    }
}
