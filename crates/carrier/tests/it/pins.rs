//! What money and privacy hang on in a document, and the limits of all of them.

use std::time::Duration;

use auction::{Destination, Screening};
use carrier::twilio::{Hook, TWIML_BYTES_MAX, encode, fallback, nothing};
use ivr::{Ask, Finish, InputKind, Keys, Speech, Voice};
use journey::{Document, Shown};
use lead::{E164, FieldName, Pii};
use proptest::prelude::*;

use crate::{BASE, documents::links, journey};

const CALLER: &str = "+13055550142";

fn dial(caller_id: Shown, whisper: bool) -> String {
    let document = Document::Dial {
        n: 2,
        to: Destination::Phone(E164::parse("+12125550199").unwrap()),
        caller_id,
        ring: Duration::from_secs(20),
        talk_max: Duration::from_secs(3600),
        whisper,
        record: true,
    };
    encode(&document, &links(0))
}

fn campaign() -> Shown {
    Shown::Campaign(E164::parse("+18005550100").unwrap())
}

fn the_caller() -> Shown {
    Shown::Caller(Pii::new(E164::parse(CALLER).unwrap()))
}

#[test]
fn every_dial_asks_for_the_states_of_its_leg_that_say_something_and_for_its_own_end() {
    for whisper in [false, true] {
        let twiml = dial(campaign(), whisper);
        assert!(twiml.contains(r#"statusCallbackEvent="initiated answered completed""#));
        assert!(twiml.contains(&format!(r#"action="{BASE}/twilio/{}/dialed/2#"#, journey())));
        assert_eq!(twiml.contains(" url="), whisper);
        assert_eq!(twiml.matches("<Number").count(), 1);
    }
}

#[test]
fn the_callers_number_is_shown_only_where_an_offer_lets_it_pass() {
    assert!(dial(the_caller(), false).contains(&format!(r#"callerId="{CALLER}""#)));
    assert!(!dial(campaign(), false).contains("3055550142"));
    let number = E164::parse("+12125550199").unwrap();
    let to = Destination::Phone(number.clone());
    for document in [Document::Transfer { to }, Document::Ending { say: vec![], dial: Some(number) }] {
        assert!(
            encode(&document, &links(0)).contains(r#"callerId="+18005550100""#),
            "Twilio's default is the caller's"
        );
    }
}

#[test]
fn fixed_documents_are_xml() {
    for document in [nothing(), fallback()] {
        assert!(document.starts_with(r#"<?xml version="1.0" encoding="UTF-8"?><Response"#));
        assert!(is_xml(document));
    }
    assert_eq!(encode(&Document::Bridge, &links(0)), nothing());
}

#[test]
fn a_document_holds_no_more_than_twilio_takes() {
    let say = vec![Speech::Say("<&>\"' ".repeat(5000)); 5];
    let keys = Keys { min: 1, max: 20, finish: Finish::Pound };
    let expect = InputKind::Either { keys, voice: Voice { hints: vec!["&".repeat(200); 600] } };
    let ask = Ask { say: say.clone(), expect, field: FieldName::parse("zip").unwrap(), try_number: 1 };
    let ask = Document::Ask { step: 1, first: say, ask };
    let twiml = encode(&ask, &links(0));
    assert!(twiml.len() <= TWIML_BYTES_MAX && twiml.contains("<Gather") && is_xml(&twiml), "{}", twiml.len());
}

fn is_xml(text: &str) -> bool {
    let mut reader = quick_xml::Reader::from_str(text);
    loop {
        match reader.read_event() {
            Ok(quick_xml::events::Event::Eof) => return true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
}

fn speech() -> impl Strategy<Value = Vec<Speech>> {
    prop::collection::vec(
        prop_oneof![any::<String>().prop_map(Speech::Say), any::<String>().prop_map(Speech::Play)],
        0..4,
    )
}

proptest! {
    #[test]
    fn whatever_is_said_the_document_is_legal_xml_and_goes_on(first in speech(), audio in speech(), k: u32) {
        let twiml = encode(&Document::Hold { first: first.clone(), audio }, &links(k));
        prop_assert!(is_xml(&twiml));
        let illegal = |c: char| matches!(c, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}');
        prop_assert!(!twiml.contains(illegal));
        let next = Hook::Hold { journey: journey(), k: k.saturating_add(1), hash: links(0).hash };
        prop_assert!(twiml.contains(&next.path()));
        let whisper = Document::Whisper { n: 1, say: first, screening: Screening::PressOne };
        prop_assert!(encode(&whisper, &links(0)).ends_with("</Gather><Hangup/></Response>"));
    }
}
