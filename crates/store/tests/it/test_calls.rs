//! Test calls that wait: the first call that fits takes one, and nobody else.

use std::time::Duration;

use lead::{E164, JourneyId, OfferId, Pii, Timestamp};
use store::{By, NewTestCall, TEST_CALL_WAIT_MAX, TEST_CALLS_WAITING_MAX, TestCall, Whose};

use crate::world::{ADA, KEY, World, start};

const HERE: &str = "+18005550100";

fn number(text: &str) -> E164 {
    E164::parse(text).expect("a number")
}

fn offer(id: &str) -> OfferId {
    OfferId::parse(id).expect("an id")
}

fn by() -> By {
    By::COMMAND
}

async fn asked(world: &World, now: Timestamp, of: &str, from: &str) -> Option<TestCall> {
    let new = NewTestCall { offer: offer(of), dnis: number(HERE), caller: Pii::new(number(from)) };
    world.store.ask_for_test_call(now, by(), new).await.expect("it is kept")
}

async fn taken(world: &World, now: Timestamp, call: &str, (from, to): (&str, &str)) -> Option<OfferId> {
    let journey = JourneyId::of_call("tests", call);
    let caller = Pii::new(number(from));
    world.store.test_call_at(now, journey, (&caller, &number(to))).await.expect("it is known")
}

#[tokio::test]
async fn the_next_call_from_that_telephone_to_that_number_is_the_test_and_no_other() {
    let world = World::new().await;
    let now = start();
    let ask = asked(&world, now, "a", ADA).await.expect("there is room");
    assert_eq!((ask.ends_at, &ask.journey), (now + TEST_CALL_WAIT_MAX, &None));
    assert_eq!(taken(&world, now, "stranger", ("+12125550143", HERE)).await, None);
    assert_eq!(taken(&world, now, "elsewhere", (ADA, "+18005550101")).await, None);
    assert_eq!(taken(&world, now, "first", (ADA, HERE)).await, Some(offer("a")));
    assert_eq!(taken(&world, now, "second", (ADA, HERE)).await, None, "one call");
    assert_eq!(taken(&world, now, "first", (ADA, HERE)).await, Some(offer("a")), "its webhook came again");
    let listed = world.store.test_calls_of(&offer("a")).await.expect("they are read");
    assert_eq!(listed[0].journey, Some(JourneyId::of_call("tests", "first")));
}

#[tokio::test]
async fn a_store_that_is_opened_again_knows_it_and_forgets_it_in_time() {
    let world = World::new().await;
    let now = start();
    asked(&world, now, "a", ADA).await.expect("there is room");
    let world = world.reopen(KEY).await;
    let over = now + TEST_CALL_WAIT_MAX + Duration::from_secs(1);
    assert_eq!(taken(&world, over, "late", (ADA, HERE)).await, None);
    asked(&world, over, "a", ADA).await.expect("there is room");
    let world = world.reopen(KEY).await;
    assert_eq!(taken(&world, over, "first", (ADA, HERE)).await, Some(offer("a")));
}

#[tokio::test]
async fn the_latest_wish_for_the_same_call_counts_and_only_so_many_wait() {
    let world = World::new().await;
    let now = start();
    for of in ["a", "b"] {
        asked(&world, now, of, ADA).await.expect("there is room");
    }
    for nth in 1..TEST_CALLS_WAITING_MAX {
        let from = format!("+1212555{nth:04}");
        assert!(asked(&world, now, "a", &from).await.is_some(), "{nth}");
    }
    assert_eq!(asked(&world, now, "a", "+13105550142").await, None);
    let later = now + TEST_CALL_WAIT_MAX;
    assert!(asked(&world, later, "a", "+13105550142").await.is_some());
    assert_eq!(taken(&world, now, "first", (ADA, HERE)).await, Some(offer("b")));
}

#[tokio::test]
async fn who_is_erased_waits_no_more() {
    let world = World::new().await;
    let now = start();
    asked(&world, now, "a", ADA).await.expect("there is room");
    world.store.erase(now, &Whose::Caller(Pii::new(number(ADA)))).await.expect("it is done");
    assert_eq!(taken(&world, now, "first", (ADA, HERE)).await, None);
}
