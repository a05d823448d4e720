//! Recordings lie at the carrier: what is to be deleted there is kept until the carrier has done it.

use std::time::Duration;

use journey::LegId;
use lead::{JourneyId, Timestamp};

use super::ErasureError;
use crate::{
    ReadFailed, Store,
    durable::{Conn, Done, Locks, Sync, binds},
};

/// What the carrier has of a call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum AtCarrier {
    /// A recording, by the carrier's reference.
    One(String),
    /// Whatever was recorded of a leg: nobody told us what that is, for a callback may be lost.
    AllOf(LegId),
}

/// What the carrier is to delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingDue {
    /// What it is.
    pub what: AtCarrier,
    /// Its journey.
    pub journey: JourneyId,
    /// How often the carrier was asked in vain.
    pub tries: u32,
}

/// A leg in the place of a recording's reference. A carrier's references have no colon.
const LEG: &str = "leg:";

impl AtCarrier {
    fn text(&self) -> String {
        match self {
            Self::One(reference) => reference.clone(),
            Self::AllOf(leg) => format!("{LEG}{}", leg.0),
        }
    }

    pub(super) fn read(text: &str) -> Self {
        match text.strip_prefix(LEG) {
            Some(leg) => Self::AllOf(LegId(leg.to_owned())),
            None => Self::One(text.to_owned()),
        }
    }
}

impl Store {
    /// The recordings that the carrier is to be asked to delete now.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn recordings_due(&self, now: Timestamp, limit: u32) -> Result<Vec<RecordingDue>, ReadFailed> {
        const DUE: &str = "SELECT reference, journey, tries FROM recording_deletions \
            WHERE due_at <= $1 ORDER BY due_at, reference LIMIT $2";
        let rows = self.durable.rows(DUE, binds![now, limit]).await?;
        let due = rows.iter().map(|row| {
            Ok(RecordingDue {
                what: AtCarrier::read(&row.text("reference")?),
                journey: JourneyId::from_uuid(row.id("journey")?),
                tries: row.count("tries")?,
            })
        });
        Ok(due.collect::<Result<_, sqlx::Error>>()?)
    }

    /// Has a recording deleted that became known after its person was erased.
    ///
    /// # Errors
    /// When it is not known to be written.
    pub async fn delete_recording(
        &self,
        now: Timestamp,
        journey: JourneyId,
        reference: String,
    ) -> Result<(), ErasureError> {
        let queued = self.durable.write(Sync::Full, Locks::default(), move |conn| {
            Box::pin(
                async move { queue(conn, now, journey, &AtCarrier::One(reference)).await.map(Done::Keep) },
            )
        });
        Ok(queued.await?)
    }

    /// Notes that the carrier has deleted what it was asked to, or when it is asked again.
    ///
    /// # Errors
    /// When it is not known to be written; then the carrier is asked once more.
    pub async fn recording_asked(
        &self,
        now: Timestamp,
        what: &AtCarrier,
        again_after: Option<Duration>,
    ) -> Result<(), ErasureError> {
        const NOTE: &str = "UPDATE recording_deletions SET tries = tries + 1, due_at = $2, deleted_at = $3 \
            WHERE reference = $1 AND deleted_at IS NULL";
        let reference = what.text();
        let due_at = again_after.map(|wait| now + wait);
        let deleted_at = again_after.is_none().then_some(now);
        let noted = self.durable.write(Sync::Normal, Locks::default(), move |conn| {
            Box::pin(async move {
                conn.execute(NOTE, binds![reference, due_at, deleted_at]).await.map(|_| Done::Keep(()))
            })
        });
        Ok(noted.await?)
    }
}

/// Puts a recording, or all of a leg, among those to be deleted.
pub(crate) async fn queue(
    conn: &mut Conn,
    now: Timestamp,
    journey: JourneyId,
    what: &AtCarrier,
) -> Result<(), sqlx::Error> {
    const QUEUE: &str = "INSERT INTO recording_deletions (reference, journey, asked_at, due_at, tries) \
        VALUES ($1, $2, $3, $3, 0) ON CONFLICT (reference) DO NOTHING";
    conn.execute(QUEUE, binds![what.text(), journey, now]).await.map(drop)
}
