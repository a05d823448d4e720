//! Auction records: who was asked, and what came of it. Kept in batches, off the way of a call.

use std::time::Duration;

use auction::Sign;
use lead::{AuctionId, BuyerId, CampaignId, JourneyId, Money, OfferId, PingId, Profile, Timestamp};
use uuid::Uuid;

use super::{Wanted, limit};
use crate::{
    ReadFailed, Store,
    durable::{Conn, Done, Many, Row, binds},
    limits::REPLY_KEPT_MAX,
};

/// What is kept of one auction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuctionRecord {
    /// The auction.
    pub auction: AuctionId,
    /// Its journey.
    pub journey: JourneyId,
    /// Its campaign.
    pub campaign: CampaignId,
    /// The settings version.
    pub settings_version: u64,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was closed.
    pub closed_at: Timestamp,
    /// What the bidders were shown.
    pub profile: Profile,
    /// Whether it is a test, which says nothing of how buyers do.
    pub test: bool,
    /// Every offer considered, in the order in which it is shown.
    pub offers: Vec<AuctionOffer>,
}

/// What came of one offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuctionOffer {
    /// The offer.
    pub offer: OfferId,
    /// Its buyer.
    pub buyer: BuyerId,
    /// Its ping, if it was asked.
    pub ping: Option<PingId>,
    /// How long it took to answer.
    pub wait: Option<Duration>,
    /// The code of what came of it.
    pub outcome: String,
    /// What the code does not say, ex: a field's name.
    pub detail: Option<String>,
    /// What it bid.
    pub price: Option<Money>,
    /// Its reply, redacted; the first KiB is kept.
    pub reply: Option<String>,
    /// What it says of whether its buyer answers. `None`: nothing.
    pub sign: Option<Sign>,
}

impl Store {
    /// Keeps an auction's record, some time soon. It is lost when the process ends first, or when too many wait.
    pub fn keep_auction(&self, record: AuctionRecord) {
        self.durable.write_later(move |conn| {
            Box::pin(async move {
                keep(conn, record).await?;
                Ok(Done::Keep(()))
            })
        });
    }

    /// The auctions of a journey, in their order.
    ///
    /// # Errors
    /// When the durable store cannot be read.
    pub async fn auctions_of(&self, journey: JourneyId) -> Result<Vec<AuctionRecord>, ReadFailed> {
        const AUCTIONS: &str = "SELECT auction, journey, campaign, settings_version, opened_at, closed_at, profile, \
            COALESCE(test, FALSE) AS test \
            FROM auction_records WHERE journey = $1 ORDER BY opened_at, auction";
        const OFFERS: &str = "SELECT o.auction, o.offer, o.buyer, o.ping, o.wait_ms, o.outcome, o.detail, o.price, \
            o.reply, o.sign FROM auction_offers o JOIN auction_records r ON r.auction = o.auction \
            WHERE r.journey = $1 ORDER BY o.auction, o.place";
        let auctions = self.durable.rows(AUCTIONS, binds![journey]).await?;
        let offers = self.durable.rows(OFFERS, binds![journey]).await?;
        Ok(auctions.iter().map(|row| record(row, &offers)).collect::<Result<_, sqlx::Error>>()?)
    }
}

/// Which auctions are listed, those that closed last first.
#[derive(Debug, Clone, Default)]
pub struct AuctionFilter {
    /// Of this journey.
    pub journey: Option<JourneyId>,
    /// Of this campaign.
    pub campaign: Option<CampaignId>,
    /// Closed at this time or later.
    pub from: Option<Timestamp>,
    /// Closed before this time.
    pub until: Option<Timestamp>,
    /// Behind this one.
    pub before: Option<(Timestamp, AuctionId)>,
    /// At most so many.
    pub limit: Option<u32>,
}

impl Store {
    /// Lists auctions.
    ///
    /// # Errors
    /// When the durable store cannot be read.
    pub async fn auctions(&self, filter: &AuctionFilter) -> Result<Vec<AuctionRecord>, ReadFailed> {
        let mut wanted = Wanted::default();
        wanted.and_if("r.journey = ?", filter.journey);
        wanted.and_if("r.campaign = ?", filter.campaign.as_ref().map(CampaignId::as_str));
        wanted.and_if("r.closed_at >= ?", filter.from);
        wanted.and_if("r.closed_at < ?", filter.until);
        if let Some((at, id)) = filter.before {
            wanted.and_all("(r.closed_at, r.auction) < (?, ?)", binds![at, id]);
        }
        let (conditions, mut binds) = wanted.done();
        binds.push(limit(filter.limit).into());
        let n = binds.len();
        let records = format!(
            "SELECT r.auction, r.journey, r.campaign, r.settings_version, r.opened_at, r.closed_at, r.profile, \
            COALESCE(r.test, FALSE) AS test \
            FROM auction_records r{conditions} ORDER BY r.closed_at DESC, r.auction DESC LIMIT ${n}"
        );
        let offers = format!(
            "SELECT o.auction, o.offer, o.buyer, o.ping, o.wait_ms, o.outcome, o.detail, o.price, o.reply, o.sign \
            FROM auction_offers o JOIN (SELECT r.auction FROM auction_records r{conditions} \
                ORDER BY r.closed_at DESC, r.auction DESC LIMIT ${n}) t ON t.auction = o.auction \
            ORDER BY o.auction, o.place"
        );
        let (records, offers) = self
            .durable
            .read(move |conn| {
                Box::pin(async move {
                    let read = conn.rows_made(records, binds.clone()).await?;
                    Ok((read, conn.rows_made(offers, binds).await?))
                })
            })
            .await?;
        Ok(records.iter().map(|row| record(row, &offers)).collect::<Result<_, sqlx::Error>>()?)
    }

