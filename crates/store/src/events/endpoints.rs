//! Who is told of events, and what people change of that: each change with its line in the audit.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_STANDARD};
use lead::{PublisherId, Timestamp};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{EventEndpointId, EventKind, wanted::kinds};
use crate::{
    AccessError, By, Change, Keys, OpenSealError, ReadFailed, Refused, SealError, Store,
    access::{append_audit, audit_locks},
    durable::{Conn, Done, Row, Sync, binds, odd},
    limits::{EVENT_ENDPOINTS_MAX, EVENT_SECRET_OVERLAP},
};

/// One who is told of events. Its secret is not in it: nothing shows it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventEndpoint {
    /// Its id.
    pub id: EventEndpointId,
    /// What people call it.
    pub name: String,
    /// Whose leads it is told the outcome of; `None`: it is the business's own.
    pub publisher: Option<PublisherId>,
    /// Where it is told.
    pub url: String,
    /// What it is told of.
    pub kinds: Vec<EventKind>,
    /// Whether it is.
    pub state: EventEndpointState,
    /// How many tries failed since it worked last.
    pub failures: u32,
    /// Before when nothing is sent to it, as it asked.
    pub quiet_until: Timestamp,
    /// Until when the secret before the newest one signs as well.
    pub rotating_until: Option<Timestamp>,
    /// How many deliveries wait for it.
    pub waiting: u64,
    /// How many were given up.
    pub dead: u64,
    /// When it was added.
    pub created_at: Timestamp,
    /// When a person changed it last.
    pub changed_at: Timestamp,
}

/// Whether an endpoint is told of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventEndpointState {
    /// It is.
    Active,
    /// Not now: what happens is kept for it.
    Paused,
    /// It answered 410: what happens is kept until somebody resumes it.
    Disabled,
}

/// An endpoint to be added.
#[derive(Debug, Clone)]
pub struct NewEventEndpoint {
    /// What people call it.
    pub name: String,
    /// Whose leads it is told the outcome of; `None`: it is the business's own. A publisher is told of `lead.` types alone, whatever
    /// else is asked for.
    pub publisher: Option<PublisherId>,
    /// Where it is told; whoever sends checks it.
    pub url: String,
    /// What it is told of.
    pub kinds: Vec<EventKind>,
}

/// What is changed of an endpoint; `None` stays.
#[derive(Debug, Clone, Default)]
pub struct EventEndpointChange {
    /// What people call it.
    pub name: Option<String>,
    /// Where it is told.
    pub url: Option<String>,
    /// What it is told of.
    pub kinds: Option<Vec<EventKind>>,
    /// Whether it is paused; `false` resumes one that answered 410 as well.
    pub paused: Option<bool>,
}

/// What is sealed of an endpoint.
#[derive(Serialize, Deserialize)]
pub(super) struct Door {
    pub(super) url: String,
    /// As Standard Webhooks writes it: `whsec_…`.
    secret: String,
    /// The one before it, and until when it signs as well, in microseconds.
    before: Option<(String, i64)>,
}

impl EventEndpointState {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Disabled => "disabled",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::Paused, Self::Disabled].into_iter().find(|state| state.as_str() == text)
    }
}

impl Door {
    /// The secrets that sign now, the newest first.
    pub(super) fn secrets(&self, now: Timestamp) -> Vec<SecretString> {
        let before =
            self.before.as_ref().filter(|(_, until)| now.micros() < *until).map(|(secret, _)| secret);
        [Some(&self.secret), before].into_iter().flatten().map(|it| SecretString::from(it.clone())).collect()
    }

    pub(super) fn open(keys: &Keys, id: EventEndpointId, sealed: &[u8]) -> Result<Self, OpenSealError> {
        let plain = keys.open(&purpose(id), sealed)?;
        serde_json::from_slice(&plain).map_err(|_| OpenSealError::Broken)
    }

    fn seal(&self, keys: &Keys, id: EventEndpointId) -> Result<Vec<u8>, SealError> {
        let plain = serde_json::to_vec(self).map_err(|_| SealError::TooLong)?;
        keys.seal(&purpose(id), &plain)
    }
}

