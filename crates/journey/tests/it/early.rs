//! The auction of somebody who is rung, where it begins with the ringing.

use std::sync::Arc;

use ivr::Check;
use journey::{Answerer, AuctionAt, Callback, Campaign, DialResult, Ended, Event, Taken, Unreached};

use crate::{
    callbacks::{asked, calling_back},
    world::*,
};

/// The whole script is known, and the auction begins with the ringing.
fn early() -> Campaign {
    let mut campaign = calling_back();
    campaign.callback = campaign.callback.map(|it| Callback { auction: AuctionAt::Ringing, ..it });
    campaign.script = Arc::new(script(vec![question("zip", Check::Zip)]));
    campaign.needed = [field("zip")].into();
    campaign
}

fn rings() -> Vec<(u64, Told)> {
    vec![(0, asked()), (500, Event::LeadDialled { n: 1, leg: "lead".into() }), (600, opened(0))]
}

fn picks_up(millis: u64) -> (u64, Told) {
    (millis, Event::LeadAnswered { n: 1, leg: "lead".into(), by: Answerer::Human })
}

const EARLY: [&str; 5] = ["accept", "keep", "dial_lead", "open_auction", "run_auction"];

#[test]
fn an_auction_that_ran_while_the_phone_rang_is_used_at_the_1() {
    let mut events = rings();
    events.extend([(4_000, closed(0, vec![bid("c", 91), bid("a", 85)])), picks_up(6_000)]);
    let story = Story::of(early()).told(events).check(&EARLY, None);
    assert!(story.journey.profile_now().is_some(), "what bidders are shown");
    // Arrival, dial, opening, close, answer: the 1 is given at the fifth step.
    let story = story.told([(9_000, heard(5, "1")), (9_000, taken(1, Taken::Next))]);
    let story = story.check(&[&EARLY[..], &["reserve"]].concat(), None);
    assert_eq!(story.journey.attempt().map(|it| it.ranked().offer.as_str()), Some("c"));
}

#[test]
fn who_does_not_press_1_costs_nobody_anything() {
    let mut events = rings();
    events.extend([(4_000, closed(0, vec![bid("c", 91)])), picks_up(6_000)]);
    events.push((
        8_000,
        Event::LeadLegEnded { n: 1, leg: "lead".into(), how: DialResult::Completed, at: at(8_000) },
    ));
    let story = Story::of(early())
        .told(events)
        .check(&[&EARLY[..], &["end"]].concat(), Some(Ended::NotReached(Unreached::NotConfirmed)));
    let story =
        story.told([(8_100, Event::BidJoined { auction: auction_id(0), ranked: Box::new(bid("b", 72)) })]);
    assert!(!story.names().contains(&"reserve"));
}

#[test]
fn a_result_that_comes_after_the_1_is_waited_for_and_one_that_is_lost_is_held_anew() {
    let mut events = rings();
    events.extend([picks_up(2_000), (4_000, heard(4, "1"))]);
    let story = Story::of(early()).told(events.clone()).check(&EARLY, None);
    let story = story.told([(5_000, closed(0, vec![bid("c", 91)]))]);
    assert_eq!(story.names()[5..], ["reserve", "push"]);

    // Who ran it is gone: at the 1 its time is over, and the call begins as any other.
    let mut lost = rings();
    lost.extend([picks_up(20_000), (24_000, heard(4, "1"))]);
    let story = Story::of(early()).told(lost).check(&[&EARLY[..], &["open_auction"]].concat(), None);
    let story = story.told([
        (24_100, opened(1)),
        (25_000, closed(0, vec![bid("a", 85)])),
        (25_100, closed(1, vec![bid("c", 91)])),
    ]);
    assert_eq!(story.journey.attempt().map(|it| it.ranked().offer.as_str()), Some("c"));

    // A bid that is dead by the 1 is asked for once more, alone.
    let mut late = rings();
    late.extend([
        (4_000, closed(0, vec![with(bid("c", 91), |c| c.expires_at = Some(at(9_000)))])),
        picks_up(6_000),
    ]);
    late.push((8_000, heard(5, "1")));
    Story::of(early()).told(late).check(&[&EARLY[..], &["open_auction"]].concat(), None);
}

#[test]
fn a_second_dial_has_an_auction_of_its_own_and_a_form_that_says_too_little_none() {
    let mut events = rings();
    events.extend([
        (4_000, closed(0, vec![bid("c", 91)])),
        (26_000, Event::LeadLegEnded { n: 1, leg: "lead".into(), how: DialResult::NoAnswer, at: at(26_000) }),
        (86_000, deadline(86_000)),
        (86_500, Event::LeadDialled { n: 2, leg: "lead-2".into() }),
        (86_600, opened(1)),
        (86_700, closed(0, vec![bid("a", 85)])),
    ]);
    let story = Story::of(early()).told(events);
    assert_eq!(story.names()[5..], ["dial_lead", "open_auction", "run_auction"]);

    let mut silent = calling_back();
    silent.callback = silent.callback.map(|it| Callback { auction: AuctionAt::Ringing, ..it });
    let story =
        Story::of(silent).told([(0, asked()), (500, Event::LeadDialled { n: 1, leg: "lead".into() })]);
    story.check(&["accept", "keep", "dial_lead"], None);
}

#[test]
fn in_any_order_nothing_is_reserved_before_the_1_and_one_person_is_sold_once() {
    let (mut reserved, mut unconfirmed, mut sold) = (0, 0, 0);
    for seed in 0..4_000 {
        let mut chance = crate::sim::chance::Chance::of(seed);
        let mut story = Story::of(early()).told([(0, asked())]);
        let (mut millis, mut pressed) = (0, false);
        for _ in 0..24 {
            millis += chance.below(4_000);
            let n = 1 + u32::try_from(chance.below(2)).unwrap_or(0);
            let lead_leg = journey::LegId(format!("lead-{n}"));
            let auction = u32::try_from(chance.below(2)).unwrap_or(0);
            let step = u16::try_from(story.stored.len()).unwrap_or(0);
            let event = match chance.below(13) {
                0 | 1 => Event::LeadDialled { n, leg: lead_leg },
                2 | 3 => opened(auction),
                4 | 5 => closed(auction, vec![bid("c", 91), bid("a", 85)]),
                6 | 7 => Event::LeadAnswered { n, leg: lead_leg, by: Answerer::Human },
                8 => Event::BidJoined { auction: auction_id(auction), ranked: Box::new(bid("b", 72)) },
                9 => heard(step, chance.one_of(&["1", "1", "1", "9", "4"])),
                10 => taken(1, Taken::Poll),
                11 => picked_up(1, millis),
                _ => deadline(millis),
            };
            let asked = story.journey.phase_name() == "press_1";
            let is_1 = matches!(&event, Event::Heard { .. });
            let changed = story.tell(at(millis), event);
            pressed |= asked && is_1 && changed && story.journey.wished().is_none();
            let names = story.names();
            assert!(pressed || !names.contains(&"reserve"), "seed {seed}: reserved before the 1");
            assert!(names.iter().filter(|name| **name == "book").count() <= 1, "seed {seed}: sold twice");
        }
        let names = story.names();
        reserved += u32::from(names.contains(&"reserve"));
        sold += u32::from(names.contains(&"book"));
        unconfirmed += u32::from(names.contains(&"run_auction") && !pressed);
        story.is_its_fold();
    }
    assert!(reserved > 100 && unconfirmed > 100 && sold > 5, "{reserved} {unconfirmed} {sold}");
}
