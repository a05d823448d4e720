//! A sample reply of a buyer becomes the mapping of its offer: paste it, look at what is proposed, choose the price, keep it.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde_json::{Map, Value, json};
use settings::{Kind, in_one_line};

use super::super::{Frame, Shared, shown, shown_as};
use super::trying::read_as;
use crate::{
    Leaf, Needs, Permission,
    actor::Actor,
    edits::{self, Edit},
    form::Form,
    path::Path,
    problem::Problem,
    routes::Routes,
};

/// The longest sample, as long as the longest reply that is read.
pub const SAMPLE_BYTES_MAX: usize = 64 * 1024;

#[derive(Template)]
#[template(path = "sample.html")]
struct Page {
    frame: Frame,
    id: String,
    name: String,
    sample: String,
    wrong: String,
    leaves: Vec<Leaf>,
    price: String,
    mapping: Vec<(String, String)>,
    wire: String,
    verdict: String,
    is_bid: bool,
}

pub(super) fn routes(routes: Routes) -> Routes {
    let write = Needs::May(Permission::WriteSettings);
    routes.get(write, "/offers/{id}/sample", form).post(write, "/offers/{id}/sample", read).post(
        write,
        "/offers/{id}/wire",
        keep,
    )
}

async fn form(console: Shared, actor: Actor, Path(id): Path<String>) -> Result<Response, Problem> {
    Ok(shown(&page(&console, &actor, &id, String::new()).await?))
}

async fn page(console: &Shared, actor: &Actor, id: &str, sample: String) -> Result<Page, Problem> {
    let entry =
        edits::latest(console).await?.document.entry(Kind::Offer, id).ok_or_else(Problem::not_found)?;
    Ok(Page {
        frame: Frame::of(actor, "/offers"),
        id: id.to_owned(),
        name: entry.get("name").and_then(Value::as_str).unwrap_or(id).to_owned(),
        sample,
        wrong: String::new(),
        leaves: vec![],
        price: String::new(),
        mapping: vec![],
        wire: String::new(),
        verdict: String::new(),
        is_bid: false,
    })
}

/// Reads the sample: by what is proposed for it, with the price that somebody chose.
async fn read(
    console: Shared,
    actor: Actor,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let sample = form.text("sample");
    let mut page = page(&console, &actor, &id, sample.clone()).await?;
    if sample.len() > SAMPLE_BYTES_MAX {
        page.wrong = format!("a reply has at most {SAMPLE_BYTES_MAX} bytes");
        return Ok(shown_as(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    let proposed = console.buyers.read_sample(sample.as_bytes(), None);
    let chosen = form.text("price");
    let read = proposed.and_then(|proposed| match &*chosen {
        "" => Ok(proposed),
        path => console.buyers.read_sample(sample.as_bytes(), Some(&with_price(proposed.wire, path))),
    });
    match read {
        Ok(read) => {
            page.leaves = read.leaves;
            let mapping = read.wire.as_object().and_then(|it| it.values().next()).and_then(Value::as_object);
            let mapping = mapping.cloned().unwrap_or_default();
            page.price = mapping.get("bid").and_then(Value::as_str).unwrap_or_default().to_owned();
            page.mapping = mapping.iter().map(|(key, path)| (key.replace('_', " "), written(path))).collect();
            page.wire = read.wire.to_string();
            page.is_bid = read.read.is_some();
            page.verdict = match &read.read {
                Some(read) => read_as(read, &console.business().currency),
                None => "No value is called as a price usually is: choose the price below.".to_owned(),
            };
            Ok(shown(&page))
        }
        Err(why) => {
            page.wrong = why;
            Ok(shown_as(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

/// Keeps the mapping on the offer.
async fn keep(
    console: Shared,
    actor: Actor,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let wire: Value = serde_json::from_str(&form.text("wire")).map_err(|_| Problem::not_found())?;
    let latest = edits::latest(&console).await?;
    let mut entry = latest.document.entry(Kind::Offer, &id).ok_or_else(Problem::not_found)?;
    entry.insert("wire".to_owned(), wire);
    edits::publish(&console, &actor, &Edit::Replace(Kind::Offer, id.clone(), entry), None).await?;
    Ok(Redirect::to(&format!("/offers/{id}?saved=true")).into_response())
}

fn with_price(wire: Value, path: &str) -> Value {
    let with = |(kind, mapping): (String, Value)| {
        let mut mapping = mapping.as_object().cloned().unwrap_or_default();
        mapping.insert("bid".to_owned(), json!(path));
        (kind, Value::Object(mapping))
    };
    Value::Object(wire.as_object().cloned().unwrap_or_default().into_iter().map(with).collect::<Map<_, _>>())
}

fn written(path: &Value) -> String {
    path.as_str().map_or_else(|| in_one_line(path), str::to_owned)
}
