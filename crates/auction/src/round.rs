//! `Round`: one auction. Who is pinged, who bid in time, and in what order they stand.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use lead::{AuctionId, BuyerId, Channel, Money, OfferId, PingId, Profile, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    About, Bid, Candidate, Currency, Destination, Kind, NoBid, Outcome, Ping, Ranked, Ranking, Seed, Subject,
    Whereto,
    eligibility::{considered, eligible},
};

/// The longest life of a bid: longer ones say nothing about a call and are cut (domain.md, "Expiry").
const BID_LIFE_MAX: Duration = Duration::from_secs(24 * 3600);

/// What a campaign and the global settings say of its auctions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// The most that a round may take.
    pub budget: Duration,
    /// Whether bids compete with static prices.
    pub reserve: Reserve,
    /// Whether the static ranking follows the bids.
    pub fallback_to_static: bool,
    /// The currency that bids are in.
    pub currency: Currency,
    /// Whether it is a test.
    pub test: bool,
    /// The ping of this round's only offer that is asked again, for a runner-up whose bid has expired.
    pub repeat_of: Option<PingId>,
}

/// Whether bids compete with static prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reserve {
    /// Any bid above its floor beats the static prices (default).
    None,
    /// A bid below the best eligible static price is `below_reserve`.
    BestStatic,
}

/// One auction that is under way.
#[derive(Debug)]
pub struct Round {
    auction: AuctionId,
    opened_at: Timestamp,
    seed: Seed,
    rules: Rules,
    channel: Channel,
    shown: Profile,
    asked: BTreeMap<OfferId, Asked>,
    others: Vec<(OfferId, BuyerId, Outcome)>,
    statics: Vec<Ranked>,
    bid_ids: BTreeSet<(BuyerId, String)>,
}

/// What a closed round leaves behind: it hears the answers that nobody waited for.
#[derive(Debug)]
pub struct Leftover(Round);

#[derive(Debug)]
struct Asked {
    candidate: Candidate,
    ping: PingId,
    deadline: Timestamp,
    answer: Answer,
}

#[derive(Debug)]
enum Answer {
    Open,
    /// Its deadline is over and nothing came.
    Overdue,
    Ranked(Box<Ranked>),
    Lost(Outcome),
}

/// Opens a round: a ping for every eligible offer that has a ping URL, a named reason for every other one.
pub fn open(
    now: Timestamp,
    auction: AuctionId,
    seed: Seed,
    rules: Rules,
    subject: &Subject,
    candidates: &[Candidate],
) -> (Round, Vec<Ping>) {
    let mut round = Round {
        auction,
        opened_at: now,
        seed,
        rules,
        channel: subject.channel,
        shown: subject.profile.clone(),
        asked: BTreeMap::new(),
        others: Vec::new(),
        statics: Vec::new(),
        bid_ids: BTreeSet::new(),
    };
    let mut buying = Vec::new();
    for candidate in candidates.iter().filter(|c| considered(subject, &c.offer)) {
        match eligible(now, subject, candidate) {
            Err(outcome) => round.leave_out(candidate, outcome),
            Ok(()) => buying.push(candidate),
        }
    }
    // Where the shares leave nobody to be asked, everybody is: a sale is worth a caller's wait.
    let is_pinged = |c: &Candidate| c.offer.endpoints.ping_url.is_some();
    let is_asked = |c: &Candidate| c.standing.share.asks(seed, &c.offer.id);
    let shares_hold = buying.iter().any(|c| is_pinged(c) && is_asked(c));
    let mut pings = Vec::new();
    for candidate in buying {
        let ping = round.take_in(now, subject, candidate);
        match ping {
            Some(_) if shares_hold && !is_asked(candidate) => round.throttle(candidate),
            ping => pings.extend(ping),
        }
    }
    (round, pings)
}

impl Round {
    /// The auction that this is a round of.
    pub const fn auction(&self) -> AuctionId {
        self.auction
    }

