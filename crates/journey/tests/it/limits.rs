//! What bounds a journey: 256 events, with enough of them kept for what was promised.

use auction::Outcome;
use journey::{Command, DialResult, EVENTS_FOR_THE_END, EVENTS_MAX, Ended, Event, Unsold};

use crate::world::*;

fn recording(n: usize) -> Told {
    Event::RecordingReady { reference: format!("RE{n}"), lasted: None }
}

#[test]
fn what_may_be_missed_does_not_crowd_out_what_must_be_heard() {
    let mut story = Story::of(campaign()).told(ringing(vec![bid("c", 91)]));
    for n in 0..1_000 {
        story.tell(at(4_000), recording(n));
    }
    assert_eq!(usize::from(story.journey.folded()), EVENTS_MAX - EVENTS_FOR_THE_END);
    let story = story.told([(9_000, picked_up(1, 9_000)), (109_000, hung_up_after(1, 100))]);
    story.check(&held(&["book", "settle", "free_seat", "end"]), Some(Ended::Sold));
}

#[test]
fn an_endless_ranking_ends_in_time() {
    let ranked: Vec<_> = (0..400).map(|n| statically(&format!("o{n}"), 50)).collect();
    let mut story = Story::of(campaign());
    for n in 1..=400 {
        story = story.refusing(n, Outcome::Capped);
    }
    let story = story.told(on_hold(ranked));
    assert_eq!(story.journey.ended(), Some(&Ended::Unsold(Unsold::NobodyAnswered)));
    assert!(usize::from(story.journey.folded()) < EVENTS_MAX);
    story.is_its_fold();
}

#[test]
fn no_more_second_pings_than_dials() {
    let gone = |n: usize| with(bid(&format!("o{n}"), 50), |ranked| ranked.expires_at = Some(at(3_000)));
    let mut story = Story::of(campaign()).told(on_hold((0..40).map(gone).collect()));
    let mut rounds = 0;
    while story.journey.ended().is_none() {
        rounds += 1;
        assert!(rounds < 20, "{:?}", story.journey);
        let now = story.journey.deadline().expect("a second ping has its time");
        story.tell(now, Event::DeadlinePassed { at: now });
    }
    assert_eq!(story.names().iter().filter(|name| **name == "open_auction").count(), 6);
}

#[test]
fn the_longest_way_ends_within_its_events() {
    // As many optional events as there are, then dials that tell everything and are given up by deadlines alone.
    let ids = ["a", "b", "c", "d", "e"];
    let mut story =
        Story::of(campaign()).told(on_hold(ids.iter().map(|id| screened(statically(id, 50))).collect()));
    for n in 0..300 {
        story.tell(at(2_000), recording(n));
    }
    let mut dialled = 0;
    while let Some(n) = story.journey.attempt().map(|attempt| attempt.n()) {
        let now = story.journey.now();
        story.tell(now, Event::PushFailed { n });
        assert!(story.tell(now, taken(n, journey::Taken::Poll)));
        story.tell(now, picked_up(n, 1));
        for _ in 0..3 {
            let due = story.journey.deadline().expect("a leg has its time");
            assert!(story.tell(due, Event::DeadlinePassed { at: due }));
        }
        let now = story.journey.now();
        assert!(
            story.tell(now, declined(n)) && story.tell(now, leg_ended(n, DialResult::Completed, Some(1)))
        );
        let due = story.journey.deadline().expect("the dial's end has its time");
        assert!(story.tell(due, Event::DeadlinePassed { at: due }));
        dialled += 1;
    }
    assert_eq!(story.journey.ended(), Some(&Ended::Unsold(Unsold::NobodyAnswered)));
    assert!(dialled >= 2 && usize::from(story.journey.folded()) < EVENTS_MAX);
    let voided = story.commands.iter().filter(|command| matches!(command, Command::Void { .. })).count();
    assert_eq!(voided, dialled);
}
