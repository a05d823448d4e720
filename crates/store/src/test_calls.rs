//! Test calls of one offer that wait for their caller. The telephone is kept as the keyed hash as for callers, and only until
//! the call has come or its time is over.

use std::sync::{Mutex, PoisonError};

use lead::{E164, JourneyId, OfferId, Pii, Timestamp};
use serde_json::json;
use uuid::Uuid;

use crate::{
    By, Change, NoChance, ReadFailed, Store, UserId, WriteFailed,
    access::{append_audit, audit_locks},
    commit::caller_binds,
    durable::{Conn, Done, Locked, Locks, Row, Sync, binds, odd},
    limits::{
        TEST_CALL_WAIT_MAX, TEST_CALLS_KEPT_FOR, TEST_CALLS_LISTED_MAX, TEST_CALLS_LOOK_EVERY,
        TEST_CALLS_WAITING_MAX,
    },
};

/// A call from this telephone to that number, to be a test of an offer.
#[derive(Debug, Clone)]
pub struct NewTestCall {
    /// The offer.
    pub offer: OfferId,
    /// Which of our numbers is called.
    pub dnis: E164,
    /// The telephone that calls.
    pub caller: Pii<E164>,
}

/// A test call that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestCall {
    /// Its id.
    pub id: Uuid,
    /// The offer.
    pub offer: OfferId,
    /// Which of our numbers is called.
    pub dnis: E164,
    /// Who asked for it, where it is a person of the house.
    pub person: Option<UserId>,
    /// When.
    pub asked_at: Timestamp,
    /// Until when the call may come.
    pub ends_at: Timestamp,
    /// The call that it became.
    pub journey: Option<JourneyId>,
}

