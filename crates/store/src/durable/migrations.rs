//! The migrations: one text for both databases, and behind it what only one of them has words for.

use std::slice;

use sqlx::{
    AssertSqlSafe, SqlSafeStr,
    migrate::{Migration, Migrator},
};

/// The tables, for every database. From the second on each begins with `-- expand` or `-- contract`; what that asks of a
/// file, the test of `schema` says.
static BOTH: Migrator = sqlx::migrate!("../../migrations");

/// What a file has beside them, by the migration that it belongs to.
pub(super) const SQLITE: &[(i64, &str)] =
    &[(13, include_str!("../../../../migrations/sqlite/0013_report_hours.sql"))];
/// What a server has beside them.
pub(super) const POSTGRES: &[(i64, &str)] =
    &[(13, include_str!("../../../../migrations/postgres/0013_report_hours.sql"))];

/// All of them, by their common text and its hash, which is what a database is known by.
pub(super) fn common() -> slice::Iter<'static, Migration> {
    BOTH.iter()
}

/// Those of a database: its own words stand in the transaction of the common text.
pub(super) fn of(own: &[(i64, &str)]) -> Migrator {
    let with_own = |common: &Migration| {
        let mut migration = common.clone();
        for (_, more) in own.iter().filter(|(version, _)| *version == common.version) {
            let text = format!("{}\n{more}", common.sql.as_str());
            migration.sql = AssertSqlSafe(text).into_sql_str();
        }
        migration
    };
    Migrator::with_migrations(BOTH.iter().map(with_own).collect())
}
