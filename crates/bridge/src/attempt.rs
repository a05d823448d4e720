//! `Attempt`: the bridge's work with one ranked bid.

use std::time::Duration;

use auction::{Destination, Outcome, Ranked, Screening};
use lead::{AttemptId, SaleId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Clearance, Facts, Post, Queue, Sold};

/// One ranked bid that is being reserved, confirmed or dialled. It holds the lead; nothing else does.
#[derive(Debug)]
pub struct Attempt {
    queue: Queue,
    n: u32,
    ranked: Ranked,
    clearance: Clearance,
    ring: Duration,
    dial_by: Timestamp,
    deadline: Timestamp,
}

/// One ranked bid that was tried without a sale.
#[derive(Debug)]
pub struct Tried {
    /// Which attempt it was, from 1.
    pub n: u32,
    /// The bid.
    pub ranked: Ranked,
    /// Why it led to no sale.
    pub why: Lost,
    pub(crate) ring: Duration,
    pub(crate) deadline: Timestamp,
    pub(crate) clearance: Clearance,
}

/// Why an attempt led to no sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lost {
    /// The reservation was refused: `capped`, `at_concurrency` or `duplicate_lead`.
    Unreserved(Outcome),
    /// The confirm was refused or not answered.
    Unconfirmed,
    /// Its bid or its time to be dialled ran out before the dial.
    Expired,
    /// The buyer's line was busy.
    Busy,
    /// Nobody answered.
    NoAnswer,
    /// The carrier could not reach it.
    Failed,
    /// The carrier never executed the dial, and knows of no leg of it.
    Unplaced,
    /// Somebody picked up and did not accept.
    Declined,
    /// It got a lead that is sold as data, and refused it.
    Refused,
    /// Its leg was dropped, and the carrier never said how it ended.
    Unheard,
    /// The caller was gone before its phone was dialled.
    Undialled,
    /// The caller was gone before the acceptance.
    Abandoned,
    /// The caller was gone within the acceptance's first moments; the sale was voided.
    Returned,
}

impl Lost {
    /// Whether its buyer was reached, or may have been: its phone was rung, or the lead handed over.
    pub fn was_dialled(&self) -> bool {
        !matches!(self, Self::Unreserved(_) | Self::Unconfirmed | Self::Expired | Self::Undialled)
    }

    /// Whether its phone may have rung to the end: a busy line and one that cannot be reached never rang.
    pub(crate) fn has_rung(&self) -> bool {
        self.was_dialled() && !matches!(self, Self::Busy | Self::Failed | Self::Unplaced | Self::Refused)
    }

    /// Its code: the outcome that the story shows for this offer (domain.md 4).
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreserved(outcome) => outcome.code(),
            Self::Unconfirmed => "won_unconfirmed",
            Self::Expired => "expired",
            Self::Busy => "won_busy",
            Self::NoAnswer | Self::Unheard => "won_no_answer",
            Self::Failed | Self::Unplaced => "won_failed",
            Self::Declined | Self::Refused => "won_declined",
            Self::Undialled | Self::Abandoned | Self::Returned => "won_abandoned",
        }
    }
}

impl Attempt {
    pub(crate) fn begin(
        now: Timestamp,
        queue: Queue,
        (n, ranked, clearance): (u32, Ranked, Clearance),
        ring: Duration,
    ) -> Self {
        let policy = queue.policy();
        let confirm = ranked.terms.confirm.map_or(Duration::ZERO, |c| c.timeout);
        let window = now + confirm + policy.take_max;
        let dial_by = ranked.expires_at.map_or(window, |end| window.min(end - policy.setup_margin));
        let deadline = dial_by + on_the_line(&ranked, ring, policy);
        Self { queue, n, ranked, clearance, ring, dial_by, deadline }
    }

    pub(crate) fn again(queue: Queue, tried: Tried) -> Self {
        let (dial_by, deadline) = (tried.deadline, tried.deadline);
        let Tried { n, ranked, ring, clearance, .. } = tried;
        Self { queue, n, ranked, clearance, ring, dial_by, deadline }
    }