/// Why a test call was not asked for, or not found.
#[derive(Debug, thiserror::Error)]
pub enum TestCallError {
    /// The store could not be read.
    #[error("the test calls could not be read")]
    Read(#[from] ReadFailed),
    /// It is not known to be kept.
    #[error("the test call was not kept")]
    Write(#[from] WriteFailed),
    /// No id could be drawn.
    #[error("no id could be drawn")]
    Chance(#[from] NoChance),
}

/// Whether any call may be a test, as it was read lately: almost no call is, and each would have to be asked about.
#[derive(Debug, Default)]
pub(crate) struct Trying(Mutex<Option<(Timestamp, bool)>>);

impl Trying {
    fn held(&self, now: Timestamp) -> Option<bool> {
        let held = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.filter(|(at, _)| now.since(*at) < TEST_CALLS_LOOK_EVERY).map(|(_, any)| any)
    }

    fn set(&self, read: Option<(Timestamp, bool)>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = read;
    }
}

impl Store {
    /// Has the next call from a telephone to a number be a test of an offer, for [`TEST_CALL_WAIT_MAX`]; whatever waited
    /// for the same call before does not any more. `None`: too many wait.
    ///
    /// # Errors
    /// When it is not known to be kept.
    pub async fn ask_for_test_call(
        &self,
        now: Timestamp,
        by: By,
        new: NewTestCall,
    ) -> Result<Option<TestCall>, TestCallError> {
        const PUT: &str = "INSERT INTO test_calls (id, offer, dnis, caller, person, asked_at, ends_at) \
            VALUES ($1, $2, $3, $4, $5, $6, $7)";
        const SAME: &str = "DELETE FROM test_calls WHERE caller IN ($1, $2, $3) AND dnis = $4";
        const OLD: &str = "DELETE FROM test_calls WHERE ends_at < $1";
        const WAITING: &str =
            "SELECT COUNT(*) AS n FROM test_calls WHERE ends_at > $1 AND caller IS NOT NULL";
        let id = uuid::Builder::from_random_bytes(crate::chance::bytes()?).into_uuid();
        let NewTestCall { offer, dnis, caller } = new;
        let keys = self.keys.caller(&caller);
        let (person, ends_at) = (by.person(), now + TEST_CALL_WAIT_MAX);
        let asked = TestCall { id, offer, dnis: dnis.clone(), person, asked_at: now, ends_at, journey: None };
        let kept = asked.clone();
        let written = self.durable.write(Sync::Full, audit_locks(), move |conn| {
            Box::pin(async move {
                conn.execute(OLD, binds![now - TEST_CALLS_KEPT_FOR]).await?;
                conn.execute(SAME, [caller_binds(&keys), binds![dnis.as_str()]].concat()).await?;
                let waiting = conn.row(WAITING, binds![now]).await?.map(|row| row.int("n")).transpose()?;
                if waiting.unwrap_or(0) >= TEST_CALLS_WAITING_MAX {
                    return Ok(Done::Undo(false));
                }
                let key = keys.first().map(|key| key.bytes().to_vec());
                let person = kept.person.map(UserId::uuid);
                let of = binds![kept.id, kept.offer.as_str(), dnis.as_str(), key, person];
                conn.execute(PUT, [of, binds![now, kept.ends_at]].concat()).await?;
                let change = Change::of("offer.test_call_asked", "offer", &kept.offer);
                let after = json!({ "number": dnis.as_str(), "until": kept.ends_at.to_string() });
                append_audit(conn, now, &by, change.to(after)).await?;
                Ok(Done::Keep(true))
            })
        });
        let is_kept = written.await?;
        self.trying.set(None);
        Ok(is_kept.then_some(asked))
    }

    /// The offer that a call is a test of, if it is one. The first call that fits takes what waited for it, and whoever asks
    /// again about that very call hears the same.
    ///
    /// # Errors
    /// When that is not known.
    pub async fn test_call_at(
        &self,
        now: Timestamp,
        journey: JourneyId,
        (caller, dnis): (&Pii<E164>, &E164),
    ) -> Result<Option<OfferId>, TestCallError> {
        if !self.may_be_tests(now).await? {
            return Ok(None);
        }
        let keys = self.keys.caller(caller);
        let values = [caller_binds(&keys), binds![dnis.as_str(), now, journey]].concat();
        let asked = values.clone();
        let found = self.durable.read(move |conn| Box::pin(async move { fitting(conn, asked).await }));
        let Some(found) = found.await? else { return Ok(None) };
        if found.journey == Some(journey) {
            return Ok(Some(found.offer));
        }
        let locks = keys.iter().fold(Locks::default(), |locks, key| locks.and(Locked::Caller, key.bytes()));
        let taken = self.durable.write(Sync::Full, locks, move |conn| {
            Box::pin(async move {
                const TAKE: &str = "UPDATE test_calls SET journey = $2, caller = NULL WHERE id = $1";
                let Some(found) = fitting(conn, values).await? else { return Ok(Done::Undo(None)) };
                if found.journey.is_none() {
                    conn.execute(TAKE, binds![found.id, journey]).await?;
                }
                Ok(Done::Keep(Some(found.offer)))
            })
        });
        Ok(taken.await?)
    }

    /// The last test calls of an offer, the latest first, for as long as they are kept.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn test_calls_of(&self, offer: &OfferId) -> Result<Vec<TestCall>, ReadFailed> {
        const LIST: &str = "SELECT id, offer, dnis, person, asked_at, ends_at, journey FROM test_calls \
            WHERE offer = $1 ORDER BY asked_at DESC, id LIMIT $2";
        let rows = self.durable.rows(LIST, binds![offer.as_str(), TEST_CALLS_LISTED_MAX]).await?;
        Ok(rows.iter().map(test_call).collect::<Result<_, sqlx::Error>>()?)
    }

    /// Whether a call that comes now may be a test. One that was taken a moment ago counts as well: its webhook may come again.
    async fn may_be_tests(&self, now: Timestamp) -> Result<bool, ReadFailed> {
        const ANY: &str = "SELECT CAST(COALESCE(MAX(CASE WHEN ends_at > $1 THEN 1 ELSE 0 END), 0) AS BIGINT) AS waits, \
            CAST(COALESCE(MAX(CASE WHEN ends_at <= $1 AND caller IS NOT NULL THEN 1 ELSE 0 END), 0) AS BIGINT) AS lapsed \
            FROM test_calls";
        const LAPSE: &str = "UPDATE test_calls SET caller = NULL WHERE ends_at <= $1 AND caller IS NOT NULL";
        if let Some(any) = self.trying.held(now) {
            return Ok(any);
        }
        let row = self.durable.row(ANY, binds![now]).await?;
        let said = |name| row.as_ref().map(|row| row.int(name)).transpose();
        let (waits, lapsed) = (said("waits")? == Some(1), said("lapsed")? == Some(1));
        if lapsed {
            self.durable.write_later(move |conn| {
                Box::pin(async move { conn.execute(LAPSE, binds![now]).await.map(|_| Done::Keep(())) })
            });
        }
        self.trying.set(Some((now, waits)));
        Ok(waits)
    }
}

/// What waits for a call, or what the call has taken: by the caller's keys, the number, now, and its journey.
async fn fitting(
    conn: &mut Conn,
    values: Vec<crate::durable::Bind>,
) -> Result<Option<TestCall>, sqlx::Error> {
    const FITS: &str = "SELECT id, offer, dnis, person, asked_at, ends_at, journey FROM test_calls \
        WHERE journey = $6 OR (journey IS NULL AND caller IN ($1, $2, $3) AND dnis = $4 AND ends_at > $5) \
        ORDER BY CASE WHEN journey IS NULL THEN 1 ELSE 0 END, asked_at DESC LIMIT 1";
    conn.row(FITS, values).await?.as_ref().map(test_call).transpose()
}

fn test_call(row: &Row) -> Result<TestCall, sqlx::Error> {
    Ok(TestCall {
        id: row.id("id")?,
        offer: row.slug("offer")?,
        dnis: E164::try_from(row.text("dnis")?).map_err(|error| odd("dnis", error))?,
        person: row.id_opt("person")?.map(UserId::from_uuid),
        asked_at: row.at("asked_at")?,
        ends_at: row.at("ends_at")?,
        journey: row.id_opt("journey")?.map(JourneyId::from_uuid),
    })
}
