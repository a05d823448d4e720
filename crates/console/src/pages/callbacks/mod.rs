//! The callbacks that wait: who asked to be rung and was not reached yet, when they are rung next and why not before.

pub(crate) mod query;
pub(crate) mod row;

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use lead::JourneyId;
use store::CallbackCounts;
use uuid::Uuid;

use super::{Frame, Shared, figures::count, shown};
use crate::{
    Needs, Permission, actor::Actor, callbacks, form::Form, path::Path, problem::Problem, query::Query,
    routes::Routes,
};
use query::CallbackQuery;
use row::CallbackRow;

/// Callbacks of one page.
const PAGE: u32 = 50;

#[derive(Template)]
#[template(path = "callbacks.html")]
struct Page {
    frame: Frame,
    headline: String,
    sub: String,
    query: CallbackQuery,
    campaigns: Vec<(String, String)>,
    publishers: Vec<(String, String)>,
    rows: Vec<CallbackRow>,
    next: Option<String>,
    zone: String,
    may_cancel: bool,
    done: bool,
}

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get(Needs::May(Permission::ReadCalls), "/callbacks", list).post(
        Needs::May(Permission::WriteCallbacks),
        "/callbacks/{id}/cancel",
        cancel,
    )
}

async fn list(console: Shared, actor: Actor, query: Query) -> Result<Response, Problem> {
    let (business, now) = (console.business(), console.now());
    let done = query.text("cancelled") == "yes";
    let query = CallbackQuery::of(&query, &["cancelled"])?;
    let mut callbacks = console.store().callbacks(&query.filter(PAGE + 1)).await?;
    let more = callbacks.len() > PAGE as usize;
    callbacks.truncate(PAGE as usize);
    let last = callbacks.last().filter(|_| more);
    let next = last.map(|last| query.with("after", &query::written(last.asked_at, last.journey)));
    let counts = console.store().callback_counts().await?;
    Ok(shown(&Page {
        frame: Frame::of(&actor, "/callbacks"),
        headline: headline(counts),
        sub: format!("{} waiting · {} on the phone", count(counts.waiting), count(counts.calling)),
        campaigns: business.campaigns.iter().map(|(id, name)| (id.to_string(), name.clone())).collect(),
        publishers: business.publishers.iter().map(|(id, name)| (id.to_string(), name.clone())).collect(),
        rows: callbacks.iter().map(|callback| CallbackRow::of(callback, &business, now)).collect(),
        zone: business.zone_name(),
        may_cancel: actor.may(Permission::WriteCallbacks),
        next,
        done,
        query,
    }))
}

async fn cancel(
    console: Shared,
    actor: Actor,
    Path(id): Path<Uuid>,
    form: Form,
) -> Result<Response, Problem> {
    callbacks::cancel(&console, &actor, JourneyId::from_uuid(id)).await?;
    Ok(Redirect::to(&format!("/callbacks?{}", query::back(&form.text("back")))).into_response())
}

fn headline(counts: CallbackCounts) -> String {
    match counts.waiting + counts.calling {
        0 => "Nobody waits to be called".to_owned(),
        1 => "One person waits to be called".to_owned(),
        n => format!("{} people wait to be called", count(n)),
    }
}
