//! `Direct`: a connection whose statements run where they are called, without a thread behind each of them.
//!
//! The writer has a thread of its own and so has each reading, so nobody else waits for a disk here; see docs/decisions/0013-sqlite-writer.md.

use std::{
    borrow::Cow,
    collections::{HashMap, hash_map::Entry},
    error::Error,
    fmt,
    path::Path,
    sync::Arc,
    time::Duration,
};

use rusqlite::{
    Connection, OpenFlags, ToSql,
    config::DbConfig,
    types::{ToSqlOutput, Value, ValueRef},
};
use sqlx::error::{DatabaseError, ErrorKind};
use uuid::Uuid;

use crate::{
    durable::{Bind, odd},
    limits::{LOG_BYTES_MAX, WRITER_CACHE_KIB},
};

/// Statements that are kept prepared.
const PREPARED_MAX: usize = 256;

/// One connection, for one thread at a time.
pub(crate) struct Direct {
    conn: Connection,
    /// The numbers of each statement's parameters, by where its text lies.
    numbers: HashMap<(usize, usize), Vec<usize>>,
}

/// One row, with the names of its columns.
pub(crate) struct DirectRow {
    names: Arc<[String]>,
    values: Vec<Value>,
}

impl Direct {
    /// Opens a file that is there, for the writer.
    pub(super) fn writing(path: &Path, busy_timeout: Duration) -> Result<Self, sqlx::Error> {
        let open = || {
            let conn = Connection::open(path)?;
            conn.execute_batch(&format!(
                "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; \
                 PRAGMA journal_size_limit = {LOG_BYTES_MAX}; \
                 PRAGMA temp_store = MEMORY; PRAGMA cache_size = -{WRITER_CACHE_KIB};"
            ))?;
            Self::prepared(conn, busy_timeout)
        };
        open().map_err(told)
    }

    /// Opens a file that is there, to read only.
    pub(super) fn reading(path: &Path, busy_timeout: Duration) -> Result<Self, sqlx::Error> {
        let open = || {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let conn = Connection::open_with_flags(path, flags)?;
            conn.execute_batch("PRAGMA temp_store = MEMORY;")?;
            Self::prepared(conn, busy_timeout)
        };
        open().map_err(told)
    }

    fn prepared(conn: Connection, busy_timeout: Duration) -> rusqlite::Result<Self> {
        // A plan that was made with a look at the parameters is made anew for each of them (sqlite.org/draft/c3ref/c_dbconfig_defensive.html#sqlitedbconfigenableqpsg).
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        conn.busy_timeout(busy_timeout)?;
        conn.set_prepared_statement_cache_capacity(PREPARED_MAX);
        Ok(Self { conn, numbers: HashMap::new() })
    }

    /// Whether a transaction is open. A full disk, ex., ends it by itself.
    pub(super) fn is_in_transaction(&self) -> bool {
        !self.conn.is_autocommit()
    }

    /// Runs a statement and says how many rows it changed.
    pub(crate) fn execute(&mut self, sql: &'static str, binds: &[Bind]) -> Result<u64, sqlx::Error> {
        self.step(sql, binds, |_| Ok(()))?;
        Ok(self.conn.changes())
    }

    /// Runs a statement and gives its rows.
    pub(crate) fn rows(&mut self, sql: &'static str, binds: &[Bind]) -> Result<Vec<DirectRow>, sqlx::Error> {
        let mut rows: Vec<DirectRow> = vec![];
        self.step(sql, binds, |row| kept(&mut rows, row))?;
        Ok(rows)
    }

    /// As [`Direct::rows`], for a statement that was put together: it is prepared for this once.
    pub(crate) fn rows_made(&mut self, sql: &str, binds: &[Bind]) -> Result<Vec<DirectRow>, sqlx::Error> {
        let mut rows: Vec<DirectRow> = vec![];
        let mut run = || {
            let mut statement = self.conn.prepare(sql)?;
            let numbers = numbered(&statement)?;
            run(&mut statement, &numbers, binds, |row| kept(&mut rows, row))
        };
        run().map_err(told)?;
        Ok(rows)
    }

    /// Runs a statement that stands in the program, by whose place its parameters are known the next time.
    fn step(
        &mut self,
        sql: &'static str,
        binds: &[Bind],
        each: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), sqlx::Error> {
        let Self { conn, numbers } = self;
        let step = || {
            let mut statement = conn.prepare_cached(sql)?;
            let numbers = match numbers.entry((sql.as_ptr().addr(), sql.len())) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(numbered(&statement)?),
            };
            run(&mut statement, numbers, binds, each)
        };
        step().map_err(told)
    }

    /// Closes it, and says whether that went well.
    pub(super) fn close(self) -> Result<(), sqlx::Error> {
        self.conn.close().map_err(|(_, error)| told(error))
    }
}

