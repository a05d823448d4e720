//! Claiming deliveries: the oldest of each endpoint first, within its places.

use std::sync::Arc;

use lead::Timestamp;
use secrecy::SecretString;
use uuid::Uuid;

use super::{
    EventDeliveryId, EventEndpointId, EventKind,
    endpoints::{Door, unsealed},
};
use crate::{
    Keys, OutboxError, Store,
    durable::{Conn, Done, Locked, Locks, Row, Sync, binds, odd},
    limits::{EVENT_KEPT_FOR, EVENT_PLACES_MAX},
};

/// A delivery in a worker's hands.
#[derive(Debug)]
pub struct ClaimedEvent {
    /// The claim, which settles it.
    pub claim: EventClaim,
    /// What it tells of: the webhook-id, the same for every try and endpoint.
    pub event: Uuid,
    /// Whom.
    pub endpoint: EventEndpointId,
    /// Of what type.
    pub kind: EventKind,
    /// The body.
    pub body: String,
    /// Where to. It may hold a password.
    pub url: SecretString,
    /// What signs it, the newest first.
    pub secrets: Vec<SecretString>,
    /// Which try of its schedule this is, from 1.
    pub tries: u32,
    /// When it would have been due, where it is tried ahead of its time, since its endpoint is back.
    pub ahead_of: Option<Timestamp>,
}

/// A worker's claim on one delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventClaim {
    /// The delivery.
    pub delivery: EventDeliveryId,
    /// Whom it is for.
    pub endpoint: EventEndpointId,
    /// Whose it is.
    pub owner: Arc<str>,
    /// Nothing is sent after this moment.
    pub until: Timestamp,
}

/// The endpoints that may be sent to now, with what is on its way to each.
const OPEN: &str = "SELECT e.id, e.sealed, e.failures, e.probe_at, e.draining, \
    (SELECT COUNT(*) FROM event_deliveries d WHERE d.endpoint = e.id AND d.state = 'claimed' \
        AND d.lease_until > $1) AS busy \
    FROM event_endpoints e WHERE e.state = 'active' AND e.quiet_until <= $1 ORDER BY e.id";
const DUE: &str = "SELECT id FROM event_deliveries \
    WHERE state = 'due' AND endpoint = $1 AND due_at <= $2 ORDER BY due_at, id LIMIT $3";
const AGED: &str = "SELECT id FROM event_deliveries \
    WHERE state = 'due' AND endpoint = $1 AND created_at <= $2 ORDER BY created_at, id LIMIT $3";
const LEFT_BEHIND: &str = "SELECT id FROM event_deliveries \
    WHERE state = 'claimed' AND endpoint = $1 AND lease_until <= $2 ORDER BY lease_until, id LIMIT $3";

/// An endpoint with what could be sent to it.
struct Queue {
    endpoint: EventEndpointId,
    sealed: Vec<u8>,
    ready: Vec<Uuid>,
}

impl Store {
    /// Takes deliveries that could be sent, for a lease. Where nobody is told of events, nothing is asked of the database;
    /// an idle worker writes nothing.
    ///
    /// # Errors
    /// When they cannot be read or written; what was taken all the same lapses with its lease.
    pub async fn claim_events(
        &self,
        now: Timestamp,
        owner: Arc<str>,
        lease: std::time::Duration,
    ) -> Result<Vec<ClaimedEvent>, OutboxError> {
        if !self.events.any() {
            return Ok(vec![]);
        }
        let is_idle = self.durable.read(move |conn| {
            Box::pin(async move { Ok(waiting(conn, now).await?.iter().all(|queue| queue.ready.is_empty())) })
        });
        if is_idle.await? {
            return Ok(vec![]);
        }
        let keys = Arc::clone(&self.keys);
        let locks = Locks::default().and(Locked::Queue, b"events");
        let claiming = self.durable.write(Sync::Soon, locks, move |conn| {
            Box::pin(async move { claim(conn, (now, now + lease), &keys, &owner).await.map(Done::Keep) })
        });
        Ok(claiming.await?)
    }

