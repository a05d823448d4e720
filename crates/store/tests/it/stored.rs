//! Events as releases before this one have written them, and as releases after it may: what is in `fixtures/events` is read
//! for good, what was only added is passed over, and what is not understood is left alone.

use std::{collections::BTreeSet, path::PathBuf, time::Duration};

use auction::{Destination, Outcome, Ranking, Seed};
use bridge::permit::Rule;
use ivr::Input;
use journey::{Answerer, DialResult, Event, LegId, Standby, Submitted, Taken};
use lead::{AuctionId, CampaignId, Consent, Covers, E164, FieldName, JourneyId, OfferId, Pii, PublisherId};
use serde_json::{Value, json};
use store::{Base, Committed, Entry, FORMAT, LoadError, Names, Record};

use crate::world::{ADA, Call, World, bid, secs, start};

/// The journey whose data key is `fixtures/events/1/key.hex`, under the tests' own master key.
const STORED: &str = "stored";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/events/1")
}

fn leg() -> LegId {
    LegId("CA0000000000000000000000000000000b".to_owned())
}

fn number(text: &str) -> E164 {
    E164::parse(text).expect("a number")
}

fn auction(n: u32) -> AuctionId {
    AuctionId::of(JourneyId::of_call("AC", STORED), "hash", n)
}

fn ranking() -> Box<Ranking> {
    let other = bid("b");
    Box::new(Ranking {
        auction: auction(0),
        opened_at: start(),
        closed_at: start() + secs(2),
        shown: lead::Profile::default(),
        ranked: vec![bid("a")],
        others: vec![(other.offer, other.buyer, Outcome::Won)],
        best_static: Some(lead::Money::from_units(7)),
    })
}

fn submitted() -> Box<Submitted<Pii<String>>> {
    let mut profile = lead::Profile::new();
    let age = FieldName::parse("age").expect("a field's name");
    profile.answer(age, lead::Value::Number(65));
    let pii = |text: &str| Some(Pii::new(text.to_owned()));
    let first_name = FieldName::parse("first_name").expect("a field's name");
    Box::new(Submitted {
        campaign: CampaignId::parse("medicare").expect("a slug"),
        publisher: PublisherId::parse("seniors-daily").ok(),
        phone: pii(ADA),
        profile,
        fields: [(first_name, Pii::new("Ada".to_owned()))].into(),
        consent: Some(Consent {
            text_version: "web-3".to_owned(),
            given_at: start(),
            covers: [Covers::AutomatedVoice, Covers::Calls].into(),
            sellers: vec!["Acme".to_owned()],
            recording: None,
        }),
        page: pii("https://quotes.example/medicare"),
        address: pii("192.0.2.7"),
        certificate: pii("https://cert.example/1f"),
        asked_too_often: false,
    })
}

/// One event of each kind. A release that adds a kind adds its fixture; nobody changes one that is there.
fn each() -> Vec<Event<Pii<String>>> {
    let (n, at, lasted) = (1, start() + secs(9), Some(Duration::from_millis(1_500)));
    vec![
        Event::Arrived {
            dnis: number("+18005550100"),
            caller: Some(Pii::new(ADA.to_owned())),
            leg: leg(),
            standby: Standby::New,
            attestation: Some("TN-Validation-Passed-A".to_owned()),
        },
        Event::Heard {
            step: 1,
            input: Input::Words {
                text: Pii::new("thirty three one oh nine".into()),
                confidence_millis: Some(970),
            },
        },
        Event::FormReceived { form: submitted() },
        Event::CallbackAsked { form: submitted() },
        Event::CodeSent { n },
        Event::CodeNotSent { n },
        Event::CodeAskedAgain,
        Event::NumberProven,
        Event::LeadForbidden { n, rule: Rule::QuietHours, until: Some(at) },
        Event::LeadDialled { n, leg: leg() },
        Event::LeadDialFailed { n, sure: true },
        Event::LeadAnswered { n, leg: leg(), by: Answerer::Human },
        Event::LeadLegEnded { n, leg: leg(), how: DialResult::Busy, at },
        Event::CallbackCancelled,
        Event::PostTaken { n, at },
        Event::PostRefused { n, why: "refused".to_owned() },
        Event::PostUnsettled { n },
        Event::AuctionOpened { auction: auction(0), seed: Seed(7) },
        Event::AuctionReopened { was: auction(0), auction: auction(1), seed: Seed(8) },
        Event::AuctionClosed { ranking: ranking() },
        Event::BidJoined { auction: auction(0), ranked: Box::new(bid("c")) },
        Event::Reserved { n },
        Event::ReserveRefused { n, why: Outcome::Capped, offer: None, full: None },
        Event::Confirmed { n, to: Some(Destination::Phone(number("+18005550199"))), expires_at: Some(at) },
        Event::Unconfirmed { n, why: "declined".to_owned() },
        Event::Pushed { n },
        Event::PushFailed { n },
        Event::AskPushed { n },
        Event::AskPushFailed { n },
        Event::CallerAsked { n, offer: OfferId::parse("c").expect("a slug"), by: Taken::Push },
        Event::RecordingBegan { reference: "RE0000000000000000000000000000000a".to_owned() },
        Event::RecordFailed,
        Event::DialTaken { n, by: Taken::Poll },
        Event::BuyerRang { n, leg: leg() },
        Event::BuyerPickedUp { n, leg: leg(), at },
        Event::BuyerAccepted { n, leg: leg(), at },
        Event::BuyerDeclined { n, leg: leg() },
        Event::LegEnded { n, leg: leg(), result: DialResult::NoAnswer, lasted },
        Event::DialEnded { n, result: DialResult::Completed, bridged: Some(true), lasted },
        Event::DialNotFound { n },
        Event::CallerHungUp { at },
        Event::Dropped { n },
        Event::DropFailed { n },
        Event::DeadlinePassed { at },
        Event::RecordingReady { reference: "RE0000000000000000000000000000000a".to_owned(), lasted },
        Event::TransferAsked { to: Destination::Phone(number("+18005550188")) },
        Event::Transferred,
        Event::TransferFailed,
    ]
}