/// Runs a statement to its end: SQLite changes nothing of an UPDATE that is left half read.
fn run(
    statement: &mut rusqlite::Statement<'_>,
    numbers: &[usize],
    binds: &[Bind],
    mut each: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    for (place, number) in (1..).zip(numbers) {
        let missing = rusqlite::Error::InvalidParameterCount(binds.len(), *number);
        let bind = number.checked_sub(1).and_then(|number| binds.get(number)).ok_or(missing)?;
        statement.raw_bind_parameter(place, bind)?;
    }
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        each(row)?;
    }
    Ok(())
}

/// Keeps a row, whose names are those of the first.
fn kept(rows: &mut Vec<DirectRow>, row: &rusqlite::Row<'_>) -> rusqlite::Result<()> {
    let names = match rows.first() {
        Some(first) => Arc::clone(&first.names),
        None => row.as_ref().column_names().into_iter().map(str::to_owned).collect(),
    };
    let values = (0..names.len()).map(|column| row.get::<_, Value>(column));
    let values = values.collect::<Result<Vec<_>, _>>()?;
    rows.push(DirectRow { names, values });
    Ok(())
}

/// The number of each parameter's value. To SQLite `$2` is a name, whose place is where it stands first; its number is what
/// we mean.
fn numbered(statement: &rusqlite::Statement<'_>) -> rusqlite::Result<Vec<usize>> {
    let number = |place| match statement.parameter_name(place) {
        Some(name) => {
            let number = name.strip_prefix('$').and_then(|number| number.parse().ok());
            number.ok_or_else(|| rusqlite::Error::InvalidParameterName(name.to_owned()))
        }
        None => Ok(place),
    };
    (1..=statement.parameter_count()).map(number).collect()
}

impl ToSql for Bind {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let null = ValueRef::Null;
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Int(value) => value.map_or(null, ValueRef::Integer),
            Self::Text(value) => value.as_ref().map_or(null, |text| ValueRef::Text(text.as_bytes())),
            Self::Bytes(value) => value.as_ref().map_or(null, |bytes| ValueRef::Blob(bytes)),
            Self::Id(value) => value.as_ref().map_or(null, |id| ValueRef::Blob(id.as_bytes())),
            Self::Flag(value) => ValueRef::Integer(i64::from(*value)),
        }))
    }
}

impl DirectRow {
    fn value(&self, name: &str) -> Result<&Value, sqlx::Error> {
        let column = self.names.iter().position(|it| it == name);
        column
            .and_then(|column| self.values.get(column))
            .ok_or_else(|| sqlx::Error::ColumnNotFound(name.to_owned()))
    }

    pub(crate) fn int_opt(&self, name: &str) -> Result<Option<i64>, sqlx::Error> {
        match self.value(name)? {
            Value::Integer(value) => Ok(Some(*value)),
            Value::Null => Ok(None),
            Value::Real(_) | Value::Text(_) | Value::Blob(_) => Err(odd(name, "it is no whole number")),
        }
    }

    pub(crate) fn text_opt(&self, name: &str) -> Result<Option<String>, sqlx::Error> {
        match self.value(name)? {
            Value::Text(value) => Ok(Some(value.clone())),
            Value::Null => Ok(None),
            Value::Integer(_) | Value::Real(_) | Value::Blob(_) => Err(odd(name, "it is no text")),
        }
    }

    pub(crate) fn bytes_opt(&self, name: &str) -> Result<Option<Vec<u8>>, sqlx::Error> {
        match self.value(name)? {
            Value::Blob(value) => Ok(Some(value.clone())),
            Value::Null => Ok(None),
            Value::Integer(_) | Value::Real(_) | Value::Text(_) => Err(odd(name, "it is no bytes")),
        }
    }

    pub(crate) fn id_opt(&self, name: &str) -> Result<Option<Uuid>, sqlx::Error> {
        let bytes = self.bytes_opt(name)?;
        bytes.map(|bytes| Uuid::from_slice(&bytes).map_err(|error| odd(name, error))).transpose()
    }
}

/// A value that must be there.
pub(crate) fn there<T>(name: &str, value: Option<T>) -> Result<T, sqlx::Error> {
    value.ok_or_else(|| odd(name, "it is null"))
}

/// What SQLite says, in the words that all of the store reads failures in.
fn told(error: rusqlite::Error) -> sqlx::Error {
    match error {
        rusqlite::Error::SqliteFailure(failure, message) => {
            let message = message.unwrap_or_else(|| failure.to_string());
            sqlx::Error::Database(Box::new(Failed { code: failure.extended_code, message }))
        }
        other => sqlx::Error::Protocol(other.to_string()),
    }
}

/// A failure of the database itself.
#[derive(Debug)]
struct Failed {
    code: i32,
    message: String,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "(code: {}) {}", self.code, self.message)
    }
}

impl Error for Failed {}

impl DatabaseError for Failed {
    fn message(&self) -> &str {
        &self.message
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        Some(self.code.to_string().into())
    }

