//! What happened, as spans: translation alone.

use std::borrow::Cow;

use journey::Event;
use lead::{JourneyId, Pii, Timestamp};
use opentelemetry::{
    InstrumentationScope, KeyValue,
    trace::{Event as SpanEvent, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState},
};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use store::{AuctionOffer, AuctionRecord, Recorded};
use uuid::Uuid;

use super::{Bought, Journeyed, Posting, system};

/// The most events of a journey that its span shows.
const EVENTS_MAX: usize = 128;

/// The root of a journey, and its dials and its talk.
pub(super) fn of_journey(over: &Journeyed<'_>, entries: &[Recorded]) -> Vec<SpanData> {
    let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return vec![] };
    let mut root = span(over.journey, None, "call", "call", first.at, last.at);
    root.span_kind = SpanKind::Server;
    root.attributes = vec![
        text("pingpost.journey.id", over.journey.to_string()),
        text("pingpost.campaign.id", over.campaign.to_owned()),
        text("pingpost.outcome", over.ended.code()),
        number("pingpost.settings.version", over.settings),
    ];
    root.attributes.extend(over.leg.map(|leg| text("pingpost.call.id", leg.to_owned())));
    if let Some(sold) = &over.sold {
        root.attributes.push(text("pingpost.offer.id", sold.offer.to_string()));
        root.attributes.push(text("pingpost.price", sold.price.to_string()));
    }
    let events = entries.iter().take(EVENTS_MAX);
    let mut happened = SpanEvents::default();
    happened.events =
        events.map(|entry| SpanEvent::new(entry.event.name(), system(entry.at), vec![], 0)).collect();
    happened.dropped_count = u32::try_from(entries.len().saturating_sub(EVENTS_MAX)).unwrap_or(u32::MAX);
    root.events = happened;
    let mut spans = vec![root];
    spans.extend(interview(over.journey, entries, last.at));
    spans.extend(entries.iter().enumerate().filter_map(|(at, entry)| match &entry.event {
        Event::DialTaken { n, .. } => Some(dial(over, *n, entry.at, &entries[at..], last.at)),
        _ => None,
    }));
    spans.extend(over.sold.as_ref().map(|sold| talk(over, sold, entries, last.at)));
    spans
}

/// From the arrival to the first auction.
fn interview(journey: JourneyId, entries: &[Recorded], last: Timestamp) -> Option<SpanData> {
    let first = entries.iter().find(|entry| entry.event.leads_leg().is_some())?;
    let opened = entries.iter().find(|entry| matches!(entry.event, Event::AuctionOpened { .. }));
    let ended = opened.map_or(last, |entry| entry.at);
    let mut span = span(journey, Some("call"), "interview", "interview", first.at, ended);
    let answers = entries.iter().filter(|entry| matches!(entry.event, Event::Heard { .. }));
    span.attributes.push(number("pingpost.answers", answers.count() as u64));
    Some(span)
}

/// From the request that took the dial to the buyer's acceptance, or to its end without one.
fn dial(over: &Journeyed<'_>, n: u32, taken: Timestamp, rest: &[Recorded], last: Timestamp) -> SpanData {
    let sold = over.sold.as_ref().filter(|sold| sold.n == n);
    let ended = rest.iter().find(|entry| ends(n, &entry.event));
    let (how, at) = match (sold, ended) {
        (Some(sold), _) => ("accepted", sold.accepted_at),
        (None, Some(ended)) => (ended.event.name(), ended.at),
        (None, None) => ("unknown", last),
    };
    let mut span = span(over.journey, Some("call"), &format!("dial:{n}"), "dial", taken, at);
    span.span_kind = SpanKind::Client;
    span.attributes.push(text("pingpost.dial.result", how));
    numbered(span, n)
}

/// From the acceptance to the end of the buyer's leg.
fn talk(over: &Journeyed<'_>, sold: &Bought, entries: &[Recorded], last: Timestamp) -> SpanData {
    let ended = entries.iter().find(|entry| ends(sold.n, &entry.event)).map_or(last, |entry| entry.at);
    numbered(span(over.journey, Some("call"), "talk", "talk", sold.accepted_at, ended), sold.n)
}

