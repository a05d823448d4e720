//! What a server says of its tables.

use sqlx::{PgConnection, Postgres};

use crate::durable::{
    passing::code,
    schema::{MIGRATED, Made, RANGE, Schema},
};

/// How the tables differ from those of this release, if they do.
pub(super) async fn differs(conn: &mut PgConnection) -> Result<Option<Schema>, sqlx::Error> {
    let Some(migrated) = if_there(sqlx::query(MIGRATED).fetch_all(&mut *conn).await)? else {
        return Ok(Some(Schema::Missing));
    };
    let range = if_there(sqlx::query(RANGE).fetch_optional(conn).await)?.flatten();
    Ok(Made::read::<Postgres>(&migrated, range.as_ref())?.differs())
}

/// `None`: there is no such table.
fn if_there<T>(asked: Result<T, sqlx::Error>) -> Result<Option<T>, sqlx::Error> {
    match asked {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if code(&error).as_deref() == Some("42P01") => Ok(None),
        Err(error) => Err(error),
    }
}
