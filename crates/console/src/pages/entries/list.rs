//! The list of a kind: what each entry is in a line.

use askama::Template;
use axum::response::Response;
use serde_json::{Map, Value};
use settings::{Document, Kind};

use super::{
    super::{Frame, Shared, shown},
    Words,
};
use crate::{
    Permission,
    actor::Actor,
    edits,
    gauges::{self, GaugeView},
    problem::Problem,
    query::Query,
};

#[derive(Template)]
#[template(path = "entries.html")]
struct List {
    frame: Frame,
    words: &'static Words,
    heads: &'static [&'static str],
    rows: Vec<Row>,
    q: String,
    may_write: bool,
    is_empty: bool,
}

struct Row {
    id: String,
    name: String,
    cells: Vec<String>,
    state: &'static str,
    kind: &'static str,
    is_paused: bool,
    /// Its fullest limit.
    gauge: Option<GaugeView>,
}

/// A list, filtered by a text in its ids, names and cells.
pub(super) async fn page(
    console: Shared,
    actor: Actor,
    query: Query,
    words: &'static Words,
) -> Result<Response, Problem> {
    let document = edits::latest(&console).await?.document;
    let entries = document.entries(words.kind);
    let is_empty = entries.is_empty();
    let q = query.text("q").to_lowercase();
    let holds = |row: &Row| {
        let texts = [&row.id, &row.name].into_iter().chain(&row.cells);
        q.is_empty() || texts.into_iter().any(|text| text.to_lowercase().contains(&q))
    };
    let rows = entries.into_iter().map(|(id, entry)| row(words.kind, id, &entry, &document)).filter(holds);
    let mut rows: Vec<_> = rows.collect();
    if let (Kind::Offer, Ok(settings)) = (words.kind, edits::in_force(&console).await) {
        let business = console.business();
        let fullest = gauges::fullest(&console, &settings).await?;
        for row in &mut rows {
            row.gauge = fullest.get(&row.id).map(|limit| limit.view(&business, words.one, &actor));
        }
    }
    Ok(shown(&List {
        frame: Frame::of(&actor, words.path),
        words,
        heads: heads(words.kind),
        rows,
        q: query.text("q").to_owned(),
        may_write: actor.may(Permission::WriteSettings),
        is_empty,
    }))
}

const fn heads(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Offer => &["Buyer", "Vertical", "Least bid", "Static price", "Answers within", "Caps"],
        Kind::Buyer => &["Offers", "Time zone", "Caps", "At once"],
        Kind::Campaign => &["Vertical", "Numbers", "Questions", "Reserve", "Recording"],
        Kind::Publisher => &["Numbers", "Payout"],
        Kind::Number => &[],
    }
}

fn row(kind: Kind, id: String, entry: &Map<String, Value>, document: &Document) -> Row {
    let text = |key: &str, otherwise: &str| match entry.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => otherwise.to_owned(),
    };
    let count = |of: Kind, key: &str| {
        let entries = document.entries(of).into_iter();
        entries.filter(|(_, it)| it.get(key).and_then(Value::as_str) == Some(&*id)).count().to_string()
    };
    let is_paused = entry.get("active") == Some(&Value::Bool(false));
    let is_test = entry.get("test") == Some(&Value::Bool(true));
    let (cells, state, tag) = match kind {
        Kind::Offer => {
            let buyer = text("buyer", "");
            let named = document.entry(Kind::Buyer, &buyer);
            let buyer = named.and_then(|it| Some(it.get("name")?.as_str()?.to_owned())).unwrap_or(buyer);
            let cells = vec![
                buyer,
                text("vertical", ""),
                text("min_bid", "none"),
                text("static_price", "none"),
                if entry.contains_key("ping_url") { text("timeout", "2s") } else { "not asked".to_owned() },
                caps(entry),
            ];
            if is_paused { (cells, "paused", "near") } else { (cells, "active", "won") }
        }
        Kind::Buyer => {
            let cells = vec![
                count(Kind::Offer, "buyer"),
                text("zone", "the business's"),
                caps(entry),
                text("concurrency", "any number"),
            ];
            (cells, "", "")
        }
        Kind::Campaign => {
            let script = entry.get("script").and_then(|it| it.get("question")).and_then(Value::as_array);
            let recording = match entry.get("recording") {
                Some(Value::Object(_)) => "on, with notice",
                _ => "off",
            };
            let cells = vec![
                text("vertical", ""),
                count(Kind::Number, "campaign"),
                script.map_or(0, Vec::len).to_string(),
                text("reserve", "none").replace('_', " "),
                recording.to_owned(),
            ];
            if is_test { (cells, "test", "near") } else { (cells, "", "") }
        }
        Kind::Publisher => (vec![count(Kind::Number, "publisher"), payout(entry)], "", ""),
        Kind::Number => (vec![], "", ""),
    };
    Row { name: text("name", &id), id, cells, state, kind: tag, is_paused, gauge: None }
}

fn caps(entry: &Map<String, Value>) -> String {
    let said = |cap: &Value| {
        let word =
            |key: &str| cap.get(key).map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned));
        Some(
            format!("{} {} a {}", word("max")?, word("counts")?, word("period")?)
                .replace("a total", "in all")
                .replace("a hour", "an hour"),
        )
    };
    let caps: Vec<_> =
        entry.get("caps").and_then(Value::as_array).into_iter().flatten().filter_map(said).collect();
    if caps.is_empty() { "none".to_owned() } else { caps.join(", ") }
}

fn payout(entry: &Map<String, Value>) -> String {
    let part = |key: &str| entry.get("payout").and_then(|it| it.get(key)).and_then(Value::as_str);
    match (part("fixed"), part("percent")) {
        (None, None) => "nothing".to_owned(),
        (Some(fixed), None) => fixed.to_owned(),
        (None, Some(share)) => format!("{share} %"),
        (Some(fixed), Some(share)) => format!("{fixed} and {share} %"),
    }
}
