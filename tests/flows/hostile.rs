//! Every hostile buyer of the sandbox, five a call beside a healthy one: each ends under its own name, and the healthy one
//! is connected.

use std::time::Duration;

use sandbox::{
    Behaviour, Trap,
    buyers::{Bid, Hostile, hostile},
    medicare::{BUYER_NUMBERS, Name},
};

use crate::{
    draft::TIMEOUT,
    play::{Call, pings},
    world::{NAMES, Plan, World, offer_id, until},
};

/// Everybody but C, who is healthy.
const SEATS: [Name; 5] = [Name::A, Name::B, Name::D, Name::E, Name::F];

fn again_and_again(plan: &mut Plan) {
    plan.draft.campaign("repeat = { window = '0s' }");
    plan.draft.offers("bid_max = '500'\nmin_bid = '0.01'");
    NAMES.into_iter().for_each(|name| plan.draft.offer_without(name, &["duplicate"]));
    // Hostile buyers are to be met, and not to be left out.
    plan.throttle = false;
}

/// What the records say differently than a buyer's row, once all that comes late has come.
async fn differing(world: &World, call: Call, seated: &[(Name, Hostile)]) -> Vec<String> {
    let told = world.told(call).await;
    told.sold(Name::C, "91.00");
    let journey = told.row.journey;
    let is_late = |name: Name| seated.iter().any(|(seat, it)| *seat == name && it.becomes == "late");
    let offers = until("what comes late", async || {
        let offers = world.store().auctions_of(journey).await.expect("it reads").remove(0).offers;
        let of = |name: Name| offers.iter().find(|it| it.offer.as_str() == offer_id(name));
        let came = SEATS
            .into_iter()
            .filter(|name| is_late(*name))
            .all(|name| of(name).is_some_and(|it| it.outcome != "timeout"));
        came.then_some(offers)
    })
    .await;
    let mut differ = vec![];
    for (name, row) in seated {
        let found = offers.iter().find(|it| it.offer.as_str() == offer_id(*name)).expect("it was considered");
        let is = (&*found.outcome, found.detail.as_deref());
        if is.0 != row.becomes || (row.because.is_some() && is.1 != row.because) {
            differ.push(format!("{}: {is:?}, not {} {:?}", row.name, row.becomes, row.because));
        }
    }
    differ
}

#[tokio::test]
async fn each_ends_under_its_own_name() {
    let trap = Trap::start().await;
    let elsewhere = format!("http://{}/ping", trap.address());
    let all = hostile(&elsewhere, TIMEOUT + Duration::from_millis(100));
    assert!(all.len() > 50, "{} kinds", all.len());
    let world = World::with(again_and_again).await;
    let mut differ = vec![];
    for some in all.chunks(SEATS.len()) {
        let seated: Vec<_> = SEATS.into_iter().zip(some.iter().cloned()).collect();
        for (name, row) in &seated {
            world.medicare.bids(*name, row.does.clone());
        }
        differ.extend(differing(&world, world.call(), &seated).await);
    }
    assert!(differ.is_empty(), "{} differ:\n{}", differ.len(), differ.join("\n"));
    assert_eq!(trap.connections(), 0, "no redirect is followed");
    let calls = all.len().div_ceil(SEATS.len());
    assert!(pings(&world).into_iter().all(|pinged| pinged >= calls), "{:?}", pings(&world));
    world.finish().await;
}

#[tokio::test]
async fn a_buyer_bids_once_by_each_id() {
    let world = World::with(|plan| plan.draft.offer(Name::A, "buyer = 'buyer-b'")).await;
    let bid = |name: Name, amount: &str, after: u64| {
        let bid = Bid { bid_id: Some("the-same".to_owned()), ..Bid::new(amount) };
        Behaviour::Bid(bid.at(BUYER_NUMBERS[name as usize]).after(Duration::from_millis(after)))
    };
    world.medicare.bids(Name::B, bid(Name::B, "72", 0));
    world.medicare.bids(Name::A, bid(Name::A, "99", 300));
    let told = world.play().await;
    told.sold(Name::C, "91.00");
    assert_eq!([told.outcome_of(Name::A), told.outcome_of(Name::B)], ["duplicate_bid", "outbid"]);
    world.finish().await;
}
