//! Who wants no posts, as it was read lately: a hint for every round, so it is not read for each of them. What counts is
//! the reservation's own transaction.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use lead::{OfferId, Timestamp};
use store::{OutboxError, Store};

/// How long what was read holds. Whoever enables an offer from another process waits for so long.
pub const PAUSED_HOLD: Duration = Duration::from_secs(1);

/// What was read, and when.
type Read = Option<(Timestamp, Arc<BTreeSet<OfferId>>)>;

/// The offers that want no posts.
#[derive(Debug, Default)]
pub struct Paused(Mutex<Read>);

impl Paused {
    /// The offers, read again where that was longer ago than [`PAUSED_HOLD`].
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn offers(&self, now: Timestamp, store: &Store) -> Result<Arc<BTreeSet<OfferId>>, OutboxError> {
        if let Some((at, offers)) = &*self.read()
            && now.since(*at) < PAUSED_HOLD
        {
            return Ok(Arc::clone(offers));
        }
        let offers = Arc::new(store.disabled_offers().await?);
        *self.read() = Some((now, Arc::clone(&offers)));
        Ok(offers)
    }

    /// One was paused or is not any more.
    pub fn changed(&self) {
        *self.read() = None;
    }

    fn read(&self) -> std::sync::MutexGuard<'_, Read> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
