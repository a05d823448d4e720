//! What is personal lies on the disk sealed, opens under every master key that is configured, and can be erased.

use ivr::Input;
use journey::{DialResult, Event};
use lead::Pii;
use secrecy::{ExposeSecret, SecretString};
use store::{Base, Entry, KeyError, Keys, OpenError};

use crate::world::{ADA, Call, KEY, KEY_2, World, bid, campaign_id, number, start};

pub const NAME: &str = "Ada Lovelace-Canary";

pub async fn told_a_name(world: &World) -> Call {
    let mut call = Call::new(world, "1", Some(ADA));
    call.sold(bid("a")).await;
    let input = Input::Words { text: Pii::new(NAME.to_owned()), confidence_millis: None };
    let entry = Entry { key: "name".into(), at: call.now, event: Event::Heard { step: 9, input } };
    let journey = call.journey.take().expect("it is there");
    let commit = call.commit(Base::Durable(call.head.expect("a head")), vec![entry], journey, vec![]);
    let store::Committed::Done(done) = world.store.commit(commit).await.expect("it is committed") else {
        panic!("nobody else is there")
    };
    call.head = Some(done.head);
    call.journey = Some(done.journey);
    call
}

/// The caller's number and name, as far as they can be read.
pub async fn read(world: &World, call: &Call) -> (Option<Pii<String>>, Option<Pii<String>>) {
    let record = world.store.load_durable(call.id).await.expect("it reads").expect("it is there");
    let (mut caller, mut name) = (None, None);
    for entry in record.entries {
        match entry.event {
            Event::Arrived { caller: Some(number), .. } => caller = Some(number),
            Event::Heard { input: Input::Words { text, .. }, .. } => name = Some(text),
            _ => {}
        }
    }
    (caller, name)
}

pub fn pii(text: &str) -> Option<Pii<String>> {
    Some(Pii::new(text.to_owned()))
}

pub fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

#[tokio::test]
async fn nothing_personal_lies_on_the_disk_in_the_open() {
    let world = World::new().await;
    let mut call = told_a_name(&world).await;
    let secret = "bearer-canary-0123456789";
    world
        .store
        .publish_settings(start(), SecretString::from(secret), "first".into())
        .await
        .expect("published");
    assert_eq!(read(&world, &call).await, (pii(ADA), pii(NAME)));
    call.ended(1, DialResult::Completed, true, 90).await;
    for _ in 0..2 {
        let bytes = world.bytes().await;
        assert!(holds(&bytes, "medicare-fl") && holds(&bytes, "buyer-of-a"), "the files are the right ones");
        for canary in [ADA, &ADA[1..], &ADA[2..], NAME, "Lovelace", secret] {
            assert!(!holds(&bytes, canary), "{canary} lies open");
        }
        world.store.close().await;
    }
}

#[tokio::test]
async fn the_newest_master_key_seals_and_all_open() {
    let world = World::new().await;
    let call = told_a_name(&world).await;
    let world = world.reopen(&format!("{KEY_2},{KEY}")).await;
    assert_eq!(read(&world, &call).await, (pii(ADA), pii(NAME)));
    // A caller is found again who came before the rotation.
    assert!(world.store.past_sale(&number(ADA), &campaign_id(), start()).await.expect("it reads").is_some());
    let mut after = Call::new(&world, "2", Some(ADA));
    after.sold(bid("b")).await;
    let world = world.reopen(KEY_2).await;
    assert_eq!(read(&world, &after).await.0, pii(ADA));
    assert!(matches!(world.store.load(call.id).await, Err(store::LoadError::Key(_))));
}

#[tokio::test]
async fn settings_are_versions_that_only_their_keys_open() {
    let world = World::new().await;
    let store = &world.store;
    assert!(store.latest_settings().await.expect("it reads").is_none());
    for (n, body) in [(1, "one"), (2, "two")] {
        let version = store.publish_settings(start(), SecretString::from(body), format!("note {n}")).await;
        assert_eq!(version.expect("published"), n);
    }
    let latest = store.latest_settings().await.expect("it reads").expect("there is one");
    assert_eq!((latest.version, latest.body.expose_secret(), latest.note.as_str()), (2, "two", "note 2"));
    let first = store.settings(1).await.expect("it reads").expect("it is kept");
    assert_eq!((first.body.expose_secret(), first.published_at), ("one", start()));
    assert!(store.settings(3).await.expect("it reads").is_none());
    store.close().await;
    assert!(matches!(world.second(KEY_2).await.err(), Some(OpenError::OtherKeys)));
}

#[test]
fn a_master_key_is_32_bytes_in_base64_and_never_shown() {
    let parse = |text: &str| Keys::parse(&SecretString::from(text)).map(|keys| format!("{keys:?}"));
    assert!(parse(KEY).expect("a key").contains("[key]"));
    assert_eq!(parse(""), Err(KeyError::NotAKey));
    assert_eq!(parse("c2hvcnQ="), Err(KeyError::NotAKey));
    assert_eq!(parse(&format!("{KEY},{KEY},{KEY},{KEY}")), Err(KeyError::Count));
}
