//! Retention: recordings and consents are kept so many years, and then go by themselves.

use journey::Event;
use lead::{JourneyId, Timestamp};

use super::{ErasureError, queue_recording};
use crate::{
    AtCarrier, ReadFailed, Store,
    durable::{Conn, Done, Locks, Row, Sync, binds},
    limits::RETIRED_AT_ONCE_MAX,
};

/// Since when everything is kept; what is older goes. `None`: nothing goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Kept {
    /// Recordings.
    pub recordings_since: Option<Timestamp>,
    /// Consents.
    pub consents_since: Option<Timestamp>,
}

/// What went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retired {
    /// Recordings that the carrier is to delete now.
    pub recordings: usize,
    /// Consents.
    pub consents: u64,
}

impl Store {
    /// Lets go of what is older, at most [`RETIRED_AT_ONCE_MAX`] of each. A recording in which a consent was spoken stays as long
    /// as the consent.
    ///
    /// # Errors
    /// When it is not known to be done.
    pub async fn retire(&self, now: Timestamp, kept: Kept) -> Result<Retired, ErasureError> {
        if !self.durable.read(move |conn| Box::pin(is_any_old(conn, kept))).await? {
            return Ok(Retired::default());
        }
        let retired = self.durable.write(Sync::Full, Locks::default(), move |conn| {
            Box::pin(async move { retire(conn, now, kept).await.map(Done::Keep) })
        });
        Ok(retired.await?)
    }

    /// Whether the carrier was asked to delete a recording, or is about to be.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn is_retired(&self, reference: &str) -> Result<bool, ReadFailed> {
        const ASKED: &str = "SELECT reference FROM recording_deletions WHERE reference = $1";
        Ok(!self.durable.rows(ASKED, binds![reference.to_owned()]).await?.is_empty())
    }
}

const OLD: &str = "SELECT reference, journey FROM recordings r WHERE ready_at < $1 AND NOT EXISTS \
    (SELECT 1 FROM consents c WHERE c.journey = r.journey AND c.recording = r.reference AND c.given_at >= $2) \
    ORDER BY ready_at, reference LIMIT $3";
const OLD_CONSENTS: &str = "SELECT journey, text_version, given_at FROM consents WHERE given_at < $1 \
    ORDER BY given_at LIMIT $2";

async fn is_any_old(conn: &mut Conn, kept: Kept) -> Result<bool, sqlx::Error> {
    Ok(!recordings(conn, kept, 1).await?.is_empty() || !consents(conn, kept, 1).await?.is_empty())
}

async fn recordings(conn: &mut Conn, kept: Kept, most: u32) -> Result<Vec<Row>, sqlx::Error> {
    let Some(since) = kept.recordings_since else { return Ok(vec![]) };
    // Without an end to consents, what one was spoken in has none either.
    conn.rows(OLD, binds![since, kept.consents_since.unwrap_or_default(), most]).await
}

async fn consents(conn: &mut Conn, kept: Kept, most: u32) -> Result<Vec<Row>, sqlx::Error> {
    let Some(since) = kept.consents_since else { return Ok(vec![]) };
    conn.rows(OLD_CONSENTS, binds![since, most]).await
}

async fn retire(conn: &mut Conn, now: Timestamp, kept: Kept) -> Result<Retired, sqlx::Error> {
    const GONE: &str = "DELETE FROM recordings WHERE reference = $1";
    const DROP: &str = "DELETE FROM consents WHERE journey = $1 AND text_version = $2 AND given_at = $3";
    let mut retired = Retired::default();
    for row in recordings(conn, kept, RETIRED_AT_ONCE_MAX).await? {
        let (reference, journey) = (row.text("reference")?, JourneyId::from_uuid(row.id("journey")?));
        queue_recording(conn, now, journey, &AtCarrier::One(reference.clone())).await?;
        conn.execute(GONE, binds![reference]).await?;
        retired.recordings += 1;
    }
    for row in consents(conn, kept, RETIRED_AT_ONCE_MAX).await? {
        let values = binds![row.id("journey")?, row.text("text_version")?, row.at("given_at")?];
        retired.consents += conn.execute(DROP, values).await?;
    }
    Ok(retired)
}

/// Notes when a recording was made, to know when its time is over.
pub(crate) async fn note<P>(
    conn: &mut Conn,
    at: Timestamp,
    journey: JourneyId,
    event: &Event<P>,
) -> Result<(), sqlx::Error> {
    const NOTE: &str =
        "INSERT INTO recordings (reference, journey, ready_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    match event {
        Event::RecordingReady { reference, .. } => {
            conn.execute(NOTE, binds![reference.clone(), journey, at]).await.map(drop)
        }
        _ => Ok(()),
    }
}
