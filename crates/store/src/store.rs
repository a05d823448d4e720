//! `Store`: the two stores as one.

use std::sync::Arc;

use lead::Timestamp;

use crate::{
    DurableAt, Keys, OpenError, ReadFailed, Spool, SpoolAt, SpoolError, WriteFailed, WriterCounts,
    durable::{Done, Durable, Locks, Postgres, Room, Sqlite, Sync, binds},
    events::Wanted,
    in_flight::{InFlight, Memory, Redis, RedisAt, RedisFailure},
    news::Hub,
    test_calls::Trying,
};

/// Where a store keeps things.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// What lasts.
    pub durable: DurableAt,
}

/// Everything that is kept. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) in_flight: Arc<InFlight>,
    pub(crate) durable: Arc<Durable>,
    pub(crate) keys: Arc<Keys>,
    pub(crate) news: Arc<Hub>,
    pub(crate) events: Arc<Wanted>,
    pub(crate) trying: Arc<Trying>,
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
    /// Opens a store. A file is made if needed, and its tables are brought up to date; those of a server must be.
    ///
    /// # Errors
    /// When it cannot be opened, or was sealed under other master keys.
    pub async fn open(config: StoreConfig, keys: Keys) -> Result<Self, OpenError> {
        let durable = match config.durable {
            DurableAt::Sqlite { at, free_min } => Durable::Sqlite(Sqlite::open(at, free_min).await?),
            DurableAt::Postgres(at) => Durable::Postgres(Postgres::open(at).await?),
        };
        let in_flight = InFlight::Memory(Memory::default());
        let store = Self {
            in_flight: Arc::new(in_flight),
            durable: Arc::new(durable),
            keys: Arc::new(keys),
            news: Hub::alone(),
            events: Arc::default(),
            trying: Arc::default(),
        };
        store.look_for_event_endpoints().await.map_err(OpenError::Read)?;
        match store.latest_settings().await {
            Ok(_) => Ok(store),
            Err(crate::SettingsError::Open(_)) => Err(OpenError::OtherKeys),
            Err(crate::SettingsError::Read(error)) => Err(OpenError::Read(error)),
            Err(crate::SettingsError::Seal(_) | crate::SettingsError::Write(_)) => Ok(store),
        }
    }

    /// The same store with its light journeys in Redis, where all nodes see them, and with news of the other nodes. One that
    /// is away is looked for.
    #[must_use]
    pub async fn in_redis(self, at: RedisAt) -> Self {
        let redis = Redis::open(at.clone()).await;
        let news = Hub::among_nodes(at, Arc::clone(&redis));
        Self { in_flight: Arc::new(InFlight::Redis(redis)), news, ..self }
    }

    /// Whether other nodes may change the journeys that this one knows.
    pub fn is_shared(&self) -> bool {
        matches!(&*self.in_flight, InFlight::Redis(_)) || matches!(&*self.durable, Durable::Postgres(_))
    }

    /// Whether Redis answers. `None`: calls in flight are kept in this process.
    pub fn redis_is_up(&self) -> Option<bool> {
        self.in_flight.rounds().map(|redis| redis.standing().0)
    }

    /// Whether the database stands where it can be away.
    pub fn can_be_away(&self) -> bool {
        matches!(&*self.durable, Durable::Postgres(_))
    }

    /// Whether the database is away: nothing durable can be read or written, and nobody waits for it.
    pub fn is_away(&self) -> bool {
        self.durable.is_away()
    }

    /// Waits until the database is there.
    pub async fn back(&self) {
        self.durable.back().await;
    }

    /// Opens the spool for the time in which the database is away.
    ///
    /// # Errors
    /// When its folder cannot be used.
    pub async fn spool(&self, at: SpoolAt) -> Result<Spool, SpoolError> {
        Spool::open(at, Arc::clone(&self.keys)).await
    }

    /// Whether Redis answered last, and how often it did not do what it was asked to, by why. `None`: light journeys are
    /// in this process.
    pub fn redis(&self) -> Option<(bool, [(RedisFailure, u64); RedisFailure::ALL.len()])> {
        match &*self.in_flight {
            InFlight::Memory(_) => None,
            InFlight::Redis(redis) => Some(redis.standing()),
        }
    }

    /// Whether it can be read and written now, for a readiness check: it really writes, since an empty transaction needs
    /// no room on the disk.
    ///
    /// # Errors
    /// Says which of the two it cannot.
    pub async fn ping(&self, now: Timestamp) -> Result<(), PingError> {
        self.durable.row("SELECT 1 AS one", vec![]).await?;
        Ok(self.show(now).await?)
    }

    /// Notes what the process's clock shows, for the process after it.
    ///
    /// # Errors
    /// When it is not known to be kept.
    pub async fn show(&self, now: Timestamp) -> Result<(), WriteFailed> {
        // What does not change is not written: SQLite compares.
        const SHOW: &str = "INSERT INTO moments (name, at, times) VALUES ('shown', $1, 1) \
            ON CONFLICT (name) DO UPDATE SET at = excluded.at, times = moments.times + 1";
        self.durable
            .write(Sync::Soon, Locks::default(), move |conn| {
                Box::pin(async move { conn.execute(SHOW, binds![now]).await.map(|_| Done::Keep(())) })
            })
            .await
    }

    /// What an earlier process's clock has shown last, if anything in here still waits for a time that it has set:
    /// deadlines and posts are moments of that clock.
    ///
    /// # Errors
    /// When the durable store cannot be read.
    pub async fn awaited_since(&self) -> Result<Option<Timestamp>, ReadFailed> {
        const SHOWN: &str = "SELECT at FROM moments WHERE name = 'shown' \
            AND (EXISTS (SELECT 1 FROM journeys WHERE wake_at IS NOT NULL) \
                OR EXISTS (SELECT 1 FROM posts WHERE state = 'due') \
                OR EXISTS (SELECT 1 FROM posts WHERE state = 'claimed'))";
        let row = self.durable.row(SHOWN, vec![]).await?;
        Ok(row.map(|row| row.at("at")).transpose()?)
    }

    /// Whether the disk has room for new calls. A server's disk is watched where it stands.
    pub fn room(&self) -> Room {
        match &*self.durable {
            Durable::Sqlite(sqlite) => sqlite.disk().room(),
            Durable::Postgres(_) => Room::Enough,
        }
    }

    /// Bytes that are free on the disk, if they can be measured, and bytes of the write-ahead log.
    pub fn disk(&self) -> (Option<u64>, u64) {
        match &*self.durable {
            Durable::Sqlite(sqlite) => (sqlite.disk().free(), sqlite.disk().log_bytes()),
            Durable::Postgres(_) => (None, 0),
        }
    }

    /// Takes up the ballast that is thrown off when the disk fills, where it is not there and there is room for it. Only
    /// who serves calls needs one.
    ///
    /// # Errors
    /// When it could not be taken.
    pub async fn take_ballast(&self) -> std::io::Result<()> {
        let disk = match &*self.durable {
            Durable::Sqlite(sqlite) => Arc::clone(sqlite.disk()),
            Durable::Postgres(_) => return Ok(()),
        };
        tokio::task::spawn_blocking(move || disk.take_ballast()).await.map_err(std::io::Error::other)?
    }

    /// What the writer has done since the store was opened, for metrics.
    pub fn writer_counts(&self) -> WriterCounts {
        self.durable.counts()
    }

    /// Commits what waits and closes. Light journeys are lost with it.
    pub async fn close(&self) {
        self.durable.close().await;
    }

    /// What a bug report shows instead of a journey's person.
    pub fn fakes(&self, journey: lead::JourneyId) -> crate::Fakes {
        crate::Fakes::of(Arc::clone(&self.keys), journey)
    }

    /// A key for what people are handed and hand back, such as the cursor of a list: the same on every node.
    pub fn key_for(&self, label: &str) -> [u8; 32] {
        self.keys.key_for(label)
    }

    /// When a journey must be woken next.
    ///
    /// # Errors
    /// When the durable store cannot be read.
    pub async fn next_wake(&self) -> Result<Option<Timestamp>, ReadFailed> {
        const NEXT: &str = "SELECT MIN(wake_at) AS at FROM journeys WHERE wake_at IS NOT NULL";
        let row = self.durable.row(NEXT, vec![]).await?;
        let durable = row.map(|row| row.at_opt("at")).transpose()?.flatten();
        Ok(self.in_flight.next_wake().await.into_iter().chain(durable).min())
    }
}
