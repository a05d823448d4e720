//! `pingpost call export`: a call as a bug report, without its person.

use std::sync::Arc;

use anyhow::Context;
use journey::{Document, Event, Journey, Whom};
use lead::{Audience, FieldName, JourneyId, Pii};
use secrecy::ExposeSecret;
use store::{Fakes, Recorded, SaleFilter, Shown, Store};

use super::{Failure, printed, settings};
use crate::{app::open_store, config::Config, folded::begun_by};

/// Prints a call's events, each personal value replaced by a stable fake, and its sales if they are asked for.
pub(super) async fn export(config: &Config, journey: uuid::Uuid, with_sales: bool) -> Result<(), Failure> {
    let (store, id) = (open_store(&config.store).await?, JourneyId::from_uuid(journey));
    let text = written(config, &store, id).await;
    let sales = if with_sales { sales(&store, id).await } else { Ok(String::new()) };
    store.close().await;
    match text? {
        Some(text) => printed(&(text + "\n" + &sales?)),
        None => Err(Failure::Running(anyhow::anyhow!(
            "there is no such call; a call that promised nothing leaves no record"
        ))),
    }
}

/// One line an event: its place, key, time and the event itself, in the stored form.
async fn written(config: &Config, store: &Store, id: JourneyId) -> Result<Option<String>, Failure> {
    let Some(record) = store.load_durable(id).await.context("reading the call")? else { return Ok(None) };
    let version = record.settings_version;
    let stored = store.settings(version).await.context("reading the call's settings")?;
    let stored = stored.with_context(|| format!("settings version {version} is gone"))?;
    let settings =
        settings::parse(config, stored.body.expose_secret(), &format!("settings version {version}"))?;
    let begun = record.entries.iter().find_map(|entry| begun_by(&settings, &entry.event));
    let (campaign, publisher) =
        begun.context("what began the call belongs to no campaign of its settings version")?;
    let mut journey = Journey::begin(id, Arc::clone(&campaign), publisher);
    let fakes = store.fakes(id);
    let mut lines = Vec::new();
    for entry in record.entries {
        let shown = shown(&fakes, &journey, &entry);
        let line =
            serde_json::json!({ "n": entry.n, "key": entry.key, "at": entry.at.to_string(), "event": shown });
        lines.push(line.to_string());
        journey.on_event(entry.at, entry.event);
    }
    Ok(Some(lines.join("\n")))
}

/// One line a sale: what became of it, entry by entry, and where its post stands.
async fn sales(store: &Store, id: JourneyId) -> Result<String, Failure> {
    let filter = SaleFilter { journey: Some(id), ..SaleFilter::default() };
    let mut text = String::new();
    for sale in store.sales(filter).await.context("reading the call's sales")? {
        let found = store.sale_with_entries(sale.id).await.context("reading a sale")?;
        let entries = found.map(|(_, entries)| entries).unwrap_or_default();
        let entries = entries.iter().map(|entry| {
            let (kind, amount, at) = (entry.kind.as_str(), entry.amount.to_string(), entry.at.to_string());
            serde_json::json!({ "kind": kind, "reason": entry.reason, "amount": amount, "at": at })
        });
        let line = serde_json::json!({
            "sale": sale.id.to_string(),
            "offer": sale.offer.as_str(),
            "state": sale.state.as_str(),
            "delivery": sale.delivery.as_str(),
            "disputed": sale.disputed,
            "entries": entries.collect::<Vec<_>>(),
        });
        text.push_str(&(line.to_string() + "\n"));
    }
    Ok(text)
}

/// An event without its person. What every bidder was shown anyway stays, so that the call can be played again.
fn shown(fakes: &Fakes, journey: &Journey, entry: &Recorded) -> Event<Shown> {
    let for_bidders = match (&entry.event, asked(journey)) {
        (Event::Heard { .. }, Some(field)) => {
            let question =
                journey.campaign().script.questions.iter().find(|question| question.field == field);
            question.is_some_and(|question| question.audience == Audience::Bidders)
        }
        _ => false,
    };
    let mut form =
        |value: Pii<String>| if for_bidders { fakes.known_to_bidders(&value) } else { fakes.fake(&value) };
    entry.event.clone().map(&mut form)
}

fn asked(journey: &Journey) -> Option<FieldName> {
    match journey.document(Whom::Caller) {
        Document::Ask { ask, .. } => Some(ask.field),
        _ => None,
    }
}
