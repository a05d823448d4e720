//! Rounds that outlive their node: who runs one says so again and again, and where that stops another node asks the buyers
//! once more, with what is left of the time.

use std::{convert::Infallible, sync::Arc, time::Duration};

use journey::{Awaited, Event};
use lead::AuctionId;
use store::{ROUND_LEASE, RoundName};
use tokio::time::MissedTickBehavior;

use crate::{act::ended_in, chain_of, chance, drive::look_again, panics, world::World};

/// How often it is looked whether a round's lease is over.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How often a node says that a round is its own.
const HOLD_EVERY: Duration = ROUND_LEASE.checked_div(4).expect("four is not zero");
/// What must be left of a round's time for asking once more; with less its deadline passes.
const AGAIN_MIN: Duration = Duration::from_secs(1);

/// Looks for rounds whose node is gone, until the process stops.
pub async fn run(world: Arc<World>) {
    if !world.store.leases_rounds() {
        return world.stop.cancelled().await;
    }
    let mut tick = tokio::time::interval(LOOK_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            // Whoever is about to end takes nothing over.
            () = world.stopping.cancelled() => return world.stop.cancelled().await,
        }
        for round in world.store.lapsed_rounds(world.clock.now()).await {
            world.tasks.spawn(panics::watched("round", take_over(Arc::clone(&world), round)));
        }
    }
}

/// Runs a round, and says meanwhile that it is this node's.
pub async fn held<T>(world: &World, round: RoundName, run: impl Future<Output = T>) -> T {
    let out = tokio::select! {
        out = run => out,
        never = hold(world, round) => match never {},
    };
    world.store.end_round(round).await;
    out
}

async fn hold(world: &World, round: RoundName) -> Infallible {
    let mut tick = tokio::time::interval(HOLD_EVERY);
    // Whoever opened it has said so just now.
    tick.tick().await;
    loop {
        tick.tick().await;
        world.store.hold_round(world.clock.now(), round).await;
    }
}

/// The node of a round is gone, or is stopped: the buyers are asked once more. Should it come back, its result is a stray.
async fn take_over(world: Arc<World>, round: RoundName) {
    let RoundName { journey, auction } = round;
    let awaited = look_again(&world, journey, |folded| Some((folded.journey.awaited()?, folded.head())));
    let (awaited, head) = match awaited.await {
        Ok(Some(Some(awaited))) => awaited,
        Ok(_) => return world.store.end_round(round).await,
        Err(error) => {
            // It lapses once more.
            return tracing::error!(error = %chain_of(&error), journey.id = %journey, "a round could not be taken over");
        }
    };
    let is_in_time = world.clock.now() + AGAIN_MIN < awaited.until;
    let next = AuctionId::of(journey, &head.to_string(), awaited.rounds);
    match next_event(&awaited, auction, next).filter(|_| is_in_time) {
        Some((key, opened, event)) => {
            tracing::warn!(journey.id = %journey, "the node of an auction is gone: its buyers are asked once more");
            metrics::counter!("pingpost_rounds_taken_over_total").increment(1);
            world.store.hold_round(world.clock.now(), RoundName { journey, auction: opened }).await;
            ended_in(&world, journey, key, event).await;
            if opened != auction {
                world.store.end_round(round).await;
            }
        }
        None => world.store.end_round(round).await,
    }
}

/// What takes up a round that lapsed, with the auction that runs then. `None`: it is not the one that is waited for, or it
/// has taken another one's place already.
fn next_event(
    awaited: &Awaited,
    lapsed: AuctionId,
    next: AuctionId,
) -> Option<(String, AuctionId, Event<lead::Pii<String>>)> {
    let seed = chance::seed();
    match awaited.auction {
        // Nobody was asked yet.
        None => Some((format!("opened:{lapsed}"), lapsed, Event::AuctionOpened { auction: lapsed, seed })),
        Some(open) if open == lapsed && !awaited.is_reopened => {
            let event = Event::AuctionReopened { was: lapsed, auction: next, seed };
            Some((format!("reopened:{lapsed}"), next, event))
        }
        Some(_) => None,
    }
}
