//! Documents and callbacks that never arrive: the fallback URL serves the caller, and deadlines find out the rest.

use std::time::Duration;

use journey::Event;
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

/// A world in which the first webhook of a kind gets lost on its way.
async fn losing(kind: Kind) -> World {
    let faults = Faults::none().callback_sometimes(On::Kind(kind), CallbackFault::Drop, 100, Some(1));
    let mut world = World::with(|plan| plan.faults = faults).await;
    world.allowed.alerts = true;
    world
}

/// The caller was served by the fallback URL once.
#[track_caller]
fn fell_back(told: &Told) {
    assert_eq!(told.record.of(Kind::Fallback).len(), 1, "{:?}", told.record.order());
}

#[tokio::test]
async fn the_first_document() {
    let world = losing(Kind::Voice).await;
    let told = world.play().await;
    told.sold(Name::C, "91.00");
    fell_back(&told);
    world.finish().await;
}

#[tokio::test]
async fn an_answer() {
    let world = losing(Kind::Gather).await;
    let told = world.play().await;
    told.sold(Name::C, "91.00");
    fell_back(&told);
    assert_eq!(told.record.transcript().matches("enter your five digit zip").count(), 2, "asked again");
    world.finish().await;
}

#[tokio::test]
async fn a_poll() {
    let mut world = World::with(|plan| {
        let lost = CallbackFault::Drop;
        plan.faults = Faults::none().callback_sometimes(On::Kind(Kind::Redirect), lost, 100, Some(1));
        plan.draft.campaign("hold_audio = 'One moment please.'");
    })
    .await;
    world.allowed.alerts = true;
    let thinks = crate::play::bid(Name::C, "91").after(Duration::from_millis(300));
    world.medicare.bids(Name::C, sandbox::Behaviour::Bid(thinks));
    let told = world.play().await;
    told.sold(Name::C, "91.00");
    fell_back(&told);
    world.finish().await;
}

#[tokio::test]
async fn the_pushed_dial() {
    let world = losing(Kind::Pushed).await;
    let thinks = crate::play::bid(Name::C, "91").after(Duration::from_millis(300));
    world.medicare.bids(Name::C, sandbox::Behaviour::Bid(thinks));
    let told = world.play().await;
    told.sold(Name::C, "91.00");
    fell_back(&told);
    assert_eq!(told.record.dials.len(), 1);
    world.finish().await;
}

#[tokio::test]
async fn the_end_of_a_sold_dial() {
    let world = losing(Kind::DialAction).await;
    let told = world.play().await;
    told.sold(Name::C, "91.00");
    assert_eq!(posts(&world), [0, 0, 1, 0, 0, 0]);
    world.finish().await;
}

#[tokio::test]
async fn the_end_of_a_dial_that_nobody_took() {
    let world = losing(Kind::DialAction).await;
    world.medicare.line(Name::C, Line::busy());
    let told = world.play().await;
    told.sold(Name::A, "85.00");
    assert_eq!(told.dialled(), [Name::C, Name::A]);
    assert_eq!(posts(&world), [1, 0, 0, 0, 0, 0]);
    world.finish().await;
}

#[tokio::test]
async fn the_end_of_a_caller_who_hung_up_in_the_interview() {
    let mut world = losing(Kind::CallStatus).await;
    let gone = medicare::caller().hanging_up(HangUp::AtPrompt("how old".to_owned()));
    let call = world.call_by(gone);
    call.handle.clone().ended().await;
    // Two minutes of silence would end it; nothing was promised, and nothing is owed.
    world.allowed.without_row = 1;
    assert!(world.events(call.journey).await.is_empty());
    world.finish().await;
}

#[tokio::test]
async fn the_whisper() {
    let faults =
        Faults::none().callback_sometimes(On::Kind(Kind::Whisper), CallbackFault::Drop, 100, Some(1));
    let mut world = World::with(|plan| {
        plan.faults = faults;
        plan.draft.offers("whisper = 'Medicare from {state}'");
    })
    .await;
    world.allowed.alerts = true;
    let told = world.play().await;
    told.sold(Name::A, "85.00");
    assert_eq!(told.dialled(), [Name::C, Name::A]);
    world.finish().await;
}

#[tokio::test]
async fn the_acceptance() {
    let faults = Faults::none().callback_sometimes(On::Kind(Kind::Accept), CallbackFault::Drop, 100, Some(1));
    let mut world = World::with(|plan| {
        plan.faults = faults;
        plan.draft.offers("whisper = 'Medicare from {state}'\nscreening = 'press_one'");
    })
    .await;
    world.allowed.alerts = true;
    let told = world.play().await;
    told.sold(Name::A, "85.00");
    assert_eq!(posts(&world), [1, 0, 0, 0, 0, 0], "a key that we never heard of sold nothing");
    let accepted = |event: &Event<_>| matches!(event, Event::BuyerAccepted { n: 1, .. });
    assert!(!told.events.iter().any(|recorded| accepted(&recorded.event)));
    world.finish().await;
}

/// A world in which the first dial is dialled and nothing of it is ever told, with the shortest deadline there is.
async fn mute() -> World {
    let told = [Kind::Initiated, Kind::Answered, Kind::Completed, Kind::DialAction];
    let faults = told.into_iter().fold(Faults::none(), |faults, kind| {
        faults.callback_sometimes(On::Kind(kind), CallbackFault::Drop, 100, Some(1))
    });
    let mut world = World::with(|plan| {
        plan.faults = faults;
        plan.draft.campaign("take_max = '1s'\nring_extra = '0s'\nmargin = '5s'");
        plan.draft.offers("ring = '5s'");
    })
    .await;
    world.allowed.alerts = true;
    world
}

/// The carrier was asked at the deadline, and knows.
#[track_caller]
fn looked_up(told: &Told) {
    let keys: Vec<_> = told.events.iter().map(|recorded| &*recorded.key).collect();
    assert!(keys.iter().any(|key| key.starts_with("looked_up:")), "{keys:?}");
}

#[tokio::test]
async fn every_word_of_a_dial_that_nobody_took() {
    let world = mute().await;
    world.medicare.line(Name::C, Line::busy());
    let told = world.play().await;
    told.sold(Name::A, "85.00");
    looked_up(&told);
    assert_eq!(posts(&world), [1, 0, 0, 0, 0, 0]);
    world.finish().await;
}

#[tokio::test]
async fn every_word_of_a_call_that_was_sold() {
    let world = mute().await;
    let told = world.play().await;
    told.sold(Name::C, "91.00");
    looked_up(&told);
    assert_eq!(posts(&world), [0, 0, 1, 0, 0, 0]);
    world.finish().await;
}
