//! A run from its beginning to its books.

use std::{collections::BTreeSet, path::Path, sync::Arc, time::Duration};

use anyhow::Context;
use sandbox::CallHandle;
use tokio::{
    sync::{Semaphore, mpsc, oneshot},
    time::MissedTickBehavior,
};

use crate::{
    Say,
    account::Light,
    books::{Booked, Open, open_journeys},
    cast::Person,
    collected::{Call, Received, Served},
    example::Bounds,
    forms::{self, Form},
    node::Node,
    outcome::{Left, Outcome, Ran},
    plan::{Folder, Plan},
    quiet::{QUIET_MAX, Quiet},
    rules::Books,
    schedule::{Strike, schedule},
    storm::{Struck, storm},
    strain::Watching,
    told::told,
    world::World,
};

/// Calls that are under way at once; the next one waits.
pub const CALLS_AT_ONCE_MAX: usize = 2_000;
/// The longest that it waits; then the run fails.
pub const TURN_MAX: Duration = Duration::from_secs(120);
/// How often what the buyers got is taken from them.
const TAKE_EVERY: Duration = Duration::from_secs(1);

/// Plays a plan with this binary, and says what the three books hold.
///
/// # Errors
/// If something of ours could not be started or read: that is no finding.
pub async fn run(binary: &Path, plan: &Plan, say: &Say) -> anyhow::Result<Outcome> {
    let strikes = schedule(plan);
    announce(plan, &strikes, say);
    let began = tokio::time::Instant::now();
    let world = Arc::new(World::start(binary, plan).await?);
    if plan.folder == Folder::Kept {
        say(&format!("everything is in {}", world.keeper.folder().display()));
    }
    say("every node takes calls");
    let (stop, stopped) = oneshot::channel();
    let received = Received::new(plan.seed, plan.calls, plan.forms);
    let receiving = tokio::spawn(receive(Arc::clone(&world), received, stopped));
    let handing_in = tokio::spawn(forms::hand_in(Arc::clone(&world), plan.clone()));
    let watching = Watching::begin(&world.keeper);
    let (calls, struck) = through_the_storm(&world, plan, strikes, say).await?;
    let strain = watching.end(plan.calls, Duration::from_secs(1) / plan.rate.max(1) * count(plan.calls));
    strain.too_slow().iter().for_each(|why| say(&format!("this machine does not keep up: {why}")));
    say("the last fault is mended; waiting for the last call to end");
    let settling = tokio::time::Instant::now();
    let until = settling + QUIET_MAX;
    let quiet_calls = world.calls_ended(until).await;
    let unended = unended(&calls).await;
    let forms = handing_in.await.context("handing in forms")??;
    say("waiting until nothing is open");
    let settling = tokio::time::Instant::now();
    let account = world.medicare.carrier.config().account_sid.clone();
    let light = Light::of(plan);
    let calls = collected(&account, plan, &calls)?;
    let asked = calls.iter().filter(|call| call.served == Served::Asked).map(|call| call.journey);
    let asked: BTreeSet<_> = asked.chain(forms.iter().map(Form::journey)).collect();
    let (quiet, open) = world.settled(&asked, until).await?;
    let left = Left::calls(quiet_calls, unended.len()).and(quiet, &open);
    let ran = Ran {
        struck,
        elapsed: began.elapsed(),
        settled_in: settling.elapsed(),
        refused: world.balancer.refused(),
        unanswered: world.balancer.unanswered(),
        exits: world.nodes.iter().map(Node::ended_by_itself).sum(),
        left,
        strain,
    };
    // Whoever receives has waited for it, or broke off, which the next line tells.
    let _ = stop.send(());
    let received = receiving.await.context("taking what the buyers got")?;
    let mut conn = world.postgres.audit().await?;
    let booked = Booked::read(&mut conn).await?;
    let bounds = Bounds::of(plan);
    let mut books = Books { calls, forms, received, booked, open, unsettled: BTreeSet::new(), bounds, light };
    if quiet_calls == Quiet::Moving {
        books.unsettled.extend(unended.iter().map(|n| books.calls[*n].journey));
    }
    if quiet == Quiet::Moving {
        books.open = Open::default();
        books.unsettled.extend(open_journeys(&mut conn).await?);
        books.unsettled.extend(asked.iter().filter(|journey| !books.booked.ended.contains_key(journey)));
    }
    let differences = books.differences();
    let explained = told(&world, &mut conn, &books, &differences).await?;
    Ok(Outcome::new(plan, &books, &ran, &differences, explained))
}

