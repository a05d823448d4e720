//! Sending posts once more by hand, under the same key as before.

use lead::{OfferId, SaleId, Timestamp};

use super::{OutboxError, PostId};
use crate::{
    ReadFailed, Store,
    durable::{Bind, Conn, Done, Locks, Sync, binds},
    limits::REPLAY_BATCH_MAX,
};

/// Which posts are sent once more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replay {
    /// This one, whether it was delivered, was given up, or waits for its time.
    Post(PostId),
    /// Those of one sale, whether they were delivered, were given up, or wait for their time.
    Sale(SaleId),
    /// Those of one offer that were given up.
    DeadOf(OfferId),
    /// All that were given up.
    AllDead,
    /// Those that were given up and were promised in a range of time: of one offer, or of all.
    DeadIn {
        /// The offer.
        offer: Option<OfferId>,
        /// Promised at this time or later.
        from: Timestamp,
        /// Promised before this time.
        until: Timestamp,
    },
}

/// What a replay came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Replayed {
    /// Posts that are due now.
    pub due: u64,
    /// Posts that are due as soon as somebody enables their offer's posts.
    pub held: u64,
}

/// A lead is not sent again for a sale that is void, or of a person who was erased; nor one that was handed over to a buyer
/// that refused it, since another one may have it by now.
const SENDABLE: &str = " AND (p.kind = 'lead.returned' OR EXISTS (SELECT 1 FROM live_sales l JOIN journeys j ON j.id = l.journey \
    WHERE l.sale = p.sale AND j.erasure IS NULL) OR (p.handed IS NOT NULL AND EXISTS (SELECT 1 FROM reservations r \
    JOIN journeys j ON j.id = r.journey WHERE r.journey = p.journey AND r.n = p.handed AND r.state = 'held' AND j.erasure IS NULL)))";
/// What may be sent again by name: whether it was delivered, was given up, or waits for its time.
const SETTLED: &str = "(p.state IN ('dead', 'delivered') OR (p.state = 'due' AND p.due_at > $1))";
/// What was given up again meanwhile is left for the next replay.
const DEAD: &str = "p.state = 'dead' AND p.settled_at <= $1";

impl Replay {
    /// The posts that it is about, as `p`, with the values of the condition; the first is the time.
    fn condition(&self, now: Timestamp) -> (String, Vec<Bind>) {
        let (which, mut more) = match self {
            Self::Post(post) => (format!("{SETTLED} AND p.id = $2"), binds![post.uuid()]),
            Self::Sale(sale) => (format!("{SETTLED} AND p.sale = $2"), binds![*sale]),
            Self::DeadOf(offer) => (format!("{DEAD} AND p.offer = $2"), binds![offer.as_str()]),
            Self::AllDead => (DEAD.to_owned(), vec![]),
            Self::DeadIn { offer: None, from, until } => {
                (format!("{DEAD} AND p.created_at >= $2 AND p.created_at < $3"), binds![*from, *until])
            }
            Self::DeadIn { offer: Some(offer), from, until } => (
                format!("{DEAD} AND p.created_at >= $2 AND p.created_at < $3 AND p.offer = $4"),
                binds![*from, *until, offer.as_str()],
            ),
        };
        let mut values = binds![now];
        values.append(&mut more);
        (which + SENDABLE, values)
    }
}

impl Store {
    /// How many posts would be sent once more.
    ///
    /// # Errors
    /// When the outbox cannot be read.
    pub async fn replayable_posts(&self, now: Timestamp, which: &Replay) -> Result<u64, OutboxError> {
        let (condition, values) = which.condition(now);
        let sql = format!("SELECT COUNT(*) AS posts FROM posts p WHERE {condition}");
        let rows = self.durable.rows_made(sql, values).await?;
        let count = rows.first().map(|row| row.count("posts")).transpose().map_err(ReadFailed::from)?;
        Ok(count.map(u64::from).unwrap_or_default())
    }

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

/// What is replayed is as old as it ever was, so that the oldest goes first, and begins its schedule anew.
async fn batch(conn: &mut Conn, now: Timestamp, which: &Replay) -> Result<Replayed, sqlx::Error> {
    let (condition, mut values) = which.condition(now);
    values.push(REPLAY_BATCH_MAX.into());
    let n = values.len();
    let sql = format!(
        "UPDATE posts SET state = 'due', due_at = created_at, tries = 0, settled_at = NULL \
        WHERE id IN (SELECT p.id FROM posts p WHERE {condition} ORDER BY p.offer, p.created_at, p.id LIMIT ${n}) \
        RETURNING CAST(CASE WHEN EXISTS (SELECT 1 FROM post_endpoints e \
            WHERE e.offer = posts.offer AND e.state = 'disabled') THEN 1 ELSE 0 END AS BIGINT) AS held"
    );
    let rows = conn.rows_made(sql, values).await?;
    let mut replayed = Replayed::default();
    for row in rows {
        match row.int("held")? {
            0 => replayed.due += 1,
            _ => replayed.held += 1,
        }
    }
    Ok(replayed)
}