/// Commits one event of each kind, as they come.
async fn committed(world: &World) {
    committed_under(world, None).await;
}

/// As [`committed`], those behind the first under a data key that was there before.
async fn committed_under(world: &World, key: Option<Vec<u8>>) {
    let call = Call::new(world, STORED, Some(ADA));
    let entry = |(n, event)| Entry { key: format!("e{n}"), at: start(), event };
    let mut entries: Vec<_> = each().into_iter().enumerate().map(entry).collect();
    let rest = if key.is_some() { entries.split_off(1) } else { vec![] };
    let journey = || Call::new(world, STORED, Some(ADA)).journey.expect("it has begun");
    let commit = call.commit(Base::New, entries, journey(), vec![]);
    let Ok(Committed::Done(done)) = call.store.commit(commit).await else { panic!("it is committed") };
    if let Some(key) = key {
        world.put("UPDATE journeys SET wrapped_key = $1", key, None).await;
        let commit = call.commit(Base::Durable(done.head), rest, journey(), vec![]);
        assert!(matches!(call.store.commit(commit).await, Ok(Committed::Done(_))));
    }
}

/// The body of each stored event, with the data key that they are sealed under.
fn stored() -> Vec<(String, Vec<u8>)> {
    let read = |event: &Event<Pii<String>>| {
        let file = folder().join(format!("{}.json", event.name()));
        let body = std::fs::read(&file).unwrap_or_else(|_| panic!("{} is missing", file.display()));
        (event.name().to_owned(), body)
    };
    each().iter().map(read).collect()
}

/// A world in which the journey is kept as it was written then.
async fn world_of(bodies: &[(String, Vec<u8>)], format: i64) -> World {
    let world = World::new().await;
    committed(&world).await;
    let key = std::fs::read_to_string(folder().join("key.hex")).expect("the data key");
    world.put("UPDATE journeys SET wrapped_key = $1", unhex(key.trim()), None).await;
    for (n, (_, body)) in bodies.iter().enumerate() {
        let n = i64::try_from(n).expect("few");
        world.put("UPDATE events SET body = $1 WHERE n = $2", body.clone(), Some(n)).await;
    }
    if format != FORMAT {
        world.put("UPDATE events SET format = $2 WHERE n = 3 AND body <> $1", vec![], Some(format)).await;
    }
    world
}

async fn read(world: &World) -> Result<Record, LoadError> {
    let id = JourneyId::of_call("AC", STORED);
    world.store.load_durable(id).await.map(|record| record.expect("it is there"))
}

fn events(record: Record) -> Vec<Event<Pii<String>>> {
    record.entries.into_iter().map(|entry| entry.event).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let pair = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal");
    (0..text.len()).step_by(2).map(pair).collect()
}

