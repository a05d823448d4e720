//! A call's time as length: what came before the pick-up to one scale, and the talk against its payable seconds to another,
//! since it is often longer than all the rest.

use std::time::Duration;

use lead::Timestamp;
use store::{Span, SpanKind, Story};

use crate::pages::calls::length;

/// The width of a track, in the units of its picture.
const WIDTH: u64 = 1000;
/// The least width that can still be seen.
const SEEN: u64 = 3;

/// The picture.
pub(super) struct Track {
    /// From the arrival to the pick-up, or to the end.
    pub(super) total: String,
    pub(super) to: &'static str,
    pub(super) bars: Vec<Bar>,
    pub(super) talk: Option<TalkBar>,
}

/// One part.
pub(super) struct Bar {
    pub(super) kind: &'static str,
    pub(super) label: &'static str,
    pub(super) x: u64,
    pub(super) width: u64,
    pub(super) took: String,
}

/// The talk.
pub(super) struct TalkBar {
    pub(super) width: u64,
    pub(super) mark: u64,
    pub(super) took: String,
    pub(super) payable: String,
}

impl Track {
    pub(super) fn of(told: &Story, now: Timestamp) -> Self {
        let begun = told.arrived_at;
        let talk = told.spans.iter().find(|span| span.kind == SpanKind::Talk);
        let end = |span: &Span| span.until.unwrap_or(now);
        let before = told.spans.iter().filter(|span| span.kind != SpanKind::Talk);
        let last = before.clone().map(end).max().unwrap_or(now);
        let until = talk.map_or(last, |talk| talk.from);
        let whole = micros(until.since(begun)).max(1);
        let bar = |span: &Span| {
            let x = micros(span.from.since(begun)) * WIDTH / whole;
            let width = micros(span.length(now)) * WIDTH / whole;
            Bar {
                kind: span.kind.as_str(),
                label: label(span.kind),
                x: x.min(WIDTH - SEEN),
                width: width.clamp(SEEN, WIDTH - x.min(WIDTH - SEEN)),
                took: length(span.length(now)),
            }
        };
        let mut bars: Vec<_> = before.map(bar).collect();
        // A hold that lasts no longer than the push says nothing.
        bars.retain(|bar| bar.kind != "hold" || bar.width > SEEN);
        Self {
            total: length(until.since(begun)),
            to: if talk.is_some() { "from ring to bridge" } else { "from ring to end" },
            bars,
            talk: talk.map(|talk| talk_bar(told, talk.length(now))),
        }
    }
}

fn talk_bar(told: &Story, talk: Duration) -> TalkBar {
    let after = told.sale().map_or(Duration::ZERO, |(sale, _)| sale.ranked.payable_after);
    let whole = micros(talk.max(after)).max(1);
    TalkBar {
        width: (micros(talk) * WIDTH / whole).max(SEEN),
        mark: micros(after) * WIDTH / whole,
        took: length(talk),
        payable: if after == Duration::ZERO {
            "payable at once".to_owned()
        } else {
            format!("payable from {} on", length(after))
        },
    }
}

const fn label(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Interview => "Interview",
        SpanKind::Auction => "Auction",
        SpanKind::Hold => "Hold",
        SpanKind::Ring => "Ring",
        SpanKind::Talk => "Talk",
    }
}

fn micros(of: Duration) -> u64 {
    u64::try_from(of.as_micros()).unwrap_or(u64::MAX / WIDTH)
}
