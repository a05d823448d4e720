//! Spooling: what was accepted while the database was away is driven when it is back, with its own time and key, before
//! anything newer of the same journey.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::{StreamExt, stream};
use journey::Event;
use lead::{JourneyId, Pii, Timestamp};
use store::{Entry, Spool, SpoolError, SpoolPlace};
use tokio::sync::Notify;

use crate::{
    chain_of,
    drive::{DriveError, Driven, Driving, pass},
    world::World,
};

/// Journeys whose entries are driven at once.
const DRAINED_AT_ONCE: usize = 8;
/// Journeys that one pass takes up.
const DRAIN_MAX: usize = 256;
/// The rest after a pass in which something could not be driven.
const DRAIN_REST: Duration = Duration::from_millis(500);
/// How often an entry is driven that fails though the database is there; then it is put aside.
const DRAIN_TRIES_MAX: u32 = 5;

/// The spool of this process.
pub struct Spooling {
    spool: Spool,
    filled: Notify,
    failed: Mutex<BTreeMap<SpoolPlace, u32>>,
}

/// What became of one entry.
enum Became {
    /// It needs no more.
    Done(&'static str),
    /// A person should look.
    Aside,
}

impl Spooling {
    /// Of an open spool. What an earlier process left in it is driven as well.
    pub fn new(spool: Spool) -> Self {
        let filled = Notify::new();
        filled.notify_one();
        Self { spool, filled, failed: Mutex::default() }
    }

    /// Keeps an event that cannot be driven now. It is on the disk when this returns.
    ///
    /// # Errors
    /// When it is not known to be: then it must not be acknowledged.
    pub async fn keep(
        &self,
        at: Timestamp,
        journey: JourneyId,
        key: String,
        event: Event<Pii<String>>,
    ) -> Result<(), SpoolError> {
        let kept = self.spool.keep(journey, Entry { key, at, event }).await;
        match &kept {
            Ok(()) => metrics::counter!("pingpost_spool_kept_total").increment(1),
            Err(error) => {
                let why = if matches!(error, SpoolError::Full) { "full" } else { "disk" };
                metrics::counter!("pingpost_spool_refused_total", "why" => why).increment(1);
                tracing::error!(error = %chain_of(error), journey.id = %journey, "an event could not be spooled; the carrier is to tell it again");
            }
        }
        self.filled.notify_one();
        kept
    }

    /// What waits, and shows it.
    pub fn show(&self, now: Timestamp) -> store::SpoolCounts {
        let counts = self.spool.counts();
        let figure = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        metrics::gauge!("pingpost_spool_entries").set(figure(counts.entries));
        metrics::gauge!("pingpost_spool_bytes").set(figure(counts.bytes));
        metrics::gauge!("pingpost_spool_aside").set(figure(counts.aside));
        let age = counts.oldest.map_or(Duration::ZERO, |oldest| now.since(oldest));
        metrics::gauge!("pingpost_spool_oldest_seconds").set(age.as_secs_f64());
        counts
    }

    /// Whether anything lies aside.
    pub fn has_aside(&self) -> bool {
        self.spool.counts().aside > 0
    }

    /// Removes what lies aside of erased journeys, and what lies there for long.
    ///
    /// # Errors
    /// When the disk refused.
    pub async fn forget(&self, journeys: Vec<JourneyId>) -> Result<(), SpoolError> {
        self.spool.forget(journeys).await
    }

    /// Whether this entry has failed too often, with this time.
    fn is_hopeless(&self, place: SpoolPlace) -> bool {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let tries = failed.entry(place).or_default();
        *tries += 1;
        *tries >= DRAIN_TRIES_MAX
    }

    fn is_settled(&self, place: SpoolPlace) {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).remove(&place);
    }
}

