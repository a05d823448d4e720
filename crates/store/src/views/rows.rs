//! One plain row per ended journey, for lists and reports: nothing personal.

use std::time::Duration;

use lead::{BuyerId, CampaignId, JourneyId, Money, OfferId, PublisherId, SaleId, Timestamp};

use super::{Delivery, SaleState, limit, sales::delivery};
use crate::{
    ReadFailed, Store,
    durable::{Row, binds, odd},
};

/// An ended journey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JourneyRow {
    /// The journey.
    pub journey: JourneyId,
    /// Its campaign.
    pub campaign: CampaignId,
    /// Who sent it.
    pub publisher: Option<PublisherId>,
    /// `call`, `form` or `callback`.
    pub channel: String,
    /// When it arrived.
    pub arrived_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// The code of how it ended.
    pub outcome: String,
    /// How many offers were pinged.
    pub pings: u32,
    /// How many of them bid.
    pub bids: u32,
    /// The best static price that was eligible.
    pub best_static: Option<Money>,
    /// Its sale that is not void, else its last one.
    pub sold: Option<SoldRow>,
    /// What its publisher is owed.
    pub payout: Money,
    /// It is a test.
    pub test: bool,
}

/// The sale in a journey's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoldRow {
    /// The sale.
    pub sale: SaleId,
    /// The buyer.
    pub buyer: BuyerId,
    /// The offer.
    pub offer: OfferId,
    /// The price.
    pub price: Money,
    /// What its entries come to.
    pub state: SaleState,
    /// How long they talked, once it is known.
    pub talk: Option<Duration>,
    /// A cap was full when it was booked.
    pub over_cap: bool,
    /// Where the lead's post stands.
    pub delivery: Delivery,
    /// The buyer refused the lead after its acceptance.
    pub disputed: bool,
}

/// Which rows are listed, the newest arrival first.
#[derive(Debug, Clone, Default)]
pub struct RowFilter {
    /// Of this campaign.
    pub campaign: Option<CampaignId>,
    /// Of this buyer's sale.
    pub buyer: Option<BuyerId>,
    /// With this outcome.
    pub outcome: Option<String>,
    /// Arrived at this time or later.
    pub from: Option<Timestamp>,
    /// Arrived before this time.
    pub until: Option<Timestamp>,
    /// Behind this one.
    pub before: Option<(Timestamp, JourneyId)>,
    /// At most so many.
    pub limit: Option<u32>,
}

impl Store {
    /// Lists ended journeys.
    ///
    /// # Errors
    /// When the durable store cannot be read.
    pub async fn journey_rows(&self, filter: RowFilter) -> Result<Vec<JourneyRow>, ReadFailed> {
        const LIST: &str = "SELECT r.*, p.state AS post, x.state AS endpoint, \
                (SELECT COUNT(*) FROM sale_entries d WHERE d.sale = r.sale AND d.kind = 'dispute') AS disputes \
            FROM journey_rows r LEFT JOIN posts p ON p.sale = r.sale AND p.kind = 'lead.sold' \
            LEFT JOIN post_endpoints x ON x.offer = p.offer \
            WHERE (CAST($1 AS TEXT) IS NULL OR r.campaign = $1) AND (CAST($2 AS TEXT) IS NULL OR r.buyer = $2) \
            AND (CAST($3 AS TEXT) IS NULL OR r.outcome = $3) AND r.arrived_at >= $4 AND r.arrived_at < $5 \
            AND (CAST($6 AS BIGINT) IS NULL OR (r.arrived_at, r.journey) < ($6, $7)) \
            ORDER BY r.arrived_at DESC, r.journey DESC LIMIT $8";
        let from = filter.from.map_or(i64::MIN, Timestamp::micros);
        let until = filter.until.map_or(i64::MAX, Timestamp::micros);
        let (before_at, before) = (filter.before.map(|(at, _)| at), filter.before.map(|(_, id)| id.uuid()));
        let campaign = filter.campaign.as_ref().map(CampaignId::as_str);
        let buyer = filter.buyer.as_ref().map(BuyerId::as_str);
        let mut values = binds![campaign, buyer, filter.outcome, from, until];
        values.extend(binds![before_at, before, limit(filter.limit)]);
        let rows = self.durable.rows(LIST, values).await?;
        Ok(rows.iter().map(journey_row).collect::<Result<_, sqlx::Error>>()?)
    }
}

fn journey_row(row: &Row) -> Result<JourneyRow, sqlx::Error> {
    Ok(JourneyRow {
        journey: JourneyId::from_uuid(row.id("journey")?),
        campaign: row.slug("campaign")?,
        publisher: row.slug_opt("publisher")?,
        channel: row.text("channel")?,
        arrived_at: row.at("arrived_at")?,
        ended_at: row.at("ended_at")?,
        outcome: row.text("outcome")?,
        pings: row.count("pings")?,
        bids: row.count("bids")?,
        best_static: row.money_opt("best_static")?,
        sold: sold(row, SaleState::parse(&row.text_opt("sale_state")?.unwrap_or_default()))?,
        payout: row.money("payout")?,
        test: row.flag("test")?,
    })
}

/// The sale of a row, if it has one.
pub(super) fn sold(row: &Row, state: Option<SaleState>) -> Result<Option<SoldRow>, sqlx::Error> {
    let Some(sale) = row.id_opt("sale")?.map(SaleId::from_uuid) else { return Ok(None) };
    let talk_ms = row.int_opt("talk_ms")?;
    Ok(Some(SoldRow {
        sale,
        buyer: row.slug("buyer")?,
        offer: row.slug("offer")?,
        price: row.money("price")?,
        state: state.ok_or_else(|| odd("sale_state", "an unknown word"))?,
        talk: talk_ms.map(|ms| Duration::from_millis(u64::try_from(ms).unwrap_or_default())),
        over_cap: row.flag("over_cap")?,
        delivery: delivery(row)?,
        disputed: row.int("disputes")? > 0,
    }))
}
