//! The server stops and begins again in the middle of a call.

use std::time::Duration;

use sandbox::{Answer, Caller, Line, carrier::Kind, medicare, medicare::Name};

use crate::{
    play::{keys, posts},
    world::{World, until},
};

/// Slow enough that a restart falls between two webhooks.
async fn slow() -> World {
    World::with(|plan| {
        plan.speed = 20;
        plan.draft.offer(Name::C, "payable_after = '5s'");
    })
    .await
}

#[tokio::test]
async fn while_a_phone_rings_the_call_goes_on() {
    let world = slow().await;
    world.medicare.line(Name::C, Line::answers(Duration::from_secs(10)).ringing(Duration::from_secs(18)));
    let call = world.call();
    world.heard(&call, "buyer_rang").await;
    let world = world.restart().await;
    let told = world.told(call).await;
    told.sold(Name::C, "91.00");
    assert_eq!(told.record.dials.len(), 1);
    assert_eq!(posts(&world), [0, 0, 1, 0, 0, 0]);
    world.finish().await;
}

#[tokio::test]
async fn while_they_talk_the_sale_stands() {
    let world = slow().await;
    world.medicare.line(Name::C, Line::answers(Duration::from_secs(20)));
    let call = world.call();
    world.heard(&call, "buyer_picked_up").await;
    let world = world.restart().await;
    let told = world.told(call).await;
    told.sold(Name::C, "91.00");
    assert_eq!(keys(&world, Name::C), 1);
    world.finish().await;
}

#[tokio::test]
async fn in_the_interview_the_caller_is_asked_again() {
    let world = World::with(|plan| plan.speed = 10).await;
    world.medicare.line(Name::C, Line::answers(Duration::from_secs(1)));
    let caller = Caller::by_prompt_in_turn([
        ("zip", vec![Answer::press(medicare::ZIP)]),
        ("how old", vec![Answer::press(medicare::AGE).after(Duration::from_secs(5)), Answer::press("66")]),
    ]);
    let call = world.call_by(caller);
    let answered = async || (call.handle.so_far().of(Kind::Gather).len() == 1).then_some(());
    until("the first answer", answered).await;
    let world = world.restart().await;
    let told = world.told(call).await;
    assert_eq!(told.outcome(), "too_short");
    assert_eq!(
        told.record.transcript().matches("enter your five digit zip").count(),
        2,
        "asked from the start"
    );
    assert_eq!(world.medicare.buyer(Name::C).pings()[0].json()["ivr"]["age"], 66);
    world.finish().await;
}

#[tokio::test]
async fn on_hold_the_round_is_finished_and_the_caller_is_connected() {
    let world = slow().await;
    world.medicare.line(Name::C, Line::answers(Duration::from_secs(10)));
    let thinks = crate::play::bid(Name::C, "91").after(Duration::from_millis(500));
    world.medicare.bids(Name::C, sandbox::Behaviour::Bid(thinks));
    let call = world.call();
    world.medicare.buyer(Name::C).pinged(1).await;
    let world = world.restart().await;
    let told = world.told(call).await;
    told.sold(Name::C, "91.00");
    assert_eq!(crate::play::pings(&world), [1; 6], "nobody is asked twice");
    world.finish().await;
}
