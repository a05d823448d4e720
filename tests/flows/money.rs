//! What is owed, and how sure it is.

use std::time::Duration;

use sandbox::{Behaviour, Line, buyers::Bid, medicare::Name};
use store::{EntryKind, SaleState};

use crate::{
    play::{bid, posts},
    world::World,
};

fn entry(kind: EntryKind, amount: &str) -> (EntryKind, String) {
    (kind, amount.to_owned())
}

#[tokio::test]
async fn a_sale_is_earned_at_its_payable_seconds_and_the_publisher_is_owed_its_share() {
    let world = World::example().await;
    let told = world.play().await;
    told.sold(Name::C, "91.00");
    // 60 % of $91, since the talk of 100 s reached the publisher's own 90 s.
    let expected = [
        entry(EntryKind::Pending, "91.00"),
        entry(EntryKind::Earned, "91.00"),
        entry(EntryKind::Payout, "54.60"),
    ];
    assert_eq!(told.entries(), expected);
    assert_eq!(told.row.payout.to_string(), "54.60");
    assert_eq!(told.row.publisher.as_ref().map(|id| id.as_str()), Some("seniors-daily"));
    let talk = told.row.sold.as_ref().and_then(|sold| sold.talk).unwrap_or_default();
    assert!(talk >= Duration::from_secs(95) && talk < Duration::from_secs(300), "{talk:?}");
    world.finish().await;
}

#[tokio::test]
async fn the_publisher_is_owed_nothing_before_its_own_seconds() {
    let world = World::with(|plan| {
        plan.speed = 50;
        plan.draft.offer(Name::C, "payable_after = '10s'");
    })
    .await;
    world.medicare.line(Name::C, Line::answers(Duration::from_secs(30)));
    let told = world.play().await;
    told.sold(Name::C, "91.00");
    assert_eq!(told.row.payout.to_string(), "0.00");
    assert!(told.entries().iter().all(|(kind, _)| *kind != EntryKind::Payout), "{:?}", told.entries());
    world.finish().await;
}

#[tokio::test]
async fn a_short_talk_is_not_paid_for() {
    let world = World::example().await;
    world.medicare.line(Name::C, Line::answers(Duration::from_secs(20)));
    let told = world.play().await;
    assert_eq!(told.outcome(), "too_short");
    assert_eq!((told.sale().state, told.row.payout.to_string()), (SaleState::Void, "0.00".to_owned()));
    assert_eq!(told.entries(), [entry(EntryKind::Pending, "91.00"), entry(EntryKind::Void, "91.00")]);
    assert_eq!(posts(&world), [0, 0, 1, 0, 0, 0], "the buyer has the lead, and nobody else gets it");
    world.finish().await;
}

#[tokio::test]
async fn a_bid_may_name_its_own_payable_seconds() {
    let world = World::with(|plan| plan.speed = 100).await;
    world.medicare.line(Name::C, Line::answers(Duration::from_secs(50)));
    let asks = |seconds| Behaviour::Bid(Bid { call_min_duration: Some(seconds), ..bid(Name::C, "91") });
    world.medicare.bids(Name::C, asks(110));
    assert_eq!(world.play().await.outcome(), "too_short", "50 s of 110");
    world.medicare.bids(Name::C, asks(121));
    let other = world.call_from(Some("+13055550143"), sandbox::medicare::caller());
    let told = world.told(other).await;
    told.sold(Name::A, "85.00");
    assert_eq!(told.outcome_of(Name::C), "bad_terms", "its offer allows two minutes");
    world.finish().await;
}

#[tokio::test]
async fn without_payable_seconds_a_sale_is_earned_at_once() {
    let world = World::example().await;
    world.medicare.bids(Name::C, Behaviour::NoBid204);
    world.medicare.line(Name::A, Line::answers(Duration::from_secs(5)));
    let told = world.play().await;
    told.sold(Name::A, "85.00");
    assert_eq!(told.sale().state, SaleState::Earned);
    world.finish().await;
}

#[tokio::test]
async fn a_buyer_that_drops_the_caller_at_once_loses_it_to_the_next_bid() {
    let world = World::with(|plan| plan.draft.campaign("short_drop = '50s'")).await;
    world.medicare.line(Name::C, Line::answers(Duration::from_secs(4)));
    let told = world.play().await;
    assert_eq!(told.outcome(), "sold");
    assert_eq!(told.dialled(), [Name::C, Name::A]);
    let sold: Vec<_> = told.sales.iter().map(|(sale, _)| (sale.price.to_string(), sale.state)).collect();
    assert_eq!(sold, [("91.00".to_owned(), SaleState::Void), ("85.00".to_owned(), SaleState::Earned)]);
    // The void cancels a post that was not on its way yet; else its buyer has the lead, and is told of its return.
    world.posts_settled(None).await;
    let posts = world.medicare.buyer(Name::C).posts();
    let ids: Vec<_> = posts.iter().map(|post| crate::play::key(post).starts_with("returned_")).collect();
    assert!(matches!(ids[..], [] | [false, true]), "{ids:?}");
    world.finish().await;
}

#[tokio::test]
async fn a_test_campaign_sells_at_nothing() {
    let world = World::with(|plan| plan.draft.campaign("test = true")).await;
    let told = world.play().await;
    assert_eq!(told.outcome(), "sold");
    assert_eq!((told.sale().price.to_string(), told.sale().test), ("0.00".to_owned(), true));
    assert_eq!(world.medicare.buyer(Name::C).pings()[0].json()["test"], true);
    assert_eq!(world.medicare.buyer(Name::C).posted(1).await[0].json()["test"], true);
    world.finish().await;
}
