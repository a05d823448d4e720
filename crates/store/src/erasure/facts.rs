//! What an erasure leaves to be told: who holds the lead, what was cancelled, and what is still to be done.

use std::collections::BTreeMap;

use auction::{CallerId, Ranked};
use journey::{Event, Standby};
use lead::{BuyerId, JourneyId, OfferId, SaleId, Timestamp};

use super::{AtCarrier, ErasureNotice, forget, notices};
use crate::{
    PostId, ReadFailed, Store,
    durable::{Conn, binds},
};

/// What there is to tell of some journeys, without a word about their person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// Who was told of the person, or may have been.
    pub told: Vec<Told>,
    /// Posts that were not delivered and never will be.
    pub cancelled: Vec<(PostId, SaleId, OfferId)>,
    /// Journeys that are under way, and are forgotten when they end.
    pub under_way: Vec<JourneyId>,
    /// The person of one of them is to be forgotten, or is.
    pub forgets: bool,
    /// What the buyers that got the lead are told.
    pub notices: Vec<ErasureNotice>,
    /// What the carrier has, and whether it has deleted it.
    pub recordings: Vec<(AtCarrier, bool)>,
}

/// A buyer that was told of the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The journey.
    pub journey: JourneyId,
    /// The buyer.
    pub buyer: BuyerId,
    /// Its offer.
    pub offer: OfferId,
    /// By what.
    pub how: How,
    /// The sale, if it bought.
    pub sale: Option<SaleId>,
    /// When.
    pub at: Timestamp,
    /// How sure it is.
    pub sure: Sure,
}

/// How a buyer was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// By a post: the lead, whole.
    Post,
    /// Its phone showed the number.
    CallerId,
    /// A confirm carried the number.
    Confirm,
}

/// How sure it is that a buyer was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sure {
    /// It was.
    Certain,
    /// It was sent, and the buyer did not say that it came.
    Possible,
}

impl How {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Post => "post",
            Self::CallerId => "caller_id",
            Self::Confirm => "confirm",
        }
    }
}

impl Store {
    /// What there is to tell of these journeys.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn facts(&self, journeys: &[JourneyId]) -> Result<Facts, ReadFailed> {
        let journeys = journeys.to_vec();
        self.durable
            .read(move |conn| {
                Box::pin(async move {
                    let mut facts = Facts::default();
                    for journey in journeys {
                        facts.add(conn, journey).await?;
                    }
                    Ok(facts)
                })
            })
            .await
    }
}

impl Facts {
    async fn add(&mut self, conn: &mut Conn, journey: JourneyId) -> Result<(), sqlx::Error> {
        const KEY: &str = "SELECT 1 AS one FROM journeys \
            WHERE id = $1 AND wrapped_key IS NOT NULL \
            AND (erasure IS NOT NULL OR ended_at IS NULL OR wake_at IS NOT NULL)";
        const FORGETS: &str = "SELECT 1 AS one FROM journeys WHERE id = $1 AND erasure IS NOT NULL";
        const RECORDINGS: &str = "SELECT reference, deleted_at FROM recording_deletions WHERE journey = $1 \
            ORDER BY reference";
        self.forgets |= conn.row(FORGETS, binds![journey]).await?.is_some();
        if conn.row(KEY, binds![journey]).await?.is_some() {
            self.under_way.push(journey);
        }
        for row in conn.rows(RECORDINGS, binds![journey]).await? {
            self.recordings
                .push((AtCarrier::read(&row.text("reference")?), row.int_opt("deleted_at")?.is_some()));
        }
        self.notices.extend(notices::of(conn, journey).await?);
        self.add_posts(conn, journey).await?;
        self.add_rung(conn, journey).await
    }

