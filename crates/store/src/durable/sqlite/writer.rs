//! The loop that commits many jobs together: one sync for all that came while the last one was made.

use std::{
    path::PathBuf,
    sync::{Arc, atomic::Ordering},
};

use super::{Direct, Disk, Room};
use crate::{
    durable::{
        Conn, Ending, Sync,
        queue::{Counts, Inbox, Job, Ran, Tries},
    },
    limits::{BUSY_TIMEOUT, LOG_BYTES_MAX, LOG_STEP_BYTES, LOG_WAIT, RECORD_BATCH_MAX, WRITE_BATCH_MAX},
};

/// What SQLite calls a disk without room (`SQLITE_FULL`).
const FULL: &str = "13";
const BEGIN: &str = "BEGIN IMMEDIATE";

/// The one task that writes.
pub(super) struct Loop {
    conn: Conn,
    path: PathBuf,
    /// What the connection's `synchronous` is. It cannot be changed inside a transaction, so it is set before one.
    synced: Sync,
    disk: Arc<Disk>,
    counts: Arc<Counts>,
    /// Whether the last transaction failed: it is logged once, and so is the next one that does not.
    failing: bool,
    /// How large the log may be before the writer cuts it.
    log_max: u64,
    inbox: Inbox,
}

impl Loop {
    pub(super) fn new(
        conn: Direct,
        path: PathBuf,
        disk: Arc<Disk>,
        counts: Arc<Counts>,
        inbox: Inbox,
    ) -> Self {
        Self {
            conn: Conn::SqliteWriter(conn),
            path,
            synced: Sync::Full,
            disk,
            counts,
            failing: false,
            log_max: LOG_BYTES_MAX,
            inbox,
        }
    }

