//! What the auction should know beforehand: full caps, taken seats, and who had this caller.
//!
//! It is a hint: what counts is the reservation's own transaction.

use std::collections::{BTreeMap, BTreeSet};

use auction::{Counter, Full, Gauge, Gauged, Hold, Ranked, Standing, Trigger};
use lead::{BuyerId, CampaignId, E164, JourneyId, Pii, SaleId, Timestamp};

use crate::{
    ReadFailed, Store,
    commit::caller_binds,
    durable::{Conn, ListSql, Row, binds},
    seal::CallerKey,
};

/// The sale that the same caller led to before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastSale {
    /// The sale.
    pub sale: SaleId,
    /// The bid that was booked.
    pub ranked: Ranked,
    /// When its buyer accepted.
    pub at: Timestamp,
}

/// How much of a limit is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// The limit.
    pub gauge: Gauge,
    /// How much of it is used; for a cap of money in micro-units.
    pub used: i64,
}

impl Usage {
    /// How full it is, in thousandths; a cap that was exceeded or lowered is at most full.
    pub fn fullness(&self) -> u64 {
        let share = i128::from(self.used.max(0)) * 1000 / i128::from(self.gauge.max.max(1));
        u64::try_from(share).unwrap_or(1000).min(1000)
    }
}

/// What was read for a standing.
#[derive(Default)]
struct Known {
    used: BTreeMap<String, i64>,
    seats: BTreeMap<String, i64>,
    /// Windows in which an award to the same caller is held right now.
    held: BTreeSet<String>,
    /// When this caller was answered, and when it became payable, last, by window.
    answered: BTreeMap<String, (Option<Timestamp>, Option<Timestamp>)>,
}

impl Store {
    /// Whether each hold could be reserved now for this journey, as far as caps, seats and duplicates go.
    ///
    /// # Errors
    /// When the durable store cannot be read.
    pub async fn standing(
        &self,
        now: Timestamp,
        journey: JourneyId,
        caller: Option<&Pii<E164>>,
        holds: &[Hold],
    ) -> Result<Vec<Standing>, ReadFailed> {
        let caller = caller.map(|number| self.keys.caller(number)).unwrap_or_default();
        let names = |each: BTreeSet<&String>| each.into_iter().cloned().collect::<Vec<String>>();
        let counters =
            names(holds.iter().flat_map(|hold| &hold.counters).map(|counter| &counter.key).collect());
        let seats = names(holds.iter().flat_map(|hold| &hold.seats).map(|seat| &seat.key).collect());
        let known = self
            .durable
            .read(move |conn| Box::pin(know(conn, now, journey, caller, (counters, seats))))
            .await?;
        Ok(holds.iter().map(|hold| known.standing(hold)).collect())
    }

    /// How much of each limit is used now, by the very counters and seats that a reservation takes.
    ///
    /// # Errors
    /// When the durable store cannot be read.
    pub async fn usage(&self, now: Timestamp, gauges: Vec<Gauge>) -> Result<Vec<Usage>, ReadFailed> {
        let is_seat = |gauge: &&Gauge| gauge.of == Gauged::Seats;
        let counters: Vec<_> =
            gauges.iter().filter(|gauge| !is_seat(gauge)).map(|gauge| gauge.key.clone()).collect();
        let seats: Vec<_> = gauges.iter().filter(is_seat).map(|gauge| gauge.key.clone()).collect();
        let known = self
            .durable
            .read(move |conn| Box::pin(async move { taken(conn, now, &counters, &seats).await }))
            .await?;
        let usage = |gauge: Gauge| {
            let map = if gauge.of == Gauged::Seats { &known.seats } else { &known.used };
            let used = map.get(&gauge.key).copied().unwrap_or_default();
            Usage { gauge, used }
        };
        Ok(gauges.into_iter().map(usage).collect())
    }

    /// The last sale of this caller in a campaign that is not void.
    ///
    /// # Errors
    /// When the durable store cannot be read.
    pub async fn past_sale(
        &self,
        caller: &Pii<E164>,
        campaign: &CampaignId,
        since: Timestamp,
    ) -> Result<Option<PastSale>, ReadFailed> {
        const PAST: &str = "SELECT s.id, s.ranked, c.answered_at FROM contacts c JOIN sales s ON s.id = c.sale \
            JOIN live_sales l ON l.sale = s.id \
            WHERE c.caller IN ($1, $2, $3) AND c.name = $4 AND c.answered_at >= $5 \
            ORDER BY c.answered_at DESC, s.id LIMIT 1";
        let mut values = caller_binds(&self.keys.caller(caller));
        values.extend(binds![format!("campaign/{campaign}"), since]);
        let Some(row) = self.durable.row(PAST, values).await? else { return Ok(None) };
        let sale = SaleId::from_uuid(row.id("id")?);
        Ok(Some(PastSale { sale, ranked: row.json("ranked")?, at: row.at("answered_at")? }))
    }

