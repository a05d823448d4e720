//! Which posts are sent next: the oldest first, within the shares of their buyers.

use std::collections::{BTreeMap, BTreeSet};

use lead::{BuyerId, OfferId, Timestamp};
use uuid::Uuid;

use super::Asked;
use crate::limits::FAILING_PLACES_MAX;

/// A post that could be sent now.
#[derive(Debug, Clone)]
pub(super) struct Ready {
    pub(super) id: Uuid,
    pub(super) offer: OfferId,
    pub(super) buyer: BuyerId,
    /// What says which is the oldest.
    pub(super) since: Timestamp,
    pub(super) turn: Turn,
    pub(super) care: Care,
}

/// Whether a post was sent before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Turn {
    /// It was not: its caller may be on the line.
    First,
    /// It was.
    Again,
}

/// How an offer's endpoint is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Care {
    /// As one that is well.
    None,
    /// It fails: what is tried again comes one by one.
    Failing,
    /// It is back: what waited is due.
    Draining,
}

/// A post on its way.
#[derive(Debug, Clone)]
pub(super) struct Busy {
    pub(super) offer: OfferId,
    pub(super) buyer: BuyerId,
    pub(super) turn: Turn,
    pub(super) care: Care,
    /// Whether it is this worker's.
    pub(super) mine: bool,
}

/// The places that are taken.
#[derive(Debug)]
pub(super) struct Places {
    in_flight_max: u32,
    per_buyer_max: u32,
    mine: u32,
    /// Of `mine`, those at endpoints that fail: all of them together leave half of the places to the others.
    at_failing: u32,
    buyers: BTreeMap<BuyerId, u32>,
    offers: BTreeMap<(OfferId, Turn), u32>,
}

impl Places {
    pub(super) fn new(asked: &Asked, busy: Vec<Busy>) -> Self {
        let mut places = Self {
            in_flight_max: asked.in_flight_max,
            per_buyer_max: asked.per_buyer_max,
            mine: 0,
            at_failing: 0,
            buyers: BTreeMap::new(),
            offers: BTreeMap::new(),
        };
        for post in busy {
            places.occupy(post.offer, post.buyer, post.turn, (post.mine, post.care));
        }
        places
    }

    /// How many more of a buyer could be sent.
    pub(super) fn left(&self, buyer: &BuyerId) -> u32 {
        let taken = self.buyers.get(buyer).copied().unwrap_or_default();
        self.in_flight_max.saturating_sub(self.mine).min(self.per_buyer_max.saturating_sub(taken))
    }

    /// Takes places for as many as there are places for, the oldest first.
    pub(super) fn take(&mut self, mut ready: Vec<Ready>) -> Vec<Ready> {
        ready.sort_by_key(|post| (post.since, post.id));
        let mut taken = BTreeSet::new();
        ready.retain(|post| {
            // A post may stand at the head of two orders.
            let takes = !taken.contains(&post.id) && self.left(&post.buyer) > 0 && self.has_room(post);
            if takes {
                taken.insert(post.id);
                self.occupy(post.offer.clone(), post.buyer.clone(), post.turn, (true, post.care));
            }
            takes
        });
        ready
    }

    fn has_room(&self, post: &Ready) -> bool {
        let of = |turn| self.offers.get(&(post.offer.clone(), turn)).copied().unwrap_or_default();
        match (post.care, post.turn) {
            (Care::None, _) | (Care::Draining, Turn::First) => true,
            // What comes meanwhile does not wait behind the backlog: a place is left for it.
            (Care::Draining, Turn::Again) => of(Turn::Again) < self.per_buyer_max.saturating_sub(1).max(1),
            (Care::Failing, turn) => {
                of(turn) == 0
                    && of(Turn::First) + of(Turn::Again) < FAILING_PLACES_MAX
                    && self.at_failing < self.in_flight_max.div_ceil(2)
            }
        }
    }

    fn occupy(&mut self, offer: OfferId, buyer: BuyerId, turn: Turn, (mine, care): (bool, Care)) {
        self.mine += u32::from(mine);
        self.at_failing += u32::from(mine && care == Care::Failing);
        *self.buyers.entry(buyer).or_default() += 1;
        *self.offers.entry((offer, turn)).or_default() += 1;
    }
}
