//! What is left of a ranking, and the attempts that come of it.

use auction::{About, CallerId, Kind, Outcome, Ranked};
use bridge::{Lost, Next};
use lead::{AttemptId, BuyerId};

use crate::world::*;

#[test]
fn an_attempt_counts_its_time_with_the_carriers_additions() {
    let first = attempt(queue(vec![bid("c", 91)]).next(NOW));
    assert_eq!((first.n(), first.id()), (1, AttemptId::of(first.facts().journey, 1)));
    assert_eq!((first.dial_by(), first.deadline()), (NOW + secs(20), NOW + secs(20 + 20 + 5 + 5)));
    let short = Ranked { expires_at: Some(NOW + secs(15)), ..bid("c", 91) };
    assert_eq!(
        attempt(queue(vec![short]).next(NOW)).dial_by(),
        NOW + secs(10),
        "it must live when it arrives"
    );
    let mut screened = bid("c", 91);
    screened.terms.screening = auction::Screening::PressOne;
    let screened = attempt(queue(vec![screened]).next(NOW));
    assert_eq!((screened.deadline(), screened.pick_up_accepts()), (NOW + secs(62), false));
}

#[test]
fn the_callers_number_is_shown_only_by_the_offers_setting() {
    let mut pass = bid("c", 91);
    assert_eq!(attempt(queue(vec![pass.clone()]).next(NOW)).caller_id(), None);
    pass.terms.caller_id = CallerId::Pass;
    assert!(attempt(queue(vec![pass.clone()]).next(NOW)).caller_id().is_some());
    // A number that the caller only said may be anybody's.
    let mut said = lead_of(65);
    said.identity.caller = None;
    let queue = bridge::Queue::new(facts(lead::Channel::Call), bridge::Policy::default(), said, vec![pass]);
    assert_eq!(attempt(queue.next(NOW)).caller_id(), None);
}

#[test]
fn only_an_attempt_whose_end_was_never_told_is_taken_up_again() {
    let lost = |why| attempt(queue(vec![bid("c", 91)]).next(NOW)).on_lost(why);
    for why in [Lost::Unheard, Lost::Abandoned] {
        let again = lost(why).recall(1).expect("taken up again");
        assert_eq!((again.n(), again.tried().len()), (1, 0));
    }
    let finals = [
        Lost::Unreserved(Outcome::Capped),
        Lost::Unconfirmed,
        Lost::Expired,
        Lost::Busy,
        Lost::NoAnswer,
        Lost::Failed,
        Lost::Declined,
        Lost::Undialled,
        Lost::Returned,
    ];
    for why in finals {
        let queue = lost(why).recall(1).expect_err("final");
        assert_eq!(queue.tried().len(), 1);
    }
    assert!(lost(Lost::Unheard).recall(2).is_err());
}

#[test]
fn a_join_finds_its_place_and_a_repeat_of_it_none() {
    let mut queue = queue(vec![bid("c", 91), bid("b", 72)]);
    assert!(queue.join(bid("a", 85)) && !queue.join(bid("a", 85)) && !queue.join(bid("b", 99)));
    let first = attempt(queue.next(NOW));
    let mut first = first;
    assert!(!first.join(bid("c", 91)), "it is under way");
    let second = attempt(first.on_lost(Lost::Busy).next(NOW));
    assert_eq!(second.ranked().offer.as_str(), "a");
    let mut rest = second.on_lost(Lost::Unreserved(Outcome::Capped));
    assert!(!rest.join(bid("a", 85)), "it was tried");
}

#[test]
fn a_refusal_excludes_static_sales_and_no_bids() {
    let fixed = |id, buyer: &str| {
        let buyer = BuyerId::parse(buyer).expect("an id");
        Ranked { kind: Kind::Static, buyer, ..bid(id, 45) }
    };
    let all = || vec![bid("c", 91), fixed("c", "buyer-c"), fixed("d", "buyer-c"), fixed("e", "buyer-e")];
    let left = |about| {
        let mut queue = queue(all());
        let one = bid("c", 91);
        queue.refused(&one.offer, &one.buyer, about);
        let mut left = vec![];
        let mut next = queue.next(NOW);
        while let Next::Try(attempt) = next {
            left.push(attempt.ranked().offer.to_string());
            next = attempt.on_lost(Lost::Unconfirmed).next(NOW);
        }
        left
    };
    assert_eq!(left(About::Person), ["c", "e"]);
    assert_eq!(left(About::Offer), ["c", "d", "e"]);
}