    /// The buyers that had this caller in a campaign, whatever became of the sales.
    ///
    /// # Errors
    /// When the durable store cannot be read.
    pub async fn buyers_that_had(
        &self,
        caller: &Pii<E164>,
        campaign: &CampaignId,
        since: Timestamp,
    ) -> Result<Vec<BuyerId>, ReadFailed> {
        const BUYERS: &str = "SELECT DISTINCT s.buyer FROM contacts c JOIN sales s ON s.id = c.sale \
            WHERE c.caller IN ($1, $2, $3) AND c.name = $4 AND c.answered_at >= $5 ORDER BY s.buyer";
        let mut values = caller_binds(&self.keys.caller(caller));
        values.extend(binds![format!("campaign/{campaign}"), since]);
        let rows = self.durable.rows(BUYERS, values).await?;
        Ok(rows.iter().map(|row| row.slug("buyer")).collect::<Result<_, sqlx::Error>>()?)
    }
}

async fn know(
    conn: &mut Conn,
    now: Timestamp,
    journey: JourneyId,
    caller: Vec<CallerKey>,
    (counters, seats): (Vec<String>, Vec<String>),
) -> Result<Known, sqlx::Error> {
    const HELD: &str = "SELECT DISTINCT window_name AS name FROM reservations \
        WHERE caller IN ($1, $2, $3) AND state = 'held' AND journey <> $4 AND window_name IS NOT NULL";
    const CONTACTS: &str = "SELECT name, MAX(answered_at) AS answered_at, MAX(payable_at) AS payable_at FROM contacts \
        WHERE caller IN ($1, $2, $3) AND journey <> $4 GROUP BY name";
    let mut known = taken(conn, now, &counters, &seats).await?;
    if !caller.is_empty() {
        let mut values = caller_binds(&caller);
        values.extend(binds![journey]);
        for row in conn.rows(HELD, values.clone()).await? {
            known.held.insert(row.text("name")?);
        }
        for row in conn.rows(CONTACTS, values).await? {
            known.answered.insert(row.text("name")?, (row.at_opt("answered_at")?, row.at_opt("payable_at")?));
        }
    }
    Ok(known)
}

/// What is used of these counters and seats: what a reservation would find.
async fn taken(
    conn: &mut Conn,
    now: Timestamp,
    counters: &[String],
    seats: &[String],
) -> Result<Known, sqlx::Error> {
    const USED: ListSql = ListSql {
        sqlite: "SELECT name, used FROM counters WHERE name IN (SELECT value FROM json_each($1))",
        postgres: "SELECT name, used FROM counters \
            WHERE name IN (SELECT json_array_elements_text(CAST($1 AS JSON)))",
    };
    const SEATS: ListSql = ListSql {
        sqlite: "SELECT name, COUNT(*) AS used FROM reservation_seats \
            WHERE taken AND seat_until > $1 AND name IN (SELECT value FROM json_each($2)) GROUP BY name",
        postgres: "SELECT name, COUNT(*) AS used FROM reservation_seats WHERE taken AND seat_until > $1 \
            AND name IN (SELECT json_array_elements_text(CAST($2 AS JSON))) GROUP BY name",
    };
    let used = |row: &Row| Ok((row.text("name")?, row.int("used")?));
    let of_counters = conn.rows_in(USED, vec![], counters).await?;
    let of_seats = conn.rows_in(SEATS, binds![now], seats).await?;
    Ok(Known {
        used: of_counters.iter().map(used).collect::<Result<_, sqlx::Error>>()?,
        seats: of_seats.iter().map(used).collect::<Result<_, sqlx::Error>>()?,
        ..Known::default()
    })
}

impl Known {
    fn standing(&self, hold: &Hold) -> Standing {
        let used = |map: &BTreeMap<String, i64>, name: &String| map.get(name).copied().unwrap_or_default();
        let counted = |counter: &&Counter| used(&self.used, &counter.key);
        let full = hold.counters.iter().find(|counter| counted(counter) + counter.add > counter.max);
        let taken = hold.seats.iter().find(|seat| used(&self.seats, &seat.key) >= seat.max);
        let (capped, at_concurrency) = (full.is_some(), taken.is_some());
        let of_seat = || taken.and_then(|seat| Full::seat(seat, used(&self.seats, &seat.key)));
        let full = full.map_or_else(of_seat, |counter| Full::counter(counter, counted(&counter)));
        let duplicate = hold.duplicate.as_ref().is_some_and(|window| {
            let (answered, payable) = self.answered.get(&window.key).copied().unwrap_or_default();
            let at = match window.trigger {
                Trigger::Answered => answered,
                Trigger::Payable => payable,
            };
            self.held.contains(&window.key) || at.is_some_and(|at| at >= window.since)
        });
        Standing { capped, at_concurrency, duplicate, full, ..Standing::default() }
    }
}
