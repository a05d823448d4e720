//! `Store::rotate_keys`: what is sealed under an earlier master key is sealed under the newest, and the suppression list is hashed
//! anew, so that the earlier key can be retired and nobody who asked not to be called is called (decision 0019).

use lead::JourneyId;
use uuid::Uuid;

use crate::{
    Keys, OpenSealError, ReadFailed, SealError, Store, WriteFailed,
    durable::{Bind, Conn, Done, Locks, Row, Sync, binds},
    limits::KEY_ROTATION_BATCH_MAX,
};

/// What a rotation came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rotated {
    /// Numbers of the suppression list.
    pub suppressions: u64,
    /// Data keys of journeys.
    pub journeys: u64,
    /// Versions of the settings, endpoints of event webhooks, and what buyers are still to be told.
    pub others: u64,
}

/// Why a rotation did not come to its end. It may be repeated: what was sealed anew stays so.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// The store could not be read.
    #[error("the store could not be read")]
    Read(#[from] ReadFailed),
    /// It could not be written.
    #[error("the store could not be written")]
    Write(#[from] WriteFailed),
    /// It is sealed under a key that is not configured.
    #[error("something is sealed under a master key that is not configured")]
    Open(#[from] OpenSealError),
    /// It could not be sealed anew.
    #[error("something could not be sealed under the newest key")]
    Seal(#[from] SealError),
}

/// A table that holds something sealed under a master key.
struct Table {
    /// Its rows under another key than this, behind an id.
    rows: &'static str,
    /// Puts what is sealed anew in the place of what was read.
    put: &'static str,
    /// For what a row is sealed.
    purpose: fn(&Row) -> Result<Vec<u8>, sqlx::Error>,
}

/// In the order in which they are rotated, the list first: the law hangs on it.
const JOURNEYS: Table = Table {
    rows: "SELECT id, wrapped_key AS sealed FROM journeys WHERE id > $2 AND wrapped_key IS NOT NULL \
        AND substr(wrapped_key, 1, 4) <> $1 ORDER BY id LIMIT $3",
    put: "UPDATE journeys SET wrapped_key = $2 WHERE id = $1 AND wrapped_key = $3",
    purpose: |row| Ok(crate::seal::wrapping(JourneyId::from_uuid(row.id("id")?))),
};
const ENDPOINTS: Table = Table {
    rows: "SELECT id, sealed FROM event_endpoints WHERE id > $2 AND substr(sealed, 1, 4) <> $1 ORDER BY id LIMIT $3",
    put: "UPDATE event_endpoints SET sealed = $2 WHERE id = $1 AND sealed = $3",
    purpose: |row| Ok(crate::events::purpose(row.id("id")?)),
};
const NOTICES: Table = Table {
    rows: "SELECT id, journey, body AS sealed FROM posts WHERE id > $2 AND kind = 'lead.returned' \
        AND substr(body, 1, 4) <> $1 ORDER BY id LIMIT $3",
    put: "UPDATE posts SET body = $2 WHERE id = $1 AND body = $3",
    purpose: |row| Ok(crate::seal::of_journey(JourneyId::from_uuid(row.id("journey")?), "lead.returned")),
};

impl Store {
    /// Seals under the newest master key what an earlier one sealed, in batches that nobody waits for.
    ///
    /// # Errors
    /// When it did not come to its end; it may be repeated.
    pub async fn rotate_keys(&self) -> Result<Rotated, RotateError> {
        let suppressions = self.rotate_suppressions().await?;
        let settings = self.rotate_settings().await?;
        let endpoints = self.rotate_table(&ENDPOINTS).await?;
        let notices = self.rotate_table(&NOTICES).await?;
        let journeys = self.rotate_table(&JOURNEYS).await?;
        Ok(Rotated { suppressions, journeys, others: settings + endpoints + notices })
    }

    /// How many numbers of the suppression list no configured key finds. Whoever calls people asks this before.
    ///
    /// # Errors
    /// When the list cannot be read.
    pub async fn suppressions_lost(&self) -> Result<u64, ReadFailed> {
        const COUNT: &str =
            "SELECT COUNT(*) AS n FROM suppressions WHERE substr(sealed, 1, 4) NOT IN ($1, $2, $3)";
        let row = self.durable.row(COUNT, self.keys.id_binds()).await?;
        Ok(row.map_or(Ok(0), |row| row.int("n")).map(|n| u64::try_from(n).unwrap_or_default())?)
    }

    async fn rotate_suppressions(&self) -> Result<u64, RotateError> {
        const ROWS: &str = "SELECT id, sealed FROM suppressions WHERE id > $2 AND substr(sealed, 1, 4) <> $1 \
            ORDER BY id LIMIT $3";
        // Somebody may have put it there under the newest key meanwhile: then one of the two is enough.
        const TWICE: &str = "DELETE FROM suppressions WHERE id = $1 AND EXISTS \
            (SELECT 1 FROM suppressions o WHERE o.phone = $2 AND o.id <> $1)";
        const PUT: &str = "UPDATE suppressions SET phone = $2, sealed = $3 WHERE id = $1 AND sealed = $4";
        let (mut behind, mut rotated) = (Uuid::nil(), 0);
        loop {
            let rows = self.durable.rows(ROWS, self.keys.under_others(behind)).await?;
            let Some(last) = rows.last() else { return Ok(rotated) };
            behind = last.id("id").map_err(ReadFailed::from)?;
            let mut anew = vec![];
            for row in &rows {
                let (id, sealed) = id_and_sealed(row)?;
                let number = self.keys.open_suppressed(id, &sealed)?;
                let phone = self.keys.caller(&number).first().map(|key| key.bytes().to_vec());
                anew.push((id, phone, self.keys.seal_suppressed(id, &number)?, sealed));
            }
            rotated += anew.len() as u64;
            let writing = self.durable.write(Sync::Full, Locks::default(), move |conn| {
                Box::pin(async move {
                    for (id, phone, sealed, was) in &anew {
                        if conn.execute(TWICE, binds![*id, phone.clone()]).await? == 0 {
                            let values = binds![*id, phone.clone(), sealed.as_slice(), was.as_slice()];
                            conn.execute(PUT, values).await?;
                        }
                    }
                    Ok(Done::Keep(()))
                })
            });
            writing.await?;
        }
    }

    async fn rotate_table(&self, table: &'static Table) -> Result<u64, RotateError> {
        let (mut behind, mut rotated) = (Uuid::nil(), 0);
        loop {
            let rows = self.durable.rows(table.rows, self.keys.under_others(behind)).await?;
            let Some(last) = rows.last() else { return Ok(rotated) };
            behind = last.id("id").map_err(ReadFailed::from)?;
            let mut anew = vec![];
            for row in &rows {
                let (id, sealed) = id_and_sealed(row)?;
                let purpose = (table.purpose)(row).map_err(ReadFailed::from)?;
                let again = self.keys.seal(&purpose, &self.keys.open(&purpose, &sealed)?)?;
                anew.push(binds![id, again, sealed]);
            }
            rotated += self.put_anew(table.put, anew).await?;
        }
    }

    async fn rotate_settings(&self) -> Result<u64, RotateError> {
        const ROWS: &str = "SELECT version, body AS sealed FROM settings_versions WHERE substr(body, 1, 4) <> $1 \
            ORDER BY version";
        const PUT: &str = "UPDATE settings_versions SET body = $2 WHERE version = $1 AND body = $3";
        let rows = self.durable.rows(ROWS, vec![self.keys.newest_id().into()]).await?;
        let mut anew = vec![];
        for row in &rows {
            let version = row.int("version").map_err(ReadFailed::from)?;
            let sealed = row.bytes("sealed").map_err(ReadFailed::from)?;
            let purpose = crate::settings::purpose(version);
            let again = self.keys.seal(&purpose, &self.keys.open(&purpose, &sealed)?)?;
            anew.push(binds![version, again, sealed]);
        }
        self.put_anew(PUT, anew).await
    }

    async fn put_anew(&self, put: &'static str, anew: Vec<Vec<Bind>>) -> Result<u64, RotateError> {
        let writing = self.durable.write(Sync::Full, Locks::default(), move |conn| {
            Box::pin(async move { put_each(conn, put, anew).await.map(Done::Keep) })
        });
        Ok(writing.await?)
    }
}

async fn put_each(conn: &mut Conn, put: &'static str, anew: Vec<Vec<Bind>>) -> Result<u64, sqlx::Error> {
    let mut rotated = 0;
    for values in anew {
        rotated += conn.execute(put, values).await?;
    }
    Ok(rotated)
}

fn id_and_sealed(row: &Row) -> Result<(Uuid, Vec<u8>), ReadFailed> {
    let read = || Ok::<_, sqlx::Error>((row.id("id")?, row.bytes("sealed")?));
    Ok(read()?)
}

impl Keys {
    /// The values of a statement for what is under another key than the newest, behind an id.
    fn under_others(&self, behind: Uuid) -> Vec<Bind> {
        binds![self.newest_id(), behind, KEY_ROTATION_BATCH_MAX]
    }
}
