//! `Conn`: one connection, whatever the database.

use std::ops::DerefMut;

use sqlx::{
    AssertSqlSafe, Postgres, Sqlite, SqliteConnection, pool::PoolConnection, postgres::PgArguments,
    query::Query, sqlite::SqliteArguments,
};

use super::{Bind, Row, postgres::PgWriter, sqlite::Direct};

/// The same words for each driver.
macro_rules! bound {
    ($sql:expr, $binds:expr) => {
        $binds.into_iter().fold(sqlx::query($sql), |query, bind| match bind {
            Bind::Int(value) => query.bind(value),
            Bind::Text(value) => query.bind(value),
            Bind::Bytes(value) => query.bind(value),
            Bind::Id(value) => query.bind(value),
            Bind::Flag(value) => query.bind(value),
        })
    };
}

/// One connection. No other file but a database's own names a driver's connection.
pub(crate) enum Conn {
    /// The writer's own, for its thread alone.
    SqliteWriter(Direct),
    /// One that is opened for a moment.
    SqliteOther(SqliteConnection),
    /// One of the readers', for one reading's thread.
    SqliteReader(Direct),
    /// One of the writers'. Each statement has its time.
    PostgresWriter(Box<PgWriter>),
    /// One of the readers', who watch the time of the whole reading.
    PostgresReader(PoolConnection<Postgres>),
}

impl Conn {
    /// Whether nobody else writes before the end of its transaction.
    pub(crate) const fn is_the_only_writer(&self) -> bool {
        matches!(self, Self::SqliteWriter(_))
    }

    /// Has the counters and seats of its job to itself from now on until its transaction ends. Whoever counts says this before
    /// it reads or writes any of them, and outside of a savepoint that may be rolled back.
    pub(crate) async fn counts(&mut self) -> Result<(), sqlx::Error> {
        match self {
            Self::PostgresWriter(conn) => conn.lock_counted().await,
            Self::SqliteWriter(_)
            | Self::SqliteOther(_)
            | Self::SqliteReader(_)
            | Self::PostgresReader(_) => Ok(()),
        }
    }

    /// Runs a statement and says how many rows it changed.
    pub(crate) async fn execute(&mut self, sql: &'static str, binds: Vec<Bind>) -> Result<u64, sqlx::Error> {
        match self {
            Self::PostgresWriter(conn) => conn.execute(on_postgres(sql, binds)).await,
            Self::PostgresReader(conn) => {
                Ok(on_postgres(sql, binds).execute(conn.deref_mut()).await?.rows_affected())
            }
            Self::SqliteWriter(conn) | Self::SqliteReader(conn) => conn.execute(sql, &binds),
            Self::SqliteOther(conn) => Ok(on_sqlite(sql, binds).execute(conn).await?.rows_affected()),
        }
    }

    /// Runs a statement and gives its rows.
    pub(crate) async fn rows(
        &mut self,
        sql: &'static str,
        binds: Vec<Bind>,
    ) -> Result<Vec<Row>, sqlx::Error> {
        Ok(match self {
            Self::PostgresWriter(conn) => {
                conn.rows(on_postgres(sql, binds)).await?.into_iter().map(Row::Postgres).collect()
            }
            Self::PostgresReader(conn) => {
                let rows = on_postgres(sql, binds).fetch_all(conn.deref_mut()).await?;
                rows.into_iter().map(Row::Postgres).collect()
            }
            Self::SqliteWriter(conn) | Self::SqliteReader(conn) => {
                conn.rows(sql, &binds)?.into_iter().map(Row::Direct).collect()
            }
            Self::SqliteOther(conn) => {
                let rows = on_sqlite(sql, binds).fetch_all(conn).await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
        })
    }

    /// Runs a statement and gives its first row.
    pub(crate) async fn row(
        &mut self,
        sql: &'static str,
        binds: Vec<Bind>,
    ) -> Result<Option<Row>, sqlx::Error> {
        Ok(match self {
            Self::SqliteOther(conn) => on_sqlite(sql, binds).fetch_optional(conn).await?.map(Row::Sqlite),
            Self::SqliteWriter(_)
            | Self::SqliteReader(_)
            | Self::PostgresWriter(_)
            | Self::PostgresReader(_) => self.rows(sql, binds).await?.into_iter().next(),
        })
    }

    /// The rows of a statement that was put together: of our own words, with what anybody says only among its values.
    pub(crate) async fn rows_made(&mut self, sql: String, binds: Vec<Bind>) -> Result<Vec<Row>, sqlx::Error> {
        let made = AssertSqlSafe(sql);
        Ok(match self {
            Self::PostgresWriter(conn) => {
                let query: Query<'static, Postgres, PgArguments> = bound!(made, binds);
                conn.rows(query).await?.into_iter().map(Row::Postgres).collect()
            }
            Self::PostgresReader(conn) => {
                let query: Query<'static, Postgres, PgArguments> = bound!(made, binds);
                query.fetch_all(conn.deref_mut()).await?.into_iter().map(Row::Postgres).collect()
            }
            Self::SqliteWriter(conn) | Self::SqliteReader(conn) => {
                conn.rows_made(&made.0, &binds)?.into_iter().map(Row::Direct).collect()
            }
            Self::SqliteOther(conn) => {
                let query: Query<'static, Sqlite, SqliteArguments> = bound!(made, binds);
                query.fetch_all(conn).await?.into_iter().map(Row::Sqlite).collect()
            }
        })
    }

    /// The rows of a statement that takes a list of texts as its last value: the one place where the databases' texts
    /// differ.
    pub(crate) async fn rows_in(
        &mut self,
        sql: ListSql,
        mut binds: Vec<Bind>,
        list: &[String],
    ) -> Result<Vec<Row>, sqlx::Error> {
        let json = serde_json::to_string(list).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
        binds.push(Bind::from(json));
        match self {
            Self::SqliteWriter(_) | Self::SqliteOther(_) | Self::SqliteReader(_) => {
                self.rows(sql.sqlite, binds).await
            }
            Self::PostgresWriter(_) | Self::PostgresReader(_) => self.rows(sql.postgres, binds).await,
        }
    }
}

/// A statement with a list of texts, in the words of each database.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ListSql {
    /// With `IN (SELECT value FROM json_each($n))`.
    pub(crate) sqlite: &'static str,
    /// With `IN (SELECT json_array_elements_text(CAST($n AS JSON)))`.
    pub(crate) postgres: &'static str,
}

fn on_sqlite(sql: &'static str, binds: Vec<Bind>) -> Query<'static, Sqlite, SqliteArguments> {
    bound!(sql, binds)
}

fn on_postgres(sql: &'static str, binds: Vec<Bind>) -> Query<'static, Postgres, PgArguments> {
    bound!(sql, binds)
}