    /// The journey of an auction, if its record is kept.
    ///
    /// # Errors
    /// When the durable store cannot be read.
    pub async fn journey_of_auction(&self, auction: AuctionId) -> Result<Option<JourneyId>, ReadFailed> {
        const OF: &str = "SELECT journey FROM auction_records WHERE auction = $1";
        let row = self.durable.row(OF, binds![auction]).await?;
        Ok(row.map(|row| row.id("journey").map(JourneyId::from_uuid)).transpose()?)
    }
}

impl AuctionRecord {
    /// Leaves out what bidders were shown, and what they said in words of their own.
    fn forget(&mut self) {
        self.profile = Profile::new();
        for offer in &mut self.offers {
            offer.reply = None;
            offer.detail = offer.detail.take().filter(|_| offer.outcome != "rejected");
        }
    }
}

/// Does the same to the records of an erasure's journeys that are kept already.
pub(crate) async fn forget(conn: &mut Conn, erasure: Uuid) -> Result<(), sqlx::Error> {
    const RECORDS: &str = "UPDATE auction_records SET profile = $2 \
        WHERE journey IN (SELECT id FROM journeys WHERE erasure = $1)";
    const OFFERS: &str = "UPDATE auction_offers SET reply = NULL, \
        detail = CASE WHEN outcome = 'rejected' THEN NULL ELSE detail END \
        WHERE auction IN (SELECT r.auction FROM auction_records r JOIN journeys j ON j.id = r.journey \
            WHERE j.erasure = $1)";
    let nothing =
        serde_json::to_string(&Profile::new()).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    conn.execute(RECORDS, binds![erasure, nothing]).await?;
    conn.execute(OFFERS, binds![erasure]).await?;
    Ok(())
}

async fn keep(conn: &mut Conn, mut record: AuctionRecord) -> Result<(), sqlx::Error> {
    const FORGETS: &str = "SELECT 1 AS one FROM journeys WHERE id = $1 AND erasure IS NOT NULL";
    const RECORD: &str = "INSERT INTO auction_records \
        (auction, journey, campaign, settings_version, opened_at, closed_at, profile, test) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (auction) DO NOTHING";
    static OFFERS: Many = Many::new(
        "INSERT INTO auction_offers \
        (auction, place, offer, buyer, ping, wait_ms, outcome, detail, price, reply, sign) VALUES",
        11,
    );
    if conn.row(FORGETS, binds![record.journey]).await?.is_some() {
        record.forget();
    }
    let profile =
        serde_json::to_string(&record.profile).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    let version = i64::try_from(record.settings_version).unwrap_or(i64::MAX);
    let of = binds![record.auction, record.journey, record.campaign.as_str(), version];
    let values = [of, binds![record.opened_at, record.closed_at, profile, record.test]].concat();
    if conn.execute(RECORD, values).await? == 0 {
        return Ok(());
    }
    let auction = record.auction;
    let row = |(place, offer): (usize, AuctionOffer)| {
        let place = i64::try_from(place).unwrap_or(i64::MAX);
        let wait_ms = offer.wait.map(|wait| i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
        let reply = offer.reply.map(|reply| first(reply, REPLY_KEPT_MAX));
        let of = binds![auction, place, offer.offer.as_str(), offer.buyer.as_str(), offer.ping, wait_ms];
        let sign = offer.sign.map(Sign::code);
        let came = binds![offer.outcome, offer.detail, offer.price, reply, sign];
        [of, came].concat()
    };
    let rows = record.offers.into_iter().enumerate().map(row).collect();
    conn.insert(&OFFERS, rows).await
}

/// The first bytes of a text, as many as fit.
pub(super) fn first(mut text: String, max: usize) -> String {
    text.truncate(text.floor_char_boundary(max));
    text
}

fn record(row: &Row, offers: &[Row]) -> Result<AuctionRecord, sqlx::Error> {
    let auction = row.id("auction")?;
    let mut mine = vec![];
    for row in offers {
        if row.id("auction")? == auction {
            mine.push(offer(row)?);
        }
    }
    Ok(AuctionRecord {
        auction: AuctionId::from_uuid(auction),
        journey: JourneyId::from_uuid(row.id("journey")?),
        campaign: row.slug("campaign")?,
        settings_version: u64::try_from(row.int("settings_version")?).unwrap_or_default(),
        opened_at: row.at("opened_at")?,
        closed_at: row.at("closed_at")?,
        profile: row.json("profile")?,
        test: row.flag("test")?,
        offers: mine,
    })
}

fn offer(row: &Row) -> Result<AuctionOffer, sqlx::Error> {
    let wait_ms = row.int_opt("wait_ms")?;
    Ok(AuctionOffer {
        offer: row.slug("offer")?,
        buyer: row.slug("buyer")?,
        ping: row.id_opt("ping")?.map(PingId::from_uuid),
        wait: wait_ms.map(|ms| Duration::from_millis(u64::try_from(ms).unwrap_or_default())),
        outcome: row.text("outcome")?,
        detail: row.text_opt("detail")?,
        price: row.money_opt("price")?,
        reply: row.text_opt("reply")?,
        sign: super::answers::sign(row)?,
    })
}
