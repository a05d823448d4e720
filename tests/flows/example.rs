//! The Medicare example to the cent, and the ways it goes when buyers do otherwise.

use sandbox::{Behaviour, Line, medicare, medicare::Name};
use store::{EntryKind, SaleState};

use crate::{
    play::{bid, key, pings, posts},
    world::World,
};

#[tokio::test]
async fn the_example_to_the_cent() {
    let world = World::with(|plan| plan.silent_f = true).await;
    let told = world.play().await;
    told.sold(Name::C, "91.00");
    assert_eq!(told.sale().best_static.map(|price| price.to_string()).as_deref(), Some("45.00"));
    assert_eq!((told.sale().price - told.sale().best_static.expect("C has one")).to_string(), "46.00");
    assert_eq!(told.sale().state, SaleState::Earned);
    assert_eq!((told.row.pings, told.row.bids), (6, 3));
    assert_eq!(pings(&world), [1; 6]);
    assert_eq!(posts(&world), [0, 0, 1, 0, 0, 0]);
    let outcomes = [Name::A, Name::B, Name::C, Name::D, Name::E, Name::F].map(|name| told.outcome_of(name));
    assert_eq!(outcomes, ["outbid", "outbid", "won", "no_bid", "rejected", "timeout"]);
    assert_eq!(told.record.dials.len(), 1);
    world.finish().await;
}

#[tokio::test]
async fn the_post_says_what_the_ping_said_and_who_it_is() {
    let world = World::example().await;
    let told = world.play().await;
    let ping = world.medicare.buyer(Name::C).pings()[0].json();
    let posts = world.medicare.buyer(Name::C).posted(1).await;
    let post = posts[0].json();
    for name in ["pingId", "offerId", "channel"] {
        assert_eq!(post[name], ping[name], "{name}");
    }
    for name in ["zip", "state", "ivr", "derived"] {
        assert_eq!(post["profile"][name], ping[name], "{name}");
    }
    assert_eq!(ping["zip"], medicare::ZIP);
    assert_eq!(ping["state"], medicare::STATE);
    assert_eq!(ping["ivr"]["age"], 65);
    assert_eq!(post["lead"]["phone"], medicare::CALLER);
    assert_eq!(post["price"], "91.00");
    assert_eq!(post["bidId"], "buyer-c-1");
    assert_eq!(post["saleId"], told.sale().id.to_string());
    assert_eq!(key(&posts[0]), told.sale().id.to_string());
    assert_eq!(post["call"]["carrierCallId"], told.record.sid);
    assert!(post.get("changed").is_none(), "nothing changed: {post}");
    let other = world.medicare.buyer(Name::A).pings()[0].json();
    assert_ne!(other["pingId"], ping["pingId"], "buyers cannot match their notes");
    world.finish().await;
}

#[tokio::test]
async fn c_is_busy_and_a_is_next() {
    let world = World::example().await;
    world.medicare.line(Name::C, Line::busy());
    let told = world.play().await;
    told.sold(Name::A, "85.00");
    assert_eq!(told.dialled(), [Name::C, Name::A]);
    assert_eq!(posts(&world), [1, 0, 0, 0, 0, 0], "no post to a buyer that did not answer");
    world.finish().await;
}

#[tokio::test]
async fn a_and_c_are_silent_and_b_wins() {
    let world = World::example().await;
    world.medicare.bids(Name::A, Behaviour::Silent);
    world.medicare.bids(Name::C, Behaviour::Silent);
    let told = world.play().await;
    told.sold(Name::B, "72.00");
    assert_eq!([told.outcome_of(Name::A), told.outcome_of(Name::C)], ["timeout", "timeout"]);
    assert_eq!(posts(&world), [0, 1, 0, 0, 0, 0]);
    world.finish().await;
}

/// Nobody bids.
fn nobody_bids(world: &World) {
    for name in [Name::A, Name::B, Name::C] {
        world.medicare.bids(name, Behaviour::NoBid204);
    }
}

#[tokio::test]
async fn nobody_bids_and_the_best_static_price_is_taken() {
    let world = World::example().await;
    nobody_bids(&world);
    let told = world.play().await;
    told.sold(Name::C, "45.00");
    assert_eq!(told.row.bids, 0);
    assert_eq!(posts(&world), [0, 0, 1, 0, 0, 0]);
    world.finish().await;
}

