//! The database's book: what is booked, what is counted, and what is not over yet.

use std::collections::BTreeMap;

use anyhow::Context;
use sandbox::medicare::Name;
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use crate::cast::NAMES;

/// What the database holds in the end.
#[derive(Debug, Clone)]
pub(crate) struct Booked {
    /// Every sale.
    pub(crate) sales: Vec<Sale>,
    /// Posts that were given up.
    pub(crate) dead_posts: i64,
    /// Counters and seats that are not what the reservations took, and counters above their cap.
    pub(crate) miscounted: Vec<String>,
    /// How long auctions took, in milliseconds, the shortest first.
    pub(crate) auctions_ms: Vec<i64>,
    /// How each journey ended that has.
    pub(crate) ended: BTreeMap<Uuid, String>,
}

/// One sale, as it is booked.
#[derive(Debug, Clone)]
pub(crate) struct Sale {
    /// Its id, the key of its post.
    pub(crate) id: Uuid,
    /// Its journey.
    pub(crate) journey: Uuid,
    /// Its buyer.
    pub(crate) buyer: Name,
    /// In micro-units.
    pub(crate) price: i64,
    /// Its entries: kind, reason, amount.
    pub(crate) entries: Vec<(String, Option<String>, i64)>,
}

/// What is not over yet: what, and how much of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Open(pub(crate) Vec<(&'static str, i64)>);

const OPEN: [(&str, &str); 6] = [
    ("journeys have not ended", "SELECT COUNT(*) FROM journeys WHERE ended_at IS NULL"),
    ("journeys would still wake", "SELECT COUNT(*) FROM journeys WHERE wake_at IS NOT NULL"),
    ("posts are not settled", "SELECT COUNT(*) FROM posts WHERE state IN ('waiting', 'due', 'claimed')"),
    ("reservations are still held", "SELECT COUNT(*) FROM reservations WHERE state = 'held'"),
    ("seats are still taken", "SELECT COUNT(*) FROM reservation_seats WHERE taken"),
    (
        "sales are still pending",
        "SELECT COUNT(*) FROM sales s WHERE NOT EXISTS \
            (SELECT 1 FROM sale_entries e WHERE e.sale = s.id AND e.kind IN ('earned', 'void'))",
    ),
];

const MISCOUNTED: [&str; 3] = [
    "SELECT c.name || ' counts ' || c.used AS what FROM counters c WHERE c.used <> \
        (SELECT COALESCE(SUM(r.amount), 0) FROM reservation_counters r WHERE r.name = c.name AND r.taken)",
    "SELECT s.name || ' seats ' || s.used AS what FROM seats s WHERE s.used <> \
        (SELECT COUNT(*) FROM reservation_seats r WHERE r.name = s.name AND r.taken)",
    "SELECT c.name || ' counts ' || c.used || ', above its cap' AS what FROM counters c WHERE c.used > \
        (SELECT MAX(r.most) FROM reservation_counters r WHERE r.name = c.name)",
];

const OPEN_JOURNEYS: &str = "SELECT id FROM journeys WHERE ended_at IS NULL OR wake_at IS NOT NULL \
    UNION SELECT r.journey FROM reservations r WHERE r.state = 'held' OR EXISTS \
        (SELECT 1 FROM reservation_seats s WHERE s.attempt = r.attempt AND s.taken) \
    UNION SELECT p.journey FROM posts p WHERE p.state IN ('waiting', 'due', 'claimed', 'dead')";

const ENTRIES: &str = "SELECT s.id, e.kind, e.reason, e.amount FROM sale_entries e JOIN sales s ON s.id = e.sale \
    ORDER BY s.booked_at, s.id, e.n";

const ENDED: &str = "SELECT journey, outcome FROM journey_rows";

const AUCTIONS: &str = "SELECT (closed_at - opened_at) / 1000 FROM auction_records ORDER BY 1";

impl Open {
    /// Reads it while the nodes run.
    pub(crate) async fn read(conn: &mut PgConnection) -> anyhow::Result<Self> {
        let mut left = vec![];
        for (what, query) in OPEN {
            let count: i64 = sqlx::query_scalar(query).fetch_one(&mut *conn).await.context(what)?;
            if count > 0 {
                left.push((what, count));
            }
        }
        Ok(Self(left))
    }

    /// How many things there are.
    pub(crate) fn total(&self) -> u64 {
        self.0.iter().map(|(_, count)| u64::try_from(*count).unwrap_or_default()).sum()
    }
}

