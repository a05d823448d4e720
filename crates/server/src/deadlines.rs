//! What is done when a journey's deadline comes: the leg is looked up at the carrier first, and what it says is driven
//! instead of the deadline (architecture.md, drive 7).

use std::{sync::Arc, time::Duration};

use journey::Event;
use lead::JourneyId;

use crate::{act::ended_in, chain_of, drive::look_again, panics, reconcile::reconcile, world::World};

/// How often the stores are asked for overdue journeys that this process does not know of.
const SWEEP_EVERY: Duration = Duration::from_secs(5);
/// The most journeys that one sweep takes up.
const SWEEP_MAX: u32 = 500;

/// Watches the deadlines until the process stops.
pub async fn run(world: Arc<World>) {
    let mut sweep = tokio::time::interval(SWEEP_EVERY);
    sweep.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let next = world.timers.next().map_or(SWEEP_EVERY, |at| at.since(world.clock.now()));
        tokio::select! {
            () = tokio::time::sleep(next) => {}
            () = world.timers.earlier() => {}
            _ = sweep.tick() => sweep_stores(&world).await,
            () = world.stop.cancelled() => return,
        }
        for journey in world.timers.take_due(world.clock.now()) {
            world.tasks.spawn(panics::watched("deadline", pass(Arc::clone(&world), journey)));
        }
    }
}

/// The backstop of the timers: what another process or an earlier run of this one left behind.
async fn sweep_stores(world: &World) {
    let now = world.clock.now();
    store::point!("deadlines::before_sweep");
    match world.store.due_journeys(now, SWEEP_MAX).await {
        Ok(due) => due.into_iter().for_each(|id| world.timers.set(id, Some(now))),
        // That it is away was said when it went.
        Err(error) if error.is_absence() => {}
        Err(error) => tracing::error!(error = %chain_of(&error), "overdue journeys could not be read"),
    }
    store::point!("deadlines::after_sweep");
}

async fn pass(world: Arc<World>, journey: JourneyId) {
    store::point!("deadlines::before_look");
    let waiting = look_again(&world, journey, |folded| {
        let journey = &folded.journey;
        let asks = journey.line().is_some() || matches!(journey.phase_name(), "interview" | "auction");
        Some((journey.deadline()?, asks))
    });
    let (at, asks) = match waiting.await {
        Ok(Some(Some(waiting))) => waiting,
        Ok(_) => return,
        Err(error) => {
            if !error.is_absence() {
                tracing::error!(error = %chain_of(&error), journey.id = %journey, "an overdue journey could not be read");
            }
            return world.timers.set(journey, Some(world.clock.now() + SWEEP_EVERY));
        }
    };
    store::point!("deadlines::after_look");
    if world.clock.now() < at {
        return world.timers.set(journey, Some(at));
    }
    if asks {
        store::point!("deadlines::before_look_up");
        reconcile(&world, journey).await;
        store::point!("deadlines::after_look_up");
    }
    store::point!("deadlines::before_deadline");
    ended_in(&world, journey, format!("deadline:{}", at.micros()), Event::DeadlinePassed { at }).await;
    store::point!("deadlines::after_deadline");
}
