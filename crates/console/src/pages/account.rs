//! One's own account: where one is logged in, and how to end that.

use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use store::{Session, SessionId};
use uuid::Uuid;

use super::{Frame, Shared, shown, when};
use crate::{Needs, actor::Actor, problem::Problem, routes::Routes};

#[derive(Template)]
#[template(path = "account.html")]
struct Account {
    frame: Frame,
    sessions: Vec<Shown>,
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
    routes.get(Needs::Somebody, "/account", account).post(Needs::Somebody, "/account/sessions/{id}/end", end)
}

async fn account(console: Shared, actor: Actor) -> Result<Response, Problem> {
    let now = console.now();
    let sessions = console.store.sessions(now, Some(actor.user.id)).await?;
    let this = actor.session().map(|session| session.id);
    let sessions = sessions.iter().map(|session| Shown::of(now, session, this)).collect();
    Ok(shown(&Account { frame: Frame::of(&actor, "/account"), sessions }))
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
