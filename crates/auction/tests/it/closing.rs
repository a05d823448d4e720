//! When a round closes: never after its last open deadline, and early only where nobody awaited can win (domain.md 3).

use auction::{NoBid, Outcome};
use lead::Money;

use crate::world::{Bidder, OPENS, auction, bidder, check, ms, price, secs};

fn at_most(id: &str, units: i64) -> Bidder {
    bidder(id).with(|offer| offer.bid_max = Some(Money::from_units(units)))
}

#[test]
fn a_round_of_nobody_is_settled_at_once() {
    let closed = check(&auction([]), &[], &[]);
    assert_eq!(closed.ranking.closed_at, OPENS);
    let closed = check(&auction([bidder("a").with(|offer| offer.active = false)]), &[], &["a paused"]);
    assert_eq!((closed.ranking.closed_at, closed.pings.len()), (OPENS, 0));
}

#[test]
fn it_closes_with_the_last_answer() {
    let closed = check(
        &auction([bidder("a").bids(9), bidder("b").says(700, Err(NoBid::Declined))]),
        &["a 9"],
        &["a won", "b no_bid"],
    );
    assert_eq!(closed.ranking.closed_at, OPENS + ms(700));
}

#[test]
fn a_deadline_is_the_offers_own_or_what_is_left_of_the_budget() {
    let slow = bidder("a").with(|offer| offer.timeout = secs(30));
    let (round, pings) = auction([slow.clone(), bidder("b")]).open();
    assert_eq!(round.deadline_of(&slow.offer.id), Some(OPENS + secs(8)));
    assert_eq!(round.deadline(), Some(OPENS + secs(3)));
    assert_eq!(pings.iter().map(|ping| ping.tmax).collect::<Vec<_>>(), [secs(8), secs(3)]);
    let closed = check(&auction([slow, bidder("b")]), &[], &["a timeout", "b timeout"]);
    assert_eq!(closed.ranking.closed_at, OPENS + secs(8));
}

#[test]
fn it_closes_early_once_nobody_awaited_can_beat_the_best() {
    let closed = check(
        &auction([bidder("c").bids(91), at_most("a", 90), at_most("b", 40)]),
        &["c 91"],
        &["c won", "a not_awaited", "b not_awaited"],
    );
    assert_eq!(closed.ranking.closed_at, OPENS + ms(100));
}

#[test]
fn it_waits_for_whoever_could_still_tie_or_said_no_highest_bid() {
    // One micro-unit decides.
    let near = bidder("a").with(|offer| offer.bid_max = Some(Money::from_micros(90_999_999)));
    let closed = auction([bidder("c").bids(91), near]).run();
    assert_eq!(closed.ranking.closed_at, OPENS + ms(100));
    for awaited in [at_most("a", 91), at_most("a", 200), bidder("a")] {
        let closed = check(&auction([bidder("c").bids(91), awaited]), &["c 91"], &["c won", "a timeout"]);
        assert_eq!(closed.ranking.closed_at, OPENS + secs(3));
    }
}

#[test]
fn nobody_s_bid_is_beaten_by_nobody() {
    let closed = auction([at_most("a", 1), at_most("b", 1)]).run();
    assert_eq!(closed.ranking.closed_at, OPENS + secs(3), "without a bid everybody is awaited");
}

#[test]
fn one_that_is_overdue_is_not_awaited_any_more() {
    let long = at_most("b", 90).with(|offer| offer.timeout = secs(7));
    let closed = check(
        &auction([bidder("c").bids(91), bidder("a"), long]),
        &["c 91"],
        &["c won", "a timeout", "b not_awaited"],
    );
    assert_eq!(closed.ranking.closed_at, OPENS + secs(3));
}

#[test]
fn a_bid_that_nobody_waited_for_joins_if_it_came_in_time() {
    let late = at_most("b", 90).says(3_001, Ok(price(70)));
    let closed = auction([bidder("c").bids(91), at_most("a", 90).says(2_000, Ok(price(60))), late]).run();
    let [(a, joined), (b, missed)] = &closed.after[..] else { panic!("two answers came after the close") };
    let joined = joined.as_ref().expect("a bid that came in time");
    assert_eq!(
        (a.as_str(), joined.price, joined.expires_at),
        ("a", Money::from_units(60), Some(OPENS + secs(62)))
    );
    assert_eq!((b.as_str(), missed), ("b", &Err(Outcome::NoBid(NoBid::Late))));
    assert!(closed.ranking.ranked[0].order(joined).is_lt(), "it stands behind the winner");
}

#[test]
fn what_joins_is_judged_as_any_bid_and_once() {
    let auction = auction([
        bidder("c").bids(91),
        at_most("a", 90).with(|offer| offer.floor = Money::from_units(50)).says(500, Ok(price(49))),
        at_most("b", 90).says(600, Ok(price(70))).says(700, Ok(price(80))),
        at_most("d", 90).says(800, Ok(price(91))),
    ]);
    let after = auction.run().after;
    let short: Vec<_> = after
        .iter()
        .map(|(offer, outcome)| (offer.as_str(), outcome.as_ref().map_or_else(Outcome::code, |_| "joined")))
        .collect();
    assert_eq!(short, [("a", "below_floor"), ("b", "joined"), ("b", "late"), ("d", "above_max")]);
}
