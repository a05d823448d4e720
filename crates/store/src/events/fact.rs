//! `Fact`: what happened, noted for everybody who wants to know, in the transaction in which it happens.
//!
//! An event's id follows from its fact, so that whatever is decided twice is told once. A body names ids, amounts and
//! words of closed lists alone: nothing of a person, and nothing that somebody typed.

use auction::{Counter, Full, Gauged};
use lead::{Money, SaleId, Timestamp};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{EventDeliveryId, EventKind, Outcome, Wanted, wanted::kinds};
use crate::{
    Correction,
    durable::{Conn, binds},
};

/// The space of the events' ids.
const EVENTS: Uuid = Uuid::from_u128(0x6f0c_7d52_93c1_4f0e_8a5e_4c1d_29b7_e3a6);

/// What happened.
pub(crate) enum Fact<'a> {
    /// A sale was booked.
    Booked(SaleId),
    /// A sale became void; the word for why.
    Voided(SaleId, &'a str),
    /// A sale was corrected.
    Corrected(SaleId, Correction),
    /// A post was given up.
    Exhausted(Uuid),
    /// A counter is so full that its award would not fit a second time.
    CapReached(&'a Counter, i64),
    /// Nothing is sold to an offer any more.
    Paused {
        /// The offer.
        offer: &'a str,
        /// The word for why.
        why: &'static str,
    },
    /// What became of a lead, for its publisher.
    Outcome(&'a Outcome),
}

impl Fact<'_> {
    const fn kind(&self) -> EventKind {
        match self {
            Self::Booked(_) => EventKind::SaleBooked,
            Self::Voided(..) => EventKind::SaleVoided,
            Self::Corrected(..) => EventKind::SaleCorrected,
            Self::Exhausted(_) => EventKind::PostExhausted,
            Self::CapReached(..) => EventKind::CapReached,
            Self::Paused { .. } => EventKind::OfferPaused,
            Self::Outcome(outcome) => outcome.kind(),
        }
    }

    /// Whose lead it is about, where a publisher may be told of it.
    fn publisher(&self) -> Option<&str> {
        match self {
            Self::Outcome(outcome) => outcome.publisher.as_deref(),
            _ => None,
        }
    }
}

/// Notes a fact for everybody who is to be told of it. Where nobody is, it asks nothing of the database.
pub(crate) async fn note(
    conn: &mut Conn,
    now: Timestamp,
    wanted: &Wanted,
    fact: Fact<'_>,
) -> Result<(), sqlx::Error> {
    note_at(conn, (now, now), wanted, fact).await
}

/// As [`note`], of a fact that is told as if it happened at another time, and not before it.
pub(crate) async fn note_at(
    conn: &mut Conn,
    (now, at): (Timestamp, Timestamp),
    wanted: &Wanted,
    fact: Fact<'_>,
) -> Result<(), sqlx::Error> {
    // A publisher is told what became of its own leads, and of nothing else.
    const ENDPOINTS: &str = "SELECT id, wanted FROM event_endpoints \
        WHERE publisher IS NULL OR publisher = $1 ORDER BY id";
    const INSERT: &str = "INSERT INTO event_deliveries \
        (id, endpoint, event, kind, body, state, due_at, tries, created_at) \
        VALUES ($1, $2, $3, $4, $5, 'due', $6, 0, $6) ON CONFLICT (id) DO NOTHING";
    let kind = fact.kind();
    if !wanted.has(kind) {
        return Ok(());
    }
    let mut endpoints = vec![];
    for row in conn.rows(ENDPOINTS, binds![fact.publisher()]).await? {
        if kinds(&row)?.contains(&kind) {
            endpoints.push(row.id("id")?);
        }
    }
    if endpoints.is_empty() {
        return Ok(());
    }
    let Some((name, data)) = told(conn, now, &fact).await? else { return Ok(()) };
    let event = Uuid::new_v5(&EVENTS, format!("{}/{name}", kind.as_str()).as_bytes());
    let body = json!({ "type": kind.as_str(), "timestamp": at.to_string(), "data": data }).to_string();
    for endpoint in endpoints {
        let id = EventDeliveryId::of(event, endpoint);
        conn.execute(INSERT, binds![id, endpoint, event, kind.as_str(), body.as_str(), at]).await?;
    }
    Ok(())
}

/// What names the fact among those of its type, and what is told of it.
async fn told(
    conn: &mut Conn,
    now: Timestamp,
    fact: &Fact<'_>,
) -> Result<Option<(String, Map<String, Value>)>, sqlx::Error> {
    Ok(match fact {
        Fact::Booked(sale) => of_sale(conn, *sale).await?.map(|data| (sale.to_string(), data)),
        Fact::Voided(sale, why) => of_sale(conn, *sale).await?.map(|mut data| {
            data.insert("reason".to_owned(), json!(why));
            (sale.to_string(), data)
        }),
        Fact::Corrected(sale, what) => corrected(conn, *sale, *what).await?,
        Fact::Exhausted(post) => exhausted(conn, now, *post).await?,
        Fact::CapReached(counter, used) => reached(counter, *used),
        Fact::Paused { offer, why } => {
            let data = [("offer".to_owned(), json!(offer)), ("why".to_owned(), json!(why))];
            Some((format!("{offer}/{now}"), data.into_iter().collect()))
        }
        Fact::Outcome(outcome) => Some(outcome.told(now)),
    })
}

async fn of_sale(conn: &mut Conn, sale: SaleId) -> Result<Option<Map<String, Value>>, sqlx::Error> {
    const SALE: &str = "SELECT journey, offer, buyer, campaign, publisher, price, over_cap, test, accepted_at \
        FROM sales WHERE id = $1";
    let Some(row) = conn.row(SALE, binds![sale]).await? else { return Ok(None) };
    let data = json!({
        "sale": sale.to_string(),
        "call": row.id("journey")?,
        "offer": row.text("offer")?,
        "buyer": row.text("buyer")?,
        "campaign": row.text("campaign")?,
        "publisher": row.text_opt("publisher")?,
        "price": row.money("price")?.to_string(),
        "over_cap": row.flag("over_cap")?,
        "test": row.flag("test")?,
        "accepted_at": row.at("accepted_at")?.to_string(),
    });
    Ok(data.as_object().cloned())
}

async fn corrected(
    conn: &mut Conn,
    sale: SaleId,
    what: Correction,
) -> Result<Option<(String, Map<String, Value>)>, sqlx::Error> {
    // It stands there already: the number of it is its place among all of them.
    const SO_FAR: &str = "SELECT COUNT(*) AS n FROM sale_corrections WHERE sale = $1";
    let Some(mut data) = of_sale(conn, sale).await? else { return Ok(None) };
    let amount = match what {
        Correction::Adjustment(amount) => Some(amount.to_string()),
        Correction::Return | Correction::Dispute | Correction::Conversion => None,
    };
    data.insert("correction".to_owned(), json!(what.as_str()));
    data.insert("amount".to_owned(), json!(amount));
    let n = conn.row(SO_FAR, binds![sale]).await?.map_or(Ok(0), |row| row.int("n"))?;
    Ok(Some((format!("{sale}/{}/{n}", what.as_str()), data)))
}

async fn exhausted(
    conn: &mut Conn,
    now: Timestamp,
    post: Uuid,
) -> Result<Option<(String, Map<String, Value>)>, sqlx::Error> {
    const POST: &str =
        "SELECT sale, journey, kind, offer, buyer, tries, last_status, last_error FROM posts WHERE id = $1";
    let Some(row) = conn.row(POST, binds![post]).await? else { return Ok(None) };
    let data = json!({
        "post": post,
        "kind": row.text("kind")?,
        "sale": row.id("sale")?,
        "call": row.id("journey")?,
        "offer": row.text("offer")?,
        "buyer": row.text("buyer")?,
        "tries": row.int("tries")?,
        "status": row.int_opt("last_status")?,
        "error": row.text_opt("last_error")?,
    });
    // One that is sent again by hand may be given up again.
    Ok(data.as_object().cloned().map(|data| (format!("{post}/{now}"), data)))
}

fn reached(counter: &Counter, used: i64) -> Option<(String, Map<String, Value>)> {
    let full = Full::counter(counter, used)?;
    let figure = |n: i64| match full.of.counts() {
        "money" => Money::from_micros(n).to_string(),
        _ => n.to_string(),
    };
    let period = match full.of {
        Gauged::Cap(_, period) => Some(period.as_str()),
        Gauged::Seats => None,
    };
    let data = json!({
        "level": full.level.as_str(),
        "id": counter.key.split('/').nth(1)?,
        "counts": full.of.counts(),
        "period": period,
        "used": figure(used),
        "max": figure(full.max),
    });
    // A counter has another name in each period: it is told once in each.
    data.as_object().cloned().map(|data| (counter.key.clone(), data))
}
