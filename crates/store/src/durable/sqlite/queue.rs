//! `Writer`: the queue in front of the one connection that writes.

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use futures_util::{FutureExt, future::BoxFuture};
use sqlx::{SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::{
    sync::{
        mpsc::{self, error::TrySendError},
        oneshot,
    },
    task::JoinHandle,
};

use super::{Disk, writer::Loop};
use crate::{
    durable::{Conn, Done, Ending, Sync, WriteFailed},
    limits::{RECORDS_WAITING_MAX, WRITE_DEADLINE, WRITES_WAITING_MAX},
};

/// The queue in front of the writing connection.
pub(crate) struct Writer {
    first: mpsc::Sender<Job>,
    later: mpsc::Sender<Job>,
    stop: mpsc::Sender<()>,
    counts: Arc<Counts>,
    task: Mutex<Option<JoinHandle<()>>>,
}

/// A job in the queue.
pub(super) struct Job {
    pub(super) sync: Sync,
    pub(super) run: Run,
}

/// Runs a job inside the open transaction. Without a connection it is refused.
pub(super) type Run = Box<dyn for<'c> FnOnce(Option<&'c mut Conn>) -> BoxFuture<'c, Ran> + Send>;

/// A job that has run inside the open transaction.
pub(super) struct Ran {
    pub(super) keep: bool,
    /// Says how the transaction ended.
    pub(super) tell: Box<dyn FnOnce(Ending) + Send>,
}

/// What the writer has done since it started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WriterCounts {
    /// Jobs that were run.
    pub jobs: u64,
    /// Transactions that were committed.
    pub commits: u64,
    /// Those of them that were synced before they were acknowledged.
    pub synced: u64,
    /// Transactions that were not committed, since the database failed.
    pub failed: u64,
    /// Auction records that were lost, since too many waited or the database failed.
    pub lost: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) jobs: AtomicU64,
    pub(super) commits: AtomicU64,
    pub(super) synced: AtomicU64,
    pub(super) failed: AtomicU64,
    lost: AtomicU64,
}

impl Writer {
    pub(super) fn start(conn: SqliteConnection, options: SqliteConnectOptions, disk: Arc<Disk>) -> Self {
        let (first, firsts) = mpsc::channel(WRITES_WAITING_MAX);
        let (later, laters) = mpsc::channel(RECORDS_WAITING_MAX);
        let (stop, stopped) = mpsc::channel(1);
        let counts = Arc::new(Counts::default());
        let writer = Loop::new(conn, options, disk, Arc::clone(&counts), (firsts, laters, stopped));
        Self { first, later, stop, counts, task: Mutex::new(Some(tokio::spawn(writer.run()))) }
    }

    /// Runs a job and waits for its commit. `then` hears the end even if the wait was given up.
    pub(crate) async fn write<T, F, G>(&self, sync: Sync, work: F, then: G) -> Result<T, WriteFailed>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<Done<T>, sqlx::Error>> + Send + 'static,
        G: FnOnce(Option<&T>, Ending) + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        let run: Run = Box::new(move |conn| Box::pin(run(conn, work, tell, then)));
        self.first.try_send(Job { sync, run }).map_err(|error| match error {
            TrySendError::Full(_) => WriteFailed::Overloaded,
            TrySendError::Closed(_) => WriteFailed::Closed,
        })?;
        match tokio::time::timeout(WRITE_DEADLINE, told).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) | Err(_) => Err(WriteFailed::Unknown),
        }
    }

    /// Hands over a job that nobody waits for; it is lost, and counted, when too many wait.
    pub(crate) fn write_later<F>(&self, work: F)
    where
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<Done<()>, sqlx::Error>> + Send + 'static,
    {
        let counts = Arc::clone(&self.counts);
        let run: Run = Box::new(move |conn| {
            Box::pin(async move {
                let ran = match conn {
                    Some(conn) => AssertUnwindSafe(work(conn)).catch_unwind().await,
                    None => Ok(Ok(Done::Undo(()))),
                };
                let keep = matches!(ran, Ok(Ok(Done::Keep(()))));
                if let Ok(Err(error)) = ran {
                    tracing::warn!(error = &error as &dyn std::error::Error, "a record was not kept");
                }
                let lost = move |ending| {
                    if !keep || ending == Ending::RolledBack {
                        counts.lost.fetch_add(1, Ordering::Relaxed);
                    }
                };
                Ran { keep, tell: Box::new(lost) }
            })
        });
        if self.later.try_send(Job { sync: Sync::Normal, run }).is_err() {
            self.counts.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What it has done since it started.
    pub(crate) fn counts(&self) -> WriterCounts {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        WriterCounts {
            jobs: read(&self.counts.jobs),
            commits: read(&self.counts.commits),
            synced: read(&self.counts.synced),
            failed: read(&self.counts.failed),
            lost: read(&self.counts.lost),
        }
    }

    /// Commits what waits, copies the log into the file and closes the connection.
    pub(super) async fn close(&self) {
        // The receiver is gone only after an earlier close.
        let _ = self.stop.send(()).await;
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task
            && let Err(error) = task.await
        {
            tracing::error!(error = &error as &dyn std::error::Error, "the writer did not end well");
        }
    }
}

async fn run<T, F, G>(
    conn: Option<&mut Conn>,
    work: F,
    tell: oneshot::Sender<Result<T, WriteFailed>>,
    then: G,
) -> Ran
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<Done<T>, sqlx::Error>> + Send + 'static,
    G: FnOnce(Option<&T>, Ending) + Send + 'static,
{
    // What nobody waits for any more is not begun.
    let conn = conn.filter(|_| !tell.is_closed());
    let (keep, result) = match conn {
        None => (false, Err(WriteFailed::NotBegun)),
        Some(conn) => match AssertUnwindSafe(work(conn)).catch_unwind().await {
            Ok(Ok(Done::Keep(value))) => (true, Ok(value)),
            Ok(Ok(Done::Undo(value))) => (false, Ok(value)),
            Ok(Err(error)) => (false, Err(WriteFailed::Database(error))),
            Err(_) => (false, Err(WriteFailed::Panicked)),
        },
    };
    let tell = Box::new(move |ending| {
        let ending = if result.is_err() { Ending::RolledBack } else { ending };
        then(result.as_ref().ok(), ending);
        let result = result.and_then(|value| match ending {
            Ending::Committed => Ok(value),
            Ending::RolledBack => Err(WriteFailed::RolledBack),
            Ending::Unknown => Err(WriteFailed::Unknown),
        });
        // Nobody may wait any more.
        let _ = tell.send(result);
    });
    Ran { keep, tell }
}
