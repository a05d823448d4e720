//! Offers, buyers, campaigns, publishers and settings, as people see them.

use secrecy::SecretString;
use serde_json::json;
use store::Role;

use crate::{
    browser::{look, task},
    seeds,
    world::World,
};

const EXAMPLE: &str = include_str!("../../../../config/demo-settings.toml");

async fn published(world: &World) {
    let publish =
        world.store.publish_settings(world.now(), SecretString::from(EXAMPLE), "the example".to_owned());
    publish.await.expect("it is written");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sold_is_good_to_look_at() {
    let world = World::new().await;
    let ada = world.visitor("Ada Lovelace", Role::Owner).await;
    look(
        &world,
        Some(&ada),
        &[("/offers", "offers-none"), ("/settings", "settings-none"), ("/offers/new", "offer-new")],
    )
    .await;
    published(&world).await;
    let pages = [
        ("/offers", "offers"),
        ("/offers/buyer-c-medicare", "offer"),
        ("/offers/buyer-c-medicare/ping", "offer-ping"),
        ("/offers/buyer-c-medicare/test-call", "offer-test-call"),
        ("/offers/buyer-c-medicare/sample", "offer-sample"),
        ("/buyers", "buyers"),
        ("/buyers/buyer-c", "buyer"),
        ("/campaigns", "campaigns"),
        ("/campaigns/medicare", "campaign"),
        ("/campaigns/medicare/simulator", "simulator"),
        ("/publishers", "publishers"),
        ("/settings", "settings"),
    ];
    look(&world, Some(&ada), &pages).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_call_that_is_awaited_is_good_to_look_at() {
    let world = World::behind_carrier("https://calls.example.com", Ok(vec![])).await;
    published(&world).await;
    let ada = world.visitor("Ada Lovelace", Role::OfferManager).await;
    let page = "/offers/buyer-c-medicare/test-call";
    look(&world, Some(&ada), &[(page, "offer-test-call-real")]).await;
    let typed = [("campaign", "medicare"), ("number", "+18005550100"), ("from", "+13055550142")];
    assert_eq!(ada.post(page, &typed).await.status(), 303);
    look(&world, Some(&ada), &[(page, "offer-test-call-waits")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn how_an_offer_stands_is_good_to_look_at() {
    let world = World::new().await;
    let text = SecretString::from(include_str!("../seeds/standing.toml"));
    world.store.publish_settings(world.now(), text, "it".to_owned()).await.expect("it is written");
    seeds::sold(&world.store).await;
    world.wait(std::time::Duration::from_secs(300));
    let why = "7 of its last 10 pings timed out; 1 in 5 is sent, until 3 are answered in a row".to_owned();
    let offer = lead::OfferId::parse("e").expect("a slug");
    world.throttled.lock().expect("no panic").insert(offer, console::Throttled { one_in: 5, why });
    let ada = world.visitor("Ada Lovelace", Role::OfferManager).await;
    let pages = [
        ("/offers", "offers-gauges"),
        ("/offers/a", "offer-gauges"),
        ("/offers/e", "offer-throttled"),
        ("/buyers/buyer-of-a", "buyer-gauges"),
    ];
    look(&world, Some(&ada), &pages).await;
    task(&world, Some(&ada), "preview", json!({})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_is_made_tried_and_mapped_by_the_keyboard() {
    let world = World::new().await;
    let ada = world.visitor("Ada Lovelace", Role::OfferManager).await;
    published(&world).await;
    task(&world, Some(&ada), "offer", json!({})).await;
    let latest = world.store.latest_settings().await.expect("it is read").expect("one was published");
    let text = secrecy::ExposeSecret::expose_secret(&latest.body);
    let settings = world.console.read_settings(text).expect("they hold together");
    let offer = settings.offers().find(|it| it.id.as_str() == "buyer-z").expect("it was made");
    assert_eq!((offer.name.as_str(), offer.active), ("Buyer Z", true));
    assert!(format!("{:?}", offer.endpoints.wire).contains("$.bid"));
}
