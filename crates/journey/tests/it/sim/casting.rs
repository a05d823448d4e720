//! Random campaigns and rankings.

use std::sync::Arc;

use auction::{CallerId, Confirm, Kind, Ranked};
use bridge::Payout;
use ivr::{Check, Condition, Disqualify, Exhausted};
use journey::{Campaign, Standby};
use lead::{Money, PingId, Timestamp};

use super::chance::Chance;
use crate::world::{auction_id, bid, buyer, campaign, dollars, naming, offer, question, script, secs, with};

/// The campaigns that storms choose from; made once, since a script is long.
pub fn campaigns() -> Vec<Arc<Campaign>> {
    let mut age = question("age", Check::Age { min: 1, max: 120 });
    age.disqualify = vec![Disqualify { when: Condition::Under(20), say: vec![] }];
    age.exhausted = Exhausted::End { say: vec![] };
    let consent = question("consent", Check::Consent { text_version: "v1".to_owned(), refused: vec![] });
    let long = Campaign {
        script: Arc::new(script(vec![question("zip", Check::Zip), age, consent])),
        short_drop: Some(secs(5)),
        ..campaign()
    };
    let mut hasty = campaign();
    hasty.policy.take_max = secs(4);
    hasty.policy.ring_budget = secs(40);
    let dropping = Campaign { short_drop: Some(secs(5)), ..campaign() };
    [campaign(), campaign(), long, hasty, dropping, naming()].map(Arc::new).into()
}

pub fn a_payout(chance: &mut Chance) -> Option<Payout> {
    let payable_after = secs(chance.one_of(&[0, 0, 30, 120]));
    chance.one_in(2).then_some(Payout { fixed: dollars(5), share: 2_000, payable_after })
}

pub fn a_standby(chance: &mut Chance, now: Timestamp) -> Standby {
    match chance.below(30) {
        0 => Standby::Ending,
        1 | 2 => Standby::SameBuyer(Box::new(a_bid(chance, now, 9))),
        3 => Standby::Without(vec![buyer("o1")]),
        4 => Standby::Test(offer("o1")),
        _ => Standby::New,
    }
}

fn a_bid(chance: &mut Chance, now: Timestamp, number: u64) -> Ranked {
    with(bid(&format!("o{number}"), 100 - i64::try_from(number).unwrap_or(0) * 10), |ranked| {
        ranked.expires_at = Some(now + chance.ms(3_000, 90_000));
        ranked.payable_after = secs(chance.one_of(&[0, 10, 30, 90]));
        ranked.terms.ring = secs(chance.one_of(&[5, 10, 20, 40]));
        ranked.terms.talk_max = secs(chance.one_of(&[60, 600]));
        ranked.terms.whisper = chance.one_in(3).then(|| "a new caller".to_owned());
        if chance.one_in(4) {
            ranked.terms.screening = auction::Screening::PressOne;
        }
        if chance.one_in(6) {
            ranked.terms.confirm = Some(Confirm { timeout: secs(3), phone: false });
        }
        if chance.one_in(3) {
            ranked.terms.caller_id = CallerId::Pass;
        }
    })
}

/// What an auction came to: bids, best first, then static sales.
pub fn a_ranking(chance: &mut Chance, now: Timestamp) -> Vec<Ranked> {
    let mut ranked: Vec<_> = (0..chance.below(4)).map(|number| a_bid(chance, now, number)).collect();
    for number in 0..chance.below(3) {
        let fixed = with(a_bid(chance, now, number + 2), |ranked| {
            (ranked.kind, ranked.expires_at, ranked.bid) = (Kind::Static, None, None);
            ranked.price = Money::from_units(45) - dollars(i64::try_from(number).unwrap_or(0));
        });
        ranked.push(fixed);
    }
    ranked
}

/// A bid that nobody waited for.
pub fn a_joiner(chance: &mut Chance, now: Timestamp) -> Ranked {
    let number = 5 + chance.below(2);
    a_bid(chance, now, number)
}

/// The answer to a second ping.
pub fn asked_again(chance: &mut Chance, now: Timestamp, n: u32, id: &lead::OfferId) -> Vec<Ranked> {
    if chance.one_in(3) {
        return vec![];
    }
    let again = with(a_bid(chance, now, 1), |ranked| {
        (ranked.offer, ranked.buyer) = (id.clone(), buyer(id.as_str()));
        ranked.terms.buyer = format!("Buyer {id}");
        ranked.ping = PingId::of(auction_id(n), &offer(id.as_str()));
    });
    vec![again]
}
