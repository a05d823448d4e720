//! What is done when a journey's deadline comes: the leg is looked up at the carrier first, and what it says is driven
//! instead of the deadline (architecture.md, drive 7).

use std::{sync::Arc, time::Duration};

use carrier::twilio::{Leg, Status};
use journey::{DialResult, Event, LegId};
use lead::{JourneyId, Pii, Timestamp};

use crate::{
    act::{LOOK_UP_MAX, ended_in},
    chain_of,
    drive::look,
    world::World,
};

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
            world.tasks.spawn(pass(Arc::clone(&world), journey));
        }
    }
}

/// The backstop of the timers: what another process or an earlier run of this one left behind.
async fn sweep_stores(world: &World) {
    let now = world.clock.now();
    store::point!("deadlines::before_sweep");
    match world.store.due_journeys(now, SWEEP_MAX).await {
        Ok(due) => due.into_iter().for_each(|id| world.timers.set(id, Some(now))),
        Err(error) => tracing::error!(error = %chain_of(&error), "overdue journeys could not be read"),
    }
    store::point!("deadlines::after_sweep");
}

/// What a journey waits for.
struct Waiting {
    deadline: Timestamp,
    caller: Option<LegId>,
    line: Option<(u32, Option<LegId>)>,
    since: Timestamp,
    talking: bool,
    interview: bool,
}

async fn pass(world: Arc<World>, journey: JourneyId) {
    store::point!("deadlines::before_look");
    let waiting = look(&world, journey, |folded| {
        let journey = &folded.journey;
        Some(Waiting {
            deadline: journey.deadline()?,
            caller: journey.caller_leg().cloned(),
            line: journey.line().map(|(n, leg)| (n, leg.cloned())),
            since: journey.now(),
            talking: journey.is_talking(),
            interview: matches!(journey.phase_name(), "interview" | "auction"),
        })
    });
    let waiting = match waiting.await {
        Ok(Some(Some(waiting))) => waiting,
        Ok(_) => return,
        Err(error) => {
            tracing::error!(error = %chain_of(&error), journey.id = %journey, "an overdue journey could not be read");
            return world.timers.set(journey, Some(world.clock.now() + SWEEP_EVERY));
        }
    };
    store::point!("deadlines::after_look");
    if world.clock.now() < waiting.deadline {
        return world.timers.set(journey, Some(waiting.deadline));
    }
    store::point!("deadlines::before_look_up");
    let told = tokio::time::timeout(LOOK_UP_MAX, ask_carrier(&world, &waiting)).await.ok().flatten();
    store::point!("deadlines::after_look_up");
    if let Some((key, event)) = told {
        store::point!("deadlines::before_tell");
        ended_in(&world, journey, key, event).await;
        store::point!("deadlines::after_tell");
    }
    let at = waiting.deadline;
    store::point!("deadlines::before_deadline");
    ended_in(&world, journey, format!("deadline:{}", at.micros()), Event::DeadlinePassed { at }).await;
    store::point!("deadlines::after_deadline");
}

/// What the carrier knows that we have not heard. `None`: nothing new, or it cannot be asked.
async fn ask_carrier(world: &World, waiting: &Waiting) -> Option<(String, Event<Pii<String>>)> {
    let caller = waiting.caller.as_ref()?;
    match &waiting.line {
        Some((n, bound)) => {
            let children = world.twilio.children(caller).await.ok()?;
            let ours = |leg: &&Leg| may_be_ours(leg, bound.as_ref(), waiting.since);
            let leg = children.iter().filter(ours).max_by_key(|leg| leg.started)?;
            said_of_line(world.clock.now(), *n, leg, waiting.talking)
        }
        None if waiting.interview => {
            let leg = world.twilio.look_up(caller).await.ok()??;
            let at = leg.ended.unwrap_or_else(|| world.clock.now());
            leg.status
                .is_some_and(Status::has_ended)
                .then(|| ("looked_up:caller".to_owned(), Event::CallerHungUp { at }))
        }
        None => None,
    }
}

/// Whether a child of the caller's leg is the attempt's: the one that was heard of, else one that had not ended when the
/// dial was taken. An earlier attempt's leg ended before that, to the carrier's second; taking it for this one's would
/// sell to a buyer that was never rung.
fn may_be_ours(leg: &Leg, bound: Option<&LegId>, since: Timestamp) -> bool {
    match bound {
        Some(bound) => *bound == leg.id,
        None => leg.ended.is_none_or(|ended| ended > since),
    }
}

/// A buyer's leg, as the very event that its callback would have made.
fn said_of_line(now: Timestamp, n: u32, leg: &Leg, talking: bool) -> Option<(String, Event<Pii<String>>)> {
    match leg.status? {
        Status::Ended(result) => {
            let lasted = leg.duration.filter(|_| result == DialResult::Completed);
            Some((format!("looked_up:ended:{n}"), Event::DialEnded { n, result, bridged: None, lasted }))
        }
        Status::InProgress if !talking => {
            let at = leg.started.unwrap_or(now);
            Some((format!("looked_up:picked_up:{n}"), Event::BuyerPickedUp { n, leg: leg.id.clone(), at }))
        }
        Status::InProgress | Status::Ringing => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_earlier_attempts_leg_is_not_taken_for_this_ones() {
        let at = Timestamp::from_secs;
        let leg = |ended: Option<i64>| Leg {
            id: LegId("CA2".to_owned()),
            parent: None,
            status: None,
            started: Some(at(100)),
            ended: ended.map(at),
            duration: None,
        };
        assert!(!may_be_ours(&leg(Some(109)), None, at(110)));
        assert!(!may_be_ours(&leg(Some(110)), None, at(110)));
        assert!(may_be_ours(&leg(Some(111)), None, at(110)));
        assert!(may_be_ours(&leg(None), None, at(110)));
        assert!(may_be_ours(&leg(Some(109)), Some(&LegId("CA2".to_owned())), at(110)));
        assert!(!may_be_ours(&leg(None), Some(&LegId("CA1".to_owned())), at(110)));
    }
}
