//! Three books of the same calls: the carrier's, the buyers', and the store's.

use std::{collections::BTreeMap, path::Path};

use lead::JourneyId;
use sandbox::{CallRecord, Medicare, carrier::DialRecord, medicare::Name};
use sqlx::{ConnectOptions, Row, SqliteConnection, sqlite::SqliteConnectOptions};
use uuid::Uuid;

use crate::world::NAMES;

/// All three.
#[derive(Debug)]
pub struct Books {
    /// What the carrier did.
    pub calls: Vec<Call>,
    /// What each buyer was posted: how often, by `webhook-id`.
    pub posted: Vec<(Name, BTreeMap<String, u32>)>,
    /// What is booked.
    pub sales: Vec<Sale>,
    /// Ended journeys whose sale awaits reconciliation; see [`AWAITS_RECONCILIATION`].
    pub awaited: Vec<Uuid>,
    /// Posts that were given up.
    pub dead_posts: i64,
    /// Counters and seats that are not what the reservations took.
    pub miscounted: Vec<String>,
}

/// One call, as its carrier knows it.
#[derive(Debug)]
pub struct Call {
    /// The journey that it must be.
    pub journey: Uuid,
    /// The record.
    pub record: CallRecord,
}

/// One sale, as it is booked.
#[derive(Debug)]
pub struct Sale {
    /// Its id, the key of its post.
    pub id: Uuid,
    /// Its journey.
    pub journey: Uuid,
    /// Its buyer.
    pub buyer: Name,
    /// In micro-units.
    pub price: i64,
    /// Its entries: kind, reason, amount.
    pub entries: Vec<(String, Option<String>, i64)>,
}

/// What is not over yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// What, and how much of it.
    pub left: Vec<(&'static str, i64)>,
    /// Seats that await reconciliation; see [`AWAITS_RECONCILIATION`].
    pub awaited: i64,
}

/// An ended journey has no deadline, so that nobody asks for the end of its last dial where that was never told. Until
/// somebody does, a seat whose leg's end was not told either, and a sale that only that end would tell of, are counted
/// apart and break no rule. `false` makes them break it.
const AWAITS_RECONCILIATION: bool = false;
const SEATS_AWAITED: &str = "SELECT COUNT(*) FROM reservation_seats s JOIN reservations r ON r.attempt = s.attempt \
    JOIN journeys j ON j.id = r.journey WHERE s.taken AND j.ended_at IS NOT NULL AND j.wake_at IS NULL \
    AND NOT EXISTS (SELECT 1 FROM events e WHERE e.journey = r.journey AND (e.event_key = 'dialed:' || r.n \
        OR e.event_key IN ('looked_up:ended:' || r.n, 'looked_up:not_found:' || r.n) \
        OR (e.kind = 'leg_ended' AND e.event_key LIKE 'leg:' || r.n || ':%')))";
const SALES_AWAITED: &str = "SELECT j.id FROM journeys j WHERE j.ended_at IS NOT NULL AND j.wake_at IS NULL \
    AND EXISTS (SELECT 1 FROM reservations r WHERE r.journey = j.id AND NOT EXISTS (SELECT 1 FROM events e \
        WHERE e.journey = j.id AND e.event_key IN ('dialed:' || r.n, 'looked_up:ended:' || r.n, 'looked_up:not_found:' || r.n)))";
const SEATS: &str = "seats are still taken";

const OPEN: [(&str, &str); 6] = [
    ("journeys have not ended", "SELECT COUNT(*) FROM journeys WHERE ended_at IS NULL"),
    ("journeys would still wake", "SELECT COUNT(*) FROM journeys WHERE wake_at IS NOT NULL"),
    ("posts are not settled", "SELECT COUNT(*) FROM posts WHERE state IN ('waiting', 'due', 'claimed')"),
    ("reservations are still held", "SELECT COUNT(*) FROM reservations WHERE state = 'held'"),
    (SEATS, "SELECT COUNT(*) FROM reservation_seats WHERE taken"),
    (
        "sales are still pending",
        "SELECT COUNT(*) FROM sales s WHERE NOT EXISTS \
            (SELECT 1 FROM sale_entries e WHERE e.sale = s.id AND e.kind IN ('earned', 'void'))",
    ),
];

const MISCOUNTED: [&str; 2] = [
    "SELECT c.name || ' counts ' || c.used AS what FROM counters c WHERE c.used <> \
        (SELECT COALESCE(SUM(r.amount), 0) FROM reservation_counters r WHERE r.name = c.name AND r.taken)",
    "SELECT s.name || ' seats ' || s.used AS what FROM seats s WHERE s.used <> \
        (SELECT COUNT(*) FROM reservation_seats r WHERE r.name = s.name AND r.taken)",
];

impl Open {
    /// Reads it while the server runs.
    pub async fn read(file: &Path) -> Self {
        let mut conn = open(file).await;
        let awaited = if AWAITS_RECONCILIATION { counted(&mut conn, SEATS_AWAITED).await } else { 0 };
        let mut left = vec![];
        for (what, query) in OPEN {
            let count = counted(&mut conn, query).await - if what == SEATS { awaited } else { 0 };
            if count > 0 {
                left.push((what, count));
            }
        }
        Self { left, awaited }
    }

