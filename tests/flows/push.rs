//! The push that moves a caller from hold to the dial, and the poll behind it: never both.

use std::time::Duration;

use journey::{Event, Taken};
use sandbox::{
    Faults, Line,
    carrier::{Kind, RestFault, RestKind},
    medicare::Name,
};

use crate::{
    play::{Told, keys, posts},
    world::World,
};

async fn with(fault: RestFault) -> World {
    with_plan(fault, |_| {}).await
}

async fn with_plan(fault: RestFault, more: impl FnOnce(&mut crate::world::Plan)) -> World {
    World::with(|plan| {
        more(plan);
        plan.faults = Faults::none().rest(RestKind::Update, fault, None);
        plan.rest_timeout = Duration::from_millis(150);
        // A hold that is shorter than the round: the push has a caller to move, or a poll to wait for.
        plan.draft.campaign("hold_audio = 'One moment please, we are looking for somebody.'");
    })
    .await
}

/// C thinks until the caller is on hold.
fn late_bid(world: &World) {
    let bid = crate::play::bid(Name::C, "91").after(Duration::from_millis(300));
    world.medicare.bids(Name::C, sandbox::Behaviour::Bid(bid));
}

fn taken_by(told: &Told) -> Vec<Taken> {
    let taken = |recorded: &store::Recorded| match &recorded.event {
        Event::DialTaken { by, .. } => Some(*by),
        _ => None,
    };
    told.events.iter().filter_map(taken).collect()
}

#[tokio::test]
async fn a_push_moves_the_caller_at_once() {
    let world = World::example().await;
    late_bid(&world);
    let told = world.play().await;
    told.sold(Name::C, "91.00");
    assert_eq!(taken_by(&told), [Taken::Push]);
    assert_eq!(told.record.of(Kind::Pushed).len(), 1);
    world.finish().await;
}

#[tokio::test]
async fn a_push_that_is_refused_leaves_it_to_the_poll() {
    for status in [400, 404, 500] {
        let world = with(RestFault::Refuse(status)).await;
        late_bid(&world);
        let told = world.play().await;
        told.sold(Name::C, "91.00");
        assert_eq!(taken_by(&told), [Taken::Poll], "{status}");
        assert_eq!((told.record.dials.len(), posts(&world)), (1, [0, 0, 1, 0, 0, 0]));
        world.finish().await;
    }
}

#[tokio::test]
async fn a_push_that_was_executed_but_not_answered_dials_once() {
    let world = with(RestFault::ExecuteThenSilence(Duration::from_millis(600))).await;
    late_bid(&world);
    let told = world.play().await;
    told.sold(Name::C, "91.00");
    assert_eq!((told.record.dials.len(), posts(&world)), (1, [0, 0, 1, 0, 0, 0]));
    world.finish().await;
}

#[tokio::test]
async fn polls_during_a_slow_push_wait_for_it() {
    let world = World::with(|plan| {
        plan.faults =
            Faults::none().rest(RestKind::Update, RestFault::Slow(Duration::from_millis(500)), None);
        plan.draft.campaign("hold_audio = 'One moment please.'");
    })
    .await;
    late_bid(&world);
    let told = world.play().await;
    told.sold(Name::C, "91.00");
    assert_eq!(taken_by(&told), [Taken::Push]);
    assert!(told.record.of(Kind::Redirect).len() > 3, "the caller asked meanwhile");
    assert_eq!((told.record.dials.len(), posts(&world)), (1, [0, 0, 1, 0, 0, 0]));
    world.finish().await;
}

#[tokio::test]
async fn without_the_carriers_api_calls_are_sold_all_the_same() {
    let world = World::with(|plan| plan.faults = Faults::rest_down()).await;
    world.medicare.line(Name::C, Line::busy());
    let told = world.play().await;
    told.sold(Name::A, "85.00");
    assert_eq!(told.dialled(), [Name::C, Name::A]);
    world.finish().await;
}

#[tokio::test]
async fn without_the_carriers_api_every_webhook_twice() {
    let mut world = World::with(|plan| {
        plan.faults = Faults::doubled().rest(RestKind::Any, RestFault::Refuse(503), None);
    })
    .await;
    // A poll whose repeat comes when the auction has closed hears another answer; the dial is not lost by it.
    world.allowed.other_answers = true;
    late_bid(&world);
    let told = world.play().await;
    told.sold(Name::C, "91.00");
    assert_eq!((told.record.dials.len(), keys(&world, Name::C)), (1, 1));
    world.finish().await;
}

#[tokio::test]
async fn a_poll_whose_repeat_took_the_dial_hands_it_on_to_the_next_poll() {
    // Slow enough that the repeat comes long before the caller's leg polls again.
    let world = with_plan(RestFault::Refuse(500), |plan| plan.speed = 30).await;
    world.medicare.line(Name::C, Line::answers(Duration::from_secs(70)));
    late_bid(&world);
    let call = world.call();
    world.heard(&call, "push_failed").await;
    // The carrier sends its last poll again, and drops the answer.
    let record = call.handle.so_far();
    let poll = *record.of(Kind::Redirect).last().expect("the caller is on hold");
    let answer = world.sent_again(poll).await;
    assert!(answer.contains("<Dial"), "{answer}");
    let told = world.told(call).await;
    told.sold(Name::C, "91.00");
    assert_eq!((told.record.dials.len(), taken_by(&told)), (1, vec![Taken::Poll]));
    world.finish().await;
}
