//! Random rounds: every offer considered has exactly one outcome, and nobody who bid validly and in time beats the winner.

use std::collections::BTreeMap;

use auction::{About, Bid, Kind, Malformed, NoBid, Outcome, Reserve, Seed, Standing, Unreachable, Whereto};
use lead::Money;

use crate::world::{Auction, Bidder, Closed, auction, bidder, phone, price, secs};

/// xorshift64*: small, seeded, the same everywhere.
pub struct Chance(pub u64);

impl Chance {
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % n
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// A round price, as buyers make them, so that ties are common.
    fn units(&mut self) -> i64 {
        i64::try_from(self.below(12)).map_or(10, |n| 10 * (n + 1))
    }
}

fn a_bid(chance: &mut Chance) -> Bid {
    let mut bid = price(chance.units());
    if chance.one_in(4) {
        bid.id = Some(format!("bid-{}", chance.below(3)));
    }
    if chance.one_in(5) {
        bid.expires_in = Some(secs(chance.below(3)));
    }
    if chance.one_in(5) {
        bid.payable_after = Some(secs(60 * chance.below(4)));
    }
    if chance.one_in(8) {
        bid.whereto = Whereto::Named(if chance.one_in(2) { vec![] } else { vec![phone("+18005550111")] });
    }
    bid
}

fn an_answer(chance: &mut Chance) -> Result<Bid, NoBid> {
    let about = if chance.one_in(2) { About::Person } else { About::Offer };
    match chance.below(10) {
        0 => Err(NoBid::Declined),
        1 => Err(NoBid::Rejected { code: None, text: None, about }),
        2 => Err(NoBid::Unreachable(Unreachable::Broken)),
        3 => Err(NoBid::Malformed(Malformed::Shape)),
        _ => Ok(a_bid(chance)),
    }
}

fn a_bidder(chance: &mut Chance, number: u64) -> Bidder {
    let mut one = bidder(&format!("o{number}")).of(&format!("b{}", chance.below(4))).with(|offer| {
        offer.timeout = secs(1 + chance.below(6));
        offer.priority = i32::try_from(chance.below(3)).unwrap_or_default();
        offer.active = !chance.one_in(10);
        if chance.one_in(2) {
            offer.bid_max = Some(Money::from_units(chance.units()));
        }
        if chance.one_in(4) {
            offer.floor = Money::from_units(chance.units());
        }
        if chance.one_in(4) {
            offer.payable_max = Some(secs(90));
        }
        if chance.one_in(3) {
            offer.static_price = Some(Money::from_units(chance.units()));
        }
        if chance.one_in(10) {
            offer.endpoints.ping_url = None;
        }
        if chance.one_in(10) {
            offer.destination = None;
        }
    });
    one.standing =
        Standing { capped: chance.one_in(12), duplicate: chance.one_in(12), ..Standing::default() };
    for _ in 0..chance.below(3).max(1) {
        let after = chance.below(4_000);
        one = one.says(after, an_answer(chance));
    }
    one
}

fn an_auction(seed: u64) -> Auction {
    let mut chance = Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let count = chance.below(9);
    let mut auction = auction((0..count).map(|number| a_bidder(&mut chance, number)));
    auction.seed = Seed(chance.below(u64::MAX));
    auction.rules.fallback_to_static = !chance.one_in(4);
    auction.rules.reserve = if chance.one_in(3) { Reserve::BestStatic } else { Reserve::None };
    auction.rules.budget = secs(2 + chance.below(7));
    auction
}

fn everybody_has_one_outcome(seed: u64, auction: &Auction, closed: &Closed) {
    let mut named: BTreeMap<&str, u32> = BTreeMap::new();
    for (offer, _) in closed.ranking.outcomes() {
        *named.entry(offer.as_str()).or_default() += 1;
    }
    let considered: BTreeMap<&str, u32> = auction.bidders.iter().map(|b| (b.offer.id.as_str(), 1)).collect();
    assert_eq!(named, considered, "seed {seed}");
    let won = closed.ranking.outcomes().iter().filter(|(_, outcome)| *outcome == Outcome::Won).count();
    assert_eq!(won, usize::from(!closed.ranking.ranked.is_empty()), "seed {seed}");
}