/// For what an endpoint's URL and secrets are sealed.
pub(crate) fn purpose_of(id: uuid::Uuid) -> Vec<u8> {
    purpose(EventEndpointId::from_uuid(id))
}

fn purpose(id: EventEndpointId) -> Vec<u8> {
    [b"event-endpoint".as_slice(), id.uuid().as_bytes()].concat()
}

/// 256 random bits, as Standard Webhooks writes a secret.
fn drawn() -> Result<String, AccessError> {
    let bits: [u8; 32] = crate::chance::bytes()?;
    Ok(format!("whsec_{}", BASE64_STANDARD.encode(bits)))
}

/// An endpoint `e` with what waits for it.
const COLUMNS: &str = "SELECT e.id, e.name, e.publisher, e.sealed, e.wanted, e.state, e.failures, e.quiet_until, e.created_at, \
    e.changed_at, \
    (SELECT COUNT(*) FROM event_deliveries d WHERE d.endpoint = e.id AND d.state IN ('due', 'claimed')) AS waiting, \
    (SELECT COUNT(*) FROM event_deliveries d WHERE d.endpoint = e.id AND d.state = 'dead') AS dead \
    FROM event_endpoints e";

impl Store {
    /// Everybody who is told of events, the first first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn event_endpoints(&self) -> Result<Vec<EventEndpoint>, ReadFailed> {
        let sql = format!("{COLUMNS} ORDER BY e.created_at, e.id");
        let rows = self.durable.rows_made(sql, vec![]).await?;
        Ok(rows.iter().map(|row| endpoint(&self.keys, row)).collect::<Result<_, sqlx::Error>>()?)
    }

    /// One of them.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn event_endpoint(&self, id: EventEndpointId) -> Result<Option<EventEndpoint>, ReadFailed> {
        let sql = format!("{COLUMNS} WHERE e.id = $1");
        let rows = self.durable.rows_made(sql, binds![id]).await?;
        Ok(rows.first().map(|row| endpoint(&self.keys, row)).transpose()?)
    }

    /// Adds one; gives its secret, which nothing shows again. `None`: there are as many as there may be.
    ///
    /// # Errors
    /// When it is not known to be added.
    pub async fn add_event_endpoint(
        &self,
        now: Timestamp,
        by: By,
        new: NewEventEndpoint,
    ) -> Result<Option<(EventEndpointId, SecretString)>, AccessError> {
        const COUNT: &str = "SELECT COUNT(*) AS n FROM event_endpoints";
        const INSERT: &str = "INSERT INTO event_endpoints (id, name, sealed, wanted, state, failures, probe_at, \
            quiet_until, draining, created_at, changed_at, publisher) \
            VALUES ($1, $2, $3, $4, 'active', 0, $5, $5, FALSE, $5, $5, $6)";
        let (id, secret) = (EventEndpointId::drawn()?, drawn()?);
        let door = Door { url: new.url, secret: secret.clone(), before: None };
        let sealed = door.seal(&self.keys, id)?;
        let written = self.durable.write(Sync::Full, audit_locks(), move |conn| {
            Box::pin(async move {
                let there = conn.row(COUNT, vec![]).await?.map_or(Ok(0), |row| row.int("n"))?;
                if there >= EVENT_ENDPOINTS_MAX {
                    return Ok(Done::Undo(false));
                }
                let (kinds, publisher) = (
                    told_to(&new.kinds, new.publisher.is_some()),
                    new.publisher.as_ref().map(PublisherId::as_str),
                );
                let values =
                    binds![id, new.name.as_str(), sealed, written(&kinds).to_string(), now, publisher];
                conn.execute(INSERT, values).await?;
                let after = json!({ "name": new.name, "events": written(&kinds), "publisher": publisher });
                let change = Change::of("event_endpoint.added", "event_endpoint", id).to(after);
                append_audit(conn, now, &by, change).await?;
                Ok(Done::Keep(true))
            })
        });
        let added = written.await?;
        self.look_for_event_endpoints().await?;
        Ok(added.then(|| (id, SecretString::from(secret))))
    }

    /// Changes one, if it is still as it was at `changed_at`, where that is named.
    ///
    /// # Errors
    /// When it is not known to be changed.
    pub async fn change_event_endpoint(
        &self,
        now: Timestamp,
        by: By,
        (id, changed_at): (EventEndpointId, Option<Timestamp>),
        change: EventEndpointChange,
    ) -> Result<Result<(), Refused>, AccessError> {
        let keys = Arc::clone(&self.keys);
        let changed = self.durable.write(Sync::Full, audit_locks(), move |conn| {
            Box::pin(async move {
                let done = changed(conn, &keys, now, (id, changed_at), change).await?;
                let (before, after) = match done {
                    Ok(shown) => shown,
                    Err(refused) => return Ok(Done::Undo(Err(refused))),
                };
                let change =
                    Change::of("event_endpoint.changed", "event_endpoint", id).from(before).to(after);
                append_audit(conn, now, &by, change).await?;
                Ok(Done::Keep(Ok(())))
            })
        });
        let changed = changed.await?;
        self.look_for_event_endpoints().await?;
        Ok(changed)
    }

    /// Gives one a new secret, which nothing shows again; the one before it signs as well for [`EVENT_SECRET_OVERLAP`].
    /// `None`: there is no such one.
    ///
    /// # Errors
    /// When it is not known to be changed.
    pub async fn rotate_event_secret(
        &self,
        now: Timestamp,
        by: By,
        id: EventEndpointId,
    ) -> Result<Option<SecretString>, AccessError> {
        const SEALED: &str = "SELECT sealed FROM event_endpoints WHERE id = $1";
        const SET: &str = "UPDATE event_endpoints SET sealed = $2, changed_at = $3 WHERE id = $1";
        let (keys, secret) = (Arc::clone(&self.keys), drawn()?);
        let new = secret.clone();
        let written = self.durable.write(Sync::Full, audit_locks(), move |conn| {
            Box::pin(async move {
                let Some(row) = conn.row(SEALED, binds![id]).await? else { return Ok(Done::Undo(false)) };
                let mut door = Door::open(&keys, id, &row.bytes("sealed")?).map_err(unsealed)?;
                let until = now + EVENT_SECRET_OVERLAP;
                door.before = Some((std::mem::replace(&mut door.secret, new), until.micros()));
                let sealed = door.seal(&keys, id).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
                conn.execute(SET, binds![id, sealed, now]).await?;
                let after = json!({ "both_until": until.to_string() });
                let change = Change::of("event_endpoint.rotated", "event_endpoint", id).to(after);
                append_audit(conn, now, &by, change).await?;
                Ok(Done::Keep(true))
            })
        });
        Ok(written.await?.then(|| SecretString::from(secret)))
    }

    /// Takes one away, with everything that it was to be told. Says whether it was there.
    ///
    /// # Errors
    /// When it is not known to be gone.
    pub async fn remove_event_endpoint(
        &self,
        now: Timestamp,
        by: By,
        id: EventEndpointId,
    ) -> Result<bool, AccessError> {
        const DROP: &str = "DELETE FROM event_endpoints WHERE id = $1";
        const DELIVERIES: &str = "DELETE FROM event_deliveries WHERE endpoint = $1";
        let written = self.durable.write(Sync::Full, audit_locks(), move |conn| {
            Box::pin(async move {
                if conn.execute(DROP, binds![id]).await? == 0 {
                    return Ok(Done::Undo(false));
                }
                let dropped = conn.execute(DELIVERIES, binds![id]).await?;
                let before = json!({ "deliveries": dropped });
                let change = Change::of("event_endpoint.removed", "event_endpoint", id).from(before);
                append_audit(conn, now, &by, change).await?;
                Ok(Done::Keep(true))
            })
        });
        let removed = written.await?;
        self.look_for_event_endpoints().await?;
        Ok(removed)
    }
}

