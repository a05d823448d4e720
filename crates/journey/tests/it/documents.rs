//! What each leg is told, in each phase: read from the state, so that a repeat gets the same.

use auction::{CallerId, Screening};
use ivr::Speech;
use journey::{Campaign, DialResult, Document, Recording, Shown, Standby, Taken, Whom};
use lead::{E164, Pii};

use crate::world::*;

fn short(document: &Document) -> &'static str {
    match document {
        Document::Ask { .. } => "ask",
        Document::Hold { .. } => "hold",
        Document::Dial { .. } => "dial",
        Document::Whisper { .. } => "whisper",
        Document::Bridge => "bridge",
        Document::HangUp => "hang_up",
        Document::Ending { .. } => "ending",
        Document::Transfer { .. } => "transfer",
    }
}

/// What the caller, a poll, the taker of the first dial, and the buyer's leg before and after its key are told.
fn told(events: impl IntoIterator<Item = (u64, Told)>, expect: [&str; 5]) {
    let story = Story::of(campaign()).told(events);
    let whom = [Whom::Caller, Whom::Poll, Whom::Taker(1), Whom::Picked(1), Whom::Answered(1)];
    let got = whom.map(|whom| short(&story.document(whom)));
    assert_eq!(got, expect, "in {}", story.journey.phase_name());
    assert_eq!(short(&story.document(Whom::Transfer)), "hang_up");
    for stranger in [Whom::Picked(9), Whom::Answered(9)] {
        assert_eq!(short(&story.document(stranger)), "hang_up");
    }
    assert_ne!(short(&story.document(Whom::Taker(9))), "dial");
}

#[test]
fn in_each_phase() {
    let c = || screened(bid("c", 91));
    let then = |more: &[(u64, Told)]| [&ringing(vec![c()])[..], more].concat();
    told([], ["hang_up"; 5]);
    told([(0, arrived())], ["ask", "ask", "ask", "hang_up", "hang_up"]);
    let held = ["hold", "hold", "hold", "hang_up", "hang_up"];
    told([(0, arrived()), (1_000, heard(1, "33109"))], held);
    told(on_hold(vec![c()]), held);
    told(ringing(vec![c()]), ["hold", "hold", "dial", "whisper", "hang_up"]);
    told(then(&[(9_000, picked_up(1, 9_000))]), ["hold", "hold", "dial", "whisper", "hang_up"]);
    let accepted = [(9_000, picked_up(1, 9_000)), (12_000, accepted(1, 12_000))];
    told(then(&accepted), ["hold", "hold", "hold", "hang_up", "bridge"]);
    told(then(&[(90_000, deadline(90_000))]), held);
    let over = ["hang_up", "hang_up", "hang_up", "hang_up", "hang_up"];
    told(then(&[&accepted[..], &[(120_000, hung_up_after(1, 110))]].concat()), over);
    let ending = ["ending", "ending", "ending", "hang_up", "hang_up"];
    told(then(&[(9_000, dial_ended(1, DialResult::Busy))]), ending);
    told(then(&[&accepted[..], &[(12_500, dial_ended(1, DialResult::Completed))]].concat()), ending);
    told([(0, arrived_as(Standby::Ending))], ending);
}

#[test]
fn a_buyers_leg_hangs_up_when_the_caller_is_gone() {
    let c = || screened(bid("c", 91));
    let gone = [(4_000, rang(1)), (9_000, caller_gone(9_000))];
    told([ringing(vec![c()]), gone.to_vec()].concat(), ["hang_up"; 5]);
    let late = [gone.to_vec(), vec![(9_100, accepted(1, 8_000))]].concat();
    told([ringing(vec![c()]), late].concat(), ["hold", "hold", "hold", "hang_up", "hang_up"]);
    let talking = [(9_000, accepted(1, 9_000)), (9_100, caller_gone(9_100))];
    told([ringing(vec![c()]), talking.to_vec()].concat(), ["hold", "hold", "hold", "hang_up", "hang_up"]);
}

