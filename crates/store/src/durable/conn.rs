//! `Conn`: one connection, whatever the database.

use std::ops::DerefMut;

use sqlx::{Sqlite, SqliteConnection, pool::PoolConnection, query::Query, sqlite::SqliteArguments};

use super::{Bind, Row};

/// One connection. Postgres adds variants here and their arms below; no other file names a driver's connection.
pub(crate) enum Conn {
    /// The writer's own.
    SqliteWriter(SqliteConnection),
    /// One of the readers'.
    SqliteReader(PoolConnection<Sqlite>),
}

impl Conn {
    /// Runs a statement and says how many rows it changed.
    pub(crate) async fn execute(&mut self, sql: &'static str, binds: Vec<Bind>) -> Result<u64, sqlx::Error> {
        Ok(query(sql, binds).execute(self.sqlite()).await?.rows_affected())
    }

    /// Runs a statement and gives its rows.
    pub(crate) async fn rows(
        &mut self,
        sql: &'static str,
        binds: Vec<Bind>,
    ) -> Result<Vec<Row>, sqlx::Error> {
        let rows = query(sql, binds).fetch_all(self.sqlite()).await?;
        Ok(rows.into_iter().map(Row::Sqlite).collect())
    }

    /// Runs a statement and gives its first row.
    pub(crate) async fn row(
        &mut self,
        sql: &'static str,
        binds: Vec<Bind>,
    ) -> Result<Option<Row>, sqlx::Error> {
        Ok(query(sql, binds).fetch_optional(self.sqlite()).await?.map(Row::Sqlite))
    }

    /// The rows of a statement that takes a list of texts as its last value: one of the two places where the
    /// databases' texts differ.
    pub(crate) async fn rows_in(
        &mut self,
        sql: ListSql,
        mut binds: Vec<Bind>,
        list: &[String],
    ) -> Result<Vec<Row>, sqlx::Error> {
        let json = serde_json::to_string(list).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
        binds.push(Bind::from(json));
        match self {
            Self::SqliteWriter(_) | Self::SqliteReader(_) => self.rows(sql.sqlite, binds).await,
        }
    }

    fn sqlite(&mut self) -> &mut SqliteConnection {
        match self {
            Self::SqliteWriter(conn) => conn,
            Self::SqliteReader(conn) => conn.deref_mut(),
        }
    }
}

/// A statement with a list of texts, in the words of each database.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ListSql {
    /// With `IN (SELECT value FROM json_each($n))`.
    pub(crate) sqlite: &'static str,
}

fn query(sql: &'static str, binds: Vec<Bind>) -> Query<'static, Sqlite, SqliteArguments> {
    binds.into_iter().fold(sqlx::query(sql), |query, bind| match bind {
        Bind::Int(value) => query.bind(value),
        Bind::Text(value) => query.bind(value),
        Bind::Bytes(value) => query.bind(value),
        Bind::Id(value) => query.bind(value),
        Bind::Flag(value) => query.bind(value),
    })
}
