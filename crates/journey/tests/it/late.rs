//! The truth that comes after the end, heard once (architecture.md, drive 8).

use journey::{Command, DialResult, Ended, Event, OPEN_MAX, Sought, Stage, Unsold, Which};

use crate::world::*;

/// C rings, the caller hangs up at 9 s.
fn gone_at_nine(c: auction::Ranked) -> Vec<(u64, Told)> {
    let mut events = ringing(vec![c, bid("a", 85)]);
    events.extend([(4_000, rang(1)), (9_100, caller_gone(9_000))]);
    events
}

fn voided(more: &[&'static str]) -> Vec<&'static str> {
    [&held(&["void", "drop", "end"])[..], more].concat()
}

const ABANDONED: Option<Ended> = Some(Ended::Abandoned(Stage::Ring));

#[test]
fn an_acceptance_before_the_hang_up_is_booked_by_its_time() {
    let mut events = gone_at_nine(screened(bid("c", 91)));
    events.push((9_200, accepted(1, 8_999)));
    let story = check(events.clone(), &voided(&["book"]), None);
    assert_eq!(story.journey.sold().map(|sold| sold.accepted_at()), Some(at(8_999)));
    assert_eq!(story.journey.deadline(), Some(at(19_200)), "it is looked after soon");
    events.push((9_300, hung_up_after(1, 4)));
    check(events, &voided(&["book", "settle", "free_seat", "return", "end"]), Some(Ended::WonAbandoned));
    for millis in [9_000, 9_001] {
        let mut events = gone_at_nine(screened(bid("c", 91)));
        events.push((9_200, accepted(1, millis)));
        let story = check(events, &voided(&[]), ABANDONED);
        assert_eq!(story.stored.len(), 10, "remembered, and not booked");
    }
}

#[test]
fn a_bridge_that_is_told_late_is_booked_and_settled_at_once() {
    // The caller talked from 6 s to 9 s; nothing of it was heard before the end of the dial.
    for (result, delay) in [(hung_up_after(1, 3), 100), (hung_up_after(1, 3), 60_000)] {
        let mut events = gone_at_nine(bid("c", 91));
        events.push((9_100 + delay, result));
        let names = voided(&["book", "settle", "free_seat", "end"]);
        let story = check(events, &names, Some(Ended::TooShort));
        assert_eq!(
            story.journey.sold().map(|sold| sold.accepted_at()),
            Some(at(6_000)),
            "counted from the hang-up"
        );
    }
}

#[test]
fn a_carrier_that_says_nothing_of_bridges_is_believed_by_the_length() {
    let told = |bridged, lasted, screen: bool| {
        let c = if screen { screened(bid("c", 91)) } else { bid("c", 91) };
        let mut events = gone_at_nine(c);
        let ended =
            Event::DialEnded { n: 1, result: DialResult::Completed, bridged, lasted: Some(secs(lasted)) };
        events.push((9_500, ended));
        Story::of(campaign()).told(events).journey.ended().map(Ended::code)
    };
    assert_eq!(told(None, 3, false), Some("too_short"));
    assert_eq!(told(None, 1, false), Some("abandoned_ring"));
    assert_eq!(told(None, 3, true), Some("abandoned_ring"), "a pick-up is no acceptance here");
    assert_eq!(told(Some(false), 3, false), Some("abandoned_ring"));
}

#[test]
fn what_the_carriers_times_say_otherwise_is_not_booked() {
    let mut events = gone_at_nine(bid("c", 91));
    events.extend([(9_200, picked_up(1, 9_100)), (9_300, hung_up_after(1, 3))]);
    check(events, &voided(&["free_seat"]), ABANDONED);
    let mut whispered = gone_at_nine(screened(bid("c", 91)));
    whispered.extend([(9_200, picked_up(1, 8_000)), (9_300, hung_up_after(1, 1))]);
    // The pick-up was in time and the carrier says that they were bridged.
    check(whispered, &voided(&["book", "settle", "free_seat", "end"]), Some(Ended::TooShort));
}

#[test]
fn a_pick_up_before_a_whisper_changes_nothing_but_what_is_known() {
    let mut events = gone_at_nine(screened(bid("c", 91)));
    events.extend([(9_200, picked_up(1, 8_000)), (9_300, picked_up(1, 8_000))]);
    let story = check(events, &voided(&[]), ABANDONED);
    assert_eq!((story.journey.tried().len(), story.stored.len()), (1, 10));
}

#[test]
fn a_seat_is_given_back_once_even_if_the_sale_comes_after() {
    let mut events = gone_at_nine(bid("c", 91));
    events.extend([
        (9_200, leg_ended(1, DialResult::Completed, Some(3))),
        (9_300, picked_up(1, 6_000)),
        (9_400, hung_up_after(1, 3)),
    ]);
    check(events, &voided(&["free_seat", "book", "settle", "end"]), Some(Ended::TooShort));
    // And where the leg had ended before the hang-up.
    let mut events = ringing(vec![bid("c", 91)]);
    events.extend([
        (8_000, leg_ended(1, DialResult::Completed, Some(3))),
        (9_000, caller_gone(9_000)),
        (9_400, hung_up_after(1, 3)),
    ]);
    check(events, &held(&["void", "end", "book", "settle", "end"]), Some(Ended::TooShort));
}

#[test]
fn a_late_sale_ends_the_journey_once_more_and_never_tries_another() {
    let mut campaign = campaign();
    campaign.short_drop = Some(secs(5));
    // Three drops, no end: nobody answered. Then it turns out that they talk.
    let mut events = ringing(vec![bid("c", 91), bid("a", 85)]);
    events.extend([(52_000, deadline(52_000)), (62_000, deadline(62_000)), (72_000, deadline(72_000))]);
    events.push((82_000, deadline(82_000)));
    let names = held(&["drop", "drop", "drop", "void", "end"]);
    let story = Story::of(campaign.clone()).told(events.clone());
    let story = story.check(&names, Some(Ended::Unsold(Unsold::NobodyAnswered)));
    let Some(Sought { n: 1, leg: Which::Unheard { since, before, .. } }) = story.journey.line() else {
        panic!("it is still asked after")
    };
    assert_eq!((since, before), (at(3_000), Some(at(82_000))), "not the leg of the campaign's own ending");
    events.extend([(83_000, picked_up(1, 82_000)), (84_000, hung_up_after(1, 2))]);
    let names = [&names[..], &["book", "settle", "free_seat", "end"]].concat();
    Story::of(campaign).told(events).check(&names, Some(Ended::TooShort));
}

#[test]
fn the_end_of_a_leg_that_was_given_up_is_asked_for_less_and_less_often() {
    let mut story = Story::of(campaign()).told(gone_at_nine(bid("c", 91)));
    let mut waits = vec![];
    let mut last = at(9_100);
    while let Some(by) = story.journey.deadline() {
        waits.push(by.since(last));
        last = by;
        assert!(story.tell(by, Event::DeadlinePassed { at: by }));
    }
    assert_eq!(waits[..4], [secs(10), secs(10), secs(20), secs(40)]);
    assert!(waits.len() < 20 && last.since(at(9_100)) >= OPEN_MAX, "{waits:?}");
    let story = story.check(&voided(&["free_seat"]), ABANDONED);
    assert_eq!(story.journey.line(), None);
}

#[test]
fn what_the_carrier_says_of_it_ends_the_asking() {
    for (said, name) in [
        (dial_ended(1, DialResult::Canceled), "free_seat"),
        // It was picked up before the caller left, and nobody told us.
        (picked_up(1, 8_000), "book"),
    ] {
        let story = Story::of(campaign()).told(gone_at_nine(bid("c", 91))).told([(19_000, said)]);
        assert_eq!(story.names(), voided(&[name]));
    }
    let mut unheard = ringing(vec![bid("c", 91)]);
    unheard.extend([(9_000, caller_gone(9_000)), (19_000, not_found(1))]);
    let story = check(unheard, &voided(&["free_seat"]), ABANDONED);
    assert_eq!((story.journey.line(), story.journey.deadline()), (None, None));
}

#[test]
fn a_caller_who_leaves_after_the_ending_still_bounds_what_may_be_sold() {
    let mut events = ringing(vec![bid("c", 91)]);
    for millis in [52_000, 62_000, 72_000, 82_000] {
        events.push((millis, deadline(millis)));
    }
    events.extend([(83_000, caller_gone(83_000)), (84_000, picked_up(1, 83_500))]);
    let names = held(&["drop", "drop", "drop", "void", "end"]);
    check(events, &names, Some(Ended::Unsold(Unsold::NobodyAnswered)));
}

#[test]
fn an_earlier_attempt_whose_end_was_heard_is_final() {
    let mut events = ringing(vec![screened(bid("c", 91)), bid("a", 85)]);
    events.extend([
        (9_000, dial_ended(1, DialResult::NoAnswer)),
        (9_100, accepted(1, 8_900)),
        (9_200, hung_up_after(1, 5)),
    ]);
    let story = check(events, &held(&["void", "reserve"]), None);
    assert!(story.commands.iter().all(|command| !matches!(command, Command::Book(_))));
}
