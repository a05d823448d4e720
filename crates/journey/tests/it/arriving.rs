//! The arrival, the interview, consent, and the auction that opens before the last answer.

use ivr::{Check, Condition, Disqualify, Exhausted};
use journey::{Campaign, Command, Ended, Event, Standby};

use crate::world::*;

fn asking(questions: Vec<ivr::Question>) -> Campaign {
    Campaign { script: std::sync::Arc::new(script(questions)), ..campaign() }
}

fn consent() -> ivr::Question {
    question("consent", Check::Consent { text_version: "tcpa-3".to_owned(), refused: say("goodbye") })
}

#[test]
fn nothing_is_heard_before_the_arrival_and_only_one_is() {
    let strays = [(0, heard(1, "33109")), (0, caller_gone(0)), (0, deadline(0)), (0, picked_up(1, 0))];
    let story = check(strays, &[], None);
    assert_eq!(
        (story.journey.folded(), story.journey.deadline(), story.journey.phase_name()),
        (0, None, "expected")
    );
    let twice = check([(0, arrived()), (1, arrived())], &[], None);
    assert_eq!(twice.journey.folded(), 1);
}

#[test]
fn a_caller_may_withhold_the_number() {
    for caller in [None, Some("anonymous"), Some("266696687")] {
        let event = Event::Arrived {
            dnis: number("+18005550100"),
            caller: caller.map(|text| lead::Pii::new(text.to_owned())),
            leg: "caller".into(),
            standby: Standby::New,
            attestation: None,
        };
        let story = check([(0, event)], &[], None);
        assert_eq!(story.journey.caller(), None);
        assert_eq!(story.journey.caller_leg(), Some(&"caller".into()));
    }
}

#[test]
fn an_answer_counts_at_its_own_step() {
    let story = Story::of(asking(vec![
        question("zip", Check::Zip),
        question("age", Check::Age { min: 1, max: 120 }),
    ]));
    let story = story.told([
        (0, arrived()),
        (900, heard(0, "65")),
        (1_000, heard(1, "33109")),
        (1_100, heard(1, "33109")),
    ]);
    assert_eq!(story.journey.folded(), 2, "a repeat of the same request changes nothing");
}

#[test]
fn the_auction_opens_with_the_last_answer_that_an_offer_needs() {
    let story = Story::of(asking(vec![question("zip", Check::Zip), consent()])).told([
        (0, arrived()),
        (1_000, heard(1, "33109")),
        (1_100, opened(0)),
        (1_500, closed(0, vec![bid("c", 91)])),
    ]);
    let story = story.check(&["open_auction", "run_auction"], None);
    let Some(Command::RunAuction { until, .. }) = story.commands.get(1) else { panic!("it runs") };
    assert_eq!(*until, at(1_000 + 8_000 + 5_000));
    let shown = story.journey.profile_now().expect("a profile");
    assert_eq!(shown.state(), lead::geo::State::parse("FL"));
    // The ranking waits for the caller, and the reply to the last answer takes the dial.
    let story = story.told([(9_000, heard(2, "1")), (9_000, taken(1, journey::Taken::Next))]);
    let story = story.check(&["open_auction", "run_auction", "keep", "reserve"], None);
    let Some(Command::Keep(kept)) = story.commands.get(2) else { panic!("kept") };
    assert_eq!((kept.text_version.as_str(), kept.given_at), ("tcpa-3", at(9_000)));
    let facts = story.journey.attempt().map(|attempt| attempt.facts().clone()).expect("an attempt");
    assert_eq!(facts.consent.map(|consent| consent.text_version), Some("tcpa-3".to_owned()));
}

#[test]
fn a_bid_that_joins_a_ranking_on_wait_may_come_first() {
    let joined = Event::BidJoined { auction: auction_id(0), ranked: Box::new(bid("a", 95)) };
    let story = Story::of(asking(vec![question("zip", Check::Zip), consent()])).told([
        (0, arrived()),
        (1_000, heard(1, "33109")),
        (1_100, opened(0)),
        (1_500, closed(0, vec![bid("c", 91)])),
        (1_600, joined.clone()),
        (1_700, joined),
        (9_000, heard(2, "1")),
    ]);
    assert_eq!(story.journey.attempt().map(|attempt| attempt.ranked().offer.clone()), Some(offer("a")));
    assert_eq!(story.journey.folded(), 7, "joined once");
}

#[test]
fn consent_is_kept_once_and_its_refusal_ends_the_call() {
    let asked = || Story::of(asking(vec![consent(), question("zip", Check::Zip)]));
    let story = asked().told([(0, arrived()), (1_000, heard(1, "1")), (2_000, heard(2, "33109"))]);
    story.check(&["keep", "open_auction"], None);
    let story = asked().told([(0, arrived()), (1_000, heard(1, "2"))]);
    story.check(&["end"], Some(Ended::ConsentRefused));
}

#[test]
fn disqualified_and_no_input() {
    let mut age = question("age", Check::Age { min: 1, max: 120 });
    age.disqualify = vec![Disqualify { when: Condition::Under(64), say: say("too young") }];
    age.exhausted = Exhausted::End { say: say("goodbye") };
    let asked = || Story::of(asking(vec![question("zip", Check::Zip), age.clone()]));
    let to_the_age = [(0, arrived()), (1_000, heard(1, "33109"))];
    let story = asked().told(to_the_age.clone()).told([(2_000, heard(2, "17"))]);
    story.check(&["open_auction", "end"], Some(Ended::Disqualified(field("age"))));
    let story = asked().told(to_the_age).told([(2_000, silence(2)), (3_000, silence(3))]);
    story.check(&["open_auction", "end"], Some(Ended::NoInput(field("age"))));
}

#[test]
fn a_result_of_another_history_is_a_stray() {
    let events = [(0, arrived()), (1_000, heard(1, "33109")), (1_050, closed(0, vec![bid("c", 91)]))];
    check(events.clone(), &["open_auction"], None);
    let story = check(events, &["open_auction"], None).told([
        (1_100, opened(0)),
        (1_200, opened(1)),
        (1_300, closed(1, vec![bid("c", 91)])),
        (1_400, closed(0, vec![bid("c", 91)])),
        (1_500, closed(0, vec![bid("a", 99)])),
    ]);
    let story = story.check(&held(&[]), None);
    assert_eq!(story.journey.attempt().map(|attempt| attempt.ranked().offer.clone()), Some(offer("c")));
}

#[test]
fn a_recording_is_kept_and_a_call_may_be_moved() {
    let recording = |reference: &str| Event::RecordingReady { reference: reference.to_owned(), lasted: None };
    let to = auction::Destination::Phone(number("+18005550177"));
    let asked = Event::TransferAsked { to: to.clone() };
    let mut events = ringing(vec![bid("c", 91)]);
    events.extend([
        (8_000, asked.clone()),
        (9_000, picked_up(1, 9_000)),
        (10_000, asked.clone()),
        (10_001, asked.clone()),
        (10_500, Event::TransferFailed),
        (11_000, asked.clone()),
        (11_100, Event::Transferred),
        (12_000, hung_up_after(1, 3)),
        (13_000, recording("RE1")),
        (13_001, recording("RE1")),
    ]);
    let names = held(&["book", "transfer", "transfer", "settle", "free_seat", "end"]);
    let story = check(events, &names, Some(Ended::TooShort));
    assert_eq!(story.journey.recording(), Some("RE1"));
    assert_eq!(story.document(journey::Whom::Transfer), journey::Document::Transfer { to });
    assert_eq!(
        story.stored.len(),
        13,
        "asked for twice at once, it is moved once; the recording is kept once"
    );
}
