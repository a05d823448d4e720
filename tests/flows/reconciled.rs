//! What the carrier knows and told nobody: it is asked, and drives the very event that a callback would have made.

use std::time::Duration;

use sandbox::{
    Faults, HangUp, Line,
    carrier::{CallbackFault, Kind, On},
    medicare,
    medicare::Name,
};

use crate::{
    play::{Told, posts},
    world::World,
};

/// A world in which these webhooks get lost on their way, each kind so often.
async fn losing(kinds: &[Kind], times: Option<u32>) -> World {
    let lost = |faults: Faults, kind: &Kind| {
        faults.callback_sometimes(On::Kind(*kind), CallbackFault::Drop, 100, times)
    };
    let mut world = World::with(|plan| plan.faults = kinds.iter().fold(Faults::none(), lost)).await;
    world.allowed.alerts = true;
    world
}

/// Whether an event of this key was driven.
fn has(told: &Told, key: &str) -> bool {
    told.events.iter().any(|recorded| recorded.key.starts_with(key))
}

#[tokio::test]
async fn a_talk_whose_every_ending_is_lost() {
    let world = losing(&[Kind::Completed, Kind::DialAction, Kind::CallStatus], None).await;
    let leaves = medicare::caller().hanging_up(HangUp::AfterBridge(Duration::from_secs(95)));
    let call = world.call_by(leaves);
    let told = world.told(call).await;
    told.sold(Name::C, "91.00");
    assert!(has(&told, "looked_up:ended:1") && has(&told, "looked_up:caller"), "{:?}", told.events);
    assert_eq!(posts(&world), [0, 0, 1, 0, 0, 0]);
    world.finish().await;
}

#[tokio::test]
async fn a_caller_who_comes_back_from_a_dial_that_we_think_goes_on() {
    let world = losing(&[Kind::Completed, Kind::DialAction], Some(1)).await;
    let told = world.play().await;
    told.sold(Name::C, "91.00");
    assert!(has(&told, "looked_up:ended:1"), "{:?}", told.events);
    world.finish().await;
}

#[tokio::test]
async fn a_caller_who_left_the_hold_and_nobody_told() {
    let world = losing(&[Kind::CallStatus], None).await;
    let thinks = crate::play::bid(Name::C, "91").after(Duration::from_millis(500));
    world.medicare.bids(Name::C, sandbox::Behaviour::Bid(thinks));
    let told = world.told(world.call_by(medicare::caller().hanging_up(HangUp::DuringHold))).await;
    assert_eq!(told.outcome(), "abandoned_hold");
    assert!(has(&told, "looked_up:caller"), "{:?}", told.events);
    assert!(told.dialled().is_empty(), "nobody's phone rings for a caller who is gone");
    world.finish().await;
}

/// Buyers think for half a minute: the poll that does not come says that nobody is there to sell to.
#[tokio::test]
async fn a_caller_on_hold_who_asks_no_more() {
    let mut world = World::with(|plan| {
        let lost = CallbackFault::Drop;
        plan.faults = Faults::none().callback(On::Kind(Kind::CallStatus), lost);
        plan.draft.campaign("budget = '30s'");
        plan.draft.offers("timeout = '30s'");
    })
    .await;
    world.allowed.alerts = true;
    for name in crate::world::NAMES {
        let thinks = crate::play::bid(name, "50").after(Duration::from_secs(28));
        world.medicare.bids(name, sandbox::Behaviour::Bid(thinks));
    }
    let told = world.told(world.call_by(medicare::caller().hanging_up(HangUp::DuringHold))).await;
    assert_eq!(told.outcome(), "abandoned_hold");
    assert!(has(&told, "looked_up:caller"), "{:?}", told.events);
    assert!(
        told.events.iter().all(|recorded| recorded.event.name() != "auction_closed"),
        "{:?}",
        told.events
    );
    world.finish().await;
}

#[tokio::test]
async fn the_end_of_a_leg_whose_caller_left_it_ringing() {
    let world = losing(&[Kind::Completed, Kind::DialAction], None).await;
    world.medicare.line(Name::C, Line::answers(Duration::from_secs(10)).ringing(Duration::from_secs(18)));
    let call = world.call_by(medicare::caller().hanging_up(HangUp::WhileRinging));
    let journey = call.journey;
    let told = world.told(call).await;
    assert_eq!(told.outcome(), "abandoned_ring");
    crate::world::until("the end of the leg", async || {
        let events = world.events(journey).await;
        events.iter().any(|recorded| recorded.key == "looked_up:ended:1").then_some(())
    })
    .await;
    world.finish().await;
}

/// The dial is taken, its document never arrives, and the fallback keeps the caller on hold.
#[tokio::test]
async fn a_dial_that_was_never_executed_goes_to_the_next_bid() {
    let mut world = World::with(|plan| {
        let lost = CallbackFault::LoseAnswer;
        plan.faults = Faults::none().callback_sometimes(On::Kind(Kind::Pushed), lost, 100, Some(1));
        plan.draft.campaign("take_max = '1s'\nring_extra = '0s'\nmargin = '5s'");
        plan.draft.offers("ring = '5s'");
    })
    .await;
    world.allowed.alerts = true;
    let thinks = crate::play::bid(Name::C, "91").after(Duration::from_millis(300));
    world.medicare.bids(Name::C, sandbox::Behaviour::Bid(thinks));
    let told = world.play().await;
    told.sold(Name::A, "85.00");
    assert_eq!(told.dialled(), [Name::A]);
    assert!(has(&told, "looked_up:not_found:1"), "{:?}", told.events);
    assert_eq!(posts(&world), [1, 0, 0, 0, 0, 0]);
    world.finish().await;
}

/// Nothing was told while the server was away; the carrier is asked at the start, not at the end of the longest talk.
#[tokio::test]
async fn a_talk_that_ended_while_the_server_was_away() {
    let mut world = World::with(|plan| {
        plan.speed = 20;
        let kinds = [Kind::Completed, Kind::DialAction, Kind::CallStatus];
        plan.faults = kinds
            .iter()
            .fold(Faults::none(), |faults, kind| faults.callback(On::Kind(*kind), CallbackFault::Drop));
        plan.census_every = Duration::from_secs(600);
    })
    .await;
    world.allowed.alerts = true;
    world.medicare.line(Name::C, Line::answers(Duration::from_secs(95)));
    let call = world.call_by(medicare::caller().hanging_up(HangUp::AfterBridge(Duration::from_secs(95))));
    call.handle.clone().ended().await;
    let world = world.restart().await;
    let told = world.told(call).await;
    told.sold(Name::C, "91.00");
    assert!(has(&told, "looked_up:ended:1"), "{:?}", told.events);
    world.finish().await;
}
