//! What a file says of its tables.

use sqlx::{Sqlite, SqliteConnection};

use crate::durable::schema::{MIGRATED, Made, RANGE, Schema};

/// How the tables differ from those of this release, if they do.
pub(super) async fn differs(conn: &mut SqliteConnection) -> Result<Option<Schema>, sqlx::Error> {
    if !is_there(conn, "_sqlx_migrations").await? {
        return Ok(Some(Schema::Missing));
    }
    let migrated = sqlx::query(MIGRATED).fetch_all(&mut *conn).await?;
    let range = match is_there(conn, "schema_range").await? {
        true => sqlx::query(RANGE).fetch_optional(conn).await?,
        false => None,
    };
    Ok(Made::read::<Sqlite>(&migrated, range.as_ref())?.differs())
}

async fn is_there(conn: &mut SqliteConnection, table: &str) -> Result<bool, sqlx::Error> {
    const FIND: &str = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = $1";
    Ok(sqlx::query_scalar::<_, i64>(FIND).bind(table).fetch_one(conn).await? > 0)
}
