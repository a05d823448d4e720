//! Sales with their entries: what is owed, and how sure it is.

use std::time::Duration;

use auction::Ranked;
use lead::{AttemptId, BuyerId, CampaignId, JourneyId, Money, OfferId, PublisherId, SaleId, Timestamp};

use super::limit;
use crate::{
    EndpointState, PostState, ReadFailed, Store,
    durable::{Row, binds, odd},
};

/// One sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sale {
    /// Its id.
    pub id: SaleId,
    /// The journey.
    pub journey: JourneyId,
    /// The attempt that was accepted.
    pub attempt: AttemptId,
    /// The offer.
    pub offer: OfferId,
    /// The buyer.
    pub buyer: BuyerId,
    /// The campaign.
    pub campaign: CampaignId,
    /// Who sent the lead.
    pub publisher: Option<PublisherId>,
    /// What is owed if it is earned.
    pub price: Money,
    /// The best static price that was eligible at the award.
    pub best_static: Option<Money>,
    /// The bid that was booked.
    pub ranked: Ranked,
    /// A cap was full when it was booked.
    pub over_cap: bool,
    /// It is a test.
    pub test: bool,
    /// When the buyer accepted.
    pub accepted_at: Timestamp,
    /// When it was booked.
    pub booked_at: Timestamp,
    /// What its entries come to.
    pub state: SaleState,
    /// Where the lead's post stands.
    pub delivery: Delivery,
    /// The buyer refused the lead after its acceptance.
    pub disputed: bool,
}

/// What a sale's entries come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SaleState {
    /// Accepted, and not settled yet.
    Pending,
    /// Owed.
    Earned,
    /// Not owed.
    Void,
}

/// Whether the buyer has the lead that it bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Delivery {
    /// Not yet: the post is still out.
    PostedPendingDelivery,
    /// Yes.
    Delivered,
    /// No: it waits until somebody enables the offer's posts.
    Held,
    /// No: it was given up, and a person should look.
    Dead,
    /// No: the sale was void before anything was sent.
    Cancelled,
    /// There is no post.
    NoPost,
}

/// An entry of a sale. Entries are appended and never changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaleEntry {
    /// Its place, from 0.
    pub n: u32,
    /// What it says.
    pub kind: EntryKind,
    /// Why, for a void, a reversal and a dispute.
    pub reason: Option<String>,
    /// The amount that it is about, never below zero.
    pub amount: Money,
    /// How long they talked, where it says so.
    pub talk: Option<Duration>,
    /// When it was appended.
    pub at: Timestamp,
}

/// What an entry of a sale says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// The buyer owes it if it is earned.
    Pending,
    /// The buyer owes it.
    Earned,
    /// The buyer does not owe it.
    Void,
    /// The publisher is owed it.
    Payout,
    /// The publisher is not owed it any more.
    Reversal,
    /// The buyer refused the lead after its acceptance; who owes what stays as it is.
    Dispute,
}

/// Which sales are listed, the newest first.
#[derive(Debug, Clone, Default)]
pub struct SaleFilter {
    /// Of this journey.
    pub journey: Option<JourneyId>,
    /// Of this buyer.
    pub buyer: Option<BuyerId>,
    /// Booked at this time or later.
    pub from: Option<Timestamp>,
    /// Booked before this time.
    pub until: Option<Timestamp>,
    /// Behind this one.
    pub before: Option<(Timestamp, SaleId)>,
    /// At most so many.
    pub limit: Option<u32>,
}

impl Store {
    /// Lists sales.
    ///
    /// # Errors
    /// When the durable store cannot be read.
    pub async fn sales(&self, filter: SaleFilter) -> Result<Vec<Sale>, ReadFailed> {
        const LIST: &str = "SELECT s.id, s.journey, s.attempt, s.offer, s.buyer, s.campaign, s.publisher, s.price, \
            s.best_static, s.ranked, s.over_cap, s.test, s.accepted_at, s.booked_at, \
            (SELECT COUNT(*) FROM sale_entries e WHERE e.sale = s.id AND e.kind = 'earned') AS earned, \
            (SELECT COUNT(*) FROM sale_entries e WHERE e.sale = s.id AND e.kind = 'void') AS void, \
            (SELECT COUNT(*) FROM sale_entries e WHERE e.sale = s.id AND e.kind = 'dispute') AS disputes, \
            p.state AS post, x.state AS endpoint \
            FROM sales s LEFT JOIN posts p ON p.sale = s.id AND p.kind = 'lead.sold' \
            LEFT JOIN post_endpoints x ON x.offer = p.offer WHERE (CAST($1 AS BIGINT) = 0 OR s.journey = $2) \
            AND (CAST($3 AS TEXT) IS NULL OR s.buyer = $3) \
            AND s.booked_at >= $4 AND s.booked_at < $5 \
            AND (CAST($6 AS BIGINT) IS NULL OR (s.booked_at, s.id) < ($6, $7)) \
            ORDER BY s.booked_at DESC, s.id DESC LIMIT $8";
        let journey = filter.journey.map(JourneyId::uuid);
        let from = filter.from.map_or(i64::MIN, Timestamp::micros);
        let until = filter.until.map_or(i64::MAX, Timestamp::micros);
        let (before_at, before) = (filter.before.map(|(at, _)| at), filter.before.map(|(_, id)| id));
        let buyer = filter.buyer.as_ref().map(BuyerId::as_str);
        let mut values = binds![i64::from(journey.is_some()), journey, buyer, from, until];
        values.extend(binds![before_at, before, limit(filter.limit)]);
        let rows = self.durable.rows(LIST, values).await?;
        Ok(rows.iter().map(sale).collect::<Result<_, sqlx::Error>>()?)
    }

