//! The connections that only read: each reading runs as a whole on a thread that may wait for the disk.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::future::BoxFuture;
use tokio::{runtime::Handle, sync::Semaphore};

use super::Direct;
use crate::{
    durable::Conn,
    limits::{BUSY_TIMEOUT, READERS_MAX},
};

/// The readers of one file.
pub(super) struct Readers {
    path: PathBuf,
    idle: Arc<Mutex<Vec<Direct>>>,
    places: Arc<Semaphore>,
}

impl Readers {
    /// Opens the first of them: a file that cannot be read is known at once.
    pub(super) fn open(path: &Path) -> Result<Self, sqlx::Error> {
        let first = Direct::reading(path, BUSY_TIMEOUT)?;
        Ok(Self {
            path: path.to_owned(),
            idle: Arc::new(Mutex::new(vec![first])),
            places: Arc::new(Semaphore::new(READERS_MAX)),
        })
    }

    /// Runs statements that only read. It goes on to its end though nobody waits for it any more.
    pub(super) async fn read<T, F>(&self, work: F) -> Result<T, sqlx::Error>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T, sqlx::Error>> + Send + 'static,
    {
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|_| sqlx::Error::PoolClosed)?;
        let (idle, path, runtime) = (Arc::clone(&self.idle), self.path.clone(), Handle::current());
        let reading = tokio::task::spawn_blocking(move || {
            let _place = place;
            let taken = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let conn = taken.map_or_else(|| Direct::reading(&path, BUSY_TIMEOUT), Ok)?;
            let mut conn = Conn::SqliteReader(conn);
            // A connection is lost with a reading that panics.
            let read = runtime.block_on(work(&mut conn));
            if let Conn::SqliteReader(conn) = conn {
                idle.lock().unwrap_or_else(PoisonError::into_inner).push(conn);
            }
            read
        });
        reading.await.map_err(|_| sqlx::Error::WorkerCrashed)?
    }

    /// Waits for what is being read, and closes every connection.
    pub(super) async fn close(&self) {
        let all = u32::try_from(READERS_MAX).unwrap_or(u32::MAX);
        // Only another closing makes it fail.
        if let Ok(_places) = self.places.acquire_many(all).await {
            self.places.close();
        }
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
