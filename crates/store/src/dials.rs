//! When leads were dialled: what the rule of so many dials a day is asked with. Only the keyed hash of the number is kept.

use lead::{E164, JourneyId, Pii, Timestamp};

use crate::{
    Keys, ReadFailed, Store, WriteFailed,
    commit::caller_binds,
    durable::{Conn, Done, Locks, Sync, binds},
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

/// Counts a dial in the transaction of the event that decides it, before the request leaves: a dial that was perhaps made
/// counts. A repeat counts once.
pub(crate) async fn count_dial(conn: &mut Conn, keys: &Keys, dial: &LeadDial) -> Result<(), sqlx::Error> {
    const COUNT: &str = "INSERT INTO lead_dials (journey, n, phone, at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (journey, n) DO NOTHING";
    let phone = keys.caller(&dial.number).first().map(|key| key.bytes().to_vec());
    conn.execute(COUNT, binds![dial.journey, dial.n, phone, dial.at]).await.map(drop)
}

impl Store {
    /// Counts a dial by itself.
    ///
    /// # Errors
    /// When it is not known to be counted.
    pub async fn count_dial(&self, dial: LeadDial) -> Result<(), WriteFailed> {
        let keys = self.keys.clone();
        let counting = self.durable.write(Sync::Full, Locks::default(), move |conn| {
            Box::pin(async move { count_dial(conn, &keys, &dial).await.map(Done::Keep) })
        });
        counting.await
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

    /// Drops dials that are older than they are kept. Gives how many.
    ///
    /// # Errors
    /// When they are not known to be gone.
    pub async fn drop_old_dials(&self, now: Timestamp) -> Result<u64, WriteFailed> {
        const DROP: &str = "DELETE FROM lead_dials WHERE at < $1";
        self.durable
            .write(Sync::Soon, Locks::default(), move |conn| {
                Box::pin(async move {
                    conn.execute(DROP, binds![now - LEAD_DIALS_KEPT_FOR]).await.map(Done::Keep)
                })
            })
            .await
    }
}
