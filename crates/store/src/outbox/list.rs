//! The posts as people see them: never their bodies.

use lead::{BuyerId, JourneyId, OfferId, SaleId, Timestamp};

use super::{OutboxError, PostId, PostKind, PostState};
use crate::{
    ReadFailed, Store,
    durable::{Row, binds, odd},
    limits::ROWS_MAX,
    views::Wanted,
};

/// One post, without what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Its id.
    pub id: PostId,
    /// The sale.
    pub sale: SaleId,
    /// The journey.
    pub journey: JourneyId,
    /// What it says.
    pub kind: PostKind,
    /// The offer.
    pub offer: OfferId,
    /// Where it stands.
    pub state: PostState,
    /// When it is, or was, to be sent.
    pub due_at: Timestamp,
    /// How often it was tried since it was made or replayed.
    pub tries: u32,
    /// The status of the last answer.
    pub last_status: Option<i64>,
    /// The code of what went wrong last.
    pub last_error: Option<String>,
    /// When it was promised.
    pub created_at: Timestamp,
    /// When it was delivered or given up.
    pub settled_at: Option<Timestamp>,
    /// Its sale is disputed.
    pub disputed: bool,
}

/// Which posts are listed, the newest first.
#[derive(Debug, Clone, Default)]
pub struct PostFilter {
    /// Of this state.
    pub state: Option<PostState>,
    /// Of this offer.
    pub offer: Option<OfferId>,
    /// Of this journey.
    pub journey: Option<JourneyId>,
    /// Promised at this time or later.
    pub from: Option<Timestamp>,
    /// Promised before this time.
    pub until: Option<Timestamp>,
    /// Older than this one.
    pub before: Option<(Timestamp, PostId)>,
    /// At most so many.
    pub limit: Option<u32>,
}

/// How many posts are still out, or were given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PostCounts {
    /// Those that are to be sent, or are on their way.
    pub out: u64,
    /// Of them, those that are held, since their offer's post URL answered 410.
    pub held: u64,
    /// Those that were given up.
    pub dead: u64,
}

/// The columns of a post `p` whose offer's endpoint is `e`.
const COLUMNS: &str = "p.id, p.sale, p.journey, p.kind, p.offer, p.due_at, p.tries, p.last_status, p.last_error, \
    p.created_at, p.settled_at, \
    CASE WHEN p.state = 'due' AND e.state = 'disabled' THEN 'held' ELSE p.state END AS state, \
    (SELECT COUNT(*) FROM sale_entries d WHERE d.sale = p.sale AND d.kind = 'dispute') AS disputes \
    FROM posts p LEFT JOIN post_endpoints e ON e.offer = p.offer";

impl Store {
    /// Lists posts.
    ///
    /// # Errors
    /// When the outbox cannot be read.
    pub async fn posts(&self, filter: PostFilter) -> Result<Vec<Post>, OutboxError> {
        let mut wanted = Wanted::default();
        // In words that the indexes of single states know.
        match filter.state {
            None => {}
            Some(PostState::Held) => wanted.holds("p.state = 'due' AND e.state = 'disabled'"),
            Some(PostState::Due) => {
                wanted.holds("p.state = 'due' AND (e.state IS NULL OR e.state <> 'disabled')")
            }
            Some(PostState::Dead) => wanted.holds("p.state = 'dead'"),
            Some(PostState::Claimed) => wanted.holds("p.state = 'claimed'"),
            Some(state) => wanted.and("p.state = ?", state.as_str()),
        }
        wanted.and_if("p.offer = ?", filter.offer.as_ref().map(OfferId::as_str));
        wanted.and_if("p.journey = ?", filter.journey);
        wanted.and_if("p.created_at >= ?", filter.from);
        wanted.and_if("p.created_at < ?", filter.until);
        if let Some((at, id)) = filter.before {
            wanted.and_all("(p.created_at, p.id) < (?, ?)", binds![at, id.uuid()]);
        }
        let (conditions, mut binds) = wanted.done();
        binds.push(filter.limit.map_or(ROWS_MAX, |limit| i64::from(limit).min(ROWS_MAX)).into());
        let n = binds.len();
        let sql = format!("SELECT {COLUMNS}{conditions} ORDER BY p.created_at DESC, p.id DESC LIMIT ${n}");
        let rows = self.durable.rows_made(sql, binds).await?;
        let posts = rows.iter().map(post).collect::<Result<_, sqlx::Error>>();
        Ok(posts.map_err(ReadFailed::from)?)
    }

