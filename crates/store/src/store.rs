//! `Store`: the two stores as one.

use std::sync::Arc;

use lead::Timestamp;

use crate::{
    Keys, OpenError, ReadFailed, SqliteAt, WriteFailed, WriterCounts,
    durable::{Done, Durable, Sqlite, Sync},
    in_flight::{InFlight, Memory},
};

/// Where a store keeps things.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// The durable file.
    pub sqlite: SqliteAt,
}

/// Everything that is kept. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) in_flight: Arc<InFlight>,
    pub(crate) durable: Arc<Durable>,
    pub(crate) keys: Arc<Keys>,
}

/// Why a store does not work.
#[derive(Debug, thiserror::Error)]
pub enum PingError {
    /// It cannot be read.
    #[error("the store cannot be read")]
    Read(#[from] ReadFailed),
    /// It cannot be written.
    #[error("the store cannot be written")]
    Write(#[from] WriteFailed),
}

impl Store {
    /// Opens a store, makes it if needed, and brings its tables up to date.
    ///
    /// # Errors
    /// When the file cannot be opened, or was sealed under other master keys.
    pub async fn open(config: StoreConfig, keys: Keys) -> Result<Self, OpenError> {
        let durable = Durable::Sqlite(Sqlite::open(config.sqlite).await?);
        let in_flight = InFlight::Memory(Memory::default());
        let store = Self { in_flight: Arc::new(in_flight), durable: Arc::new(durable), keys: Arc::new(keys) };
        match store.latest_settings().await {
            Ok(_) => Ok(store),
            Err(crate::SettingsError::Open(_)) => Err(OpenError::OtherKeys),
            Err(crate::SettingsError::Read(error)) => Err(OpenError::Read(error)),
            Err(crate::SettingsError::Seal(_) | crate::SettingsError::Write(_)) => Ok(store),
        }
    }

    /// Whether it can be read and written now, for a readiness check.
    ///
    /// # Errors
    /// Says which of the two it cannot.
    pub async fn ping(&self) -> Result<(), PingError> {
        self.durable.row("SELECT 1 AS one", vec![]).await?;
        self.durable.write(Sync::Normal, |_| Box::pin(async { Ok(Done::Keep(())) })).await?;
        Ok(())
    }

    /// What the writer has done since the store was opened, for metrics.
    pub fn writer_counts(&self) -> WriterCounts {
        match &*self.durable {
            Durable::Sqlite(sqlite) => sqlite.writer().counts(),
        }
    }

    /// Commits what waits, copies the log into the file, and closes. Light journeys are lost with it.
    pub async fn close(&self) {
        match &*self.durable {
            Durable::Sqlite(sqlite) => sqlite.close().await,
        }
    }

    /// What a bug report shows instead of a journey's person.
    pub fn fakes(&self, journey: lead::JourneyId) -> crate::Fakes {
        crate::Fakes::of(Arc::clone(&self.keys), journey)
    }

    /// When a journey must be woken next.
    ///
    /// # Errors
    /// When the durable store cannot be read.
    pub async fn next_wake(&self) -> Result<Option<Timestamp>, ReadFailed> {
        const NEXT: &str = "SELECT MIN(wake_at) AS at FROM journeys WHERE wake_at IS NOT NULL";
        let row = self.durable.row(NEXT, vec![]).await?;
        let durable = row.map(|row| row.at_opt("at")).transpose()?.flatten();
        Ok(self.in_flight.next_wake().into_iter().chain(durable).min())
    }
}