    /// A sale with its entries.
    ///
    /// # Errors
    /// When the durable store cannot be read.
    pub async fn sale_with_entries(&self, id: SaleId) -> Result<Option<(Sale, Vec<SaleEntry>)>, ReadFailed> {
        const ONE: &str = "SELECT s.id, s.journey, s.attempt, s.offer, s.buyer, s.campaign, s.publisher, s.price, \
            s.best_static, s.ranked, s.over_cap, s.test, s.accepted_at, s.booked_at, \
            (SELECT COUNT(*) FROM sale_entries e WHERE e.sale = s.id AND e.kind = 'earned') AS earned, \
            (SELECT COUNT(*) FROM sale_entries e WHERE e.sale = s.id AND e.kind = 'void') AS void, \
            (SELECT COUNT(*) FROM sale_entries e WHERE e.sale = s.id AND e.kind = 'dispute') AS disputes, \
            p.state AS post, x.state AS endpoint \
            FROM sales s LEFT JOIN posts p ON p.sale = s.id AND p.kind = 'lead.sold' \
            LEFT JOIN post_endpoints x ON x.offer = p.offer WHERE s.id = $1";
        const ENTRIES: &str =
            "SELECT n, kind, reason, amount, talk_ms, at FROM sale_entries WHERE sale = $1 ORDER BY n";
        let Some(row) = self.durable.row(ONE, binds![id]).await? else { return Ok(None) };
        let rows = self.durable.rows(ENTRIES, binds![id]).await?;
        Ok(Some((sale(&row)?, rows.iter().map(entry).collect::<Result<_, sqlx::Error>>()?)))
    }
}

impl SaleState {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Earned => "earned",
            Self::Void => "void",
        }
    }

    /// The state of this name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pending, Self::Earned, Self::Void].into_iter().find(|state| state.as_str() == text)
    }
}

impl Delivery {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PostedPendingDelivery => "posted_pending_delivery",
            Self::Delivered => "delivered",
            Self::Held => "held",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
            Self::NoPost => "no_post",
        }
    }
}

impl EntryKind {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Earned => "earned",
            Self::Void => "void",
            Self::Payout => "payout",
            Self::Reversal => "reversal",
            Self::Dispute => "dispute",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Pending, Self::Earned, Self::Void, Self::Payout, Self::Reversal, Self::Dispute]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

fn sale(row: &Row) -> Result<Sale, sqlx::Error> {
    let state = crate::commit::sale_state(row)?;
    Ok(Sale {
        id: SaleId::from_uuid(row.id("id")?),
        journey: JourneyId::from_uuid(row.id("journey")?),
        attempt: AttemptId::from_uuid(row.id("attempt")?),
        offer: row.slug("offer")?,
        buyer: row.slug("buyer")?,
        campaign: row.slug("campaign")?,
        publisher: row.slug_opt("publisher")?,
        price: row.money("price")?,
        best_static: row.money_opt("best_static")?,
        ranked: row.json("ranked")?,
        over_cap: row.flag("over_cap")?,
        test: row.flag("test")?,
        accepted_at: row.at("accepted_at")?,
        booked_at: row.at("booked_at")?,
        state: SaleState::parse(state).ok_or_else(|| odd("state", "an unknown word"))?,
        delivery: delivery(row)?,
        disputed: row.int("disputes")? > 0,
    })
}

/// Where the post of a lead stands, of a row with the states of the post and of its offer's endpoint.
pub(super) fn delivery(row: &Row) -> Result<Delivery, sqlx::Error> {
    let is_disabled = row.text_opt("endpoint")?.as_deref() == Some(EndpointState::Disabled.as_str());
    let Some(post) = row.text_opt("post")? else { return Ok(Delivery::NoPost) };
    Ok(match PostState::parse(&post).ok_or_else(|| odd("post", "an unknown word"))? {
        PostState::Due | PostState::Held if is_disabled => Delivery::Held,
        PostState::Waiting | PostState::Due | PostState::Held | PostState::Claimed => {
            Delivery::PostedPendingDelivery
        }
        PostState::Delivered => Delivery::Delivered,
        PostState::Dead => Delivery::Dead,
        PostState::Cancelled => Delivery::Cancelled,
    })
}

fn entry(row: &Row) -> Result<SaleEntry, sqlx::Error> {
    let talk_ms = row.int_opt("talk_ms")?;
    Ok(SaleEntry {
        n: row.count("n")?,
        kind: EntryKind::parse(&row.text("kind")?).ok_or_else(|| odd("kind", "an unknown word"))?,
        reason: row.text_opt("reason")?,
        amount: row.money("amount")?,
        talk: talk_ms.map(|ms| Duration::from_millis(u64::try_from(ms).unwrap_or_default())),
        at: row.at("at")?,
    })
}
