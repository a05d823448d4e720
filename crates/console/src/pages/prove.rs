//! The password once more, before secrets, people and files of them are shown: whoever sits down at a browser that somebody
//! left open sees none of it.

use std::time::Duration;

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderValue, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use store::Change;

use super::{Frame, Shared, shown_as};
use crate::{
    Console, Needs, PASSWORD_CHARS_MAX, actor::Actor, form::Form, guard, problem::Problem, query::Query,
    routes::Routes,
};

#[derive(Template)]
#[template(path = "prove.html")]
struct Page {
    frame: Frame,
    next: String,
    wrong: String,
    minutes: u64,
}

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get(Needs::Somebody, "/prove", ask).post(Needs::Somebody, "/prove", prove)
}

/// The address of the page that asks, for a link on a page that one returns to.
pub(super) fn before(next: &str) -> String {
    let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    format!("/prove?next={next}")
}

async fn ask(actor: Actor, query: Query) -> Response {
    shown_as(StatusCode::OK, &page(&actor, query.text("next"), String::new()))
}

async fn prove(console: Shared, actor: Actor, form: Form) -> Result<Response, Problem> {
    let next = form.text("next");
    let session = actor.session().ok_or_else(Problem::unauthenticated)?.id;
    match own(&console, &actor, form.secret("password")).await? {
        Given::Right => {
            let now = console.now();
            console.store.note(now, actor.by(), Change::of("session.proven", "session", session)).await?;
            console.store.prove_session(now, session).await?;
            Ok(Redirect::to(guard::next_or_home(&next)).into_response())
        }
        Given::Wrong => {
            let wrong = "this is not your password; write it once more".to_owned();
            Ok(shown_as(StatusCode::UNPROCESSABLE_ENTITY, &page(&actor, &next, wrong)))
        }
        Given::TooOften(wait) => Ok(later(&page(&actor, &next, too_often(wait)), wait)),
    }
}

fn page(actor: &Actor, next: &str, wrong: String) -> Page {
    let next = guard::next_or_home(next).to_owned();
    let minutes = guard::PROVEN_FOR_MAX.as_secs() / 60;
    Page { frame: Frame::of(actor, "/account"), next, wrong, minutes }
}

/// What came of a password that somebody gave who is logged in.
pub(super) enum Given {
    Right,
    Wrong,
    /// It was not looked at: so long must be waited after wrong ones.
    TooOften(Duration),
}

/// Whether it is the actor's own password. Wrong ones count as at the login.
pub(super) async fn own(console: &Console, actor: &Actor, password: SecretString) -> Result<Given, Problem> {
    let (now, email) = (console.now(), &actor.user.email);
    if let Some(wait) = console.logins.wait(now, email, &actor.address) {
        return Ok(Given::TooOften(wait));
    }
    let kept = console.store.password_of(actor.user.id).await?;
    let long = password.expose_secret().chars().count() > PASSWORD_CHARS_MAX;
    if console.passwords.fits(password, kept.as_ref()).await && !long {
        console.logins.right(email, &actor.address);
        return Ok(Given::Right);
    }
    console.logins.wrong(now, email, &actor.address);
    Ok(Given::Wrong)
}

/// What is said after too many wrong ones.
pub(super) fn too_often(wait: Duration) -> String {
    format!("too many tries from here; wait {} s and try again", wait.as_secs() + 1)
}

/// A page that says so, with how long to wait.
pub(super) fn later(page: &impl Template, wait: Duration) -> Response {
    let mut response = shown_as(StatusCode::TOO_MANY_REQUESTS, page);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs() + 1));
    response
}
