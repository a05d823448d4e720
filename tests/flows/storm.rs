//! Many calls at once, on a bad day.

use std::{collections::BTreeMap, time::Duration};

use sandbox::{
    Caller, Faults, HangUp, Line,
    carrier::{CallbackFault, On, RestFault, RestKind, Then, When},
    medicare,
    medicare::Name,
};
use store::SaleFilter;

use crate::{logs::SECRETS, world::World};

/// Callers at once.
const CALLS: usize = 24;

/// Everybody calls; each third caller hangs up somewhere.
async fn everybody_calls(world: &World) -> BTreeMap<String, usize> {
    let when = [
        HangUp::AtPrompt("how old".to_owned()),
        HangUp::DuringHold,
        HangUp::WhileRinging,
        HangUp::AfterBridge(Duration::from_secs(80)),
    ];
    let caller = |n: usize| -> Caller {
        match n % 3 {
            0 => medicare::caller().hanging_up(when[n / 3 % when.len()].clone()),
            _ => medicare::caller(),
        }
    };
    let calls: Vec<_> =
        (0..CALLS).map(|n| world.call_from(SECRETS[..6].get(n % 7).copied(), caller(n))).collect();
    let mut outcomes = BTreeMap::new();
    for call in calls {
        let told = world.told(call).await;
        *outcomes.entry(told.outcome().to_owned()).or_default() += 1;
        let standing = told.sales.iter().filter(|(sale, _)| sale.state != store::SaleState::Void).count();
        assert!(standing <= 1, "a journey has at most one sale that is not void");
    }
    outcomes
}

/// How many sales of C's the store has.
async fn sold_to_c(world: &World) -> usize {
    let sales = world.store().sales(SaleFilter::default()).await.expect("sales can be listed");
    sales.iter().filter(|sale| sale.buyer.as_str() == "buyer-c").count()
}

async fn stormy(faults: Faults) {
    let mut world = World::with(|plan| {
        plan.faults = faults;
        plan.draft.campaign("repeat = { window = '0s' }\nbridge_min = '10ms'");
        plan.draft.offer_without(Name::C, &["duplicate"]);
        plan.draft.offer(Name::C, "caps = [{ counts = 'answered', period = 'day', max = 6 }]");
        plan.draft.offer(Name::B, "whisper = 'From {state}'\nscreening = 'press_one'");
        plan.draft.offer(Name::A, "concurrency = 3");
    })
    .await;
    world.allowed.other_answers = true;
    world.allowed.alerts = true;
    world.medicare.line(Name::A, Line::then(Then::AnswerThenDropAfter(Duration::from_secs(70))));
    let outcomes = everybody_calls(&world).await;
    assert!(outcomes.get("sold").copied().unwrap_or_default() >= CALLS / 3, "{outcomes:?}");
    assert!(sold_to_c(&world).await <= 6, "a cap is never exceeded");
    world.finish().await;
}

#[tokio::test]
async fn on_a_good_day() {
    stormy(Faults::none()).await;
}

#[tokio::test]
async fn with_webhooks_doubled_swapped_and_late() {
    let repeat = |when| CallbackFault::Repeat { times: 1, when };
    let faults = Faults::reordered()
        .callback_sometimes(On::Every, repeat(When::AfterTheAnswer), 30, None)
        .callback_sometimes(On::Every, repeat(When::Concurrently), 30, None)
        .callback_sometimes(On::Callbacks, CallbackFault::Delay(Duration::from_millis(120)), 30, None);
    stormy(faults).await;
}

#[tokio::test]
async fn with_a_slow_carrier() {
    let slow = RestFault::ExecuteThenSilence(Duration::from_millis(300));
    let faults = Faults::none()
        .rest(RestKind::Update, RestFault::Refuse(500), Some(5))
        .rest(RestKind::Update, slow, Some(5))
        .rest(RestKind::Update, RestFault::Slow(Duration::from_millis(200)), Some(5));
    stormy(faults).await;
}