    /// One post.
    ///
    /// # Errors
    /// When the outbox cannot be read.
    pub async fn post(&self, id: PostId) -> Result<Option<Post>, OutboxError> {
        let sql = format!("SELECT {COLUMNS} WHERE p.id = $1");
        let rows = self.durable.rows_made(sql, binds![id.uuid()]).await?;
        Ok(rows.first().map(post).transpose().map_err(ReadFailed::from)?)
    }

    /// How many posts are still out, or were given up: of an offer, of a buyer, or of all.
    ///
    /// # Errors
    /// When the outbox cannot be read.
    pub async fn post_counts(
        &self,
        offer: Option<&OfferId>,
        buyer: Option<&BuyerId>,
    ) -> Result<PostCounts, OutboxError> {
        // In words that the indexes of single states know.
        const OF: &str =
            "(CAST($1 AS TEXT) IS NULL OR p.offer = $1) AND (CAST($2 AS TEXT) IS NULL OR p.buyer = $2)";
        let sql = format!(
            "SELECT (SELECT COUNT(*) FROM posts p WHERE p.state = 'due' AND {OF}) AS due, \
            (SELECT COUNT(*) FROM posts p WHERE p.state = 'claimed' AND {OF}) AS claimed, \
            (SELECT COUNT(*) FROM posts p JOIN post_endpoints e ON e.offer = p.offer WHERE p.state = 'due' \
                AND e.state = 'disabled' AND {OF}) AS held, \
            (SELECT COUNT(*) FROM posts p WHERE p.state = 'dead' AND {OF}) AS dead"
        );
        let of = binds![offer.map(OfferId::as_str), buyer.map(BuyerId::as_str)];
        let rows = self.durable.rows_made(sql, of).await?;
        let read = |row: &Row| {
            let count = |name: &str| row.count(name).map(u64::from);
            Ok(PostCounts {
                out: count("due")? + count("claimed")?,
                held: count("held")?,
                dead: count("dead")?,
            })
        };
        let counts =
            rows.first().map(read).transpose().map_err(|error: sqlx::Error| ReadFailed::from(error))?;
        Ok(counts.unwrap_or_default())
    }

    /// The posts of a journey, the first first: by the journey's own index, however many posts there are.
    ///
    /// # Errors
    /// When the outbox cannot be read.
    pub async fn posts_of(&self, journey: JourneyId) -> Result<Vec<Post>, OutboxError> {
        let sql = format!("SELECT {COLUMNS} WHERE p.journey = $1 ORDER BY p.created_at, p.id");
        let rows = self.durable.rows_made(sql, binds![journey]).await?;
        let posts = rows.iter().map(post).collect::<Result<_, sqlx::Error>>();
        Ok(posts.map_err(ReadFailed::from)?)
    }
}

fn post(row: &Row) -> Result<Post, sqlx::Error> {
    let unknown = || odd("state", "an unknown word");
    Ok(Post {
        id: PostId::from_uuid(row.id("id")?),
        sale: SaleId::from_uuid(row.id("sale")?),
        journey: JourneyId::from_uuid(row.id("journey")?),
        kind: PostKind::parse(&row.text("kind")?).ok_or_else(unknown)?,
        offer: row.slug("offer")?,
        state: PostState::parse(&row.text("state")?).ok_or_else(unknown)?,
        due_at: row.at("due_at")?,
        tries: row.count("tries")?,
        last_status: row.int_opt("last_status")?,
        last_error: row.text_opt("last_error")?,
        created_at: row.at("created_at")?,
        settled_at: row.at_opt("settled_at")?,
        disputed: row.int("disputes")? > 0,
    })
}
