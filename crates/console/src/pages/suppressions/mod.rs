//! Suppression: the numbers that are not to be called, masked; to look for one, to add, to import and to take off.

mod export;
mod file;

pub use file::{SUPPRESSION_FILE_BYTES_MAX, SUPPRESSION_FILE_REST_MAX, SUPPRESSION_FILE_WAIT_MAX};

use std::collections::BTreeMap;

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use lead::{E164, Pii};
use store::{
    Change, Imported, NumberList, SuppressedBy, Suppression, SuppressionFilter, SuppressionId, UserId,
    read_number,
};
use uuid::Uuid;

use super::{Frame, Shared, shown, shown_as, when};
use crate::{
    Console, Needs, Permission, actor::Actor, form::Form, path::Path, problem::Problem, routes::Routes,
};

/// The letters of a reason for taking a number off.
pub const REMOVAL_CHARS_MIN: usize = 5;
/// The most of them.
pub const REMOVAL_CHARS_MAX: usize = 200;
/// How many numbers the page shows; the API has the others.
const SHOWN: u32 = 100;
/// Where a file of numbers is sent to: its body is not read before its handler does.
pub const FILE_PATH: &str = "/suppressions/file";
/// How many bad lines the page names; the API names more of them.
const BAD_SHOWN: usize = 50;

struct Line {
    id: SuppressionId,
    number: String,
    why: &'static str,
    by: String,
    at: String,
}

#[derive(Template)]
#[template(path = "suppressions.html")]
struct Suppressions {
    frame: Frame,
    lines: Vec<Line>,
    count: u64,
    is_cut: bool,
    may_write: bool,
    may_reveal: bool,
    said: String,
    number_wrong: String,
    list: String,
    list_wrong: String,
    file_wrong: String,
    reason_wrong: String,
    bad: Vec<String>,
    more_bad: u64,
}

pub(super) fn routes(routes: Routes) -> Routes {
    let (read, write) = (Needs::May(Permission::ReadSuppressions), Needs::May(Permission::WriteSuppressions));
    routes
        .get(read, "/suppressions", list)
        .post(read, "/suppressions/check", check)
        .post(write, "/suppressions", add)
        .post(write, "/suppressions/import", import)
        .post(write, FILE_PATH, file::take)
        .post(write, "/suppressions/{id}/remove", remove)
        .get(Needs::May(Permission::RevealPeople), "/suppressions.csv", export::csv)
}

/// Reads why a number is taken off the list.
pub(crate) fn reason(text: &str) -> Result<String, String> {
    let text = text.trim();
    if (REMOVAL_CHARS_MIN..=REMOVAL_CHARS_MAX).contains(&text.chars().count()) {
        return Ok(text.to_owned());
    }
    Err(format!("say why in {REMOVAL_CHARS_MIN} to {REMOVAL_CHARS_MAX} letters; the audit keeps it"))
}

async fn list(console: Shared, actor: Actor) -> Result<Response, Problem> {
    Ok(shown(&page(&console, &actor).await?))
}

async fn page(console: &Console, actor: &Actor) -> Result<Suppressions, Problem> {
    let filter = SuppressionFilter { limit: Some(SHOWN), ..SuppressionFilter::default() };
    let rows = console.store.suppressions(&filter).await?;
    let count = console.store.suppressions_count().await?;
    let users = console.store.users().await?;
    let names: BTreeMap<UserId, String> = users.into_iter().map(|user| (user.id, user.name)).collect();
    Ok(Suppressions {
        frame: Frame::of(actor, "/suppressions"),
        is_cut: count > rows.len() as u64,
        lines: rows.iter().map(|row| line(row, &names)).collect(),
        count,
        may_write: actor.may(Permission::WriteSuppressions),
        may_reveal: actor.may(Permission::RevealPeople),
        said: String::new(),
        number_wrong: String::new(),
        list: String::new(),
        list_wrong: String::new(),
        file_wrong: String::new(),
        reason_wrong: String::new(),
        bad: vec![],
        more_bad: 0,
    })
}

fn line(row: &Suppression, names: &BTreeMap<UserId, String>) -> Line {
    let by = row.by.map(|by| names.get(&by).cloned().unwrap_or_else(|| "somebody".to_owned()));
    Line {
        id: row.id,
        number: row.masked.clone(),
        why: words(row.why),
        by: by.unwrap_or_else(|| "the person".to_owned()),
        at: when::minute(row.added_at),
    }
}

