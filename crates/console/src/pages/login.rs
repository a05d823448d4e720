//! To log in and out.

use std::{convert::Infallible, sync::Arc};

use askama::Template;
use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderValue, StatusCode, header, request::Parts};
use secrecy::ExposeSecret;
use store::{By, NewSession, User, Who};

use crate::{
    Console, Needs, PASSWORD_CHARS_MAX,
    actor::Actor,
    answer::RequestId,
    form::Form,
    guard,
    pages::{Shared, shown_as},
    problem::Problem,
    query::Query,
    routes::Routes,
};

/// What a browser may call itself, in characters.
const AGENT_CHARS_MAX: usize = 200;
/// The same for whoever is not let in: nobody learns whether there is such a user.
const WRONG: &str = "This address and password do not belong together. Check both, or ask for a new link.";

#[derive(Template)]
#[template(path = "login.html")]
struct Login<'a> {
    email: &'a str,
    next: &'a str,
    refused: String,
}

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get(Needs::Nobody, "/login", login).post(Needs::Nobody, "/login", log_in).post(
        Needs::Somebody,
        "/logout",
        log_out,
    )
}

/// From where a request comes that nobody is known of.
pub(super) struct Caller {
    pub(super) address: String,
    pub(super) agent: String,
    pub(super) by: By,
}

impl FromRequestParts<Arc<Console>> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, console: &Arc<Console>) -> Result<Self, Infallible> {
        let address = guard::address(console, parts);
        let agent =
            parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let request = Some(RequestId::of(&parts.extensions).0);
        let by = By { who: Who::Nobody, address: Some(address.clone()), request };
        Ok(Self { address, agent: agent.chars().take(AGENT_CHARS_MAX).collect(), by })
    }
}

async fn login(actor: Option<Actor>, query: Query) -> Response {
    let next = guard::next_or_home(query.text("next"));
    match actor {
        Some(_) => Redirect::to(next).into_response(),
        None => shown_as(StatusCode::OK, &Login { email: "", next, refused: String::new() }),
    }
}

async fn log_in(console: Shared, caller: Caller, form: Form) -> Result<Response, Problem> {
    let (email, next) = (form.text("email").to_lowercase(), form.text("next"));
    let next = guard::next_or_home(&next);
    let again = |status, refused: String| Ok(shown_as(status, &Login { email: &email, next, refused }));
    let now = console.now();
    if let Some(wait) = console.logins.wait(now, &email, &caller.address) {
        let secs = wait.as_secs() + 1;
        let text = format!("Too many tries from here. Wait {secs} s and try again.");
        let mut response = again(StatusCode::TOO_MANY_REQUESTS, text)?;
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(secs));
        return Ok(response);
    }
    let password = form.secret("password");
    let found = console.store.user_by_email(&email).await?;
    let (user, kept) = found.map_or((None, None), |(user, kept)| (Some(user), kept));
    let long = password.expose_secret().chars().count() > PASSWORD_CHARS_MAX;
    let fits = console.passwords.fits(password, kept.as_ref()).await && !long;
    match user.filter(|user| fits && user.disabled_at.is_none()) {
        Some(user) => {
            console.logins.right(&email, &caller.address);
            let_in(&console, &user, caller, next).await
        }
        None => {
            console.logins.wrong(now, &email, &caller.address);
            again(StatusCode::UNPROCESSABLE_ENTITY, WRONG.to_owned())
        }
    }
}

/// Begins a session of its own for this login: whatever the browser had before opens nothing of it.
pub(super) async fn let_in(
    console: &Console,
    user: &User,
    caller: Caller,
    next: &str,
) -> Result<Response, Problem> {
    let by = By { who: Who::User(user.id), ..caller.by };
    let new = NewSession { user: user.id, address: caller.address, agent: caller.agent };
    let secret = console.store.begin_session(console.now(), by, new).await?;
    let mut response = Redirect::to(next).into_response();
    set_cookie(console, &mut response, secret.expose_secret());
    Ok(response)
}

async fn log_out(console: Shared, actor: Actor) -> Result<Response, Problem> {
    if let Some(session) = actor.session() {
        let ended =
            console.store.end_session(console.now(), actor.by(), session.id, Some(actor.user.id)).await?;
        // One that has ended meanwhile is what was wanted.
        let _ = ended;
    }
    let mut response = Redirect::to("/login").into_response();
    set_cookie(&console, &mut response, "");
    Ok(response)
}

fn set_cookie(console: &Console, response: &mut Response, secret: &str) {
    let cookie = HeaderValue::try_from(console.origin.set_cookie(secret)).expect("a secret is plain text");
    response.headers_mut().append(header::SET_COOKIE, cookie);
}
