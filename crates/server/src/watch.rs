//! Who is watched though no deadline is near: callers on hold, by their polls, and talks, by the carrier's list of live
//! legs. What is missing is looked up; nothing is concluded from a silence alone.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::{StreamExt, stream};
use journey::{Document, Event, LegId, Whom};
use lead::{JourneyId, Timestamp};

use crate::{
    act::ended_in,
    chain_of,
    drive::look_again,
    folded::Folded,
    panics,
    reconcile::{Asked, reconcile},
    switchboard::is_a_line,
    timers::Timers,
    world::World,
};

/// How long a piece of hold plays before the caller's leg asks again, and ten seconds: a poll that is overdue by then
/// means that the caller is gone.
const HOLD_POLL_MAX: Duration = Duration::from_secs(12 + 10);
/// Journeys that are looked up at the carrier at once, when many are.
const LOOK_UPS_AT_ONCE: usize = 8;
/// Unfinished journeys that a start takes up; what is beyond them is found at its deadline.
const UNFINISHED_MAX: u32 = 10_000;

/// Who is watched.
#[derive(Debug, Default)]
pub struct Watch {
    holds: Timers,
    talks: Mutex<BTreeMap<JourneyId, Talk>>,
}

#[derive(Debug, Clone)]
struct Talk {
    leg: LegId,
    since: Timestamp,
}

impl Watch {
    /// A caller's leg was given a piece of hold: it asks again when that has played.
    pub fn holds(&self, now: Timestamp, id: JourneyId) {
        self.holds.set(id, Some(now + HOLD_POLL_MAX));
    }

    /// A caller's leg was given something else to do.
    pub fn holds_no_more(&self, id: JourneyId) {
        self.holds.set(id, None);
    }

    /// Notes whether a journey's caller and buyer talk.
    pub fn saw(&self, now: Timestamp, folded: &Folded) {
        let (id, journey) = (folded.journey.id(), &folded.journey);
        let leg = match journey.line().filter(|_| journey.is_talking()).map(|sought| sought.leg) {
            Some(journey::Which::Known(leg)) => Some(leg),
            _ => None,
        };
        let mut talks = self.talks.lock().unwrap_or_else(PoisonError::into_inner);
        match leg {
            Some(leg) => {
                talks.entry(id).or_insert(Talk { leg, since: now });
            }
            None => {
                talks.remove(&id);
            }
        }
    }

    fn talks(&self) -> BTreeMap<JourneyId, Talk> {
        self.talks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Watches until the process stops. What an earlier run left unfinished is looked up meanwhile: a carrier that is slow to
/// say what became of it holds up nobody who calls now.
pub async fn run(world: Arc<World>) {
    world.tasks.spawn(panics::watched("look_up", take_up(Arc::clone(&world))));
    let mut missing = BTreeSet::new();
    let mut census = tokio::time::interval(world.census_every);
    census.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let next = world.watch.holds.next().map_or(world.census_every, |at| at.since(world.clock.now()));
        tokio::select! {
            () = tokio::time::sleep(next) => {}
            () = world.watch.holds.earlier() => {}
            _ = census.tick() => missing = take_census(&world, &missing).await,
            () = world.stop.cancelled() => return,
        }
        for journey in world.watch.holds.take_due(world.clock.now()) {
            world.tasks.spawn(panics::watched("look_up", overdue(Arc::clone(&world), journey)));
        }
    }
}

/// The calls that were under way when the last run ended: what happened meanwhile was told to nobody.
async fn take_up(world: Arc<World>) {
    store::point!("watch::before_take_up");
    let unfinished = match world.store.unfinished_journeys(UNFINISHED_MAX).await {
        Ok(unfinished) => unfinished,
        Err(error) => {
            return tracing::error!(error = %chain_of(&error), "unfinished journeys could not be read; they are found at their deadlines");
        }
    };
    if unfinished.is_empty() {
        return;
    }
    tracing::info!(journeys = unfinished.len(), "unfinished journeys are looked up at the carrier");
    look_up_all(&world, unfinished).await;
    store::point!("watch::after_take_up");
}

/// Looks up many journeys, a few at once, and goes on watching those that are not over.
async fn look_up_all(world: &Arc<World>, journeys: Vec<JourneyId>) {
    stream::iter(journeys)
        .for_each_concurrent(LOOK_UPS_AT_ONCE, |journey| async move {
            // The next run begins with them.
            if world.stopping.is_cancelled() {
                return;
            }
            reconcile(world, journey).await;
            let seen = look_again(world, journey, |folded| {
                world.watch.saw(world.clock.now(), folded);
                (folded.journey.deadline(), is_on_hold(folded))
            });
            if let Ok(Some((deadline, on_hold))) = seen.await {
                world.timers.set(journey, deadline);
                if on_hold {
                    world.watch.holds(world.clock.now(), journey);
                }
            }
        })
        .await;
}

/// Whether the caller's leg hears the hold audio and asks again.
fn is_on_hold(folded: &Folded) -> bool {
    let journey = &folded.journey;
    let holds = matches!(journey.document(Whom::Poll), Document::Hold { .. });
    holds && !journey.is_caller_gone() && journey.line().is_none()
}

/// A hold poll did not come.
async fn overdue(world: Arc<World>, journey: JourneyId) {
    let waits = look_again(&world, journey, |folded| {
        is_on_hold(folded).then(|| folded.journey.campaign().hold_audio.is_empty())
    });
    let Ok(Some(Some(is_our_audio))) = waits.await else { return };
    let asked = reconcile(&world, journey).await;
    // A campaign's own audio may play as long as it likes; ours has played.
    if asked == Asked::Unanswered && is_our_audio {
        let at = world.clock.now();
        let event = Event::CallerHungUp { at };
        tracing::warn!(journey.id = %journey, "a caller on hold asks no more, and the carrier cannot be asked: it is taken as gone");
        ended_in(&world, journey, format!("silent:{}", at.micros()), event).await;
        return;
    }
    if let Ok(Some(true)) = look_again(&world, journey, is_on_hold).await {
        world.watch.holds(world.clock.now(), journey);
    }
}

/// Compares the carrier's live legs with the talks that we believe in. One that was missing before as well is looked up:
/// its ending should have been heard by now. Gives those that are missing for the first time.
async fn take_census(world: &Arc<World>, before: &BTreeSet<JourneyId>) -> BTreeSet<JourneyId> {
    let now = world.clock.now();
    let mut talks = world.watch.talks();
    // A leg that has just picked up may not be on the carrier's list yet.
    talks.retain(|_, talk| now.since(talk.since) >= world.census_every && !is_a_line(&talk.leg));
    if talks.is_empty() {
        return BTreeSet::new();
    }
    let Some(twilio) = &world.twilio else { return BTreeSet::new() };
    store::point!("watch::before_census");
    let live = match twilio.live_legs().await {
        Ok(live) => live,
        Err(error) => {
            tracing::warn!(error = %chain_of(&error), "the carrier's live legs could not be listed; talks are looked up at their deadlines");
            return BTreeSet::new();
        }
    };
    store::point!("watch::after_census");
    let missing = talks.into_iter().filter(|(_, talk)| !live.contains(&talk.leg)).map(|(id, _)| id);
    let (again, first): (Vec<_>, Vec<_>) = missing.partition(|id| before.contains(id));
    metrics::counter!("pingpost_talks_missing_total").increment(again.len() as u64);
    look_up_all(world, again).await;
    first.into_iter().collect()
}
