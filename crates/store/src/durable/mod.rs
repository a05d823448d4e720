//! Where durable journeys, money and settings live.
//!
//! Every statement goes through [`Conn`], whose text is the same for every database. Reads have their own connections;
//! writes are jobs of one writer, which commits many of them together.

mod bind;
mod conn;
mod row;
mod sqlite;

pub(crate) use bind::{Bind, binds};
pub(crate) use conn::Conn;
pub(crate) use conn::ListSql;
pub(crate) use row::Row;
pub(crate) use row::odd;
pub(crate) use sqlite::Sqlite;
pub use sqlite::{OpenError, Room, SqliteAt, WriterCounts};

use futures_util::future::BoxFuture;

use crate::limits::READ_DEADLINE;

/// The two kinds of durable store; Postgres joins here.
pub(crate) enum Durable {
    /// One file.
    Sqlite(Sqlite),
}

/// How sure a commit must be before it is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sync {
    /// It survives the end of the process; a power cut may take the last moments.
    Normal,
    /// It survives a power cut: a sale or its correction, settings, an erasure.
    Full,
}

/// What a job of the writer came to.
pub(crate) enum Done<T> {
    /// Its changes are to stay.
    Keep(T),
    /// Its changes are to be undone.
    Undo(T),
}

/// How the transaction of a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It is committed.
    Committed,
    /// It is not.
    RolledBack,
    /// It may or may not be.
    Unknown,
}

/// Why nothing was read.
#[derive(Debug, thiserror::Error)]
pub enum ReadFailed {
    /// It took too long.
    #[error("the database did not answer in time")]
    Deadline,
    /// The database refused, or a row is not what it should be.
    #[error("the database could not be read")]
    Database(#[from] sqlx::Error),
}

/// Why a write is not known to be committed.
#[derive(Debug, thiserror::Error)]
pub enum WriteFailed {
    /// Too many writes wait already; it was not begun.
    #[error("too many writes wait for the database")]
    Overloaded,
    /// The store is closed; it was not begun.
    #[error("the store is closed")]
    Closed,
    /// The database refused; nothing of it was committed.
    #[error("the database refused the write")]
    Database(#[from] sqlx::Error),
    /// Nothing of it was begun: no transaction could be, or nobody waited any more.
    #[error("the write was not begun")]
    NotBegun,
    /// The transaction that it was in was rolled back.
    #[error("the transaction was rolled back")]
    RolledBack,
    /// A decision panicked; nothing of it was committed.
    #[error("a decision panicked inside the transaction")]
    Panicked,
    /// It may or may not be committed: it counts as somebody else's.
    #[error("it is not known whether the write was committed")]
    Unknown,
}

impl Durable {
    /// Runs statements that only read, on a connection of their own.
    pub(crate) async fn read<T, F>(&self, work: F) -> Result<T, ReadFailed>
    where
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T, sqlx::Error>>,
    {
        let reading = async {
            let mut conn = match self {
                Self::Sqlite(sqlite) => sqlite.reader().await?,
            };
            work(&mut conn).await
        };
        tokio::time::timeout(READ_DEADLINE, reading)
            .await
            .map_err(|_| ReadFailed::Deadline)?
            .map_err(Into::into)
    }

    /// The rows of one statement.
    pub(crate) async fn rows(&self, sql: &'static str, binds: Vec<Bind>) -> Result<Vec<Row>, ReadFailed> {
        self.read(move |conn| Box::pin(conn.rows(sql, binds))).await
    }

    /// The first row of one statement.
    pub(crate) async fn row(&self, sql: &'static str, binds: Vec<Bind>) -> Result<Option<Row>, ReadFailed> {
        Ok(self.rows(sql, binds).await?.into_iter().next())
    }

    /// Runs a job in a transaction and waits for its commit.
    pub(crate) async fn write<T, F>(&self, sync: Sync, work: F) -> Result<T, WriteFailed>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<Done<T>, sqlx::Error>> + Send + 'static,
    {
        self.write_then(sync, work, |_, _| ()).await
    }

    /// As [`Durable::write`]; `then` hears how the transaction ended, even if nobody waits for it any more.
    pub(crate) async fn write_then<T, F, G>(&self, sync: Sync, work: F, then: G) -> Result<T, WriteFailed>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<Done<T>, sqlx::Error>> + Send + 'static,
        G: FnOnce(Option<&T>, Ending) + Send + 'static,
    {
        match self {
            Self::Sqlite(sqlite) => sqlite.writer().write(sync, work, then).await,
        }
    }

    /// Hands over a job that nobody waits for; it is lost when too many wait.
    pub(crate) fn write_later<F>(&self, work: F)
    where
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<Done<()>, sqlx::Error>> + Send + 'static,
    {
        match self {
            Self::Sqlite(sqlite) => sqlite.writer().write_later(work),
        }
    }
}
