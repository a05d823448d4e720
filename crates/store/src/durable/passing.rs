//! Failures that pass: another try of the same job may do better.

/// What Postgres says where two transactions stood in each other's way: a serialization failure, a deadlock, a lock that
/// was not had in time, and a row that somebody else has made meanwhile. SQLite says none of these.
const CODES: [&str; 4] = ["40001", "40P01", "55P03", "23505"];

/// Whether somebody else stood in the way of a statement.
pub(super) fn is_passing(error: &sqlx::Error) -> bool {
    code(error).is_some_and(|code| CODES.contains(&code.as_str()))
}

/// Whether the server is away, or has no room for us: nothing was wrong with what it was asked.
pub(super) fn is_absence(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(_) => code(error)
            .is_some_and(|code| ["57P", "08", "53", "25006"].iter().any(|class| code.starts_with(class))),
        _ => false,
    }
}

/// The code of a database's own error.
pub(super) fn code(error: &sqlx::Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}
