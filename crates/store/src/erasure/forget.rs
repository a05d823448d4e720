//! Dropping data keys, and what of a journey was never sealed because every bidder was shown it.

use auction::{NoBid, Outcome, Ranked};
use journey::{Event, Standby};
use lead::{JourneyId, Profile, Timestamp};

use super::recordings::{self, AtCarrier};
use crate::{
    durable::{Conn, Row, binds},
    limits::{ERASING_FOR, FORGET_BATCH_MAX},
    seal::Sealed,
};

/// What stands in the place of a whisper, which may have named a bidder's fields.
const ERASED: &str = "[erased]";

/// The erased journeys whose fold nothing can follow from any more: they have ended, wait for nothing, and hold no seat.
/// One that never said how it ended is taken for over after a day.
pub(super) async fn ended(conn: &mut Conn, now: Timestamp) -> Result<Vec<JourneyId>, sqlx::Error> {
    const ENDED: &str = "SELECT id FROM journeys j WHERE erasure IS NOT NULL AND wrapped_key IS NOT NULL \
        AND (created_at <= $2 OR (ended_at IS NOT NULL AND wake_at IS NULL \
            AND NOT EXISTS (SELECT 1 FROM reservations r JOIN reservation_seats s ON s.attempt = r.attempt \
                WHERE r.journey = j.id AND s.taken AND s.seat_until > $1))) LIMIT $3";
    let day_ago = Timestamp::from_micros(now.micros() - i64::try_from(ERASING_FOR.as_micros()).unwrap_or(0));
    let rows = conn.rows(ENDED, binds![now, day_ago, FORGET_BATCH_MAX]).await?;
    rows.iter().map(|row| row.id("id").map(JourneyId::from_uuid)).collect()
}

/// Forgets the persons of all of them.
pub(super) async fn all(conn: &mut Conn, now: Timestamp) -> Result<Vec<JourneyId>, sqlx::Error> {
    const KEY: &str = "UPDATE journeys SET wrapped_key = NULL, erased_at = $2 WHERE id = $1";
    let mut forgotten = vec![];
    loop {
        let ended = ended(conn, now).await?;
        for journey in &ended {
            events(conn, now, *journey).await?;
            sales(conn, *journey).await?;
            conn.execute(KEY, binds![*journey, now]).await?;
        }
        let whole = ended.len() < FORGET_BATCH_MAX as usize;
        forgotten.extend(ended);
        if whole {
            return Ok(forgotten);
        }
    }
}

/// Events hold personal values sealed, and beside them what bidders were shown and said: that goes now. Nobody folds
/// them again.
async fn events(conn: &mut Conn, now: Timestamp, journey: JourneyId) -> Result<(), sqlx::Error> {
    const READ: &str = "SELECT n, body FROM events WHERE journey = $1 \
        AND kind IN ('arrived', 'auction_closed', 'bid_joined', 'dial_taken', 'recording_ready', 'recording_began', \
        'form_received', 'callback_asked', 'lead_answered') ORDER BY n";
    const WRITE: &str = "UPDATE events SET body = $3 WHERE journey = $1 AND n = $2";
    let (mut callers_leg, mut dialled) = (None, false);
    for row in conn.rows(READ, binds![journey]).await? {
        let Some(mut event) = read(&row, journey)? else { continue };
        if let Some(leg) = event.leads_leg() {
            callers_leg = Some(leg.clone());
        }
        match &mut event {
            Event::AuctionClosed { ranking } => {
                ranking.shown = Profile::new();
                ranking.ranked.iter_mut().for_each(plain);
                for (_, _, outcome) in &mut ranking.others {
                    if let Outcome::NoBid(NoBid::Rejected { code, text, .. }) = outcome {
                        (*code, *text) = (None, None);
                    }
                }
            }
            Event::BidJoined { ranked, .. } | Event::Arrived { standby: Standby::SameBuyer(ranked), .. } => {
                plain(ranked)
            }
            Event::FormReceived { form } | Event::CallbackAsked { form } => form.profile = Profile::new(),
            Event::RecordingReady { reference, .. } => {
                recordings::queue(conn, now, journey, &AtCarrier::One(reference.clone())).await?;
                continue;
            }
            Event::DialTaken { .. } | Event::RecordingBegan { .. } => {
                dialled = true;
                continue;
            }
            _ => continue,
        }
        let body = serde_json::to_vec(&event).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
        conn.execute(WRITE, binds![journey, row.int("n")?, body]).await?;
    }
    // It may have recorded a dial of which its word was lost.
    if let Some(leg) = callers_leg.filter(|_| dialled) {
        recordings::queue(conn, now, journey, &AtCarrier::AllOf(leg)).await?;
    }
    Ok(())
}

/// The bid that was booked, without the words that were said to its buyer.
async fn sales(conn: &mut Conn, journey: JourneyId) -> Result<(), sqlx::Error> {
    const READ: &str = "SELECT id, ranked FROM sales WHERE journey = $1";
    const WRITE: &str = "UPDATE sales SET ranked = $2 WHERE id = $1";
    for row in conn.rows(READ, binds![journey]).await? {
        let mut ranked: Ranked = row.json("ranked")?;
        plain(&mut ranked);
        let json = serde_json::to_string(&ranked).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
        conn.execute(WRITE, binds![row.id("id")?, json]).await?;
    }
    Ok(())
}

fn plain(ranked: &mut Ranked) {
    if let Some(whisper) = &mut ranked.terms.whisper {
        ERASED.clone_into(whisper);
    }
}

/// A stored event, its personal values still sealed. One that this release cannot read is left as it is.
pub(super) fn read(row: &Row, journey: JourneyId) -> Result<Option<Event<Sealed>>, sqlx::Error> {
    let read = serde_json::from_slice(&row.bytes("body")?);
    if let Err(error) = &read {
        tracing::error!(error = error as &dyn std::error::Error, journey.id = %journey, "an event of an erased journey cannot be read");
    }
    Ok(read.ok())
}
