//! Claiming: the oldest first, and no offer's backlog in front of another's.

use std::sync::Arc;

use lead::{JourneyId, SaleId, Timestamp};

use super::{Asked, Claim, Claimed, OutboxError, PostId, PostKind};
use crate::{
    Keys, OpenSealError, Store,
    durable::{Conn, Done, Row, Sync, binds, odd},
};

/// What is due, or was left behind by a worker whose lease is over; of each offer no more than may be on their way.
const CLAIM: &str = "UPDATE posts SET state = 'claimed', owner = $2, lease_until = $3, tries = tries + 1, \
        first_claimed_at = COALESCE(first_claimed_at, $1) \
    WHERE id IN (SELECT id FROM ( \
            SELECT p.id, p.due_at, ROW_NUMBER() OVER (PARTITION BY p.offer ORDER BY p.due_at, p.id) \
                + (SELECT COUNT(*) FROM posts c \
                    WHERE c.offer = p.offer AND c.state = 'claimed' AND c.lease_until > $1) AS place \
            FROM (SELECT id, offer, due_at FROM posts WHERE state = 'due' AND due_at <= $1 \
                UNION ALL SELECT id, offer, due_at FROM posts WHERE state = 'claimed' AND lease_until <= $1) p \
        ) ready WHERE place <= $4 ORDER BY due_at, id LIMIT $5) \
        AND ((state = 'due' AND due_at <= $1) OR (state = 'claimed' AND lease_until <= $1)) \
    RETURNING id, sale, journey, kind, offer, body, tries, due_at";

/// Whether there is anything to claim: an idle worker then writes nothing.
const READY: &str = "SELECT 1 AS one FROM posts WHERE state = 'due' AND due_at <= $1 \
    UNION ALL SELECT 1 AS one FROM posts WHERE state = 'claimed' AND lease_until <= $1 LIMIT 1";

impl Store {
    /// Takes posts that are due, for a lease.
    ///
    /// # Errors
    /// When the outbox cannot be written; what was taken all the same lapses with its lease.
    pub async fn claim_posts(&self, now: Timestamp, asked: Asked<'_>) -> Result<Vec<Claimed>, OutboxError> {
        if self.durable.row(READY, binds![now]).await?.is_none() {
            return Ok(vec![]);
        }
        let (keys, owner) = (Arc::clone(&self.keys), asked.owner.to_owned());
        let (until, limit, per_offer) = (now + asked.lease, asked.limit, asked.per_offer_max);
        Ok(self
            .durable
            .write(Sync::Normal, move |conn| {
                Box::pin(async move {
                    let mut rows =
                        conn.rows(CLAIM, binds![now, owner.as_str(), until, per_offer, limit]).await?;
                    let by_age =
                        |row: &Row| (row.int("due_at").unwrap_or_default(), row.id("id").unwrap_or_default());
                    rows.sort_by_key(by_age);
                    let mut claimed = Vec::with_capacity(rows.len());
                    for row in rows {
                        claimed.extend(open(conn, &keys, &row, (&owner, until, now)).await?);
                    }
                    Ok(Done::Keep(claimed))
                })
            })
            .await?)
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
        Ok(row.map(|row| row.at_opt("at")).transpose().map_err(crate::ReadFailed::from)?.flatten())
    }
}

/// Opens a claimed post. What can never be opened again is dead, and a person should look; what waits for a master key
/// that is not configured comes back when its lease is over.
async fn open(
    conn: &mut Conn,
    keys: &Keys,
    row: &Row,
    (owner, until, now): (&str, Timestamp, Timestamp),
) -> Result<Option<Claimed>, sqlx::Error> {
    const KEY: &str = "SELECT wrapped_key, erasure FROM journeys WHERE id = $1";
    const DEAD: &str = "UPDATE posts SET state = 'dead', owner = NULL, lease_until = NULL, settled_at = $2, \
        last_error = 'unreadable' WHERE id = $1";
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
            body,
            tries: row.count("tries")?,
        })),
        Err(error) => {
            tracing::error!(post.id = %id, error = &error as &dyn std::error::Error, "a post cannot be opened");
            if error != OpenSealError::UnknownKey {
                conn.execute(DEAD, binds![id, now]).await?;
            }
            Ok(None)
        }
    }
}