    /// Drops deliveries that are older than they are kept, whatever became of them. Gives how many.
    ///
    /// # Errors
    /// When they are not known to be gone.
    pub async fn drop_old_events(&self, now: Timestamp) -> Result<u64, OutboxError> {
        const DROP: &str = "DELETE FROM event_deliveries WHERE created_at < $1 AND state <> 'claimed'";
        if !self.events.any() {
            return Ok(0);
        }
        let dropping = self.durable.write(Sync::Soon, Locks::default(), move |conn| {
            Box::pin(async move { conn.execute(DROP, binds![now - EVENT_KEPT_FOR]).await.map(Done::Keep) })
        });
        Ok(dropping.await?)
    }
}

async fn waiting(conn: &mut Conn, now: Timestamp) -> Result<Vec<Queue>, sqlx::Error> {
    let mut queues = vec![];
    for row in conn.rows(OPEN, binds![now]).await? {
        let (failures, draining) = (row.count("failures")?, row.flag("draining")?);
        // One that fails is tried by one delivery at a time.
        let places = if failures > 0 { 1 } else { EVENT_PLACES_MAX };
        let left = places.saturating_sub(row.count("busy")?);
        if left == 0 || (failures > 0 && row.at("probe_at")? > now) {
            continue;
        }
        let id = EventEndpointId::from_uuid(row.id("id")?);
        let mut found = conn.rows(LEFT_BEHIND, binds![id, now, left]).await?;
        found.extend(match draining {
            true => conn.rows(AGED, binds![id, now, left]).await?,
            false => conn.rows(DUE, binds![id, now, left]).await?,
        });
        let ready = found.iter().take(left as usize).map(|row| row.id("id")).collect::<Result<_, _>>()?;
        queues.push(Queue { endpoint: id, sealed: row.bytes("sealed")?, ready });
    }
    Ok(queues)
}

async fn claim(
    conn: &mut Conn,
    (now, until): (Timestamp, Timestamp),
    keys: &Keys,
    owner: &Arc<str>,
) -> Result<Vec<ClaimedEvent>, sqlx::Error> {
    const CLAIM: &str = "UPDATE event_deliveries SET state = 'claimed', owner = $3, lease_until = $4, \
            tries = tries + CASE WHEN due_at <= $2 THEN 1 ELSE 0 END \
        WHERE id = $1 AND (state = 'due' OR (state = 'claimed' AND lease_until <= $2)) \
        RETURNING id, event, kind, body, tries, due_at";
    let mut claimed = vec![];
    for queue in waiting(conn, now).await? {
        if queue.ready.is_empty() {
            continue;
        }
        let door = Door::open(keys, queue.endpoint, &queue.sealed).map_err(unsealed)?;
        for id in queue.ready {
            if let Some(row) = conn.row(CLAIM, binds![id, now, &**owner, until]).await? {
                let claim = EventClaim {
                    delivery: EventDeliveryId::from_uuid(id),
                    endpoint: queue.endpoint,
                    owner: Arc::clone(owner),
                    until,
                };
                claimed.push(opened(&row, claim, &door, now)?);
            }
        }
    }
    Ok(claimed)
}

fn opened(row: &Row, claim: EventClaim, door: &Door, now: Timestamp) -> Result<ClaimedEvent, sqlx::Error> {
    Ok(ClaimedEvent {
        event: row.id("event")?,
        endpoint: claim.endpoint,
        kind: EventKind::parse(&row.text("kind")?).ok_or_else(|| odd("kind", "an unknown type of event"))?,
        body: row.text("body")?,
        url: SecretString::from(door.url.clone()),
        secrets: door.secrets(now),
        tries: row.count("tries")?,
        ahead_of: Some(row.at("due_at")?).filter(|at| *at > now),
        claim,
    })
}
