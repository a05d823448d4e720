//! Failures that pass: another try of the same job may do better.

/// What Postgres says where two transactions stood in each other's way: a serialization failure, a deadlock, a lock that
/// was not had in time, and a row that somebody else has made meanwhile. SQLite says none of these.
const CODES: [&str; 4] = ["40001", "40P01", "55P03", "23505"];

/// Whether somebody else stood in the way of a statement.
pub(super) fn is_passing(error: &sqlx::Error) -> bool {
    code(error).is_some_and(|code| CODES.contains(&code.as_str()))
}

/// The code of a database's own error.
pub(super) fn code(error: &sqlx::Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}
