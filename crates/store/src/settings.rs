//! Settings versions: immutable, and sealed under the master key, since they hold credentials.

use std::sync::Arc;

use lead::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use crate::{
    News, OpenSealError, ReadFailed, SealError, Store, WriteFailed,
    durable::{Bind, Done, Locked, Locks, Row, Sync, binds},
};

/// One published version of the settings.
#[derive(Debug)]
pub struct SettingsVersion {
    /// Its number, from 1.
    pub version: u64,
    /// The settings.
    pub body: SecretString,
    /// When it was published.
    pub published_at: Timestamp,
    /// What its publisher says of it.
    pub note: String,
}

/// Why settings could not be read or published.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// They could not be read.
    #[error("the settings could not be read")]
    Read(#[from] ReadFailed),
    /// They could not be opened.
    #[error("the settings could not be opened")]
    Open(#[from] OpenSealError),
    /// They could not be sealed.
    #[error("the settings could not be sealed")]
    Seal(#[from] SealError),
    /// They were not published, or that is not known.
    #[error("the settings were not published")]
    Write(#[from] WriteFailed),
}

impl Store {
    /// Publishes settings, tells all nodes, and gives the number of their version.
    ///
    /// # Errors
    /// When they are not known to be published.
    pub async fn publish_settings(
        &self,
        now: Timestamp,
        body: SecretString,
        note: String,
    ) -> Result<u64, SettingsError> {
        let keys = Arc::clone(&self.keys);
        let locks = Locks::default().and(Locked::Settings, b"version");
        let version = self.durable.write(Sync::Full, locks, move |conn| {
            Box::pin(async move {
                const NEXT: &str = "SELECT COALESCE(MAX(version), 0) + 1 AS version FROM settings_versions";
                const INSERT: &str =
                    "INSERT INTO settings_versions (version, body, published_at, note) VALUES ($1, $2, $3, $4)";
                let version = conn.row(NEXT, vec![]).await?.ok_or(sqlx::Error::RowNotFound)?.int("version")?;
                let sealed = match keys.seal(&purpose(version), body.expose_secret().as_bytes()) {
                    Ok(sealed) => sealed,
                    Err(error) => return Ok(Done::Undo(Err(error))),
                };
                conn.execute(INSERT, binds![version, sealed, now, note]).await?;
                Ok(Done::Keep(Ok(version)))
            })
        }).await??;
        let version = u64::try_from(version).unwrap_or_default();
        self.news.tell_now(News::Settings { version }).await;
        Ok(version)
    }

    /// The settings of a version.
    ///
    /// # Errors
    /// When they cannot be read or opened.
    pub async fn settings(&self, version: u64) -> Result<Option<SettingsVersion>, SettingsError> {
        const ONE: &str =
            "SELECT version, body, published_at, note FROM settings_versions WHERE version = $1";
        self.one(ONE, binds![i64::try_from(version).unwrap_or(i64::MAX)]).await
    }

    /// The newest settings.
    ///
    /// # Errors
    /// When they cannot be read or opened.
    pub async fn latest_settings(&self) -> Result<Option<SettingsVersion>, SettingsError> {
        const LATEST: &str = "SELECT version, body, published_at, note FROM settings_versions \
            ORDER BY version DESC LIMIT 1";
        self.one(LATEST, vec![]).await
    }

    async fn one(
        &self,
        sql: &'static str,
        binds: Vec<Bind>,
    ) -> Result<Option<SettingsVersion>, SettingsError> {
        let Some(row) = self.durable.row(sql, binds).await? else { return Ok(None) };
        let (version, sealed, published_at, note) = read(&row).map_err(ReadFailed::from)?;
        let plain = self.keys.open(&purpose(version), &sealed)?;
        let body = String::from_utf8(plain).map_err(|_| OpenSealError::Broken)?;
        let version = u64::try_from(version).unwrap_or_default();
        Ok(Some(SettingsVersion { version, body: SecretString::from(body), published_at, note }))
    }
}

fn read(row: &Row) -> Result<(i64, Vec<u8>, Timestamp, String), sqlx::Error> {
    Ok((row.int("version")?, row.bytes("body")?, row.at("published_at")?, row.text("note")?))
}

fn purpose(version: i64) -> Vec<u8> {
    [b"settings".as_slice(), &version.to_be_bytes()].concat()
}
