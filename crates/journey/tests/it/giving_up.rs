//! Deadlines: what was not heard in time (architecture.md, drive 7).

use journey::{DialResult, Ended, Event, SeatNow, Sought, Stage, Taken, Unsold, Which};

use crate::world::*;

#[test]
fn a_leg_that_should_have_ended_is_dropped_and_waited_for() {
    // Taken at 3 s of a window until 22 s; 20 s of ring, 5 s of the carrier's own, 5 s of margin.
    let mut events = ringing(vec![bid("c", 91), bid("a", 85)]);
    let story = check(events.clone(), &held(&[]), None);
    assert_eq!(story.journey.deadline(), Some(at(52_000)));
    events.extend([(52_000, deadline(52_000)), (52_100, Event::Dropped { n: 1 })]);
    let story = check(events.clone(), &held(&["drop"]), None);
    assert_eq!((story.journey.phase_name(), story.journey.deadline()), ("dropping", Some(at(62_000))));
    assert_eq!(
        story.journey.attempt().map(|attempt| attempt.n()),
        Some(1),
        "nobody else is dialled meanwhile"
    );
    events.extend([(53_000, taken(2, Taken::Push)), (54_000, dial_ended(1, DialResult::Canceled))]);
    check(events, &held(&["drop", "void", "reserve"]), None);
}

#[test]
fn a_whisper_and_a_screen_have_their_time() {
    let story = check(ringing(vec![screened(bid("c", 91))]), &held(&[]), None);
    assert_eq!(story.journey.deadline(), Some(at(52_000 + 15_000 + 12_000)));
}

#[test]
fn an_acceptance_while_the_leg_is_dropped_is_true() {
    let mut events = ringing(vec![bid("c", 91)]);
    events.extend([
        (52_000, deadline(52_000)),
        (52_500, picked_up(1, 51_900)),
        (53_000, hung_up_after(1, 1)),
    ]);
    check(events, &held(&["drop", "book", "settle", "free_seat", "end"]), Some(Ended::TooShort));
}

#[test]
fn a_legs_end_without_the_dials_pushes_the_next() {
    let mut events = ringing(vec![bid("c", 91), bid("a", 85)]);
    events.extend([(9_000, leg_ended(1, DialResult::Busy, None)), (19_000, deadline(19_000))]);
    let story = check(events, &held(&["void", "reserve", "push"]), None);
    assert_eq!(story.journey.tried()[0].why.code(), "won_busy");
    // It gets its whole grace, even where its attempt's own time is over before.
    let mut events = ringing(vec![bid("c", 91), bid("a", 85)]);
    events.extend([(51_000, leg_ended(1, DialResult::NoAnswer, None)), (52_000, deadline(52_000))]);
    check(events, &held(&[]), None);
}

#[test]
fn a_leg_that_will_not_end_gives_the_caller_the_ending() {
    let mut events = ringing(vec![bid("c", 91), bid("a", 85)]);
    for millis in [52_000, 62_000, 72_000, 82_000] {
        events.push((millis, deadline(millis)));
        events.push((millis + 1, Event::DropFailed { n: 1 }));
    }
    let names = held(&["drop", "drop", "drop", "void", "end"]);
    let story = check(events, &names, Some(Ended::Unsold(Unsold::NobodyAnswered)));
    assert_eq!(story.journey.tried()[0].why, bridge::Lost::Unheard);
}

#[test]
fn a_dial_that_was_never_executed_goes_on_to_the_next_bid() {
    let mut events = ringing(vec![bid("c", 91), bid("a", 85)]);
    events.push((52_000, not_found(1)));
    let story = check(events, &held(&["void", "reserve", "push"]), None);
    assert_eq!(seats(&story), [SeatNow::Free]);
    assert_eq!(story.journey.tried()[0].why, bridge::Lost::Unplaced);
    assert_eq!(story.journey.tried()[0].why.code(), "won_failed");

    // Also where the carrier could not be asked before.
    let mut events = ringing(vec![bid("c", 91), bid("a", 85)]);
    events.extend([(52_000, deadline(52_000)), (52_100, Event::DropFailed { n: 1 }), (62_000, not_found(1))]);
    check(events, &held(&["drop", "void", "reserve", "push"]), None);
}

#[test]
fn a_dial_may_be_executed_until_its_deadline() {
    let mut events = ringing(vec![bid("c", 91), bid("a", 85)]);
    events.push((51_999, not_found(1)));
    check(events, &held(&[]), None);
}

#[test]
fn a_dial_whose_leg_was_heard_of_was_executed() {
    let mut events = ringing(vec![bid("c", 91), bid("a", 85)]);
    events.extend([(4_000, rang(1)), (52_000, not_found(1))]);
    check(events, &held(&[]), None);
}

#[test]
fn the_legs_of_earlier_attempts_are_told_apart() {
    let mut events = ringing(vec![bid("c", 91), bid("a", 85)]);
    events.extend([
        (4_000, rang(1)),
        (9_000, dial_ended(1, DialResult::Busy)),
        (9_001, taken(2, Taken::Next)),
    ]);
    let story = check(events, &held(&["void", "reserve"]), None);
    let leg = Which::Unheard { since: at(9_001), before: None, past: vec![leg(1)], others: 0 };
    assert_eq!(story.journey.line(), Some(Sought { n: 2, leg }));
}

