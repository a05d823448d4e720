//! The loops that write: each takes what waits, locks what its jobs need in one order, and commits them together.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use sqlx::postgres::PgConnectOptions;
use tokio::sync::{Mutex, mpsc::Receiver, watch};

use super::connection::{Health, PgWriter};
use crate::{
    chance,
    durable::{
        Conn, Ending, Locks, Sync,
        passing::code,
        queue::{Counts, Inbox, Job, Ran, Tries},
    },
    limits::{
        POSTGRES_BATCH_MAX, POSTGRES_WRITERS_MAX, RECORD_BATCH_MAX, WRITE_BATCH_MAX, WRITE_RETRY_WAIT,
        WRITE_TRIES_MAX,
    },
};

/// One of the tasks that write.
pub(super) struct Loop {
    options: PgConnectOptions,
    /// None: the server was away when it was needed last.
    conn: Option<Conn>,
    counts: Arc<Counts>,
    /// Whether the last transaction failed: it is logged once, and so is the next one that does not.
    failing: bool,
    inbox: Arc<Mutex<Receiver<Job>>>,
    /// The most jobs of a transaction.
    most: usize,
    stop: watch::Receiver<()>,
}

/// How a transaction of some jobs ended.
enum Came {
    /// Like this.
    Ended(Ending),
    /// It was rolled back, since the connection went or somebody stood in its way: it may be tried again.
    Back,
}

impl Loop {
    /// The tasks that write: some for the calls, which share what waits, and one for the records, whose order stays.
    pub(super) fn all(options: &PgConnectOptions, inbox: Inbox, counts: &Arc<Counts>) -> Vec<Self> {
        let (first, later) = (Arc::new(Mutex::new(inbox.first)), Arc::new(Mutex::new(inbox.later)));
        let stop = inbox.stop;
        let of = |inbox: &Arc<Mutex<Receiver<Job>>>, most| Self {
            options: options.clone(),
            conn: None,
            counts: Arc::clone(counts),
            failing: false,
            inbox: Arc::clone(inbox),
            most,
            stop: stop.clone(),
        };
        let mut loops = vec![of(&later, RECORD_BATCH_MAX)];
        loops.extend((0..POSTGRES_WRITERS_MAX).map(|_| of(&first, POSTGRES_BATCH_MAX)));
        loops
    }

    /// Works until it is stopped or its owner is gone, and then through what still waits.
    pub(super) async fn run(mut self) {
        loop {
            // Whoever has a server takes a little, so that the others have something to do as well. Where there is none,
            // everybody who waits is told so at once.
            let most = if self.conn.is_some() { self.most } else { WRITE_BATCH_MAX };
            let batch = self.take(most).await;
            if batch.is_empty() {
                break;
            }
            self.work_through(batch).await;
        }
        if let Some(Conn::PostgresWriter(conn)) = self.conn {
            conn.close().await;
        }
    }

    /// Waits for a job, and takes what else waits already. None: it was stopped, and nothing waits any more.
    async fn take(&mut self, most: usize) -> Vec<Job> {
        let mut inbox = self.inbox.lock().await;
        let first = loop {
            tokio::select! {
                biased;
                job = inbox.recv() => break job,
                _ = self.stop.changed(), if !inbox.is_closed() => inbox.close(),
            }
        };
        let mut batch: Vec<Job> = first.into_iter().collect();
        // One that counts is a transaction of its own, and what waits behind it is somebody else's to take.
        while batch.last().is_some_and(|job| self.conn.is_none() || !job.locks.count())
            && batch.len() < most
            && let Ok(job) = inbox.try_recv()
        {
            batch.push(job);
        }
        batch
    }

