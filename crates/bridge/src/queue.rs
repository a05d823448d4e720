//! `Queue`: what is left of a ranking, with the lead that it is for.

use std::{sync::Arc, time::Duration};

use auction::{About, Kind, Ranked};
use lead::{BuyerId, Lead, OfferId, PingId, Timestamp};

use crate::{
    Attempt, Barred, Clearance, Facts, Lost, Policy, Question, Tried,
    clearance::{Ruling, Said},
};

/// The least that a phone must be allowed to ring to be worth a dial (Twilio's least `timeout`, carriers.md §2).
const RING_MIN: Duration = Duration::from_secs(5);

/// What is left of a ranking, best first, and the lead.
#[derive(Debug)]
pub struct Queue {
    facts: Facts,
    policy: Policy,
    lead: Arc<Lead>,
    rest: Vec<Ranked>,
    tried: Vec<Tried>,
    asked_again: Vec<PingId>,
    asks: u32,
    ring_left: Duration,
    said: Said,
    barred: Vec<(Ranked, Barred)>,
}

/// What comes next.
#[derive(Debug)]
pub enum Next {
    /// This bid.
    Try(Box<Attempt>),
    /// This bid, once the person has agreed that its buyer gets the lead.
    Ask(Box<Question>),
    /// This offer's bid has expired: it is pinged once more, alone, before anybody behind it is tried.
    AskAgain(Box<Queue>, Box<Ranked>),
    /// Nobody is left.
    Nobody(Box<Queue>),
}

impl Queue {
    /// Everything that an auction ranked, for this lead. Posting spends the lead.
    pub fn new(facts: Facts, policy: Policy, lead: Lead, ranked: Vec<Ranked>) -> Self {
        let lead = Arc::new(lead);
        Self {
            facts,
            policy,
            lead,
            rest: ranked,
            tried: vec![],
            asked_again: vec![],
            asks: 0,
            ring_left: policy.ring_budget,
            said: Said::default(),
            barred: vec![],
        }
    }

    /// The next attempt, or why there is none.
    pub fn next(mut self, now: Timestamp) -> Next {
        loop {
            let dialled =
                u32::try_from(self.tried.iter().filter(|t| t.why.was_dialled()).count()).unwrap_or(u32::MAX);
            if self.rest.is_empty() || dialled >= self.policy.attempts_max || self.ring_left < RING_MIN {
                return Next::Nobody(Box::new(self));
            }
            let ranked = self.rest.remove(0);
            if self.was_rung(&ranked) {
                continue;
            }
            let ruling = self.said.ruling(&self.facts, &ranked);
            if let Ruling::Barred(why) = ruling {
                self.bar(ranked, why);
                continue;
            }
            if ranked.kind == Kind::Bid && !ranked.lives_at(now + self.policy.setup_margin) {
                // Each second ping keeps the caller waiting: no more of them than dials.
                if self.asked_again.contains(&ranked.ping) || self.asks >= self.policy.attempts_max {
                    continue;
                }
                self.asked_again.push(ranked.ping);
                self.asks += 1;
                return Next::AskAgain(Box::new(self), Box::new(ranked));
            }
            // A bid that has to be renewed is renewed first: the person is asked about one that can still be had.
            let Ruling::Cleared(clearance) = ruling else {
                return Next::Ask(Box::new(Question::begin(self, ranked)));
            };
            let ring = ranked.terms.ring.min(self.ring_left);
            let n = u32::try_from(self.tried.len()).unwrap_or(u32::MAX - 1) + 1;
            return Next::Try(Box::new(Attempt::begin(now, self, (n, ranked, clearance), ring)));
        }
    }