/// Whether the buyer's leg of this attempt is gone with it.
fn ends(n: u32, event: &Event<Pii<String>>) -> bool {
    match event {
        Event::LegEnded { n: it, .. }
        | Event::DialEnded { n: it, .. }
        | Event::DialNotFound { n: it }
        | Event::BuyerDeclined { n: it, .. } => *it == n,
        _ => false,
    }
}

/// An auction, and each offer that was asked.
pub(super) fn of_auction(record: &AuctionRecord) -> Vec<SpanData> {
    let key = format!("auction:{}", record.auction);
    let mut auction = span(record.journey, Some("call"), &key, "auction", record.opened_at, record.closed_at);
    let asked = || record.offers.iter().filter(|offer| offer.ping.is_some());
    auction.attributes = vec![
        text("pingpost.auction.id", record.auction.to_string()),
        text("pingpost.campaign.id", record.campaign.to_string()),
        number("pingpost.offers", record.offers.len() as u64),
        number("pingpost.pings", asked().count() as u64),
    ];
    let pings = asked().map(|offer| of_ping(record, &key, offer));
    std::iter::once(auction).chain(pings).collect()
}

fn of_ping(record: &AuctionRecord, auction: &str, offer: &AuctionOffer) -> SpanData {
    let ended = offer.wait.map_or(record.closed_at, |wait| record.opened_at + wait);
    let key = format!("{auction}:{}", offer.offer);
    let mut ping = span(record.journey, Some(auction), &key, "ping", record.opened_at, ended);
    ping.span_kind = SpanKind::Client;
    ping.attributes = vec![
        text("pingpost.offer.id", offer.offer.to_string()),
        text("pingpost.buyer.id", offer.buyer.to_string()),
        text("pingpost.outcome", offer.outcome.clone()),
    ];
    ping.attributes.extend(offer.price.map(|price| text("pingpost.price", price.to_string())));
    ping
}

/// One try of a post.
pub(super) fn of_post(post: &Posting<'_>) -> SpanData {
    let key = format!("post:{}:{}:{}", post.kind, post.sale, post.began);
    let mut span = span(post.journey, Some("call"), &key, "post", post.began, post.ended);
    span.span_kind = SpanKind::Client;
    span.attributes = vec![
        text("pingpost.offer.id", post.offer.to_string()),
        text("pingpost.sale.id", post.sale.to_string()),
        text("pingpost.post.kind", post.kind),
        text("pingpost.result", post.result),
        number("pingpost.try", u64::from(post.tries)),
    ];
    span.attributes.extend(post.status.map(|status| number("http.response.status_code", u64::from(status))));
    if post.result != "delivered" {
        span.status = Status::error(post.result);
    }
    span
}

/// A span of a journey by its key in it, below that of another key.
fn span(
    journey: JourneyId,
    below: Option<&str>,
    key: &str,
    name: &'static str,
    began: Timestamp,
    ended: Timestamp,
) -> SpanData {
    let trace = TraceId::from_bytes(journey.uuid().into_bytes());
    SpanData {
        span_context: SpanContext::new(
            trace,
            id(journey, key),
            TraceFlags::SAMPLED,
            false,
            TraceState::default(),
        ),
        parent_span_id: below.map_or(SpanId::INVALID, |below| id(journey, below)),
        parent_span_is_remote: false,
        span_kind: SpanKind::Internal,
        name: Cow::Borrowed(name),
        start_time: system(began),
        end_time: system(ended.max(began)),
        attributes: vec![],
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: Status::Unset,
        instrumentation_scope: InstrumentationScope::builder("pingpost").build(),
    }
}

fn id(journey: JourneyId, key: &str) -> SpanId {
    let hash = Uuid::new_v5(&journey.uuid(), key.as_bytes()).into_bytes();
    let mut half = [0; 8];
    half.copy_from_slice(&hash[..8]);
    SpanId::from_bytes(half)
}

fn numbered(mut span: SpanData, n: u32) -> SpanData {
    span.attributes.push(number("pingpost.attempt", u64::from(n)));
    span
}

fn text(name: &'static str, value: impl Into<opentelemetry::StringValue>) -> KeyValue {
    KeyValue::new(name, value.into())
}

fn number(name: &'static str, value: u64) -> KeyValue {
    KeyValue::new(name, i64::try_from(value).unwrap_or(i64::MAX))
}
