//! What could be sent now: a look at the head of each offer's queue, however long the queue is.

use lead::{BuyerId, OfferId, Timestamp};
use uuid::Uuid;

use super::{
    Asked, EndpointState,
    choose::{Busy, Care, Places, Ready, Turn},
};
use crate::durable::{Conn, Row, binds, odd};

/// The offers that have something to send, one seek of the index each, and how their endpoints fare.
const QUEUES: &str = "WITH RECURSIVE queue (offer) AS ( \
        SELECT MIN(offer) FROM posts WHERE state = 'due' \
        UNION ALL \
        SELECT (SELECT MIN(p.offer) FROM posts p WHERE p.state = 'due' AND p.offer > queue.offer) \
            FROM queue WHERE queue.offer IS NOT NULL) \
    SELECT q.offer, e.state, e.probe_at, e.quiet_until, \
        (SELECT p.buyer FROM posts p WHERE p.state = 'due' AND p.offer = q.offer LIMIT 1) AS buyer \
    FROM queue q LEFT JOIN post_endpoints e ON e.offer = q.offer WHERE q.offer IS NOT NULL";

/// What is on its way, and what a worker left behind whose lease is over.
const CLAIMED: &str = "SELECT p.id, p.offer, p.buyer, p.due_at, p.tries, p.owner, p.lease_until, \
        e.state, e.quiet_until \
    FROM posts p LEFT JOIN post_endpoints e ON e.offer = p.offer WHERE p.state = 'claimed'";

/// The heads of a queue: what was never sent, what is sent again, and the oldest of both.
const FIRST: &str = "SELECT id, due_at AS since, first_claimed_at FROM posts \
    WHERE state = 'due' AND first_claimed_at IS NULL AND offer = $1 AND due_at <= $2 ORDER BY due_at, id LIMIT $3";
const AGAIN: &str = "SELECT id, due_at AS since, first_claimed_at FROM posts \
    WHERE state = 'due' AND first_claimed_at IS NOT NULL AND offer = $1 AND due_at <= $2 ORDER BY due_at, id LIMIT $3";
const AGED: &str = "SELECT id, created_at AS since, first_claimed_at FROM posts \
    WHERE state = 'due' AND offer = $1 ORDER BY created_at, id LIMIT $2";

/// One offer's queue.
struct Queue {
    offer: OfferId,
    buyer: BuyerId,
    care: Care,
    /// Whether what was sent before may be tried.
    again: bool,
}

/// What a look found.
#[derive(Default)]
pub(super) struct Found {
    /// The posts to be claimed, the oldest first.
    pub(super) ready: Vec<Ready>,
    /// Posts of a disabled offer that a worker left behind: they are held like the others.
    pub(super) stranded: Vec<Uuid>,
}

/// Looks for posts that could be sent now.
pub(super) async fn waiting(conn: &mut Conn, now: Timestamp, asked: &Asked) -> Result<Found, sqlx::Error> {
    let (mut busy, mut found) = (vec![], Found::default());
    for row in conn.rows(CLAIMED, vec![]).await? {
        claimed(&row, now, &asked.owner, &mut busy, &mut found)?;
    }
    let mut places = Places::new(asked, busy);
    for row in conn.rows(QUEUES, vec![]).await? {
        let Some(queue) = queue(&row, now)? else { continue };
        let left = places.left(&queue.buyer);
        if left > 0 {
            heads(conn, now, &queue, left, &mut found.ready).await?;
        }
    }
    found.ready = places.take(found.ready);
    Ok(found)
}

fn care(row: &Row) -> Result<(Care, bool), sqlx::Error> {
    Ok(match row.text_opt("state")?.as_deref().map(EndpointState::parse) {
        None => (Care::None, false),
        Some(Some(EndpointState::Failing)) => (Care::Failing, false),
        Some(Some(EndpointState::Draining)) => (Care::Draining, false),
        Some(Some(EndpointState::Disabled)) => (Care::Failing, true),
        Some(None) => return Err(odd("state", "an unknown word")),
    })
}