    /// A bid that came when nobody waited any more, or that answers the second ping: it takes its place. `false`: it is
    /// there already, or was tried.
    pub fn join(&mut self, ranked: Ranked) -> bool {
        let is_it = |other: &Ranked| other.kind == ranked.kind && other.ping == ranked.ping;
        if self.rest.iter().any(is_it) || self.tried.iter().any(|tried| is_it(&tried.ranked)) {
            return false;
        }
        let place = self.rest.iter().position(|other| ranked.order(other).is_lt()).unwrap_or(self.rest.len());
        self.rest.insert(place, ranked);
        true
    }

    /// As [`Queue::join`], for the answer to a second ping, which is not asked a third time.
    pub fn join_again(&mut self, ranked: Ranked) -> bool {
        self.asked_again.push(ranked.ping);
        self.join(ranked)
    }

    /// A second ping was refused: what that excludes of the static sales is left out (domain.md 7).
    pub fn refused(&mut self, offer: &OfferId, buyer: &BuyerId, about: About) {
        let excluded = |ranked: &Ranked| match about {
            About::Person => ranked.buyer == *buyer,
            About::Offer => ranked.offer == *offer,
        };
        self.rest.retain(|ranked| ranked.kind != Kind::Static || !excluded(ranked));
    }

    /// An earlier attempt that was dialled, taken up again: its buyer's acceptance came late.
    ///
    /// # Errors
    /// The queue as it was, when no such attempt was dialled.
    pub fn recall(mut self, n: u32) -> Result<Attempt, Box<Self>> {
        let place = self.tried.iter().position(|tried| tried.n == n && tried.why.may_still_accept());
        match place {
            Some(place) => {
                let tried = self.tried.remove(place);
                Ok(Attempt::again(self, tried))
            }
            None => Err(Box::new(self)),
        }
    }

    /// The bids whose buyers may not have the lead, and why.
    pub fn barred(&self) -> &[(Ranked, Barred)] {
        &self.barred
    }

    /// The bids that are left, best first.
    pub fn rest(&self) -> &[Ranked] {
        &self.rest
    }

    /// The attempts that led to no sale.
    pub fn tried(&self) -> &[Tried] {
        &self.tried
    }

    /// The journey that it works for.
    pub const fn facts(&self) -> &Facts {
        &self.facts
    }

    pub(crate) const fn said(&self) -> &Said {
        &self.said
    }

    pub(crate) const fn said_mut(&mut self) -> &mut Said {
        &mut self.said
    }

    pub(crate) fn bar(&mut self, ranked: Ranked, why: Barred) {
        self.barred.push((ranked, why));
    }

    pub(crate) fn put_first(&mut self, ranked: Ranked) {
        self.rest.insert(0, ranked);
    }

    pub(crate) const fn policy(&self) -> &Policy {
        &self.policy
    }

    pub(crate) fn lead(&self) -> &Lead {
        &self.lead
    }

    pub(crate) fn shared_lead(&self) -> Arc<Lead> {
        Arc::clone(&self.lead)
    }

    pub(crate) fn with_tried(mut self, tried: Tried, rang: Duration) -> Self {
        self.ring_left = self.ring_left.saturating_sub(rang);
        self.tried.push(tried);
        self
    }

    pub(crate) fn with_refusal(self, n: u32, ranked: Ranked, clearance: Clearance) -> Self {
        let (why, ring, deadline) = (Lost::Refused, Duration::ZERO, Timestamp::default());
        let tried = Tried { n, ranked, why, ring, deadline, clearance };
        self.with_tried(tried, Duration::ZERO)
    }

    /// Whether this offer was dialled for this lead: its static price is not a second chance on the same phone.
    fn was_rung(&self, ranked: &Ranked) -> bool {
        self.tried.iter().any(|tried| tried.ranked.offer == ranked.offer && tried.why.was_dialled())
    }
}

impl Lost {
    /// Whether an acceptance that comes late may still be true: the leg was dialled and the carrier never said how it
    /// ended. What it did say is final.
    fn may_still_accept(&self) -> bool {
        matches!(self, Self::Unheard | Self::Abandoned)
    }
}
