//! One's own account: where one is logged in, how to end that, and another password.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use secrecy::ExposeSecret;
use store::{Session, SessionId};
use uuid::Uuid;

use super::{
    Frame, Shared,
    prove::{self, Given},
    shown, shown_as, when,
};
use crate::{
    Console, Needs, PASSWORD_CHARS_MIN, Passwords, actor::Actor, form::Form, path::Path, problem::Problem,
    query::Query, routes::Routes,
};

#[derive(Template)]
#[template(path = "account.html")]
struct Account {
    frame: Frame,
    sessions: Vec<Shown>,
    changed: bool,
    current_wrong: String,
    new_wrong: String,
}

/// A session as it is shown.
pub(super) struct Shown {
    pub(super) id: SessionId,
    pub(super) browser: String,
    pub(super) address: String,
    pub(super) since: String,
    pub(super) seen: String,
    pub(super) this: bool,
}

impl Shown {
    pub(super) fn of(now: lead::Timestamp, session: &Session, this: Option<SessionId>) -> Self {
        Self {
            id: session.id,
            browser: browser(&session.agent),
            address: session.address.clone(),
            since: when::minute(session.created_at),
            seen: when::ago(now, session.seen_at),
            this: this == Some(session.id),
        }
    }
}

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get(Needs::Somebody, "/account", account)
        .post(Needs::Somebody, "/account/password", password)
        .post(Needs::Somebody, "/account/sessions/{id}/end", end)
}

async fn account(console: Shared, actor: Actor, query: Query) -> Result<Response, Problem> {
    let page = page(&console, &actor).await?;
    Ok(shown(&Account { changed: query.text("changed") == "true", ..page }))
}

async fn page(console: &Console, actor: &Actor) -> Result<Account, Problem> {
    let now = console.now();
    let sessions = console.store.sessions(now, Some(actor.user.id)).await?;
    let this = actor.session().map(|session| session.id);
    let sessions = sessions.iter().map(|session| Shown::of(now, session, this)).collect();
    let frame = Frame::of(actor, "/account");
    Ok(Account { frame, sessions, changed: false, current_wrong: String::new(), new_wrong: String::new() })
}

/// Another password: it ends every session of this person but the one that asks.
async fn password(console: Shared, actor: Actor, form: Form) -> Result<Response, Problem> {
    let session = actor.session().ok_or_else(Problem::unauthenticated)?.id;
    let new = form.secret("new");
    let mut page = page(&console, &actor).await?;
    if let Err(weak) = Passwords::check(&new, &[&*actor.user.email, &*actor.user.name]) {
        page.new_wrong = weak.to_string();
    } else if new.expose_secret() != form.secret("again").expose_secret() {
        "the two are not the same; write it once more".clone_into(&mut page.new_wrong);
    }
    if !page.new_wrong.is_empty() {
        return Ok(shown_as(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    match prove::own(&console, &actor, form.secret("current")).await? {
        Given::Right => {}
        Given::Wrong => {
            "this is not your password; write it once more".clone_into(&mut page.current_wrong);
            return Ok(shown_as(StatusCode::UNPROCESSABLE_ENTITY, &page));
        }
        Given::TooOften(wait) => {
            page.current_wrong = prove::too_often(wait);
            return Ok(prove::later(&page, wait));
        }
    }
    let hash = console.passwords.hash(new).await;
    let set = console.store.set_password(console.now(), actor.by(), actor.user.id, hash, Some(session));
    set.await?;
    Ok(Redirect::to("/account?changed=true").into_response())
}

async fn end(console: Shared, actor: Actor, Path(id): Path<Uuid>) -> Result<Response, Problem> {
    let id = SessionId::from_uuid(id);
    let ended = console.store.end_session(console.now(), actor.by(), id, Some(actor.user.id)).await?;
    ended.map_err(|_| Problem::not_found())?;
    Ok(Redirect::to("/account").into_response())
}

/// What people call a browser that calls itself so.
pub(super) fn browser(agent: &str) -> String {
    let named = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    let systems = [
        ("Windows", "Windows"),
        ("iPhone", "iPhone"),
        ("Android", "Android"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    ];
    let of = |list: [(&str, &'static str); 5]| {
        list.into_iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| name)
    };
    match (of(named), of(systems)) {
        (Some(name), Some(system)) => format!("{name} on {system}"),
        (Some(name), None) => name.to_owned(),
        _ if agent.is_empty() => "unnamed".to_owned(),
        _ => agent.split(['/', ' ']).next().unwrap_or("unnamed").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::browser;

    #[test]
    fn a_browser_is_named_as_people_name_it() {
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36";
        assert_eq!(browser(chrome), "Chrome on Linux");
        assert_eq!(browser("curl/8.1"), "curl");
        assert_eq!(browser(""), "unnamed");
    }
}
