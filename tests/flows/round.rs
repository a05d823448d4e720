//! The round: whom it waits for, and whom it does not keep waiting.

use std::time::Duration;

use sandbox::{Behaviour, Line, buyers::Bid, medicare::Name};

use crate::{
    draft::TIMEOUT,
    play::{bid, posts},
    world::World,
};

#[tokio::test]
async fn no_webhook_waits_for_a_buyer_that_hangs() {
    let world = World::example().await;
    world.medicare.bids(Name::F, Behaviour::HangAfterHeaders);
    world.medicare.bids(Name::D, Behaviour::Silent);
    let told = world.play().await;
    told.sold(Name::C, "91.00");
    assert!(told.round() >= TIMEOUT && told.round() < TIMEOUT * 2, "{:?}", told.round());
    let slowest = told.record.webhooks.iter().map(|webhook| webhook.elapsed).max().unwrap_or_default();
    assert!(slowest < told.round() / 2, "a webhook was answered after {slowest:?}");
    assert_eq!([told.outcome_of(Name::D), told.outcome_of(Name::F)], ["timeout", "timeout"]);
    world.finish().await;
}

#[tokio::test]
async fn a_buyer_that_drips_is_cut_at_its_deadline() {
    let world = World::example().await;
    world.medicare.bids(Name::C, Behaviour::Drip(bid(Name::C, "91")));
    let told = world.play().await;
    told.sold(Name::A, "85.00");
    assert_eq!(told.outcome_of(Name::C), "timeout");
    world.finish().await;
}

#[tokio::test]
async fn a_bid_after_the_deadline_is_late() {
    let world = World::example().await;
    let late = bid(Name::C, "91").after(TIMEOUT + Duration::from_millis(100));
    world.medicare.bids(Name::C, Behaviour::Bid(late));
    let told = world.play().await;
    told.sold(Name::A, "85.00");
    world.finish().await;
}

/// Nobody but C could win once C has bid, so nobody else is waited for.
async fn c_cannot_be_beaten() -> World {
    World::with(|plan| {
        plan.silent_f = true;
        plan.speed = 40;
        for name in [Name::A, Name::B, Name::D, Name::E, Name::F] {
            plan.draft.offer(name, "bid_max = '90'");
        }
    })
    .await
}

#[tokio::test]
async fn a_round_closes_when_nobody_left_could_win() {
    let world = c_cannot_be_beaten().await;
    let told = world.play().await;
    told.sold(Name::C, "91.00");
    assert!(told.round() < TIMEOUT / 2, "{:?}", told.round());
    assert_eq!(told.outcome_of(Name::F), "not_awaited");
    world.finish().await;
}

#[tokio::test]
async fn a_bid_that_nobody_waited_for_joins_the_ranking() {
    let world = c_cannot_be_beaten().await;
    world.medicare.bids(Name::C, Behaviour::Bid(bid(Name::C, "91")));
    world.medicare.bids(Name::A, Behaviour::Bid(bid(Name::A, "85").after(Duration::from_millis(100))));
    // C is busy only after A's bid has come.
    world.medicare.line(Name::C, Line::busy().ringing(Duration::from_secs(15)));
    let told = world.play().await;
    told.sold(Name::A, "85.00");
    assert_eq!(told.outcome_of(Name::A), "not_awaited");
    assert!(told.names().contains(&"bid_joined"), "{:?}", told.names());
    world.finish().await;
}

#[tokio::test]
async fn odd_replies_have_their_names() {
    let world = World::example().await;
    let raw = |body: &str| Behaviour::Raw { body: body.into(), content_type: "application/json".to_owned() };
    world.medicare.bids(Name::A, Behaviour::Bid(Bid::new("10").at("+13055550201")));
    world.medicare.bids(Name::B, raw(r#"{"bidId":"b","bidAmount":72,"bidAmount":99}"#));
    world.medicare.bids(Name::C, Behaviour::Bid(Bid::new("91").at("+18765550123")));
    world.medicare.bids(Name::D, Behaviour::Status(500, "{}".to_owned()));
    world.medicare.bids(Name::E, Behaviour::TooLarge);
    world.medicare.bids(Name::F, Behaviour::Close);
    let told = world.play().await;
    // C names nothing but a number that may not be dialled; its static price stands.
    told.sold(Name::C, "45.00");
    let outcomes = [Name::A, Name::B, Name::D, Name::E, Name::F].map(|name| told.outcome_of(name));
    assert_eq!(outcomes, ["below_floor", "malformed", "bad_status", "too_large", "unreachable"]);
    assert_eq!(posts(&world), [0, 0, 1, 0, 0, 0]);
    world.finish().await;
}

#[tokio::test]
async fn offers_that_do_not_buy_this_caller_are_not_asked() {
    let world = World::with(|plan| {
        plan.draft.offer(Name::A, "filters = { state = { in = ['GA'] } }");
        plan.draft.offer(Name::B, "active = false");
        plan.draft.offer(Name::D, "filters = { zip = { starts_with = ['9'] } }");
    })
    .await;
    let told = world.play().await;
    told.sold(Name::C, "91.00");
    let outcomes = [Name::A, Name::B, Name::D].map(|name| told.outcome_of(name));
    assert_eq!(outcomes, ["filtered", "paused", "filtered"]);
    assert_eq!(crate::play::pings(&world), [0, 0, 1, 0, 1, 1]);
    world.finish().await;
}

#[tokio::test]
async fn a_refusal_of_the_person_excludes_its_static_price() {
    let world = World::example().await;
    for name in [Name::A, Name::B] {
        world.medicare.bids(name, Behaviour::NoBid204);
    }
    let reason = "Duplicate caller".to_owned();
    world.medicare.bids(Name::C, Behaviour::Reject { reason, code: 1 });
    let told = world.play().await;
    told.sold(Name::A, "38.00");
    assert_eq!(told.outcome_of(Name::C), "rejected");
    world.finish().await;
}

#[tokio::test]
async fn the_floor_is_said_where_the_offer_says_so() {
    let world = World::with(|plan| plan.draft.offer(Name::A, "floor_in_ping = true")).await;
    world.play().await.sold(Name::C, "91.00");
    assert_eq!(world.medicare.buyer(Name::A).pings()[0].json()["floor"], "30.00");
    assert!(world.medicare.buyer(Name::C).pings()[0].json().get("floor").is_none());
    world.finish().await;
}