#[test]
fn a_deadline_that_was_moved_is_a_stray() {
    let mut events = ringing(vec![bid("c", 91)]);
    events.extend([(51_999, deadline(52_000)), (52_500, deadline(51_999)), (52_500, deadline(22_000))]);
    check(events, &held(&[]), None);
}

#[test]
fn a_caller_who_says_nothing_at_all() {
    let silent = [(0, arrived()), (120_000, deadline(120_000))];
    let story = check(silent, &["end"], Some(Ended::Abandoned(Stage::Interview)));
    assert!(story.journey.is_caller_gone());
}

#[test]
fn a_caller_who_answers_in_the_last_moment_is_not_given_up() {
    let mut campaign = campaign();
    campaign.script = std::sync::Arc::new(script(vec![
        question("age", ivr::Check::Age { min: 1, max: 120 }),
        question("zip", ivr::Check::Zip),
    ]));
    let story = Story::of(campaign).told([
        (0, arrived()),
        (119_900, heard(1, "65")),
        (120_000, deadline(120_000)),
        (120_100, deadline(120_000)),
    ]);
    let story = story.check(&[], None);
    assert_eq!(story.journey.deadline(), Some(at(239_900)));
}

#[test]
fn a_stray_moves_no_deadline() {
    let mut story = Story::of(campaign()).told([(0, arrived())]);
    story.tell(at(60_000), heard(99, "1"));
    story.tell(at(90_000), rang(1));
    assert_eq!((story.journey.deadline(), story.journey.now()), (Some(at(120_000)), at(0)));
    story.is_its_fold();
}

#[test]
fn a_hold_that_runs_out() {
    // 8 s for the round and 5 s for a node that closes it late, from the last answer at 1 s.
    let mut events =
        vec![(0, arrived()), (1_000, heard(1, "33109")), (1_100, opened(0)), (13_999, deadline(13_999))];
    let story = check(events.clone(), &["open_auction", "run_auction"], None);
    assert_eq!(story.journey.deadline(), Some(at(14_000)));
    events.extend([(14_000, deadline(14_000)), (14_001, closed(0, vec![bid("c", 91)]))]);
    check(events, &["open_auction", "run_auction", "end"], Some(Ended::Unsold(Unsold::HoldRanOut)));
}

#[test]
fn a_round_that_runs_out_during_the_interview_ends_it_only_then() {
    let mut campaign = campaign();
    let age = question("age", ivr::Check::Age { min: 1, max: 120 });
    campaign.script = std::sync::Arc::new(script(vec![question("zip", ivr::Check::Zip), age]));
    let told = Story::of(campaign).told([
        (0, arrived()),
        (1_000, heard(1, "33109")),
        (1_100, opened(0)),
        (14_000, deadline(14_000)),
        (14_500, closed(0, vec![bid("c", 91)])),
    ]);
    let told = told.check(&["open_auction", "run_auction"], None);
    assert_eq!(told.journey.deadline(), Some(at(134_000)), "the caller's own idle time");
    let told = told.told([(20_000, heard(2, "65"))]);
    told.check(&["open_auction", "run_auction", "end"], Some(Ended::Unsold(Unsold::HoldRanOut)));
}

#[test]
fn a_talk_whose_end_is_never_heard() {
    let mut story =
        Story::of(campaign()).told(ringing(vec![bid("c", 91)])).told([(9_000, picked_up(1, 9_000))]);
    let mut looked_up = 0;
    while story.journey.ended().is_none() {
        let due = story.journey.deadline().expect("it is looked after");
        assert!(story.tell(due, Event::DeadlinePassed { at: due }));
        looked_up += 1;
        assert!(looked_up < 20, "a few events, not hundreds");
    }
    let story = story.check(&held(&["book", "free_seat", "settle", "end"]), Some(Ended::Sold));
    assert_eq!(story.journey.now(), at(9_000) + journey::SETTLE_MAX);
    assert_eq!(story.journey.hung_up(), None, "nobody knows who hung up");
    let talk = story.commands.iter().find_map(|command| match command {
        journey::Command::Settle { talk, .. } => *talk,
        _ => None,
    });
    assert_eq!(talk, Some(secs(3_600)), "the carrier ends a talk at its limit");
}

#[test]
fn a_short_drop_found_out_by_a_deadline_pushes_the_next() {
    let mut campaign = campaign();
    campaign.short_drop = Some(secs(5));
    let story = Story::of(campaign).told(ringing(vec![bid("c", 91), bid("a", 85)])).told([
        (9_000, picked_up(1, 9_000)),
        (11_000, leg_ended(1, DialResult::Completed, Some(2))),
        (21_000, deadline(21_000)),
    ]);
    story.check(&held(&["book", "settle", "free_seat", "return", "reserve", "push"]), None);
}
