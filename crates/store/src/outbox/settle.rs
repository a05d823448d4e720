//! Settling a claim: what a try came to, and what that says of its offer's post URL.

use std::sync::Arc;

use lead::{SaleId, Timestamp};

use super::{Claim, EndpointChange, OutboxError, PostKind, endpoint};
use crate::{
    Correction, Store,
    commit::dispute,
    durable::{Bind, Conn, Done, Locked, Locks, Sync, binds},
    events::{Fact, Wanted, note},
};

/// What a try came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostResult {
    /// The buyer took it.
    Delivered {
        /// The status of its answer.
        status: u16,
    },
    /// The buyer got a lead that is sold as data, and does not buy it: that is an answer as good as any.
    Declined {
        /// The status of the answer.
        status: Option<u16>,
        /// A code for why. It repeats nothing of the answer.
        code: String,
    },
    /// It is sent again, and its offer's post URL counts as failing.
    Retry {
        /// When.
        due_at: Timestamp,
        /// When anything that was sent before may be tried at this offer.
        probe_at: Timestamp,
        /// Before when nothing at all is sent to this offer.
        quiet_until: Timestamp,
        /// The status of the answer, if there was one.
        status: Option<u16>,
        /// A code for what went wrong. It repeats nothing of the answer.
        error: String,
    },
    /// It failed as often as it may, and is not sent again by itself. Its offer's post URL counts as failing.
    Exhausted {
        /// When anything that was sent before may be tried at this offer.
        probe_at: Timestamp,
        /// Before when nothing at all is sent to this offer.
        quiet_until: Timestamp,
        /// The status of the answer, if there was one.
        status: Option<u16>,
    },
    /// It is not sent again by itself, and that says nothing of its offer's post URL.
    Dead {
        /// The status of the answer, if there was one.
        status: Option<u16>,
        /// A code for what went wrong. It repeats nothing of the answer.
        error: String,
    },
    /// The buyer will not have it as it is: it is not sent again by itself, and a lead's sale is disputed.
    Refused {
        /// The status of the answer.
        status: Option<u16>,
        /// A code for what went wrong. It repeats nothing of the answer.
        error: String,
    },
    /// The buyer wants no more posts at this URL: it and all others of the offer are held.
    Gone {
        /// The status of the answer.
        status: Option<u16>,
        /// A hash of the URL: another one enables the offer's posts again.
        url_hash: String,
    },
}

impl PostResult {
    /// The state that it leaves, and the values of its row: state, due, status, error, settled.
    pub(crate) fn written(&self, now: Timestamp) -> (&'static str, Vec<Bind>) {
        let (state, due_at, status, error) = match self {
            Self::Delivered { status } => ("delivered", None, Some(*status), None),
            Self::Declined { status, code } => ("delivered", None, *status, Some(code.as_str())),
            Self::Retry { due_at, status, error, .. } => {
                ("due", Some(*due_at), *status, Some(error.as_str()))
            }
            Self::Exhausted { status, .. } => ("dead", None, *status, Some("exhausted")),
            Self::Dead { status, error } | Self::Refused { status, error } => {
                ("dead", None, *status, Some(error.as_str()))
            }
            Self::Gone { status, .. } => ("due", Some(now), *status, Some("gone")),
        };
        let settled_at = (state != "due").then_some(now);
        (state, binds![state, due_at, status.map(i64::from), error, settled_at])
    }
}

/// Whether a result was noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It was.
    Noted {
        /// What it changed of its offer's post URL.
        endpoint: Option<EndpointChange>,
        /// Whether it opened a dispute. A sale has one at most.
        disputed: bool,
    },
    /// The post is in other hands by now, or settled.
    NotYours,
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
        Ok(self.settle_and_look(now, claim, result).await?.0)
    }

    /// As [`Store::settle_post`]; and says whether others wait, for which there may be a place now.
    ///
    /// # Errors
    /// When the outbox cannot be written; the lease lapses then, and the post is sent again under the same key.
    pub async fn settle_and_look(
        &self,
        now: Timestamp,
        claim: &Claim,
        result: PostResult,
    ) -> Result<(Settled, bool), OutboxError> {
        const MORE: &str = "SELECT 1 AS one FROM posts WHERE state = 'due' LIMIT 1";
        let (claim, wanted) = (claim.clone(), Arc::clone(&self.events));
        // A lead's post stands for its sale, whose entries may be appended to by its call at the same time.
        let locks = Locks::default().and(Locked::Sale, claim.post.uuid().as_bytes());
        Ok(self
            .durable
            .write(Sync::Normal, locks, move |conn| {
                Box::pin(async move {
                    let settled = settle(conn, (now, &wanted), &claim, result).await?;
                    Ok(Done::Keep((settled, conn.row(MORE, vec![]).await?.is_some())))
                })
            })
            .await?)
    }
}

