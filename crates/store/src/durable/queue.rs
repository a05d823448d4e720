//! `Writer`: the queue in front of the connections that write.

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use futures_util::{FutureExt, future::BoxFuture};
use tokio::{
    sync::{
        mpsc::{self, error::TrySendError},
        oneshot, watch,
    },
    task::JoinHandle,
};

use super::{Conn, Done, Ending, Locks, Sync, WriteFailed, passing::is_passing};
use crate::limits::{RECORDS_WAITING_MAX, WRITE_DEADLINE, WRITES_WAITING_MAX};

/// The queue in front of the writing connections.
pub(crate) struct Writer {
    first: mpsc::Sender<Job>,
    later: mpsc::Sender<Job>,
    stop: watch::Sender<()>,
    counts: Arc<Counts>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

/// The other end of the queue.
pub(super) struct Inbox {
    pub(super) first: mpsc::Receiver<Job>,
    pub(super) later: mpsc::Receiver<Job>,
    pub(super) stop: watch::Receiver<()>,
}

/// A job in the queue.
pub(super) struct Job {
    pub(super) sync: Sync,
    pub(super) locks: Locks,
    pub(super) task: Box<dyn Task>,
}

/// A job's work and who waits for it, whatever their types.
pub(super) trait Task: Send {
    /// Runs inside the open transaction. Without a connection it is refused.
    fn run<'c>(&'c mut self, conn: Option<&'c mut Conn>, tries: Tries) -> BoxFuture<'c, Ran>;
    /// Says how the transaction of the last run ended.
    fn tell(self: Box<Self>, ending: Ending);
    /// Says that nothing of it was committed, since somebody stood in its way, or its connection went.
    fn give_back(self: Box<Self>);
    /// Whether it may be run, or run again.
    fn may_run(&self) -> bool;
}

/// Whether a job may be run again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tries {
    /// This is its only run.
    One,
    /// Another one may follow.
    More,
}

/// What a run inside the open transaction came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ran {
    /// Its changes are to stay.
    Keep,
    /// Its changes are to be undone.
    Undo,
    /// Somebody stood in its way: its changes are to be undone, and another run may do better.
    InTheWay,
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
    /// Starts the tasks that write, which share the inbox.
    pub(super) fn start(spawn: impl FnOnce(Inbox, &Arc<Counts>) -> Vec<JoinHandle<()>>) -> Self {
        let (first, firsts) = mpsc::channel(WRITES_WAITING_MAX);
        let (later, laters) = mpsc::channel(RECORDS_WAITING_MAX);
        let (stop, stopped) = watch::channel(());
        let counts = Arc::new(Counts::default());
        let tasks = spawn(Inbox { first: firsts, later: laters, stop: stopped }, &counts);
        Self { first, later, stop, counts, tasks: Mutex::new(tasks) }
    }

    /// Runs a job and waits for its commit. `then` hears the end even if the wait was given up.
    pub(crate) async fn write<T, F, G>(
        &self,
        (sync, locks): (Sync, Locks),
        (work, another): (F, fn(&F) -> Option<F>),
        then: G,
    ) -> Result<T, WriteFailed>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<Done<T>, sqlx::Error>> + Send + 'static,
        G: FnOnce(Option<&T>, Ending) + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        let result = Err(WriteFailed::NotBegun);
        let task = Box::new(Asked { work: Some(work), another, result, tell: Some(tell), then });
        self.first.try_send(Job { sync, locks, task }).map_err(|error| match error {
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
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<Done<()>, sqlx::Error>>
            + Clone
            + Send
            + 'static,
    {
        let counts = Arc::clone(&self.counts);
        let then = move |_: Option<&()>, ending| {
            if ending == Ending::RolledBack {
                counts.lost.fetch_add(1, Ordering::Relaxed);
            }
        };
        let another: fn(&F) -> Option<F> = |work| Some(work.clone());
        let result = Err(WriteFailed::NotBegun);
        let task = Box::new(Asked { work: Some(work), another, result, tell: None, then });
        if self.later.try_send(Job { sync: Sync::Soon, locks: Locks::default(), task }).is_err() {
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

    /// Commits what waits and closes the connections.
    pub(super) async fn close(&self) {
        // The receivers are gone only after an earlier close.
        let _ = self.stop.send(());
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            if let Err(error) = task.await {
                tracing::error!(error = &error as &dyn std::error::Error, "the writer did not end well");
            }
        }
    }
}

/// A job, and who waits for it, if anybody does.
struct Asked<T, F, G> {
    work: Option<F>,
    /// The work once more, where it can be done more than once.
    another: fn(&F) -> Option<F>,
    result: Result<T, WriteFailed>,
    tell: Option<oneshot::Sender<Result<T, WriteFailed>>>,
    then: G,
}

impl<T, F, G> Task for Asked<T, F, G>
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<Done<T>, sqlx::Error>> + Send + 'static,
    G: FnOnce(Option<&T>, Ending) + Send + 'static,
{
    fn run<'c>(&'c mut self, conn: Option<&'c mut Conn>, tries: Tries) -> BoxFuture<'c, Ran> {
        Box::pin(async move {
            // What nobody waits for any more is not begun.
            let is_given_up = self.tell.as_ref().is_some_and(oneshot::Sender::is_closed);
            let conn = conn.filter(|_| !is_given_up);
            let (Some(conn), Some(work)) = (conn, self.work.take()) else {
                self.result = Err(WriteFailed::NotBegun);
                return Ran::Undo;
            };
            if tries == Tries::More {
                self.work = (self.another)(&work);
            }
            let (ran, result) = match AssertUnwindSafe(work(conn)).catch_unwind().await {
                Ok(Ok(Done::Keep(value))) => (Ran::Keep, Ok(value)),
                Ok(Ok(Done::Undo(value))) => (Ran::Undo, Ok(value)),
                Ok(Err(error)) if is_passing(&error) => (Ran::InTheWay, Err(WriteFailed::Database(error))),
                Ok(Err(error)) => (Ran::Undo, Err(WriteFailed::Database(error))),
                Err(_) => (Ran::Undo, Err(WriteFailed::Panicked)),
            };
            self.result = result;
            ran
        })
    }

    fn may_run(&self) -> bool {
        self.work.is_some()
    }

    fn give_back(mut self: Box<Self>) {
        self.result = Err(WriteFailed::InTheWay);
        self.tell(Ending::RolledBack);
    }

    fn tell(self: Box<Self>, ending: Ending) {
        let Self { result, tell, then, .. } = *self;
        let ending = if result.is_err() { Ending::RolledBack } else { ending };
        then(result.as_ref().ok(), ending);
        let result = result.and_then(|value| match ending {
            Ending::Committed => Ok(value),
            Ending::RolledBack => Err(WriteFailed::RolledBack),
            Ending::Unknown => Err(WriteFailed::Unknown),
        });
        match (tell, result) {
            // Nobody may wait any more.
            (Some(tell), result) => drop(tell.send(result)),
            (None, Err(error @ WriteFailed::Database(_))) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a record was not kept");
            }
            (None, _) => {}
        }
    }
}