    /// Commits a batch. What counts against caps and seats is committed alone: whoever had those for the time of others' work
    /// would keep every call waiting. What somebody stood in the way of comes again by itself, a few times.
    async fn work_through(&mut self, batch: Vec<Job>) {
        if !self.is_connected().await {
            return self.refuse(batch).await;
        }
        let (alone, together): (Vec<_>, Vec<_>) = batch.into_iter().partition(|job| job.locks.count());
        let mut rest = if together.is_empty() { vec![] } else { self.commit(together).await };
        for job in alone {
            rest.extend(self.commit(vec![job]).await);
        }
        for tries in 1..WRITE_TRIES_MAX {
            if rest.is_empty() {
                return;
            }
            tokio::time::sleep(wait(tries)).await;
            let mut again = vec![];
            for job in rest {
                again.extend(self.commit(vec![job]).await);
            }
            rest = again;
        }
        for job in rest {
            job.task.give_back();
        }
    }

    /// Runs jobs in one transaction. Gives those that may be tried again; the others are told what came of them.
    async fn commit(&mut self, mut batch: Vec<Job>) -> Vec<Job> {
        if !self.is_connected().await {
            self.refuse(batch).await;
            return vec![];
        }
        self.counts.jobs.fetch_add(batch.len() as u64, Ordering::Relaxed);
        let sync = batch.iter().map(|job| job.sync).max().unwrap_or(Sync::Normal);
        let mut ran = vec![];
        let mut locks = Locks::default();
        for job in &batch {
            locks.with(&job.locks);
        }
        let came = match self.begin(sync, locks).await {
            Ok(()) => {
                let is_open;
                (ran, is_open) = self.run_all(&mut batch).await;
                self.end(&ran, is_open).await
            }
            Err(error) => self.back(Some(error)).await,
        };
        self.count(sync, &came, ran.contains(&Ran::Keep));
        ran.resize(batch.len(), Ran::InTheWay);
        let mut again = vec![];
        for (job, ran) in batch.into_iter().zip(ran) {
            match (&came, ran) {
                (Came::Back, _) | (Came::Ended(Ending::Committed), Ran::InTheWay) => {
                    if job.task.may_run() {
                        again.push(job)
                    } else {
                        job.task.give_back()
                    }
                }
                (Came::Ended(ending), _) => job.task.tell(*ending),
            }
        }
        again
    }

    /// Tells everybody that nothing was begun.
    async fn refuse(&mut self, batch: Vec<Job>) {
        self.counts.jobs.fetch_add(batch.len() as u64, Ordering::Relaxed);
        for mut job in batch {
            job.task.run(None, Tries::More).await;
            job.task.tell(Ending::RolledBack);
        }
    }

