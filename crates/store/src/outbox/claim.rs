//! Claiming: the oldest first, and no buyer's backlog in front of another's.

use std::sync::Arc;

use lead::{JourneyId, SaleId, Timestamp};

use super::{
    Asked, Claim, Claimed, OutboxError, PostId, PostKind, settle::let_returned_go, waiting::waiting,
};
use crate::{
    Keys, OpenSealError, ReadFailed, Store,
    durable::{Conn, Done, Locked, Locks, Row, Sync, binds, odd},
    events::{Fact, Wanted, note},
};

/// Takes one post, if nobody else did meanwhile. A try ahead of its time takes nothing of the schedule.
const CLAIM: &str = "UPDATE posts SET state = 'claimed', owner = $3, lease_until = $4, \
        tries = tries + CASE WHEN due_at <= $2 THEN 1 ELSE 0 END, \
        first_claimed_at = COALESCE(first_claimed_at, $2) \
    WHERE id = $1 AND (state = 'due' OR (state = 'claimed' AND lease_until <= $2)) \
    RETURNING id, sale, journey, kind, offer, body, tries, due_at, handed";

/// Gives back what nobody has any more.
const STRANDED: &str = "UPDATE posts SET state = 'due', owner = NULL, lease_until = NULL \
    WHERE id = $1 AND state = 'claimed' AND lease_until <= $2";

impl Store {
    /// Takes posts that are due, for a lease. An idle worker writes nothing.
    ///
    /// # Errors
    /// When the outbox cannot be written; what was taken all the same lapses with its lease.
    pub async fn claim_posts(&self, now: Timestamp, asked: Asked) -> Result<Vec<Claimed>, OutboxError> {
        let looks = asked.clone();
        let is_idle = self.durable.read(move |conn| {
            Box::pin(async move {
                let found = waiting(conn, now, &looks).await?;
                Ok(found.ready.is_empty() && found.stranded.is_empty())
            })
        });
        if is_idle.await? {
            return Ok(vec![]);
        }
        self.claim_told_posts(now, asked).await
    }

    /// As [`Store::claim_posts`], where somebody said that a post is due: there is no look before the write.
    ///
    /// # Errors
    /// When the outbox cannot be written; what was taken all the same lapses with its lease.
    pub async fn claim_told_posts(&self, now: Timestamp, asked: Asked) -> Result<Vec<Claimed>, OutboxError> {
        let (keys, wanted) = (Arc::clone(&self.keys), Arc::clone(&self.events));
        let locks = Locks::default().and(Locked::Queue, b"posts");
        let claiming = self.durable.write(Sync::Soon, locks, move |conn| {
            Box::pin(async move { claim(conn, now, (&keys, &wanted), &asked).await.map(Done::Keep) })
        });
        Ok(claiming.await?)
    }

    /// When the next post is due, or the next lease is over.
    ///
    /// # Errors
    /// When the outbox cannot be read.
    pub async fn next_post_due(&self) -> Result<Option<Timestamp>, OutboxError> {
        const NEXT: &str = "SELECT MIN(at) AS at FROM (\
            SELECT MIN(due_at) AS at FROM posts WHERE state = 'due' \
            UNION ALL SELECT MIN(lease_until) AS at FROM posts WHERE state = 'claimed') next";
        let row = self.durable.row(NEXT, vec![]).await?;
        Ok(row.map(|row| row.at_opt("at")).transpose().map_err(ReadFailed::from)?.flatten())
    }
}

async fn claim(
    conn: &mut Conn,
    now: Timestamp,
    (keys, wanted): (&Keys, &Wanted),
    asked: &Asked,
) -> Result<Vec<Claimed>, sqlx::Error> {
    let until = now + asked.lease;
    let mut claimed = vec![];
    let found = waiting(conn, now, asked).await?;
    for id in found.stranded {
        conn.execute(STRANDED, binds![id, now]).await?;
    }
    for ready in found.ready {
        if let Some(row) = conn.row(CLAIM, binds![ready.id, now, &*asked.owner, until]).await? {
            claimed.extend(open(conn, (keys, wanted), &row, (&asked.owner, until, now)).await?);
        }
    }
    Ok(claimed)
}

/// Opens a claimed post. What cannot be opened is dead, and a person should look: it would be in front of its buyer's
/// queue for good. Where only a master key is missing, it can be replayed once that is configured again.
async fn open(
    conn: &mut Conn,
    (keys, wanted): (&Keys, &Wanted),
    row: &Row,
    (owner, until, now): (&str, Timestamp, Timestamp),
) -> Result<Option<Claimed>, sqlx::Error> {
    const KEY: &str = "SELECT wrapped_key, erasure FROM journeys WHERE id = $1";
    const DEAD: &str = "UPDATE posts SET state = 'dead', owner = NULL, lease_until = NULL, settled_at = $2, \
        last_error = $3 WHERE id = $1";
    const CANCEL: &str = "UPDATE posts SET state = 'cancelled', owner = NULL, lease_until = NULL, settled_at = $2, \
        last_error = 'erased' WHERE id = $1";
    let (id, journey) = (row.id("id")?, JourneyId::from_uuid(row.id("journey")?));
    let kind = PostKind::parse(&row.text("kind")?).ok_or_else(|| odd("kind", "an unknown kind of post"))?;
    let (wrapped, erasure) = match conn.row(KEY, binds![journey]).await? {
        Some(row) => (row.bytes_opt("wrapped_key")?, row.id_opt("erasure")?),
        None => (None, None),
    };
    if kind == PostKind::Sold && erasure.is_some() {
        // Its lease lapsed, or it was to be sent once more, and the person was erased meanwhile.
        conn.execute(CANCEL, binds![id, now]).await?;
        return Ok(None);
    }
    let body = row.bytes("body")?;
    let opened = match kind {
        PostKind::Sold => keys
            .unwrap(journey, wrapped.as_deref())
            .and_then(|key| key.open_body(journey, kind.as_str(), &body)),
        PostKind::Returned => keys.open_notice(journey, kind.as_str(), &body),
    };
    match opened {
        Ok(body) => Ok(Some(Claimed {
            claim: Claim { post: PostId::from_uuid(id), owner: owner.to_owned(), until },
            sale: SaleId::from_uuid(row.id("sale")?),
            journey,
            kind,
            offer: row.slug("offer")?,
            handed: row.int_opt("handed")?.and_then(|n| u32::try_from(n).ok()),
            body,
            tries: row.count("tries")?,
            ahead_of: Some(row.at("due_at")?).filter(|at| *at > now),
        })),
        Err(error) => {
            tracing::error!(post.id = %id, error = &error as &dyn std::error::Error, "a post cannot be opened");
            let code = if error == OpenSealError::UnknownKey { "unknown_key" } else { "unreadable" };
            conn.execute(DEAD, binds![id, now, code]).await?;
            note(conn, now, wanted, Fact::Exhausted(id)).await?;
            if kind == PostKind::Sold {
                let_returned_go(conn, now, SaleId::from_uuid(row.id("sale")?)).await?;
            }
            Ok(None)
        }
    }
}
