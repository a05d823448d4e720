//! How offers have answered lately: read back from the auction records, and what came after a record was kept.

use std::time::Duration;

use auction::Sign;
use lead::{AuctionId, Money, OfferId, Timestamp};

use super::auctions::first;
use crate::{
    ReadFailed, Store,
    durable::{Done, Row, binds, odd},
    limits::{ANSWERS_OF_AN_OFFER_MAX, AUCTIONS_LOOKED_AT_MAX, REPLY_KEPT_MAX},
};

/// What one ping came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecentAnswer {
    /// The offer.
    pub offer: OfferId,
    /// The auction.
    pub auction: AuctionId,
    /// When its round closed.
    pub closed_at: Timestamp,
    /// The settings version that it was asked by.
    pub settings_version: u64,
    /// The code of what came of it.
    pub outcome: String,
    /// How long it took to answer, if it did.
    pub wait: Option<Duration>,
    /// What it says of its buyer.
    pub sign: Option<Sign>,
}

/// What came of a ping after its round had closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameAfter {
    /// The auction.
    pub auction: AuctionId,
    /// The offer.
    pub offer: OfferId,
    /// The code that takes the place of `timeout`, where that was kept.
    pub outcome: Option<&'static str>,
    /// How long it took to answer.
    pub wait: Duration,
    /// What it bid.
    pub price: Option<Money>,
    /// Its reply, redacted; the first KiB is kept.
    pub reply: Option<String>,
    /// What it says of its buyer.
    pub sign: Option<Sign>,
}

impl Store {
    /// Adds to an auction's record what came after it, some time soon. It is lost when the process ends first, or when
    /// too many wait.
    pub fn keep_late_answer(&self, came: CameAfter) {
        const CAME: &str = "UPDATE auction_offers SET \
            outcome = CASE WHEN outcome = 'timeout' THEN COALESCE($3, outcome) ELSE outcome END, wait_ms = $4, price = $5, \
            reply = CASE WHEN EXISTS (SELECT 1 FROM auction_records r JOIN journeys j ON j.id = r.journey \
                WHERE r.auction = $1 AND j.erasure IS NOT NULL) THEN NULL ELSE $6 END, \
            sign = COALESCE($7, sign) WHERE auction = $1 AND offer = $2";
        self.durable.write_later(move |conn| {
            Box::pin(async move {
                let wait_ms = i64::try_from(came.wait.as_millis()).unwrap_or(i64::MAX);
                let reply = came.reply.map(|reply| first(reply, REPLY_KEPT_MAX));
                let of = binds![came.auction, came.offer.as_str(), came.outcome, wait_ms, came.price];
                conn.execute(CAME, [of, binds![reply, came.sign.map(Sign::code)]].concat()).await?;
                Ok(Done::Keep(()))
            })
        });
    }

    /// The last pings of each offer in the last auctions since then, in the order of their offers, the oldest first.
    ///
    /// # Errors
    /// When the durable store cannot be read.
    pub async fn recent_answers(&self, since: Timestamp) -> Result<Vec<RecentAnswer>, ReadFailed> {
        const RECENT: &str = "SELECT offer, auction, closed_at, settings_version, outcome, wait_ms, sign FROM ( \
            SELECT o.offer, o.auction, r.closed_at, r.settings_version, o.outcome, o.wait_ms, o.sign, \
            ROW_NUMBER() OVER (PARTITION BY o.offer ORDER BY r.closed_at DESC, o.auction DESC) AS n FROM ( \
            SELECT auction, closed_at, settings_version FROM auction_records WHERE closed_at >= $1 AND (test IS NULL OR NOT test) \
            ORDER BY closed_at DESC, auction DESC LIMIT $2) AS r \
            JOIN auction_offers o ON o.auction = r.auction WHERE o.ping IS NOT NULL) AS asked \
            WHERE n <= $3 ORDER BY offer, closed_at, auction";
        let values = binds![since, AUCTIONS_LOOKED_AT_MAX, ANSWERS_OF_AN_OFFER_MAX];
        let rows = self.durable.rows(RECENT, values).await?;
        Ok(rows.iter().map(answer).collect::<Result<_, sqlx::Error>>()?)
    }
}

fn answer(row: &Row) -> Result<RecentAnswer, sqlx::Error> {
    let wait_ms = row.int_opt("wait_ms")?;
    Ok(RecentAnswer {
        offer: row.slug("offer")?,
        auction: AuctionId::from_uuid(row.id("auction")?),
        closed_at: row.at("closed_at")?,
        settings_version: u64::try_from(row.int("settings_version")?).unwrap_or_default(),
        outcome: row.text("outcome")?,
        wait: wait_ms.map(|ms| Duration::from_millis(u64::try_from(ms).unwrap_or_default())),
        sign: sign(row)?,
    })
}

/// The sign of a row, if it says one.
pub(super) fn sign(row: &Row) -> Result<Option<Sign>, sqlx::Error> {
    let code = row.text_opt("sign")?;
    code.map(|code| Sign::parse(&code).ok_or_else(|| odd("sign", "an unknown word"))).transpose()
}
