//! `pingpost offer health`: how each offer's buyer has answered lately, and how often it is asked for that.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fmt::Write,
    time::Duration,
};

use ::settings::Settings;
use anyhow::Context;
use auction::{Health, Offer, Sign, Why};
use lead::{OfferId, Timestamp};
use secrecy::ExposeSecret;
use serde::Serialize;
use store::{RecentAnswer, Store};

use super::{Failure, printed, settings};
use crate::{app::open_store, clock::Clock, config::Config, throttle};

/// How the figures are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// For people.
    Text,
    /// A JSON array.
    Json,
}

/// One offer's figures.
#[derive(Serialize)]
struct Row {
    offer: String,
    /// In one of how many auctions it is asked.
    asked_in_one_of: u32,
    why: String,
    pings: usize,
    /// By the code of what became of each.
    outcomes: BTreeMap<String, usize>,
    answered: usize,
    late: usize,
    silent: usize,
    median_ms: Option<u64>,
    slowest_ms: Option<u64>,
}

/// Prints the health of every offer that is pinged, as a process that begins now would have it.
pub(super) async fn health(config: &Config, form: Form) -> Result<(), Failure> {
    let store = open_store(&config.store).await?;
    let rows = rows(config, &store).await;
    store.close().await;
    let rows = rows?;
    match form {
        Form::Json => {
            let text = serde_json::to_string_pretty(&rows).context("writing the figures")?;
            printed(&(text + "\n"))
        }
        Form::Text => printed(&told(config, &rows)),
    }
}

async fn rows(config: &Config, store: &Store) -> Result<Vec<Row>, Failure> {
    let now = Clock::start().now();
    let latest = store.latest_settings().await.context("reading the settings")?;
    let latest = latest.context("there are no settings yet: `pingpost settings import FILE`")?;
    let name = |version: u64| format!("settings version {version}");
    let used = settings::parse(config, latest.body.expose_secret(), &name(latest.version))?;
    let mut versions = BTreeMap::new();
    let mut answers: BTreeMap<OfferId, Vec<RecentAnswer>> = BTreeMap::new();
    for answer in store.recent_answers(throttle::since(now)).await.context("reading the records")? {
        let version = answer.settings_version;
        if let Entry::Vacant(place) = versions.entry(version) {
            let stored = store.settings(version).await.context("reading older settings")?;
            let parsed = stored
                .and_then(|stored| settings::parse(config, stored.body.expose_secret(), &name(version)).ok());
            place.insert(parsed);
        }
        // What another system answered under the same name says nothing of this one.
        let asked = versions.get(&version).and_then(Option::as_ref).and_then(|it| url(it, &answer.offer));
        if asked.is_some() && asked == url(&used, &answer.offer) {
            answers.entry(answer.offer.clone()).or_default().push(answer);
        }
    }
    let pinged = used.offers().filter(|offer| offer.active && offer.endpoints.ping_url.is_some());
    Ok(pinged.map(|offer| row(now, config, offer, answers.remove(&offer.id).unwrap_or_default())).collect())
}

fn url(settings: &Settings, offer: &OfferId) -> Option<String> {
    settings.offer(offer).and_then(|offer| offer.endpoints.ping_url.clone())
}

fn row(now: Timestamp, config: &Config, offer: &Offer, answers: Vec<RecentAnswer>) -> Row {
    let mut health = Health::default();
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    let mut waits: Vec<Duration> = vec![];
    for answer in &answers {
        if let Some(sign) = answer.sign {
            health.on_sign(answer.closed_at, answer.auction, sign);
        }
        *outcomes.entry(answer.outcome.clone()).or_default() += 1;
        let came = matches!(answer.sign, Some(Sign::Answered | Sign::Late));
        waits.extend(answer.wait.filter(|_| came));
    }
    waits.sort_unstable();
    let ms = |wait: Option<&Duration>| wait.and_then(|wait| u64::try_from(wait.as_millis()).ok());
    // A round that heard nobody counts for nothing, and is listed all the same; a static sale hides what its ping came to.
    let is = |answer: &&RecentAnswer, sign: Sign| answer.sign == Some(sign) || answer.outcome == sign.code();
    let of = |sign: Sign| answers.iter().filter(|answer| is(answer, sign)).count();
    let Why { share, .. } = health.why(now);
    Row {
        offer: offer.id.to_string(),
        asked_in_one_of: if config.exchange.throttle { share.one_in() } else { 1 },
        why: health.why(now).to_string(),
        pings: answers.len(),
        outcomes,
        answered: of(Sign::Answered),
        late: of(Sign::Late),
        silent: of(Sign::Timeout),
        median_ms: ms(waits.get(waits.len() / 2)),
        slowest_ms: ms(waits.last()),
    }
}

fn told(config: &Config, rows: &[Row]) -> String {
    let mut text = String::new();
    if !config.exchange.throttle {
        text.push_str("exchange.throttle is off: every offer is always asked, whatever is said below.\n\n");
    }
    for row in rows {
        let _ = writeln!(text, "{}: {}", row.offer, row.why);
        if row.pings == 0 {
            text.push_str("  no pings in the last day\n");
            continue;
        }
        let outcomes: Vec<_> = row.outcomes.iter().map(|(code, times)| format!("{times} {code}")).collect();
        let _ = writeln!(text, "  last {} pings: {}", row.pings, outcomes.join(", "));
        let _ = writeln!(text, "  {} answered, {} late, {} silent", row.answered, row.late, row.silent);
        if let Some((median, slowest)) = row.median_ms.zip(row.slowest_ms) {
            let _ = writeln!(text, "  answers took {median} ms (median), {slowest} ms (slowest)");
        }
    }
    text
}
