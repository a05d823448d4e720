//! Where durable journeys, money and settings live.
//!
//! Every statement goes through [`Conn`], whose text is the same for every database. Reads have their own connections;
//! writes are jobs of one writer, which commits many of them together.

mod bind;
mod conn;
mod locks;
mod many;
mod migrations;
mod passing;
mod postgres;
mod queue;
mod row;
mod schema;
mod sqlite;

pub(crate) use bind::{Bind, binds};
pub(crate) use conn::Conn;
pub(crate) use conn::ListSql;
pub(crate) use locks::{Locked, Locks};
pub(crate) use many::Many;
pub(crate) use postgres::Postgres;
pub use postgres::PostgresAt;
pub use queue::WriterCounts;
pub(crate) use row::Row;
pub(crate) use row::odd;
pub use schema::Schema;
pub(crate) use sqlite::Sqlite;
pub use sqlite::{Room, SqliteAt};

use futures_util::future::BoxFuture;

use crate::limits::READ_DEADLINE;

/// The two kinds of durable store.
pub(crate) enum Durable {
    /// One file.
    Sqlite(Sqlite),
    /// A server, which other nodes may share.
    Postgres(Postgres),
}

/// Where what lasts is kept.
#[derive(Debug, Clone)]
pub enum DurableAt {
    /// In one file.
    Sqlite {
        /// Which.
        at: SqliteAt,
        /// Bytes of its disk that must be free for new calls; nought where nobody looks.
        free_min: u64,
    },
    /// In a database of a server, whose tables are there already.
    Postgres(PostgresAt),
}

