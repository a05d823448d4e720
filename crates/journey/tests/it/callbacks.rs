//! People who asked to be rung: dialled when they may be, asked to press 1, then a call like any other.

use std::{collections::BTreeMap, sync::Arc};

use bridge::permit::{Requirements, Rule};
use ivr::{Check, Input};
use journey::{
    Answerer, AuctionAt, CALLER_IDLE_MAX, CODE_LIFE, CODE_SENDS_MAX, Callback, Campaign, CodeRule, Command,
    DialResult, Document, Ended, Event, FORBIDDEN_MAX, LEAD_RING_MARGIN, OnMachine, Recording, Stage,
    StopWhy, Submitted, Taken, Unreached, Whom,
};
use lead::{Channel, Consent, Covers, Pii, Profile, Timestamp, Value, geo::Zip};

use crate::world::*;

/// Two waits between dials: after a minute, and after an hour.
pub fn calling_back() -> Campaign {
    let callback = Callback {
        from: number("+18005550100"),
        requirements: Requirements::default(),
        ring: secs(25),
        again: vec![secs(60), secs(3_600)],
        machine: OnMachine::TryAgain,
        code: CodeRule::None,
        auction: AuctionAt::Pressed1,
        gate: say("this is Acme; press 1, or 9 to stop"),
        stopped: say("we will not call again"),
    };
    let questions = vec![question("zip", Check::Zip), question("age", Check::Age { min: 18, max: 110 })];
    Campaign {
        callback: Some(callback),
        script: Arc::new(script(questions)),
        needed: [field("zip"), field("age")].into(),
        ..campaign()
    }
}

pub fn asked() -> Told {
    let mut profile = Profile::new();
    profile.answer(field("zip"), Value::Zip(Zip::parse("33109").expect("a zip that exists")));
    let pii = |text: &str| Pii::new(text.to_owned());
    let consent = Consent {
        text_version: "web-3".to_owned(),
        given_at: ARRIVES,
        covers: [Covers::AutomatedVoice].into(),
        sellers: vec!["Acme".to_owned()],
        recording: None,
    };
    Event::CallbackAsked {
        form: Box::new(Submitted {
            campaign: campaign().id,
            publisher: None,
            phone: Some(pii("+13055550142")),
            profile,
            fields: BTreeMap::from([(field("first_name"), pii("Ada"))]),
            consent: Some(consent),
            page: None,
            address: None,
            certificate: None,
            asked_too_often: false,
        }),
    }
}

fn dialled(n: u32) -> Told {
    Event::LeadDialled { n, leg: lead_leg(n) }
}

fn lead_leg(n: u32) -> journey::LegId {
    journey::LegId(format!("lead-{n}"))
}

fn answered(n: u32) -> Told {
    answered_by(n, Answerer::Human)
}

fn answered_by(n: u32, by: Answerer) -> Told {
    Event::LeadAnswered { n, leg: lead_leg(n), by }
}

fn ended(n: u32, how: DialResult, millis: u64) -> Told {
    Event::LeadLegEnded { n, leg: lead_leg(n), how, at: at(millis) }
}

fn forbidden(n: u32, rule: Rule, until: Option<Timestamp>) -> Told {
    Event::LeadForbidden { n, rule, until }
}

fn words(step: u16, text: &str) -> Told {
    let text = Pii::new(text.to_owned());
    Event::Heard { step, input: Input::Words { text, confidence_millis: Some(900) } }
}

const ASKED: [&str; 3] = ["accept", "keep", "dial_lead"];

