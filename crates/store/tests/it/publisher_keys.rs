//! Publishers' keys: made once, found by their text alone, revoked for good; and how often a number may be rung.

use std::time::Duration;

use lead::{CampaignId, JourneyId, PublisherId};
use secrecy::{ExposeSecret, SecretString};
use store::{
    AuditFilter, By, KeyKind, LEAD_KEY_PREFIX, NewPublisherKey, NumberPace, PUBLISHER_KEYS_OF_ONE_MAX,
    PublisherKeyId, Refused, WIDGET_KEY_PREFIX,
};
use uuid::Uuid;

use crate::world::{ADA, BOB, KEY, World, number, secs, start};

fn new(kind: KeyKind) -> NewPublisherKey {
    NewPublisherKey {
        kind,
        publisher: PublisherId::parse("leadsco").expect("a slug"),
        campaign: Some(CampaignId::parse("medicare-fl").expect("a slug")),
        name: "Their site".to_owned(),
        origins: vec!["https://quotes.example".to_owned()],
        per_minute: 60,
    }
}

#[tokio::test]
async fn a_secret_key_is_shown_once_and_found_by_its_text() {
    let world = World::new().await;
    let made =
        world.store.add_publisher_key(start(), By::COMMAND, new(KeyKind::Lead)).await.expect("written");
    let (key, opens) = made.expect("there is room");
    assert!(opens.expose_secret().starts_with(LEAD_KEY_PREFIX) && key.shown.is_none());
    let world = world.reopen(KEY).await;
    let later = start() + secs(90);
    let found = world.store.publisher_key(later, &opens).await.expect("it is read").expect("it opens");
    assert_eq!(found, key);
    let other = SecretString::from(format!("{LEAD_KEY_PREFIX}nothing"));
    assert_eq!(world.store.publisher_key(later, &other).await.expect("it is read"), None);
    let listed = world.store.publisher_keys().await.expect("they are read");
    assert!(!format!("{listed:?}").contains(&opens.expose_secret()[LEAD_KEY_PREFIX.len()..]));

    let revoked = world.store.revoke_publisher_key(later, By::COMMAND, key.id).await.expect("it is written");
    assert_eq!(revoked, Ok(()));
    assert_eq!(world.store.publisher_key(later, &opens).await.expect("it is read"), None);
    let again =
        world.store.revoke_publisher_key(later + secs(1), By::COMMAND, key.id).await.expect("it is written");
    assert_eq!(again, Ok(()));
    assert_eq!(world.store.publisher_keys().await.expect("they are read")[0].revoked_at, Some(later));
    let nothing = PublisherKeyId::from_uuid(Uuid::from_u128(1));
    let unknown = world.store.revoke_publisher_key(later, By::COMMAND, nothing).await.expect("it is written");
    assert_eq!(unknown, Err(Refused::Unknown));
    let told = world.store.audit(&AuditFilter::default()).await.expect("it is read");
    let told: Vec<_> = told.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(told, ["publisher_key.revoked", "publisher_key.added"]);
}

#[tokio::test]
async fn a_widgets_key_is_public_and_says_which_pages_may_use_it() {
    let world = World::new().await;
    let made =
        world.store.add_publisher_key(start(), By::COMMAND, new(KeyKind::Widget)).await.expect("written");
    let (key, opens) = made.expect("there is room");
    assert_eq!(key.shown.as_deref(), Some(opens.expose_secret()));
    assert!(opens.expose_secret().starts_with(WIDGET_KEY_PREFIX));
    let found = world.store.publisher_key(start(), &opens).await.expect("it is read").expect("it opens");
    assert_eq!((found.origins, found.per_minute), (vec!["https://quotes.example".to_owned()], 60));
}

#[tokio::test]
async fn a_publisher_has_so_many_and_no_more() {
    let world = World::new().await;
    for n in 0..PUBLISHER_KEYS_OF_ONE_MAX {
        let made =
            world.store.add_publisher_key(start(), By::COMMAND, new(KeyKind::Lead)).await.expect("written");
        assert!(made.is_ok(), "{n}");
    }
    let more = world.store.add_publisher_key(start(), By::COMMAND, new(KeyKind::Lead)).await.expect("judged");
    assert_eq!(more.err(), Some(Refused::TooMany));
    let other =
        NewPublisherKey { publisher: PublisherId::parse("other").expect("a slug"), ..new(KeyKind::Lead) };
    let made = world.store.add_publisher_key(start(), By::COMMAND, other).await.expect("written");
    let (key, _) = made.expect("another publisher has its own");
    world
        .store
        .revoke_publisher_key(start(), By::COMMAND, key.id)
        .await
        .expect("written")
        .expect("it is there");
}

#[tokio::test]
async fn a_number_is_rung_so_often_and_a_repeat_counts_once() {
    let world = World::new().await;
    let paces: Vec<NumberPace> = vec![(1, secs(300)), (3, secs(86_400))];
    let ask = async |at, who, n: u128| {
        let journey = JourneyId::from_uuid(Uuid::from_u128(n));
        world.store.ask_for_call(at, &number(who), journey, paces.clone()).await.expect("it is judged")
    };
    assert_eq!(ask(start(), ADA, 1).await, Ok(()));
    assert_eq!(ask(start() + secs(1), ADA, 1).await, Ok(()), "the same request once more");
    assert_eq!(ask(start() + secs(299), ADA, 2).await, Err(secs(1)));
    assert_eq!(ask(start() + secs(299), BOB, 3).await, Ok(()));
    assert_eq!(ask(start() + secs(300), ADA, 4).await, Ok(()));
    assert_eq!(ask(start() + secs(600), ADA, 5).await, Ok(()));
    assert_eq!(ask(start() + secs(900), ADA, 6).await, Err(secs(85_500)));
    assert_eq!(ask(start() + secs(86_400), ADA, 7).await, Ok(()));
}

#[tokio::test]
async fn of_many_at_once_a_number_is_rung_for_one() {
    let world = World::new().await;
    let asked = (1..=8).map(|n| {
        let journey = JourneyId::from_uuid(Uuid::from_u128(n));
        let (store, ada) = (world.store.clone(), number(ADA));
        tokio::spawn(async move {
            store.ask_for_call(start(), &ada, journey, vec![(1, Duration::from_secs(300))]).await
        })
    });
    let mut through = 0;
    for task in asked.collect::<Vec<_>>() {
        through += usize::from(task.await.expect("it ends").expect("it is judged").is_ok());
    }
    assert_eq!(through, 1);
}
