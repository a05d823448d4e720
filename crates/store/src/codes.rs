//! One-time codes: that one is about to be sent, and whether one was entered. Only a keyed hash of a code is kept.

use std::time::Duration;

use lead::{E164, JourneyId, Pii, Timestamp};

use crate::{
    Store, WriteFailed,
    commit::caller_binds,
    durable::{Done, Locked, Locks, Sync, binds},
    limits::{CODE_TRIES_MAX, CODES_KEPT_FOR, CODES_OF_A_NUMBER_MAX},
};

const DAY: Duration = Duration::from_secs(86_400);

/// A code that is to be sent: the `n`th of its journey.
#[derive(Debug, Clone)]
pub struct NewCode {
    /// The journey.
    pub journey: JourneyId,
    /// Which code of it, from 1.
    pub n: u32,
    /// Where to.
    pub number: Pii<E164>,
    /// Its keyed hash.
    pub mac: [u8; 32],
    /// When it is sent.
    pub at: Timestamp,
    /// When it can be entered no more.
    pub ends_at: Timestamp,
}

/// What a try came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeTried {
    /// It is the code.
    Right,
    /// It is not, or it came too late, or none was sent.
    Wrong,
    /// No more tries are left.
    Over,
}

impl Store {
    /// Notes a code before it is sent, since one that was perhaps sent counts. `false`: its number got as many as it may in a
    /// day, or this one was noted already.
    ///
    /// # Errors
    /// When it is not known to be noted.
    pub async fn note_code(&self, code: NewCode) -> Result<bool, WriteFailed> {
        const SENT: &str = "SELECT COUNT(*) AS n FROM codes WHERE phone IN ($1, $2, $3) AND at > $4";
        const HERE: &str = "SELECT n FROM codes WHERE journey = $1 AND n = $2";
        const NOTE: &str =
            "INSERT INTO codes (journey, n, phone, mac, at, ends_at) VALUES ($1, $2, $3, $4, $5, $6)";
        let caller = self.keys.caller(&code.number);
        let locks = caller.iter().fold(Locks::default(), |locks, key| locks.and(Locked::Caller, key.bytes()));
        let NewCode { journey, n, mac, at, ends_at, .. } = code;
        let noted = self.durable.write(Sync::Full, locks, move |conn| {
            Box::pin(async move {
                let mut values = caller_binds(&caller);
                values.extend(binds![at - DAY]);
                let sent = conn.row(SENT, values).await?.map(|row| row.int("n")).transpose()?.unwrap_or(0);
                let is_here = conn.row(HERE, binds![journey, n]).await?.is_some();
                if is_here || sent >= i64::from(CODES_OF_A_NUMBER_MAX) {
                    return Ok(Done::Undo(false));
                }
                let phone = caller.first().map(|key| key.bytes().to_vec());
                conn.execute(NOTE, binds![journey, n, phone, mac.to_vec(), at, ends_at]).await?;
                Ok(Done::Keep(true))
            })
        });
        let noted = noted.await?;
        self.durable.write_later(move |conn| {
            const DROP: &str = "DELETE FROM codes WHERE at < $1";
            const DROP_TRIES: &str = "DELETE FROM code_tries WHERE at < $1";
            Box::pin(async move {
                conn.execute(DROP, binds![at - CODES_KEPT_FOR]).await?;
                conn.execute(DROP_TRIES, binds![at - CODES_KEPT_FOR]).await.map(|_| Done::Keep(()))
            })
        });
        Ok(noted)
    }

    /// Counts a try, and says what it came to. It takes as long whether a code was sent or not.
    ///
    /// # Errors
    /// When it is not known to be counted.
    pub async fn try_code(
        &self,
        now: Timestamp,
        journey: JourneyId,
        mac: [u8; 32],
    ) -> Result<CodeTried, WriteFailed> {
        const TRIED: &str = "SELECT tries FROM code_tries WHERE journey = $1";
        const COUNT: &str = "INSERT INTO code_tries (journey, tries, at) VALUES ($1, $2, $3) \
            ON CONFLICT (journey) DO UPDATE SET tries = $2, at = $3";
        const FITS: &str = "SELECT n FROM codes WHERE journey = $1 AND mac = $2 AND ends_at > $3";
        let locks = Locks::default().and(Locked::Journey, journey.uuid().as_bytes());
        let tried = self.durable.write(Sync::Full, locks, move |conn| {
            Box::pin(async move {
                let tries =
                    conn.row(TRIED, binds![journey]).await?.map(|row| row.int("tries")).transpose()?;
                let tries = tries.unwrap_or(0);
                if tries >= i64::from(CODE_TRIES_MAX) {
                    return Ok(Done::Undo(CodeTried::Over));
                }
                conn.execute(COUNT, binds![journey, tries + 1, now]).await?;
                let fits = conn.row(FITS, binds![journey, mac.to_vec(), now]).await?.is_some();
                Ok(Done::Keep(if fits { CodeTried::Right } else { CodeTried::Wrong }))
            })
        });
        tried.await
    }
}
