//! What an erasure leaves to a process that serves: folds are dropped, calls that have ended are forgotten, and the
//! carrier is asked to delete recordings until it has.

use std::{sync::Arc, time::Duration};

use carrier::twilio::TwilioClient;
use lead::Timestamp;
use store::{AtCarrier, ErasureError, ReadFailed, Retired, SPOOL_ASIDE_FOR, Scrubbed, Store};
use tokio::time::MissedTickBehavior;

use crate::{
    chain_of,
    drive::DriveError,
    intake, notices,
    switchboard::{Recordings, is_a_line, is_a_name_of_ours},
    world::World,
};

/// How often it is looked what was erased, and what is left to be done of it.
const ERASED_EVERY: Duration = Duration::from_secs(5);
/// What was erased shortly before the last look is looked at again: another process's clock may be behind.
const OVERLAP: Duration = Duration::from_secs(60);
/// Recordings that the carrier is asked to delete in one pass.
const RECORDINGS_MAX: u32 = 20;
/// How long the carrier is left alone after it did not delete a recording; twice as long each time.
const DELETE_AGAIN: Duration = Duration::from_secs(60);
/// But no longer than this.
pub(crate) const DELETE_AGAIN_MAX: Duration = Duration::from_secs(3600);

/// Why a pass came to nothing. The next one does what is left.
#[derive(Debug, thiserror::Error)]
pub enum PassError {
    /// The store could not be read.
    #[error("reading what was erased")]
    Read(#[from] ReadFailed),
    /// The store could not be written.
    #[error("forgetting who was erased")]
    Write(#[from] ErasureError),
    /// A callback that waits could not be cancelled.
    #[error("cancelling a callback of who was erased")]
    Cancel(#[from] DriveError),
    /// What lies aside of the spool could not be removed.
    #[error("removing what the spool has of who was erased")]
    Spool(#[from] store::SpoolError),
}

/// What became of recordings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Deleted {
    /// The carrier deleted so many.
    pub done: u32,
    /// It will be asked again for so many.
    pub waiting: u32,
}

/// Does what is left to be done until the process stops. What goes wrong is logged once, until it changes.
pub async fn run(world: Arc<World>) {
    let mut tick = tokio::time::interval(ERASED_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut since, mut told, mut unclean) = (world.clock.now(), None, false);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = world.stop.cancelled() => return,
        }
        let now = world.clock.now();
        let failed = match pass(&world, since, &mut unclean).await {
            Ok(()) => {
                since = now;
                None
            }
            Err(error) => Some(chain_of(&error)),
        };
        if failed != told {
            if let Some(error) = &failed {
                tracing::error!(error, "an erasure is not finished");
            }
            told = failed;
        }
    }
}

async fn pass(world: &Arc<World>, since: Timestamp, unclean: &mut bool) -> Result<(), PassError> {
    let store = &world.store;
    // Nobody calls them any more; their journeys end, and are forgotten now.
    for journey in store.callbacks_of_the_erased().await? {
        intake::cancel(world, journey).await?;
    }
    let forgotten = store.forget_ended(world.clock.now()).await?;
    store.forget_callers(world.clock.now()).await?;
    for journey in store.erased_since(earlier(since, OVERLAP)).await? {
        world.forget(journey);
    }
    if let Some(spooling) = world.spooling.as_ref().filter(|spooling| spooling.has_aside()) {
        // Nothing lies there for longer, so an erasure that a process slept through is made up for as well.
        spooling.forget(store.erased_since(earlier(world.clock.now(), SPOOL_ASIDE_FOR)).await?).await?;
    }
    *unclean |= !forgotten.is_empty();
    if *unclean {
        *unclean = store.scrub().await? == Scrubbed::Waiting;
    }
    notices::send_due(world).await?;
    let now = world.clock.now();
    let retired = store.retire(now, world.retention.kept(now)).await?;
    if retired != Retired::default() {
        let Retired { recordings, consents } = retired;
        tracing::info!(recordings, consents, "what was kept for its years is let go of");
    }
    let keepers = Keepers {
        twilio: world.twilio.as_ref(),
        recordings: world.switchboard.as_ref().and_then(|it| it.recordings()).map(|it| &**it),
    };
    let deleted = delete_recordings(store, keepers, (now, now)).await?;
    if deleted != Deleted::default() {
        let Deleted { done, waiting } = deleted;
        tracing::info!(done, waiting, "recordings were to be deleted");
    }
    Ok(())
}

fn earlier(at: Timestamp, by: Duration) -> Timestamp {
    Timestamp::from_micros(at.micros() - i64::try_from(by.as_micros()).unwrap_or(0))
}

/// Who keeps recordings.
#[derive(Clone, Copy)]
pub struct Keepers<'a> {
    /// The carrier of webhooks.
    pub twilio: Option<&'a TwilioClient>,
    /// The folder of those that we make.
    pub recordings: Option<&'a Recordings>,
}

impl Keepers<'_> {
    /// Deletes it where it lies.
    async fn delete(self, what: &AtCarrier) -> anyhow::Result<()> {
        match (what, self.twilio, self.recordings) {
            (AtCarrier::One(reference), _, Some(recordings)) if is_a_name_of_ours(reference) => {
                Ok(recordings.delete(reference).await?)
            }
            (AtCarrier::AllOf(leg), _, Some(recordings)) if is_a_line(leg) => {
                Ok(recordings.delete_of(leg).await?)
            }
            // What a node made of it bears a name that is known.
            (AtCarrier::AllOf(leg), _, None) if is_a_line(leg) => Ok(()),
            (AtCarrier::One(reference), _, None) if is_a_name_of_ours(reference) => {
                anyhow::bail!("it lies in a folder that sip.recordings of this node does not name")
            }
            (AtCarrier::One(reference), Some(twilio), _) => Ok(twilio.delete_recording(reference).await?),
            (AtCarrier::AllOf(leg), Some(twilio), _) => Ok(twilio.delete_recordings_of(leg).await?),
            (_, None, _) => anyhow::bail!("it lies at a carrier, and none is configured"),
        }
    }
}

/// Has the recordings deleted that are due by then. A refusal is no error: it is asked again.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn delete_recordings(
    store: &Store,
    keepers: Keepers<'_>,
    (now, due_by): (Timestamp, Timestamp),
) -> Result<Deleted, PassError> {
    let mut deleted = Deleted::default();
    for due in store.recordings_due(due_by, RECORDINGS_MAX).await? {
        let again = match keepers.delete(&due.what).await {
            Ok(()) => None,
            Err(error) => {
                tracing::warn!(error = %chain_of(error.as_ref()), journey.id = %due.journey, "a recording was not deleted; it is tried again");
                Some((DELETE_AGAIN * 2_u32.saturating_pow(due.tries.min(16))).min(DELETE_AGAIN_MAX))
            }
        };
        match again {
            None => deleted.done += 1,
            Some(_) => deleted.waiting += 1,
        }
        store.recording_asked(now, &due.what, again).await?;
    }
    Ok(deleted)
}
