//! Postgres: a server that other nodes may share. A few connections write, a few read, and each statement has its time.

mod connection;
mod presence;
mod tables;
mod writer;

pub(crate) use connection::PgWriter;

use std::{str::FromStr, sync::Arc, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    ConnectOptions, Connection, Executor, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use presence::Presence;

use super::{Conn, OpenError, migrations, queue::Writer, schema::Schema};
use crate::limits::{CONNECT_DEADLINE, POSTGRES_READERS_MAX, READ_DEADLINE, VACUUM_DEADLINE};

/// Where the server is.
#[derive(Debug, Clone)]
pub struct PostgresAt {
    /// `postgres://user:password@host:port/database`.
    pub url: SecretString,
}

/// One database of a server.
pub(crate) struct Postgres {
    readers: PgPool,
    writer: Writer,
    options: PgConnectOptions,
    presence: Arc<Presence>,
}

impl PartialEq for PostgresAt {
    fn eq(&self, other: &Self) -> bool {
        self.url.expose_secret() == other.url.expose_secret()
    }
}

impl Eq for PostgresAt {}

impl PostgresAt {
    /// Whether the address is one. Nobody is asked.
    ///
    /// # Errors
    /// When it is none.
    pub fn check(&self) -> Result<(), OpenError> {
        self.options().map(drop)
    }

    /// Makes the tables, or brings them up to date. Calls may go on meanwhile. Those of a newer release with which this one
    /// works stay as they are.
    ///
    /// # Errors
    /// When this release does not work with them then.
    pub async fn migrate(&self) -> Result<(), OpenError> {
        let mut conn = in_time(connection::plain(&self.options()?)).await?;
        match in_time(tables::differs(&mut conn)).await? {
            Some(Schema::Missing | Schema::Older) => {
                migrations::of(migrations::POSTGRES).run(&mut conn).await.map_err(OpenError::Migrate)?;
            }
            Some(schema @ (Schema::Newer { .. } | Schema::Other)) => return Err(OpenError::Schema(schema)),
            Some(Schema::Expanded) | None => {}
        }
        in_time(conn.close()).await
    }

    /// Whether the server can be reached, and what its tables are.
    ///
    /// # Errors
    /// When it cannot.
    pub async fn look(&self) -> Result<Option<Schema>, OpenError> {
        let mut conn = in_time(connection::plain(&self.options()?)).await?;
        let differs = in_time(tables::differs(&mut conn)).await?;
        in_time(conn.close()).await?;
        Ok(differs)
    }

    fn options(&self) -> Result<PgConnectOptions, OpenError> {
        let url = self.url.expose_secret();
        if !["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
            return Err(OpenError::Url);
        }
        let options = PgConnectOptions::from_str(url).map_err(|_| OpenError::Url)?;
        Ok(options.application_name("pingpost").statement_cache_capacity(256).disable_statement_logging())
    }
}

impl Postgres {
    /// Connects to a database with whose tables this release works.
    pub(crate) async fn open(at: PostgresAt) -> Result<Self, OpenError> {
        if let Some(schema) = at.look().await?.filter(|schema| !schema.is_fit()) {
            return Err(OpenError::Schema(schema));
        }
        let options = at.options()?;
        let readers = PgPoolOptions::new()
            .max_connections(POSTGRES_READERS_MAX)
            .acquire_timeout(READ_DEADLINE)
            // One that was used a moment ago is there; asking it each time would double what a read costs.
            .test_before_acquire(false)
            .before_acquire(|conn, known| {
                Box::pin(async move {
                    if known.idle_for < Duration::from_secs(1) {
                        return Ok(true);
                    }
                    let asked = tokio::time::timeout(CONNECT_DEADLINE, conn.execute("SELECT 1"));
                    Ok(matches!(asked.await, Ok(Ok(_))))
                })
            })
            .after_connect(|conn, _| Box::pin(connection::settle(conn)))
            .connect_lazy_with(options.clone());
        let writer = Writer::start(|inbox, counts| {
            let loops = writer::Loop::all(&options, inbox, counts);
            loops.into_iter().map(|writing| tokio::spawn(writing.run())).collect()
        });
        let presence = Presence::begin(options.clone());
        Ok(Self { readers, writer, options, presence })
    }

    pub(crate) async fn reader(&self) -> Result<Conn, sqlx::Error> {
        self.readers.acquire().await.map(Conn::PostgresReader)
    }

    /// Has the server clear away what was deleted. Its log and its backups keep it until they go.
    pub(crate) async fn scrub(&self) -> Result<bool, sqlx::Error> {
        let vacuum = async {
            let mut conn = connection::plain(&self.options).await?;
            conn.execute(
                "VACUUM journeys, arrivals, events, sales, contacts, reservations, auction_records, auction_offers",
            )
            .await
        };
        match tokio::time::timeout(VACUUM_DEADLINE, vacuum).await {
            Ok(done) => done.map(|_| true),
            Err(_) => Ok(false),
        }
    }

    /// Whether the server is there.
    pub(crate) fn presence(&self) -> &Presence {
        &self.presence
    }

    pub(crate) const fn writer(&self) -> &Writer {
        &self.writer
    }

    /// Commits what waits and closes every connection.
    pub(crate) async fn close(&self) {
        self.writer.close().await;
        self.readers.close().await;
    }
}

async fn in_time<T>(asked: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, OpenError> {
    let answer = tokio::time::timeout(CONNECT_DEADLINE, asked).await;
    answer.map_err(|_| OpenError::Silent)?.map_err(OpenError::Server)
}
