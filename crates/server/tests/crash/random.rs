//! Kills at random, while calls come and go.
//!
//! `CRASH_CALLS=2000 CRASH_SEED=… cargo test -p server --features failpoints --test crash random -- --nocapture` is the
//! long run; without the variables it is a short one.

use std::{fmt, sync::Arc, time::Duration};

use sandbox::{
    Faults,
    carrier::{CallbackFault, On, When},
};
use tokio::sync::Semaphore;

use crate::{
    cast,
    chance::Chance,
    node::{Running, Start},
    rules,
    told::told,
    world::World,
};

/// Calls of a short run.
const CALLS: u64 = 80;
/// Where a run begins when nobody says so.
const SEED: u64 = 2_026;
/// Calls between two kills of a long run; a short one is killed more often.
const EVERY_MAX: u64 = 100;
/// Calls under way at once.
const AT_ONCE: usize = 40;
/// The longest that a caller waits to be let in.
const TURN_MAX: Duration = Duration::from_secs(120);

/// What a run is made of.
struct Plan {
    seed: u64,
    calls: u64,
    every: u64,
    weather: Weather,
}

/// What becomes of status callbacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weather {
    Fair,
    /// 5 % are doubled, 5 % reordered, 5 % dropped.
    Foul,
}

impl Plan {
    fn new(weather: Weather) -> Self {
        let calls = number("CRASH_CALLS").unwrap_or(CALLS);
        Self { seed: number("CRASH_SEED").unwrap_or(SEED), calls, every: (calls / 4).min(EVERY_MAX), weather }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, calls, every, weather } = self;
        write!(f, "CRASH_SEED={seed} CRASH_CALLS={calls}, killed once in {every} calls, {weather:?}")
    }
}

fn number(variable: &str) -> Option<u64> {
    let (_, value) = std::env::vars().find(|(name, _)| name == variable)?;
    Some(value.parse().unwrap_or_else(|_| panic!("{variable} is a number")))
}

fn faults(weather: Weather) -> Faults {
    let twice = CallbackFault::Repeat { times: 1, when: When::AfterTheAnswer };
    match weather {
        Weather::Fair => Faults::none(),
        Weather::Foul => [twice, CallbackFault::Reorder, CallbackFault::Drop]
            .into_iter()
            .fold(Faults::none(), |faults, fault| faults.callback_sometimes(On::Callbacks, fault, 5, None)),
    }
}

/// Plays the calls, kills the server once in every so many, and compares the books.
async fn play(plan: &Plan) -> Result<(rules::Figures, u64, i64), String> {
    let world = World::new(plan.seed, faults(plan.weather)).await;
    let mut chance = Chance::new(plan.seed);
    let mut running = up(&world).await;
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut kills = 0;
    let mut next_kill = chance.below(plan.every);
    for n in 0..plan.calls {
        let turn = tokio::time::timeout(TURN_MAX, Arc::clone(&turns).acquire_owned()).await;
        let turn = turn.expect("a call ends before the next ones").expect("nobody closes it");
        let call = world.medicare.carrier.place(cast::call(n, &mut chance));
        tokio::spawn(async move {
            call.ended().await;
            drop(turn);
        });
        if n == next_kill {
            // Not at the same moment of every call, so a little later.
            let moment = Duration::from_millis(chance.below(1_000));
            let _ = tokio::time::timeout(moment, running.gone()).await;
            running.kill();
            kills += 1;
            running = up(&world).await;
            next_kill = (n / plan.every + 1) * plan.every + chance.below(plan.every);
        }
    }
    world.calls_ended().await;
    let open = world.settled().await;
    let books = world.books().await;
    running.kill();
    let broken = rules::broken(&books, &open);
    match broken.is_empty() {
        true => Ok((rules::figures(&books), kills, open.awaited)),
        false => Err(format!("{plan}\n{}", told(&world, &books, &broken).await)),
    }
}

async fn up(world: &World) -> Running {
    let (running, start) = world.node.start(None).await;
    assert_eq!(start, Start::Ready, "{}", world.node.log().join("\n"));
    running
}

#[expect(clippy::print_stdout, reason = "the figures are what a long run is for")]
async fn holds(plan: &Plan) {
    println!("{plan}");
    match play(plan).await {
        Ok((figures, kills, awaited)) => {
            println!("{kills} kills: {figures:?}, {awaited} seats await reconciliation");
            assert!(figures.accepted > 0 && kills > 1, "{figures:?}");
            assert_eq!((figures.lost, figures.twice, figures.posts), (0, 0, figures.sales));
            assert_eq!(figures.accepted, figures.sales + figures.awaited);
        }
        Err(broken) => panic!("{broken}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn random_kills_lose_and_double_nothing() {
    holds(&Plan::new(Weather::Fair)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn random_kills_and_foul_weather_lose_and_double_nothing() {
    holds(&Plan::new(Weather::Foul)).await;
}
