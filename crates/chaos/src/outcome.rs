//! What a run came to: one JSON line, and every difference between the books.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    account::Account,
    books::Open,
    plan::Plan,
    quiet::{Quiet, SETTLE_MAX},
    rules::{Books, Difference},
    storm::Struck,
    strain::Strain,
};

/// What a run came to.
#[derive(Debug, Clone)]
pub struct Outcome {
    line: Value,
    differences: Vec<String>,
    unsettled: Vec<String>,
    too_slow: Vec<String>,
    explained: Vec<String>,
}

/// What has not come to its end.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Left {
    /// Though nothing more happens with it.
    pub(crate) stuck: Vec<String>,
    /// Since the play waited no longer.
    pub(crate) unsettled: Vec<String>,
}

impl Left {
    /// So many calls.
    pub(crate) fn calls(quiet: Quiet, unended: usize) -> Self {
        let mut left = Self::default();
        let what = format!("{unended} calls have not ended");
        match quiet {
            Quiet::Over => {}
            Quiet::Stuck => left.stuck.push(what),
            Quiet::Moving => left.unsettled.push(what),
        }
        left
    }

    /// And this in the database; what is stuck there, the rules say.
    pub(crate) fn and(mut self, quiet: Quiet, open: &Open) -> Self {
        if quiet == Quiet::Moving {
            self.unsettled.extend(open.0.iter().map(|(what, count)| format!("{count} {what}")));
        }
        self
    }
}

/// How it went, beside the books.
#[derive(Debug)]
pub(crate) struct Ran {
    /// How often each kind of fault has struck, and what came of it at once.
    pub(crate) struck: Struck,
    /// From the first process to the books.
    pub(crate) elapsed: Duration,
    /// From the end of the last call until nothing was open.
    pub(crate) settled_in: Duration,
    /// Requests that no node could be handed.
    pub(crate) refused: u64,
    /// Requests that a node was handed and did not answer.
    pub(crate) unanswered: u64,
    /// How often a node ended by itself.
    pub(crate) exits: u32,
    /// What has not come to its end.
    pub(crate) left: Left,
    /// How the machine kept up.
    pub(crate) strain: Strain,
}

impl Outcome {
    pub(crate) fn new(
        plan: &Plan,
        books: &Books,
        ran: &Ran,
        differences: &[Difference],
        explained: Vec<String>,
    ) -> Self {
        let mut told: Vec<_> = differences.iter().map(|it| it.what.clone()).collect();
        told.extend(ran.struck.not_back.iter().cloned());
        told.extend(ran.left.stuck.iter().cloned());
        let figures = books.figures();
        let faults: Vec<_> = plan.faults.iter().map(|fault| fault.name()).collect();
        let auctions = &books.booked.auctions_ms;
        let too_slow = ran.strain.too_slow();
        if ran.settled_in > SETTLE_MAX && too_slow.is_empty() {
            told.push(format!("it took {} s until nothing was open", ran.settled_in.as_secs()));
        }
        let line = json!({
            "balanced": told.is_empty() && ran.left.unsettled.is_empty(),
            "seed": plan.seed,
            "nodes": plan.nodes,
            "redis": plan.redis.name(),
            "calls": plan.calls,
            "rate": plan.rate,
            "faults": faults,
            "every": plan.every,
            "away_s": plan.away.as_secs(),
            "struck": ran.struck.times,
            "forms": figures.forms,
            "forms_sold": figures.forms_sold,
            "accepted": figures.accepted,
            "sales": figures.sales,
            "corrections": figures.corrections,
            "posts": figures.posts,
            "deliveries": figures.deliveries,
            "lost": figures.lost,
            "twice": figures.twice,
            "cap": books.bounds.answered_by_b,
            "cap_overrun": figures.cap_overrun,
            "seats": books.bounds.seats_of_a,
            "seats_peak": figures.seats_peak,
            "accounts": Account::summed(books.accounts().map(|(_, account)| account)),
            "outcomes": books.booked.outcomes(),
            "pings": books.received.pings,
            "identities_in_pings": books.received.identities,
            "let_down": figures.let_down,
            "not_handed_over": ran.refused,
            "not_answered": ran.unanswered,
            "exits": ran.exits,
            "auction_ms_p50": percentile(auctions, 50),
            "auction_ms_p99": percentile(auctions, 99),
            "machine": ran.strain.shown(),
            "differences": told.len(),
            "unsettled": ran.left.unsettled,
            "settled_s": ran.settled_in.as_secs(),
            "elapsed_s": ran.elapsed.as_secs(),
        });
        Self { line, differences: told, unsettled: ran.left.unsettled.clone(), too_slow, explained }
    }

    /// What had not come to its end when the play waited no longer, though it came nearer.
    #[must_use]
    pub fn unsettled(&self) -> &[String] {
        &self.unsettled
    }

    /// What this machine was too slow for. Nothing: it kept up.
    #[must_use]
    pub fn too_slow(&self) -> &[String] {
        &self.too_slow
    }

    /// Everything in one line of JSON.
    #[must_use]
    pub fn line(&self) -> String {
        self.line.to_string()
    }

    /// Each difference, nothing personal in it.
    #[must_use]
    pub fn differences(&self) -> &[String] {
        &self.differences
    }

    /// What each book says of the first calls that differ, and what the nodes said loudest.
    #[must_use]
    pub fn explained(&self) -> &[String] {
        &self.explained
    }
}

/// Of what is sorted.
fn percentile(sorted: &[i64], percent: usize) -> Option<i64> {
    sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied()
}
