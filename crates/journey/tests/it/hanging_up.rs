//! The caller hangs up, at each stage, and races the acceptance (domain.md 9, reliability 32).

use auction::Confirm;
use journey::{Command, DialResult, Ended, Event, SeatNow, Side, Stage, Verdict};

use crate::world::*;

fn abandoned(stage: Stage) -> Option<Ended> {
    Some(Ended::Abandoned(stage))
}

#[test]
fn before_anybody_was_reserved() {
    check([(0, arrived()), (1_500, caller_gone(1_400))], &["end"], abandoned(Stage::Interview));
    let held = [(0, arrived()), (1_000, heard(1, "33109")), (1_500, caller_gone(1_400))];
    let story = check(held, &["open_auction", "end"], abandoned(Stage::Hold));
    assert_eq!(story.journey.hung_up(), Some((Side::Caller, at(1_400))));
    assert!(story.journey.is_caller_gone());
}

#[test]
fn in_the_interview_while_the_auction_runs() {
    let mut campaign = campaign();
    let questions =
        vec![question("zip", ivr::Check::Zip), question("age", ivr::Check::Age { min: 1, max: 120 })];
    campaign.script = std::sync::Arc::new(script(questions));
    let told = Story::of(campaign).told([
        (0, arrived()),
        (1_000, heard(1, "33109")),
        (1_100, opened(0)),
        (1_500, caller_gone(1_400)),
        (2_000, closed(0, vec![bid("c", 91)])),
    ]);
    told.check(&["open_auction", "run_auction", "end"], abandoned(Stage::Interview));
}

#[test]
fn while_the_reservation_is_counted() {
    // Never so in production, where the answer comes in the same transaction.
    let mut journey = journey::Journey::begin(journey_id(), std::sync::Arc::new(campaign()), None);
    for (millis, event) in on_hold(vec![bid("c", 91)]) {
        journey.on_event(at(millis), event);
    }
    assert_eq!(journey.phase_name(), "reserving");
    let commands = journey.on_event(at(3_000), caller_gone(3_000));
    assert_eq!(commands.iter().map(Command::name).collect::<Vec<_>>(), ["void", "end"]);
    assert!(journey.on_event(at(3_001), Event::Reserved { n: 1 }).is_empty());
    assert_eq!(journey.ended(), abandoned(Stage::Hold).as_ref());
}

#[test]
fn while_the_winner_is_asked_or_the_dial_waits() {
    let asks = with(bid("c", 91), |c| c.terms.confirm = Some(Confirm { timeout: secs(3), phone: false }));
    let gone =
        || vec![(2_500, caller_gone(2_500)), (2_600, picked_up(1, 2_400)), (2_700, accepted(1, 2_400))];
    let names = ["open_auction", "run_auction", "reserve", "confirm", "void", "end"];
    let story = check([on_hold(vec![asks]), gone()].concat(), &names, abandoned(Stage::Hold));
    assert_eq!(seats(&story), [SeatNow::Free]);
    let story = check(
        [on_hold(vec![bid("c", 91)]), gone()].concat(),
        &held(&["void", "end"]),
        abandoned(Stage::Hold),
    );
    assert_eq!(
        story.journey.tried()[0].why,
        bridge::Lost::Undialled,
        "nothing can be accepted that was not dialled"
    );
    assert_eq!(story.journey.tried()[0].why.code(), "won_abandoned");
}

