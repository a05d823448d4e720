//! Users, and their sessions.

use axum::{Json, extract::State, response::IntoResponse, response::Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use lead::Timestamp;
use serde::Serialize;
use std::sync::Arc;
use store::{NewUser, Role, Session, SessionId, User, UserChange, UserId};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    body::Body,
    paging::{self, Page},
};
use crate::{
    Console,
    access::people,
    actor::Actor,
    pages::users::{changed, only_owners_change, only_owners_make_owners, refused},
    path::Path,
    problem::{Problem, ProblemBody},
    query::Query,
};

/// A user.
#[derive(Serialize, ToSchema)]
pub(super) struct UserBody {
    /// The id.
    id: Uuid,
    /// What this person logs in with.
    email: String,
    /// What others call this person.
    name: String,
    /// owner, admin, offer_manager, finance, auditor or support.
    role: &'static str,
    /// Whether this person may not come in.
    disabled: bool,
    /// Whether a password was chosen.
    has_password: bool,
    /// Since when.
    created_at: String,
    /// The one-time link to choose a password: only in the answer to what made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

/// A new user.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read field by field, strictly; this describes it")]
pub(super) struct NewUserBody {
    /// What this person logs in with.
    email: String,
    /// What others call this person.
    name: String,
    /// owner, admin, offer_manager, finance, auditor or support.
    role: String,
}

/// What is to be different. What is not there stays.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read field by field, strictly; this describes it")]
pub(super) struct UserChangeBody {
    /// What others call this person.
    name: Option<String>,
    /// The role.
    role: Option<String>,
    /// Whether this person may not come in: sessions, tokens and links end at once.
    disabled: Option<bool>,
}

/// A session.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionBody {
    /// The id; it opens nothing.
    id: Uuid,
    /// Whose.
    user: Uuid,
    /// When it began.
    created_at: String,
    /// When it was used last, to the minute.
    seen_at: String,
    /// Until when it holds if it is not used any more.
    expires_at: String,
    /// From where it was begun.
    address: String,
}

fn shown(user: &User, link: Option<String>) -> UserBody {
    UserBody {
        id: user.id.uuid(),
        email: user.email.clone(),
        name: user.name.clone(),
        role: user.role.word(),
        disabled: user.disabled_at.is_some(),
        has_password: user.has_password,
        created_at: user.created_at.to_string(),
        link,
    }
}

fn session(session: &Session) -> SessionBody {
    SessionBody {
        id: session.id.uuid(),
        user: session.user.uuid(),
        created_at: session.created_at.to_string(),
        seen_at: session.seen_at.to_string(),
        expires_at: session.until().to_string(),
        address: session.address.clone(),
    }
}

fn tagged(status: StatusCode, user: &User, link: Option<String>) -> Response {
    let tag = HeaderValue::try_from(format!("\"{}\"", user.changed_at.micros())).expect("digits in quotes");
    (status, [(header::ETAG, tag)], Json(shown(user, link))).into_response()
}

/// The moment that `If-Match` names; without it there is no condition.
pub(super) fn condition(headers: &HeaderMap) -> Result<Option<Timestamp>, Problem> {
    let Some(given) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = given.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let micros = text.trim_matches('"').parse();
    micros.map(|micros| Some(Timestamp::from_micros(micros))).map_err(|_| refused(store::Refused::Changed))
}

/// Lists users, the oldest first
#[utoipa::path(get, path = "/v1/users", tag = "access",
    params(("limit" = Option<u32>, Query, description = "1 to 200"), ("cursor" = Option<String>, Query, description = "next_cursor of the page before")),
    responses((status = 200, description = "A page", body = Page<UserBody>), (status = 403, description = "Not with this role or token", body = ProblemBody)))]
pub(super) async fn list(
    State(console): State<Arc<Console>>,
    query: Query,
) -> Result<Json<Page<UserBody>>, Problem> {
    let (limit, cursor) = paging::asked(&console, &query, &[])?;
    let place = |user: &User| user.id.to_string();
    let users = paging::behind(console.store.users().await?, cursor.as_deref(), limit, place);
    Ok(Json(paging::page(&console, users, limit, place, |user| shown(user, None))))
}

/// Adds a user, and gives the link to choose a password
#[utoipa::path(post, path = "/v1/users", tag = "access", request_body = NewUserBody,
    params(("Idempotency-Key" = String, Header, description = "The same for each repeat of this request")),
    responses((status = 201, description = "Added", body = UserBody), (status = 409, description = "Somebody has the address", body = ProblemBody), (status = 422, description = "A field is wrong", body = ProblemBody)))]
