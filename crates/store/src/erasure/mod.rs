//! Erasing a person: the data keys go, and with them everything that was sealed under them.
//!
//! Every journey of the same caller is found by the keyed hash of the number. A journey that is over is forgotten at once;
//! one that is under way goes on to its end, tells nobody anything any more, and is forgotten then. The money stays.

mod ask;
mod facts;
mod forget;
mod notices;
mod recordings;
mod retention;

pub use facts::{Facts, How, Sure, Told};
pub use notices::{ErasureNotice, ErasureNoticeResult, ErasureNoticeState};
pub use recordings::{AtCarrier, RecordingDue};

pub(crate) use ask::of_call;
pub use retention::{Kept, Retired};

pub(crate) use recordings::queue as queue_recording;
pub(crate) use retention::note as note_recording;

use std::fmt;

use lead::{E164, JourneyId, Pii, SaleId, Timestamp};
use uuid::Uuid;

use crate::{
    LoadError, NoChance, ReadFailed, Store, WriteFailed,
    durable::{Done, Durable, Locks, Sync},
};

/// Who is to be erased: everything of the same caller.
#[derive(Debug)]
pub enum Whose {
    /// Of this number.
    Caller(Pii<E164>),
    /// Of the caller of this journey.
    Journey(JourneyId),
    /// Of the caller of this sale's journey.
    Sale(SaleId),
}

/// One erasure, for the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ErasureId(Uuid);

/// What there is of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Nothing that could be told apart from everybody else.
    Nothing,
    /// These journeys.
    Held(Vec<JourneyId>),
    /// Nothing any more.
    Erased(Forgotten),
}

/// An erasure that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forgotten {
    /// Its id.
    pub erasure: ErasureId,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// The journeys.
    pub journeys: Vec<JourneyId>,
}

/// What an erasure came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Erased {
    /// There was nothing. A call that is only in flight is forgotten all the same, when it ends.
    Nothing,
    /// It is done now, but for what [`Facts`] says is still to be done.
    Now(Forgotten),
    /// It was done before.
    Before(Forgotten),
}

/// Whether the file still holds what was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scrubbed {
    /// Nothing of it lies in the file or its log.
    Clean,
    /// Somebody read an earlier state all the while: the log is emptied later.
    Waiting,
}

/// Why a person was not erased, or it is not known.
#[derive(Debug, thiserror::Error)]
pub enum ErasureError {
    /// The journey that names the person could not be read.
    #[error("the journey could not be read")]
    Load(#[from] LoadError),
    /// The store could not be read.
    #[error("the store could not be read")]
    Read(#[from] ReadFailed),
    /// It is not known to be done.
    #[error("the erasure could not be written")]
    Write(#[from] WriteFailed),
    /// No id could be drawn.
    #[error("no id could be drawn")]
    Chance(#[from] NoChance),
}

impl ErasureError {
    /// Whether the same may be done when the database is there.
    pub fn is_absence(&self) -> bool {
        match self {
            Self::Load(LoadError::Read(error)) | Self::Read(error) => error.is_absence(),
            Self::Write(error) => error.is_absence(),
            Self::Load(_) | Self::Chance(_) => false,
        }
    }
}

impl Store {
    /// What there is of a person. Nothing is changed.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn held(&self, whose: &Whose) -> Result<Found, ErasureError> {
        let wanted = self.wanted(whose).await?;
        Ok(self.durable.read(move |conn| Box::pin(async move { ask::found(conn, &wanted).await })).await?)
    }

    /// Erases a person.
    ///
    /// # Errors
    /// When it is not known to be done.
    pub async fn erase(&self, now: Timestamp, whose: &Whose) -> Result<Erased, ErasureError> {
        let wanted = self.wanted(whose).await?;
        let drawn = uuid::Builder::from_random_bytes(crate::chance::bytes()?).into_uuid();
        let locks = wanted.locks();
        let erased = self.durable.write(Sync::Full, locks, move |conn| {
            Box::pin(async move { ask::erase(conn, now, drawn, &wanted).await.map(Done::Keep) })
        });
        Ok(erased.await?)
    }

    /// Forgets the persons of erased journeys that have ended since. Gives those journeys.
    ///
    /// # Errors
    /// When it is not known to be done.
    pub async fn forget_ended(&self, now: Timestamp) -> Result<Vec<JourneyId>, ErasureError> {
        if self.durable.read(move |conn| Box::pin(forget::ended(conn, now))).await?.is_empty() {
            return Ok(vec![]);
        }
        let forgotten = self.durable.write(Sync::Full, Locks::default(), move |conn| {
            Box::pin(async move { forget::all(conn, now).await.map(Done::Keep) })
        });
        Ok(forgotten.await?)
    }

    /// Forgets which calls in flight were to be recognised, once none of them can be there any more.
    ///
    /// # Errors
    /// When it is not known to be done.
    pub async fn forget_callers(&self, now: Timestamp) -> Result<(), ErasureError> {
        if self.durable.row(ask::LAPSED, crate::durable::binds![now]).await?.is_none() {
            return Ok(());
        }
        let lapsed = self.durable.write(Sync::Normal, Locks::default(), move |conn| {
            Box::pin(async move { ask::lapse(conn, now).await.map(Done::Keep) })
        });
        Ok(lapsed.await?)
    }

    /// The journeys whose data keys went at this time or later: no process may keep their folds.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn erased_since(&self, at: Timestamp) -> Result<Vec<JourneyId>, ReadFailed> {
        const SINCE: &str = "SELECT id FROM journeys WHERE erased_at >= $1";
        let rows = self.durable.rows(SINCE, crate::durable::binds![at]).await?;
        Ok(rows
            .iter()
            .map(|row| row.id("id").map(JourneyId::from_uuid))
            .collect::<Result<_, sqlx::Error>>()?)
    }

    /// Takes what was deleted out of the file and its log.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn scrub(&self) -> Result<Scrubbed, ReadFailed> {
        let clean = match &*self.durable {
            Durable::Sqlite(sqlite) => sqlite.scrub().await?,
            Durable::Postgres(postgres) => postgres.scrub().await?,
        };
        Ok(if clean { Scrubbed::Clean } else { Scrubbed::Waiting })
    }
}

impl ErasureId {
    /// The id.
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl fmt::Display for ErasureId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
