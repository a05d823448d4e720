//! Poll and push never both deliver a dial (carriers.md §5, architecture.md drive 2 and 6).

use journey::{DialResult, Document, Event, PUSH_GRACE, PUSHING_MAX, Taken, Whom};

use crate::world::*;

/// On hold with one award at 2 s, then these.
fn story(more: impl IntoIterator<Item = (u64, Told)>) -> Story {
    Story::of(campaign()).told(on_hold(vec![bid("c", 91), bid("a", 85)])).told(more)
}

fn takes(story: &mut Story, millis: u64, by: Taken) -> bool {
    story.tell(at(millis), taken(1, by))
}

const PUSHED: Event<lead::Pii<String>> = Event::Pushed { n: 1 };
const FAILED: Event<lead::Pii<String>> = Event::PushFailed { n: 1 };

#[test]
fn a_poll_during_a_push_takes_nothing() {
    let mut pushing = story([]);
    assert!(!takes(&mut pushing, 3_000, Taken::Poll));
    assert!(!takes(&mut pushing, 3_000, Taken::Next));
    assert!(takes(&mut pushing, 3_100, Taken::Push), "its document may come before our request's own end");
    let mut pushed = story([(2_500, PUSHED)]);
    assert!(!takes(&mut pushed, 3_000, Taken::Poll));
    assert!(takes(&mut pushed, 3_000, Taken::Push));
}

#[test]
fn a_poll_takes_what_a_refused_push_did_not() {
    let mut refused = story([(2_500, FAILED)]);
    assert!(takes(&mut refused, 3_000, Taken::Poll));
}

#[test]
fn a_pushed_dial_that_nobody_fetches_is_the_polls_after_a_while() {
    let mut pushed = story([(2_500, PUSHED)]);
    let grace = 2_500 + u64::try_from(PUSH_GRACE.as_millis()).expect("short");
    assert!(!takes(&mut pushed, grace - 1, Taken::Poll));
    assert!(takes(&mut pushed, grace, Taken::Poll));
}

#[test]
fn a_push_whose_process_died_is_the_polls_once_its_request_must_have_ended() {
    let mut pushing = story([]);
    let ended = 2_000 + u64::try_from(PUSHING_MAX.as_millis()).expect("short");
    assert!(!takes(&mut pushing, ended - 1, Taken::Poll));
    assert!(takes(&mut pushing, ended, Taken::Poll));
    assert!(!takes(&mut pushing, ended + 1, Taken::Push), "its document may still be fetched: it is held");
}

#[test]
fn whoever_is_second_takes_nothing() {
    let mut story = story([(2_500, FAILED)]);
    assert!(takes(&mut story, 3_000, Taken::Poll));
    for by in [Taken::Push, Taken::Poll, Taken::Next] {
        assert!(!takes(&mut story, 3_100, by));
    }
    assert!(!story.tell(at(3_200), PUSHED));
    assert!(
        matches!(story.document(Whom::Poll), Document::Hold { .. }),
        "the push's document is no second dial"
    );
    assert!(matches!(story.document(Whom::Taker(1)), Document::Dial { n: 1, .. }), "the poll's is, again");
}

#[test]
fn a_push_is_heard_once() {
    let mut story = story([(2_500, PUSHED)]);
    assert!(!story.tell(at(3_000), PUSHED), "it does not begin anew");
    assert!(!story.tell(at(3_000), FAILED));
    assert!(!story.tell(at(3_000), Event::Pushed { n: 2 }));
}

#[test]
fn a_dial_is_for_its_own_attempt() {
    let mut story = story([(2_500, FAILED)]);
    assert!(!story.tell(at(3_000), taken(2, Taken::Push)));
    assert!(!story.tell(at(3_000), taken(0, Taken::Poll)));
}

#[test]
fn the_reply_to_a_dials_end_takes_the_next() {
    let mut story =
        story([(2_500, PUSHED), (3_000, taken(1, Taken::Push)), (9_000, dial_ended(1, DialResult::Busy))]);
    assert_eq!(story.names(), held(&["void", "reserve"]), "no push: the caller is asking");
    assert!(story.tell(at(9_000), taken(2, Taken::Next)));
}

#[test]
fn nobody_takes_a_dial_whose_time_is_over() {
    // Awarded at 2 s: it may be taken for 20 s.
    let mut in_time = story([(2_500, FAILED)]);
    assert!(takes(&mut in_time, 21_999, Taken::Poll));
    let mut late = story([(2_500, FAILED)]);
    for by in [Taken::Poll, Taken::Push, Taken::Next] {
        assert!(!takes(&mut late, 22_000, by));
    }
    assert!(late.tell(at(22_000), deadline(22_000)));
    assert_eq!(late.names(), held(&["void", "reserve", "push"]), "the next one is pushed");
    assert!(!late.tell(at(22_001), taken(1, Taken::Push)), "the late document dials nobody");
}