/// What the carrier knows of every call that was placed.
fn collected(account: &str, plan: &Plan, calls: &[CallHandle]) -> anyhow::Result<Vec<Call>> {
    let of = |call: &CallHandle| Call::of(account, plan.seed, &call.so_far());
    calls.iter().map(|call| of(call).context("the carrier knows a call by another number")).collect()
}

fn announce(plan: &Plan, strikes: &[Strike], say: &Say) {
    let (seed, calls, rate, nodes) = (plan.seed, plan.calls, plan.rate, plan.nodes);
    let (forms, redis, faults) = (plan.forms, plan.redis.name(), strikes.len());
    say(&format!(
        "seed {seed}: {calls} calls, {rate} a second, {forms} forms, {nodes} nodes, Redis {redis}, {faults} faults"
    ));
    for strike in strikes {
        say(&format!("  call {:>6} + {} ms: {}", strike.at_call, strike.moment.as_millis(), strike.blow));
    }
}

/// Places all calls while the storm is on, and waits for its end.
async fn through_the_storm(
    world: &Arc<World>,
    plan: &Plan,
    strikes: Vec<Strike>,
    say: &Say,
) -> anyhow::Result<(Vec<CallHandle>, Struck)> {
    let (tell, told) = mpsc::unbounded_channel();
    let storming = tokio::spawn(storm(Arc::clone(world), plan.clone(), told, Arc::clone(say)));
    let turns = Arc::new(Semaphore::new(CALLS_AT_ONCE_MAX));
    let mut upcoming = strikes.into_iter().peekable();
    let mut tick = tokio::time::interval(Duration::from_secs(1) / plan.rate.max(1));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut calls = vec![];
    for n in 0..plan.calls {
        tick.tick().await;
        let turn = tokio::time::timeout(TURN_MAX, Arc::clone(&turns).acquire_owned()).await;
        let turn = turn.context("no call ends, so no other one can be placed")?;
        let call = world.medicare.carrier.place(Person::new(plan.seed, n).call());
        calls.push(call.clone());
        tokio::spawn(async move {
            call.ended().await;
            drop(turn);
        });
        while let Some(strike) = upcoming.next_if(|strike| strike.at_call <= n) {
            // A storm that broke off says why when it is awaited.
            let _ = tell.send(strike);
        }
    }
    drop(tell);
    let struck = storming.await.context("the storm broke off")??;
    Ok((calls, struck))
}

/// The places of the calls that have not ended.
async fn unended(calls: &[CallHandle]) -> BTreeSet<usize> {
    let mut unended = BTreeSet::new();
    for (n, call) in calls.iter().enumerate() {
        if tokio::time::timeout(Duration::ZERO, call.ended()).await.is_err() {
            unended.insert(n);
        }
    }
    unended
}

fn count(calls: u64) -> u32 {
    u32::try_from(calls).unwrap_or(u32::MAX)
}

/// Takes what the buyers get, until it is told to stop.
async fn receive(world: Arc<World>, mut received: Received, mut stopped: oneshot::Receiver<()>) -> Received {
    let mut tick = tokio::time::interval(TAKE_EVERY);
    loop {
        tokio::select! {
            _ = tick.tick() => received.take(&world.medicare),
            _ = &mut stopped => {
                received.take(&world.medicare);
                return received;
            }
        }
    }
}
