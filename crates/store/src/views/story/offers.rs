//! Each auction of a call, and what became of every offer in it.

use std::time::Duration;

use auction::{Full, Outcome};
use bridge::Lost;
use journey::Event;
use lead::{AuctionId, BuyerId, Money, OfferId, PingId, Timestamp};

use super::attempts::{AttemptEnd, StoryAttempt};
use crate::{
    AuctionOffer, AuctionRecord, Recorded,
    views::{
        Amounts,
        behind::{Behind, Cause},
        kept,
        reasons::{self, OfferFigures, Reason, WhyPaused},
    },
};

/// One auction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryAuction {
    /// The auction.
    pub auction: AuctionId,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was closed.
    pub closed_at: Timestamp,
    /// Every offer considered: those that were asked first, the best first.
    pub offers: Vec<StoryOffer>,
}

/// What became of one offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryOffer {
    /// The offer.
    pub offer: OfferId,
    /// Its buyer.
    pub buyer: BuyerId,
    /// Its ping, if it was asked.
    pub ping: Option<PingId>,
    /// It was asked.
    pub asked: bool,
    /// It bid, however that ended.
    pub bid: bool,
    /// It won, and its buyer accepted.
    pub sold: bool,
    /// How long it took to answer.
    pub wait: Option<Duration>,
    /// What it bid.
    pub price: Option<Money>,
    /// By how much less than the winner it bid.
    pub gap: Option<Money>,
    /// Why it came out so.
    pub reason: Reason,
    /// Its reply, redacted.
    pub reply: Option<String>,
}

/// An auction record with its reasons.
pub(super) fn of(
    record: AuctionRecord,
    events: &[Recorded],
    attempts: &[StoryAttempt],
    amounts: &Amounts,
) -> StoryAuction {
    let best = record.offers.iter().find(|offer| offer.outcome == "won").and_then(|offer| offer.price);
    let story = |offer| story_offer(offer, &record, (best, amounts), (events, attempts));
    let mut offers: Vec<_> = record.offers.iter().map(story).collect();
    offers.sort_by_key(|offer| (!offer.asked, std::cmp::Reverse(offer.price)));
    StoryAuction { auction: record.auction, opened_at: record.opened_at, closed_at: record.closed_at, offers }
}

fn story_offer(
    offer: &AuctionOffer,
    record: &AuctionRecord,
    (best, amounts): (Option<Money>, &Amounts),
    (events, attempts): (&[Recorded], &[StoryAttempt]),
) -> StoryOffer {
    let figures = OfferFigures {
        price: offer.price,
        best,
        wait: offer.wait,
        allowed: None,
        limit: offer.detail.clone().filter(|_| offer.outcome == "throttled"),
        full: offer.detail.as_deref().and_then(Full::parse),
        buyer: Some(offer.buyer.clone()),
        paused: offer.detail.as_deref().and_then(WhyPaused::parse),
        amounts: amounts.clone(),
    };
    let outcome = kept::outcome(&offer.outcome, offer.detail.as_deref());
    let attempt = attempts.iter().rev().find(|attempt| attempt.offer == offer.offer);
    let refused = || {
        let (why, full) = refusal(events, &offer.offer).filter(|_| attempt.is_none())?;
        let figures = OfferFigures { full, ..figures.clone() };
        Some(reasons::of_attempt(&offer.offer, &record.campaign, &Lost::Unreserved(why), &figures))
    };
    let reason = refused().unwrap_or_else(|| match (attempt.map(|attempt| &attempt.end), &outcome) {
        (Some(AttemptEnd::Lost(reason)), _) => reason.clone(),
        (_, Some(outcome)) => reasons::of_offer(&offer.offer, &record.campaign, outcome, &figures),
        (_, None) => {
            let text = offer.outcome.replace('_', " ");
            Reason { code: offer.outcome.clone(), text, behind: Behind::Cause(Cause::Newer) }
        }
    });
    let gap = best.zip(offer.price).map(|(best, price)| best - price).filter(|gap| *gap > Money::ZERO);
    StoryOffer {
        offer: offer.offer.clone(),
        buyer: offer.buyer.clone(),
        ping: offer.ping,
        asked: offer.ping.is_some(),
        bid: outcome.as_ref().is_some_and(auction::Outcome::was_bid),
        sold: attempt.is_some_and(|attempt| matches!(attempt.end, AttemptEnd::Accepted)),
        wait: offer.wait,
        price: offer.price,
        gap,
        reason,
        reply: offer.reply.clone(),
    }
}

/// Why an award to this offer could not be reserved the last time, and which limit was full then.
fn refusal(events: &[Recorded], of: &OfferId) -> Option<(Outcome, Option<Full>)> {
    events.iter().rev().find_map(|entry| match &entry.event {
        Event::ReserveRefused { why, offer: Some(offer), full, .. } if offer == of => {
            Some((why.clone(), *full))
        }
        _ => None,
    })
}
