//! Settling a claim, and sending a post once more by hand.

use lead::Timestamp;

use super::{Claim, OutboxError, PostId, PostKind};
use crate::{
    Store,
    durable::{Conn, Done, Sync, binds},
};

/// What a try came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostResult {
    /// The buyer took it.
    Delivered {
        /// The status of its answer.
        status: u16,
    },
    /// It is sent again.
    Retry {
        /// When.
        due_at: Timestamp,
        /// The status of the answer, if there was one.
        status: Option<u16>,
        /// A code for what went wrong. It repeats nothing of the answer.
        error: String,
    },
    /// It is not sent again by itself.
    Dead {
        /// The status of the answer, if there was one.
        status: Option<u16>,
        /// A code for what went wrong. It repeats nothing of the answer.
        error: String,
    },
}

/// Whether a result was noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It was.
    Noted,
    /// The post is in other hands by now, or settled.
    NotYours,
}

/// Whether a post is sent once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replayed {
    /// It is due now, under the same key as before.
    Due,
    /// It is on its way, cancelled, of a sale that is void, or not there.
    Not,
}

impl Store {
    /// Notes what a try came to, if the claim still stands.
    ///
    /// # Errors
    /// When the outbox cannot be written; the lease lapses then, and the post is sent again under the same key.
    pub async fn settle_post(
        &self,
        now: Timestamp,
        claim: &Claim,
        result: PostResult,
    ) -> Result<Settled, OutboxError> {
        let claim = claim.clone();
        Ok(self
            .durable
            .write(Sync::Normal, move |conn| {
                Box::pin(async move { settle(conn, now, &claim, result).await.map(Done::Keep) })
            })
            .await?)
    }

    /// Sends a settled post once more, under the same key. A lead is not sent again for a sale that is void.
    ///
    /// # Errors
    /// When the outbox cannot be written.
    pub async fn replay_post(&self, now: Timestamp, post: PostId) -> Result<Replayed, OutboxError> {
        const REPLAY: &str = "UPDATE posts SET state = 'due', due_at = $2, tries = 0, settled_at = NULL \
            WHERE id = $1 AND state IN ('dead', 'delivered') \
            AND (kind = $3 OR EXISTS (SELECT 1 FROM live_sales l JOIN journeys j ON j.id = l.journey \
                WHERE l.sale = posts.sale AND j.erasure IS NULL))";
        Ok(self
            .durable
            .write(Sync::Normal, move |conn| {
                Box::pin(async move {
                    let replayed =
                        conn.execute(REPLAY, binds![post.uuid(), now, PostKind::Returned.as_str()]).await?;
                    Ok(Done::Keep(if replayed > 0 { Replayed::Due } else { Replayed::Not }))
                })
            })
            .await?)
    }
}

async fn settle(
    conn: &mut Conn,
    now: Timestamp,
    claim: &Claim,
    result: PostResult,
) -> Result<Settled, sqlx::Error> {
    const SETTLE: &str = "UPDATE posts SET state = $4, due_at = COALESCE($5, due_at), last_status = $6, \
        last_error = $7, settled_at = $8, owner = NULL, lease_until = NULL \
        WHERE id = $1 AND owner = $2 AND lease_until = $3 AND state = 'claimed' RETURNING sale, kind";
    const RETURN: &str = "UPDATE posts SET state = 'due', due_at = $2 \
        WHERE sale = $1 AND kind = 'lead.returned' AND state = 'waiting'";
    const FORGOTTEN: &str = "UPDATE posts SET state = 'cancelled', last_error = 'erased', settled_at = $2 \
        WHERE id = $1 AND state = 'due' AND kind = 'lead.sold' \
        AND EXISTS (SELECT 1 FROM journeys j WHERE j.id = posts.journey AND j.erasure IS NOT NULL)";
    let (state, due_at, status, error) = match result {
        PostResult::Delivered { status } => ("delivered", None, Some(status), None),
        PostResult::Retry { due_at, status, error } => ("due", Some(due_at), status, Some(error)),
        PostResult::Dead { status, error } => ("dead", None, status, Some(error)),
    };
    let settled_at = (state != "due").then_some(now);
    let mine = binds![claim.post.uuid(), claim.owner.as_str(), claim.until];
    let values = [mine, binds![state, due_at, status.map(i64::from), error, settled_at]].concat();
    let Some(row) = conn.row(SETTLE, values).await? else { return Ok(Settled::NotYours) };
    // A try that was under way when its person was erased is the last one.
    let forgotten =
        settled_at.is_none() && conn.execute(FORGOTTEN, binds![claim.post.uuid(), now]).await? > 0;
    if (settled_at.is_some() || forgotten) && row.text("kind")? == PostKind::Sold.as_str() {
        conn.execute(RETURN, binds![row.id("sale")?, now]).await?;
    }
    Ok(Settled::Noted)
}
