//! The posts as people see them: never their bodies.

use lead::{JourneyId, OfferId, SaleId, Timestamp};

use super::{OutboxError, PostId, PostKind, PostState};
use crate::{
    ReadFailed, Store,
    durable::{Row, binds, odd},
    limits::ROWS_MAX,
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
    /// Older than this one.
    pub before: Option<(Timestamp, PostId)>,
    /// At most so many.
    pub limit: Option<u32>,
}

impl Store {
    /// Lists posts.
    ///
    /// # Errors
    /// When the outbox cannot be read.
    pub async fn posts(&self, filter: PostFilter) -> Result<Vec<Post>, OutboxError> {
        const LIST: &str = "SELECT id, sale, journey, kind, offer, shown AS state, due_at, tries, last_status, \
            last_error, created_at, settled_at, (SELECT COUNT(*) FROM sale_entries d \
                WHERE d.sale = shown_posts.sale AND d.kind = 'dispute') AS disputes \
            FROM (SELECT p.*, CASE WHEN p.state = 'due' AND e.state = 'disabled' THEN 'held' ELSE p.state END AS shown \
                FROM posts p LEFT JOIN post_endpoints e ON e.offer = p.offer) shown_posts \
            WHERE (CAST($1 AS TEXT) IS NULL OR shown = $1) AND (CAST($2 AS TEXT) IS NULL OR offer = $2) \
            AND (CAST($3 AS BIGINT) = 0 OR journey = $4) \
            AND (CAST($5 AS BIGINT) IS NULL OR (created_at, id) < ($5, $6)) \
            ORDER BY created_at DESC, id DESC LIMIT $7";
        let limit = filter.limit.map_or(ROWS_MAX, |limit| i64::from(limit).min(ROWS_MAX));
        let journey = filter.journey.map(JourneyId::uuid);
        let (before_at, before) = (filter.before.map(|(at, _)| at), filter.before.map(|(_, id)| id.uuid()));
        let state = filter.state.map(PostState::as_str);
        let offer = filter.offer.as_ref().map(OfferId::as_str);
        let has_journey = i64::from(journey.is_some());
        let rows = self
            .durable
            .rows(LIST, binds![state, offer, has_journey, journey, before_at, before, limit])
            .await?;
        let posts = rows.iter().map(post).collect::<Result<_, sqlx::Error>>();
        Ok(posts.map_err(ReadFailed::from)?)
    }

    /// The posts of a journey, the first first: by the journey's own index, however many posts there are.
    ///
    /// # Errors
    /// When the outbox cannot be read.
    pub async fn posts_of(&self, journey: JourneyId) -> Result<Vec<Post>, OutboxError> {
        const OF: &str = "SELECT p.id, p.sale, p.journey, p.kind, p.offer, p.due_at, p.tries, p.last_status, p.last_error, \
            p.created_at, p.settled_at, \
            CASE WHEN p.state = 'due' AND e.state = 'disabled' THEN 'held' ELSE p.state END AS state, \
            (SELECT COUNT(*) FROM sale_entries d WHERE d.sale = p.sale AND d.kind = 'dispute') AS disputes \
            FROM posts p LEFT JOIN post_endpoints e ON e.offer = p.offer WHERE p.journey = $1 \
            ORDER BY p.created_at, p.id";
        let rows = self.durable.rows(OF, binds![journey]).await?;
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
