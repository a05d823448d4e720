//! How the auctions of a range went: each buyer's share and speed, why there was no bid, and who nearly won.

use std::{collections::BTreeMap, time::Duration};

use lead::{BuyerId, JourneyId, Money, OfferId, Timestamp};

use crate::{
    ReadFailed, Store,
    durable::{Row, binds},
    views::limit,
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
            WHERE r.closed_at >= $1 AND r.closed_at < $2 AND o.ping IS NOT NULL GROUP BY o.buyer, o.wait_ms";
        let rows = self.durable.rows(WAITS, binds![from, until]).await?;
        let mut buyers: BTreeMap<BuyerId, Waits> = BTreeMap::new();
        for row in &rows {
            let buyer = row.slug("buyer")?;
            buyers.entry(buyer).or_default().add(row)?;
        }
        Ok(buyers.into_iter().map(|(buyer, waits)| waits.figures(buyer)).collect())
    }

    /// Why offers did not bid, or could not be asked, in the auctions that closed in a range; the most frequent first.
    ///
    /// # Errors
    /// When the durable store cannot be read.
    pub async fn no_bid_counts(
        &self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<NoBidCount>, ReadFailed> {
        const COUNTS: &str = "SELECT o.offer, o.outcome, COUNT(*) AS times \
            FROM auction_records r JOIN auction_offers o ON o.auction = r.auction \
            WHERE r.closed_at >= $1 AND r.closed_at < $2 AND o.outcome NOT IN ('won', 'outbid', 'lost_tie') \
            GROUP BY o.offer, o.outcome ORDER BY COUNT(*) DESC, o.offer, o.outcome LIMIT $3";
        let rows = self.durable.rows(COUNTS, binds![from, until, limit(None)]).await?;
        let each = rows.iter().map(|row| {
            Ok(NoBidCount {
                offer: row.slug("offer")?,
                outcome: row.text("outcome")?,
                times: u64::from(row.count("times")?),
            })
        });
        Ok(each.collect::<Result<_, sqlx::Error>>()?)
    }

    /// The bids that lost by at most so much in the auctions that closed in a range, the nearest first.
    ///
    /// # Errors
    /// When the durable store cannot be read.
    pub async fn near_misses(
        &self,
        (from, until): (Timestamp, Timestamp),
        within: Money,
        most: u32,
    ) -> Result<Vec<NearMiss>, ReadFailed> {
        const MISSES: &str = "SELECT r.journey, r.closed_at, o.offer, o.price, w.price - o.price AS gap \
            FROM auction_records r JOIN auction_offers w ON w.auction = r.auction AND w.place = 0 \
            JOIN auction_offers o ON o.auction = r.auction AND o.place > 0 \
            WHERE r.closed_at >= $1 AND r.closed_at < $2 AND w.outcome = 'won' AND o.outcome IN ('outbid', 'lost_tie') \
            AND w.price - o.price <= $3 ORDER BY gap, r.closed_at DESC, r.auction, o.place LIMIT $4";
        let rows = self.durable.rows(MISSES, binds![from, until, within, limit(Some(most))]).await?;
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
}

/// How long a buyer's answers took, and how many took so long.
#[derive(Default)]
struct Waits {
    asked: u64,
    won: u64,
    took: BTreeMap<u64, u64>,
}

impl Waits {
    fn add(&mut self, row: &Row) -> Result<(), sqlx::Error> {
        let times = u64::from(row.count("asked")?);
        self.asked += times;
        self.won += u64::from(row.count("won")?);
        if let Some(ms) = row.int_opt("wait_ms")? {
            *self.took.entry(u64::try_from(ms).unwrap_or_default()).or_default() += times;
        }
        Ok(())
    }

    fn figures(self, buyer: BuyerId) -> BuyerFigures {
        let answered: u64 = self.took.values().sum();
        let share = |hundredths: u64| {
            let wanted = (answered * hundredths).div_ceil(100).max(1);
            let mut seen = 0;
            let found = self.took.iter().find(|(_, times)| {
                seen += **times;
                seen >= wanted
            });
            found.map(|(ms, _)| Duration::from_millis(*ms))
        };
        BuyerFigures { buyer, asked: self.asked, answered, won: self.won, p50: share(50), p95: share(95) }
    }
}
