//! When leads were dialled: what the rule of so many dials a day is asked with. Only the keyed hash of the number is kept.

use lead::{E164, JourneyId, Pii, Timestamp};

use crate::{
    ReadFailed, Store, WriteFailed,
    commit::caller_binds,
    durable::{Done, Locked, Locks, Sync, binds},
    limits::{LEAD_DIALS_KEPT_FOR, LEAD_DIALS_READ_MAX},
};

/// A dial of a lead: the `n`th of its journey.
#[derive(Debug, Clone)]
pub struct LeadDial {
    /// The number.
    pub number: Pii<E164>,
    /// The journey.
    pub journey: JourneyId,
    /// Which dial of it, from 1.
    pub n: u32,
    /// When.
    pub at: Timestamp,
}

impl Store {
    /// Counts a dial before its request leaves, since one that was perhaps made counts: if the number was dialled since then
    /// exactly as often as was `seen` by whoever permitted it. Says whether it was; a repeat is counted once.
    ///
    /// # Errors
    /// When it is not known to be counted.
    pub async fn begin_dial(
        &self,
        dial: LeadDial,
        since: Timestamp,
        seen: usize,
    ) -> Result<bool, WriteFailed> {
        const OTHERS: &str = "SELECT COUNT(*) AS n FROM lead_dials \
            WHERE phone IN ($1, $2, $3) AND at > $4 AND NOT (journey = $5 AND n = $6)";
        const BEGIN: &str = "INSERT INTO lead_dials (journey, n, phone, at) VALUES ($1, $2, $3, $4) \
            ON CONFLICT (journey, n) DO NOTHING";
        const DROP: &str = "DELETE FROM lead_dials WHERE at < $1";
        let caller = self.keys.caller(&dial.number);
        let locks = caller.iter().fold(Locks::default(), |locks, key| locks.and(Locked::Caller, key.bytes()));
        let LeadDial { journey, n, at, .. } = dial;
        let begun = self.durable.write(Sync::Full, locks, move |conn| {
            Box::pin(async move {
                let mut values = caller_binds(&caller);
                values.extend(binds![since, journey, n]);
                let others = conn.row(OTHERS, values).await?.map(|row| row.int("n")).transpose()?;
                if others != i64::try_from(seen).ok() {
                    return Ok(Done::Undo(false));
                }
                let phone = caller.first().map(|key| key.bytes().to_vec());
                conn.execute(BEGIN, binds![journey, n, phone, at]).await?;
                Ok(Done::Keep(true))
            })
        });
        let begun = begun.await?;
        self.durable.write_later(move |conn| {
            Box::pin(async move {
                conn.execute(DROP, binds![at - LEAD_DIALS_KEPT_FOR]).await.map(|_| Done::Keep(()))
            })
        });
        Ok(begun)
    }

    /// When a number was dialled since then, the latest first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn dials_since(
        &self,
        number: &Pii<E164>,
        since: Timestamp,
    ) -> Result<Vec<Timestamp>, ReadFailed> {
        const SINCE: &str = "SELECT at FROM lead_dials WHERE phone IN ($1, $2, $3) AND at > $4 \
            ORDER BY at DESC LIMIT $5";
        let mut values = caller_binds(&self.keys.caller(number));
        values.extend(binds![since, LEAD_DIALS_READ_MAX]);
        let rows = self.durable.rows(SINCE, values).await?;
        Ok(rows.iter().map(|row| row.at("at")).collect::<Result<_, sqlx::Error>>()?)
    }
}
