//! The plain row of an ended journey: nothing personal, for lists and reports.

use lead::Money;

use super::transaction::{Promises, Stop};
use crate::{
    durable::{Row, binds},
    events::{Fact, Outcome, Status, note_at},
};

/// Writes the row of a journey that has ended, anew after each later correction.
pub(super) async fn refresh(promises: &mut Promises<'_>) -> Result<(), Stop> {
    if promises.journey.ended().is_none() {
        return Ok(());
    }
    const JOURNEY: &str = "SELECT campaign, created_at, ended_at, outcome FROM journeys WHERE id = $1";
    let journey = promises.conn.row(JOURNEY, binds![promises.id]).await?.ok_or(sqlx::Error::RowNotFound)?;
    let (Some(ended_at), Some(outcome)) = (journey.at_opt("ended_at")?, journey.text_opt("outcome")?) else {
        return Ok(());
    };
    // The live sale, else the last one.
    const SALE: &str = "SELECT s.id, s.buyer, s.offer, s.price, s.best_static, s.over_cap, \
        (SELECT MAX(e.talk_ms) FROM sale_entries e WHERE e.sale = s.id) AS talk_ms, \
        (SELECT COUNT(*) FROM sale_entries e WHERE e.sale = s.id AND e.kind = 'earned') AS earned, \
        (SELECT COUNT(*) FROM sale_entries e WHERE e.sale = s.id AND e.kind = 'void') AS void, \
        (SELECT CAST(COALESCE(SUM(CASE WHEN e.kind = 'payout' THEN e.amount ELSE -e.amount END), 0) AS BIGINT) \
            FROM sale_entries e WHERE e.sale = s.id AND e.kind IN ('payout', 'reversal')) AS payout \
        FROM sales s LEFT JOIN live_sales l ON l.sale = s.id \
        WHERE s.journey = $1 ORDER BY CASE WHEN l.sale IS NULL THEN 1 ELSE 0 END, s.booked_at DESC LIMIT 1";
    let sale = promises.conn.row(SALE, binds![promises.id]).await?;
    write(promises, &journey, (ended_at.micros(), outcome), sale).await
}

async fn write(
    promises: &mut Promises<'_>,
    journey: &Row,
    (ended_at, outcome): (i64, String),
    sale: Option<Row>,
) -> Result<(), Stop> {
    const DROP: &str = "DELETE FROM journey_rows WHERE journey = $1";
    const INSERT: &str = "INSERT INTO journey_rows (journey, campaign, publisher, channel, arrived_at, ended_at, outcome, \
        pings, bids, best_static, test, sale, buyer, offer, price, sale_state, payout, talk_ms, over_cap, state) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)";
    let (facts, state) = (promises.facts, &promises.journey);
    let arrived_at = state.arrived_at().map_or_else(|| journey.at("created_at"), Ok)?;
    let publisher = state.publisher().map(|(id, _)| id.as_str());
    let channel = facts.channel.code();
    let mut values =
        binds![promises.id, journey.text("campaign")?, publisher, channel, arrived_at, ended_at, outcome];
    let best_static = sale.as_ref().map(|sale| sale.money_opt("best_static")).transpose()?.flatten();
    let test = state.campaign().rules.test;
    values.extend(binds![facts.pings, facts.bids, best_static.or(facts.best_static), test]);
    values.extend(match &sale {
        Some(sale) => binds![
            sale.id("id")?,
            sale.text("buyer")?,
            sale.text("offer")?,
            sale.money("price")?,
            sale_state(sale)?,
            sale.int("payout")?,
            sale.int_opt("talk_ms")?,
            sale.flag("over_cap")?,
        ],
        None => {
            let (id, none): (Option<uuid::Uuid>, Option<&str>) = (None, None);
            let number: Option<i64> = None;
            binds![id, none, none, number, none, 0_i64, number, false]
        }
    });
    let payout = sale.as_ref().map_or(Ok(Money::ZERO), |sale| sale.money("payout"))?;
    tell(promises, payout).await?;
    let state = &promises.journey;
    let place = state.shown().and_then(lead::Profile::state).map(|state| state.to_string());
    values.extend(binds![place]);
    promises.conn.execute(DROP, binds![promises.id]).await?;
    promises.conn.execute(INSERT, values).await?;
    Ok(())
}

/// Tells the lead's publisher what became of it, and what has changed of that since.
async fn tell(promises: &mut Promises<'_>, payout: Money) -> Result<(), Stop> {
    const TOLD: &str = "SELECT outcome, payout FROM journey_rows WHERE journey = $1";
    let (journey, channel) = (&promises.journey, promises.facts.channel);
    let Some(ended) = journey.ended().filter(|_| promises.wanted.has_of_leads()) else { return Ok(()) };
    let (status, reason) = Status::of(ended);
    let told = promises.conn.row(TOLD, binds![promises.id]).await?;
    if let Some(told) = &told
        && Status::of_code(&told.text("outcome")?) == Some(status)
        && told.money("payout")? == payout
    {
        return Ok(());
    }
    let outcome = Outcome {
        lead: promises.id,
        publisher: journey.publisher().map(|(publisher, _)| publisher.to_string()),
        campaign: journey.campaign().id.to_string(),
        channel: channel.code().to_owned(),
        test: journey.campaign().rules.test,
        status,
        reason: reason.to_owned(),
        payout,
        corrects: told.is_some(),
    };
    let times = (promises.now, promises.told_at.map_or(promises.now, |at| at.max(promises.now)));
    Ok(note_at(promises.conn, times, promises.wanted, Fact::Outcome(&outcome)).await?)
}

/// The word for what became of a sale, of a row that counts its `earned` and `void` entries.
pub(crate) fn sale_state(row: &Row) -> Result<&'static str, sqlx::Error> {
    Ok(match (row.int("earned")?, row.int("void")?) {
        (0, 0) => "pending",
        (_, 0) => "earned",
        _ => "void",
    })
}
