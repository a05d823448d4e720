//! Webhooks that come twice, in another order, or not at all.

use std::time::Duration;

use sandbox::{
    Faults, Line,
    carrier::{CallbackFault, Kind, On, Sent, Then, Timestamps, When},
    medicare::Name,
};

use crate::{
    play::{Told, keys, posts},
    world::{Plan, World},
};

async fn with(faults: Faults) -> World {
    World::with(|plan| plan.faults = faults).await
}

/// A world in which a repeat comes before the call has gone on, on a busy machine as well: then its answer is the same to
/// the byte. A later one is answered as things stand then.
async fn repeating(faults: Faults, change: impl FnOnce(&mut Plan)) -> World {
    let world = World::with(|plan| {
        plan.faults = faults;
        plan.speed = 20;
        plan.draft.offer(Name::C, "payable_after = '5s'");
        change(plan);
    })
    .await;
    for name in [Name::A, Name::C] {
        world.medicare.line(name, Line::answers(Duration::from_secs(10)).ringing(Duration::from_secs(10)));
    }
    let thinks = crate::play::bid(Name::C, "91").after(Duration::from_millis(500));
    world.medicare.bids(Name::C, sandbox::Behaviour::Bid(thinks));
    world
}

/// Sold to C once: one sale, one dial, one key.
#[track_caller]
fn sold_once(world: &World, told: &Told) {
    told.sold(Name::C, "91.00");
    assert_eq!(told.record.dials.len(), 1);
    assert_eq!(keys(world, Name::C), 1);
    assert_eq!(posts(world), [0, 0, 1, 0, 0, 0]);
}

#[tokio::test]
async fn every_webhook_twice() {
    let world = repeating(Faults::doubled(), |_| {}).await;
    let told = world.play().await;
    sold_once(&world, &told);
    let repeats = told.record.webhooks.iter().filter(|webhook| webhook.repeat_of.is_some()).count();
    assert!(repeats >= 9, "{repeats}");
    world.finish().await;
}

#[tokio::test]
async fn every_webhook_three_times_at_once() {
    let at_once = CallbackFault::Repeat { times: 2, when: When::Concurrently };
    let world = repeating(Faults::none().callback(On::Every, at_once), |_| {}).await;
    let told = world.play().await;
    sold_once(&world, &told);
    world.finish().await;
}

#[tokio::test]
async fn every_webhook_twice_with_a_whisper_and_a_busy_winner() {
    let screened = "whisper = 'Medicare from {state}'\nscreening = 'press_one'";
    let world = repeating(Faults::doubled(), |plan| plan.draft.offers(screened)).await;
    world.medicare.line(Name::C, Line::busy().ringing(Duration::from_secs(10)));
    let told = world.play().await;
    told.sold(Name::A, "85.00");
    assert_eq!(told.dialled(), [Name::C, Name::A]);
    assert_eq!(keys(&world, Name::A), 1);
    world.finish().await;
}

#[tokio::test]
async fn callbacks_in_swapped_pairs() {
    let world = with(Faults::reordered()).await;
    let told = world.play().await;
    sold_once(&world, &told);
    world.finish().await;
}

#[tokio::test]
async fn callbacks_swapped_and_doubled() {
    let repeat = CallbackFault::Repeat { times: 1, when: When::AfterTheAnswer };
    let world = repeating(Faults::reordered().callback(On::Every, repeat), |_| {}).await;
    let told = world.play().await;
    sold_once(&world, &told);
    world.finish().await;
}

#[tokio::test]
async fn no_answered_callback_and_the_dials_end_says_it() {
    let world = with(Faults::none().callback(On::Kind(Kind::Answered), CallbackFault::Drop)).await;
    let told = world.play().await;
    sold_once(&world, &told);
    assert!(told.names().contains(&"dial_ended") && !told.names().contains(&"buyer_picked_up"));
    world.finish().await;
}

#[tokio::test]
async fn no_callback_of_the_leg_at_all() {
    let faults = [Kind::Initiated, Kind::Answered, Kind::Completed]
        .into_iter()
        .fold(Faults::none(), |faults, kind| faults.callback(On::Kind(kind), CallbackFault::Drop));
    let world = with(faults).await;
    let told = world.play().await;
    sold_once(&world, &told);
    world.finish().await;
}

#[tokio::test]
async fn no_word_of_the_bridge_as_with_look_alikes() {
    let world = World::with(|plan| plan.carrier = |carrier| carrier.dial_bridged = Sent::No).await;
    let told = world.play().await;
    sold_once(&world, &told);
    world.medicare.line(Name::C, Line::busy());
    let told = world.told(world.call_from(Some("+13055550143"), sandbox::medicare::caller())).await;
    told.sold(Name::A, "85.00");
    world.finish().await;
}

#[tokio::test]
async fn neither_a_word_of_the_bridge_nor_of_the_answer() {
    let world = World::with(|plan| {
        plan.carrier = |carrier| carrier.dial_bridged = Sent::No;
        plan.faults = Faults::none().callback(On::Kind(Kind::Answered), CallbackFault::Drop);
    })
    .await;
    let told = world.play().await;
    sold_once(&world, &told);
    world.finish().await;
}

#[tokio::test]
async fn completed_before_answered() {
    // The talk is over before the late callback comes.
    let late = CallbackFault::Delay(Duration::from_millis(1_500));
    let world = with(Faults::none().callback(On::Kind(Kind::Answered), late)).await;
    let told = world.play().await;
    sold_once(&world, &told);
    world.finish().await;
}

#[tokio::test]
async fn a_look_alike_does_not_sell_what_hung_up_at_the_whisper() {
    let world = World::with(|plan| {
        plan.carrier = |carrier| carrier.dial_bridged = Sent::No;
        plan.draft.offers("whisper = 'Medicare from {state}'");
    })
    .await;
    world.medicare.line(Name::C, Line::then(Then::HangUpAtWhisper));
    let told = world.play().await;
    told.sold(Name::A, "85.00");
    assert_eq!(told.dialled(), [Name::C, Name::A]);
    world.finish().await;
}

#[tokio::test]
async fn the_callers_end_is_told_by_nothing_but_the_dials_action() {
    let world = with(Faults::none().callback(On::Kind(Kind::CallStatus), CallbackFault::Drop)).await;
    let told = world.play().await;
    sold_once(&world, &told);
    world.finish().await;
}

#[tokio::test]
async fn a_forged_webhook_changes_nothing() {
    let world = World::example().await;
    let call = world.call();
    world.heard(&call, "buyer_rang").await;
    let record = call.handle.so_far();
    let paths =
        record.webhooks.iter().filter(|webhook| webhook.kind != Kind::Media).map(|webhook| &webhook.path);
    for path in paths {
        assert_eq!(world.forged(path).await, 403, "{path}");
    }
    let told = world.told(call).await;
    sold_once(&world, &told);
    world.finish().await;
}

#[tokio::test]
async fn a_carrier_whose_times_are_whole_seconds_of_the_wall() {
    let world = World::with(|plan| plan.carrier = |carrier| carrier.timestamps = Timestamps::Wall).await;
    let told = world.play().await;
    sold_once(&world, &told);
    world.finish().await;
}
