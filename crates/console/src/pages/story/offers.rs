//! The offers of an auction and the awards of a call, as the page shows them: each with a bar, a number and a sentence.

use std::{collections::BTreeMap, time::Duration};

use store::{AttemptEnd, Story, StoryAttempt, StoryAuction, StoryOffer};

use crate::{
    Permission,
    actor::Actor,
    business::Business,
    pages::{behind::BehindView, calls::length},
};

/// One auction.
pub(super) struct AuctionView {
    pub(super) title: String,
    pub(super) took: String,
    pub(super) asked: Vec<OfferView>,
    pub(super) left_out: Vec<OfferView>,
    pub(super) left_out_text: String,
}

/// One offer.
pub(super) struct OfferView {
    pub(super) buyer: String,
    pub(super) offer: String,
    pub(super) text: String,
    pub(super) code: String,
    pub(super) class: &'static str,
    pub(super) bar: &'static str,
    pub(super) width: u64,
    pub(super) wait: String,
    pub(super) price: String,
    pub(super) behind: BehindView,
    pub(super) reply: String,
}

/// One award.
pub(super) struct AttemptView {
    pub(super) n: u32,
    pub(super) offer: String,
    pub(super) price: String,
    pub(super) text: String,
    pub(super) class: &'static str,
    pub(super) rang: String,
    pub(super) behind: Option<BehindView>,
}

impl AuctionView {
    pub(super) fn of(auction: &StoryAuction, business: &Business, actor: &Actor) -> Self {
        let took = auction.closed_at.since(auction.opened_at);
        let waits = auction.offers.iter().filter_map(|offer| offer.wait);
        let longest = waits.chain([took]).max().unwrap_or(took).max(Duration::from_millis(1));
        let view = |offer: &&StoryOffer| OfferView::of(offer, took, longest, business, actor);
        let asked: Vec<_> = auction.offers.iter().filter(|offer| offer.asked).collect();
        let left_out: Vec<_> = auction.offers.iter().filter(|offer| !offer.asked).collect();
        Self {
            title: match asked.len() {
                0 => "No offer was asked".to_owned(),
                1 => "One offer asked".to_owned(),
                n => format!("{} offers asked", number(n)),
            },
            took: format!("closed after {}", length(took)),
            left_out_text: left_out_text(&left_out),
            asked: asked.iter().map(view).collect(),
            left_out: left_out.iter().map(view).collect(),
        }
    }
}

impl OfferView {
    fn of(offer: &StoryOffer, took: Duration, longest: Duration, business: &Business, actor: &Actor) -> Self {
        let money = actor.may(Permission::ReadMoney);
        let wait = offer.wait.unwrap_or(if offer.asked { took } else { Duration::ZERO });
        let width = wait.as_micros() * 1000 / longest.as_micros().max(1);
        let code = offer.reason.code.as_str();
        let text = if offer.sold {
            format!("{}, and took the call", offer.reason.text)
        } else {
            offer.reason.text.clone()
        };
        Self {
            buyer: business.names.buyer(&offer.buyer),
            offer: business.names.offer(&offer.offer),
            text,
            class: class(code, offer.sold),
            bar: if offer.sold {
                "win"
            } else if offer.bid {
                "bid"
            } else {
                "none"
            },
            width: u64::try_from(width).unwrap_or(1000).clamp(3, 1000),
            wait: offer.wait.map_or_else(String::new, |wait| format!("{} ms", thousands(wait.as_millis()))),
            price: offer.price.filter(|_| money).map_or_else(String::new, |price| business.money(price)),
            behind: BehindView::of(&offer.reason.behind, business, actor),
            // A reply names its price.
            reply: offer.reply.clone().filter(|_| money).unwrap_or_default(),
            code: code.to_owned(),
        }
    }
}

impl AttemptView {
    pub(super) fn of(attempt: &StoryAttempt, told: &Story, business: &Business, actor: &Actor) -> Self {
        let money = actor.may(Permission::ReadMoney);
        let (text, class) = match &attempt.end {
            AttemptEnd::Accepted => ("It took the call".to_owned(), "won"),
            AttemptEnd::Open if told.ended_at.is_some() => ("How it ended was never heard".to_owned(), ""),
            AttemptEnd::Open => ("It is being tried".to_owned(), "near"),
            AttemptEnd::Lost(reason) => (reason.text.clone(), ""),
        };
        let rang = attempt.dialled_at.map(|dialled| {
            let until = attempt.picked_up_at.or(attempt.ended_at).or(told.ended_at).unwrap_or(dialled);
            format!("rang {}", length(until.since(dialled)))
        });
        Self {
            n: attempt.n,
            offer: business.names.offer(&attempt.offer),
            price: if money { business.money(attempt.price) } else { String::new() },
            text,
            class,
            rang: rang.unwrap_or_else(|| "not dialled".to_owned()),
            behind: match &attempt.end {
                AttemptEnd::Lost(reason) => Some(BehindView::of(&reason.behind, business, actor)),
                AttemptEnd::Open | AttemptEnd::Accepted => None,
            },
        }
    }
}

/// Why offers were left out, counted: “2 out of hours, 1 capped”.
fn left_out_text(left_out: &[&StoryOffer]) -> String {
    if left_out.is_empty() {
        return String::new();
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for offer in left_out {
        *counts.entry(offer.reason.code.as_str()).or_default() += 1;
    }
    let each: Vec<_> =
        counts.into_iter().map(|(code, n)| format!("{n} {}", code.replace('_', " "))).collect();
    let who = match left_out.len() {
        1 => "One more offer was not asked".to_owned(),
        n => format!("{} more offers were not asked", number(n)),
    };
    format!("{who}: {}", each.join(", "))
}

/// Green for what was won, amber for what was nearly won, red for what needs a person, grey for the rest.
fn class(code: &str, sold: bool) -> &'static str {
    match code {
        _ if sold => "won",
        "won" | "outbid" | "lost_tie" | "won_busy" | "won_no_answer" | "won_declined" | "won_abandoned"
        | "won_unconfirmed" => "near",
        "malformed" | "too_large" | "unreachable" | "bad_status" | "bad_destination" | "duplicate_bid"
        | "won_failed" => "bad",
        _ => "",
    }
}

fn number(n: usize) -> String {
    const WORDS: [&str; 10] = ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"];
    WORDS.get(n).map_or_else(|| n.to_string(), |word| (*word).to_owned())
}

fn thousands(n: u128) -> String {
    if n < 1000 { n.to_string() } else { format!("{},{:03}", n / 1000, n % 1000) }
}