#[test]
fn a_repeated_taker_gets_the_same_dial_and_another_attempts_none() {
    let mut events = ringing(vec![bid("c", 91), bid("a", 85)]);
    let story = Story::of(campaign()).told(events.clone());
    let first = story.document(Whom::Taker(1));
    assert_eq!(first, story.document(Whom::Taker(1)));
    let Document::Dial { n, ring, talk_max, whisper, record, .. } = first else { panic!("a dial") };
    assert_eq!((n, ring, talk_max, whisper, record), (1, secs(20), secs(3600), false, false));
    events.extend([(9_000, dial_ended(1, DialResult::Busy)), (9_001, taken(2, Taken::Next))]);
    let story = Story::of(campaign()).told(events);
    assert_eq!(short(&story.document(Whom::Taker(1))), "hold");
    assert_eq!(short(&story.document(Whom::Taker(2))), "dial");
}

#[test]
fn the_callers_number_shows_only_where_the_offer_says_pass() {
    let shown = |caller_id| {
        let c = with(bid("c", 91), |c| c.terms.caller_id = caller_id);
        let story = Story::of(campaign()).told(ringing(vec![c]));
        let Document::Dial { caller_id, .. } = story.document(Whom::Taker(1)) else { panic!("a dial") };
        caller_id
    };
    let e164 = |text| E164::parse(text).expect("a number");
    assert_eq!(shown(CallerId::Mask), Shown::Campaign(e164("+18005550100")));
    assert_eq!(shown(CallerId::Pass), Shown::Caller(Pii::new(e164("+13055550142"))));
}

#[test]
fn a_whisper_says_what_is_said_and_whether_a_key_is_due() {
    let story = Story::of(campaign()).told(ringing(vec![screened(bid("c", 91))]));
    let whisper = Document::Whisper { n: 1, say: say("a new caller"), screening: Screening::PressOne };
    assert_eq!(story.document(Whom::Picked(1)), whisper);
    let Document::Dial { whisper, .. } = story.document(Whom::Taker(1)) else { panic!("a dial") };
    assert!(whisper);
}

#[test]
fn the_closing_is_said_once_and_the_notice_before_anything_else() {
    let texts = |speech: &[Speech]| {
        let text = |part: &Speech| match part {
            Speech::Say(text) | Speech::Play(text) => text.clone(),
        };
        speech.iter().map(text).collect::<Vec<_>>().join(" / ")
    };
    let first = |campaign: &Campaign, events: Vec<(u64, Told)>, whom| match Story::of(campaign.clone())
        .told(events)
        .document(whom)
    {
        Document::Ask { first, ask, .. } => texts(&[first, ask.say].concat()),
        Document::Hold { first, audio } => texts(&[first, audio].concat()),
        other => short(&other).to_owned(),
    };
    let mut recorded = campaign();
    recorded.recording = Recording::On { notice: say("recorded") };
    let answered = || vec![(0, arrived()), (1_000, heard(1, "33109"))];
    assert_eq!(first(&recorded, vec![(0, arrived())], Whom::Caller), "recorded / hello / zip");
    assert_eq!(first(&recorded, vec![(0, arrived()), (5_000, silence(1))], Whom::Caller), "zip");
    assert_eq!(first(&recorded, answered(), Whom::Caller), "one moment / hold.wav");
    assert_eq!(first(&recorded, answered(), Whom::Poll), "hold.wav");
    recorded.script = std::sync::Arc::new(script(vec![]));
    assert_eq!(
        first(&recorded, vec![(0, arrived())], Whom::Caller),
        "recorded / hello / one moment / hold.wav"
    );
}

#[test]
fn an_ending_is_never_silence() {
    let mut campaign = campaign();
    campaign.fallback.dial = E164::parse("+18005550188").ok();
    let story = Story::of(campaign.clone()).told(on_hold(vec![]));
    let ending = Document::Ending { say: say("nobody is free"), dial: campaign.fallback.dial.clone() };
    assert_eq!(story.document(Whom::Poll), ending);
    let mut age = question("age", ivr::Check::Age { min: 1, max: 120 });
    age.disqualify = vec![ivr::Disqualify { when: ivr::Condition::Under(64), say: vec![] }];
    campaign.script = std::sync::Arc::new(script(vec![age]));
    let story = Story::of(campaign).told([(0, arrived()), (1_000, heard(1, "17"))]);
    assert_eq!(story.document(Whom::Caller), Document::Ending { say: say("nobody is free"), dial: None });
}
