//! The numbers of a campaign, in a form of their own.

use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    super::{Shared, shown_as},
    CAMPAIGNS, existing,
};
use crate::{
    Needs, Permission,
    actor::Actor,
    edits::{self, Edit},
    form::Form,
    path::Path,
    problem::Problem,
    routes::Routes,
};

/// Lines that are empty and wait for a number.
const FREE: usize = 2;
/// The most numbers of a campaign that a form holds; more are published by the API.
pub const FORM_NUMBERS_MAX: usize = 100;

/// A number as the form shows it.
pub(super) struct Line {
    pub(super) number: String,
    pub(super) publisher: String,
    pub(super) note: String,
}

pub(super) fn routes(routes: Routes) -> Routes {
    routes.post(Needs::May(Permission::WriteSettings), "/campaigns/{id}/numbers", save)
}

/// The lines of the form.
pub(super) fn lines(numbers: &[Map<String, Value>]) -> Vec<Line> {
    let text = |entry: &Map<String, Value>, key: &str| {
        entry.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let line = |entry: &Map<String, Value>| Line {
        number: text(entry, "number"),
        publisher: text(entry, "publisher"),
        note: text(entry, "note"),
    };
    let free =
        (0..FREE).map(|_| Line { number: String::new(), publisher: String::new(), note: String::new() });
    numbers.iter().map(line).chain(free).collect()
}

async fn save(
    console: Shared,
    actor: Actor,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let latest = edits::latest(&console).await?;
    let before = latest.numbers_of(&id);
    let there = |n: &usize| form.has(&format!("{n}.number"));
    let one = |n: usize| {
        let at = |key: &str| form.text(&format!("{n}.{key}"));
        let number = at("number");
        // What the form does not show stays, ex: a payout of its own.
        let kept = before.iter().find(|it| it.get("number").and_then(Value::as_str) == Some(&number));
        let mut entry = kept.cloned().unwrap_or_default();
        for (key, text) in [("number", number), ("publisher", at("publisher")), ("note", at("note"))] {
            if text.is_empty() {
                entry.remove(key);
            } else {
                entry.insert(key.to_owned(), json!(text));
            }
        }
        entry
    };
    let numbers: Vec<_> =
        (0..FORM_NUMBERS_MAX).take_while(there).map(one).filter(|it| it.contains_key("number")).collect();
    let edit = Edit::Numbers(id.clone(), numbers.clone());
    match edits::publish(&console, &actor, &edit, Some(&form.text("tag"))).await {
        Ok(_) => Ok(Redirect::to(&format!("/campaigns/{id}?saved=true")).into_response()),
        Err(problem) if problem.status == StatusCode::UNPROCESSABLE_ENTITY => {
            let mut page = existing(&console, &actor, &latest, &CAMPAIGNS, &id)?;
            page.numbers = lines(&numbers);
            page.numbers_tag = form.text("tag");
            let line = |pointer: &str| {
                let mut steps = pointer.trim_start_matches("/numbers/").split('/');
                let at = steps
                    .next()
                    .and_then(|at| at.parse::<usize>().ok())
                    .map_or_else(String::new, |at| format!("line {}: ", at + 1));
                format!("{at}{}", steps.next().map_or_else(String::new, |key| format!("{key}: ")))
            };
            page.numbers_wrong = problem
                .errors
                .iter()
                .map(|it| format!("{}{}; {}", line(&it.pointer), it.message, it.mend))
                .collect();
            Ok(shown_as(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
        Err(problem) => Err(problem),
    }
}
