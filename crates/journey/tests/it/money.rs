//! What is earned, what is void, and what a publisher is owed (domain.md 13 and 17).

use bridge::Payout;
use journey::{Command, Ended, Event, Verdict};
use lead::Money;

use crate::world::*;

const NO_PAYOUT: Option<Payout> = None;

/// C accepts by picking up at 9 s and talks for so long.
fn talked(payable_after: u64, talk: u64, payout: Option<Payout>) -> (Vec<(Verdict, Money)>, Story) {
    let c = with(bid("c", 91), |c| c.payable_after = secs(payable_after));
    let mut events = ringing(vec![c]);
    events.extend([(9_000, picked_up(1, 9_000)), (9_000 + talk * 1_000, hung_up_after(1, talk))]);
    let story = Story::from(campaign(), payout).told(events);
    story.is_its_fold();
    let settled = story.commands.iter().filter_map(|command| match command {
        Command::Settle { verdict, payout, .. } => Some((*verdict, *payout)),
        _ => None,
    });
    (settled.collect(), story)
}

#[test]
fn payable_seconds_are_reached_or_not() {
    let zero = dollars(0);
    let (settled, story) = talked(90, 90, NO_PAYOUT);
    assert_eq!((settled, story.journey.ended()), (vec![(Verdict::Earned, zero)], Some(&Ended::Sold)));
    let (settled, story) = talked(90, 89, NO_PAYOUT);
    assert_eq!((settled, story.journey.ended()), (vec![(Verdict::TooShort, zero)], Some(&Ended::TooShort)));
    let (settled, story) = talked(0, 2, NO_PAYOUT);
    assert_eq!(settled, [(Verdict::Earned, zero), (Verdict::Paid, zero)], "at once, then how long it was");
    assert_eq!(story.journey.ended(), Some(&Ended::Sold));
}

#[test]
fn the_talk_counts_from_the_acceptance() {
    let mut events = ringing(vec![screened(bid("c", 91))]);
    events.extend([(9_000, picked_up(1, 9_000)), (14_000, accepted(1, 14_000))]);
    let ended = |lasted| [&events[..], &[(9_000 + lasted * 1_000, hung_up_after(1, lasted))]].concat();
    let names = held(&["book", "settle", "free_seat", "end"]);
    check(ended(94), &names, Some(Ended::TooShort));
    check(ended(95), &names, Some(Ended::Sold));
}

#[test]
fn a_publisher_is_owed_by_its_own_rule() {
    let half = Payout { fixed: dollars(1), share: 5_000, payable_after: secs(60) };
    assert_eq!(talked(90, 90, Some(half)).0, [(Verdict::Earned, Money::from_micros(46_500_000))]);
    assert_eq!(talked(90, 89, Some(half)).0, [(Verdict::TooShort, dollars(0))], "reversed with the sale");
    let patient = Payout { payable_after: secs(120), ..half };
    assert_eq!(talked(90, 100, Some(patient)).0, [(Verdict::Earned, dollars(0))]);
}

#[test]
fn what_is_owed_at_the_acceptance_is_owed_once() {
    let at_once = Payout { fixed: dollars(10), share: 0, payable_after: secs(0) };
    assert_eq!(talked(0, 30, Some(at_once)).0, [(Verdict::Earned, dollars(10)), (Verdict::Paid, dollars(0))]);
    let later = Payout { payable_after: secs(30), ..at_once };
    assert_eq!(talked(0, 30, Some(later)).0, [(Verdict::Earned, dollars(0)), (Verdict::Paid, dollars(10))]);
    assert_eq!(talked(0, 29, Some(later)).0, [(Verdict::Earned, dollars(0)), (Verdict::Paid, dollars(0))]);
}

#[test]
fn a_test_costs_nobody_anything() {
    let mut campaign = campaign();
    campaign.rules.test = true;
    let c = with(bid("c", 0), |c| c.payable_after = secs(0));
    let payout = Payout { fixed: dollars(10), share: 0, payable_after: secs(0) };
    let story = Story::from(campaign, Some(payout))
        .told(ringing(vec![c]))
        .told([(9_000, picked_up(1, 9_000)), (109_000, hung_up_after(1, 100))]);
    let owed = story.commands.iter().filter_map(|command| match command {
        Command::Settle { payout, .. } => Some(*payout),
        Command::Reserve(reserve) => {
            assert!(reserve.uncounted);
            None
        }
        _ => None,
    });
    assert_eq!(owed.sum::<Money>(), dollars(0));
}

#[test]
fn the_legs_own_word_counts_before_the_dials() {
    let c = bid("c", 91);
    let mut events = ringing(vec![c]);
    events.extend([
        (9_000, picked_up(1, 9_000)),
        (100_000, leg_ended(1, journey::DialResult::Completed, Some(91))),
        (100_100, hung_up_after(1, 3)),
    ]);
    check(events, &held(&["book", "settle", "free_seat", "end"]), Some(Ended::Sold));
}

#[test]
fn a_carrier_that_names_no_length_is_timed_by_its_events() {
    let ended =
        Event::DialEnded { n: 1, result: journey::DialResult::Completed, bridged: Some(true), lasted: None };
    let mut events = ringing(vec![bid("c", 91)]);
    events.extend([(9_000, picked_up(1, 9_000)), (98_999, ended.clone())]);
    check(events.clone(), &held(&["book", "settle", "free_seat", "end"]), Some(Ended::TooShort));
    // The caller's own time, where there is one.
    events.insert(7, (200_000, caller_gone(99_000)));
    events[8].0 = 200_100;
    check(events, &held(&["book", "settle", "free_seat", "end"]), Some(Ended::Sold));
}