#[tokio::test]
async fn the_best_static_buyer_is_busy_and_the_next_one_follows() {
    let world = World::example().await;
    nobody_bids(&world);
    world.medicare.line(Name::C, Line::busy());
    let told = world.play().await;
    told.sold(Name::A, "38.00");
    assert_eq!(told.dialled(), [Name::C, Name::A]);
    world.finish().await;
}

#[tokio::test]
async fn bids_fail_on_the_line_and_the_static_prices_follow() {
    let world = World::example().await;
    world.medicare.line(Name::A, Line::busy());
    world.medicare.line(Name::B, Line::no_answer());
    world.medicare.bids(Name::C, Behaviour::NoBid204);
    let told = world.play().await;
    told.sold(Name::C, "45.00");
    assert_eq!(told.dialled(), [Name::A, Name::B, Name::C]);
    world.finish().await;
}

#[tokio::test]
async fn without_the_fallback_to_static_the_campaigns_ending_is_heard() {
    let world = World::with(|plan| plan.draft.file("fallback_to_static = false")).await;
    nobody_bids(&world);
    let told = world.play().await;
    told.unsold("no_bids");
    assert!(told.record.transcript().contains("All our agents are busy"), "{}", told.record.transcript());
    assert!(told.record.dials.is_empty());
    assert_eq!(posts(&world), [0; 6]);
    world.finish().await;
}

#[tokio::test]
async fn the_ending_may_lead_to_a_number_without_a_sale() {
    let world = World::with(|plan| {
        plan.draft.file("fallback_to_static = false");
        plan.draft.campaign("fallback = { say = 'One moment.', dial = '+18005550199' }");
    })
    .await;
    nobody_bids(&world);
    world.medicare.carrier.line("+18005550199", Line::answers(crate::world::TALK));
    let told = world.play().await;
    told.unsold("no_bids");
    assert_eq!(told.record.bridged().map(|dial| &*dial.to), Some("+18005550199"));
    world.finish().await;
}

#[tokio::test]
async fn a_low_bid_loses_to_the_static_price_where_the_campaign_says_so() {
    let world = World::with(|plan| plan.draft.campaign("reserve = 'best_static'")).await;
    nobody_bids(&world);
    world.medicare.bids(Name::B, Behaviour::Bid(bid(Name::B, "20")));
    let told = world.play().await;
    told.sold(Name::C, "45.00");
    assert_eq!(told.outcome_of(Name::B), "below_reserve");
    assert_eq!(posts(&world), [0, 0, 1, 0, 0, 0]);
    world.finish().await;
}

#[tokio::test]
async fn a_low_bid_wins_where_the_campaign_has_no_reserve() {
    let world = World::example().await;
    nobody_bids(&world);
    world.medicare.bids(Name::B, Behaviour::Bid(bid(Name::B, "20")));
    let told = world.play().await;
    told.sold(Name::B, "20.00");
    assert!(told.entries().contains(&(EntryKind::Earned, "20.00".to_owned())), "{:?}", told.entries());
    world.finish().await;
}

#[tokio::test]
async fn a_call_to_a_number_of_no_campaign_gets_a_polite_document() {
    let world = World::example().await;
    let call = sandbox::InboundCall { to: "+18005550111".to_owned(), ..world.medicare.call() };
    let record = world.place(call).handle.ended().await;
    assert!(record.transcript().contains("cannot take your call"), "{}", record.transcript());
    assert_eq!(pings(&world), [0; 6]);
    world.finish().await;
}

#[tokio::test]
async fn behind_a_proxy_the_carrier_knows_another_address() {
    let world = World::with(|plan| plan.public_base = Some("https://calls.example")).await;
    let told = world.play().await;
    told.sold(Name::C, "91.00");
    assert!(told.record.webhooks.iter().all(|webhook| webhook.url.starts_with("https://calls.example/")));
    world.finish().await;
}

#[tokio::test]
async fn an_offer_without_a_ping_url_sells_at_its_static_price_alone() {
    let world = World::with(|plan| {
        plan.draft.offer_without(Name::D, &["ping_url"]);
        plan.draft.offer(Name::D, "static_price = '60.00'");
    })
    .await;
    nobody_bids(&world);
    let told = world.play().await;
    told.sold(Name::D, "60.00");
    assert_eq!(pings(&world), [1, 1, 1, 0, 1, 1]);
    assert_eq!((told.row.pings, told.row.bids), (5, 0));
    world.finish().await;
}
