//! A sale: from the ranking to the acceptance that suits the buyer.

use auction::{Destination, Kind};
use journey::{Command, DialResult, Ended, Event, Side, Taken, Verdict};
use lead::{AttemptId, SaleId};

use crate::world::*;

#[test]
fn the_medicare_call_is_sold_to_c() {
    let mut events = ringing(vec![bid("c", 91), bid("a", 85), bid("b", 72), statically("d", 45)]);
    events.extend([(4_000, rang(1)), (9_000, picked_up(1, 8_900)), (200_000, hung_up_after(1, 190))]);
    let story = check(events, &held(&["book", "settle", "free_seat", "end"]), Some(Ended::Sold));
    let Some(Command::Book(post)) = story.commands.iter().find(|command| command.name() == "book") else {
        panic!("booked")
    };
    assert_eq!((post.ranked().offer.as_str(), post.ranked().price), ("c", dollars(91)));
    assert_eq!(post.facts().best_static, Some(dollars(45)));
    assert_eq!((post.accepted_at(), post.n()), (at(8_900), 1));
    assert_eq!(post.sale(), SaleId::of(AttemptId::of(journey_id(), 1)));
    assert!(post.identity().phone.is_some(), "only the post says who it is");
    assert_eq!(story.journey.hung_up(), Some((Side::Buyer, at(200_000))));
    assert_eq!(story.journey.sold().map(|sold| sold.n()), Some(1));
}

#[test]
fn a_pick_up_is_no_acceptance_where_there_is_a_whisper_or_a_screen() {
    let c = screened(bid("c", 91));
    let whispered = with(bid("c", 91), |c| c.terms.whisper = Some("hello".to_owned()));
    for c in [c, whispered] {
        let mut events = ringing(vec![c]);
        events.push((9_000, picked_up(1, 9_000)));
        check(events.clone(), &held(&[]), None);
        events.push((12_000, accepted(1, 12_000)));
        let story = check(events, &held(&["book"]), None);
        assert_eq!(story.journey.sold().map(|sold| sold.accepted_at()), Some(at(12_000)));
    }
}

#[test]
fn an_acceptance_counts_once_and_a_decline_after_it_not_at_all() {
    let mut events = ringing(vec![screened(bid("c", 91)), bid("a", 85)]);
    events.extend([
        (9_000, picked_up(1, 9_000)),
        (12_000, accepted(1, 12_000)),
        (12_001, accepted(1, 12_000)),
        (12_002, picked_up(1, 9_000)),
        (12_003, declined(1)),
        (12_004, taken(1, Taken::Push)),
        (12_005, accepted(2, 12_000)),
    ]);
    check(events, &held(&["book"]), None);
}

#[test]
fn a_decline_is_final() {
    let mut events = ringing(vec![screened(bid("c", 91)), bid("a", 85)]);
    events.extend([(9_000, picked_up(1, 9_000)), (12_000, declined(1)), (12_001, accepted(1, 12_001))]);
    events.push((12_002, leg_ended(1, DialResult::Completed, Some(3))));
    events.push((12_003, accepted(1, 12_001)));
    events.push((12_500, dial_ended(1, DialResult::Completed)));
    let story = check(events, &held(&["void", "reserve"]), None);
    assert_eq!(story.journey.tried()[0].why.code(), "won_declined");
}

#[test]
fn a_leg_is_bound_by_what_is_heard_of_it_first() {
    let other = |n| Event::BuyerAccepted { n, leg: "another".into(), at: at(9_000) };
    let mut events = ringing(vec![screened(bid("c", 91))]);
    events.extend([
        (4_000, rang(1)),
        (9_000, other(1)),
        (9_100, Event::BuyerDeclined { n: 1, leg: "another".into() }),
    ]);
    check(events.clone(), &held(&[]), None);
    events.push((9_200, accepted(1, 9_200)));
    check(events, &held(&["book"]), None);

    let mut unbound = ringing(vec![screened(bid("c", 91))]);
    unbound.push((9_000, other(1)));
    let story = check(unbound, &held(&["book"]), None);
    assert_eq!(story.journey.line(), Some(known(1, "another".into())));
}

#[test]
fn events_out_of_order_fill_gaps() {
    // The leg's end, then its pick-up, then its acceptance, then the dial's own end.
    let mut events = ringing(vec![screened(bid("c", 91))]);
    events.extend([
        (14_000, leg_ended(1, DialResult::Completed, Some(5))),
        (14_001, picked_up(1, 9_000)),
        (14_002, rang(1)),
    ]);
    let story = check(events.clone(), &held(&[]), None);
    assert_eq!(story.journey.deadline(), Some(at(24_000)), "it does not live again");
    events.push((14_003, accepted(1, 12_000)));
    let story = check(events.clone(), &held(&["book"]), None);
    assert_eq!(story.journey.deadline(), Some(at(24_003)));
    events.push((14_100, hung_up_after(1, 5)));
    let story = check(events, &held(&["book", "settle", "free_seat", "end"]), Some(Ended::TooShort));
    assert_eq!(
        settled(&story),
        [(Verdict::TooShort, Some(secs(2)))],
        "5 s from the pick-up, 3 s of them whisper"
    );
}