fn tell(events: Vec<(u64, Told)>, more: &[&'static str], ended: Option<Ended>) -> Story {
    Story::of(calling_back()).told(events).check(&[&ASKED, more].concat(), ended)
}

/// Rung and answered at ten seconds: the third event.
fn at_the_gate() -> Vec<(u64, Told)> {
    vec![(0, asked()), (400, dialled(1)), (10_000, answered(1))]
}

#[test]
fn who_presses_1_is_asked_what_is_not_known_and_sold_like_a_caller() {
    let mut events = at_the_gate();
    let story = tell(events.clone(), &[], None);
    let Document::Ask { step, ask, .. } = story.document(Whom::Caller) else { panic!("asked to press 1") };
    assert_eq!((step, &ask.say), (3, &say("this is Acme; press 1, or 9 to stop")));

    events.push((14_000, heard(3, "1")));
    let story = tell(events.clone(), &[], None);
    let Document::Ask { step, ask, .. } = story.document(Whom::Caller) else { panic!("asked the age") };
    assert_eq!((step, ask.field), (4, field("age")), "the zip stands in the form");

    events.extend([
        (18_000, heard(4, "65")),
        (18_100, opened(0)),
        (19_000, closed(0, vec![bid("c", 91)])),
        (19_100, Event::Pushed { n: 1 }),
        (19_200, taken(1, Taken::Push)),
        (25_000, picked_up(1, 25_000)),
        (200_000, hung_up_after(1, 175)),
    ]);
    let more = ["open_auction", "run_auction", "reserve", "push", "book", "settle", "free_seat", "end"];
    let story = tell(events, &more, Some(Ended::Sold));
    let Some(Command::Book(post)) = story.commands.iter().find(|command| command.name() == "book") else {
        panic!("booked")
    };
    assert_eq!(post.facts().channel, Channel::Callback);
    assert_eq!(post.facts().consent.as_ref().map(|it| it.text_version.as_str()), Some("web-3"));
    assert!(post.identity().phone.is_some());
    assert_eq!(story.journey.dnis(), Some(&number("+18005550100")), "what the buyer's phone shows");
}

#[test]
fn nobody_who_did_not_press_1_is_sold_and_nobody_is_asked_for_ever() {
    let unclear = [heard(3, "2"), words(3, "one"), words(3, "yes hello"), silence(3)];
    for first in unclear {
        let mut events = at_the_gate();
        events.extend([(14_000, first), (18_000, silence(4))]);
        tell(events, &["end"], Some(Ended::NotReached(Unreached::NotConfirmed)));
    }
    let mut hung_up = at_the_gate();
    hung_up.push((12_000, ended(1, DialResult::Completed, 12_000)));
    tell(hung_up, &["end"], Some(Ended::NotReached(Unreached::NotConfirmed)));

    let idle = u64::try_from(CALLER_IDLE_MAX.as_millis()).expect("two minutes");
    let mut silent = at_the_gate();
    silent.push((9_000 + idle, deadline(9_000 + idle)));
    tell(silent.clone(), &[], None);
    silent.push((10_000 + idle, deadline(10_000 + idle)));
    tell(silent, &["end"], Some(Ended::NotReached(Unreached::NotConfirmed)));
}

#[test]
fn key_9_and_a_spoken_stop_end_it_for_good_at_once() {
    for (input, how) in [(heard(3, "9"), StopWhy::Pressed9), (words(3, "stop calling me"), StopWhy::SaidStop)]
    {
        let mut events = at_the_gate();
        events.push((14_000, input));
        let story = tell(events, &["suppress", "end"], Some(Ended::OptedOut));
        let said = story.commands.iter().any(|it| matches!(it, Command::Suppress { why } if *why == how));
        assert!(said, "{how:?}");
        let goodbye = Document::Ending { say: say("we will not call again"), dial: None };
        assert_eq!(story.document(Whom::Caller), goodbye);
    }
    let mut later = at_the_gate();
    later.extend([(14_000, heard(3, "1")), (18_000, words(4, "take me off your list"))]);
    tell(later, &["suppress", "end"], Some(Ended::OptedOut));
    // Who rang us is a caller, and says it to somebody who can do something about it.
    let caller = Story::of(calling_back()).told([(0, arrived()), (1_000, words(1, "stop calling me"))]);
    assert_eq!(caller.journey.ended(), None);
}

#[test]
fn who_is_not_reached_is_rung_again_by_the_plan_and_then_no_more() {
    let results = [DialResult::Busy, DialResult::NoAnswer, DialResult::Failed, DialResult::Canceled];
    for result in results {
        let events = vec![
            (0, asked()),
            (400, dialled(1)),
            (20_000, ended(1, result, 20_000)),
            (79_999, deadline(79_999)),
            (80_000, deadline(80_000)),
            (80_400, dialled(2)),
            (100_000, ended(2, result, 100_000)),
            (100_001, ended(2, result, 100_000)),
            (3_700_000, deadline(3_700_000)),
            (3_700_400, dialled(3)),
            (3_720_000, ended(3, result, 3_720_000)),
            (9_000_000, deadline(9_000_000)),
        ];
        let story =
            tell(events, &["dial_lead", "dial_lead", "end"], Some(Ended::NotReached(Unreached::NoAnswer)));
        assert_eq!(story.journey.deadline(), None);
    }
}

#[test]
fn a_machine_hears_nothing_and_is_tried_again() {
    let machine = answered_by(1, Answerer::Machine);
    let events = vec![(0, asked()), (400, dialled(1)), (9_000, machine), (69_000, deadline(69_000))];
    let story = tell(events[..3].to_vec(), &[], None);
    assert_eq!(story.document(Whom::Caller), Document::HangUp);
    tell(events, &["dial_lead"], None);
}

#[test]
fn a_campaign_may_give_up_at_a_machine() {
    let mut campaign = calling_back();
    campaign.callback = campaign.callback.map(|it| Callback { machine: OnMachine::HangUp, ..it });
    let machine = answered_by(1, Answerer::Machine);
    let story = Story::of(campaign).told([(0, asked()), (400, dialled(1)), (9_000, machine)]);
    assert_eq!(story.journey.ended(), Some(&Ended::NotReached(Unreached::NoAnswer)));
}

#[test]
fn a_dial_of_unknown_fate_is_waited_for_and_never_repeated_blindly() {
    let unknown = Event::LeadDialFailed { n: 1, sure: false };
    let rings = u64::try_from((secs(25) + LEAD_RING_MARGIN).as_millis()).expect("some minutes");
    let events = vec![(0, asked()), (4_000, unknown), (rings - 1, deadline(rings - 1))];
    tell(events.clone(), &[], None);
    // It was placed after all, and somebody is there.
    let there = [events.clone(), vec![(rings, answered(1))]].concat();
    let story = tell(there, &[], None);
    assert!(matches!(story.document(Whom::Caller), Document::Ask { .. }));
    // Nothing was heard of it until no leg of it can ring any more.
    let mut gone = [events, vec![(rings, deadline(rings))]].concat();
    tell(gone.clone(), &[], None);
    gone.push((rings + 60_000, deadline(rings + 60_000)));
    tell(gone, &["dial_lead"], None);

    let sure = Event::LeadDialFailed { n: 1, sure: true };
    let events = vec![(0, asked()), (4_000, sure), (64_000, deadline(64_000)), (64_100, answered(1))];
    tell(events, &["dial_lead"], None);
}

#[test]
fn an_answer_that_comes_late_is_still_served_and_one_of_an_earlier_dial_is_not() {
    let rings = u64::try_from((secs(25) + LEAD_RING_MARGIN).as_millis()).expect("some minutes");
    let late = vec![(0, asked()), (400, dialled(1)), (rings, deadline(rings)), (rings + 1_000, answered(1))];
    let story = tell(late, &[], None);
    assert!(matches!(story.document(Whom::Caller), Document::Ask { .. }));
    let other = Event::LeadAnswered { n: 1, leg: "somebody-else".into(), by: Answerer::Human };
    let story = tell(vec![(0, asked()), (400, dialled(1)), (500, other)], &[], None);
    assert_eq!(story.document(Whom::Caller), Document::HangUp);
}

#[test]
fn what_is_forbidden_waits_for_the_first_legal_minute_or_ends_with_its_rule() {
    let morning = at(36_000_000);
    let mut events = vec![(0, asked()), (300, forbidden(1, Rule::QuietHours, Some(morning)))];
    let story = tell(events.clone(), &[], None);
    assert_eq!(story.journey.deadline(), Some(morning));
    assert_eq!(story.journey.wished().and_then(|wished| wished.due_at), Some(morning));
    events.push((36_000_000, deadline(36_000_000)));
    tell(events, &["dial_lead"], None);
    for rule in [Rule::Suppressed, Rule::NoConsent, Rule::Premium, Rule::UnknownZone] {
        let events = vec![(0, asked()), (300, forbidden(1, rule, None)), (400, answered(1))];
        tell(events, &["end"], Some(Ended::NotDialled(rule)));
    }
    let mut story = Story::of(calling_back()).told([(0, asked())]);
    for n in 1..=FORBIDDEN_MAX {
        let millis = u64::from(n) * 1_000;
        story = story.told([(millis, forbidden(n, Rule::TooManyDials, Some(at(millis + 500))))]);
        story = story.told([(millis + 500, deadline(millis + 500))]);
    }
    assert_eq!(story.journey.ended(), Some(&Ended::NotDialled(Rule::TooManyDials)), "it has an end");
}

#[test]
fn who_hangs_up_after_the_key_is_a_caller_who_hung_up() {
    let mut events = at_the_gate();
    events.extend([(14_000, heard(3, "1")), (16_000, ended(1, DialResult::Completed, 16_000))]);
    tell(events.clone(), &["end"], Some(Ended::Abandoned(Stage::Interview)));
    events.truncate(4);
    events.extend([
        (18_000, heard(4, "65")),
        (18_100, opened(0)),
        (19_000, closed(0, vec![bid("c", 91)])),
        (20_000, ended(1, DialResult::Completed, 20_000)),
    ]);
    let more = ["open_auction", "run_auction", "reserve", "push", "void", "end"];
    tell(events, &more, Some(Ended::Abandoned(Stage::Hold)));
}

#[test]
fn the_notice_of_a_recording_is_heard_before_anything_else() {
    let recorded = Recording::On { notice: say("this call is recorded") };
    let story = Story::of(Campaign { recording: recorded, ..calling_back() }).told(at_the_gate());
    let Document::Ask { first, .. } = story.document(Whom::Caller) else { panic!("asked to press 1") };
    assert_eq!(first, say("this call is recorded"));
}

#[test]
fn a_number_that_was_asked_for_too_often_is_kept_and_not_rung() {
    let Event::CallbackAsked { mut form } = asked() else { panic!("a wish") };
    form.asked_too_often = true;
    let story = Story::of(calling_back()).told([(0, Event::CallbackAsked { form })]);
    story.check(&["accept", "keep", "end"], Some(Ended::NotDialled(Rule::TooManyDials)));
}

#[test]
fn a_campaign_that_calls_nobody_back_takes_no_such_wish() {
    let story = Story::of(campaign()).told([(0, asked())]);
    assert_eq!((story.journey.folded(), story.names().len()), (0, 0));
}

fn proving() -> Campaign {
    let mut campaign = calling_back();
    campaign.callback = campaign.callback.map(|it| Callback { code: CodeRule::Sms, ..it });
    campaign
}

#[test]
fn nobody_is_rung_before_the_code_was_entered() {
    let story = Story::of(proving()).told([(0, asked())]).check(&["accept", "keep", "send_code"], None);
    assert_eq!(story.journey.phase_name(), "proving");
    let story = story.told([
        (300, Event::CodeSent { n: 1 }),
        (900, Event::LeadAnswered { n: 1, leg: "x".into(), by: Answerer::Human }),
    ]);
    assert_eq!(story.journey.phase_name(), "proving", "what nobody dialled is a stray");
    let story = story.told([(9_000, Event::NumberProven), (9_100, Event::NumberProven)]);
    story.check(&["accept", "keep", "send_code", "dial_lead"], None);
}

#[test]
fn a_code_is_sent_three_times_at_most_and_lives_ten_minutes() {
    let mut story = Story::of(proving()).told([(0, asked())]);
    for n in 1..6 {
        story = story.told([(n * 1_000, Event::CodeAskedAgain)]);
    }
    let sent = story.names().iter().filter(|name| **name == "send_code").count();
    assert_eq!(sent, CODE_SENDS_MAX as usize);
    let end = 2_000 + u64::try_from(CODE_LIFE.as_millis()).expect("minutes");
    let story =
        story.told([(end - 1, deadline(end - 1)), (end, deadline(end)), (end + 5, Event::NumberProven)]);
    assert_eq!(story.journey.ended(), Some(&Ended::NotReached(Unreached::NotConfirmed)));
    assert!(!story.names().contains(&"dial_lead"));
}

#[test]
fn a_number_that_was_asked_for_too_often_looks_like_any_other_and_gets_nothing() {
    let too_often = match asked() {
        Event::CallbackAsked { mut form } => {
            form.asked_too_often = true;
            Event::CallbackAsked { form }
        }
        other => other,
    };
    let story =
        Story::of(proving()).told([(0, too_often), (500, Event::NumberProven), (600, Event::CodeAskedAgain)]);
    assert_eq!((story.names(), story.journey.phase_name()), (vec!["accept", "keep"], "proving"));
}

#[test]
fn what_is_cancelled_ends_and_one_that_rings_is_heard_first() {
    let cancelled = || Event::CallbackCancelled;
    let waits = vec![(0, asked()), (400, dialled(1)), (20_000, ended(1, DialResult::Busy, 20_000))];
    let ended_so = Some(Ended::Cancelled);
    let mut events = [waits.clone(), vec![(30_000, cancelled())]].concat();
    tell(events.clone(), &["end"], ended_so.clone());
    // Nothing that comes later rings them, or is another ending.
    events.extend([(80_000, deadline(80_000)), (81_000, answered(1)), (82_000, cancelled())]);
    let story = tell(events, &["end"], ended_so.clone());
    assert_eq!((story.journey.deadline(), story.document(Whom::Caller)), (None, Document::HangUp));
    // At night it waits by a rule.
    let morning = at(36_000_000);
    let night = vec![(0, asked()), (300, forbidden(1, Rule::QuietHours, Some(morning)))];
    let story = tell(night.clone(), &[], None);
    assert_eq!(story.journey.wished().and_then(|it| it.held_by), Some(Rule::QuietHours));
    tell([night, vec![(500, cancelled())]].concat(), &["end"], ended_so);
    // While it rings, and when it is a call, there is nothing to cancel.
    let rings = vec![(0, asked()), (400, dialled(1)), (500, cancelled())];
    let story = tell(rings, &[], None);
    assert_eq!((story.journey.phase_name(), story.journey.folded()), ("calling_back", 2));
    let call = [at_the_gate(), vec![(14_000, heard(3, "1")), (14_100, cancelled())]].concat();
    assert_eq!(tell(call, &[], None).journey.folded(), 4);
}
