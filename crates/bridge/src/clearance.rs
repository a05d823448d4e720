//! `Clearance`: that a campaign's rule of consent lets a buyer have a lead. An attempt is begun with one, and a post is made
//! by an attempt alone, so that nobody is dialled, confirmed with or posted to without it (decision 0018).

use std::collections::BTreeSet;

use auction::Ranked;
use lead::{BuyerId, Channel, Consent};
use serde::{Deserialize, Serialize};

use crate::{Facts, Queue};

/// Buyers that one person is asked about: with so many asked about, only those that need no question are tried.
pub const QUESTIONS_MAX: u32 = 3;

/// Whose consent a campaign asks for before a buyer gets a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentRule {
    /// Nobody's beyond what the script or the form asks for.
    #[default]
    Nothing,
    /// The person's, by the buyer's name: listed on the form, or asked by voice once it is known who won.
    NamesBuyer,
}

/// A buyer may have the lead. Only [`Queue::next`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clearance(Ground);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Ground {
    /// The campaign asks for no such consent.
    NotAsked,
    /// The consent that came with the lead names the buyer.
    Listed,
    /// The person agreed when asked about this buyer.
    Spoken(Consent),
}

/// Why a buyer may not have the lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Barred {
    /// The consent does not name it, and there is nobody on a line who could be asked.
    NotNamed,
    /// The person was asked about it and did not agree.
    NotAgreed,
    /// The person was asked about as many buyers as one may be.
    NotAsked,
}

impl Clearance {
    /// The consent that was spoken for this very buyer. `None`: it is that of the lead, or none is asked for.
    pub(crate) const fn spoken(&self) -> Option<&Consent> {
        match &self.0 {
            Ground::Spoken(consent) => Some(consent),
            Ground::NotAsked | Ground::Listed => None,
        }
    }
}

/// What the rule says of one bid.
pub(crate) enum Ruling {
    /// Its buyer may have the lead.
    Cleared(Clearance),
    /// The person has to be asked.
    Ask,
    /// It may not.
    Barred(Barred),
}

/// What the person said of the buyers that they were asked about.
#[derive(Debug, Default)]
pub(crate) struct Said {
    agreed: Vec<(BuyerId, Consent)>,
    refused: BTreeSet<BuyerId>,
    questions: u32,
}

impl Said {
    pub(crate) fn ruling(&self, facts: &Facts, ranked: &Ranked) -> Ruling {
        if facts.consent_rule == ConsentRule::Nothing {
            return Ruling::Cleared(Clearance(Ground::NotAsked));
        }
        if facts.consent.as_ref().is_some_and(|consent| consent.names(&ranked.terms.buyer)) {
            return Ruling::Cleared(Clearance(Ground::Listed));
        }
        if let Some((_, consent)) = self.agreed.iter().find(|(buyer, _)| *buyer == ranked.buyer) {
            return Ruling::Cleared(Clearance(Ground::Spoken(consent.clone())));
        }
        match facts.channel {
            Channel::Form => Ruling::Barred(Barred::NotNamed),
            _ if self.refused.contains(&ranked.buyer) => Ruling::Barred(Barred::NotAgreed),
            _ if self.questions >= QUESTIONS_MAX || ranked.terms.buyer.trim().is_empty() => {
                Ruling::Barred(Barred::NotAsked)
            }
            Channel::Call | Channel::Callback => Ruling::Ask,
        }
    }
}

/// A bid that won, about whose buyer the person is asked before anybody is dialled. It holds the lead; nothing else does.
#[derive(Debug)]
pub struct Question {
    queue: Queue,
    ranked: Ranked,
}

impl Question {
    pub(crate) fn begin(mut queue: Queue, ranked: Ranked) -> Self {
        queue.said_mut().questions += 1;
        Self { queue, ranked }
    }

    /// Which question of its journey it is, from 1.
    pub const fn n(&self) -> u32 {
        self.queue.said().questions
    }

    /// The bid.
    pub const fn ranked(&self) -> &Ranked {
        &self.ranked
    }

    /// The queue behind it.
    pub const fn queue(&self) -> &Queue {
        &self.queue
    }

    /// The consent that a yes gives: the buyer by its name, for this lead alone.
    pub fn consent(&self, version: &str, given_at: lead::Timestamp, recording: Option<String>) -> Consent {
        Consent {
            sellers: vec![self.ranked.terms.buyer.trim().to_owned()],
            recording,
            ..Consent::spoken(version.to_owned(), given_at)
        }
    }

    /// The person agreed: the bid is next.
    pub fn on_yes(self, consent: Consent) -> Queue {
        let Self { mut queue, ranked } = self;
        queue.said_mut().agreed.push((ranked.buyer.clone(), consent));
        queue.put_first(ranked);
        queue
    }

    /// The person did not agree, or said nothing: no offer of this buyer is tried.
    pub fn on_no(self) -> Queue {
        let Self { mut queue, ranked } = self;
        queue.said_mut().refused.insert(ranked.buyer.clone());
        queue.bar(ranked, Barred::NotAgreed);
        queue
    }

    /// A bid that came when nobody waited any more takes its place behind this one. `false`: it is there already.
    pub fn join(&mut self, ranked: Ranked) -> bool {
        ranked.ping != self.ranked.ping && self.queue.join(ranked)
    }

    /// The caller is gone: what is left of the ranking.
    pub fn given_up(self) -> Queue {
        let Self { mut queue, ranked } = self;
        queue.put_first(ranked);
        queue
    }
}
