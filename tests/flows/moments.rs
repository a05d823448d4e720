//! A caller may hang up at any moment at all.

use std::{collections::BTreeMap, time::Duration};

use sandbox::{Behaviour, HangUp, Line, carrier::Kind, medicare, medicare::Name};
use store::SaleState;

use crate::{
    play::Call,
    world::{Plan, World},
};

/// How far apart the moments are, in the carrier's time.
const STEP: Duration = Duration::from_millis(800);
/// How many there are: to the end of the talk.
const MOMENTS: u32 = 60;
/// So many callers at once, that the machine keeps up with their moments.
const AT_ONCE: u32 = 20;
/// How an interrupted call may end.
const ENDS: [&str; 6] =
    ["abandoned_interview", "abandoned_hold", "abandoned_ring", "won_abandoned", "too_short", "sold"];

async fn at_every_moment(change: impl FnOnce(&mut Plan)) -> BTreeMap<String, usize> {
    let mut world = World::with(|plan| {
        plan.speed = 20;
        plan.draft.campaign("bridge_min = '50ms'\nrepeat = { window = '0s' }");
        plan.draft.offer_without(Name::C, &["duplicate"]);
        plan.draft.offer(Name::C, "payable_after = '5s'");
        change(plan);
    })
    .await;
    let thinks = |name, amount| crate::play::bid(name, amount).after(Duration::from_millis(100));
    world.medicare.bids(Name::C, Behaviour::Bid(thinks(Name::C, "91")));
    world.medicare.buyer(Name::C).set_confirm(Behaviour::Bid(thinks(Name::C, "91")));
    world.medicare.line(Name::C, Line::answers(Duration::from_secs(10)).ringing(Duration::from_secs(10)));
    let gone = |n: u32| medicare::caller().hanging_up(HangUp::After(STEP * n));
    let mut ends = BTreeMap::new();
    for first in (1..=MOMENTS).step_by(AT_ONCE as usize) {
        let calls: Vec<_> = (first..first + AT_ONCE).map(|n| world.call_by(gone(n))).collect();
        for call in calls {
            if let Some(end) = ended(&world, call).await {
                *ends.entry(end).or_default() += 1;
            } else {
                world.allowed.without_row += 1;
            }
        }
    }
    world.finish().await;
    ends
}

/// How an interrupted call ended. `None`: it was gone before the first answer, and whether we heard of it is a race.
async fn ended(world: &World, call: Call) -> Option<String> {
    let record = call.handle.ended().await;
    if record.of(Kind::Voice).iter().any(|webhook| webhook.status.is_none()) {
        return None;
    }
    let told = world.told(call).await;
    assert!(ENDS.contains(&told.outcome()), "{}: {:?}", told.outcome(), told.names());
    let bridged = told.record.bridged().is_some();
    let earned = told.sales.iter().any(|(sale, _)| sale.state == SaleState::Earned);
    assert!(bridged || !earned, "nobody pays for a caller who was never there: {:?}", told.names());
    assert_eq!(earned, told.outcome() == "sold", "{:?}", told.names());
    assert!(told.sales.iter().all(|(sale, _)| sale.state != SaleState::Pending), "{:?}", told.names());
    Some(told.outcome().to_owned())
}

/// The moments reached more than one stage of a call; how far, a busy machine decides.
#[track_caller]
fn reached(ends: &BTreeMap<String, usize>) {
    assert!(ends.len() >= 2, "{ends:?}");
}

#[tokio::test]
async fn of_a_plain_call() {
    let ends = at_every_moment(|_| {}).await;
    reached(&ends);
}

#[tokio::test]
async fn of_a_screened_call() {
    let keys = "whisper = 'From {state}'\nscreening = 'press_one'";
    let ends = at_every_moment(|plan| plan.draft.offer(Name::C, keys)).await;
    reached(&ends);
}

#[tokio::test]
async fn of_a_confirmed_call_on_a_bad_day() {
    let keys = "confirm_url = 'http://127.0.0.1:9103/confirm'\nconfirm = { timeout = '1s' }";
    let ends = at_every_moment(|plan| {
        plan.draft.offer(Name::C, keys);
        plan.faults = sandbox::Faults::reordered();
        plan.carrier = |carrier| {
            carrier.dial_bridged = sandbox::carrier::Sent::No;
            carrier.action_after_hang_up = sandbox::carrier::Sent::No;
        };
    })
    .await;
    reached(&ends);
}