#[test]
fn one_that_never_answered_accepts_nothing() {
    for result in [DialResult::Busy, DialResult::NoAnswer, DialResult::Failed, DialResult::Canceled] {
        let mut events = ringing(vec![screened(bid("c", 91))]);
        events.extend([
            (9_000, leg_ended(1, result, None)),
            (9_001, accepted(1, 9_000)),
            (9_002, picked_up(1, 9_000)),
        ]);
        check(events, &held(&[]), None);
    }
}

#[test]
fn a_bridge_that_was_not_heard_of_is_sold_by_the_dials_end() {
    // A screened buyer whose key was lost: the carrier says that they talked.
    let mut events = ringing(vec![screened(bid("c", 91))]);
    events.push((204_000, hung_up_after(1, 195)));
    let story = check(events, &held(&["book", "settle", "free_seat", "end"]), Some(Ended::Sold));
    assert_eq!(settled(&story), [(Verdict::Earned, Some(secs(195)))]);
    // A carrier that says nothing of bridges is believed where the pick-up is the acceptance, and nowhere else.
    let ended =
        Event::DialEnded { n: 1, result: DialResult::Completed, bridged: None, lasted: Some(secs(95)) };
    let mut events = ringing(vec![bid("c", 91)]);
    events.push((104_000, ended.clone()));
    check(events, &held(&["book", "settle", "free_seat", "end"]), Some(Ended::Sold));
    let mut events = ringing(vec![screened(bid("c", 91)), bid("a", 85)]);
    events.push((104_000, ended));
    check(events, &held(&["void", "reserve"]), None);
}

#[test]
fn a_lost_end_of_the_dial_is_made_good_by_the_legs() {
    let mut events = ringing(vec![bid("c", 91)]);
    events.extend([
        (9_000, picked_up(1, 9_000)),
        (109_000, leg_ended(1, DialResult::Completed, None)),
        (118_999, deadline(118_999)),
    ]);
    check(events.clone(), &held(&["book"]), None);
    events.push((119_000, deadline(119_000)));
    let story = check(events.clone(), &held(&["book", "settle", "free_seat", "end"]), Some(Ended::Sold));
    assert_eq!(settled(&story), [(Verdict::Earned, Some(secs(100)))], "the wait is no talk");
    events.push((119_500, hung_up_after(1, 3)));
    check(events, &held(&["book", "settle", "free_seat", "end"]), Some(Ended::Sold));
}

#[test]
fn another_leg_of_the_same_dial_ends_no_talk() {
    let mut events = ringing(vec![bid("c", 91)]);
    events.push((9_000, picked_up(1, 9_000)));
    let stray = Event::LegEnded { n: 1, leg: "another".into(), result: DialResult::Canceled, lasted: None };
    events.push((9_500, stray));
    let story = check(events, &held(&["book"]), None);
    assert_eq!(story.stored.len(), 8, "it changed nothing");
}

#[test]
fn a_confirm_may_refuse_or_change_the_number() {
    let asks = |id, units| {
        with(bid(id, units), |ranked| {
            ranked.terms.confirm = Some(auction::Confirm { timeout: secs(3), phone: false });
        })
    };
    let names = ["open_auction", "run_auction", "reserve", "confirm"];
    let to = Destination::Phone(number("+18005550123"));
    let confirmed = |to, expires_at| Event::Confirmed { n: 1, to, expires_at };
    let events = |event| [on_hold(vec![asks("c", 91), bid("a", 85)]), vec![(3_000, event)]].concat();

    let story = check(events(confirmed(Some(to.clone()), None)), &[&names[..], &["push"]].concat(), None);
    assert_eq!(story.journey.attempt().and_then(|attempt| attempt.ranked().destination.as_ref()), Some(&to));

    let refused = [&names[..], &["void", "reserve", "push"]].concat();
    let story = check(events(Event::Unconfirmed { n: 1, why: "rejected".to_owned() }), &refused, None);
    assert_eq!(story.journey.tried()[0].why.code(), "won_unconfirmed");
    // Not allowed, too short a life, no answer in time.
    let jamaica = Destination::Phone(number("+18765550123"));
    check(events(confirmed(Some(jamaica), None)), &refused, None);
    check(events(confirmed(None, Some(at(8_000)))), &refused, None);
    check(events(confirmed(None, Some(at(8_001)))), &[&names[..], &["push"]].concat(), None);
    check(
        [on_hold(vec![asks("c", 91), bid("a", 85)]), vec![(7_000, deadline(7_000))]].concat(),
        &refused,
        None,
    );
}

#[test]
fn an_offer_with_a_static_price_is_not_rung_twice() {
    let mut events = ringing(vec![bid("c", 91), statically("c", 45), statically("d", 40)]);
    events.push((9_000, dial_ended(1, DialResult::Busy)));
    let story = check(events, &held(&["void", "reserve"]), None);
    let attempt = story.journey.attempt().expect("another attempt");
    assert_eq!((attempt.ranked().offer.as_str(), attempt.ranked().kind), ("d", Kind::Static));
}

/// The verdicts of a story, with the talk.
fn settled(story: &Story) -> Vec<(Verdict, Option<std::time::Duration>)> {
    let settled = story.commands.iter().filter_map(|command| match command {
        Command::Settle { verdict, talk, .. } => Some((*verdict, *talk)),
        _ => None,
    });
    settled.collect()
}
