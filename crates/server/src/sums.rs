//! Sums up hours that are over, so that reports of many days need not count their calls.

use std::{sync::Arc, time::Duration};

use crate::{chain_of, world::World};

/// How often it is looked for hours that have no sums.
const SUM_EVERY: Duration = Duration::from_secs(60);
/// The rest between two passes while there are more.
const SUM_REST: Duration = Duration::from_secs(1);
/// The hours of one pass: each is a write that calls wait for.
const SUM_AT_ONCE_MAX: usize = 12;

/// Sums up until the process stops. What goes wrong is logged once, until it changes; reports count calls meanwhile.
pub async fn run(world: Arc<World>) {
    let mut told = None;
    loop {
        let (rest, failed) = match world.store.sum_up(world.clock.now(), SUM_AT_ONCE_MAX).await {
            Ok(SUM_AT_ONCE_MAX) => (SUM_REST, None),
            Ok(_) => (SUM_EVERY, None),
            Err(error) => (SUM_EVERY, Some(chain_of(&error))),
        };
        if failed != told {
            if let Some(error) = &failed {
                tracing::warn!(error, "hours were not summed up for reports");
            }
            told = failed;
        }
        tokio::select! {
            () = tokio::time::sleep(rest) => {}
            () = world.stop.cancelled() => return,
        }
    }
}
