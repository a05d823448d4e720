//! API tokens: what programs come in with. One's own; and for whoever looks after others, everybody's.

use std::{collections::BTreeMap, time::Duration};

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use secrecy::ExposeSecret;
use store::{ApiToken, NewToken, TokenId, UserId};
use uuid::Uuid;

use super::{Frame, Shared, shown, shown_as, when};
use crate::{
    Console, Needs, Permission, access::people, actor::Actor, form::Form, path::Path, problem::Problem,
    routes::Routes,
};

/// The longest that a token holds.
pub const TOKEN_DAYS_MAX: u32 = 365;
/// What may be chosen, in days.
const LIVES: [u32; 4] = [7, 30, 90, TOKEN_DAYS_MAX];
/// What is chosen if nobody chooses.
const LIFE_USUAL: u32 = 90;

struct Line {
    id: TokenId,
    name: String,
    hint: String,
    whose: String,
    scopes: String,
    until: String,
    used: String,
    state: &'static str,
    kind: &'static str,
}

struct Scope {
    word: &'static str,
    means: &'static str,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "tokens.html")]
struct Tokens {
    frame: Frame,
    lines: Vec<Line>,
    may_write: bool,
    scopes: Vec<Scope>,
    lives: [u32; 4],
    life: u32,
    name: String,
    name_wrong: String,
    scopes_wrong: String,
    made: Option<String>,
}

pub(super) fn routes(routes: Routes) -> Routes {
    let (read, write) = (Needs::May(Permission::ReadTokens), Needs::May(Permission::WriteTokens));
    routes.get(read, "/tokens", list).post(write, "/tokens", make).post(write, "/tokens/{id}/revoke", revoke)
}

async fn list(console: Shared, actor: Actor) -> Result<Response, Problem> {
    Ok(shown(&page(&console, &actor, &[]).await?))
}

async fn page(console: &Console, actor: &Actor, chosen: &[String]) -> Result<Tokens, Problem> {
    let (now, users) = (console.now(), console.store.users().await?);
    let names: BTreeMap<UserId, String> = users.into_iter().map(|user| (user.id, user.name)).collect();
    let tokens = console.store.tokens(None).await?;
    let scope = |it: Permission| Scope {
        word: it.word(),
        means: it.means(),
        chosen: chosen.iter().any(|word| word == it.word()),
    };
    Ok(Tokens {
        frame: Frame::of(actor, "/tokens"),
        lines: tokens.iter().map(|token| line(now, token, names.get(&token.user))).collect(),
        may_write: actor.may(Permission::WriteTokens),
        scopes: Permission::ALL.into_iter().filter(|it| actor.may(*it)).map(scope).collect(),
        lives: LIVES,
        life: LIFE_USUAL,
        name: String::new(),
        name_wrong: String::new(),
        scopes_wrong: String::new(),
        made: None,
    })
}

fn line(now: lead::Timestamp, token: &ApiToken, whose: Option<&String>) -> Line {
    let (state, kind) = match token.revoked_at {
        Some(_) => ("revoked", "bad"),
        None if token.expires_at <= now => ("expired", "near"),
        None => ("active", ""),
    };
    Line {
        id: token.id,
        name: token.name.clone(),
        hint: token.hint.clone(),
        whose: whose.cloned().unwrap_or_default(),
        scopes: token.scopes.join(", "),
        until: when::minute(token.expires_at),
        used: token.used_at.map_or_else(|| "never".to_owned(), |at| when::ago(now, at)),
        state,
        kind,
    }
}

async fn make(console: Shared, actor: Actor, form: Form) -> Result<Response, Problem> {
    let chosen = form.all("scope");
    let life = form.text("life").parse().ok().filter(|days| LIVES.contains(days)).unwrap_or(LIFE_USUAL);
    let named = people::name(&form.text("name"));
    // Nobody gives a program more than one has.
    let own = |word: &String| Permission::of(word).is_some_and(|it| actor.may(it));
    let mut page = page(&console, &actor, chosen).await?;
    page.life = life;
    page.name = form.text("name");
    page.name_wrong = named.as_ref().err().map(ToString::to_string).unwrap_or_default();
    if chosen.is_empty() || !chosen.iter().all(own) {
        "choose at least one thing that you may do yourself".clone_into(&mut page.scopes_wrong);
    }
    let name = match named {
        Ok(name) if page.scopes_wrong.is_empty() => name,
        _ => return Ok(shown_as(StatusCode::UNPROCESSABLE_ENTITY, &page)),
    };
    let now = console.now();
    let expires_at = now + Duration::from_secs(u64::from(life) * 86_400);
    let new = NewToken { user: actor.user.id, name, scopes: chosen.to_vec(), expires_at };
    let (_, secret) = console.store.add_token(now, actor.by(), new).await?;
    let mut page = self::page(&console, &actor, &[]).await?;
    page.made = Some(secret.expose_secret().to_owned());
    Ok(shown_as(StatusCode::CREATED, &page))
}

async fn revoke(console: Shared, actor: Actor, Path(id): Path<Uuid>) -> Result<Response, Problem> {
    let id = TokenId::from_uuid(id);
    let revoked = console.store.revoke_token(console.now(), actor.by(), id, None).await?;
    revoked.map_err(|_| Problem::not_found())?;
    Ok(Redirect::to("/tokens").into_response())
}
