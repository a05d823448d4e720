//! The parts of a call's time, for a picture in which time is length.

use std::time::Duration;

use journey::Event;
use lead::Timestamp;

use crate::Recorded;

/// One part of a call's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// What it was.
    pub kind: SpanKind,
    /// When it began.
    pub from: Timestamp,
    /// When it ended; `None`: it goes on.
    pub until: Option<Timestamp>,
}

/// What a part of a call's time was. Parts may overlap: an auction runs while the script still speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SpanKind {
    /// The caller answered questions.
    Interview,
    /// Buyers were asked.
    Auction,
    /// The caller was on hold, and nobody rang.
    Hold,
    /// A buyer's phone rang.
    Ring,
    /// They talked.
    Talk,
}

impl Span {
    /// How long it was, or has been until now.
    pub fn length(&self, now: Timestamp) -> Duration {
        self.until.unwrap_or(now).since(self.from)
    }
}

impl SpanKind {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Interview => "interview",
            Self::Auction => "auction",
            Self::Hold => "hold",
            Self::Ring => "ring",
            Self::Talk => "talk",
        }
    }
}

/// The parts, in the order in which they began.
pub(super) fn of(events: &[Recorded], ended_at: Option<Timestamp>) -> Vec<Span> {
    let mut spans: Vec<Span> = vec![];
    let mut interview_end = None;
    for entry in events {
        let at = entry.at;
        match &entry.event {
            Event::Arrived { .. } | Event::LeadAnswered { .. } => begin(&mut spans, SpanKind::Interview, at),
            Event::Heard { .. } => interview_end = Some(at),
            Event::AuctionOpened { .. } => begin(&mut spans, SpanKind::Auction, at),
            Event::AuctionClosed { ranking } => {
                end(&mut spans, SpanKind::Auction, ranking.closed_at.max(ranking.opened_at));
                end(&mut spans, SpanKind::Interview, interview_end.unwrap_or(at).min(at));
                begin(&mut spans, SpanKind::Hold, at);
            }
            Event::DialTaken { .. } => {
                end(&mut spans, SpanKind::Hold, at);
                begin(&mut spans, SpanKind::Ring, at);
            }
            Event::BuyerPickedUp { at: picked_up, .. } => {
                end(&mut spans, SpanKind::Ring, *picked_up);
                begin(&mut spans, SpanKind::Talk, *picked_up);
            }
            Event::DialEnded { lasted, .. } | Event::LegEnded { lasted, .. } => {
                end(&mut spans, SpanKind::Ring, at);
                // The carrier counts from the pick-up; we may have heard of the end late, or early.
                let talk = spans.iter().rev().find(|span| span.kind == SpanKind::Talk).map(|span| span.from);
                let counted = talk.zip(*lasted).map(|(from, lasted)| from + lasted);
                end(&mut spans, SpanKind::Talk, counted.unwrap_or(at));
            }
            Event::CallerHungUp { at } => spans.iter_mut().for_each(|span| {
                span.until = span.until.or(Some((*at).max(span.from)));
            }),
            _ => {}
        }
    }
    if let Some(at) = ended_at {
        for span in &mut spans {
            span.until = span.until.or(Some(at.max(span.from)));
        }
    }
    spans.retain(|span| span.until != Some(span.from) || span.kind == SpanKind::Talk);
    spans
}

fn begin(spans: &mut Vec<Span>, kind: SpanKind, from: Timestamp) {
    spans.push(Span { kind, from, until: None });
}

fn end(spans: &mut [Span], kind: SpanKind, at: Timestamp) {
    if let Some(span) = spans.iter_mut().rev().find(|span| span.kind == kind && span.until.is_none()) {
        span.until = Some(at.max(span.from));
    }
}
