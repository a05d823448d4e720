//! A lead that is sold as data, and what a post says of what changed since the ping.

use bridge::{Handover, Payout};
use lead::{AttemptId, Channel, JourneyId, Money, SaleId, Value};

use crate::world::*;

#[test]
fn a_form_is_posted_at_once_and_a_call_never() {
    let handover = Handover::begin(facts(Channel::Form), 2, bid("c", 91), lead_of(65)).expect("a form");
    let post = handover.on_awarded(NOW);
    assert_eq!(post.attempt(), AttemptId::of(JourneyId::of_call("AC", "CA"), 2));
    assert_eq!((post.sale(), post.accepted_at()), (SaleId::of(post.attempt()), NOW));
    for channel in [Channel::Call, Channel::Callback] {
        let given_back = Handover::begin(facts(channel), 1, bid("c", 91), lead_of(65));
        assert!(given_back.is_err_and(|lead| lead.identity.phone.is_some()));
    }
}

#[test]
fn a_value_that_changed_since_the_ping_is_flagged() {
    let post = |years| {
        let handover = Handover::begin(facts(Channel::Form), 1, bid("c", 91), lead_of(years));
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