/// The rules once more, from the bidder's side: what it bid validly and in time.
fn valid_price(auction: &Auction, bidder: &Bidder) -> Option<Money> {
    let (offer, rules) = (&bidder.offer, &auction.rules);
    let eligible = offer.active && !bidder.standing.capped && !bidder.standing.duplicate;
    let mut answers = bidder.answers.clone();
    answers.sort_by_key(|(at, _)| *at);
    let (at, answer) = answers.first()?;
    let bid = answer.as_ref().ok()?;
    let in_time = *at <= offer.timeout.min(rules.budget).as_millis().try_into().unwrap_or(u64::MAX);
    let payable = bid.payable_after.unwrap_or(offer.payable_after);
    let legal = offer.payable_max.is_none_or(|most| payable <= most)
        && offer.bid_max.is_none_or(|most| bid.price <= most)
        && bid.price >= offer.floor
        && bid.expires_in != Some(secs(0));
    let lands = match &bid.whereto {
        Whereto::Own => offer.destination.is_some(),
        Whereto::Named(named) => !named.is_empty(),
    };
    (eligible && offer.endpoints.ping_url.is_some() && in_time && legal && lands).then_some(bid.price)
}

fn nobody_valid_beats_the_winner(seed: u64, auction: &Auction, closed: &Closed) {
    let statics =
        auction.bidders.iter().filter(|b| b.offer.active && !b.standing.capped && !b.standing.duplicate);
    let best_static =
        statics.filter_map(|b| b.offer.static_sale(lead::Channel::Call)).map(|sale| sale.price).max();
    assert_eq!(closed.ranking.best_static, best_static, "seed {seed}");
    let reserve = best_static.filter(|_| auction.rules.reserve == Reserve::BestStatic);
    let duplicates: Vec<_> =
        closed.ranking.others.iter().filter(|(.., o)| *o == Outcome::DuplicateBid).collect();
    let highest = auction
        .bidders
        .iter()
        .filter(|b| duplicates.iter().all(|(offer, ..)| *offer != b.offer.id))
        .filter_map(|b| valid_price(auction, b))
        .filter(|bid| reserve.is_none_or(|reserve| *bid >= reserve))
        .max();
    let winner = closed.ranking.ranked.first().filter(|ranked| ranked.kind == Kind::Bid);
    assert_eq!(
        winner.map(|ranked| ranked.price),
        highest,
        "seed {seed}: early or not, the highest valid bid wins"
    );
    let bids = closed.ranking.ranked.iter().filter(|ranked| ranked.kind == Kind::Bid);
    assert!(bids.clone().zip(bids.skip(1)).all(|(one, next)| one.order(next).is_lt()), "seed {seed}");
}

#[test]
fn three_thousand_rounds() {
    let (mut early, mut sold, mut joined) = (0, 0, 0);
    for seed in 1..=3_000 {
        let auction = an_auction(seed);
        let closed = auction.run();
        everybody_has_one_outcome(seed, &auction, &closed);
        nobody_valid_beats_the_winner(seed, &auction, &closed);
        assert_eq!(auction.run().ranking, closed.ranking, "seed {seed}: a replay gives the same");
        early += u32::from(closed.ranking.others.iter().any(|(.., outcome)| *outcome == Outcome::NotAwaited));
        sold += u32::from(!closed.ranking.ranked.is_empty());
        joined += u32::from(closed.after.iter().any(|(_, after)| after.is_ok()));
    }
    assert!(
        early > 100 && sold > 1_500 && joined > 10,
        "{early} early, {sold} with a winner, {joined} joined"
    );
}
