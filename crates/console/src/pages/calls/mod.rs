//! The list of calls: filters in the address, a search, and what is on the screen as CSV and NDJSON.

mod export;
mod query;
mod row;

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use store::{CallPage, Change, NumberSought};

pub(crate) use export::EXPORT_ROWS_MAX;
pub(crate) use query::{CallQuery, Choices, EACH_OUTCOME};
pub(crate) use row::{Row, length};

use super::{Frame, Shared, shown};
use crate::{
    Console, Needs, Permission, actor::Actor, business::Business, form::Form, problem::Problem, query::Query,
    routes::Routes,
};

/// Calls of one page.
const PAGE: u32 = 50;

#[derive(Template)]
#[template(path = "calls.html")]
struct Calls {
    frame: Frame,
    query: CallQuery,
    choices: query::Choices,
    rows: Vec<Row>,
    next: Option<String>,
    zone: String,
    /// Says that a number was looked for: it stands in no address.
    searched: bool,
    wrong: String,
}

pub(super) fn routes(routes: Routes) -> Routes {
    let read = Needs::May(Permission::ReadCalls);
    routes
        .get(read, "/calls", list)
        .get(read, "/calls.csv", export::csv)
        .get(read, "/calls.ndjson", export::ndjson)
        .get(read, "/calls/find", || async { Redirect::to("/calls") })
        .post(read, "/calls/find", find)
}

async fn list(console: Shared, actor: Actor, query: Query) -> Result<Response, Problem> {
    let business = console.business();
    let query = CallQuery::of(&query, &business)?;
    let filter = query.filter(console.now(), PAGE);
    let page = console.store().calls(&filter).await?;
    Ok(page_of(&actor, &business, query, &page, false))
}

/// Calls by a number or a part of it. A number never stands in an address, so this is sent as a form; each look is audited.
async fn find(console: Shared, actor: Actor, form: Form) -> Result<Response, Problem> {
    let business = console.business();
    let query = CallQuery::default();
    let number = match NumberSought::parse(&form.text("number")) {
        Ok(number) => number,
        Err(error) => {
            let page = CallPage { calls: vec![], next: None };
            let mut calls = calls(&actor, &business, query, &page, true);
            calls.wrong = error.to_string();
            return Ok(super::shown_as(http::StatusCode::UNPROCESSABLE_ENTITY, &calls));
        }
    };
    note_search(&console, &actor).await?;
    let mut filter = query.filter(console.now(), PAGE);
    filter.number = Some(number);
    let page = console.store().calls(&filter).await?;
    Ok(page_of(&actor, &business, query, &page, true))
}

/// Says in the audit that somebody looked for a number, and not which.
pub(crate) async fn note_search(console: &Console, actor: &Actor) -> Result<(), Problem> {
    let change = Change {
        action: "calls.searched",
        object_kind: "calls",
        object: "by number".to_owned(),
        before: None,
        after: None,
    };
    Ok(console.store().note(console.now(), actor.by(), change).await?)
}

fn page_of(
    actor: &Actor,
    business: &Business,
    query: CallQuery,
    page: &CallPage,
    searched: bool,
) -> Response {
    shown(&calls(actor, business, query, page, searched)).into_response()
}

fn calls(actor: &Actor, business: &Business, query: CallQuery, page: &CallPage, searched: bool) -> Calls {
    let money = actor.may(Permission::ReadMoney);
    Calls {
        frame: Frame::of(actor, "/calls"),
        choices: query::Choices::of(business),
        rows: page.calls.iter().map(|call| Row::of(call, business, money)).collect(),
        next: page.next.filter(|_| !searched).map(|next| query.with("after", &next.to_string())),
        zone: business.zone_name(),
        query,
        searched,
        wrong: String::new(),
    }
}
