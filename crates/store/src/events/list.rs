//! Deliveries as people see them, and sending one again by hand.

use lead::Timestamp;
use uuid::Uuid;

use super::{EventDeliveryId, EventEndpointId};
use crate::{
    AccessError, By, Change, ReadFailed, Store,
    access::{append_audit, audit_locks},
    durable::{Done, Row, Sync, binds, odd},
    limits::ROWS_MAX,
    views::Wanted as Conditions,
};

/// One delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventDelivery {
    /// Its id.
    pub id: EventDeliveryId,
    /// Whom it is for.
    pub endpoint: EventEndpointId,
    /// What it tells of: the webhook-id.
    pub event: Uuid,
    /// Of what type; a newer release may know more of them.
    pub kind: String,
    /// What is sent.
    pub body: String,
    /// Where it stands.
    pub state: EventDeliveryState,
    /// When it is sent next.
    pub due_at: Timestamp,
    /// How often it was tried.
    pub tries: u32,
    /// The status of the last answer.
    pub last_status: Option<i64>,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// When what it tells of happened.
    pub created_at: Timestamp,
    /// When it was delivered or given up.
    pub settled_at: Option<Timestamp>,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventDeliveryState {
    /// It is to be sent when its time has come, and its endpoint may be sent to.
    Due,
    /// A worker has it.
    Claimed,
    /// Its endpoint took it.
    Delivered,
    /// No more tries.
    Dead,
}

/// Which deliveries are listed, the newest first.
#[derive(Debug, Clone, Default)]
pub struct EventDeliveryFilter {
    /// For this endpoint.
    pub endpoint: Option<EventEndpointId>,
    /// In this state.
    pub state: Option<EventDeliveryState>,
    /// Behind this one.
    pub before: Option<(Timestamp, EventDeliveryId)>,
    /// At most so many.
    pub limit: Option<u32>,
}

impl EventDeliveryState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Due, Self::Claimed, Self::Delivered, Self::Dead];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Claimed => "claimed",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }

    /// The state of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

impl Store {
    /// Lists deliveries.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn event_deliveries(
        &self,
        filter: &EventDeliveryFilter,
    ) -> Result<Vec<EventDelivery>, ReadFailed> {
        let mut wanted = Conditions::default();
        wanted.and_if("d.endpoint = ?", filter.endpoint);
        wanted.and_if("d.state = ?", filter.state.map(EventDeliveryState::as_str));
        if let Some((at, id)) = filter.before {
            wanted.and_all("(d.created_at, d.id) < (?, ?)", binds![at, id]);
        }
        let (conditions, mut binds) = wanted.done();
        binds.push(filter.limit.map_or(ROWS_MAX, |limit| i64::from(limit).min(ROWS_MAX)).into());
        let n = binds.len();
        let sql = format!(
            "SELECT d.id, d.endpoint, d.event, d.kind, d.body, d.state, d.due_at, d.tries, d.last_status, \
            d.last_error, d.created_at, d.settled_at FROM event_deliveries d{conditions} \
            ORDER BY d.created_at DESC, d.id DESC LIMIT ${n}"
        );
        let rows = self.durable.rows_made(sql, binds).await?;
        Ok(rows.iter().map(delivery).collect::<Result<_, sqlx::Error>>()?)
    }

    /// Sends one again, under the same id, and begins its schedule anew. Says whether there is such a one that nobody is
    /// sending.
    ///
    /// # Errors
    /// When it is not known to be due.
    pub async fn resend_event(
        &self,
        now: Timestamp,
        by: By,
        (endpoint, id): (EventEndpointId, EventDeliveryId),
    ) -> Result<bool, AccessError> {
        const DUE: &str = "UPDATE event_deliveries SET state = 'due', due_at = $3, tries = 0, settled_at = NULL \
            WHERE id = $1 AND endpoint = $2 AND state <> 'claimed'";
        let written = self.durable.write(Sync::Full, audit_locks(), move |conn| {
            Box::pin(async move {
                if conn.execute(DUE, binds![id, endpoint, now]).await? == 0 {
                    return Ok(Done::Undo(false));
                }
                let after = serde_json::json!({ "delivery": id.to_string() });
                let change = Change::of("event.resent", "event_endpoint", endpoint).to(after);
                append_audit(conn, now, &by, change).await?;
                Ok(Done::Keep(true))
            })
        });
        Ok(written.await?)
    }
}

fn delivery(row: &Row) -> Result<EventDelivery, sqlx::Error> {
    Ok(EventDelivery {
        id: EventDeliveryId::from_uuid(row.id("id")?),
        endpoint: EventEndpointId::from_uuid(row.id("endpoint")?),
        event: row.id("event")?,
        kind: row.text("kind")?,
        body: row.text("body")?,
        state: EventDeliveryState::parse(&row.text("state")?)
            .ok_or_else(|| odd("state", "an unknown word"))?,
        due_at: row.at("due_at")?,
        tries: row.count("tries")?,
        last_status: row.int_opt("last_status")?,
        last_error: row.text_opt("last_error")?,
        created_at: row.at("created_at")?,
        settled_at: row.at_opt("settled_at")?,
    })
}
