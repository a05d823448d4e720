//! The caller hangs up, at each stage: nobody is billed before the acceptance, and nothing is posted.

use std::time::Duration;

use sandbox::{HangUp, Line, medicare::Name};
use store::{EntryKind, SaleState};

use crate::{
    play::{Told, key, pings, posts},
    world::World,
};

async fn leaves(world: &World, when: HangUp) -> Told {
    let caller = sandbox::medicare::caller().hanging_up(when);
    world.play_by(caller).await
}

#[tokio::test]
async fn in_each_question() {
    let world = World::example().await;
    for words in ["zip code", "how old"] {
        let told = leaves(&world, HangUp::AtPrompt(words.to_owned())).await;
        told.unsold("abandoned_interview");
    }
    assert_eq!(pings(&world), [0; 6], "nobody was asked");
    world.finish().await;
}

#[tokio::test]
async fn on_hold() {
    let world = World::with(|plan| plan.silent_f = true).await;
    let told = leaves(&world, HangUp::DuringHold).await;
    told.unsold("abandoned_hold");
    assert_eq!(posts(&world), [0; 6]);
    assert!(told.record.dials.is_empty());
    world.finish().await;
}

#[tokio::test]
async fn while_a_phone_rings() {
    let world = World::example().await;
    world.medicare.line(Name::C, Line::stays().ringing(Duration::from_secs(15)));
    let told = leaves(&world, HangUp::WhileRinging).await;
    told.unsold("abandoned_ring");
    assert_eq!(told.dialled(), [Name::C], "nobody else is dialled for a caller who is gone");
    assert_eq!(posts(&world), [0; 6]);
    world.finish().await;
}

#[tokio::test]
async fn while_a_phone_rings_and_the_carrier_tells_nothing_but_the_callers_end() {
    let world = World::with(|plan| {
        plan.carrier = |carrier| carrier.action_after_hang_up = sandbox::carrier::Sent::No
    })
    .await;
    world.medicare.line(Name::C, Line::stays().ringing(Duration::from_secs(15)));
    let told = leaves(&world, HangUp::WhileRinging).await;
    told.unsold("abandoned_ring");
    assert_eq!(posts(&world), [0; 6]);
    world.finish().await;
}

#[tokio::test]
async fn at_the_whisper() {
    let world = World::with(|plan| plan.draft.offer(Name::C, "whisper = 'Medicare from {state}'")).await;
    let told = leaves(&world, HangUp::AtWhisper).await;
    told.unsold("abandoned_ring");
    assert_eq!(told.dialled(), [Name::C]);
    assert_eq!(posts(&world), [0; 6], "a pick-up is no acceptance where there is a whisper");
    world.finish().await;
}

#[tokio::test]
async fn in_the_moment_of_the_acceptance() {
    let world = World::example().await;
    let told = leaves(&world, HangUp::AfterBridge(Duration::from_millis(500))).await;
    assert_eq!(told.outcome(), "won_abandoned");
    assert_eq!(told.sale().state, SaleState::Void);
    assert!(told.entries().iter().all(|(kind, _)| *kind != EntryKind::Earned), "{:?}", told.entries());
    let posts = world.medicare.buyer(Name::C).posts();
    let id = told.sale().id.to_string();
    let told_of = |kind: &str| posts.iter().filter(|post| key(post) == format!("{kind}{id}")).count();
    // A post that was never on its way is cancelled; the buyer hears of the return only after it.
    assert!(told_of("") <= 1);
    if told_of("") == 1 {
        let returned = world.medicare.buyer(Name::C).posted(2).await;
        let last = returned.last().expect("two posts").json();
        assert_eq!((&last["type"], &last["saleId"]), (&"lead.returned".into(), &id.into()));
    }
    world.finish().await;
}

#[tokio::test]
async fn before_the_talk_is_payable() {
    let world = World::with(|plan| {
        plan.speed = 50;
        plan.draft.campaign("bridge_min = '10ms'");
    })
    .await;
    let told = leaves(&world, HangUp::AfterBridge(Duration::from_secs(20))).await;
    assert_eq!(told.outcome(), "too_short");
    assert_eq!(told.sale().state, SaleState::Void);
    assert_eq!(posts(&world), [0, 0, 1, 0, 0, 0], "the lead was sold, and the buyer has it");
    world.finish().await;
}

#[tokio::test]
async fn after_the_talk_is_payable() {
    let world = World::with(|plan| plan.draft.campaign("bridge_min = '10ms'")).await;
    let told = leaves(&world, HangUp::AfterBridge(Duration::from_secs(70))).await;
    told.sold(Name::C, "91.00");
    assert_eq!(told.sale().state, SaleState::Earned);
    world.finish().await;
}