pub(super) async fn add(
    State(console): State<Arc<Console>>,
    actor: Actor,
    mut body: Body,
) -> Result<Response, Problem> {
    let email = body.parsed("email", people::email);
    let name = body.parsed("name", people::name);
    let role = body.parsed("role", str::parse::<Role>);
    let (email, name, role) =
        (body.needed("email", email), body.needed("name", name), body.needed("role", role));
    body.finish()?;
    let (Some(email), Some(name), Some(role)) = (email, name, role) else { return Err(Problem::not_found()) };
    only_owners_make_owners(&actor, role)?;
    let now = console.now();
    let added =
        console.store.add_user(now, actor.by(), NewUser { email, name, role }).await?.map_err(refused)?;
    let secret = console.store.add_link(now, actor.by(), Some(added.id)).await?.map_err(refused)?;
    Ok(tagged(StatusCode::CREATED, &added, Some(crate::pages::link_url(&console.origin, &secret))))
}

/// One user
#[utoipa::path(get, path = "/v1/users/{id}", tag = "access", params(("id" = Uuid, Path, description = "The user")),
    responses((status = 200, description = "The user, with an ETag", body = UserBody), (status = 404, description = "There is none", body = ProblemBody)))]
pub(super) async fn one(
    State(console): State<Arc<Console>>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let user = console.store.user(UserId::from_uuid(id)).await?.ok_or_else(Problem::not_found)?;
    Ok(tagged(StatusCode::OK, &user, None))
}

/// Changes, disables or enables a user
#[utoipa::path(patch, path = "/v1/users/{id}", tag = "access", request_body = UserChangeBody,
    params(("id" = Uuid, Path, description = "The user"), ("If-Match" = Option<String>, Header, description = "The ETag of what was read")),
    responses((status = 200, description = "Changed", body = UserBody), (status = 404, description = "There is none", body = ProblemBody), (status = 409, description = "It is the last owner", body = ProblemBody), (status = 412, description = "It was changed meanwhile", body = ProblemBody), (status = 422, description = "A field is wrong", body = ProblemBody)))]
pub(super) async fn change(
    State(console): State<Arc<Console>>,
    actor: Actor,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    mut body: Body,
) -> Result<Response, Problem> {
    let to = UserChange {
        name: body.parsed("name", people::name),
        role: body.parsed("role", str::parse::<Role>),
        disabled: body.flag("disabled"),
        unchanged_since: condition(&headers)?,
    };
    body.finish()?;
    let user = changed(&console, &actor, UserId::from_uuid(id), to).await?;
    Ok(tagged(StatusCode::OK, &user, None))
}

/// Makes a link for a user to choose a password; earlier ones open nothing any more
#[utoipa::path(post, path = "/v1/users/{id}/link", tag = "access",
    params(("id" = Uuid, Path, description = "The user"), ("Idempotency-Key" = String, Header, description = "The same for each repeat of this request")),
    responses((status = 201, description = "Made", body = UserBody), (status = 404, description = "There is none, or it is disabled", body = ProblemBody)))]
pub(super) async fn link(
    State(console): State<Arc<Console>>,
    actor: Actor,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let user = console.store.user(UserId::from_uuid(id)).await?.ok_or_else(Problem::not_found)?;
    only_owners_change(&actor, &user)?;
    let secret = console.store.add_link(console.now(), actor.by(), Some(user.id)).await?.map_err(refused)?;
    Ok(tagged(StatusCode::CREATED, &user, Some(crate::pages::link_url(&console.origin, &secret))))
}

/// Lists the sessions that hold, the newest first
#[utoipa::path(get, path = "/v1/sessions", tag = "access",
    params(("limit" = Option<u32>, Query, description = "1 to 200"), ("cursor" = Option<String>, Query, description = "next_cursor of the page before")),
    responses((status = 200, description = "A page", body = Page<SessionBody>)))]
pub(super) async fn sessions(
    State(console): State<Arc<Console>>,
    query: Query,
) -> Result<Json<Page<SessionBody>>, Problem> {
    let (limit, cursor) = paging::asked(&console, &query, &[])?;
    let place = |it: &Session| it.id.to_string();
    let held = console.store.sessions(console.now(), None).await?;
    let held = paging::behind(held, cursor.as_deref(), limit, place);
    Ok(Json(paging::page(&console, held, limit, place, session)))
}

/// Ends a session
#[utoipa::path(delete, path = "/v1/sessions/{id}", tag = "access", params(("id" = Uuid, Path, description = "The session")),
    responses((status = 204, description = "Ended"), (status = 404, description = "There is none", body = ProblemBody)))]
pub(super) async fn end_session(
    State(console): State<Arc<Console>>,
    actor: Actor,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    let id = SessionId::from_uuid(id);
    let now = console.now();
    let held = console.store.sessions(now, None).await?;
    let session = held.iter().find(|session| session.id == id).ok_or_else(Problem::not_found)?;
    let user = console.store.user(session.user).await?.ok_or_else(Problem::not_found)?;
    only_owners_change(&actor, &user)?;
    console.store.end_session(now, actor.by(), id, None).await?.map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}