    /// When the earliest offer that is still open stops being awaited. `None`: nobody is awaited.
    pub fn deadline(&self) -> Option<Timestamp> {
        self.open_ones().map(|asked| asked.deadline).min()
    }

    /// When this offer stops being awaited.
    pub fn deadline_of(&self, offer: &OfferId) -> Option<Timestamp> {
        self.asked.get(offer).map(|asked| asked.deadline)
    }

    /// Takes an offer's answer, as its dialect or the exchange reported it. The first one of an offer counts.
    pub fn on_answer(&mut self, now: Timestamp, offer: &OfferId, answer: Result<Bid, NoBid>) {
        let Some(asked) = self.asked.get(offer) else { return };
        if !matches!(asked.answer, Answer::Open | Answer::Overdue) {
            return;
        }
        let judged = self.judge(now, asked, answer);
        if let (Ok(ranked), Some(asked)) = (&judged, self.asked.get(offer)) {
            let buyer = asked.candidate.offer.buyer.clone();
            if ranked.bid.clone().is_some_and(|id| !self.bid_ids.insert((buyer, id))) {
                self.settle(offer, Answer::Lost(Outcome::DuplicateBid));
                return;
            }
        }
        self.settle(offer, judged.map_or_else(Answer::Lost, |ranked| Answer::Ranked(Box::new(ranked))));
    }

    /// Time has passed: offers whose deadline is over are not awaited any more. An answer that then comes after all
    /// makes its offer late instead of silent (domain.md 3).
    pub fn on_deadline(&mut self, now: Timestamp) {
        for asked in self.asked.values_mut() {
            if matches!(asked.answer, Answer::Open) && now >= asked.deadline {
                asked.answer = Answer::Overdue;
            }
        }
    }

    /// Whether waiting longer cannot change the winner: nobody is awaited any more, or nobody awaited can beat the
    /// best bid. A bid equal to the best could still win the tie, so only a declared highest bid below it stops.
    pub fn is_settled(&self, now: Timestamp) -> bool {
        let best = self.ranked().map(|r| r.price).max();
        let still = self.open_ones().filter(|asked| now <= asked.deadline);
        let mut still = still.map(|asked| asked.candidate.offer.bid_max);
        still.all(|most| matches!((best, most), (Some(best), Some(most)) if most < best))
    }

    /// Closes it: the ranking, and what hears the answers that nobody waited for.
    pub fn close(mut self, now: Timestamp) -> (Ranking, Leftover) {
        self.on_deadline(now);
        let mut ranked: Vec<_> = self.ranked().cloned().collect();
        ranked.sort_by(Ranked::order);
        let best_static = self.statics.iter().map(|r| r.price).max();
        if self.rules.fallback_to_static {
            ranked.extend(self.static_ranking());
        }
        // A test stands in the order of its bids, and nobody pays for it.
        let (ranked, best_static) =
            (ranked.into_iter().map(|r| self.booked(r)).collect(), best_static.map(|p| self.price(p)));
        let lost = self.asked.values().filter_map(|asked| {
            let outcome = match &asked.answer {
                Answer::Open => Outcome::NotAwaited,
                Answer::Overdue => Outcome::NoBid(NoBid::Timeout),
                Answer::Lost(outcome) => outcome.clone(),
                Answer::Ranked(_) => return None,
            };
            Some((asked.candidate.offer.id.clone(), asked.candidate.offer.buyer.clone(), outcome))
        });
        let others = lost.chain(self.others.iter().cloned()).collect();
        let (auction, opened_at, shown) = (self.auction, self.opened_at, self.shown.clone());
        let ranking = Ranking { auction, opened_at, closed_at: now, shown, ranked, others, best_static };
        (ranking, Leftover(self))
    }

    fn open_ones(&self) -> impl Iterator<Item = &Asked> {
        self.asked.values().filter(|asked| matches!(asked.answer, Answer::Open))
    }

