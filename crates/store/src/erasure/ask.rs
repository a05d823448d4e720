//! Who is meant, and the transaction that erases.

use lead::{E164, JourneyId, SaleId, Timestamp};
use uuid::Uuid;

use super::{Erased, ErasureError, ErasureId, Forgotten, Found, Whose, forget, notices};
use crate::{
    Store,
    commit::caller_binds,
    durable::{Conn, Locked, Locks, binds},
    limits::ERASING_FOR,
    seal::CallerKey,
    views::forget_auctions,
};

/// Whether there is a caller who need not be recognised any more.
pub(super) const LAPSED: &str = "SELECT 1 AS one FROM erasing WHERE until_at <= $1 LIMIT 1";

/// Who is meant, as the store knows it.
#[derive(Clone)]
pub(super) struct Wanted {
    by: &'static str,
    /// The number's look-up keys. None: it was withheld, or its person is erased.
    caller: Vec<CallerKey>,
    /// The journey that named the person.
    journey: Option<JourneyId>,
}

impl Store {
    pub(super) async fn wanted(&self, whose: &Whose) -> Result<Wanted, ErasureError> {
        let (by, journey) = match whose {
            Whose::Caller(number) => {
                return Ok(Wanted { by: "phone", caller: self.keys.caller(number), journey: None });
            }
            Whose::Journey(journey) => ("journey", Some(*journey)),
            Whose::Sale(sale) => ("sale", self.journey_of(*sale).await?),
        };
        let record = match journey {
            Some(journey) => self.load_durable(journey).await?,
            None => None,
        };
        let number = record
            .into_iter()
            .flat_map(|record| record.entries)
            .find_map(|entry| entry.event.whose()?.and_then(|text| E164::parse(text).ok()));
        let caller = number.map(|number| self.keys.caller(&number)).unwrap_or_default();
        Ok(Wanted { by, caller, journey })
    }

    async fn journey_of(&self, sale: SaleId) -> Result<Option<JourneyId>, ErasureError> {
        Ok(self.sale_with_entries(sale).await?.map(|(sale, _)| sale.journey))
    }
}

impl Wanted {
    /// No call of the same caller may become durable meanwhile: it would be missed.
    pub(super) fn locks(&self) -> Locks {
        self.caller.iter().fold(Locks::default(), |locks, key| locks.and(Locked::Caller, key.bytes()))
    }
}

/// What there is of who is meant.
pub(super) async fn found(conn: &mut Conn, wanted: &Wanted) -> Result<Found, sqlx::Error> {
    const HELD: &str = "SELECT id FROM journeys WHERE erasure IS NULL \
        AND (id = $4 OR (CAST($5 AS BIGINT) = 1 AND caller IN ($1, $2, $3))) ORDER BY created_at, id";
    const ERASURE: &str = "SELECT erasure FROM journeys WHERE id = $1";
    let journey = wanted.journey.map(JourneyId::uuid);
    let mut values = caller_binds(&wanted.caller);
    values.extend(binds![journey, i64::from(!wanted.caller.is_empty())]);
    let held = ids(conn.rows(HELD, values).await?, "id")?;
    if !held.is_empty() {
        return Ok(Found::Held(held));
    }
    let of_journey = match wanted.journey {
        Some(journey) => {
            conn.row(ERASURE, binds![journey]).await?.map(|row| row.id_opt("erasure")).transpose()?.flatten()
        }
        None => None,
    };
    let before = match of_journey {
        Some(erasure) => Some(erasure),
        None => of_call(conn, &wanted.caller, Timestamp::from_micros(i64::MIN)).await?,
    };
    let before = match before {
        Some(erasure) => forgotten(conn, erasure).await?,
        None => None,
    };
    Ok(before.filter(|before| !before.journeys.is_empty()).map_or(Found::Nothing, Found::Erased))
}

/// Erases who is meant.
pub(super) async fn erase(
    conn: &mut Conn,
    now: Timestamp,
    erasure: Uuid,
    wanted: &Wanted,
) -> Result<Erased, sqlx::Error> {
    let journeys = match found(conn, wanted).await? {
        Found::Erased(before) => {
            recognise(conn, now, before.erasure.uuid(), wanted).await?;
            return Ok(Erased::Before(before));
        }
        Found::Held(journeys) => journeys,
        Found::Nothing if wanted.caller.is_empty() => return Ok(Erased::Nothing),
        Found::Nothing => vec![],
    };
    const NOTE: &str = "INSERT INTO erasures (id, asked_by, asked_at, journeys, posts_cancelled) \
        VALUES ($1, $2, $3, $4, $5)";
    const MARK: &str = "UPDATE journeys SET erasure = $2, caller = NULL WHERE id = $1";
    for journey in &journeys {
        conn.execute(MARK, binds![*journey, erasure]).await?;
    }
    forget_caller(conn, erasure).await?;
    let cancelled = cancel_posts(conn, now, erasure).await?;
    notices::queue(conn, now, erasure).await?;
    forget_auctions(conn, erasure).await?;
    forget::all(conn, now).await?;
    recognise(conn, now, erasure, wanted).await?;
    let counted = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let counts = binds![counted(journeys.len() as u64), counted(cancelled)];
    conn.execute(NOTE, [binds![erasure, wanted.by, now], counts].concat()).await?;
    if journeys.is_empty() {
        return Ok(Erased::Nothing);
    }
    Ok(Erased::Now(Forgotten { erasure: ErasureId(erasure), asked_at: now, journeys }))
}