fn claimed(
    row: &Row,
    now: Timestamp,
    owner: &str,
    busy: &mut Vec<Busy>,
    found: &mut Found,
) -> Result<(), sqlx::Error> {
    let (offer, buyer) = (row.slug("offer")?, row.slug("buyer")?);
    let (care, is_disabled) = care(row)?;
    let is_left_behind = row.at_opt("lease_until")?.is_none_or(|until| until <= now);
    if !is_left_behind {
        let turn = if row.count("tries")? <= 1 { Turn::First } else { Turn::Again };
        let mine = row.text_opt("owner")?.as_deref() == Some(owner);
        busy.push(Busy { offer, buyer, turn, care, mine });
    } else if is_disabled {
        found.stranded.push(row.id("id")?);
    } else if row.at_opt("quiet_until")?.is_none_or(|until| until <= now) {
        let since = row.at("due_at")?;
        found.ready.push(Ready { id: row.id("id")?, offer, buyer, since, turn: Turn::Again, care });
    }
    Ok(())
}

/// A queue that may be sent from.
fn queue(row: &Row, now: Timestamp) -> Result<Option<Queue>, sqlx::Error> {
    let (care, is_disabled) = care(row)?;
    let is_quiet = row.at_opt("quiet_until")?.is_some_and(|until| until > now);
    if is_disabled || is_quiet {
        return Ok(None);
    }
    let again = care != Care::Failing || row.at_opt("probe_at")?.is_none_or(|at| at <= now);
    Ok(Some(Queue { offer: row.slug("offer")?, buyer: row.slug("buyer")?, care, again }))
}

async fn heads(
    conn: &mut Conn,
    now: Timestamp,
    queue: &Queue,
    left: u32,
    ready: &mut Vec<Ready>,
) -> Result<(), sqlx::Error> {
    let offer = queue.offer.as_str();
    let mut rows = conn.rows(FIRST, binds![offer, now, left]).await?;
    match queue.care {
        Care::Draining => rows.extend(conn.rows(AGED, binds![offer, left]).await?),
        Care::None | Care::Failing if queue.again => {
            rows.extend(conn.rows(AGAIN, binds![offer, now, left]).await?);
        }
        Care::None | Care::Failing => {}
    }
    for row in rows {
        let turn = if row.at_opt("first_claimed_at")?.is_none() { Turn::First } else { Turn::Again };
        ready.push(Ready {
            id: row.id("id")?,
            offer: queue.offer.clone(),
            buyer: queue.buyer.clone(),
            since: row.at("since")?,
            turn,
            care: queue.care,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{AGAIN, AGED, CLAIMED, FIRST, QUEUES};
    use crate::durable::{Bind, Durable, Sqlite, SqliteAt, binds};

    async fn plan(durable: &Durable, sql: &'static str, binds: Vec<Bind>) -> Vec<String> {
        let explained: &'static str = Box::leak(format!("EXPLAIN QUERY PLAN {sql}").into_boxed_str());
        let rows = durable.rows(explained, binds).await.expect("it is explained");
        rows.iter().map(|row| row.text("detail").expect("a step")).collect()
    }

    /// However long a queue is, only its head is read: no scan of the posts, and no sorting of them.
    #[tokio::test]
    async fn a_look_costs_the_same_whatever_waits() {
        let durable = Durable::Sqlite(Sqlite::open(SqliteAt::Temporary, 0).await.expect("it opens"));
        for (sql, binds, index) in [
            (QUEUES, vec![], "posts_aged"),
            (CLAIMED, vec![], "posts_leased"),
            (FIRST, binds!["a", 1_i64, 4_i64], "posts_fresh"),
            (AGAIN, binds!["a", 1_i64, 4_i64], "posts_again"),
            (AGED, binds!["a", 4_i64], "posts_aged"),
        ] {
            let plan = plan(&durable, sql, binds).await;
            let at_posts = |step: &&String| step.contains("posts_") && !step.contains("post_endpoints");
            assert!(plan.iter().filter(at_posts).count() > 0, "{plan:#?}");
            for step in &plan {
                // The claimed are few: one worker's places, and those that others left behind.
                let is_bounded =
                    step.contains("posts_leased") || step.contains("queue") || step.contains("CONSTANT");
                let scans = step.starts_with("SCAN") && !is_bounded && !step.starts_with("SCAN q");
                assert!(!scans && !step.contains("TEMP B-TREE"), "{sql}: {plan:#?}");
            }
            assert!(plan.iter().any(|step| step.contains(index)), "{index}: {plan:#?}");
        }
    }
}
