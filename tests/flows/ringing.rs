//! The ranking on the line, one buyer after the other.

use std::time::Duration;

use sandbox::{Behaviour, Line, buyers::Bid, medicare::Name};

use crate::{
    play::{bid, posts},
    world::{NAMES, World},
};

#[tokio::test]
async fn nobody_answers_in_the_offers_time_and_the_next_is_dialled() {
    let world = World::with(|plan| plan.draft.offer(Name::C, "ring = '5s'")).await;
    world.medicare.line(Name::C, Line::stays().ringing(Duration::from_secs(40)));
    let told = world.play().await;
    told.sold(Name::A, "85.00");
    assert_eq!(told.dialled(), [Name::C, Name::A]);
    assert_eq!(told.record.dials[0].status, "no-answer");
    world.finish().await;
}

#[tokio::test]
async fn a_number_that_cannot_be_reached_is_passed_over() {
    let world = World::example().await;
    world.medicare.line(Name::C, Line::failed());
    world.medicare.line(Name::A, Line::no_answer());
    let told = world.play().await;
    told.sold(Name::B, "72.00");
    assert_eq!(told.dialled(), [Name::C, Name::A, Name::B]);
    assert_eq!(posts(&world), [0, 1, 0, 0, 0, 0]);
    world.finish().await;
}

#[tokio::test]
async fn nobody_answers_at_all() {
    let world = World::example().await;
    NAMES.iter().for_each(|name| world.medicare.line(*name, Line::busy()));
    let told = world.play().await;
    told.unsold("nobody_answered");
    assert!(told.record.transcript().contains("All our agents are busy"));
    assert_eq!(
        told.dialled(),
        [Name::C, Name::A, Name::B],
        "who did not answer is not dialled again for its static price"
    );
    assert_eq!(posts(&world), [0; 6]);
    world.finish().await;
}

#[tokio::test]
async fn not_more_buyers_are_dialled_than_the_campaign_says() {
    let world = World::with(|plan| plan.draft.campaign("attempts_max = 2")).await;
    NAMES.iter().for_each(|name| world.medicare.line(*name, Line::busy()));
    let told = world.play().await;
    told.unsold("nobody_answered");
    assert_eq!(told.dialled(), [Name::C, Name::A]);
    world.finish().await;
}

#[tokio::test]
async fn a_bid_without_a_number_goes_to_the_offers_own() {
    let world = World::example().await;
    world.medicare.bids(Name::C, Behaviour::Bid(Bid::new("91")));
    let told = world.play().await;
    told.sold(Name::C, "91.00");
    world.finish().await;
}

#[tokio::test]
async fn a_bid_may_lead_to_a_sip_address() {
    let world = World::with(|plan| {
        plan.draft.offer(Name::C, "allowed = { sip_domains = ['pbx.example'] }");
    })
    .await;
    let bid = Bid { sip_address: Some("sip:sales@pbx.example".to_owned()), ..Bid::new("91") };
    world.medicare.bids(Name::C, Behaviour::Bid(bid));
    world.medicare.carrier.line("sip:sales@pbx.example", Line::answers(crate::world::TALK));
    let told = world.play().await;
    assert_eq!(told.outcome(), "sold");
    assert_eq!(told.record.bridged().map(|dial| &*dial.to), Some("sip:sales@pbx.example"));
    world.finish().await;
}

#[tokio::test]
async fn a_bid_that_has_expired_is_asked_once_more() {
    let world = World::example().await;
    // B's first bid lives too short to be dialled.
    let lives = |seconds| Bid { expire_in_seconds: Some(seconds), ..bid(Name::B, "72") };
    world.medicare.bids(Name::B, Behaviour::Bid(lives(2)));
    world.medicare.line(Name::C, Line::busy());
    world.medicare.line(Name::A, Line::busy());
    let call = world.call();
    world.medicare.buyer(Name::B).pinged(1).await;
    world.heard(&call, "buyer_rang").await;
    world.medicare.bids(Name::B, Behaviour::Bid(lives(60)));
    let told = world.told(call).await;
    told.sold(Name::B, "72.00");
    let pings = world.medicare.buyer(Name::B).pings();
    let again = pings.get(1).map(|ping| ping.json()).unwrap_or_default();
    assert_eq!(again["repeatOf"], pings[0].json()["pingId"]);
    world.finish().await;
}