#[test]
fn while_a_phone_rings_the_leg_is_dropped_and_its_seat_waits_for_its_end() {
    let mut events = ringing(vec![bid("c", 91), bid("a", 85)]);
    events.extend([(4_000, rang(1)), (9_000, caller_gone(8_900))]);
    let story = check(events.clone(), &held(&["void", "drop", "end"]), abandoned(Stage::Ring));
    assert_eq!(seats(&story), [SeatNow::Held]);
    assert_eq!(story.journey.line(), Some(known(1, leg(1))), "it is still asked after");
    events.extend([
        (9_500, leg_ended(1, DialResult::Canceled, None)),
        (9_501, leg_ended(1, DialResult::Canceled, None)),
        (9_600, dial_ended(1, DialResult::Canceled)),
        (9_601, dial_ended(1, DialResult::Canceled)),
    ]);
    let story = check(events, &held(&["void", "drop", "end", "free_seat"]), abandoned(Stage::Ring));
    assert_eq!(story.journey.line(), None);

    let mut ended = ringing(vec![bid("c", 91)]);
    ended.extend([(8_000, leg_ended(1, DialResult::Busy, None)), (9_000, caller_gone(8_900))]);
    ended.push((9_500, dial_ended(1, DialResult::Busy)));
    let story = check(ended, &held(&["void", "end"]), abandoned(Stage::Ring));
    assert_eq!(seats(&story), [SeatNow::Free]);
}

#[test]
fn an_acceptance_races_the_hang_up() {
    // Both orders, and the carrier's times decide: within a second of the acceptance nobody is billed.
    let (took, gone) = (picked_up(1, 9_000), caller_gone(9_500));
    let torn = Event::DialEnded { n: 1, result: DialResult::Completed, bridged: None, lasted: Some(secs(0)) };
    let end = |events: [(u64, Told); 2]| {
        let mut all = ringing(vec![bid("c", 91)]);
        all.extend(events);
        all.push((9_900, torn.clone()));
        all
    };
    let returned = ["settle", "free_seat", "return", "end"];
    let first = end([(9_600, took.clone()), (9_700, gone.clone())]);
    check(first, &[&held(&["book"])[..], &returned].concat(), Some(Ended::WonAbandoned));
    let second = end([(9_600, gone.clone()), (9_700, took)]);
    check(
        second,
        &[&held(&["void", "drop", "end", "book"])[..], &returned].concat(),
        Some(Ended::WonAbandoned),
    );

    // Gone before: nothing is sold, or what was is voided.
    let late = picked_up(1, 9_500);
    let second = end([(9_600, gone.clone()), (9_700, late.clone())]);
    check(second, &held(&["void", "drop", "end", "free_seat"]), abandoned(Stage::Ring));
    let first = end([(9_600, late), (9_700, gone)]);
    check(first, &[&held(&["book"])[..], &returned].concat(), Some(Ended::WonAbandoned));
}

/// Whether somebody owes something in the end.
fn stands(story: &Story) -> bool {
    let mut verdicts = story.commands.iter().filter_map(|command| match command {
        Command::Settle { verdict, .. } => Some(*verdict),
        _ => None,
    });
    verdicts.next_back().is_some_and(|last| matches!(last, Verdict::Earned | Verdict::Paid))
}

#[test]
fn whoever_is_heard_first_the_carriers_times_decide() {
    let at_once = |ranked| with(ranked, |ranked: &mut auction::Ranked| ranked.payable_after = secs(0));
    let cases = [at_once(bid("c", 91)), at_once(screened(bid("c", 91)))];
    let mut standing = 0;
    for (accepts, leaves) in (0..=20).flat_map(|a| (0..=20).map(move |l| (8_000 + a * 100, 8_000 + l * 150)))
    {
        for (c, bridged) in cases.iter().flat_map(|c| [Some(true), Some(false), None].map(|b| (c, b))) {
            let took = if c.terms.pick_up_accepts() { picked_up(1, accepts) } else { accepted(1, accepts) };
            let lasted = Some(secs((leaves.max(accepts) - accepts) / 1_000));
            let end = Event::DialEnded { n: 1, result: DialResult::Completed, bridged, lasted };
            let told = |first: &Told, second: &Told| {
                let more = [(12_000, first.clone()), (12_001, second.clone()), (12_002, end.clone())];
                Story::of(campaign()).told(ringing(vec![c.clone()])).told(more)
            };
            let (one, other) = (told(&took, &caller_gone(leaves)), told(&caller_gone(leaves), &took));
            let expected = bridged != Some(false) && leaves >= accepts + 1_000;
            assert_eq!(
                (stands(&one), stands(&other)),
                (expected, expected),
                "{accepts} {leaves} {bridged:?}"
            );
            standing += u32::from(expected);
        }
    }
    assert!(standing > 300);
}