    fn ranked(&self) -> impl Iterator<Item = &Ranked> {
        self.asked.values().filter_map(|asked| match &asked.answer {
            Answer::Ranked(ranked) => Some(&**ranked),
            _ => None,
        })
    }

    fn settle(&mut self, offer: &OfferId, answer: Answer) {
        if let Some(asked) = self.asked.get_mut(offer) {
            asked.answer = answer;
        }
    }

    fn leave_out(&mut self, candidate: &Candidate, outcome: Outcome) {
        self.others.push((candidate.offer.id.clone(), candidate.offer.buyer.clone(), outcome));
    }

    /// It is not asked this time. Its static price stands: that needs no answer.
    fn throttle(&mut self, candidate: &Candidate) {
        self.asked.remove(&candidate.offer.id);
        self.leave_out(candidate, Outcome::Throttled);
    }

    fn take_in(&mut self, now: Timestamp, subject: &Subject, candidate: &Candidate) -> Option<Ping> {
        let offer = &candidate.offer;
        let id = PingId::of(self.auction, &offer.id);
        if let Some(sale) = offer.static_sale(subject.channel) {
            let ranked = self.place(candidate, id, Kind::Static, sale.price, sale.destination);
            self.statics.push(Ranked { payable_after: offer.payable_after, ..ranked });
        }
        if offer.endpoints.ping_url.is_none() {
            self.leave_out(candidate, Outcome::NoBid(NoBid::Declined));
            return None;
        }
        let tmax = offer.timeout.min(self.rules.budget);
        let asked =
            Asked { candidate: candidate.clone(), ping: id, deadline: now + tmax, answer: Answer::Open };
        self.asked.insert(offer.id.clone(), asked);
        Some(Ping {
            id,
            offer: offer.id.clone(),
            channel: subject.channel,
            vertical: subject.vertical.clone(),
            profile: subject.profile.clone(),
            zip_digits: offer.zip_digits,
            tmax,
            floor: offer.floor_in_ping.then_some(offer.floor),
            currency: self.rules.currency.clone(),
            repeat_of: self.rules.repeat_of,
            test: self.rules.test,
        })
    }

    /// A bid by the offer's and the campaign's rules, in the order of domain.md, "Reading a reply".
    fn judge(&self, now: Timestamp, asked: &Asked, answer: Result<Bid, NoBid>) -> Result<Ranked, Outcome> {
        if now > asked.deadline {
            // Late and silent are told apart: what broke or timed out after the deadline never spoke.
            let silent = matches!(answer, Err(NoBid::Timeout | NoBid::Unreachable(_)));
            return Err(Outcome::NoBid(if silent { NoBid::Timeout } else { NoBid::Late }));
        }
        let bid = answer.map_err(Outcome::NoBid)?;
        if bid.price <= Money::ZERO {
            return Err(Outcome::NoBid(NoBid::Declined));
        }
        let offer = &asked.candidate.offer;
        let payable_after = bid.payable_after.unwrap_or(offer.payable_after);
        if offer.payable_max.is_some_and(|most| payable_after > most) {
            return Err(Outcome::BadTerms);
        }
        if offer.bid_max.is_some_and(|most| bid.price > most) {
            return Err(Outcome::AboveMax);
        }
        if bid.price < offer.floor {
            return Err(Outcome::BelowFloor);
        }
        let life = bid.expires_in.map(|life| now + life.min(BID_LIFE_MAX));
        let named = life.into_iter().chain(bid.expires_at).min();
        let expires_at = named.unwrap_or(now + offer.bid_life).min(now + BID_LIFE_MAX);
        if expires_at <= now {
            return Err(Outcome::Expired);
        }
        let destination = match (self.channel, bid.whereto) {
            // Nobody is rung: a form lead is posted to its buyer.
            (Channel::Form, _) => None,
            (_, Whereto::Own) => offer.destination.clone().filter(|to| offer.allowed.permits(to)),
            (_, Whereto::Named(named)) => named.into_iter().find(|to| offer.allowed.permits(to)),
        };
        if destination.is_none() && self.channel != Channel::Form {
            return Err(Outcome::BadDestination);
        }
        let best_static = self.statics.iter().map(|r| r.price).max();
        if self.rules.reserve == Reserve::BestStatic && best_static.is_some_and(|best| bid.price < best) {
            return Err(Outcome::BelowReserve);
        }
        let ranked = self.place(&asked.candidate, asked.ping, Kind::Bid, bid.price, destination);
        Ok(Ranked { bid: bid.id, expires_at: Some(expires_at), payable_after, ..ranked })
    }