    async fn is_connected(&mut self) -> bool {
        if self.conn.as_ref().is_some_and(is_well) {
            return true;
        }
        self.conn = None;
        match PgWriter::connect(&self.options).await {
            Ok(conn) => self.conn = Some(Conn::PostgresWriter(Box::new(conn))),
            Err(error) => {
                self.failed(&error, "the database could not be reached");
                self.failing = true;
                self.counts.failed.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.conn.is_some()
    }

    fn writer(&mut self) -> Result<&mut PgWriter, sqlx::Error> {
        match &mut self.conn {
            Some(Conn::PostgresWriter(conn)) => Ok(conn),
            _ => Err(sqlx::Error::PoolClosed),
        }
    }

    /// Begins, and takes the locks of all jobs in the order of their keys, save those of what is counted.
    async fn begin(&mut self, sync: Sync, locks: Locks) -> Result<(), sqlx::Error> {
        const SOON: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL synchronous_commit = off";
        const SURE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";
        let conn = self.writer()?;
        conn.all(if sync == Sync::Soon { SOON } else { SURE }).await?;
        conn.lock(locks.keys, locks.counted).await
    }

    /// Runs each job, for as long as the transaction is open. One that is alone needs no savepoint.
    async fn run_all(&mut self, batch: &mut [Job]) -> (Vec<Ran>, bool) {
        let is_alone = batch.len() == 1;
        let mut ran = Vec::with_capacity(batch.len());
        for job in batch {
            let Some(conn) = &mut self.conn else { return (ran, false) };
            if !is_alone && conn.execute("SAVEPOINT job", vec![]).await.is_err() {
                return (ran, false);
            }
            let came = job.task.run(Some(conn), Tries::More).await;
            ran.push(came);
            let is_open = is_alone || end_savepoint(conn, came).await.is_ok();
            if !is_open || !is_well(conn) {
                return (ran, false);
            }
        }
        (ran, true)
    }

    async fn end(&mut self, ran: &[Ran], is_open: bool) -> Came {
        // Where a job has let an error pass, the transaction is lost, and this says so: a mere COMMIT would not.
        const COMMIT: &str = "SELECT 1; COMMIT";
        if !is_open {
            return self.back(None).await;
        }
        let Ok(conn) = self.writer() else { return Came::Back };
        if !ran.contains(&Ran::Keep) {
            return match conn.all("ROLLBACK").await {
                Ok(()) => Came::Ended(Ending::Committed),
                Err(error) => self.back(Some(error)).await,
            };
        }
        match conn.all(COMMIT).await {
            Ok(()) => Came::Ended(Ending::Committed),
            Err(error) if is_refusal(&error) => self.back(Some(error)).await,
            Err(error) => {
                self.failed(&error, "it is not known whether a transaction was committed");
                self.conn = None;
                Came::Ended(Ending::Unknown)
            }
        }
    }

    /// A transaction that was not committed. A server that does not answer is not asked again: its callers wait already.
    async fn back(&mut self, error: Option<sqlx::Error>) -> Came {
        if let Some(error) = error {
            self.failed(&error, "a transaction was rolled back");
        }
        let Ok(conn) = self.writer() else { return Came::Back };
        match conn.health() {
            Health::Silent => {
                self.conn = None;
                Came::Ended(Ending::RolledBack)
            }
            Health::Well if conn.all("ROLLBACK").await.is_ok() => Came::Back,
            Health::Well | Health::Lost => {
                self.conn = None;
                Came::Back
            }
        }
    }

    fn count(&mut self, sync: Sync, came: &Came, keeps: bool) {
        if let Came::Ended(Ending::Committed) = came {
            self.counts.commits.fetch_add(u64::from(keeps), Ordering::Relaxed);
            self.counts.synced.fetch_add(u64::from(keeps && sync == Sync::Full), Ordering::Relaxed);
            if std::mem::take(&mut self.failing) {
                tracing::warn!("the database takes writes again");
            }
        } else {
            self.counts.failed.fetch_add(1, Ordering::Relaxed);
            self.failing = true;
        }
    }

    /// Logs a failure, unless the last transaction had failed already.
    fn failed(&self, error: &sqlx::Error, what: &'static str) {
        if !self.failing {
            tracing::error!(error = error as &dyn std::error::Error, "{what}");
        }
    }
}

fn is_well(conn: &Conn) -> bool {
    matches!(conn, Conn::PostgresWriter(conn) if conn.health() == Health::Well)
}

async fn end_savepoint(conn: &mut Conn, ran: Ran) -> Result<(), sqlx::Error> {
    if ran != Ran::Keep {
        conn.execute("ROLLBACK TO SAVEPOINT job", vec![]).await?;
    }
    conn.execute("RELEASE SAVEPOINT job", vec![]).await.map(drop)
}

/// Whether a commit surely was none: the server says why it refuses. That it goes away says nothing.
fn is_refusal(error: &sqlx::Error) -> bool {
    code(error)
        .is_some_and(|code| ["23", "25", "40"].iter().any(|class| code.starts_with(class)) && code != "40003")
}

/// Longer with each try, and never twice the same: whoever stood in each other's way would meet again.
fn wait(tries: u32) -> Duration {
    let drawn = chance::bytes::<1>().map_or(128, |[byte]| u32::from(byte));
    WRITE_RETRY_WAIT * tries * (128 + drawn) / 256
}