/// Changes a row; gives what the audit shows of it before and after.
async fn changed(
    conn: &mut Conn,
    keys: &Keys,
    now: Timestamp,
    (id, changed_at): (EventEndpointId, Option<Timestamp>),
    change: EventEndpointChange,
) -> Result<Result<(Value, Value), Refused>, sqlx::Error> {
    const SET: &str = "UPDATE event_endpoints SET name = $2, sealed = $3, wanted = $4, state = $5, changed_at = $6, \
        failures = CASE WHEN $7 THEN 0 ELSE failures END, probe_at = CASE WHEN $7 THEN $6 ELSE probe_at END, \
        quiet_until = CASE WHEN $7 THEN $6 ELSE quiet_until END, draining = draining OR $7 WHERE id = $1";
    let rows = conn.rows_made(format!("{COLUMNS} WHERE e.id = $1"), binds![id]).await?;
    let Some(row) = rows.first() else { return Ok(Err(Refused::Unknown)) };
    let was = endpoint(keys, row)?;
    if changed_at.is_some_and(|at| at != was.changed_at) {
        return Ok(Err(Refused::Changed));
    }
    let mut door = Door::open(keys, id, &row.bytes("sealed")?).map_err(unsealed)?;
    let moved = change.url.as_ref().is_some_and(|url| *url != door.url);
    if let Some(url) = change.url {
        door.url = url;
    }
    let state = match change.paused {
        Some(true) => EventEndpointState::Paused,
        Some(false) => EventEndpointState::Active,
        // Another URL is another system, which has not said that it is gone.
        None if moved && was.state == EventEndpointState::Disabled => EventEndpointState::Active,
        None => was.state,
    };
    let resumed = moved || (state == EventEndpointState::Active && was.state != state);
    let (name, kinds) = (change.name.unwrap_or(was.name.clone()), change.kinds.unwrap_or(was.kinds.clone()));
    let kinds = told_to(&kinds, was.publisher.is_some());
    let sealed = door.seal(keys, id).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    let values = binds![id, name.as_str(), sealed, written(&kinds).to_string(), state.as_str(), now, resumed];
    conn.execute(SET, values).await?;
    let shown = |name: &str, kinds: &[EventKind], state: EventEndpointState| json!({ "name": name, "events": written(kinds), "state": state.as_str() });
    let before = shown(&was.name, &was.kinds, was.state);
    let mut after = shown(&name, &kinds, state);
    if moved && let Some(after) = after.as_object_mut() {
        // A URL may hold a password.
        after.insert("url".to_owned(), json!("changed"));
    }
    Ok(Ok((before, after)))
}

