//! The same caller again: the same buyer without charge, a new auction without it, or the ending.

use sandbox::{Line, medicare, medicare::Name};

use crate::{
    play::{pings, posts},
    world::World,
};

#[tokio::test]
async fn the_same_buyer_again_without_charge() {
    let world = World::example().await;
    world.play().await.sold(Name::C, "91.00");
    let told = world.play().await;
    assert_eq!(told.outcome(), "repeat");
    assert_eq!(told.dialled(), [Name::C]);
    assert!(!told.record.transcript().contains("zip code"), "nobody is asked twice");
    assert_eq!(pings(&world), [1; 6], "no auction");
    assert_eq!(told.sales.iter().map(|(sale, _)| sale.price.to_string()).collect::<Vec<_>>(), ["0.00"]);
    assert_eq!(told.row.payout.to_string(), "0.00");
    let other = world.call_from(Some("+13055550143"), medicare::caller());
    world.told(other).await.sold(Name::C, "91.00");
    world.finish().await;
}

#[tokio::test]
async fn the_same_buyer_is_busy_now() {
    let world = World::example().await;
    world.play().await.sold(Name::C, "91.00");
    world.medicare.line(Name::C, Line::busy());
    let told = world.play().await;
    told.unsold("nobody_answered");
    assert!(told.record.transcript().contains("All our agents are busy"));
    world.finish().await;
}

#[tokio::test]
async fn a_new_auction_without_the_buyers_that_had_the_caller() {
    let world =
        World::with(|plan| plan.draft.campaign("repeat = { window = '1d', then = 'without_them' }")).await;
    world.play().await.sold(Name::C, "91.00");
    let told = world.play().await;
    told.sold(Name::A, "85.00");
    assert_eq!(told.outcome_of(Name::C), "duplicate_lead");
    world.play().await.sold(Name::B, "72.00");
    assert_eq!(pings(&world), [2, 3, 1, 3, 3, 3]);
    world.finish().await;
}

#[tokio::test]
async fn the_ending() {
    let world = World::with(|plan| plan.draft.campaign("repeat = { window = '1d', then = 'ending' }")).await;
    world.play().await.sold(Name::C, "91.00");
    let told = world.play().await;
    told.unsold("repeat_refused");
    assert!(told.record.transcript().contains("All our agents are busy"));
    assert_eq!(posts(&world), [0, 0, 1, 0, 0, 0]);
    world.finish().await;
}

#[tokio::test]
async fn who_was_not_sold_is_no_repeat() {
    let world = World::example().await;
    let gone = medicare::caller().hanging_up(sandbox::HangUp::AtPrompt("how old".to_owned()));
    world.play_by(gone).await.unsold("abandoned_interview");
    world.play().await.sold(Name::C, "91.00");
    world.finish().await;
}