/// Drives what waits, whenever the database is there, until the process stops.
pub async fn run(world: Arc<World>) {
    let Some(spooling) = &world.spooling else { return world.stop.cancelled().await };
    loop {
        tokio::select! {
            () = spooling.filled.notified() => {}
            () = world.stop.cancelled() => return,
        }
        let mut told = false;
        while spooling.spool.counts().entries > 0 {
            tokio::select! {
                () = world.store.back() => {}
                () = world.stop.cancelled() => return,
            }
            if !std::mem::replace(&mut told, true) {
                tracing::warn!(entries = spooling.spool.counts().entries, "the spool is driven");
            }
            let journeys = stream::iter(spooling.spool.journeys(DRAIN_MAX));
            let driven = journeys.map(|journey| absorb(&world, journey)).buffer_unordered(DRAINED_AT_ONCE);
            let failures =
                driven.filter_map(|driven| std::future::ready(driven.err())).collect::<Vec<_>>().await;
            if let Some(error) = failures.first() {
                tracing::warn!(error = %chain_of(error), failures = failures.len(), "the spool waits on");
                tokio::select! {
                    () = tokio::time::sleep(DRAIN_REST) => {}
                    () = world.stop.cancelled() => return,
                }
            }
        }
        if told {
            tracing::info!("the spool is empty");
        }
    }
}

/// Drives what waits of one journey, the oldest first.
///
/// # Errors
/// When one could not be driven: whatever is newer of this journey has to wait behind it.
pub async fn absorb(world: &Arc<World>, journey: JourneyId) -> Result<(), DriveError> {
    let Some(spooling) = &world.spooling else { return Ok(()) };
    while let Some((place, entry)) = spooling.spool.first(journey).await {
        let became = match entry {
            Ok(entry) => match driven(world, journey, entry).await {
                Ok(became) => became,
                // A newer release has been there: it waits for one.
                Err(error) if error.is_absence() || error.is_of_newer() || !spooling.is_hopeless(place) => {
                    return Err(error);
                }
                Err(error) => {
                    tracing::error!(error = %chain_of(&error), journey.id = %journey, "a spooled event cannot be driven");
                    Became::Aside
                }
            },
            Err(error) => {
                tracing::error!(error = %chain_of(&error), journey.id = %journey, "a spooled event cannot be read");
                Became::Aside
            }
        };
        spooling.is_settled(place);
        match became {
            Became::Done(result) => {
                metrics::counter!("pingpost_spool_driven_total", "result" => result).increment(1);
                spooling.spool.done(place).await;
            }
            Became::Aside => {
                metrics::counter!("pingpost_spool_driven_total", "result" => "aside").increment(1);
                if let Err(error) = spooling.spool.put_aside(place).await {
                    tracing::error!(error = %chain_of(&error), journey.id = %journey, "a spooled event cannot be put aside");
                    return Err(DriveError::Contended);
                }
            }
        }
    }
    Ok(())
}

/// Whether events of a journey wait that are older than whatever comes now.
pub fn is_behind(world: &World, journey: JourneyId) -> bool {
    world.spooling.as_ref().is_some_and(|spooling| spooling.spool.holds(journey))
}

async fn driven(world: &Arc<World>, journey: JourneyId, entry: Entry) -> Result<Became, DriveError> {
    let Entry { key, at, event } = entry;
    let recording = match &event {
        Event::RecordingReady { reference, .. } => Some(reference.clone()),
        _ => None,
    };
    // A caller who is gone, of a call that was turned away or that nobody ever knew: nothing hangs on it.
    let is_mere_end = matches!(event, Event::CallerHungUp { .. });
    let driving = Driving { journey, key, event };
    match Box::pin(pass(world, driving, Some(at), |_| ())).await {
        Ok((Driven::New, _)) => Ok(Became::Done("new")),
        Ok((Driven::Repeat, _)) => Ok(Became::Done("repeat")),
        Ok((Driven::Unknown, _)) if is_mere_end => Ok(Became::Done("stray")),
        Ok((Driven::Unknown, _)) => {
            tracing::error!(journey.id = %journey, "a spooled event is of no journey");
            Ok(Became::Aside)
        }
        Err(error) if error.is_of_the_erased() => {
            if let Some(reference) = recording {
                world.store.delete_recording(world.clock.now(), journey, reference).await?;
            }
            Ok(Became::Done("erased"))
        }
        Err(error) => Err(error),
    }
}