    /// Which attempt of its journey it is, from 1.
    pub const fn n(&self) -> u32 {
        self.n
    }

    /// Its id.
    pub fn id(&self) -> AttemptId {
        AttemptId::of(self.facts().journey, self.n)
    }

    /// The id of the sale that it would make: fixed before anything is sent.
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

    /// The bids behind it, best first.
    pub fn rest(&self) -> &[Ranked] {
        self.queue.rest()
    }

    /// The attempts before it.
    pub fn tried(&self) -> &[Tried] {
        self.queue.tried()
    }

    /// How long the phone rings.
    pub const fn ring(&self) -> Duration {
        self.ring
    }

    /// The last moment at which a dial may be sent: behind it, no bid lives long enough and a leg could still ring
    /// when the deadline passes (architecture.md, drive 6).
    pub const fn dial_by(&self) -> Timestamp {
        self.dial_by
    }

    /// When it has surely ended: no leg that was dialled in time still rings.
    pub const fn deadline(&self) -> Timestamp {
        self.deadline
    }

    /// The number that the call came from, where it may show on the buyer's phone. What the caller says of a number is never
    /// shown: it may be anybody's.
    pub fn caller_id(&self) -> Option<lead::Pii<lead::E164>> {
        match self.ranked.terms.caller_id {
            auction::CallerId::Mask => None,
            auction::CallerId::Pass => self.queue.lead().identity.caller.clone(),
        }
    }

    /// Whether a pick-up alone is the acceptance: there is neither a whisper nor a screen (domain.md 10).
    pub fn pick_up_accepts(&self) -> bool {
        self.ranked.terms.pick_up_accepts()
    }

    /// The confirm's reply: perhaps another destination and another end of the bid. `false`: the destination is not
    /// allowed, or the bid would end before the call could arrive.
    pub fn on_confirmed(
        &mut self,
        now: Timestamp,
        to: Option<Destination>,
        expires_at: Option<Timestamp>,
    ) -> bool {
        if let Some(to) = to {
            if !self.ranked.terms.allowed.permits(&to) {
                return false;
            }
            self.ranked.destination = Some(to);
        }
        if let Some(end) = expires_at {
            self.ranked.expires_at = Some(end);
            self.dial_by = self.dial_by.min(end - self.queue.policy().setup_margin);
            self.deadline = self.dial_by + on_the_line(&self.ranked, self.ring, self.queue.policy());
        }
        now < self.dial_by
    }

    /// A bid that came when nobody waited any more takes its place behind this attempt. `false`: it is there already.
    pub fn join(&mut self, ranked: Ranked) -> bool {
        ranked.ping != self.ranked.ping && self.queue.join(ranked)
    }

    /// It led to no sale: what is left of the ranking.
    pub fn on_lost(self, why: Lost) -> Queue {
        let rang = if why.has_rung() { self.ring } else { Duration::ZERO };
        let Self { queue, n, ranked, clearance, ring, deadline, .. } = self;
        let tried = Tried { n, ranked, why, ring, deadline, clearance };
        queue.with_tried(tried, rang)
    }

    pub(crate) fn into_parts(self) -> (Queue, u32, Ranked, Clearance) {
        (self.queue, self.n, self.ranked, self.clearance)
    }

    /// The buyer accepted: the one door of a call to a post. The sale is booked at the bid.
    pub fn on_accepted(self, now: Timestamp) -> (Post, Sold) {
        let (attempt, sale) = (self.id(), self.sale());
        let ids = (self.n, attempt, sale);
        Post::mint(now, self.queue, ids, self.ranked, self.clearance)
    }
}

/// The longest that a leg may ring, hear the whisper and think, with what the carrier adds.
fn on_the_line(ranked: &Ranked, ring: Duration, policy: &crate::Policy) -> Duration {
    let whisper = if ranked.terms.whisper.is_some() { policy.whisper_max } else { Duration::ZERO };
    let screen =
        if ranked.terms.screening == Screening::PressOne { policy.screen_max } else { Duration::ZERO };
    ring + policy.ring_extra + whisper + screen + policy.margin
}
