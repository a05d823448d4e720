//! The list of calls and their stories, as people see them.

use serde_json::json;
use store::Role;

use crate::{
    browser::{look, look_at, task},
    seeds,
    world::World,
};

#[tokio::test(flavor = "multi_thread")]
async fn the_list_and_the_story_are_good_to_look_at() {
    let world = World::new().await;
    let ada = world.visitor("Ada Lovelace", Role::Owner).await;
    look(&world, Some(&ada), &[("/calls", "calls-none")]).await;
    let (sold, abandoned) = (seeds::sold(&world.store).await, seeds::abandoned(&world.store).await);
    seeds::lines(&world.store, sold).await;
    let (sold, abandoned) = (format!("/calls/{sold}"), format!("/calls/{abandoned}"));
    look(
        &world,
        Some(&ada),
        &[
            ("/calls", "calls"),
            ("/calls?campaign=medicare-fl&sale=earned", "calls-filtered"),
            ("/calls?outcome=no_bids", "calls-nothing"),
            (&sold, "story"),
            (&abandoned, "story-abandoned"),
        ],
    )
    .await;
    look_at(&world, Some(&ada), "/calls?until=yesterday", "calls-wrong", 422).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_finds_a_call_and_reads_its_story_by_the_keyboard() {
    let world = World::new().await;
    let ada = world.visitor("Ada Lovelace", Role::Owner).await;
    seeds::sold(&world.store).await;
    seeds::abandoned(&world.store).await;
    task(&world, Some(&ada), "calls", json!({ "last": "0142", "number": "+13055550142" })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn callbacks_are_good_to_look_at_and_cancelled_by_the_keyboard() {
    let world = World::new().await;
    let ada = world.visitor("Ada Lovelace", Role::Owner).await;
    look(&world, Some(&ada), &[("/callbacks", "callbacks-none")]).await;
    let [night, ..] = seeds::waiting(&world.store).await;
    world.wait(std::time::Duration::from_secs(600));
    let pages = [("/callbacks", "callbacks"), ("/callbacks?state=connected", "callbacks-nothing")];
    look(&world, Some(&ada), &pages).await;
    task(&world, Some(&ada), "callbacks", json!({})).await;
    assert_eq!(*world.cancelled.lock().expect("no panic"), [night]);
}