async fn settle(
    conn: &mut Conn,
    (now, wanted): (Timestamp, &Wanted),
    claim: &Claim,
    result: PostResult,
) -> Result<Settled, sqlx::Error> {
    const SETTLE: &str = "UPDATE posts SET state = $4, due_at = COALESCE($5, due_at), last_status = $6, \
        last_error = $7, settled_at = $8, owner = NULL, lease_until = NULL \
        WHERE id = $1 AND owner = $2 AND lease_until = $3 AND state = 'claimed' \
        RETURNING sale, kind, offer, buyer";
    const FORGOTTEN: &str = "UPDATE posts SET state = 'cancelled', last_error = 'erased', settled_at = $2 \
        WHERE id = $1 AND state = 'due' AND kind = 'lead.sold' \
        AND EXISTS (SELECT 1 FROM journeys j WHERE j.id = posts.journey AND j.erasure IS NOT NULL)";
    let mine = binds![claim.post.uuid(), claim.owner.as_str(), claim.until];
    let (state, values) = result.written(now);
    let Some(row) = conn.row(SETTLE, [mine, values].concat()).await? else { return Ok(Settled::NotYours) };
    let (sale, is_lead) = (SaleId::from_uuid(row.id("sale")?), row.text("kind")? == PostKind::Sold.as_str());
    let (offer, buyer) = (row.text("offer")?, row.text("buyer")?);
    let of = (offer.as_str(), buyer.as_str());
    // A try that was under way when its person was erased is the last one.
    let forgotten = state == "due" && conn.execute(FORGOTTEN, binds![claim.post.uuid(), now]).await? > 0;
    if (state != "due" || forgotten) && is_lead {
        let_returned_go(conn, now, sale).await?;
    }
    let (mut endpoint, mut disputed) = (None, false);
    match result {
        PostResult::Delivered { .. } | PostResult::Declined { .. } => {
            endpoint = endpoint::worked(conn, now, of).await?;
        }
        PostResult::Retry { probe_at, quiet_until, .. }
        | PostResult::Exhausted { probe_at, quiet_until, .. } => {
            endpoint = endpoint::failed(conn, now, of, (probe_at, quiet_until)).await?;
        }
        PostResult::Dead { .. } => endpoint::drained(conn, &offer).await?,
        PostResult::Refused { error, .. } => {
            endpoint::drained(conn, &offer).await?;
            disputed = is_lead && dispute(conn, now, sale, &error).await?;
        }
        PostResult::Gone { url_hash, .. } => endpoint = endpoint::gone(conn, now, of, &url_hash).await?,
    }
    if state == "dead" {
        note(conn, now, wanted, Fact::Exhausted(claim.post.uuid())).await?;
    }
    if disputed {
        note(conn, now, wanted, Fact::Corrected(sale, Correction::Dispute)).await?;
    }
    if endpoint == Some(EndpointChange::Disabled) {
        note(conn, now, wanted, Fact::Paused { offer: &offer, why: "post_url_gone" }).await?;
    }
    Ok(Settled::Noted { endpoint, disputed })
}

/// A lead's post has settled: what its buyer is told of its end does not wait any more.
pub(super) async fn let_returned_go(
    conn: &mut Conn,
    now: Timestamp,
    sale: SaleId,
) -> Result<(), sqlx::Error> {
    const RETURN: &str = "UPDATE posts SET state = 'due', due_at = $2 \
        WHERE sale = $1 AND kind = 'lead.returned' AND state = 'waiting'";
    conn.execute(RETURN, binds![sale, now]).await.map(drop)
}
