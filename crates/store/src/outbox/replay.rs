//! Sending posts once more by hand, under the same key as before.

use lead::{OfferId, SaleId, Timestamp};

use super::OutboxError;
use crate::{
    Store,
    durable::{Conn, Done, Locks, Sync, binds},
    limits::REPLAY_BATCH_MAX,
};

/// Which posts are sent once more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replay {
    /// Those of one sale, whether they were delivered, were given up, or wait for their time.
    Sale(SaleId),
    /// Those of one offer that were given up.
    DeadOf(OfferId),
    /// All that were given up.
    AllDead,
}

/// What a replay came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Replayed {
    /// Posts that are due now.
    pub due: u64,
    /// Posts that are due as soon as somebody enables their offer's posts.
    pub held: u64,
}

/// A lead is not sent again for a sale that is void, or of a person who was erased. What is replayed is as old as it ever was, so that the oldest goes
/// first, and begins its schedule anew.
macro_rules! replay {
    ($which:literal) => {
        concat!(
            "UPDATE posts SET state = 'due', due_at = created_at, tries = 0, settled_at = NULL \
             WHERE id IN (SELECT p.id FROM posts p WHERE ",
            $which,
            " AND (p.kind = 'lead.returned' OR EXISTS (SELECT 1 FROM live_sales l JOIN journeys j ON j.id = l.journey \
                WHERE l.sale = p.sale AND j.erasure IS NULL)) \
                ORDER BY p.offer, p.created_at, p.id LIMIT $3) \
             RETURNING CAST(CASE WHEN EXISTS (SELECT 1 FROM post_endpoints e \
                WHERE e.offer = posts.offer AND e.state = 'disabled') THEN 1 ELSE 0 END AS BIGINT) AS held"
        )
    };
}

const OF_SALE: &str =
    replay!("p.sale = $2 AND (p.state IN ('dead', 'delivered') OR (p.state = 'due' AND p.due_at > $1))");
/// What was given up again meanwhile is left for the next replay.
const DEAD_OF: &str = replay!("p.state = 'dead' AND p.offer = $2 AND p.settled_at <= $1");
const ALL_DEAD: &str = replay!("p.state = 'dead' AND p.settled_at <= $1 AND $2 = 0");

impl Store {
    /// Sends posts once more, the oldest first. A running worker of any process takes them up when it looks next.
    ///
    /// # Errors
    /// When the outbox cannot be written; a part of them may be due then.
    pub async fn replay_posts(&self, now: Timestamp, which: Replay) -> Result<Replayed, OutboxError> {
        let mut replayed = Replayed::default();
        loop {
            let which = which.clone();
            // A batch at a time: whoever books a sale waits behind no more than one.
            let batch = self
                .durable
                .write(Sync::Full, Locks::default(), move |conn| {
                    Box::pin(async move { batch(conn, now, &which).await.map(Done::Keep) })
                })
                .await?;
            replayed.due += batch.due;
            replayed.held += batch.held;
            if batch.due + batch.held < u64::from(REPLAY_BATCH_MAX) {
                return Ok(replayed);
            }
        }
    }
}

async fn batch(conn: &mut Conn, now: Timestamp, which: &Replay) -> Result<Replayed, sqlx::Error> {
    let rows = match which {
        Replay::Sale(sale) => conn.rows(OF_SALE, binds![now, *sale, REPLAY_BATCH_MAX]).await?,
        Replay::DeadOf(offer) => conn.rows(DEAD_OF, binds![now, offer.as_str(), REPLAY_BATCH_MAX]).await?,
        Replay::AllDead => conn.rows(ALL_DEAD, binds![now, 0_i64, REPLAY_BATCH_MAX]).await?,
    };
    let mut replayed = Replayed::default();
    for row in rows {
        match row.int("held")? {
            0 => replayed.due += 1,
            _ => replayed.held += 1,
        }
    }
    Ok(replayed)
}
