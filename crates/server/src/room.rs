//! Whether there is room for a new call on the store's disk, and what its caller hears when there is none. What is left
//! is kept for the calls that are under way.

use std::sync::Arc;

use carrier::twilio::{self, Links, Short};
use ivr::Speech;
use journey::{Document, Event};
use lead::{E164, JourneyId, Pii};
use store::Room;

use crate::{chain_of, drive::look, folded, world::World};

/// What a caller hears whose campaign has no ending of its own.
const SORRY: &str = "We are sorry, we cannot take your call at the moment. Please call again later. Goodbye.";

/// What an arrival is answered that begins a call for which there is no room: its campaign's own ending, else the static
/// fallback. `None`: there is room, or the call is under way already.
pub async fn turned_away(
    world: &Arc<World>,
    journey: JourneyId,
    event: &Event<Pii<String>>,
) -> Option<String> {
    let Event::Arrived { dnis, .. } = event else { return None };
    if !is_full_for(world, journey).await {
        return None;
    }
    ending(world, journey, dnis)
}

/// Whether there is no room for a journey that nothing is known of yet. It is counted then.
pub async fn is_full_for(world: &Arc<World>, journey: JourneyId) -> bool {
    let Room::Low { free, floor } = world.store.room() else { return false };
    if !matches!(look(world, journey, |_| ()).await, Ok(None)) {
        return false;
    }
    metrics::counter!("pingpost_calls_turned_away_total", "why" => "disk").increment(1);
    if world.turned_away.may(world.clock.now()) {
        tracing::error!(journey.id = %journey, free, floor, "a call was turned away, since the disk is nearly full");
    }
    true
}

/// What the caller of a campaign hears who cannot be sold: its own ending, else the static fallback. `None`: the number is
/// none of a campaign.
pub fn ending(world: &World, journey: JourneyId, dnis: &E164) -> Option<String> {
    let begun = folded::begin_call(&world.book.latest(), journey, dnis)?;
    let Some(ending) = of_campaign(&begun) else { return Some(twilio::fallback().to_owned()) };
    let links = Links {
        public_base: &world.public_base,
        journey,
        hash: Short::of(&begun.head().to_string()),
        dnis: dnis.clone(),
        k: 0,
    };
    Some(twilio::encode(&ending, &links))
}

/// The same as a document, for a leg that this node holds itself.
pub fn closing(world: &World, journey: JourneyId, dnis: &E164) -> Option<Document> {
    let begun = folded::begin_call(&world.book.latest(), journey, dnis)?;
    let sorry = || Document::Ending { say: vec![Speech::Say(SORRY.to_owned())], dial: None };
    Some(of_campaign(&begun).unwrap_or_else(sorry))
}

fn of_campaign(begun: &folded::Folded) -> Option<Document> {
    let fallback = &begun.journey.campaign().fallback;
    let is_there = !fallback.say.is_empty() || fallback.dial.is_some();
    is_there.then(|| Document::Ending { say: fallback.say.clone(), dial: fallback.dial.clone() })
}

/// Why no new call is taken, for who asks whether this process is ready.
pub fn why_not(world: &World) -> Option<String> {
    match world.store.room() {
        Room::Enough => None,
        Room::Low { free, floor } => Some(format!(
            "disk: {free} bytes are free, and new calls are turned away below {floor} (store.free_min)"
        )),
    }
}

/// Shows what the disk has, and takes up the ballast again where it was thrown off and there is room.
pub async fn look_after(world: &World) {
    let (free, log) = world.store.disk();
    if let Some(free) = free {
        metrics::gauge!("pingpost_store_free_bytes").set(as_figure(free));
    }
    metrics::gauge!("pingpost_store_log_bytes").set(as_figure(log));
    let counts = world.store.writer_counts();
    metrics::counter!("pingpost_store_commits_total").absolute(counts.commits);
    metrics::counter!("pingpost_store_synced_total").absolute(counts.synced);
    metrics::counter!("pingpost_store_failures_total").absolute(counts.failed);
    metrics::counter!("pingpost_records_lost_total").absolute(counts.lost);
    metrics::gauge!("pingpost_store_up").set(u8::from(!world.store.is_away()));
    world.note_absence();
    if let Some(spooling) = &world.spooling {
        spooling.show(world.clock.now());
    }
    if let Some((is_up, failures)) = world.store.redis() {
        metrics::gauge!("pingpost_in_flight_up").set(u8::from(is_up));
        for (why, count) in failures {
            metrics::counter!("pingpost_in_flight_failures_total", "why" => why.as_str()).absolute(count);
        }
    }
    if let Some(news) = world.store.news_counts() {
        metrics::gauge!("pingpost_news_up").set(u8::from(news.is_up));
        metrics::counter!("pingpost_news_told_total").absolute(news.told);
        metrics::counter!("pingpost_news_heard_total").absolute(news.heard);
        for (why, count) in [("full", news.full), ("away", news.away)] {
            metrics::counter!("pingpost_news_lost_total", "why" => why).absolute(count);
        }
    }
    if let Err(error) = world.store.take_ballast().await {
        tracing::warn!(error = %chain_of(&error), "the ballast could not be taken up");
    }
}

#[expect(clippy::cast_precision_loss, reason = "a figure of so many bytes may be off by one")]
fn as_figure(bytes: u64) -> f64 {
    bytes as f64
}