/// What one may be told of: prices and buyers are none of a publisher's business.
fn told_to(kinds: &[EventKind], is_publisher: bool) -> Vec<EventKind> {
    kinds.iter().copied().filter(|kind| !is_publisher || kind.is_of_lead()).collect()
}

fn written(kinds: &[EventKind]) -> Value {
    kinds.iter().map(|kind| kind.as_str()).collect()
}

pub(super) fn unsealed(error: OpenSealError) -> sqlx::Error {
    odd("sealed", error.to_string())
}

fn endpoint(keys: &Keys, row: &Row) -> Result<EventEndpoint, sqlx::Error> {
    let id = EventEndpointId::from_uuid(row.id("id")?);
    let door = Door::open(keys, id, &row.bytes("sealed")?).map_err(unsealed)?;
    Ok(EventEndpoint {
        id,
        name: row.text("name")?,
        publisher: row.slug_opt("publisher")?,
        rotating_until: door.before.as_ref().map(|(_, until)| Timestamp::from_micros(*until)),
        url: door.url,
        kinds: kinds(row)?,
        state: EventEndpointState::parse(&row.text("state")?)
            .ok_or_else(|| odd("state", "an unknown word"))?,
        failures: row.count("failures")?,
        quiet_until: row.at("quiet_until")?,
        waiting: row.count("waiting").map(u64::from)?,
        dead: row.count("dead").map(u64::from)?,
        created_at: row.at("created_at")?,
        changed_at: row.at("changed_at")?,
    })
}
