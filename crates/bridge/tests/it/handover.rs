//! A lead that is sold as data, and what a post says of what changed since the ping.

use bridge::{Attempt, Facts, Handover, Lost, Next, Payout, Policy, Queue};
use lead::{AttemptId, Channel, JourneyId, Lead, Money, SaleId, Value};

use crate::world::*;

fn first(facts: Facts, lead: Lead) -> Attempt {
    let queue = Queue::new(facts, Policy::default(), lead, vec![bid("c", 91), bid("a", 85)]);
    match queue.next(NOW) {
        Next::Try(attempt) => *attempt,
        _ => panic!("the best bid is tried"),
    }
}

#[test]
fn a_form_is_posted_at_once_and_a_call_never() {
    let handover = Handover::begin(first(facts(Channel::Form), lead_of(65))).expect("a form");
    let post = handover.on_awarded(NOW);
    assert_eq!(post.attempt(), AttemptId::of(JourneyId::of_call("AC", "CA"), 1));
    assert_eq!((post.sale(), post.accepted_at()), (SaleId::of(post.attempt()), NOW));
    assert_eq!(handover.sale(), post.sale(), "the key of the post is fixed before it is sent");
    for channel in [Channel::Call, Channel::Callback] {
        let given_back = Handover::begin(first(facts(channel), lead_of(65)));
        assert!(given_back.is_err_and(|attempt| attempt.n() == 1));
    }
}

#[test]
fn what_is_booked_is_what_was_posted_and_earned_at_once() {
    let handover = Handover::begin(first(facts(Channel::Form), lead_of(65))).expect("a form");
    let posted = handover.on_awarded(NOW);
    let (booked, sold) = handover.on_taken(NOW + secs(2));
    assert_eq!((booked.sale(), booked.ranked()), (posted.sale(), posted.ranked()));
    assert_eq!(sold.accepted_at(), NOW + secs(2));
    assert!(sold.is_earned(secs(0)), "there is no talk to wait for");
}

#[test]
fn a_refusal_goes_to_the_next_bid_and_is_kept() {
    let handover = Handover::begin(first(facts(Channel::Form), lead_of(65))).expect("a form");
    let queue = handover.on_refused();
    assert_eq!(
        queue.tried().iter().map(|tried| (tried.n, &tried.why)).collect::<Vec<_>>(),
        [(1, &Lost::Refused)]
    );
    let Next::Try(second) = queue.next(NOW) else { panic!("there is another bid") };
    assert_eq!((second.n(), second.ranked().offer.as_str()), (2, "a"));
}

#[test]
fn no_lead_is_disclosed_to_more_buyers_than_the_policy_says() {
    let bids = (0..9).map(|n| bid(&format!("b{n}"), 50 - n)).collect();
    let mut queue = Queue::new(facts(Channel::Form), Policy::default(), lead_of(65), bids);
    let mut disclosed = 0;
    while let Next::Try(attempt) = queue.next(NOW) {
        queue = Handover::begin(*attempt).expect("a form").on_refused();
        disclosed += 1;
    }
    assert_eq!(disclosed, Policy::default().attempts_max);
}

#[test]
fn a_value_that_changed_since_the_ping_is_flagged() {
    let post = |years| {
        let handover = Handover::begin(first(facts(Channel::Form), lead_of(years)));
        handover.expect("a form").on_awarded(NOW)
    };
    assert_eq!(post(65).changed(), []);
    assert_eq!(post(66).changed(), [(age(), Value::Number(66))]);
    assert_eq!(post(66).profile().value(&age()), Some(&Value::Number(65)), "the post equals the ping");
}

#[test]
fn a_payout_is_fixed_and_a_share_from_its_own_second_on() {
    let payout = Payout { fixed: Money::from_units(2), share: 1_250, payable_after: secs(60) };
    assert_eq!(payout.owed(Money::from_units(91), secs(60)), Money::from_micros(13_375_000));
    assert_eq!(payout.owed(Money::from_units(91), secs(59)), Money::ZERO);
}
