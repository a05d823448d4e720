//! What a leg tells, as events of its journey. Nobody else would tell it again, so it is kept until it is driven.

use std::sync::Arc;

use journey::Event;
use lead::{JourneyId, Pii};

use crate::{
    act::failed,
    drive::{Driven, Driving, drive},
    folded::Folded,
    world::World,
};

/// How often an event is driven that fails though the database is there. What it says is found at the journey's deadline
/// then, since its leg is gone by that time.
pub const TELL_TRIES_MAX: u32 = 3;

/// Drives what happened, sooner or later: while the database is away it waits in the spool, or here.
pub(super) async fn tell(world: &Arc<World>, journey: JourneyId, key: &str, event: Event<Pii<String>>) {
    let at = world.clock.now();
    for _ in 0..TELL_TRIES_MAX {
        let driving = Driving { journey, key: key.to_owned(), event: event.clone() };
        match drive(world, driving, |_| ()).await {
            Ok(_) => return,
            Err(error) if error.is_of_the_erased() => return forgotten(world, journey, &event).await,
            Err(error) if error.is_absence() && world.store.can_be_away() => {
                if let Some(spooling) = &world.spooling
                    && spooling.keep(at, journey, key.to_owned(), event.clone()).await.is_ok()
                {
                    return;
                }
                tokio::select! {
                    () = world.store.back() => {}
                    () = world.stop.cancelled() => return,
                }
            }
            Err(error) => failed(journey, event.name(), &error),
        }
    }
}

/// Of a person who was erased meanwhile nothing is kept, and a recording is deleted.
async fn forgotten(world: &World, journey: JourneyId, event: &Event<Pii<String>>) {
    let Event::RecordingReady { reference, .. } = event else { return };
    let deleting = world.store.delete_recording(world.clock.now(), journey, reference.clone());
    if let Err(error) = deleting.await {
        tracing::error!(error = %crate::chain_of(&error), journey.id = %journey, "an erased person's recording is not among those to be deleted");
    }
}

/// Drives what promises something, now or not at all, and reads what it came to. `None`: it is not known to be kept.
pub(super) async fn promise<R>(
    world: &Arc<World>,
    journey: JourneyId,
    key: String,
    event: Event<Pii<String>>,
    read: impl FnOnce(&Folded) -> R,
) -> Option<(Driven, R)> {
    let name = event.name();
    match drive(world, Driving { journey, key, event }, read).await {
        Ok((driven, read)) => read.map(|read| (driven, read)),
        Err(error) if error.is_of_the_erased() => None,
        Err(error) => {
            failed(journey, name, &error);
            None
        }
    }
}
