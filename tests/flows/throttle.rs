//! The throttle: a buyer that does not answer is asked less often, the record says why, and a restart forgets nothing.

use std::time::Duration;

use sandbox::{Behaviour, medicare::Name};
use store::AuctionOffer;

use crate::{
    draft::TIMEOUT,
    play::{Told, bid, pings},
    world::{Plan, World, offer_id, until},
};

/// As many calls as it takes to know a buyer.
const SIGNS_MIN: usize = auction::SIGNS_MIN;
/// So many calls ask an offer of one share in twenty all together hardly ever, one in sixty million.
const NEVER: usize = 6;

/// The same caller may call again and again.
fn again_and_again(plan: &mut Plan) {
    plan.draft.campaign("repeat = { window = '0s' }");
    for name in crate::world::NAMES {
        plan.draft.offer_without(name, &["duplicate"]);
    }
}

fn offer_of(told: &Told, name: Name) -> AuctionOffer {
    let id = offer_id(name);
    let found = told.auctions[0].offers.iter().find(|offer| offer.offer.as_str() == id);
    found.cloned().expect("it was considered")
}

/// Calls until this buyer is left out, and gives what the record says of it.
async fn until_throttled(world: &World, name: Name, calls_max: usize) -> AuctionOffer {
    for _ in 0..calls_max {
        let told = world.play().await;
        told.sold(Name::C, "91.00");
        let offer = offer_of(&told, name);
        if offer.outcome == "throttled" {
            return offer;
        }
    }
    panic!("it was asked {calls_max} times in a row");
}

#[tokio::test]
async fn who_does_not_answer_is_asked_less_often_and_a_restart_forgets_nothing() {
    let mut world = World::with(again_and_again).await;
    world.medicare.bids(Name::D, Behaviour::Status(500, "{}".to_owned()));
    for _ in 0..SIGNS_MIN {
        assert_eq!(world.play().await.outcome_of(Name::D), "bad_status");
    }
    let left_out = until_throttled(&world, Name::D, NEVER).await;
    let why = left_out.detail.expect("it says why");
    assert!(why.contains("pings got an HTTP status that is no answer; 1 in 20 is sent, until one"), "{why}");
    assert_eq!((left_out.ping, left_out.sign), (None, None));

    let world_again = world.restart().await;
    until_throttled(&world_again, Name::D, NEVER).await;
    world = world_again;

    // Another URL is another system.
    let asked = pings(&world)[3];
    let url = format!("ping_url = '{}?at=home'", world.medicare.buyer(Name::D).ping_url());
    world.publish(|draft| draft.offer(Name::D, &url)).await;
    assert_eq!(world.play().await.outcome_of(Name::D), "bad_status");
    assert_eq!(pings(&world)[3], asked + 1);
    world.finish().await;
}

#[tokio::test]
async fn refusals_and_low_bids_are_answers() {
    let world = World::with(again_and_again).await;
    world.medicare.bids(Name::A, Behaviour::Bid(bid(Name::A, "1")));
    for _ in 0..SIGNS_MIN + 2 {
        let told = world.play().await;
        let outcomes = [Name::A, Name::D, Name::E].map(|name| told.outcome_of(name));
        assert_eq!(outcomes, ["below_floor", "no_bid", "rejected"]);
    }
    world.finish().await;
}

#[tokio::test]
async fn where_it_is_switched_off_everybody_is_asked() {
    let world = World::with(|plan| {
        again_and_again(plan);
        plan.throttle = false;
    })
    .await;
    world.medicare.bids(Name::D, Behaviour::Close);
    for _ in 0..SIGNS_MIN + NEVER {
        assert_eq!(world.play().await.outcome_of(Name::D), "unreachable");
    }
    world.finish().await;
}

#[tokio::test]
async fn where_nobody_answers_everybody_is_asked_and_nobody_is_blamed() {
    let world = World::with(again_and_again).await;
    for name in crate::world::NAMES {
        world.medicare.bids(name, Behaviour::Close);
    }
    for _ in 0..SIGNS_MIN + 2 {
        let told = world.play().await;
        assert!(
            told.outcomes().values().all(|code| code == "unreachable" || code == "won"),
            "{:?}",
            told.outcomes()
        );
        assert!(told.auctions[0].offers.iter().all(|offer| offer.sign.is_none()));
    }
    world.finish().await;
}

#[tokio::test]
async fn the_record_tells_a_late_buyer_from_a_silent_one() {
    let world = World::with(|plan| plan.silent_f = true).await;
    let late = bid(Name::A, "85").after(TIMEOUT + Duration::from_millis(100));
    world.medicare.bids(Name::A, Behaviour::Bid(late));
    let told = world.play().await;
    told.sold(Name::C, "91.00");
    let journey = told.row.journey;
    let offers = until("the late answer in the record", async || {
        let auctions = world.store().auctions_of(journey).await.expect("auctions can be read");
        let a = auctions[0].offers.iter().find(|offer| offer.offer.as_str() == offer_id(Name::A));
        (a.is_some_and(|a| a.outcome == "late")).then(|| auctions[0].offers.clone())
    })
    .await;
    let of = |name: Name| offers.iter().find(|it| it.offer.as_str() == offer_id(name)).expect("it is there");
    let (a, f) = (of(Name::A), of(Name::F));
    assert!(a.wait.is_some_and(|wait| wait > TIMEOUT) && a.reply.is_some(), "{a:?}");
    assert_eq!(a.price.map(|price| price.to_string()).as_deref(), Some("85.00"));
    assert_eq!((&*f.outcome, f.wait, &f.reply), ("timeout", None, &None));
    assert_eq!([a.sign, f.sign], [Some(auction::Sign::Late), Some(auction::Sign::Timeout)]);
    world.finish().await;
}
