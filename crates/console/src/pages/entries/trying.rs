//! A test ping of an offer: a made-up caller, what is sent, what comes back, and what it is read as.

use std::collections::BTreeMap;

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use lead::OfferId;
use secrecy::SecretString;

use super::super::{Frame, Shared, shown, shown_as};
use crate::{
    Needs, Permission, Reading, Tried, actor::Actor, edits, form::Form, path::Path, problem::Problem,
    routes::Routes, sampled,
};

#[derive(Template)]
#[template(path = "ping.html")]
struct Page {
    frame: Frame,
    id: String,
    name: String,
    fields: Vec<Field>,
    tried: Option<Tried>,
    verdict: String,
    kind: &'static str,
    refused: String,
}

struct Field {
    name: String,
    fits: String,
    choices: Vec<String>,
    value: String,
    wrong: String,
}

pub(super) fn routes(routes: Routes) -> Routes {
    let write = Needs::May(Permission::WriteSettings);
    routes.get(write, "/offers/{id}/ping", form).post(write, "/offers/{id}/ping", send)
}

async fn form(console: Shared, actor: Actor, Path(id): Path<String>) -> Result<Response, Problem> {
    let (page, ..) = page(&console, &actor, &id, &Form::default(), false).await?;
    Ok(shown(&page))
}

async fn send(
    console: Shared,
    actor: Actor,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let (mut page, text, profile) = page(&console, &actor, &id, &form, true).await?;
    let profile = match profile {
        Ok(profile) => profile,
        Err((field, fits)) => {
            for it in page.fields.iter_mut().filter(|it| it.name == field) {
                it.wrong = format!("write {fits}");
            }
            return Ok(shown_as(StatusCode::UNPROCESSABLE_ENTITY, &page));
        }
    };
    let offer = OfferId::parse(&id).map_err(|_| Problem::not_found())?;
    match console.buyers.try_ping(text, offer, profile).await {
        Ok(tried) => {
            (page.verdict, page.kind) = verdict(&tried, &console.business().currency);
            page.tried = Some(tried);
            Ok(shown(&page))
        }
        Err(why) => {
            page.refused = why;
            Ok(shown_as(StatusCode::CONFLICT, &page))
        }
    }
}

type Profiled = Result<lead::Profile, (String, String)>;

async fn page(
    console: &Shared,
    actor: &Actor,
    id: &str,
    form: &Form,
    is_sent: bool,
) -> Result<(Page, SecretString, Profiled), Problem> {
    let text = edits::latest(console).await?.document.text();
    let settings = console.read_settings(&text).map_err(|_| Problem::not_found())?;
    let offer = OfferId::parse(id).ok().and_then(|id| settings.offer(&id)).ok_or_else(Problem::not_found)?;
    let asked = sampled::asked(&settings, offer.vertical.as_str());
    let typed = |name: &str| is_sent.then(|| form.text(&format!("a.{name}")));
    let answers: BTreeMap<_, _> = asked
        .iter()
        .filter_map(|it| Some((it.field.as_str().to_owned(), typed(it.field.as_str())?)))
        .collect();
    let profile = sampled::profile(&asked, &answers);
    let field = |it: &sampled::Asked| Field {
        name: it.field.as_str().to_owned(),
        fits: it.fits.clone(),
        choices: it.choices.clone(),
        value: typed(it.field.as_str()).unwrap_or_else(|| it.usual.clone()),
        wrong: String::new(),
    };
    let page = Page {
        frame: Frame::of(actor, "/offers"),
        id: id.to_owned(),
        name: offer.name.clone(),
        fields: asked.iter().map(field).collect(),
        tried: None,
        verdict: String::new(),
        kind: "",
        refused: String::new(),
    };
    Ok((page, SecretString::from(text), profile))
}

/// What came of it, in a sentence.
pub(super) fn verdict(tried: &Tried, currency: &str) -> (String, &'static str) {
    match &tried.read {
        Reading::Bid { .. } => (read_as(&tried.read, currency), "good"),
        Reading::NoBid(code) if tried.status.is_none() => {
            (format!("No answer: {}.", code.replace('_', " ")), "bad")
        }
        Reading::NoBid(_) => (read_as(&tried.read, currency), "near"),
    }
}

/// What a reply is read as, in a sentence.
pub(super) fn read_as(read: &Reading, currency: &str) -> String {
    match read {
        Reading::Bid { price, to, payable_after } => {
            let to =
                if to.is_empty() { "the offer's own destination".to_owned() } else { to.join(", else ") };
            let from =
                payable_after.map_or_else(String::new, |it| format!(", paid for after {} s", it.as_secs()));
            format!("A bid of {price} {currency}, to {to}{from}.")
        }
        Reading::NoBid(code) => format!("No bid: {}.", code.replace('_', " ")),
    }
}
