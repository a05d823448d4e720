//! API tokens, and the audit.

use axum::{Json, extract::State};
use http::StatusCode;
use secrecy::ExposeSecret;
use serde::Serialize;
use std::{sync::Arc, time::Duration};
use store::{ApiToken, AuditEntry, AuditFilter, NewToken, TokenId, UserId, Who};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    body::Body,
    paging::{self, Page},
};
use crate::{
    Console, Permission,
    access::people,
    actor::Actor,
    pages::{tokens::TOKEN_DAYS_MAX, users::refused},
    path::Path,
    problem::{Problem, ProblemBody},
    query::Query,
};

/// A token.
#[derive(Serialize, ToSchema)]
pub(super) struct TokenBody {
    /// The id; it opens nothing.
    id: Uuid,
    /// Whose.
    user: Uuid,
    /// What it is for.
    name: String,
    /// Its last characters.
    hint: String,
    /// What it may be used for, as far as its person may.
    scopes: Vec<String>,
    /// Since when.
    created_at: String,
    /// Until when.
    expires_at: String,
    /// When it was used last, to the minute.
    used_at: Option<String>,
    /// Since when it opens nothing any more.
    revoked_at: Option<String>,
    /// The token itself: only in the answer to what made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

/// A new token, in one's own name.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read field by field, strictly; this describes it")]
pub(super) struct NewTokenBody {
    /// What it is for.
    name: String,
    /// What it may be used for, ex: `calls:read`.
    scopes: Vec<String>,
    /// For how long, 1 to 365 days; 90 if it is not there.
    days: Option<u32>,
}

/// An entry of the audit.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditBody {
    /// Its number, from 1.
    n: i64,
    /// When.
    at: String,
    /// nobody, command, user or token.
    by: &'static str,
    /// The person behind it.
    user: Option<Uuid>,
    /// The token, if it was by one.
    token: Option<Uuid>,
    /// What, ex: `user.disabled`.
    action: String,
    /// What kind of thing it was done to.
    object_kind: String,
    /// Its id.
    object: String,
    /// What was there before.
    before: Option<serde_json::Value>,
    /// What is there since.
    after: Option<serde_json::Value>,
    /// From where.
    address: Option<String>,
    /// The request.
    request_id: Option<String>,
    /// The hash over it and the entry before, in hexadecimal digits.
    hash: String,
}

fn shown(token: &ApiToken, secret: Option<String>) -> TokenBody {
    TokenBody {
        id: token.id.uuid(),
        user: token.user.uuid(),
        name: token.name.clone(),
        hint: token.hint.clone(),
        scopes: token.scopes.clone(),
        created_at: token.created_at.to_string(),
        expires_at: token.expires_at.to_string(),
        used_at: token.used_at.map(|at| at.to_string()),
        revoked_at: token.revoked_at.map(|at| at.to_string()),
        token: secret,
    }
}

/// Lists tokens, the newest first
#[utoipa::path(get, path = "/v1/tokens", tag = "access",
    params(("limit" = Option<u32>, Query, description = "1 to 200"), ("cursor" = Option<String>, Query, description = "next_cursor of the page before")),
    responses((status = 200, description = "A page", body = Page<TokenBody>)))]
pub(super) async fn list(
    State(console): State<Arc<Console>>,
    query: Query,
) -> Result<Json<Page<TokenBody>>, Problem> {
    let (limit, cursor) = paging::asked(&console, &query, &[])?;
    let place = |token: &ApiToken| token.id.to_string();
    let tokens = paging::behind(console.store.tokens(None).await?, cursor.as_deref(), limit, place);
    Ok(Json(paging::page(&console, tokens, limit, place, |token| shown(token, None))))
}

/// Makes a token in one's own name, and shows it once
#[utoipa::path(post, path = "/v1/tokens", tag = "access", request_body = NewTokenBody,
    params(("Idempotency-Key" = String, Header, description = "The same for each repeat of this request")),
    responses((status = 201, description = "Made", body = TokenBody), (status = 422, description = "A field is wrong", body = ProblemBody)))]