    async fn add_posts(&mut self, conn: &mut Conn, journey: JourneyId) -> Result<(), sqlx::Error> {
        const POSTS: &str = "SELECT p.id, p.sale, p.offer, p.state, p.last_error, p.first_claimed_at, p.settled_at, p.buyer, \
            s.id AS sold FROM posts p LEFT JOIN sales s ON s.id = p.sale WHERE p.journey = $1 AND p.kind = 'lead.sold' \
            ORDER BY p.created_at, p.id";
        for row in conn.rows(POSTS, binds![journey]).await? {
            let (sale, state) = (SaleId::from_uuid(row.id("sale")?), row.text("state")?);
            if state == "cancelled" && row.text_opt("last_error")?.as_deref() == Some("erased") {
                self.cancelled.push((PostId::from_uuid(row.id("id")?), sale, row.slug("offer")?));
            }
            let Some(claimed_at) = row.at_opt("first_claimed_at")? else { continue };
            let sure = if state == "delivered" { Sure::Certain } else { Sure::Possible };
            let at = row.at_opt("settled_at")?.filter(|_| sure == Sure::Certain).unwrap_or(claimed_at);
            let (buyer, offer) = (row.slug("buyer")?, row.slug("offer")?);
            let sale = row.id_opt("sold")?.map(SaleId::from_uuid);
            self.told.push(Told { journey, buyer, offer, how: How::Post, sale, at, sure });
        }
        Ok(())
    }

    /// Who was rung with the caller's own number, or was asked to confirm with it. The ranking says how, the
    /// reservation whom, and the events whether it came to it.
    async fn add_rung(&mut self, conn: &mut Conn, journey: JourneyId) -> Result<(), sqlx::Error> {
        const RESERVED: &str = "SELECT n, offer, attempt, at FROM reservations WHERE journey = $1 ORDER BY n";
        // By the journey's own index: no other leads to an attempt.
        const SALE: &str = "SELECT id FROM sales WHERE journey = $1 AND attempt = $2";
        const EVENTS: &str = "SELECT body, at FROM events WHERE journey = $1 \
            AND kind IN ('arrived', 'auction_closed', 'bid_joined', 'dial_taken', 'recording_ready') ORDER BY n";
        let (mut ranked, mut dialled) = (BTreeMap::<OfferId, Ranked>::new(), BTreeMap::new());
        for row in conn.rows(EVENTS, binds![journey]).await? {
            match forget::read(&row, journey)? {
                Some(Event::AuctionClosed { ranking }) => {
                    ranked.extend(ranking.ranked.into_iter().map(|one| (one.offer.clone(), one)));
                }
                Some(
                    Event::BidJoined { ranked: one, .. }
                    | Event::Arrived { standby: Standby::SameBuyer(one), .. },
                ) => {
                    ranked.insert(one.offer.clone(), *one);
                }
                Some(Event::DialTaken { n, .. }) => {
                    dialled.insert(n, row.at("at")?);
                }
                Some(Event::RecordingReady { reference, .. }) => {
                    let one = AtCarrier::One(reference);
                    if self.recordings.iter().all(|(known, _)| *known != one) {
                        self.recordings.push((one, false));
                    }
                }
                _ => {}
            }
        }
        for row in conn.rows(RESERVED, binds![journey]).await? {
            let Some(one) = ranked.get(&row.slug::<OfferId>("offer")?) else { continue };
            let sale = conn.row(SALE, binds![journey, row.id("attempt")?]).await?;
            let sale = sale.map(|row| row.id("id").map(SaleId::from_uuid)).transpose()?;
            let mut told = |how, at, sure| {
                let (buyer, offer) = (one.buyer.clone(), one.offer.clone());
                self.told.push(Told { journey, buyer, offer, how, sale, at, sure });
            };
            if one.terms.confirm.is_some_and(|confirm| confirm.phone) {
                told(How::Confirm, row.at("at")?, Sure::Possible);
            }
            if let Some(at) = dialled.get(&row.count("n")?)
                && one.terms.caller_id == CallerId::Pass
            {
                told(How::CallerId, *at, Sure::Possible);
            }
        }
        Ok(())
    }
}
