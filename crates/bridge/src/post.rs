//! `Post`: the full lead for the one buyer that accepted.

use std::{sync::Arc, time::Duration};

use auction::Ranked;
use lead::{AttemptId, Consent, FieldName, Identity, Lead, Profile, SaleId, Timestamp};

use crate::{Clearance, Facts, Lost, Queue, Tried};

/// The full lead for the buyer that accepted, or to which a form lead is awarded. Its fields are private: only
/// [`crate::Attempt::on_accepted`], [`crate::Handover::on_awarded`] and [`crate::Handover::on_taken`] make one, each with the
/// clearance that its attempt was begun with.
#[derive(Debug)]
pub struct Post {
    sale: SaleId,
    attempt: AttemptId,
    n: u32,
    accepted_at: Timestamp,
    facts: Facts,
    ranked: Ranked,
    lead: Arc<Lead>,
    clearance: Clearance,
}

/// A sale that is booked: what is left of the ranking, should the buyer drop the caller at once (domain.md 19).
#[derive(Debug)]
pub struct Sold {
    sale: SaleId,
    attempt: AttemptId,
    n: u32,
    accepted_at: Timestamp,
    ranked: Ranked,
    clearance: Clearance,
    queue: Queue,
}

impl Post {
    pub(crate) fn mint(
        now: Timestamp,
        queue: Queue,
        (n, attempt, sale): (u32, AttemptId, SaleId),
        ranked: Ranked,
        clearance: Clearance,
    ) -> (Self, Sold) {
        let post = Self::of(now, &queue, (n, attempt, sale), ranked.clone(), clearance.clone());
        (post, Sold { sale, attempt, n, accepted_at: now, ranked, clearance, queue })
    }

    pub(crate) fn of_form(
        now: Timestamp,
        queue: &Queue,
        n: u32,
        ranked: Ranked,
        clearance: &Clearance,
    ) -> Self {
        let attempt = AttemptId::of(queue.facts().journey, n);
        Self::of(now, queue, (n, attempt, SaleId::of(attempt)), ranked, clearance.clone())
    }

    fn of(
        now: Timestamp,
        queue: &Queue,
        (n, attempt, sale): (u32, AttemptId, SaleId),
        ranked: Ranked,
        clearance: Clearance,
    ) -> Self {
        let (facts, lead) = (queue.facts().clone(), queue.shared_lead());
        Self { sale, attempt, n, accepted_at: now, facts, ranked, lead, clearance }
    }

    /// The sale that it belongs to; also its idempotency key.
    pub const fn sale(&self) -> SaleId {
        self.sale
    }

    /// The attempt that the buyer accepted.
    pub const fn attempt(&self) -> AttemptId {
        self.attempt
    }

    /// Which attempt of the journey, from 1.
    pub const fn n(&self) -> u32 {
        self.n
    }

    /// When the buyer accepted; of a form lead that is on its way, when it was awarded.
    pub const fn accepted_at(&self) -> Timestamp {
        self.accepted_at
    }

    /// The bid that is booked.
    pub const fn ranked(&self) -> &Ranked {
        &self.ranked
    }

    /// The journey.
    pub const fn facts(&self) -> &Facts {
        &self.facts
    }

    /// What the person agreed to: for this very buyer where they were asked about it.
    pub fn consent(&self) -> Option<&Consent> {
        self.clearance.spoken().or(self.facts.consent.as_ref())
    }

    /// What bidders saw.
    pub const fn profile(&self) -> &Profile {
        &self.facts.shown
    }

    /// The profile's values that were answered or changed after the ping, which the post flags (domain.md 12).
    pub fn changed(&self) -> Vec<(FieldName, lead::Value)> {
        let names = self.lead.profile.changed_since(&self.facts.shown);
        names
            .into_iter()
            .filter_map(|name| self.lead.profile.value(&name).cloned().map(|value| (name, value)))
            .collect()
    }

    /// Who the lead is.
    pub fn identity(&self) -> &Identity {
        &self.lead.identity
    }
}

impl Sold {
    /// The sale.
    pub const fn sale(&self) -> SaleId {
        self.sale
    }

    /// The attempt that was accepted.
    pub const fn attempt(&self) -> AttemptId {
        self.attempt
    }

    /// Which attempt of the journey, from 1.
    pub const fn n(&self) -> u32 {
        self.n
    }

    /// When it was accepted.
    pub const fn accepted_at(&self) -> Timestamp {
        self.accepted_at
    }

    /// The bid that was booked.
    pub const fn ranked(&self) -> &Ranked {
        &self.ranked
    }

    /// The journey.
    pub const fn facts(&self) -> &Facts {
        self.queue.facts()
    }

    /// The attempts before it.
    pub fn tried(&self) -> &[Tried] {
        self.queue.tried()
    }

    /// Whether so much talk makes the sale earned (domain.md 13). A lead that is sold as data has no talk to wait for.
    pub fn is_earned(&self, talk: Duration) -> bool {
        self.facts().channel == lead::Channel::Form || talk >= self.ranked.payable_after
    }

    /// The sale was voided and the caller is still there: the rest of the ranking (domain.md 19).
    pub fn on_returned(self) -> Queue {
        let ring = Duration::ZERO;
        let Self { n, ranked, clearance, accepted_at: deadline, queue, .. } = self;
        let tried = Tried { n, ranked, why: Lost::Returned, ring, deadline, clearance };
        queue.with_tried(tried, ring)
    }
}