pub(super) async fn add(
    State(console): State<Arc<Console>>,
    actor: Actor,
    mut body: Body,
) -> Result<(StatusCode, Json<TokenBody>), Problem> {
    let (name, scopes) = (body.parsed("name", people::name), body.texts("scopes"));
    let days = body.number("days", TOKEN_DAYS_MAX).unwrap_or(90);
    let (name, scopes) = (body.needed("name", name), body.needed("scopes", scopes));
    let own = |word: &String| Permission::of(word).is_some_and(|it| actor.may(it));
    if scopes.as_ref().is_some_and(|scopes| scopes.is_empty() || !scopes.iter().all(own)) {
        let mend =
            Permission::ALL.into_iter().filter(|it| actor.may(*it)).map(Permission::word).collect::<Vec<_>>();
        body.wrong(
            "scopes",
            "scope_not_yours",
            "you may not do one of these yourself",
            &format!("choose of {}", mend.join(", ")),
        );
    }
    body.finish()?;
    let (Some(name), Some(scopes)) = (name, scopes) else { return Err(Problem::not_found()) };
    let now = console.now();
    let expires_at = now + Duration::from_secs(u64::from(days) * 86_400);
    let new = NewToken { user: actor.user.id, name, scopes, expires_at };
    let (token, secret) = console.store.add_token(now, actor.by(), new).await?;
    Ok((StatusCode::CREATED, Json(shown(&token, Some(secret.expose_secret().to_owned())))))
}

/// Revokes a token
#[utoipa::path(delete, path = "/v1/tokens/{id}", tag = "access", params(("id" = Uuid, Path, description = "The token")),
    responses((status = 204, description = "It opens nothing any more"), (status = 404, description = "There is none", body = ProblemBody)))]
pub(super) async fn revoke(
    State(console): State<Arc<Console>>,
    actor: Actor,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    let id = TokenId::from_uuid(id);
    console.store.revoke_token(console.now(), actor.by(), id, None).await?.map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists what was done, the newest first
#[utoipa::path(get, path = "/v1/audit", tag = "access",
    params(("limit" = Option<u32>, Query, description = "1 to 200"), ("cursor" = Option<String>, Query, description = "next_cursor of the page before"), ("user" = Option<Uuid>, Query, description = "Only by this person"), ("action" = Option<String>, Query, description = "Only this action")),
    responses((status = 200, description = "A page", body = Page<AuditBody>)))]
pub(super) async fn audit(
    State(console): State<Arc<Console>>,
    query: Query,
) -> Result<Json<Page<AuditBody>>, Problem> {
    let (limit, cursor) = paging::asked(&console, &query, &["user", "action"])?;
    let filter = AuditFilter {
        before: cursor.and_then(|cursor| cursor.parse().ok()),
        person: query.text("user").parse().ok().map(UserId::from_uuid),
        action: Some(query.text("action").to_owned()).filter(|action| !action.is_empty()),
        limit: Some(limit + 1),
    };
    let entries = console.store.audit(&filter).await?;
    Ok(Json(paging::page(&console, entries, limit, |entry| entry.n.to_string(), entry)))
}

fn entry(entry: &AuditEntry) -> AuditBody {
    let (by, token) = match entry.by.who {
        Who::Nobody => ("nobody", None),
        Who::Command => ("command", None),
        Who::User(_) => ("user", None),
        Who::Token { token, .. } => ("token", Some(token.uuid())),
    };
    AuditBody {
        n: entry.n,
        at: entry.at.to_string(),
        by,
        user: entry.by.person().map(UserId::uuid),
        token,
        action: entry.action.clone(),
        object_kind: entry.object_kind.clone(),
        object: entry.object.clone(),
        before: entry.before.clone(),
        after: entry.after.clone(),
        address: entry.by.address.clone(),
        request_id: entry.by.request.clone(),
        hash: entry.hash.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}
