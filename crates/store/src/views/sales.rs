//! Sales with their entries: what is owed, and how sure it is.

use std::time::Duration;

use auction::Ranked;
use lead::{AttemptId, BuyerId, CampaignId, JourneyId, Money, OfferId, PublisherId, SaleId, Timestamp};

use super::{Wanted, limit};
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
    /// It was earned once, and taken back.
    pub returned: bool,
    /// What its publisher is owed.
    pub payout: Money,
    /// What its buyer owes more than its price, or less.
    pub adjusted: Money,
}

/// How a sale stands, for lists: a sale is in one of these, and it may be disputed besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SaleIs {
    /// Accepted, and not settled yet.
    Pending,
    /// Owed.
    Earned,
    /// Never owed.
    Void,
    /// Owed once, and taken back.
    Returned,
    /// Pending or owed, and disputed.
    Disputed,
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
    /// Of this offer.
    pub offer: Option<OfferId>,
    /// Of this publisher's leads.
    pub publisher: Option<PublisherId>,
    /// That stand so.
    pub is: Option<SaleIs>,
    /// Booked at this time or later.
    pub from: Option<Timestamp>,
    /// Booked before this time.
    pub until: Option<Timestamp>,
    /// Behind this one.
    pub before: Option<(Timestamp, SaleId)>,
    /// At most so many.
    pub limit: Option<u32>,
}

/// The columns of a sale, with what its entries come to.
const COLUMNS: &str = "SELECT s.id, s.journey, s.attempt, s.offer, s.buyer, s.campaign, s.publisher, s.price, \
    s.best_static, s.ranked, s.over_cap, s.test, s.accepted_at, s.booked_at, \
    (SELECT COUNT(*) FROM sale_entries e WHERE e.sale = s.id AND e.kind = 'earned') AS earned, \
    (SELECT COUNT(*) FROM sale_entries e WHERE e.sale = s.id AND e.kind = 'void') AS void, \
    (SELECT COUNT(*) FROM sale_entries e WHERE e.sale = s.id AND e.kind = 'dispute') AS disputes, \
    (SELECT CAST(COALESCE(SUM(CASE WHEN e.kind = 'payout' THEN e.amount ELSE -e.amount END), 0) AS BIGINT) \
        FROM sale_entries e WHERE e.sale = s.id AND e.kind IN ('payout', 'reversal')) AS payout, \
    (SELECT CAST(COALESCE(SUM(c.amount), 0) AS BIGINT) FROM sale_corrections c WHERE c.sale = s.id) AS adjusted, \
    p.state AS post, x.state AS endpoint \
    FROM sales s LEFT JOIN posts p ON p.sale = s.id AND p.kind = 'lead.sold' \
    LEFT JOIN post_endpoints x ON x.offer = p.offer";

impl Store {
    /// Lists sales.
    ///
    /// # Errors
    /// When the durable store cannot be read.
    pub async fn sales(&self, filter: SaleFilter) -> Result<Vec<Sale>, ReadFailed> {
        let mut wanted = Wanted::default();
        wanted.and_if("s.journey = ?", filter.journey);
        wanted.and_if("s.buyer = ?", filter.buyer.as_ref().map(BuyerId::as_str));
        wanted.and_if("s.offer = ?", filter.offer.as_ref().map(OfferId::as_str));
        wanted.and_if("s.publisher = ?", filter.publisher.as_ref().map(PublisherId::as_str));
        wanted.and_if("s.booked_at >= ?", filter.from);
        wanted.and_if("s.booked_at < ?", filter.until);
        if let Some(is) = filter.is {
            wanted.holds(is.condition());
        }
        if let Some((at, id)) = filter.before {
            wanted.and_all("(s.booked_at, s.id) < (?, ?)", binds![at, id]);
        }
        let (conditions, mut binds) = wanted.done();
        binds.push(limit(filter.limit).into());
        let n = binds.len();
        let sql = format!("{COLUMNS}{conditions} ORDER BY s.booked_at DESC, s.id DESC LIMIT ${n}");
        let rows = self.durable.rows_made(sql, binds).await?;
        Ok(rows.iter().map(sale).collect::<Result<_, sqlx::Error>>()?)
    }

    /// A sale with its entries.
    ///
    /// # Errors
    /// When the durable store cannot be read.
    pub async fn sale_with_entries(&self, id: SaleId) -> Result<Option<(Sale, Vec<SaleEntry>)>, ReadFailed> {
        const ENTRIES: &str =
            "SELECT n, kind, reason, amount, talk_ms, at FROM sale_entries WHERE sale = $1 ORDER BY n";
        let rows = self.durable.rows_made(format!("{COLUMNS} WHERE s.id = $1"), binds![id]).await?;
        let Some(row) = rows.into_iter().next() else { return Ok(None) };
        let rows = self.durable.rows(ENTRIES, binds![id]).await?;
        Ok(Some((sale(&row)?, rows.iter().map(entry).collect::<Result<_, sqlx::Error>>()?)))
    }
}

impl SaleIs {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Pending, Self::Earned, Self::Void, Self::Returned, Self::Disputed];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Earned => "earned",
            Self::Void => "void",
            Self::Returned => "returned",
            Self::Disputed => "disputed",
        }
    }

    /// The one of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|is| is.as_str() == text)
    }

    const fn condition(self) -> &'static str {
        /// The condition, from what a sale has and has not.
        macro_rules! entries {
            ($($not:literal $kind:literal),*) => {
                concat!("1 = 1", $(" AND ", $not, "EXISTS (SELECT 1 FROM sale_entries e WHERE e.sale = s.id \
                    AND e.kind = '", $kind, "')"),*)
            };
        }
        match self {
            Self::Pending => entries!("NOT " "earned", "NOT " "void"),
            Self::Earned => entries!("" "earned", "NOT " "void"),
            Self::Void => entries!("NOT " "earned", "" "void"),
            Self::Returned => entries!("" "earned", "" "void"),
            Self::Disputed => entries!("" "dispute", "NOT " "void"),
        }
    }
}

impl Sale {
    /// How it stands, leaving a dispute aside.
    pub const fn is(&self) -> SaleIs {
        match (self.state, self.returned) {
            (_, true) => SaleIs::Returned,
            (SaleState::Pending, _) => SaleIs::Pending,
            (SaleState::Earned, _) => SaleIs::Earned,
            (SaleState::Void, _) => SaleIs::Void,
        }
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
        returned: row.int("earned")? > 0 && row.int("void")? > 0,
        payout: row.money("payout")?,
        adjusted: row.money("adjusted")?,
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
