//! The caller is asked about the buyer that won before anybody is dialled; only a yes goes on to it.

use auction::Outcome;
use bridge::QUESTIONS_MAX;
use journey::{
    Campaign, Command, Document, Ended, Event, NAMING_TRIES_MAX, Recording, Standby, Taken, Unsold, Whom,
};
use lead::Channel;

use crate::world::*;

/// On hold with these bids, the question about the first pushed and taken at the sixth event.
fn asked(ranked: Vec<auction::Ranked>) -> Vec<(u64, Told)> {
    let first = ranked[0].offer.clone();
    let push = [(2_200, Event::AskPushed { n: 1 }), (2_500, caller_asked(1, first.as_str(), Taken::Push))];
    [on_hold(ranked), push.into()].concat()
}

const ASKED: [&str; 4] = ["open_auction", "run_auction", "record", "push_ask"];

fn tell(events: Vec<(u64, Told)>, more: &[&'static str], ended: Option<Ended>) -> Story {
    Story::of(naming()).told(events).check(&[&ASKED, more].concat(), ended)
}

#[test]
fn a_yes_is_kept_with_its_recording_and_comes_before_the_reservation_the_dial_and_the_post() {
    let mut events = asked(vec![bid("c", 91), bid("a", 85)]);
    events.push((2_600, Event::RecordingBegan { reference: "RE7".to_owned() }));
    let story = tell(events.clone(), &[], None);
    let Document::Ask { step: 6, ask, .. } = story.document(Whom::Caller) else {
        panic!("{:?}", story.document(Whom::Caller))
    };
    assert_eq!(ask.say, say("Do you agree that Buyer c gets your details?"));
    assert_eq!(story.document(Whom::Poll), story.document(Whom::Caller), "whoever asks hears the question");

    events.extend([(6_000, heard(6, "1")), (6_000, taken(1, Taken::Next)), (9_000, picked_up(1, 9_000))]);
    let story = tell(events, &["keep", "reserve", "book"], None);
    let consents: Vec<_> = story
        .commands
        .iter()
        .filter_map(|command| match command {
            Command::Keep(consent) => Some(consent.clone()),
            Command::Book(post) => post.consent().cloned(),
            _ => None,
        })
        .collect();
    let [kept, posted] = &consents[..] else { panic!("one consent, and one post with it") };
    assert_eq!(kept, posted);
    assert_eq!((kept.text_version.as_str(), kept.given_at), ("named-1", at(6_000)));
    assert_eq!((&kept.sellers[..], kept.recording.as_deref()), (&["Buyer c".to_owned()][..], Some("RE7")));
    assert!(kept.covers.is_empty(), "it allows nothing beyond this call");
}

#[test]
fn a_no_goes_to_the_next_bid_and_so_does_silence() {
    let bids = vec![bid("c", 91), with(bid("c2", 88), |c2| c2.buyer = buyer("c")), bid("a", 85)];
    let mut events = asked(bids);
    // The same buyer's other offer is not asked about: it is the same buyer.
    events.extend([(4_000, heard(6, "2")), (4_000, caller_asked(2, "a", Taken::Next))]);
    events.extend([(5_000, silence(8)), (6_000, silence(9))]);
    let story = tell(events, &["end"], Some(Ended::ConsentRefused));
    assert_eq!(u32::from(NAMING_TRIES_MAX), 2);
    assert_eq!(story.journey.tried().len(), 0, "nobody was reserved or dialled");
    assert!(matches!(story.document(Whom::Caller), Document::Ending { .. }), "and never silence");
}

#[test]
fn the_questions_have_an_end() {
    let bids: Vec<_> = (0..8).map(|n| bid(&format!("b{n}"), 90 - n)).collect();
    let mut story = Story::of(naming()).told(asked(bids));
    let mut step = 6;
    for n in 1..=QUESTIONS_MAX {
        let next = caller_asked(n + 1, &format!("b{n}"), Taken::Next);
        story = story.told([(3_000 + u64::from(n), heard(step, "2")), (3_000 + u64::from(n), next)]);
        step += 2;
    }
    assert_eq!(story.journey.ended(), Some(&Ended::ConsentRefused));
}

#[test]
fn who_agreed_is_not_asked_again_and_a_cap_that_filled_meanwhile_costs_a_question() {
    let mut events = asked(vec![bid("c", 91), bid("a", 85)]);
    events.extend([(4_000, heard(6, "1")), (4_000, caller_asked(2, "a", Taken::Next))]);
    events.extend([(5_000, heard(9, "1")), (5_000, taken(2, Taken::Next))]);
    let story = Story::of(naming()).refusing(1, Outcome::Capped).told(events);
    story.check(&[&ASKED[..], &["keep", "reserve", "keep", "reserve"]].concat(), None);
}

#[test]
fn a_bid_that_dies_while_the_caller_thinks_is_asked_for_once_more() {
    let mut events = asked(vec![with(bid("c", 91), |c| c.expires_at = Some(at(20_000)))]);
    events.push((18_000, heard(6, "1")));
    tell(events, &["keep", "open_auction"], None);
}

#[test]
fn a_poll_delivers_the_question_only_when_no_push_may() {
    let held = || on_hold(vec![bid("c", 91)]);
    let polled = |millis, more: Vec<(u64, Told)>| {
        let events = [held(), more, vec![(millis, caller_asked(1, "c", Taken::Poll))]].concat();
        let story = Story::of(naming()).told(events);
        matches!(story.document(Whom::Poll), Document::Ask { .. })
    };
    assert!(!polled(4_000, vec![]), "the push may still come");
    assert!(polled(4_000, vec![(3_000, Event::AskPushFailed { n: 1 })]));
    assert!(!polled(5_000, vec![(3_000, Event::AskPushed { n: 1 })]));
    assert!(polled(9_000, vec![(3_000, Event::AskPushed { n: 1 })]));
    assert!(polled(12_000, vec![]), "whoever pushed is gone");
    let story = Story::of(naming()).told(held()).told([(22_000, deadline(22_000))]);
    assert_eq!(
        story.journey.ended(),
        Some(&Ended::ConsentRefused),
        "a leg that asks no more is not waited for"
    );
}

#[test]
fn a_caller_who_hangs_up_or_says_stop_holds_nobody() {
    let mut events = asked(vec![bid("c", 91)]);
    events.push((4_000, caller_gone(4_000)));
    tell(events, &["end"], Some(Ended::Abandoned(journey::Stage::Hold)));
    let mut events = asked(vec![bid("c", 91)]);
    events.push((122_500, deadline(122_500)));
    tell(events, &["end"], Some(Ended::Abandoned(journey::Stage::Hold)));
}

#[test]
fn nothing_is_recorded_of_whom_the_notice_was_not_read_to() {
    // The same buyer again, at once: nobody heard a notice, and the question is asked all the same.
    let again = Standby::SameBuyer(Box::new(bid("c", 91)));
    let story = Story::of(naming()).told([(0, arrived_as(again)), (0, caller_asked(1, "c", Taken::Next))]);
    assert!(matches!(story.document(Whom::Caller), Document::Ask { step: 2, .. }));
    let story = story.told([(3_000, heard(2, "1"))]).check(&["keep", "reserve"], None);
    let Some(Command::Keep(kept)) = story.commands.first() else { panic!("kept") };
    assert_eq!(kept.recording, None);
    let silent = Campaign { recording: Recording::Off, ..naming() };
    let story = Story::of(silent).told(on_hold(vec![bid("c", 91)]));
    assert!(!story.names().contains(&"record"));
}

#[test]
fn a_form_is_handed_only_to_whom_its_consent_names() {
    let form = |sellers: &[&str]| match crate::forms::form() {
        Event::FormReceived { mut form } => {
            let consent = form.consent.as_mut().expect("a consent");
            consent.sellers = sellers.iter().map(|name| (*name).to_owned()).collect();
            Event::FormReceived { form }
        }
        other => other,
    };
    let ranked = || vec![crate::forms::data("c", 91), crate::forms::data("a", 85)];
    let told = |sellers: &[&str]| {
        Story::of(naming()).told([(0, form(sellers)), (100, opened(0)), (900, closed(0, ranked()))])
    };
    let story = told(&["buyer A ", "Somebody"]);
    assert_eq!(story.journey.channel(), Channel::Form);
    assert_eq!(story.journey.handed_over().map(|handed| handed.ranked().offer.as_str()), Some("a"));
    let story = told(&["Somebody"]);
    assert_eq!(story.journey.ended(), Some(&Ended::Unsold(Unsold::NobodyEligible)));
    assert!(!story.names().contains(&"hand_over"), "and to nobody else");
    let asked = |sellers: &[&str]| Story::of(naming()).told([(0, form(sellers))]).journey.named();
    assert!(asked(&["Buyer A"]).allows("buyer a") && !asked(&["Buyer A"]).allows("Buyer C"));
}

#[test]
fn no_push_cuts_the_notice_off_and_nothing_is_recorded_before_it_was_heard() {
    // A script without a question: the notice is said with the first piece of hold, and a push would end that.
    let notice = Recording::On { notice: say("this call is recorded") };
    let silent = |campaign: Campaign| Campaign { script: std::sync::Arc::new(script(vec![])), ..campaign };
    let events = || vec![(0, arrived()), (100, opened(0)), (500, closed(0, vec![bid("c", 91)]))];
    let plain = silent(Campaign { recording: notice.clone(), ..campaign() });
    let story = Story::of(plain).told(events());
    assert!(!story.names().contains(&"push"), "{:?}", story.names());
    let story = story.told([(14_000, taken(1, Taken::Poll))]);
    assert!(matches!(story.document(Whom::Taker(1)), Document::Dial { record: true, .. }));

    let story = Story::of(silent(naming())).told(events());
    assert_eq!(story.names(), ["open_auction", "run_auction"], "neither recorded nor moved yet");
    let story = story.told([(14_000, caller_asked(1, "c", Taken::Poll))]);
    assert_eq!(story.names().last(), Some(&"record"));

    let unrecorded = silent(campaign());
    assert!(Story::of(unrecorded).told(events()).names().contains(&"push"), "and nobody else waits");
}
