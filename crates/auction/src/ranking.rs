//! `Ranking`: the result of an auction, best first, with a named outcome for every other offer.

use std::{collections::BTreeSet, time::Duration};

use lead::{AuctionId, BuyerId, Money, OfferId, PingId, Profile, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Destination, DialTerms, Outcome};

/// The result of one auction. It carries each offer's frozen dial terms, so that nothing later depends on settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ranking {
    /// The auction.
    pub auction: AuctionId,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was closed.
    pub closed_at: Timestamp,
    /// What the bidders were shown.
    pub shown: Profile,
    /// The bids that may win, best first, then the static sales, best price first.
    pub ranked: Vec<Ranked>,
    /// Every other offer considered.
    pub others: Vec<(OfferId, BuyerId, Outcome)>,
    /// The best static price that was eligible, if any.
    pub best_static: Option<Money>,
}

/// One place in a ranking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ranked {
    /// Why it stands here.
    pub kind: Kind,
    /// The offer.
    pub offer: OfferId,
    /// Its buyer.
    pub buyer: BuyerId,
    /// The ping that it answered; for a static sale the one that it would have had.
    pub ping: PingId,
    /// The buyer's id of its bid.
    pub bid: Option<String>,
    /// What is booked if it accepts.
    pub price: Money,
    /// When the bid ends. `None`: never.
    pub expires_at: Option<Timestamp>,
    /// Where the call goes. `None`: nowhere, since the lead is sold as data.
    pub destination: Option<Destination>,
    /// From how many seconds of talk on it is payable.
    pub payable_after: Duration,
    /// The operator's priority.
    pub priority: i32,
    /// The committed draw among equals: the lower goes first.
    pub draw: u64,
    /// What the bridge must know.
    pub terms: DialTerms,
}

/// Why an offer stands in a ranking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The buyer that had this caller before, without charge.
    Repeat,
    /// It bid.
    Bid,
    /// Nobody's bid was taken up: its static price.
    Static,
}

impl Ranked {
    /// First price: the higher price, then the shorter payable time, then the higher priority, then the draw.
    /// Bids stand before static sales.
    pub fn order(&self, other: &Self) -> std::cmp::Ordering {
        let key = |r: &Self| {
            (r.kind, std::cmp::Reverse(r.price), r.payable_after, std::cmp::Reverse(r.priority), r.draw)
        };
        key(self).cmp(&key(other)).then_with(|| self.offer.cmp(&other.offer))
    }

    /// Whether its bid still lives at `then`.
    pub fn lives_at(&self, then: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| then < end)
    }
}

impl Ranking {
    /// The outcome of every offer considered, in the order of the ranking, then of the others. An offer that stands
    /// in it twice (as a bid and as a static sale) is named once, by its bid.
    pub fn outcomes(&self) -> Vec<(&OfferId, Outcome)> {
        let mut named = BTreeSet::new();
        let best = self.ranked.first();
        let mut all: Vec<(&OfferId, Outcome)> = Vec::new();
        for (place, ranked) in self.ranked.iter().enumerate() {
            let bid_or_winner = ranked.kind != Kind::Static || place == 0;
            if bid_or_winner && named.insert(&ranked.offer) {
                let behind = best.map_or(Money::ZERO, |b| b.price - ranked.price);
                all.push((&ranked.offer, place_outcome(place, behind)));
            }
        }
        for (offer, _, outcome) in &self.others {
            if named.insert(offer) {
                all.push((offer, outcome.clone()));
            }
        }
        all
    }
}

fn place_outcome(place: usize, behind: Money) -> Outcome {
    match place {
        0 => Outcome::Won,
        _ if behind > Money::ZERO => Outcome::Outbid { by: behind },
        _ => Outcome::LostTie,
    }
}
