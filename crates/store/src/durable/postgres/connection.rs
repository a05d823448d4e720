//! `PgWriter`: a connection whose every statement has its time. A server that is stopped keeps no time-out of its own.

use std::{collections::BTreeSet, io, time::Duration};

use sqlx::{
    AssertSqlSafe, Connection, PgConnection, Postgres, Row,
    postgres::{PgArguments, PgConnectOptions, PgRow},
    query::Query,
};
use tokio::time::{error::Elapsed, timeout};
use uuid::Uuid;

use crate::{
    durable::{
        Locked,
        locks::{Counted, key},
        passing::code,
    },
    limits::{CONNECT_DEADLINE, IDLE_IN_TRANSACTION_MAX, LOCK_WAIT, STATEMENT_DEADLINE},
};

/// A connection that writes.
pub(crate) struct PgWriter {
    conn: PgConnection,
    health: Health,
    /// What the open transaction locks when it counts, until it has.
    counted: Option<Counted>,
}

/// What is known of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Health {
    /// It answers.
    Well,
    /// It was given up, since the server did not answer in time.
    Silent,
    /// It is gone.
    Lost,
}

impl PgWriter {
    /// Connects.
    pub(super) async fn connect(options: &PgConnectOptions) -> Result<Self, sqlx::Error> {
        let connecting = async {
            let mut conn = plain(options).await?;
            settle(&mut conn).await?;
            Ok(Self { conn, health: Health::Well, counted: None })
        };
        timeout(CONNECT_DEADLINE, connecting).await.unwrap_or_else(|_| Err(silent()))
    }

    pub(crate) async fn execute(
        &mut self,
        query: Query<'static, Postgres, PgArguments>,
    ) -> Result<u64, sqlx::Error> {
        self.usable()?;
        let answer = timeout(STATEMENT_DEADLINE, query.execute(&mut self.conn)).await;
        Ok(self.heard(answer)?.rows_affected())
    }

    pub(crate) async fn rows(
        &mut self,
        query: Query<'static, Postgres, PgArguments>,
    ) -> Result<Vec<PgRow>, sqlx::Error> {
        self.usable()?;
        let answer = timeout(STATEMENT_DEADLINE, query.fetch_all(&mut self.conn)).await;
        self.heard(answer)
    }

    /// Several statements in one round trip.
    pub(super) async fn all(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        self.usable()?;
        let answer = timeout(STATEMENT_DEADLINE, sqlx::raw_sql(sql).execute(&mut self.conn)).await;
        self.heard(answer).map(drop)
    }

    /// Takes locks, in the order of their keys; and remembers those that are taken when something is counted.
    pub(super) async fn lock(&mut self, keys: BTreeSet<i64>, counted: Counted) -> Result<(), sqlx::Error> {
        const LOCK: &str = "SELECT pg_advisory_xact_lock(k) FROM unnest($1) AS k";
        self.counted = Some(counted);
        if !keys.is_empty() {
            self.rows(sqlx::query(LOCK).bind(keys.into_iter().collect::<Vec<i64>>())).await?;
        }
        Ok(())
    }

    /// Takes those.
    pub(crate) async fn lock_counted(&mut self) -> Result<(), sqlx::Error> {
        const TAKEN: &str = "SELECT TRUE AS counts, c.name FROM reservations r \
                JOIN reservation_counters c ON c.attempt = r.attempt WHERE r.journey = ANY($1) \
            UNION SELECT FALSE, s.name FROM reservations r \
                JOIN reservation_seats s ON s.attempt = r.attempt WHERE r.journey = ANY($1)";
        let Some(Counted { mut keys, givers }) = self.counted.take() else { return Ok(()) };
        let givers: Vec<Uuid> = givers.into_iter().collect();
        if !givers.is_empty() {
            for row in self.rows(sqlx::query(TAKEN).bind(givers)).await? {
                let what = if row.try_get("counts")? { Locked::Counter } else { Locked::Seat };
                keys.insert(key(what, row.try_get::<String, _>("name")?.as_bytes()));
            }
        }
        self.lock(keys, Counted::default()).await
    }

    pub(super) const fn health(&self) -> Health {
        self.health
    }

    pub(super) async fn close(self) {
        // It was to end anyway.
        let _ = timeout(CONNECT_DEADLINE, self.conn.close()).await;
    }

    /// What was given up stays so: what it still says belongs to an earlier statement.
    fn usable(&self) -> Result<(), sqlx::Error> {
        match self.health {
            Health::Well => Ok(()),
            Health::Silent => Err(silent()),
            Health::Lost => Err(sqlx::Error::Io(io::ErrorKind::NotConnected.into())),
        }
    }

    fn heard<T>(&mut self, answer: Result<Result<T, sqlx::Error>, Elapsed>) -> Result<T, sqlx::Error> {
        let Ok(answer) = answer else {
            self.health = Health::Silent;
            return Err(silent());
        };
        answer.inspect_err(|error| {
            if is_lost(error) {
                self.health = Health::Lost;
            }
        })
    }
}

/// A connection as the server gives it.
pub(super) async fn plain(options: &PgConnectOptions) -> Result<PgConnection, sqlx::Error> {
    PgConnection::connect_with(options).await
}

/// How long the server waits, so that nobody else waits for us for longer, and that what is promised is on its disk
/// whatever its own settings say.
pub(super) async fn settle(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    let ms = |time: Duration| time.as_millis();
    let sql = format!(
        "SET lock_timeout = {}; SET statement_timeout = {}; SET idle_in_transaction_session_timeout = {}; \
        SELECT set_config('synchronous_commit', 'on', FALSE) WHERE current_setting('synchronous_commit') = 'off'",
        ms(LOCK_WAIT),
        ms(STATEMENT_DEADLINE),
        ms(IDLE_IN_TRANSACTION_MAX),
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(conn).await.map(drop)
}

fn silent() -> sqlx::Error {
    sqlx::Error::Io(io::ErrorKind::TimedOut.into())
}

/// Whether the connection ended with this: the server went away, or says that it does.
fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => true,
        sqlx::Error::Database(_) => {
            code(error).is_some_and(|code| ["57P", "08"].iter().any(|class| code.starts_with(class)))
        }
        _ => false,
    }
}
