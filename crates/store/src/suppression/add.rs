//! Putting a number on the list, and taking it off.

use serde_json::json;

use lead::{E164, Pii, Timestamp};

use super::{NewSuppression, SuppressedBy, SuppressionError, SuppressionId};
use crate::{
    By, Change, Keys, Refused, SealError, Store,
    access::{append_audit, audit_locks},
    commit::caller_binds,
    durable::{Conn, Done, Sync, binds},
    seal::CallerKey,
};

/// A number with what is kept of it.
#[derive(Clone)]
pub(super) struct Ready {
    id: SuppressionId,
    caller: Vec<CallerKey>,
    sealed: Vec<u8>,
}

impl Ready {
    pub(super) fn of(keys: &Keys, number: &Pii<E164>) -> Result<Self, SealError> {
        let id = SuppressionId::from_uuid(keys.suppression_id(number));
        let sealed = keys.seal_suppressed(id.uuid(), number)?;
        Ok(Self { id, caller: keys.caller(number), sealed })
    }

    /// Says whether it was not there yet.
    pub(super) async fn put(&self, conn: &mut Conn, new: &NewSuppression) -> Result<bool, sqlx::Error> {
        const THERE: &str = "SELECT 1 AS one FROM suppressions WHERE phone IN ($1, $2, $3)";
        const PUT: &str = "INSERT INTO suppressions (id, phone, sealed, why, added_at, person, journey) \
            VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (phone) DO NOTHING";
        if conn.row(THERE, caller_binds(&self.caller)).await?.is_some() {
            return Ok(false);
        }
        let phone = self.caller.first().map(|key| key.bytes().to_vec());
        let person = new.by.map(crate::UserId::uuid);
        let journey = new.journey.map(lead::JourneyId::uuid);
        let sealed = self.sealed.as_slice();
        let values = binds![self.id, phone, sealed, new.why.as_str(), new.at, person, journey];
        Ok(conn.execute(PUT, values).await? > 0)
    }
}

/// Puts a number on the list in the transaction of the event that asks for it, and says whether it was not there yet. A
/// repeat changes nothing: why and when it was put there first stays.
pub(crate) async fn suppress(
    conn: &mut Conn,
    keys: &Keys,
    new: &NewSuppression,
) -> Result<bool, sqlx::Error> {
    let ready = Ready::of(keys, &new.number).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    ready.put(conn, new).await
}

impl Store {
    /// Puts a number on the list by hand or for a form. Says whether it was not there yet; only then the audit has a line.
    ///
    /// # Errors
    /// When it is not known to be on the list.
    pub async fn suppress(
        &self,
        now: Timestamp,
        by: By,
        number: Pii<E164>,
        why: SuppressedBy,
    ) -> Result<(SuppressionId, bool), SuppressionError> {
        let id = SuppressionId::from_uuid(self.keys.suppression_id(&number));
        let keys = self.keys.clone();
        let new = NewSuppression { number, why, at: now, by: by.person(), journey: None };
        let written = self.durable.write(Sync::Full, audit_locks(), move |conn| {
            Box::pin(async move {
                let is_new = suppress(conn, &keys, &new).await?;
                if is_new {
                    let change = Change::of("suppression.added", "suppression", id);
                    append_audit(conn, now, &by, change.to(json!({ "why": why.as_str() }))).await?;
                }
                Ok(Done::Keep(is_new))
            })
        });
        Ok((id, written.await?))
    }

    /// Takes a number off the list; the audit keeps who did it and why.
    ///
    /// # Errors
    /// When it is not known to be off the list.
    pub async fn unsuppress(
        &self,
        now: Timestamp,
        by: By,
        id: SuppressionId,
        reason: String,
    ) -> Result<Result<(), Refused>, SuppressionError> {
        const TAKE: &str = "DELETE FROM suppressions WHERE id = $1 RETURNING why, added_at";
        let written = self.durable.write(Sync::Full, audit_locks(), move |conn| {
            Box::pin(async move {
                let Some(row) = conn.row(TAKE, binds![id]).await? else {
                    return Ok(Done::Undo(Err(Refused::Unknown)));
                };
                let before = json!({ "why": row.text("why")?, "added_at": row.at("added_at")?.to_string() });
                let change = Change::of("suppression.removed", "suppression", id);
                append_audit(conn, now, &by, change.from(before).to(json!({ "reason": reason }))).await?;
                Ok(Done::Keep(Ok(())))
            })
        });
        Ok(written.await?)
    }
}
