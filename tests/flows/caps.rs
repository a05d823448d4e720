//! Caps, seats and duplicates over several calls.

use std::time::Duration;

use sandbox::{Line, medicare, medicare::Name};

use crate::{
    play::{Call, Told},
    world::World,
};

/// Callers that nobody has seen before.
const OTHERS: [&str; 4] = ["+13055550143", "+13055550144", "+13055550145", "+13055550146"];

fn call(world: &World, n: usize) -> Call {
    world.call_from(Some(OTHERS[n]), medicare::caller())
}

async fn play(world: &World, n: usize) -> Told {
    world.told(call(world, n)).await
}

#[tokio::test]
async fn a_full_cap_sends_the_next_call_to_the_next_bid() {
    let world = World::with(|plan| {
        plan.draft.offer(Name::C, "caps = [{ counts = 'answered', period = 'day', max = 1 }]");
    })
    .await;
    play(&world, 0).await.sold(Name::C, "91.00");
    let told = play(&world, 1).await;
    told.sold(Name::A, "85.00");
    assert_eq!(told.outcome_of(Name::C), "capped");
    assert_eq!(told.detail_of(Name::C).as_deref(), Some("offer/answered/day 1/1"));
    world.finish().await;
}

#[tokio::test]
async fn of_two_calls_at_once_a_cap_of_one_takes_one() {
    let world = World::with(|plan| {
        plan.draft.offer(Name::C, "caps = [{ counts = 'answered', period = 'day', max = 1 }]");
    })
    .await;
    let (first, second) = (call(&world, 0), call(&world, 1));
    let mut sold = vec![];
    for told in [world.told(first).await, world.told(second).await] {
        assert_eq!(told.outcome(), "sold");
        sold.push(told.sale().price.to_string());
    }
    sold.sort();
    assert_eq!(sold, ["85.00", "91.00"], "the reservation decides, not what the round knew");
    world.finish().await;
}

#[tokio::test]
async fn a_cap_is_given_back_by_who_did_not_answer() {
    let world = World::with(|plan| {
        plan.draft.offer(Name::C, "caps = [{ counts = 'answered', period = 'day', max = 1 }]");
    })
    .await;
    world.medicare.line(Name::C, Line::busy());
    play(&world, 0).await.sold(Name::A, "85.00");
    world.medicare.line(Name::C, Line::answers(crate::world::TALK));
    play(&world, 1).await.sold(Name::C, "91.00");
    world.finish().await;
}

#[tokio::test]
async fn a_cap_of_payable_calls_is_given_back_by_a_short_talk() {
    let world = World::with(|plan| {
        plan.draft.offer(Name::C, "caps = [{ counts = 'payable', period = 'day', max = 1 }]");
    })
    .await;
    world.medicare.line(Name::C, Line::answers(Duration::from_secs(10)));
    assert_eq!(play(&world, 0).await.outcome(), "too_short");
    world.medicare.line(Name::C, Line::answers(crate::world::TALK));
    play(&world, 1).await.sold(Name::C, "91.00");
    play(&world, 2).await.sold(Name::A, "85.00");
    world.finish().await;
}

#[tokio::test]
async fn money_has_a_cap_too() {
    let world = World::with(|plan| {
        plan.draft.offer(Name::C, "caps = [{ counts = 'money', period = 'day', max = '100.00' }]");
    })
    .await;
    play(&world, 0).await.sold(Name::C, "91.00");
    let told = play(&world, 1).await;
    assert_eq!(told.sale().price.to_string(), "85.00", "91 and 91 are more than 100");
    world.finish().await;
}

#[tokio::test]
async fn a_seat_is_free_again_when_its_leg_has_ended() {
    let world = World::with(|plan| {
        plan.draft.offer(Name::C, "concurrency = 1\npayable_after = '0s'");
        plan.draft.campaign("bridge_min = '1ms'");
    })
    .await;
    world.medicare.line(Name::C, Line::stays());
    let first = call(&world, 0);
    world.medicare.buyer(Name::C).posted(1).await;
    let second = play(&world, 1).await;
    second.sold(Name::A, "85.00");
    assert_eq!(second.outcome_of(Name::C), "at_concurrency");
    first.handle.hang_up();
    world.told(first).await.sold(Name::C, "91.00");
    world.medicare.line(Name::C, Line::answers(crate::world::TALK));
    play(&world, 2).await.sold(Name::C, "91.00");
    world.finish().await;
}

#[tokio::test]
async fn a_duplicate_is_not_offered_to_who_had_it() {
    let world = World::with(|plan| plan.draft.campaign("repeat = { window = '0s' }")).await;
    world.play().await.sold(Name::C, "91.00");
    let told = world.play().await;
    told.sold(Name::A, "85.00");
    assert_eq!(told.outcome_of(Name::C), "duplicate_lead");
    play(&world, 0).await.sold(Name::C, "91.00");
    world.finish().await;
}

#[tokio::test]
async fn the_same_caller_twice_at_once_is_one_lead() {
    let world = World::with(|plan| plan.draft.campaign("repeat = { window = '0s' }")).await;
    let (first, second) = (world.call(), world.call());
    let mut sold = vec![];
    for told in [world.told(first).await, world.told(second).await] {
        assert_eq!(told.outcome(), "sold");
        sold.push(told.sale().price.to_string());
    }
    sold.sort();
    assert_eq!(sold, ["85.00", "91.00"], "C buys a caller once");
    world.finish().await;
}

#[tokio::test]
async fn a_test_counts_nowhere() {
    let world = World::with(|plan| {
        plan.draft.offer(Name::C, "caps = [{ counts = 'answered', period = 'day', max = 1 }]");
        plan.draft.campaign("test = true");
    })
    .await;
    for n in 0..2 {
        let told = play(&world, n).await;
        assert_eq!((told.outcome(), told.sale().offer.as_str()), ("sold", "buyer-c-medicare"));
    }
    world.finish().await;
}