#[test]
fn within_a_second_of_the_acceptance_the_sale_is_void_and_the_buyer_is_told() {
    let gone = |millis, bridged| {
        let mut events = ringing(vec![with(bid("c", 91), |c| c.payable_after = secs(0))]);
        // The leg may outlive the caller; the caller's own time decides.
        let ended = Event::DialEnded { n: 1, result: DialResult::Completed, bridged, lasted: Some(secs(2)) };
        events.extend([(9_000, picked_up(1, 9_000)), (11_000, caller_gone(millis)), (11_100, ended)]);
        events
    };
    let void = held(&["book", "settle", "settle", "free_seat", "return", "end"]);
    check(gone(9_999, Some(true)), &void, Some(Ended::WonAbandoned));
    check(gone(10_000, Some(false)), &void, Some(Ended::WonAbandoned));
    let sold = held(&["book", "settle", "settle", "free_seat", "end"]);
    let story = check(gone(10_000, Some(true)), &sold, Some(Ended::Sold));
    assert_eq!(story.journey.hung_up(), Some((Side::Caller, at(10_000))));
}

#[test]
fn a_caller_who_leaves_long_after_a_buyer_dropped_him_was_not_gone_in_that_moment() {
    let mut events = ringing(vec![bid("c", 91)]);
    events.extend([
        (9_000, picked_up(1, 9_000)),
        (9_400, leg_ended(1, DialResult::Completed, Some(0))),
        (14_000, caller_gone(14_000)),
        (14_100, Event::DialEnded { n: 1, result: DialResult::Completed, bridged: Some(true), lasted: None }),
    ]);
    let story = check(events, &held(&["book", "settle", "free_seat", "end"]), Some(Ended::TooShort));
    assert_eq!(story.journey.hung_up(), Some((Side::Buyer, at(9_400))));
}

#[test]
fn never_bridged_after_the_acceptance() {
    let mut events = ringing(vec![screened(bid("c", 91)), bid("a", 85)]);
    events.extend([
        (9_000, picked_up(1, 9_000)),
        (12_000, accepted(1, 12_000)),
        (12_500, dial_ended(1, DialResult::Completed)),
    ]);
    let names = held(&["book", "settle", "free_seat", "return", "end"]);
    let story = check(events, &names, Some(Ended::WonAbandoned));
    // And it hears nothing more.
    let mut over = story;
    let folded = over.journey.folded();
    for event in [
        caller_gone(13_000),
        hung_up_after(1, 99),
        accepted(1, 12_000),
        leg_ended(1, DialResult::Completed, None),
    ] {
        assert!(!over.tell(at(14_000), event));
    }
    assert_eq!((over.journey.folded(), over.journey.deadline()), (folded, None));
    // A carrier that does not say: the leg did not outlive the whisper.
    let mut events = ringing(vec![screened(bid("c", 91))]);
    let ended =
        Event::DialEnded { n: 1, result: DialResult::Completed, bridged: None, lasted: Some(secs(2)) };
    events.extend([(9_000, picked_up(1, 9_000)), (12_000, accepted(1, 12_000)), (12_500, ended)]);
    check(events, &names, Some(Ended::WonAbandoned));
}

#[test]
fn a_hang_up_in_the_talk_ends_it_even_if_nothing_else_is_heard() {
    let mut events = ringing(vec![bid("c", 91)]);
    events.extend([(9_000, picked_up(1, 9_000)), (109_000, caller_gone(109_000))]);
    let story = check(events.clone(), &held(&["book"]), None);
    assert_eq!(story.journey.deadline(), Some(at(119_000)), "the leg is looked up");
    // The look-up says nothing: what the caller's own time says is settled once the leg has surely ended.
    events.push((119_000, deadline(119_000)));
    let longest = 9_000 + 3_660_000;
    events.push((longest, deadline(longest)));
    check(events, &held(&["book", "settle", "free_seat", "end"]), Some(Ended::Sold));
}