/// Why the store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The temporary folder could not be made.
    #[error("the temporary folder could not be made")]
    Folder(#[source] std::io::Error),
    /// The file could not be opened.
    #[error("the database file could not be opened")]
    File(#[source] sqlx::Error),
    /// The address is none. It may hold a password, so nothing of it is said.
    #[error("the URL of the database is not one of Postgres")]
    Url,
    /// The server could not be reached, or would not have us.
    #[error("the database server could not be reached")]
    Server(#[source] sqlx::Error),
    /// The server did not answer.
    #[error("the database server did not answer in time")]
    Silent,
    /// The tables could not be brought up to date.
    #[error("the tables could not be brought up to date")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// The tables are none that this release works with.
    #[error("the database has {0}")]
    Schema(Schema),
    /// The settings are sealed under another master key.
    #[error("the store was sealed under a master key that is not configured")]
    OtherKeys,
    /// The store could not be read.
    #[error("the store could not be read")]
    Read(#[from] ReadFailed),
}

/// How sure a commit must be before it is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sync {
    /// A crash of the database may take it, and nothing is lost that is not done again: a claim, a record.
    Soon,
    /// It survives the end of the process and of the database; a power cut may take the last moments of a file.
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
    /// The database is away, and was not asked.
    #[error("the database is away")]
    Away,
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
    /// The database is away; it was not begun.
    #[error("the database is away")]
    Away,
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
    /// Others stood in its way; nothing of it was committed, and another try may do better.
    #[error("others stood in the way of the write")]
    InTheWay,
    /// A decision panicked; nothing of it was committed.
    #[error("a decision panicked inside the transaction")]
    Panicked,
    /// It may or may not be committed: it counts as somebody else's.
    #[error("it is not known whether the write was committed")]
    Unknown,
}

impl OpenError {
    /// Whether it may be opened when the server is there: nothing is wrong with what it was asked.
    pub fn is_absence(&self) -> bool {
        match self {
            Self::Silent => true,
            Self::Server(error) => passing::is_absence(error),
            Self::Read(error) => error.is_absence(),
            Self::Folder(_)
            | Self::File(_)
            | Self::Url
            | Self::Migrate(_)
            | Self::Schema(_)
            | Self::OtherKeys => false,
        }
    }
}

impl ReadFailed {
    /// Whether the database is away, so that nothing is said about what was asked.
    pub fn is_absence(&self) -> bool {
        match self {
            Self::Away | Self::Deadline => true,
            Self::Database(error) => passing::is_absence(error),
        }
    }
}

impl WriteFailed {
    /// Whether the same may be written when the database is there, or has less to do.
    pub fn is_absence(&self) -> bool {
        match self {
            Self::Away
            | Self::Overloaded
            | Self::NotBegun
            | Self::RolledBack
            | Self::InTheWay
            | Self::Unknown => true,
            Self::Database(error) => passing::is_absence(error),
            Self::Closed | Self::Panicked => false,
        }
    }
}

impl Durable {
    /// Whether a server is known to be away. A file never is.
    pub(crate) fn is_away(&self) -> bool {
        matches!(self, Self::Postgres(postgres) if postgres.presence().is_away())
    }

    /// Waits until the server is there.
    pub(crate) async fn back(&self) {
        if let Self::Postgres(postgres) = self {
            postgres.presence().back().await;
        }
    }

    /// Has a server looked for after a failure that its absence would explain.
    fn doubt(&self, is_absence: bool) {
        if let Self::Postgres(postgres) = self
            && is_absence
        {
            postgres.presence().doubt();
        }
    }

    /// Runs statements that only read, on a connection of their own.
    pub(crate) async fn read<T, F>(&self, work: F) -> Result<T, ReadFailed>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T, sqlx::Error>> + Send + 'static,
    {
        if self.is_away() {
            return Err(ReadFailed::Away);
        }
        let reading = async {
            match self {
                Self::Sqlite(sqlite) => sqlite.read(work).await,
                Self::Postgres(postgres) => work(&mut postgres.reader().await?).await,
            }
        };
        let read = match tokio::time::timeout(READ_DEADLINE, reading).await {
            Ok(Ok(value)) => Ok(value),
            Err(_) | Ok(Err(sqlx::Error::PoolTimedOut)) => Err(ReadFailed::Deadline),
            Ok(Err(error)) => Err(error.into()),
        };
        read.inspect_err(|error: &ReadFailed| self.doubt(error.is_absence()))
    }

    /// The rows of one statement.
    pub(crate) async fn rows(&self, sql: &'static str, binds: Vec<Bind>) -> Result<Vec<Row>, ReadFailed> {
        self.read(move |conn| Box::pin(conn.rows(sql, binds))).await
    }

    /// The rows of one statement that was put together.
    pub(crate) async fn rows_made(&self, sql: String, binds: Vec<Bind>) -> Result<Vec<Row>, ReadFailed> {
        self.read(move |conn| Box::pin(conn.rows_made(sql, binds))).await
    }

    /// The first row of one statement.
    pub(crate) async fn row(&self, sql: &'static str, binds: Vec<Bind>) -> Result<Option<Row>, ReadFailed> {
        Ok(self.rows(sql, binds).await?.into_iter().next())
    }

    /// Runs a job in a transaction and waits for its commit. It may be run more than once, and is kept once at most.
    pub(crate) async fn write<T, F>(&self, sync: Sync, locks: Locks, work: F) -> Result<T, WriteFailed>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<Done<T>, sqlx::Error>>
            + Clone
            + Send
            + 'static,
    {
        if self.is_away() {
            return Err(WriteFailed::Away);
        }
        let written = self.writer().write((sync, locks), (work, |work| Some(work.clone())), |_, _| ()).await;
        written.inspect_err(|error| self.doubt(error.is_absence()))
    }

    /// As [`Durable::write`], but run once at most; `then` hears how the transaction ended, even if nobody waits for it any more.
    pub(crate) async fn write_then<T, F, G>(
        &self,
        how: (Sync, Locks),
        work: F,
        then: G,
    ) -> Result<T, WriteFailed>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<Done<T>, sqlx::Error>> + Send + 'static,
        G: FnOnce(Option<&T>, Ending) + Send + 'static,
    {
        if self.is_away() {
            return Err(WriteFailed::Away);
        }
        let written = self.writer().write(how, (work, |_| None), then).await;
        written.inspect_err(|error| self.doubt(error.is_absence()))
    }

    /// Hands over a job that nobody waits for; it is lost when too many wait.
    pub(crate) fn write_later<F>(&self, work: F)
    where
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<Done<()>, sqlx::Error>>
            + Clone
            + Send
            + 'static,
    {
        self.writer().write_later(work);
    }

    /// What it has written since it was opened.
    pub(crate) fn counts(&self) -> WriterCounts {
        self.writer().counts()
    }

    /// Commits what waits and closes every connection.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(sqlite) => sqlite.close().await,
            Self::Postgres(postgres) => postgres.close().await,
        }
    }

    const fn writer(&self) -> &queue::Writer {
        match self {
            Self::Sqlite(sqlite) => sqlite.writer(),
            Self::Postgres(postgres) => postgres.writer(),
        }
    }
}
