//! Event webhooks, as people see them.

use store::{By, EventKind, NewEventEndpoint, PostResult, Role};

use crate::{
    browser::{look, look_at},
    home::Home,
    store_side::world::{Call, World as StoreWorld, bid, secs},
    world::World,
};

#[tokio::test(flavor = "multi_thread")]
async fn who_is_told_of_what_is_good_to_look_at() {
    let world = World::new().await;
    let ada = world.visitor("Ada Lovelace", Role::Owner).await;
    look(&world, Some(&ada), &[("/webhooks", "webhooks-none")]).await;
    let mut ids = vec![];
    for (name, url) in [
        (
            "Our CRM",
            "https://hooks.example.com/pingpost/events/a-very-long-path-that-goes-on?token=0123456789abcdef",
        ),
        ("Slack bridge", "https://bridge.example.com/in"),
    ] {
        let new = NewEventEndpoint {
            name: name.to_owned(),
            publisher: None,
            url: url.to_owned(),
            kinds: EventKind::ALL.to_vec(),
        };
        let added =
            world.store.add_event_endpoint(world.now(), By::COMMAND, new).await.expect("it is written");
        ids.push(added.expect("there is room").0);
    }
    let calls = StoreWorld::of(Home::new().await, world.store.clone());
    for n in 0..3 {
        Call::new(&calls, &format!("{n}"), None).sold(bid("a")).await;
    }
    let now = world.now() + secs(60);
    let results = [
        PostResult::Delivered { status: 204 },
        PostResult::Dead { status: Some(500), error: "exhausted".to_owned() },
    ];
    let claimed = world.store.claim_events(now, "w".into(), secs(30)).await.expect("it is written");
    for (event, result) in claimed.iter().filter(|event| event.endpoint == ids[0]).zip(results) {
        world.store.settle_event(now, &event.claim, result).await.expect("it is written");
    }
    let one = format!("/webhooks/{}", ids[0]);
    look(&world, Some(&ada), &[("/webhooks", "webhooks"), (&one, "webhook")]).await;
    let dead = format!("{one}?state=lost");
    look_at(&world, Some(&ada), &dead, "webhook-odd-state", 422).await;
}
