//! What buyers are told when the person of a lead that they got is erased: a request of its own kind, at least once, under one key.
//! It names the sale, the ping and the bid, and nobody.

use auction::Ranked;
use journey::Event;
use lead::{BuyerId, JourneyId, OfferId, PingId, SaleId, Timestamp};
use uuid::Uuid;

use super::{ErasureError, forget};
use crate::{
    ReadFailed, Store,
    durable::{Conn, Done, Locks, Row, Sync, binds, odd},
};

/// A buyer that is to be told, was, or must be by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasureNotice {
    /// The sale under whose id the lead was posted.
    pub sale: SaleId,
    /// The journey.
    pub journey: JourneyId,
    /// The offer.
    pub offer: OfferId,
    /// Its buyer.
    pub buyer: BuyerId,
    /// The ping that the lead was posted for.
    pub ping: Option<PingId>,
    /// The bid, by the buyer's own id.
    pub bid: Option<String>,
    /// Where it stands.
    pub state: ErasureNoticeState,
    /// How often it was sent.
    pub tries: u32,
    /// What went wrong last.
    pub last_error: Option<String>,
}

/// Where a notice stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ErasureNoticeState {
    /// It is sent, or sent again.
    Due,
    /// The buyer has it.
    Delivered,
    /// A person has to tell the buyer.
    ByHand,
}

/// What a try came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErasureNoticeResult {
    /// The buyer has it.
    Delivered {
        /// What it answered.
        status: u16,
    },
    /// It is sent again.
    Retry {
        /// When.
        at: Timestamp,
        /// What was answered, if anything was.
        status: Option<u16>,
        /// What went wrong.
        error: String,
    },
    /// A person has to tell the buyer.
    ByHand {
        /// What was answered, if anything was.
        status: Option<u16>,
        /// Why.
        error: String,
    },
}

const COLUMNS: &str = "sale, journey, offer, buyer, ping, bid, state, tries, last_error";

impl ErasureNoticeState {
    const ALL: [Self; 3] = [Self::Due, Self::Delivered, Self::ByHand];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Delivered => "delivered",
            Self::ByHand => "by_hand",
        }
    }
}

impl Store {
    /// Takes notices that are due, each until `again_at`: whoever dies with one leaves it to the look after that.
    ///
    /// # Errors
    /// When they cannot be read or written.
    pub async fn claim_erasure_notices(
        &self,
        now: Timestamp,
        again_at: Timestamp,
        limit: u32,
    ) -> Result<Vec<ErasureNotice>, ErasureError> {
        const DUE: &str = "SELECT sale FROM erasure_notices WHERE state = 'due' AND due_at <= $1 \
            ORDER BY due_at, sale LIMIT $2";
        let due = self.durable.rows(DUE, binds![now, limit]).await?;
        if due.is_empty() {
            return Ok(vec![]);
        }
        let take = format!(
            "UPDATE erasure_notices SET due_at = $3, tries = tries + 1 WHERE sale = $1 AND state = 'due' \
            AND due_at <= $2 RETURNING {COLUMNS}"
        );
        let sales: Vec<_> = due
            .iter()
            .map(|row| row.id("sale"))
            .collect::<Result<_, sqlx::Error>>()
            .map_err(ReadFailed::from)?;
        let taking = self.durable.write(Sync::Normal, Locks::default(), move |conn| {
            Box::pin(async move {
                let mut taken = vec![];
                for sale in sales {
                    for row in conn.rows_made(take.clone(), binds![sale, now, again_at]).await? {
                        taken.push(read(&row)?);
                    }
                }
                Ok(Done::Keep(taken))
            })
        });
        Ok(taking.await?)
    }

    /// Notes what a try came to.
    ///
    /// # Errors
    /// When it is not known to be written; then it is sent again under the same key.
    pub async fn settle_erasure_notice(
        &self,
        now: Timestamp,
        sale: SaleId,
        result: ErasureNoticeResult,
    ) -> Result<(), ErasureError> {
        const NOTE: &str = "UPDATE erasure_notices SET state = $2, due_at = COALESCE($3, due_at), last_status = $4, \
            last_error = $5, settled_at = $6 WHERE sale = $1 AND state = 'due'";
        let (state, again, status, error) = match result {
            ErasureNoticeResult::Delivered { status } => {
                (ErasureNoticeState::Delivered, None, Some(status), None)
            }
            ErasureNoticeResult::Retry { at, status, error } => {
                (ErasureNoticeState::Due, Some(at), status, Some(error))
            }
            ErasureNoticeResult::ByHand { status, error } => {
                (ErasureNoticeState::ByHand, None, status, Some(error))
            }
        };
        let settled_at = (state != ErasureNoticeState::Due).then_some(now);
        let values = binds![sale, state.as_str(), again, status.map(i64::from), error, settled_at];
        let noting = self.durable.write(Sync::Full, Locks::default(), move |conn| {
            Box::pin(async move { conn.execute(NOTE, values).await.map(|_| Done::Keep(())) })
        });
        Ok(noting.await?)
    }