    fn place(
        &self,
        candidate: &Candidate,
        ping: PingId,
        kind: Kind,
        price: Money,
        to: Option<Destination>,
    ) -> Ranked {
        let offer = &candidate.offer;
        let whisper = offer.whisper.as_deref().map(|text| fill_in(text, &self.shown));
        Ranked {
            kind,
            offer: offer.id.clone(),
            buyer: offer.buyer.clone(),
            ping,
            bid: None,
            price,
            expires_at: None,
            destination: to,
            payable_after: offer.payable_after,
            priority: offer.priority,
            draw: self.seed.draw(&offer.id),
            terms: offer.dial_terms(&candidate.buyer, whisper),
        }
    }

    fn booked(&self, ranked: Ranked) -> Ranked {
        Ranked { price: self.price(ranked.price), ..ranked }
    }

    /// What is booked at a price: nothing, in a test.
    fn price(&self, price: Money) -> Money {
        if self.rules.test { Money::ZERO } else { price }
    }

    /// The eligible static sales, best price first, without those that an explicit refusal excludes (domain.md 7):
    /// about the person, all offers of that buyer; about anything else, that offer. Silence excludes nothing.
    fn static_ranking(&self) -> Vec<Ranked> {
        let refusals = self.asked.values().filter_map(|asked| match &asked.answer {
            Answer::Lost(Outcome::NoBid(NoBid::Rejected { about, .. })) => {
                Some((&asked.candidate.offer, *about))
            }
            _ => None,
        });
        let refusals: Vec<_> = refusals.collect();
        let excluded = |r: &Ranked| {
            refusals.iter().any(|(offer, about)| match about {
                About::Person => offer.buyer == r.buyer,
                About::Offer => offer.id == r.offer,
            })
        };
        let mut statics: Vec<_> = self.statics.iter().filter(|r| !excluded(r)).cloned().collect();
        statics.sort_by(Ranked::order);
        statics
    }
}

impl Leftover {
    /// An answer that the round did not wait for. A bid that still came in time joins the ranking for later attempts;
    /// one after its deadline is late.
    ///
    /// # Errors
    /// The outcome, when the answer is no bid that can be dialled, or the offer was not left open.
    pub fn on_answer(
        &mut self,
        now: Timestamp,
        offer: &OfferId,
        answer: Result<Bid, NoBid>,
    ) -> Result<Ranked, Outcome> {
        let left = |asked: &Asked| matches!(asked.answer, Answer::Open | Answer::Overdue);
        if !self.0.asked.get(offer).is_some_and(left) {
            return Err(Outcome::NoBid(NoBid::Late));
        }
        self.0.on_answer(now, offer, answer);
        match self.0.asked.get(offer).map(|asked| &asked.answer) {
            Some(Answer::Ranked(ranked)) => Ok(self.0.booked((**ranked).clone())),
            Some(Answer::Lost(outcome)) => Err(outcome.clone()),
            _ => Err(Outcome::NotAwaited),
        }
    }
}

/// The whisper with the profile's values in place of their names in braces. A value that is not known is left out.
fn fill_in(text: &str, profile: &Profile) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, behind)) = after.split_once('}') else { break };
        let value =
            lead::FieldName::parse(name).ok().and_then(|field| profile.value(&field).map(lead::Value::text));
        filled.push_str(&value.unwrap_or_default());
        rest = behind;
    }
    filled.push_str(if rest.contains('{') { "" } else { rest });
    filled
}
