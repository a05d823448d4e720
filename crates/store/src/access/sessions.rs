//! Sessions: who is logged in where, since when, and until when at most.

use std::time::Duration;

use lead::Timestamp;
use secrecy::SecretString;

use super::{
    AccessError, By, Change, Refused, User, UserId,
    audit::{append, locks},
    id, secret,
    users::user,
};
use crate::{
    ReadFailed, Store,
    durable::{Done, Locks, Row, Sync, binds},
    limits::{SESSION_IDLE_MAX, SESSION_LIFE_MAX},
};

/// How exactly it is kept when a session was used last.
const SEEN_EVERY: Duration = Duration::from_secs(60);

id! {
    /// A session, by a name that opens nothing.
    SessionId
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its name.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was used last, to the minute.
    pub seen_at: Timestamp,
    /// When the password was given last.
    pub proven_at: Timestamp,
    /// Where it began.
    pub address: String,
    /// What the browser calls itself.
    pub agent: String,
}

/// A session to begin.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Whose.
    pub user: UserId,
    /// From where.
    pub address: String,
    /// What the browser calls itself.
    pub agent: String,
}

impl Session {
    /// Until when it holds if nobody uses it any more.
    pub fn until(&self) -> Timestamp {
        (self.seen_at + SESSION_IDLE_MAX).min(self.created_at + SESSION_LIFE_MAX)
    }
}

impl Store {
    /// Begins a session; gives the secret that opens it.
    ///
    /// # Errors
    /// When it is not known to have begun.
    pub async fn begin_session(
        &self,
        now: Timestamp,
        by: By,
        new: NewSession,
    ) -> Result<SecretString, AccessError> {
        const INSERT: &str = "INSERT INTO sessions (id, hash, person, created_at, seen_at, proven_at, address, agent) \
            VALUES ($1, $2, $3, $4, $4, $4, $5, $6)";
        let (id, opens) = (SessionId::drawn()?, secret::drawn("")?);
        let hash = secret::hash(&opens);
        let written = self.durable.write(Sync::Normal, locks(), move |conn| {
            Box::pin(async move {
                conn.execute(INSERT, binds![id, hash, new.user, now, new.address, new.agent]).await?;
                append(conn, now, &by, Change::of("session.begun", "session", id)).await?;
                Ok(Done::Keep(()))
            })
        });
        written.await?;
        Ok(opens)
    }

    /// The session that a secret opens, with its user, if it holds still and the user may come in.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn session(
        &self,
        now: Timestamp,
        opens: &SecretString,
    ) -> Result<Option<(Session, User)>, ReadFailed> {
        const OPEN: &str = "SELECT s.id AS session, s.person, s.created_at AS begun_at, s.seen_at, s.proven_at, \
            s.address, s.agent, u.id, u.email, u.name, u.role, u.password IS NOT NULL AS has_password, \
            u.created_at, u.changed_at, u.disabled_at FROM sessions s JOIN users u ON u.id = s.person \
            WHERE s.hash = $1 AND s.ended_at IS NULL AND u.disabled_at IS NULL \
                AND s.seen_at > $2 AND s.created_at > $3";
        const SEEN: &str =
            "UPDATE sessions SET seen_at = $1 WHERE id = $2 AND seen_at < $1 AND ended_at IS NULL";
        let values = binds![secret::hash(opens), now - SESSION_IDLE_MAX, now - SESSION_LIFE_MAX];
        let Some(row) = self.durable.row(OPEN, values).await? else { return Ok(None) };
        let (mut session, user) = (session(&row)?, user(&row)?);
        if now.since(session.seen_at) >= SEEN_EVERY {
            let id = session.id;
            // Nobody waits for it: a session that is seen a minute too early ends a minute too early.
            self.durable.write_later(move |conn| {
                Box::pin(async move { conn.execute(SEEN, binds![now, id]).await.map(|_| Done::Keep(())) })
            });
            session.seen_at = now;
        }
        Ok(Some((session, user)))
    }

    /// Notes that a session's person has just given the password.
    ///
    /// # Errors
    /// When it is not known to be noted.
    pub async fn prove_session(&self, now: Timestamp, id: SessionId) -> Result<(), AccessError> {
        const PROVEN: &str = "UPDATE sessions SET proven_at = $1 WHERE id = $2 AND ended_at IS NULL";
        let written = self.durable.write(Sync::Normal, Locks::default(), move |conn| {
            Box::pin(async move { conn.execute(PROVEN, binds![now, id]).await.map(|_| Done::Keep(())) })
        });
        Ok(written.await?)
    }

    /// The sessions that hold: of one person, or all. The newest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn sessions(&self, now: Timestamp, of: Option<UserId>) -> Result<Vec<Session>, ReadFailed> {
        const LIST: &str = "SELECT id AS session, person, created_at AS begun_at, seen_at, proven_at, address, agent \
            FROM sessions WHERE ended_at IS NULL AND seen_at > $1 AND created_at > $2 \
                AND (CAST($3 AS UUID) IS NULL OR person = $3) ORDER BY created_at DESC, id";
        let values = binds![now - SESSION_IDLE_MAX, now - SESSION_LIFE_MAX, of.map(UserId::uuid)];
        let rows = self.durable.rows(LIST, values).await?;
        Ok(rows.iter().map(session).collect::<Result<_, sqlx::Error>>()?)
    }

    /// Ends a session: of this person, or of anybody.
    ///
    /// # Errors
    /// When it is not known to have ended.
    pub async fn end_session(
        &self,
        now: Timestamp,
        by: By,
        id: SessionId,
        of: Option<UserId>,
    ) -> Result<Result<(), Refused>, AccessError> {
        const END: &str = "UPDATE sessions SET ended_at = $1 WHERE id = $2 AND ended_at IS NULL \
            AND (CAST($3 AS UUID) IS NULL OR person = $3)";
        let written = self.durable.write(Sync::Normal, locks(), move |conn| {
            Box::pin(async move {
                if conn.execute(END, binds![now, id, of.map(UserId::uuid)]).await? == 0 {
                    return Ok(Done::Undo(Err(Refused::Unknown)));
                }
                append(conn, now, &by, Change::of("session.ended", "session", id)).await?;
                Ok(Done::Keep(Ok(())))
            })
        });
        Ok(written.await?)
    }
}

fn session(row: &Row) -> Result<Session, sqlx::Error> {
    Ok(Session {
        id: SessionId::from_uuid(row.id("session")?),
        user: UserId::from_uuid(row.id("person")?),
        created_at: row.at("begun_at")?,
        seen_at: row.at("seen_at")?,
        proven_at: row.at("proven_at")?,
        address: row.text("address")?,
        agent: row.text("agent")?,
    })
}