    /// The callbacks of people who are to be forgotten that wait for their next try: nobody calls them any more.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn callbacks_of_the_erased(&self) -> Result<Vec<JourneyId>, ReadFailed> {
        const OF: &str = "SELECT c.journey FROM callbacks c JOIN journeys j ON j.id = c.journey \
            WHERE j.erasure IS NOT NULL AND j.ended_at IS NULL AND c.state = 'waiting'";
        let rows = self.durable.rows(OF, vec![]).await?;
        let ids = rows.iter().map(|row| row.id("journey").map(JourneyId::from_uuid));
        Ok(ids.collect::<Result<_, sqlx::Error>>()?)
    }
}

/// Queues a notice for every buyer to which a lead of this erasure was sent, or may have been. One whose post is on its way
/// just now is told after it.
pub(super) async fn queue(conn: &mut Conn, now: Timestamp, erasure: Uuid) -> Result<(), sqlx::Error> {
    const POSTS: &str = "SELECT p.sale, p.journey, p.offer, p.buyer, p.lease_until, p.state, s.ranked FROM posts p \
        LEFT JOIN sales s ON s.id = p.sale \
        WHERE p.kind = 'lead.sold' AND p.first_claimed_at IS NOT NULL \
        AND p.journey IN (SELECT id FROM journeys WHERE erasure = $1)";
    const PUT: &str = "INSERT INTO erasure_notices \
        (sale, erasure, journey, offer, buyer, ping, bid, state, due_at, tries, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'due', $8, 0, $9) ON CONFLICT (sale) DO NOTHING";
    for row in conn.rows(POSTS, binds![erasure]).await? {
        let (journey, offer) = (JourneyId::from_uuid(row.id("journey")?), row.text("offer")?);
        let ranked = match row.text_opt("ranked")? {
            Some(json) => serde_json::from_str::<Ranked>(&json).ok(),
            // It was handed over, and is no sale.
            None => ranked_of(conn, journey, &offer).await?,
        };
        let claimed =
            row.at_opt("lease_until")?.filter(|_| row.text("state").is_ok_and(|it| it == "claimed"));
        let due_at = claimed.map_or(now, |until| until.max(now));
        let of = binds![row.id("sale")?, erasure, journey, offer, row.text("buyer")?];
        let (ping, bid) =
            (ranked.as_ref().map(|it| it.ping.uuid()), ranked.as_ref().and_then(|it| it.bid.clone()));
        conn.execute(PUT, [of, binds![ping, bid, due_at, now]].concat()).await?;
    }
    Ok(())
}

/// The last place that an offer had in an auction of the journey.
async fn ranked_of(conn: &mut Conn, journey: JourneyId, offer: &str) -> Result<Option<Ranked>, sqlx::Error> {
    const EVENTS: &str =
        "SELECT body FROM events WHERE journey = $1 AND kind IN ('auction_closed', 'bid_joined') ORDER BY n";
    let mut found = None;
    for row in conn.rows(EVENTS, binds![journey]).await? {
        let ranked = match forget::read(&row, journey)? {
            Some(Event::AuctionClosed { ranking }) => ranking.ranked,
            Some(Event::BidJoined { ranked, .. }) => vec![*ranked],
            _ => continue,
        };
        found = ranked.into_iter().find(|it| it.offer.as_str() == offer).or(found);
    }
    Ok(found)
}

/// The notices of a journey.
pub(super) async fn of(conn: &mut Conn, journey: JourneyId) -> Result<Vec<ErasureNotice>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM erasure_notices WHERE journey = $1 ORDER BY sale");
    conn.rows_made(sql, binds![journey]).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<ErasureNotice, sqlx::Error> {
    let state = row.text("state")?;
    Ok(ErasureNotice {
        sale: SaleId::from_uuid(row.id("sale")?),
        journey: JourneyId::from_uuid(row.id("journey")?),
        offer: row.slug("offer")?,
        buyer: row.slug("buyer")?,
        ping: row.id_opt("ping")?.map(PingId::from_uuid),
        bid: row.text_opt("bid")?,
        state: ErasureNoticeState::ALL
            .into_iter()
            .find(|it| it.as_str() == state)
            .ok_or_else(|| odd("state", "an unknown word"))?,
        tries: row.count("tries")?,
        last_error: row.text_opt("last_error")?,
    })
}
