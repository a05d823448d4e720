//! Settling a delivery: what a try came to, and what that says of its endpoint.

use lead::Timestamp;

use super::EventClaim;
use crate::{
    OutboxError, PostResult, Store,
    durable::{Conn, Done, Locks, Sync, binds},
};

/// Whether a result was noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventSettled {
    /// It was.
    Noted,
    /// It was, and its endpoint is told of nothing any more, since it answered 410.
    Disabled,
    /// The delivery is in other hands by now, settled, or gone.
    NotYours,
}

impl Store {
    /// Notes what a try came to, if the claim still stands.
    ///
    /// # Errors
    /// When it cannot be written; the lease lapses then, and the event is told again under the same id.
    pub async fn settle_event(
        &self,
        now: Timestamp,
        claim: &EventClaim,
        result: PostResult,
    ) -> Result<EventSettled, OutboxError> {
        let claim = claim.clone();
        let settling = self.durable.write(Sync::Normal, Locks::default(), move |conn| {
            Box::pin(async move { settle(conn, now, &claim, result).await.map(Done::Keep) })
        });
        Ok(settling.await?)
    }
}

async fn settle(
    conn: &mut Conn,
    now: Timestamp,
    claim: &EventClaim,
    result: PostResult,
) -> Result<EventSettled, sqlx::Error> {
    const SETTLE: &str = "UPDATE event_deliveries SET state = $4, due_at = COALESCE($5, due_at), last_status = $6, \
        last_error = $7, settled_at = $8, owner = NULL, lease_until = NULL \
        WHERE id = $1 AND owner = $2 AND lease_until = $3 AND state = 'claimed'";
    const BACK: &str =
        "UPDATE event_endpoints SET failures = 0, draining = TRUE WHERE id = $1 AND failures > 0";
    const DRAINED: &str = "UPDATE event_endpoints SET draining = FALSE WHERE id = $1 AND draining \
        AND NOT EXISTS (SELECT 1 FROM event_deliveries d WHERE d.endpoint = $1 AND d.state = 'due')";
    const FAILED: &str = "UPDATE event_endpoints SET failures = failures + 1, probe_at = $2, draining = FALSE, \
        quiet_until = CASE WHEN quiet_until > $3 THEN quiet_until ELSE $3 END WHERE id = $1";
    const GONE: &str = "UPDATE event_endpoints SET state = 'disabled' WHERE id = $1 AND state = 'active'";
    let mine = binds![claim.delivery, &*claim.owner, claim.until];
    let (_, values) = result.written(now);
    if conn.execute(SETTLE, [mine, values].concat()).await? == 0 {
        return Ok(EventSettled::NotYours);
    }
    match result {
        PostResult::Delivered { .. } | PostResult::Declined { .. } => {
            conn.execute(BACK, binds![claim.endpoint]).await?;
            conn.execute(DRAINED, binds![claim.endpoint]).await?;
        }
        PostResult::Retry { probe_at, quiet_until, .. }
        | PostResult::Exhausted { probe_at, quiet_until, .. } => {
            conn.execute(FAILED, binds![claim.endpoint, probe_at, quiet_until]).await?;
        }
        PostResult::Dead { .. } | PostResult::Refused { .. } => {
            conn.execute(DRAINED, binds![claim.endpoint]).await?;
        }
        PostResult::Gone { .. } => {
            let disabled = conn.execute(GONE, binds![claim.endpoint]).await? > 0;
            return Ok(if disabled { EventSettled::Disabled } else { EventSettled::Noted });
        }
    }
    Ok(EventSettled::Noted)
}