    /// Whether everything is over.
    pub fn is_nothing(&self) -> bool {
        self.left.is_empty()
    }
}

impl Books {
    /// Reads all of them.
    pub async fn of(medicare: &Medicare, file: &Path) -> Self {
        let account = &medicare.carrier.config().account_sid;
        let call = |record: CallRecord| Call {
            journey: JourneyId::of_call(account, &record.sid).to_string().parse().expect("an id"),
            record,
        };
        let posted = NAMES.into_iter().map(|name| {
            let mut posted = BTreeMap::new();
            for post in medicare.buyer(name).posts() {
                let id = post.header("webhook-id").expect("a post has its key").to_owned();
                *posted.entry(id).or_default() += 1;
            }
            (name, posted)
        });
        let mut conn = open(file).await;
        let dead = "SELECT COUNT(*) FROM posts WHERE state = 'dead'";
        Self {
            calls: medicare.carrier.records().into_iter().map(call).collect(),
            posted: posted.collect(),
            sales: sales(&mut conn).await,
            awaited: awaited(&mut conn).await,
            dead_posts: counted(&mut conn, dead).await,
            miscounted: miscounted(&mut conn).await,
        }
    }

    /// How often a buyer was posted something under a key.
    pub fn posted_to(&self, name: Name, key: &str) -> u32 {
        let of = self.posted.iter().find(|(of, _)| *of == name);
        of.and_then(|(_, posted)| posted.get(key)).copied().unwrap_or_default()
    }
}

impl Call {
    /// The parties that were really connected.
    pub fn bridged(&self) -> impl Iterator<Item = &DialRecord> {
        self.record.dials.iter().filter(|dial| dial.bridged)
    }
}

impl Sale {
    /// Whether it came to nothing because the two were never connected.
    pub fn is_abandoned(&self) -> bool {
        self.entries.iter().any(|(kind, why, _)| kind == "void" && why.as_deref() == Some("abandoned"))
    }

    /// The amount of all its entries of a kind, and how many there are.
    pub fn entries_of(&self, kind: &str) -> (i64, usize) {
        let of = self.entries.iter().filter(|(it, _, _)| it == kind);
        of.fold((0, 0), |(sum, count), (_, _, amount)| (sum + amount, count + 1))
    }
}

async fn awaited(conn: &mut SqliteConnection) -> Vec<Uuid> {
    if !AWAITS_RECONCILIATION {
        return vec![];
    }
    sqlx::query_scalar(SALES_AWAITED).fetch_all(conn).await.expect("it can be read")
}

async fn counted(conn: &mut SqliteConnection, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(conn).await.expect("it can be counted")
}

async fn sales(conn: &mut SqliteConnection) -> Vec<Sale> {
    let rows = sqlx::query("SELECT id, journey, buyer, price FROM sales ORDER BY booked_at, id");
    let rows = rows.fetch_all(&mut *conn).await.expect("sales can be read");
    let mut sales = Vec::with_capacity(rows.len());
    for row in rows {
        let (id, buyer): (Uuid, String) = (row.get("id"), row.get("buyer"));
        let named = |name: &Name| buyer == format!("buyer-{}", format!("{name:?}").to_lowercase());
        let entries =
            sqlx::query_as("SELECT kind, reason, amount FROM sale_entries WHERE sale = $1 ORDER BY n");
        sales.push(Sale {
            id,
            journey: row.get("journey"),
            buyer: NAMES.into_iter().find(named).expect("a buyer of the example"),
            price: row.get("price"),
            entries: entries.bind(id).fetch_all(&mut *conn).await.expect("entries can be read"),
        });
    }
    sales
}

async fn miscounted(conn: &mut SqliteConnection) -> Vec<String> {
    let mut found = vec![];
    for query in MISCOUNTED {
        found.extend(
            sqlx::query_scalar::<_, String>(query).fetch_all(&mut *conn).await.expect("it can be read"),
        );
    }
    found
}

/// The journeys that have not ended or still hold something.
pub async fn open_journeys(file: &Path) -> Vec<Uuid> {
    const OPEN: &str = "SELECT id FROM journeys WHERE ended_at IS NULL OR wake_at IS NOT NULL \
        UNION SELECT r.journey FROM reservations r WHERE r.state = 'held' OR EXISTS \
            (SELECT 1 FROM reservation_seats s WHERE s.attempt = r.attempt AND s.taken)";
    sqlx::query_scalar(OPEN).fetch_all(&mut open(file).await).await.expect("it can be read")
}

/// The events of a journey: when, what, and by which key.
pub async fn events(file: &Path, journey: Uuid) -> Vec<String> {
    let events =
        sqlx::query("SELECT at, kind, event_key FROM events WHERE journey = $1 ORDER BY n").bind(journey);
    let rows = events.fetch_all(&mut open(file).await).await.expect("events can be read");
    let line = |row: &sqlx::sqlite::SqliteRow| {
        let (at, kind, key): (i64, String, String) = (row.get("at"), row.get("kind"), row.get("event_key"));
        format!("{at} {kind} {key}")
    };
    rows.iter().map(line).collect()
}

async fn open(file: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(file).read_only(true);
    options.busy_timeout(std::time::Duration::from_secs(10)).connect().await.expect("the file can be opened")
}