impl Booked {
    /// Reads all of it.
    pub(crate) async fn read(conn: &mut PgConnection) -> anyhow::Result<Self> {
        let dead = "SELECT COUNT(*) FROM posts WHERE state = 'dead'";
        let dead_posts = sqlx::query_scalar(dead).fetch_one(&mut *conn).await.context("counting posts")?;
        let mut miscounted = vec![];
        for query in MISCOUNTED {
            let found: Vec<String> =
                sqlx::query_scalar(query).fetch_all(&mut *conn).await.context("reading counters")?;
            miscounted.extend(found);
        }
        let auctions_ms =
            sqlx::query_scalar(AUCTIONS).fetch_all(&mut *conn).await.context("reading auctions")?;
        let ended = ended(conn).await?;
        Ok(Self { sales: sales(conn).await?, dead_posts, miscounted, auctions_ms, ended })
    }

    /// How many journeys ended in each way.
    pub(crate) fn outcomes(&self) -> BTreeMap<&str, u64> {
        let mut outcomes = BTreeMap::new();
        self.ended.values().for_each(|outcome| *outcomes.entry(outcome.as_str()).or_default() += 1);
        outcomes
    }
}

impl Sale {
    /// Whether it came to nothing because the two were never connected.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.entries.iter().any(|(kind, why, _)| kind == "void" && why.as_deref() == Some("abandoned"))
    }

    /// The amount of all its entries of a kind, and how many there are.
    pub(crate) fn entries_of(&self, kind: &str) -> (i64, usize) {
        let of = self.entries.iter().filter(|(it, _, _)| it == kind);
        of.fold((0, 0), |(sum, count), (_, _, amount)| (sum + amount, count + 1))
    }
}

async fn sales(conn: &mut PgConnection) -> anyhow::Result<Vec<Sale>> {
    let rows = sqlx::query("SELECT id, journey, buyer, price FROM sales ORDER BY booked_at, id");
    let rows = rows.fetch_all(&mut *conn).await.context("reading sales")?;
    let mut sales = Vec::with_capacity(rows.len());
    for row in rows {
        let buyer: String = row.get("buyer");
        let named = |name: &Name| buyer == format!("buyer-{}", format!("{name:?}").to_lowercase());
        let buyer = NAMES.into_iter().find(named).context("a sale of a buyer that is none of the example")?;
        let (id, journey, price) = (row.get("id"), row.get("journey"), row.get("price"));
        sales.push(Sale { id, journey, buyer, price, entries: vec![] });
    }
    let rows: Vec<(Uuid, String, Option<String>, i64)> =
        sqlx::query_as(ENTRIES).fetch_all(conn).await.context("reading entries")?;
    let mut of = 0;
    for (sale, kind, reason, amount) in rows {
        // Both come in the same order.
        while sales.get(of).is_some_and(|it| it.id != sale) {
            of += 1;
        }
        let sale = sales.get_mut(of).context("an entry of no sale")?;
        sale.entries.push((kind, reason, amount));
    }
    Ok(sales)
}

/// How each journey ended that has.
pub(crate) async fn ended(conn: &mut PgConnection) -> anyhow::Result<BTreeMap<Uuid, String>> {
    let ended: Vec<(Uuid, String)> =
        sqlx::query_as(ENDED).fetch_all(conn).await.context("reading how journeys ended")?;
    Ok(ended.into_iter().collect())
}

/// The journeys that have not ended, or still hold something.
pub(crate) async fn open_journeys(conn: &mut PgConnection) -> anyhow::Result<Vec<Uuid>> {
    sqlx::query_scalar(OPEN_JOURNEYS).fetch_all(conn).await.context("reading what is open")
}

/// What each offer of a journey's auctions came to.
pub(crate) async fn outcomes(conn: &mut PgConnection, journey: Uuid) -> anyhow::Result<Vec<String>> {
    let offers = sqlx::query(
        "SELECT r.closed_at, o.offer, o.outcome, o.detail, o.price FROM auction_offers o \
            JOIN auction_records r ON r.auction = o.auction WHERE r.journey = $1 ORDER BY r.closed_at, o.place",
    );
    let rows = offers.bind(journey).fetch_all(conn).await.context("reading what offers came to")?;
    let line = |row: &sqlx::postgres::PgRow| {
        let (at, offer, outcome): (i64, String, String) =
            (row.get("closed_at"), row.get("offer"), row.get("outcome"));
        let (detail, price): (Option<String>, Option<i64>) = (row.get("detail"), row.get("price"));
        format!("offer   {at} {offer} {outcome} {} {price:?}", detail.unwrap_or_default())
    };
    Ok(rows.iter().map(line).collect())
}

/// The events of a journey: when, what, and by which key.
pub(crate) async fn events(conn: &mut PgConnection, journey: Uuid) -> anyhow::Result<Vec<String>> {
    let events =
        sqlx::query("SELECT at, kind, event_key FROM events WHERE journey = $1 ORDER BY n").bind(journey);
    let rows = events.fetch_all(conn).await.context("reading events")?;
    let line = |row: &sqlx::postgres::PgRow| {
        let (at, kind, key): (i64, String, String) = (row.get("at"), row.get("kind"), row.get("event_key"));
        format!("store   {at} {kind} {key}")
    };
    Ok(rows.iter().map(line).collect())
}