    /// Works until it is stopped or its owner is gone, and then through what still waits.
    pub(super) async fn run(mut self) {
        while let Some(job) = self.next().await {
            let batch = self.gather(job);
            self.commit(batch).await;
            if self.disk.log_bytes() > self.log_max {
                self.cut_log().await;
            }
        }
        if let Err(error) = self.conn.rows("PRAGMA wal_checkpoint(TRUNCATE)", vec![]).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the log was not copied into the file");
        }
        let Conn::SqliteWriter(conn) = self.conn else { return };
        if let Err(error) = conn.close() {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the writing connection did not close well"
            );
        }
    }

    async fn next(&mut self) -> Option<Job> {
        if !self.inbox.first.is_closed() {
            // Where the disk has little room, records wait: what is left is for the calls that are under way.
            let records = self.disk.room() == Room::Enough;
            tokio::select! {
                biased;
                Some(job) = self.inbox.first.recv() => return Some(job),
                Some(job) = self.inbox.later.recv(), if records => return Some(job),
                _ = self.inbox.stop.changed() => {
                    self.inbox.first.close();
                    self.inbox.later.close();
                }
                else => {}
            }
        }
        match self.inbox.first.try_recv() {
            Ok(job) => Some(job),
            Err(_) => self.inbox.later.try_recv().ok(),
        }
    }

    /// Everything that waits, without waiting for more: the last sync was the time to gather.
    fn gather(&mut self, job: Job) -> Vec<Job> {
        let mut batch = vec![job];
        while batch.len() < WRITE_BATCH_MAX
            && let Ok(job) = self.inbox.first.try_recv()
        {
            batch.push(job);
        }
        let records = if self.disk.room() == Room::Enough { RECORD_BATCH_MAX } else { 0 };
        for _ in 0..records {
            let Ok(job) = self.inbox.later.try_recv() else { break };
            batch.push(job);
        }
        batch
    }

    async fn commit(&mut self, batch: Vec<Job>) {
        let sync = batch.iter().map(|job| job.sync).max().unwrap_or(Sync::Normal).max(Sync::Normal);
        crate::point!("writer::before_batch");
        self.disk.relieve();
        let began = self.begin(sync).await;
        let mut open = began.inspect_err(|error| self.failed(error, "no transaction could be begun")).is_ok();
        crate::point!("writer::after_begin");
        let mut ran = Vec::with_capacity(batch.len());
        // What is undone before anything is kept needs no savepoint: all of the transaction is undone with it.
        let mut keeps = false;
        for mut job in batch {
            self.counts.jobs.fetch_add(1, Ordering::Relaxed);
            open = open && (!keeps || self.savepoint().await);
            crate::point!("writer::before_job");
            let done = job.task.run(open.then_some(&mut self.conn), Tries::One).await;
            crate::point!("writer::after_job");
            let kept = done == Ran::Keep;
            open = open && if keeps { self.end_savepoint(kept).await } else { self.end_first(kept).await };
            keeps |= kept;
            ran.push(job.task);
        }
        crate::point!("writer::before_commit");
        let ending = if open { self.end().await } else { self.give_up().await };
        crate::point!("writer::after_commit");
        if ending == Ending::Committed {
            self.counts.commits.fetch_add(1, Ordering::Relaxed);
            self.counts.synced.fetch_add(u64::from(sync == Sync::Full), Ordering::Relaxed);
            if std::mem::take(&mut self.failing) {
                tracing::warn!("the database takes writes again");
            }
        } else {
            self.counts.failed.fetch_add(1, Ordering::Relaxed);
            self.failing = true;
            self.disk.relieve();
        }
        for task in ran {
            task.tell(ending);
        }
        crate::point!("writer::after_answers");
    }

    async fn begin(&mut self, sync: Sync) -> Result<(), sqlx::Error> {
        if self.synced != sync {
            let pragma = match sync {
                Sync::Soon | Sync::Normal => "PRAGMA synchronous = NORMAL",
                Sync::Full => "PRAGMA synchronous = FULL",
            };
            self.conn.execute(pragma, vec![]).await?;
            self.synced = sync;
        }
        self.conn.execute(BEGIN, vec![]).await.map(drop)
    }

    /// Whether the work of a job before which nothing is kept ended with a transaction that is open.
    async fn end_first(&mut self, keep: bool) -> bool {
        let is_open = matches!(&self.conn, Conn::SqliteWriter(conn) if conn.is_in_transaction());
        if keep || !is_open {
            if !is_open {
                self.failed(
                    &sqlx::Error::Protocol("no transaction is open".to_owned()),
                    "the transaction was lost",
                );
            }
            return is_open;
        }
        let undone = match self.conn.execute("ROLLBACK", vec![]).await {
            Ok(_) => self.conn.execute(BEGIN, vec![]).await,
            Err(error) => Err(error),
        };
        undone.inspect_err(|error| self.failed(error, "the transaction was lost")).is_ok()
    }

    async fn savepoint(&mut self) -> bool {
        let made = self.conn.execute("SAVEPOINT job", vec![]).await;
        made.inspect_err(|error| self.failed(error, "a savepoint was refused")).is_ok()
    }

    /// Whether the transaction is still open: a full disk, ex., ends it under our feet.
    async fn end_savepoint(&mut self, keep: bool) -> bool {
        let undone = match keep {
            true => Ok(0),
            false => self.conn.execute("ROLLBACK TO job", vec![]).await,
        };
        let released = match undone {
            Ok(_) => self.conn.execute("RELEASE job", vec![]).await,
            Err(error) => Err(error),
        };
        released.inspect_err(|error| self.failed(error, "the transaction was lost")).is_ok()
    }

    async fn end(&mut self) -> Ending {
        let Err(error) = self.conn.execute("COMMIT", vec![]).await else { return Ending::Committed };
        self.failed(&error, "a commit failed");
        // The frame that makes a commit is its last: where the disk had no room for all of them, there is none. Anything
        // else may have happened behind it, ex: a sync that failed.
        if error.as_database_error().and_then(|error| error.code()).as_deref() == Some(FULL) {
            return self.give_up().await;
        }
        self.reopen().await;
        Ending::Unknown
    }

    async fn give_up(&mut self) -> Ending {
        // It fails where the database has rolled back by itself.
        if self.conn.execute("ROLLBACK", vec![]).await.is_err() {
            self.reopen().await;
        }
        Ending::RolledBack
    }

    /// A connection whose state is not known is replaced; its transaction ends with it.
    async fn reopen(&mut self) {
        match Direct::writing(&self.path, BUSY_TIMEOUT) {
            Ok(conn) => {
                self.conn = Conn::SqliteWriter(conn);
                self.synced = Sync::Full;
            }
            Err(error) => self.failed(&error, "the writing connection could not be replaced"),
        }
    }

    /// Copies a log that has grown too large into the file and cuts it, waiting a moment for who reads it: while there is
    /// always somebody reading, SQLite's own checkpoints never come to its end.
    async fn cut_log(&mut self) {
        let cut = self.wait_for_readers().await;
        let left = self.disk.log_bytes();
        self.log_max = LOG_BYTES_MAX.max(left + LOG_STEP_BYTES);
        if left > LOG_BYTES_MAX {
            let error = cut.err();
            let error = error.as_ref().map(|error| error as &dyn std::error::Error);
            tracing::error!(
                error,
                bytes = left,
                "the write-ahead log grows: something reads the database for long"
            );
        } else {
            self.log_max = LOG_BYTES_MAX;
        }
    }

    async fn wait_for_readers(&mut self) -> Result<(), sqlx::Error> {
        const WAIT: [&str; 2] = ["PRAGMA busy_timeout = 200", "PRAGMA busy_timeout = 2000"];
        const { assert!(LOG_WAIT.as_millis() == 200 && BUSY_TIMEOUT.as_millis() == 2_000) };
        self.conn.rows(WAIT[0], vec![]).await?;
        let cut = self.conn.rows("PRAGMA wal_checkpoint(TRUNCATE)", vec![]).await;
        self.conn.rows(WAIT[1], vec![]).await?;
        cut.map(drop)
    }

    /// Logs a failure, unless the last transaction had failed already: a full disk would fill the log as well.
    fn failed(&self, error: &sqlx::Error, what: &'static str) {
        if !self.failing {
            tracing::error!(error = error as &dyn std::error::Error, "{what}");
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use crate::{
        durable::{Done, Durable, Ending, Locks, Sqlite, SqliteAt, Sync, WriteFailed, binds, sqlite::Direct},
        limits::{BUSY_TIMEOUT, LOG_BYTES_MAX, LOG_STEP_BYTES, WRITE_BATCH_MAX},
    };

    const ADD: &str = "INSERT INTO counters (name, used) VALUES ($1, $2)";

    async fn open() -> Durable {
        Durable::Sqlite(Sqlite::open(SqliteAt::Temporary, 0).await.expect("it opens"))
    }

    async fn add(durable: &Durable, name: &'static str) -> Result<u64, WriteFailed> {
        durable
            .write(Sync::Normal, Locks::default(), move |c| {
                Box::pin(async move { c.execute(ADD, binds![name, 1_i64]).await.map(Done::Keep) })
            })
            .await
    }

    /// Lets the writer wait in a job until all that is begun here stands behind it, and so is one batch.
    async fn together<T>(durable: &Durable, jobs: impl Future<Output = T>) -> T {
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let wait = std::sync::Arc::new(std::sync::Mutex::new(wait));
        let holds = durable.write(Sync::Normal, Locks::default(), move |_| {
            Box::pin(async move {
                let told = wait.lock().expect("nobody has panicked").recv();
                Ok(Done::Keep(told.is_ok()))
            })
        });
        let (_, done, ()) = tokio::join!(holds, jobs, async { go.send(()).expect("it waits") });
        done
    }

    async fn names(durable: &Durable) -> Vec<String> {
        let rows = durable.rows("SELECT name FROM counters ORDER BY name", vec![]).await.expect("it reads");
        rows.iter().map(|row| row.text("name").expect("a name")).collect()
    }

    #[tokio::test]
    async fn what_fails_panics_or_is_undone_leaves_its_neighbours_alone() {
        let durable = open().await;
        let panics = durable.write::<(), _>(Sync::Normal, Locks::default(), |conn| {
            Box::pin(async move {
                conn.execute(ADD, binds!["panics", 1_i64]).await?;
                panic!("a decision")
            })
        });
        let undone = durable.write(Sync::Normal, Locks::default(), |conn| {
            Box::pin(async move { conn.execute(ADD, binds!["undone", 1_i64]).await.map(Done::Undo) })
        });
        let fails = durable.write::<(), _>(Sync::Normal, Locks::default(), |conn| {
            Box::pin(async move {
                conn.execute(ADD, binds!["fails", 1_i64]).await?;
                conn.execute("INSERT INTO nowhere VALUES (1)", vec![]).await.map(|_| Done::Keep(()))
            })
        });
        let all = async { tokio::join!(add(&durable, "a"), panics, undone, fails, add(&durable, "b")) };
        let (a, panics, undone, fails, b) = together(&durable, all).await;
        assert!(a.is_ok() && b.is_ok());
        assert!(matches!(panics, Err(WriteFailed::Panicked)), "{panics:?}");
        assert!(matches!(fails, Err(WriteFailed::Database(_))), "{fails:?}");
        assert_eq!((undone.expect("it is judged"), names(&durable).await), (1, vec!["a".into(), "b".into()]));
    }

    #[tokio::test]
    async fn a_transaction_that_is_lost_under_our_feet_takes_all_of_it_and_the_next_one_works() {
        let durable = open().await;
        let ends = durable.write(Sync::Normal, Locks::default(), |conn| {
            Box::pin(async move { conn.execute("ROLLBACK", vec![]).await.map(Done::Keep) })
        });
        let all = async { tokio::join!(add(&durable, "before"), ends, add(&durable, "after")) };
        let (before, ends, after) = together(&durable, all).await;
        assert!(matches!(before, Err(WriteFailed::RolledBack)), "{before:?}");
        assert!(matches!(ends, Err(WriteFailed::RolledBack)), "{ends:?}");
        assert!(matches!(after, Err(WriteFailed::NotBegun)), "{after:?}");
        assert!(add(&durable, "next").await.is_ok());
        assert_eq!(names(&durable).await, ["next"]);
    }

    #[tokio::test]
    async fn a_full_disk_is_an_error_and_nothing_is_half_written() {
        let durable = open().await;
        let full = durable.write(Sync::Full, Locks::default(), |conn| {
            Box::pin(async move {
                conn.rows("PRAGMA max_page_count = 1", vec![]).await?;
                conn.execute(ADD, binds!["x".repeat(1 << 20), 1_i64]).await.map(Done::Keep)
            })
        });
        let (before, full) = tokio::join!(add(&durable, "before"), full);
        assert!(matches!(full, Err(WriteFailed::Database(_))), "{full:?}");
        let kept = if before.is_ok() { vec!["before".to_owned()] } else { vec![] };
        assert_eq!(names(&durable).await, kept);
    }

    #[tokio::test]
    async fn what_nobody_waits_for_any_more_is_not_begun_and_its_end_is_told() {
        let durable = open().await;
        let (tell, told) = tokio::sync::oneshot::channel();
        let given_up = durable.write_then(
            (Sync::Normal, Locks::default()),
            |conn| {
                Box::pin(async move { conn.execute(ADD, binds!["given up", 1_i64]).await.map(Done::Keep) })
            },
            move |_, ending| {
                let _ = tell.send(ending);
            },
        );
        let both = async {
            assert!(given_up.now_or_never().is_none());
            add(&durable, "a").await.expect("it is committed");
        };
        together(&durable, both).await;
        assert_eq!(told.await, Ok(Ending::RolledBack));
        assert_eq!(names(&durable).await, ["a"]);
    }

    #[tokio::test]
    async fn a_batch_is_synced_when_one_of_it_must_be() {
        let durable = open().await;
        let level = |sync| {
            durable.write(sync, Locks::default(), |conn| {
                Box::pin(async move {
                    let row =
                        conn.row("PRAGMA synchronous", vec![]).await?.ok_or(sqlx::Error::RowNotFound)?;
                    row.int("synchronous").map(Done::Keep)
                })
            })
        };
        assert_eq!(level(Sync::Normal).await.expect("it reads"), 1);
        let both = async { tokio::join!(level(Sync::Normal), level(Sync::Full)) };
        let (normal, full) = together(&durable, both).await;
        assert_eq!((normal.expect("it reads"), full.expect("it reads")), (2, 2));
        assert_eq!(level(Sync::Normal).await.expect("it reads"), 1);
    }

    #[tokio::test]
    async fn a_log_that_a_reader_kept_long_is_cut_once_the_reader_is_gone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.db");
        let durable = Durable::Sqlite(Sqlite::open(SqliteAt::File(path.clone()), 0).await.expect("it opens"));
        let Durable::Sqlite(sqlite) = &durable else { panic!("it is a file") };
        let mut reader = Direct::reading(&path, BUSY_TIMEOUT).expect("a reader");
        reader.execute("BEGIN", &[]).expect("it begins");
        reader.rows("SELECT * FROM counters", &[]).expect("it reads");
        let write = |n: u64| {
            durable.write(Sync::Normal, Locks::default(), move |conn| {
                let name = format!("{n}{}", "x".repeat(1 << 20));
                Box::pin(async move { conn.execute(ADD, binds![name, 1_i64]).await.map(Done::Keep) })
            })
        };
        let mebibytes = (LOG_BYTES_MAX + LOG_STEP_BYTES) >> 20;
        for n in 0..mebibytes / 2 {
            write(n).await.expect("it is written");
        }
        assert!(sqlite.disk().log_bytes() > LOG_BYTES_MAX, "somebody reads, so nothing could be cut");
        reader.execute("COMMIT", &[]).expect("it ends");
        drop(reader);
        for n in mebibytes / 2..mebibytes {
            write(n).await.expect("it is written");
        }
        assert!(sqlite.disk().log_bytes() <= LOG_BYTES_MAX);
    }

    #[tokio::test]
    async fn a_batch_has_a_limit() {
        let durable = open().await;
        let nothing =
            |_| durable.write(Sync::Normal, Locks::default(), |_| Box::pin(async { Ok(Done::Keep(())) }));
        let all = futures_util::future::join_all((0..WRITE_BATCH_MAX + 8).map(nothing)).await;
        assert!(all.iter().all(Result::is_ok));
        let Durable::Sqlite(sqlite) = &durable else { panic!("it is a file") };
        assert!(sqlite.writer().counts().commits >= 2);
    }
}
