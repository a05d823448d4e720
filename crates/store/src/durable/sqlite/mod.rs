//! SQLite: one file in WAL mode, one writer, a few readers.

mod direct;
mod disk;
mod readers;
mod tables;
mod writer;

pub(crate) use direct::{Direct, DirectRow, there};
pub(crate) use disk::Disk;
pub use disk::Room;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use futures_util::future::BoxFuture;
use sqlx::{
    ConnectOptions, Connection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use tokio::runtime::Handle;

use super::{Conn, OpenError, migrations, queue::Writer, schema::Schema};
use crate::limits::{BUSY_TIMEOUT, LOG_BYTES_MAX, SCRUB_TRIES_MAX, SCRUB_WAIT};
use readers::Readers;

/// Where the file is.
#[derive(Debug, Clone)]
pub enum SqliteAt {
    /// This file; it is made if it is not there.
    File(PathBuf),
    /// A file of a new temporary folder, which goes with the store.
    Temporary,
}

/// One file.
pub(crate) struct Sqlite {
    readers: Readers,
    writer: Writer,
    disk: Arc<Disk>,
    options: SqliteConnectOptions,
    /// Held for its drop.
    _folder: Option<tempfile::TempDir>,
}

impl Sqlite {
    /// Opens the file, makes it if needed, and brings its tables up to date. `free_min`: what must be free of its disk.
    pub(crate) async fn open(at: SqliteAt, free_min: u64) -> Result<Self, OpenError> {
        let (path, folder) = match at {
            SqliteAt::File(path) => (path, None),
            SqliteAt::Temporary => {
                let folder = tempfile::tempdir().map_err(OpenError::Folder)?;
                (folder.path().join("pingpost.db"), Some(folder))
            }
        };
        make(&path);
        let disk = Arc::new(Disk::of(&path, free_min));
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT)
            .statement_cache_capacity(256)
            // What is deleted is overwritten: a dropped data key is gone.
            .pragma("secure_delete", "ON")
            .pragma("journal_size_limit", LOG_BYTES_MAX.to_string())
            .disable_statement_logging();
        let mut conn = SqliteConnection::connect_with(&options).await.map_err(OpenError::File)?;
        match tables::differs(&mut conn).await.map_err(OpenError::File)? {
            Some(Schema::Missing | Schema::Older) => {
                migrations::of(migrations::SQLITE).run(&mut conn).await.map_err(OpenError::Migrate)?;
            }
            Some(schema @ (Schema::Newer { .. } | Schema::Other)) => return Err(OpenError::Schema(schema)),
            Some(Schema::Expanded) | None => {}
        }
        conn.close().await.map_err(OpenError::File)?;
        let readers = Readers::open(&path).map_err(OpenError::File)?;
        let conn = Direct::writing(&path, BUSY_TIMEOUT).map_err(OpenError::File)?;
        let writer = Writer::start(|inbox, counts| {
            let writing = writer::Loop::new(conn, path, Arc::clone(&disk), Arc::clone(counts), inbox);
            // Its statements run on a thread of its own: nobody else waits for the disk.
            let runtime = Handle::current();
            vec![tokio::task::spawn_blocking(move || runtime.block_on(writing.run()))]
        });
        Ok(Self { readers, writer, disk, options, _folder: folder })
    }

    /// Runs statements that only read, on one of the readers' connections.
    pub(crate) async fn read<T, F>(&self, work: F) -> Result<T, sqlx::Error>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T, sqlx::Error>> + Send + 'static,
    {
        self.readers.read(work).await
    }

    /// Copies the whole log into the file and empties it, so that no earlier state of a page lies in it any more. Says
    /// whether it did: whoever still reads an earlier state prevents it.
    pub(crate) async fn scrub(&self) -> Result<bool, sqlx::Error> {
        let options = self.options.clone().busy_timeout(SCRUB_WAIT);
        let mut conn = Conn::SqliteOther(SqliteConnection::connect_with(&options).await?);
        for _ in 0..SCRUB_TRIES_MAX {
            let row = conn.row("PRAGMA wal_checkpoint(TRUNCATE)", vec![]).await?;
            if row.map(|row| row.int("busy")).transpose()? == Some(0) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(crate) const fn writer(&self) -> &Writer {
        &self.writer
    }

    pub(crate) const fn disk(&self) -> &Arc<Disk> {
        &self.disk
    }

    /// Commits what waits, copies the log into the file, and closes every connection.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// Makes the file, if it is not there, so that its owner alone may open it; its log and its index take after it. Where it
/// cannot be made, SQLite says why.
fn make(path: &Path) {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    if let Err(error) = options.open(path)
        && error.kind() != std::io::ErrorKind::AlreadyExists
    {
        tracing::debug!(error = &error as &dyn std::error::Error, "the database file could not be made");
    }
}