/// Takes the caller's keyed hash out of everything that matched the same caller again, and what its calls are found by.
async fn forget_caller(conn: &mut Conn, erasure: Uuid) -> Result<(), sqlx::Error> {
    const CONTACTS: &str =
        "DELETE FROM contacts WHERE journey IN (SELECT id FROM journeys WHERE erasure = $1)";
    const RESERVATIONS: &str = "UPDATE reservations SET caller = NULL \
        WHERE journey IN (SELECT id FROM journeys WHERE erasure = $1)";
    const ARRIVALS: &str = "UPDATE arrivals SET exchange = NULL, last_four = NULL \
        WHERE journey IN (SELECT id FROM journeys WHERE erasure = $1)";
    const DIALS: &str =
        "DELETE FROM lead_dials WHERE journey IN (SELECT id FROM journeys WHERE erasure = $1)";
    const ASKINGS: &str =
        "DELETE FROM callback_askings WHERE journey IN (SELECT id FROM journeys WHERE erasure = $1)";
    conn.execute(DIALS, binds![erasure]).await?;
    conn.execute(ASKINGS, binds![erasure]).await?;
    conn.execute(CONTACTS, binds![erasure]).await?;
    conn.execute(ARRIVALS, binds![erasure]).await?;
    conn.execute(RESERVATIONS, binds![erasure]).await.map(drop)
}

/// Cancels what was still to be posted. What a buyer is told of a sale that came to nothing names no person: it is sent
/// if the lead may have been.
async fn cancel_posts(conn: &mut Conn, now: Timestamp, erasure: Uuid) -> Result<u64, sqlx::Error> {
    const SOLD: &str = "UPDATE posts SET state = 'cancelled', last_error = 'erased', settled_at = $2 \
        WHERE kind = 'lead.sold' AND state = 'due' \
        AND journey IN (SELECT id FROM journeys WHERE erasure = $1)";
    const RETURNED: &str = "UPDATE posts SET state = 'due', due_at = $2 \
        WHERE kind = 'lead.returned' AND state = 'waiting' \
        AND EXISTS (SELECT 1 FROM posts s WHERE s.sale = posts.sale AND s.kind = 'lead.sold' \
            AND s.state = 'cancelled' AND s.first_claimed_at IS NOT NULL) \
        AND journey IN (SELECT id FROM journeys WHERE erasure = $1)";
    const NEVER_SENT: &str = "UPDATE posts SET state = 'cancelled', settled_at = $2 \
        WHERE kind = 'lead.returned' AND state = 'waiting' \
        AND EXISTS (SELECT 1 FROM posts s WHERE s.sale = posts.sale AND s.kind = 'lead.sold' \
            AND s.state = 'cancelled' AND s.first_claimed_at IS NULL) \
        AND journey IN (SELECT id FROM journeys WHERE erasure = $1)";
    let cancelled = conn.execute(SOLD, binds![erasure, now]).await?;
    conn.execute(RETURNED, binds![erasure, now]).await?;
    conn.execute(NEVER_SENT, binds![erasure, now]).await?;
    Ok(cancelled)
}

/// Has calls recognised that are only in flight now, in this process or another.
async fn recognise(
    conn: &mut Conn,
    now: Timestamp,
    erasure: Uuid,
    wanted: &Wanted,
) -> Result<(), sqlx::Error> {
    const PUT: &str = "INSERT INTO erasing (caller, erasure, at, until_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (caller) DO UPDATE SET erasure = $2, at = $3, until_at = $4";
    const TESTS: &str = "DELETE FROM test_calls WHERE caller = $1";
    for key in &wanted.caller {
        conn.execute(PUT, binds![key.bytes().to_vec(), erasure, now, now + ERASING_FOR]).await?;
        conn.execute(TESTS, binds![key.bytes().to_vec()]).await?;
    }
    Ok(())
}

/// The erasure that a call belongs to which began before it was asked for.
pub(crate) async fn of_call(
    conn: &mut Conn,
    caller: &[CallerKey],
    began: Timestamp,
) -> Result<Option<Uuid>, sqlx::Error> {
    const ORDER: &str = "SELECT erasure FROM erasing WHERE caller IN ($1, $2, $3) AND at >= $4 LIMIT 1";
    if caller.is_empty() {
        return Ok(None);
    }
    let mut values = caller_binds(caller);
    values.extend(binds![began]);
    conn.row(ORDER, values).await?.map(|row| row.id("erasure")).transpose()
}

/// Drops the keyed hashes of callers that need not be recognised any more.
pub(super) async fn lapse(conn: &mut Conn, now: Timestamp) -> Result<(), sqlx::Error> {
    const DROP: &str = "DELETE FROM erasing WHERE until_at <= $1";
    conn.execute(DROP, binds![now]).await.map(drop)
}

async fn forgotten(conn: &mut Conn, erasure: Uuid) -> Result<Option<Forgotten>, sqlx::Error> {
    const ASKED: &str = "SELECT asked_at FROM erasures WHERE id = $1";
    const JOURNEYS: &str = "SELECT id FROM journeys WHERE erasure = $1 ORDER BY created_at, id";
    let Some(row) = conn.row(ASKED, binds![erasure]).await? else { return Ok(None) };
    let journeys = ids(conn.rows(JOURNEYS, binds![erasure]).await?, "id")?;
    Ok(Some(Forgotten { erasure: ErasureId(erasure), asked_at: row.at("asked_at")?, journeys }))
}

fn ids(rows: Vec<crate::durable::Row>, name: &str) -> Result<Vec<JourneyId>, sqlx::Error> {
    rows.iter().map(|row| row.id(name).map(JourneyId::from_uuid)).collect()
}
