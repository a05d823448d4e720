//! `Schema`: how the tables of a database differ from those of this release.

use std::fmt;

use sqlx::{PgConnection, Row};

use crate::durable::{MIGRATIONS, passing::code};

/// How the tables of a database differ from those of this release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// There are none.
    Missing,
    /// They are of an older release.
    Older,
    /// They are of a newer release.
    Newer,
    /// They were made by other statements than ours.
    Other,
}

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "no tables yet: run `pingpost migrate`",
            Self::Older => "the tables of an older release: run `pingpost migrate`",
            Self::Newer => "the tables of a newer release of pingpost: run that release",
            Self::Other => "tables that no release of pingpost has made: name another database in store.url",
        })
    }
}

/// How the tables differ, if they do.
pub(super) async fn differs(conn: &mut PgConnection) -> Result<Option<Schema>, sqlx::Error> {
    const MADE: &str = "SELECT version, checksum FROM _sqlx_migrations WHERE success ORDER BY version";
    let rows = match sqlx::query(MADE).fetch_all(conn).await {
        Ok(rows) => rows,
        // There is no such table.
        Err(error) if code(&error).as_deref() == Some("42P01") => return Ok(Some(Schema::Missing)),
        Err(error) => return Err(error),
    };
    let mut ours = MIGRATIONS.iter();
    for row in rows {
        let (version, checksum) = (row.try_get::<i64, _>("version")?, row.try_get::<Vec<u8>, _>("checksum")?);
        match ours.next() {
            None => return Ok(Some(Schema::Newer)),
            Some(made) if made.version == version && *made.checksum == *checksum => {}
            Some(_) => return Ok(Some(Schema::Other)),
        }
    }
    Ok(ours.next().map(|_| Schema::Older))
}
