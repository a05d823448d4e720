//! What an operator does while calls go on.

use std::time::Duration;

use auction::Destination;
use journey::Event;
use lead::E164;
use sandbox::{Line, medicare::Name};
use server::drive::{Driven, Driving, drive};

use crate::{
    play::{Call, posts},
    world::{TALK, World},
};

/// Where calls are transferred to.
const ELSEWHERE: &str = "+13055550299";

#[tokio::test]
async fn a_publication_changes_nothing_of_a_call_that_goes_on() {
    let mut world = World::with(|plan| plan.speed = 40).await;
    world.medicare.line(Name::C, Line::answers(TALK).ringing(Duration::from_secs(15)));
    let call = world.call();
    world.heard(&call, "buyer_rang").await;
    let version = world
        .publish(|draft| {
            draft.offer(Name::C, "active = false\npayable_after = '2m'\nmin_bid = '100'");
            draft.publisher("payout = { percent = 1 }");
        })
        .await;
    let told = world.told(call).await;
    told.sold(Name::C, "91.00");
    assert_eq!(told.row.payout.to_string(), "54.60");
    assert!(told.auctions[0].settings_version < version);
    world.medicare.line(Name::A, Line::answers(Duration::from_secs(10)));
    let next = world.told(world.call_from(Some("+13055550143"), sandbox::medicare::caller())).await;
    next.sold(Name::A, "85.00");
    assert_eq!(next.auctions[0].settings_version, version);
    assert_eq!(next.outcome_of(Name::C), "paused");
    world.finish().await;
}

async fn transfer(world: &World, call: &Call) -> Driven {
    let to = Destination::Phone(E164::parse(ELSEWHERE).expect("a number"));
    let event = Event::TransferAsked { to };
    let driving = Driving { journey: call.journey, key: "transfer-asked".to_owned(), event };
    drive(world.server(), driving, |_| ()).await.expect("it can be driven").0
}

/// A call that goes on until it is transferred.
async fn talking() -> (World, Call) {
    let world = World::with(|plan| plan.draft.offer(Name::C, "payable_after = '0s'")).await;
    world.medicare.line(Name::C, Line::stays());
    world.medicare.carrier.line(ELSEWHERE, Line::answers(Duration::from_secs(30)));
    let call = world.call();
    world.medicare.buyer(Name::C).posted(1).await;
    (world, call)
}

#[tokio::test]
async fn a_transfer_moves_the_caller_and_the_sale_stands() {
    let (world, call) = talking().await;
    assert_eq!(transfer(&world, &call).await, Driven::New);
    assert_eq!(transfer(&world, &call).await, Driven::Repeat);
    let told = world.told(call).await;
    assert_eq!(told.outcome(), "sold");
    let dialled: Vec<_> = told.record.dials.iter().map(|dial| (&*dial.to, dial.bridged)).collect();
    assert_eq!(dialled, [(sandbox::medicare::BUYER_NUMBERS[2], true), (ELSEWHERE, true)]);
    assert_eq!(posts(&world), [0, 0, 1, 0, 0, 0]);
    world.finish().await;
}

#[tokio::test]
async fn a_transfer_that_the_carrier_refuses_leaves_them_talking() {
    use sandbox::carrier::{Faults, RestFault, RestKind};
    let (world, call) = talking().await;
    world.medicare.carrier.set_faults(Faults::none().rest(RestKind::Update, RestFault::Refuse(400), None));
    assert_eq!(transfer(&world, &call).await, Driven::New);
    world.heard(&call, "transfer_failed").await;
    call.handle.hang_up();
    let told = world.told(call).await;
    assert_eq!(told.record.dials.len(), 1);
    world.finish().await;
}

#[tokio::test]
async fn an_offer_that_is_gone_from_the_settings_gets_what_it_bought() {
    let mut world = World::with(|plan| plan.speed = 40).await;
    world.medicare.line(Name::C, Line::answers(TALK).ringing(Duration::from_secs(15)));
    let call = world.call();
    world.heard(&call, "buyer_rang").await;
    world.publish(|draft| draft.drops(Name::C)).await;
    let told = world.told(call).await;
    told.sold(Name::C, "91.00");
    assert_eq!(posts(&world), [0, 0, 1, 0, 0, 0]);
    world.finish().await;
}
