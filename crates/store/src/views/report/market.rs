//! How the auctions of a range went: each buyer's share and speed, why there was no bid, and who nearly won.

use std::{collections::BTreeMap, time::Duration};

use lead::{BuyerId, JourneyId, Money, OfferId, Timestamp};

use super::{ended, waits::Waits};
use crate::{
    ReadFailed, Store,
    durable::{Bind, Row, binds},
    views::{CallFilter, limit},
};

/// How one buyer's offers fared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuyerFigures {
    /// The buyer.
    pub buyer: BuyerId,
    /// Pings that it was sent.
    pub asked: u64,
    /// Of them, those that it answered.
    pub answered: u64,
    /// Of them, those that stood first.
    pub won: u64,
    /// The time that half of its answers took at most.
    pub p50: Option<Duration>,
    /// The time that 95 of 100 of its answers took at most.
    pub p95: Option<Duration>,
}

/// How often an offer came out so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoBidCount {
    /// The offer.
    pub offer: OfferId,
    /// The code of its outcome.
    pub outcome: String,
    /// How often.
    pub times: u64,
}

/// A bid that nearly won.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearMiss {
    /// The call.
    pub journey: JourneyId,
    /// When its auction closed.
    pub at: Timestamp,
    /// The offer.
    pub offer: OfferId,
    /// What it bid.
    pub price: Money,
    /// By how much the winner bid more.
    pub gap: Money,
}

impl Store {
    /// How each buyer fared in the auctions that closed in a range, in the order of their names.
    ///
    /// # Errors
    /// When the durable store cannot be read.
    pub async fn buyer_figures(
        &self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<BuyerFigures>, ReadFailed> {
        const WAITS: &str = "SELECT o.buyer, o.wait_ms, COUNT(*) AS asked, \
            CAST(SUM(CASE WHEN o.outcome = 'won' THEN 1 ELSE 0 END) AS BIGINT) AS won \
            FROM auction_records r JOIN auction_offers o ON o.auction = r.auction \
            WHERE r.closed_at >= $1 AND r.closed_at < $2 AND o.ping IS NOT NULL AND (r.test IS NULL OR NOT r.test) GROUP BY o.buyer, o.wait_ms";
        let rows = self.durable.rows(WAITS, binds![from, until]).await?;
        let mut buyers: BTreeMap<BuyerId, Fared> = BTreeMap::new();
        for row in &rows {
            let buyer = row.slug("buyer")?;
            buyers.entry(buyer).or_default().add(row)?;
        }
        Ok(buyers.into_iter().map(|(buyer, waits)| waits.figures(buyer)).collect())
    }

    /// Why offers did not bid, or could not be asked, in the auctions of the calls of a report with this filter; the most
    /// frequent first.
    ///
    /// # Errors
    /// When the durable store cannot be read.
    pub async fn no_bid_counts(&self, filter: &CallFilter) -> Result<Vec<NoBidCount>, ReadFailed> {
        let (calls, mut binds) = self.auctions_of_calls(filter);
        binds.push(limit(None).into());
        let n = binds.len();
        let sql = format!(
            "SELECT o.offer, o.outcome, COUNT(*) AS times \
            FROM ({calls}) t JOIN auction_offers o ON o.auction = t.auction \
            WHERE o.outcome NOT IN ('won', 'outbid', 'lost_tie') \
            GROUP BY o.offer, o.outcome ORDER BY COUNT(*) DESC, o.offer, o.outcome LIMIT ${n}"
        );
        let rows = self.durable.rows_made(sql, binds).await?;
        let each = rows.iter().map(|row| {
            Ok(NoBidCount {
                offer: row.slug("offer")?,
                outcome: row.text("outcome")?,
                times: u64::from(row.count("times")?),
            })
        });
        Ok(each.collect::<Result<_, sqlx::Error>>()?)
    }

    /// The bids that lost by at most so much in the auctions of the calls of a report with this filter, the nearest first.
    ///
    /// # Errors
    /// When the durable store cannot be read.
    pub async fn near_misses(
        &self,
        filter: &CallFilter,
        within: Money,
        most: u32,
    ) -> Result<Vec<NearMiss>, ReadFailed> {
        let (calls, mut binds) = self.auctions_of_calls(filter);
        binds.extend(binds![within, limit(Some(most))]);
        let (n, m) = (binds.len() - 1, binds.len());
        let sql = format!(
            "SELECT t.journey, t.closed_at, o.offer, o.price, w.price - o.price AS gap \
            FROM ({calls}) t JOIN auction_offers w ON w.auction = t.auction AND w.place = 0 \
            JOIN auction_offers o ON o.auction = t.auction AND o.place > 0 \
            WHERE w.outcome = 'won' AND o.outcome IN ('outbid', 'lost_tie') AND w.price - o.price <= ${n} \
            ORDER BY gap, t.closed_at DESC, t.auction, o.place LIMIT ${m}"
        );
        let rows = self.durable.rows_made(sql, binds).await?;
        let each = rows.iter().map(|row| {
            Ok(NearMiss {
                journey: JourneyId::from_uuid(row.id("journey")?),
                at: row.at("closed_at")?,
                offer: row.slug("offer")?,
                price: row.money("price")?,
                gap: row.money("gap")?,
            })
        });
        Ok(each.collect::<Result<_, sqlx::Error>>()?)
    }

    /// A statement for the auctions of the calls that a report with this filter is of, and its values.
    fn auctions_of_calls(&self, filter: &CallFilter) -> (String, Vec<Bind>) {
        let (conditions, binds) = self.ended_conditions(&ended(filter));
        let sql = format!(
            "SELECT x.auction, x.journey, x.closed_at FROM auction_records x \
            JOIN (SELECT r.journey FROM journey_rows r{conditions}) c ON c.journey = x.journey"
        );
        (sql, binds)
    }
}

/// How a buyer's pings came out.
#[derive(Default)]
struct Fared {
    asked: u64,
    won: u64,
    took: Waits,
}

impl Fared {
    fn add(&mut self, row: &Row) -> Result<(), sqlx::Error> {
        let times = u64::from(row.count("asked")?);
        self.asked += times;
        self.won += u64::from(row.count("won")?);
        if let Some(ms) = row.int_opt("wait_ms")? {
            self.took.add(ms, times);
        }
        Ok(())
    }

    fn figures(self, buyer: BuyerId) -> BuyerFigures {
        let Self { asked, won, took } = self;
        BuyerFigures { buyer, asked, answered: took.count(), won, p50: took.within(50), p95: took.within(95) }
    }
}
