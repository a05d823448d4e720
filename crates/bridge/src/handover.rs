//! `Handover`: the award of a lead that is sold as data.

use auction::Ranked;
use lead::{AttemptId, Channel, SaleId, Timestamp};

use crate::{Attempt, Clearance, Facts, Post, Queue, Sold, Tried};

/// A form lead on its way to one ranked bid: there is no call to wait for, so its post is the acceptance's question, and
/// what the buyer answers to it decides.
#[derive(Debug)]
pub struct Handover {
    queue: Queue,
    n: u32,
    ranked: Ranked,
    clearance: Clearance,
}

impl Handover {
    /// Goes on with a reserved award. No call can reach it: an attempt of another channel is given back.
    ///
    /// # Errors
    /// The attempt, when its lead did not come by a form.
    pub fn begin(attempt: Attempt) -> Result<Self, Box<Attempt>> {
        if attempt.facts().channel != Channel::Form {
            return Err(Box::new(attempt));
        }
        let (queue, n, ranked, clearance) = attempt.into_parts();
        Ok(Self { queue, n, ranked, clearance })
    }

    /// The reservation is committed: the post goes to the winner at once. The sale is booked on its receipt.
    pub fn on_awarded(&self, now: Timestamp) -> Post {
        Post::of_form(now, &self.queue, self.n, self.ranked.clone(), &self.clearance)
    }

    /// The buyer took it. The post is the one that it took, with the moment of its receipt, for the books.
    pub fn on_taken(self, now: Timestamp) -> (Post, Sold) {
        let (attempt, sale) = (self.id(), self.sale());
        let ids = (self.n, attempt, sale);
        Post::mint(now, self.queue, ids, self.ranked, self.clearance)
    }

    /// The buyer refused it: what is left of the ranking.
    pub fn on_refused(self) -> Queue {
        self.queue.with_refusal(self.n, self.ranked, self.clearance)
    }

    /// Which attempt of its journey it is, from 1.
    pub const fn n(&self) -> u32 {
        self.n
    }

    /// Its attempt.
    pub fn id(&self) -> AttemptId {
        AttemptId::of(self.facts().journey, self.n)
    }

    /// The id of the sale that it would make, which is the post's idempotency key.
    pub fn sale(&self) -> SaleId {
        SaleId::of(self.id())
    }

    /// The bid.
    pub const fn ranked(&self) -> &Ranked {
        &self.ranked
    }

    /// The journey that it works for.
    pub const fn facts(&self) -> &Facts {
        self.queue.facts()
    }

    /// The attempts before it.
    pub fn tried(&self) -> &[Tried] {
        self.queue.tried()
    }

    /// A bid that came when nobody waited any more takes its place behind this one. `false`: it is there already.
    pub fn join(&mut self, ranked: Ranked) -> bool {
        ranked.ping != self.ranked.ping && self.queue.join(ranked)
    }
}