    fn kind(&self) -> ErrorKind {
        match self.code {
            rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE
            | rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY
            | rusqlite::ffi::SQLITE_CONSTRAINT_ROWID => ErrorKind::UniqueViolation,
            rusqlite::ffi::SQLITE_CONSTRAINT_FOREIGNKEY => ErrorKind::ForeignKeyViolation,
            rusqlite::ffi::SQLITE_CONSTRAINT_NOTNULL => ErrorKind::NotNullViolation,
            rusqlite::ffi::SQLITE_CONSTRAINT_CHECK => ErrorKind::CheckViolation,
            _ => ErrorKind::Other,
        }
    }

    fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn Error + Send + Sync + 'static> {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::durable::binds;

    fn opened() -> (tempfile::TempDir, Direct) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut direct =
            Direct::writing(&folder.path().join("a.db"), Duration::from_secs(1)).expect("it opens");
        const TABLE: &str =
            "CREATE TABLE a (id BLOB PRIMARY KEY, n INTEGER NOT NULL, words TEXT, flag INTEGER)";
        direct.execute(TABLE, &[]).expect("a table");
        (folder, direct)
    }

    fn execute(direct: &mut Direct, sql: &'static str, binds: Vec<Bind>) -> Result<u64, sqlx::Error> {
        direct.execute(sql, &binds)
    }

    fn rows(direct: &mut Direct, sql: &'static str, binds: Vec<Bind>) -> Result<Vec<DirectRow>, sqlx::Error> {
        direct.rows(sql, &binds)
    }

    const ADD: &str = "INSERT INTO a (id, n, words, flag) VALUES ($1, $2, $3, $4)";

    #[test]
    fn what_is_written_is_read_in_its_kind() {
        let (_folder, mut direct) = opened();
        let id = Uuid::from_u128(7);
        assert_eq!(
            execute(&mut direct, ADD, binds![id, 5_i64, None::<String>, true]).expect("it is added"),
            1
        );
        let rows = rows(&mut direct, "SELECT id, n, words, flag FROM a WHERE id = $1", binds![id])
            .expect("it reads");
        let [row] = rows.as_slice() else { panic!("one row") };
        assert_eq!((row.id_opt("id").unwrap(), row.int_opt("n").unwrap()), (Some(id), Some(5)));
        assert_eq!((row.text_opt("words").unwrap(), row.int_opt("flag").unwrap()), (None, Some(1)));
        assert!(
            row.int_opt("words").unwrap().is_none()
                && row.text_opt("n").is_err()
                && row.int_opt("gone").is_err()
        );
    }

    #[test]
    fn a_key_that_is_there_is_told_apart_from_other_failures() {
        let (_folder, mut direct) = opened();
        let add = binds![Uuid::from_u128(7), 5_i64, "a", false];
        direct.execute(ADD, &add).expect("it is added");
        let twice = direct.execute(ADD, &add).expect_err("it is there");
        assert!(twice.as_database_error().is_some_and(|error| error.is_unique_violation()), "{twice}");
        let null = execute(&mut direct, ADD, binds![Uuid::from_u128(8), None::<i64>, "a", false])
            .expect_err("it is needed");
        assert!(null.as_database_error().is_some_and(|error| !error.is_unique_violation()), "{null}");
        assert!(direct.execute("INSERT INTO nowhere VALUES (1)", &[]).is_err());
    }

    #[test]
    fn a_parameter_is_known_by_its_number_wherever_it_stands() {
        let (_folder, mut direct) = opened();
        let id = Uuid::from_u128(7);
        execute(&mut direct, ADD, binds![id, 5_i64, "a", false]).expect("it is added");
        const SET: &str = "UPDATE a SET words = $3, n = $2 WHERE id = $1 AND words <> $3";
        assert_eq!(execute(&mut direct, SET, binds![id, 6_i64, "b"]).expect("it changes"), 1);
        let rows = direct.rows("SELECT n, words FROM a", &[]).expect("it reads");
        assert_eq!(
            (rows[0].int_opt("n").unwrap(), rows[0].text_opt("words").unwrap()),
            (Some(6), Some("b".to_owned()))
        );
        assert!(execute(&mut direct, SET, binds![id, 6_i64]).is_err(), "one is missing");
    }

    #[test]
    fn an_update_gives_the_row_that_it_changed_and_has_changed_it() {
        let (_folder, mut direct) = opened();
        let id = Uuid::from_u128(7);
        execute(&mut direct, ADD, binds![id, 5_i64, "a", false]).expect("it is added");
        let rows = rows(&mut direct, "UPDATE a SET n = n + 1 WHERE id = $1 RETURNING n", binds![id])
            .expect("it reads");
        assert_eq!(rows[0].int_opt("n").unwrap(), Some(6));
        assert_eq!(direct.execute("UPDATE a SET n = 0 WHERE n = 6", &[]).expect("it changes"), 1);
    }
}