/// After a kind was added: writes what is missing, and leaves what is there.
async fn write_what_is_missing() {
    std::fs::create_dir_all(folder()).expect("a folder");
    let world = World::new().await;
    let file = folder().join("key.hex");
    match std::fs::read_to_string(&file) {
        Ok(key) => committed_under(&world, Some(unhex(key.trim()))).await,
        Err(_) => {
            committed(&world).await;
            let key = world.blob("SELECT wrapped_key FROM journeys").await;
            let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
            std::fs::write(file, key + "\n").expect("it is written");
        }
    }
    for (n, event) in each().iter().enumerate() {
        if folder().join(format!("{}.json", event.name())).exists() {
            continue;
        }
        let body =
            world.blob_at("SELECT body FROM events WHERE n = $1", i64::try_from(n).expect("few")).await;
        std::fs::write(folder().join(format!("{}.json", event.name())), body).expect("it is written");
    }
}

#[tokio::test]
async fn what_an_earlier_release_has_written_is_read() {
    let world = world_of(&stored(), FORMAT).await;
    assert_eq!(events(read(&world).await.expect("it is read")), each());
}

#[tokio::test]
async fn each_kind_has_a_sentence_in_the_story() {
    let world = World::new().await;
    committed(&world).await;
    let story = world.store.story(JourneyId::of_call("AC", STORED), None, &Names::default()).await;
    let story = story.expect("it reads").expect("it is known");
    let bare: Vec<_> = story.steps.iter().filter(|step| step.text == step.code.replace('_', " ")).collect();
    assert!(bare.is_empty(), "told by their names alone: {bare:?}");
    let told: BTreeSet<_> = story.steps.iter().map(|step| step.code.as_str()).collect();
    assert!(each().iter().all(|event| told.contains(event.name())), "{told:?}");
}

#[tokio::test]
async fn each_kind_that_there_is_has_its_fixture() {
    if std::env::var_os("PINGPOST_WRITE_FIXTURES").is_some() {
        write_what_is_missing().await;
    }
    let document = include_str!("../../../../docs/reference/events.md");
    let rows = document.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let documented: BTreeSet<_> = rows.map(|(name, _)| name).collect();
    let events = each();
    let known: BTreeSet<_> = events.iter().map(Event::name).collect();
    assert_eq!(known, documented);
    let file = |name: &&str| folder().join(format!("{name}.json")).exists();
    assert!(known.iter().all(file), "a fixture is missing: set PINGPOST_WRITE_FIXTURES once");
}

#[tokio::test]
async fn what_a_newer_release_has_added_is_passed_over() {
    let more = |(name, body): (String, Vec<u8>)| {
        let mut event: Value = serde_json::from_slice(&body).expect("it is JSON");
        if let Some(content) = event.as_object_mut().and_then(|kinds| kinds.values_mut().next()) {
            add(content);
        }
        (name, serde_json::to_vec(&event).expect("it is JSON"))
    };
    let bodies: Vec<_> = stored().into_iter().map(more).collect();
    let count = bodies.iter().filter(|(_, body)| body.windows(6).any(|part| part == b"canary")).count();
    assert_eq!(count, each().len() - 6, "all but those that hold nothing");
    let world = world_of(&bodies, FORMAT).await;
    assert_eq!(events(read(&world).await.expect("it is read")), each());
}

/// Adds to whatever a release may add to: the content of an event, a ranking, its places, and their terms.
fn add(to: &mut Value) {
    match to {
        Value::Object(content) => {
            for (name, value) in content.iter_mut() {
                if ["ranking", "ranked", "terms"].contains(&name.as_str()) {
                    add(value);
                }
            }
            content.insert("added_later".to_owned(), json!({ "one": [1, null], "two": "canary" }));
        }
        Value::Array(places) => places.iter_mut().for_each(add),
        _ => {}
    }
}

#[tokio::test]
async fn what_is_not_understood_is_left_as_it_is() {
    let mut bodies = stored();
    bodies[3].1 = br#"{"caller_teleported":{"n":1}}"#.to_vec();
    let unknown = world_of(&bodies, FORMAT).await;
    // It reads as one that we know, and is none.
    let newer = world_of(&stored(), FORMAT + 1).await;
    for world in [unknown, newer] {
        let before = world.int("SELECT COUNT(*) FROM events").await;
        let error = read(&world).await.expect_err("this release does not know it");
        assert!(error.is_of_newer(), "{error:?}");
        assert_eq!(world.int("SELECT COUNT(*) FROM events").await, before);
        assert_eq!(world.int("SELECT COUNT(*) FROM journeys WHERE ended_at IS NULL").await, 1);
        let mut other = Call::new(&world, "other", Some(ADA));
        other.auctioned(vec![bid("a")]).await;
        assert_eq!(other.phase(), "ready", "nobody else is held up by it");
    }
}
