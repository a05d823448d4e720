//! Each fixture with a `document`: what is written for it.

use std::time::Duration;

use auction::{Destination, Screening};
use carrier::twilio::{Links, Short, TWIML_BYTES_MAX, encode};
use ivr::{Ask, InputKind, Speech};
use journey::{Document, Shown};
use lead::{E164, FieldName, Pii};
use serde::Deserialize;

use crate::{BASE, fixtures, journey};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixture {
    #[serde(rename = "why")]
    _why: String,
    document: Written,
    #[serde(default)]
    k: u32,
    twiml: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Written {
    Ask {
        step: u16,
        #[serde(default)]
        first: Vec<Speech>,
        say: Vec<Speech>,
        expect: InputKind,
    },
    Hold {
        #[serde(default)]
        first: Vec<Speech>,
        #[serde(default)]
        audio: Vec<Speech>,
    },
    Dial {
        n: u32,
        to: Destination,
        caller_id: WrittenShown,
        ring_secs: u64,
        talk_max_secs: u64,
        #[serde(default)]
        whisper: bool,
        #[serde(default)]
        record: bool,
    },
    Whisper {
        n: u32,
        say: Vec<Speech>,
        screening: Screening,
    },
    Bridge,
    HangUp,
    Ending {
        say: Vec<Speech>,
        dial: Option<E164>,
    },
    Transfer {
        to: Destination,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum WrittenShown {
    Campaign(E164),
    Caller(E164),
}

pub(crate) fn links(k: u32) -> Links<'static> {
    let dnis = E164::parse("+18005550100").unwrap();
    Links { public_base: BASE, journey: journey(), hash: Short::of("0a1b2c3d4e5f"), dnis, k }
}

fn document(written: Written) -> Document {
    match written {
        Written::Ask { step, first, say, expect } => {
            let field = FieldName::parse("zip").unwrap();
            Document::Ask { step, first, ask: Ask { say, expect, field, try_number: 1 } }
        }
        Written::Hold { first, audio } => Document::Hold { first, audio },
        Written::Dial { n, to, caller_id, ring_secs, talk_max_secs, whisper, record } => Document::Dial {
            n,
            to,
            caller_id: match caller_id {
                WrittenShown::Campaign(number) => Shown::Campaign(number),
                WrittenShown::Caller(number) => Shown::Caller(Pii::new(number)),
            },
            ring: Duration::from_secs(ring_secs),
            talk_max: Duration::from_secs(talk_max_secs),
            whisper,
            record,
        },
        Written::Whisper { n, say, screening } => Document::Whisper { n, say, screening },
        Written::Bridge => Document::Bridge,
        Written::HangUp => Document::HangUp,
        Written::Ending { say, dial } => Document::Ending { say, dial },
        Written::Transfer { to } => Document::Transfer { to },
    }
}

#[test]
fn every_document_is_written_as_its_fixture_says() {
    let mut wrong = String::new();
    for (name, value) in fixtures("document") {
        let fixture: Fixture = serde_json::from_value(value).unwrap_or_else(|why| panic!("{name}: {why}"));
        let written = encode(&document(fixture.document), &links(fixture.k));
        let expected = format!(r#"<?xml version="1.0" encoding="UTF-8"?>{}"#, fixture.twiml);
        if written != expected {
            wrong.push_str(&format!("{name}\n expected {expected}\n written  {written}\n"));
        }
        assert!(written.len() <= TWIML_BYTES_MAX);
    }
    assert!(wrong.is_empty(), "{wrong}");
}
