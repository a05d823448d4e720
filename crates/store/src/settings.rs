//! Settings versions: immutable, and sealed under the master key, since they hold credentials.

use std::sync::Arc;

use lead::{OfferId, Timestamp};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    By, Change, News, OpenSealError, ReadFailed, Refused, SealError, Store, WriteFailed,
    access::{append_audit, audit_locks},
    durable::{Bind, Conn, Done, Locked, Locks, Row, Sync, binds},
    events::{self, Fact},
    limits::SETTINGS_PAGE_MAX,
    seal::Keys,
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

/// That a version was published, without what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// Its number, from 1.
    pub version: u64,
    /// When.
    pub published_at: Timestamp,
    /// What its publisher says of it.
    pub note: String,
}

/// Settings to be published as a change of a version.
#[derive(Debug)]
pub struct ChangedSettings {
    /// The version that they were made from; 0: none was there.
    pub from: u64,
    /// The whole settings.
    pub body: SecretString,
    /// What the version says of itself.
    pub note: String,
    /// What the audit says.
    pub change: Change,
    /// The offers that it switches off.
    pub paused: Vec<OfferId>,
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
        let written = self.durable.write(Sync::Full, locks, move |conn| {
            Box::pin(async move {
                let version = latest(conn).await? + 1;
                match insert(conn, &keys, now, version, &body, note).await? {
                    Ok(()) => Ok(Done::Keep(Ok(version))),
                    Err(error) => Ok(Done::Undo(Err(error))),
                }
            })
        });
        self.published(written.await??).await
    }

    /// Publishes settings that were made from a version, if that is still the newest, with what the audit says of the
    /// change; tells all nodes, and gives the number of their version.
    ///
    /// # Errors
    /// When they are not known to be published.
    pub async fn publish_change(
        &self,
        now: Timestamp,
        by: By,
        changed: ChangedSettings,
    ) -> Result<Result<u64, Refused>, SettingsError> {
        let (keys, wanted) = (Arc::clone(&self.keys), Arc::clone(&self.events));
        let locks = audit_locks().and(Locked::Settings, b"version");
        let written = self.durable.write(Sync::Full, locks, move |conn| {
            Box::pin(async move {
                let ChangedSettings { from, body, note, change, paused } = changed;
                let latest = latest(conn).await?;
                if u64::try_from(latest).ok() != Some(from) {
                    return Ok(Done::Undo(Ok(Err(Refused::Changed))));
                }
                let version = latest + 1;
                if let Err(error) = insert(conn, &keys, now, version, &body, note).await? {
                    return Ok(Done::Undo(Err(error)));
                }
                append_audit(conn, now, &by, change).await?;
                for offer in &paused {
                    let fact = Fact::Paused { offer: offer.as_str(), why: "switched_off" };
                    events::note(conn, now, &wanted, fact).await?;
                }
                Ok(Done::Keep(Ok(Ok(version))))
            })
        });
        match written.await?? {
            Ok(version) => self.published(version).await.map(Ok),
            Err(refused) => Ok(Err(refused)),
        }
    }

    /// What was published, the newest first: at most [`SETTINGS_PAGE_MAX`], before a version.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn publications(&self, before: Option<u64>) -> Result<Vec<Publication>, ReadFailed> {
        const LIST: &str = "SELECT version, published_at, note FROM settings_versions \
            WHERE version < $1 ORDER BY version DESC LIMIT $2";
        let before = before.and_then(|before| i64::try_from(before).ok()).unwrap_or(i64::MAX);
        let rows = self.durable.rows(LIST, binds![before, i64::from(SETTINGS_PAGE_MAX)]).await?;
        let publication = |row: &Row| {
            let version = u64::try_from(row.int("version")?).unwrap_or_default();
            Ok(Publication { version, published_at: row.at("published_at")?, note: row.text("note")? })
        };
        Ok(rows.iter().map(publication).collect::<Result<_, sqlx::Error>>()?)
    }

    async fn published(&self, version: i64) -> Result<u64, SettingsError> {
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

async fn latest(conn: &mut Conn) -> Result<i64, sqlx::Error> {
    const LATEST: &str = "SELECT COALESCE(MAX(version), 0) AS version FROM settings_versions";
    conn.row(LATEST, vec![]).await?.ok_or(sqlx::Error::RowNotFound)?.int("version")
}

async fn insert(
    conn: &mut Conn,
    keys: &Keys,
    now: Timestamp,
    version: i64,
    body: &SecretString,
    note: String,
) -> Result<Result<(), SealError>, sqlx::Error> {
    const INSERT: &str =
        "INSERT INTO settings_versions (version, body, published_at, note) VALUES ($1, $2, $3, $4)";
    match keys.seal(&purpose(version), body.expose_secret().as_bytes()) {
        Ok(sealed) => conn.execute(INSERT, binds![version, sealed, now, note]).await.map(|_| Ok(())),
        Err(error) => Ok(Err(error)),
    }
}

fn read(row: &Row) -> Result<(i64, Vec<u8>, Timestamp, String), sqlx::Error> {
    Ok((row.int("version")?, row.bytes("body")?, row.at("published_at")?, row.text("note")?))
}

/// For what a version is sealed.
pub(crate) fn purpose(version: i64) -> Vec<u8> {
    [b"settings".as_slice(), &version.to_be_bytes()].concat()
}