/// How a number came there, as people say it.
const fn words(why: SuppressedBy) -> &'static str {
    match why {
        SuppressedBy::Pressed9 => "pressed 9",
        SuppressedBy::SaidStop => "said stop",
        SuppressedBy::Imported => "imported",
        SuppressedBy::ByHand => "added by hand",
        SuppressedBy::AskedByForm => "asked by a form",
    }
}

/// The number of a form, or the page that says what is wrong with it.
async fn number_of(
    console: &Console,
    actor: &Actor,
    form: &Form,
) -> Result<Result<Pii<E164>, Response>, Problem> {
    let wrong = match read_number(&form.text("number")) {
        Ok(number) => return Ok(Ok(number)),
        Err(wrong) => wrong,
    };
    let mut page = page(console, actor).await?;
    page.number_wrong = wrong.to_string();
    Ok(Err(shown_as(StatusCode::UNPROCESSABLE_ENTITY, &page)))
}

async fn check(console: Shared, actor: Actor, form: Form) -> Result<Response, Problem> {
    let number = match number_of(&console, &actor, &form).await? {
        Ok(number) => number,
        Err(page) => return Ok(page),
    };
    let there = looked(&console, &actor, &number).await?;
    let mut page = page(&console, &actor).await?;
    page.said = match there {
        Some(it) => {
            format!("{} is on the list since {}: {}.", it.masked, when::minute(it.added_at), words(it.why))
        }
        None => "This number is not on the list.".to_owned(),
    };
    Ok(shown(&page))
}

/// Looks for one number; the audit holds who did, and not for which.
pub(crate) async fn looked(
    console: &Console,
    actor: &Actor,
    number: &Pii<E164>,
) -> Result<Option<Suppression>, Problem> {
    let there = console.store.suppressed(number).await?;
    let change = Change {
        action: "suppression.checked",
        object_kind: "suppressions",
        object: "list".to_owned(),
        before: None,
        after: Some(serde_json::json!({ "suppressed": there.is_some() })),
    };
    console.store.note(console.now(), actor.by(), change).await?;
    Ok(there)
}

async fn add(console: Shared, actor: Actor, form: Form) -> Result<Response, Problem> {
    let number = match number_of(&console, &actor, &form).await? {
        Ok(number) => number,
        Err(page) => return Ok(page),
    };
    let why = SuppressedBy::ByHand;
    let (_, is_new) = console.store.suppress(console.now(), actor.by(), number, why).await?;
    let mut page = page(&console, &actor).await?;
    let said = if is_new { "This number is not called any more." } else { "It was on the list already." };
    said.clone_into(&mut page.said);
    Ok(shown_as(if is_new { StatusCode::CREATED } else { StatusCode::OK }, &page))
}

async fn import(console: Shared, actor: Actor, form: Form) -> Result<Response, Problem> {
    // As it is: a blank line before the first number counts as one.
    let text = form.all("list").first().cloned().unwrap_or_default();
    let read = NumberList::read(text.as_bytes()).map_err(|wrong| wrong.to_string());
    let read = read.and_then(|list| match list.numbers.is_empty() {
        true => Err("no line of it names a number".to_owned()),
        false => Ok(list),
    });
    let list = match read {
        Ok(list) => list,
        Err(wrong) => {
            let mut page = page(&console, &actor).await?;
            (page.list, page.list_wrong) = (text, wrong);
            return Ok(shown_as(StatusCode::UNPROCESSABLE_ENTITY, &page));
        }
    };
    let Imported { added, known } =
        console.store.import_suppressions(console.now(), actor.by(), &list.numbers).await?;
    let mut page = page(&console, &actor).await?;
    page.said = format!(
        "Imported: {added} new, {known} known, {} named twice, {} unreadable.",
        list.repeated, list.bad_lines
    );
    page.bad = list.bad.iter().take(BAD_SHOWN).map(ToString::to_string).collect();
    page.more_bad = list.bad_lines - page.bad.len() as u64;
    Ok(shown(&page))
}

async fn remove(
    console: Shared,
    actor: Actor,
    Path(id): Path<Uuid>,
    form: Form,
) -> Result<Response, Problem> {
    let why = match reason(&form.text("reason")) {
        Ok(why) => why,
        Err(wrong) => {
            let mut page = page(&console, &actor).await?;
            page.reason_wrong = wrong;
            return Ok(shown_as(StatusCode::UNPROCESSABLE_ENTITY, &page));
        }
    };
    let id = SuppressionId::from_uuid(id);
    let removed = console.store.unsuppress(console.now(), actor.by(), id, why).await?;
    removed.map_err(|_| Problem::not_found())?;
    Ok(Redirect::to("/suppressions").into_response())
}
