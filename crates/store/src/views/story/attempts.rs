//! The awards of a call: what was reserved, dialled and picked up, and how each ended.

use bridge::Lost;
use journey::{DialResult, Event};
use lead::{AttemptId, CampaignId, JourneyId, Money, OfferId, Timestamp};

use crate::{
    ReadFailed, Recorded, Sale, SaleEntry, Store,
    durable::binds,
    views::{
        Amounts,
        reasons::{self, OfferFigures, Reason},
    },
};

/// One award.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryAttempt {
    /// Which, from 1.
    pub n: u32,
    /// The offer.
    pub offer: OfferId,
    /// The price.
    pub price: Money,
    /// When it was reserved.
    pub reserved_at: Timestamp,
    /// When the dial was handed to the carrier.
    pub dialled_at: Option<Timestamp>,
    /// When its phone rang.
    pub rang_at: Option<Timestamp>,
    /// When something picked up.
    pub picked_up_at: Option<Timestamp>,
    /// When its dial ended.
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    pub end: AttemptEnd,
}

/// How an award ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptEnd {
    /// It has not.
    Open,
    /// Its buyer accepted.
    Accepted,
    /// It came to nothing.
    Lost(Reason),
}

/// What a reservation's row says.
pub(super) struct Reserved {
    n: u32,
    attempt: AttemptId,
    offer: OfferId,
    price: Money,
    at: Timestamp,
}

impl Store {
    pub(super) async fn reserved(&self, id: JourneyId) -> Result<Vec<Reserved>, ReadFailed> {
        const RESERVED: &str =
            "SELECT n, attempt, offer, price, at FROM reservations WHERE journey = $1 ORDER BY n";
        let rows = self.durable.rows(RESERVED, binds![id]).await?;
        let each = rows.iter().map(|row| {
            Ok(Reserved {
                n: row.count("n")?,
                attempt: AttemptId::from_uuid(row.id("attempt")?),
                offer: row.slug("offer")?,
                price: row.money("price")?,
                at: row.at("at")?,
            })
        });
        Ok(each.collect::<Result<_, sqlx::Error>>()?)
    }
}

/// The awards, from what was reserved and what was heard of each.
pub(super) fn of(
    events: &[Recorded],
    reserved: Vec<Reserved>,
    sales: &[(Sale, Vec<SaleEntry>)],
    campaign: Option<&CampaignId>,
    amounts: &Amounts,
) -> Vec<StoryAttempt> {
    let last = reserved.last().map(|last| last.n);
    let each = reserved.into_iter().map(|row| {
        let Reserved { n, attempt, offer, price, at } = row;
        let mut found = StoryAttempt {
            n,
            offer,
            price,
            reserved_at: at,
            dialled_at: None,
            rang_at: None,
            picked_up_at: None,
            ended_at: None,
            end: AttemptEnd::Open,
        };
        let lost = found.hear(events);
        let sale = sales.iter().find(|(sale, _)| sale.attempt == attempt);
        let is_last = last == Some(n);
        let lost = match sale {
            Some((_, entries))
                if entries.iter().any(|entry| entry.reason.as_deref() == Some("abandoned")) =>
            {
                Some(Lost::Returned)
            }
            Some(_) => {
                found.end = AttemptEnd::Accepted;
                None
            }
            None => lost.or_else(|| found.silent(events, is_last)),
        };
        if let (Some(lost), Some(campaign)) = (lost, campaign) {
            let figures =
                OfferFigures { price: Some(price), amounts: amounts.clone(), ..OfferFigures::default() };
            found.end = AttemptEnd::Lost(reasons::of_attempt(&found.offer, campaign, &lost, &figures));
        }
        found
    });
    each.collect()
}

impl StoryAttempt {
    /// Notes what was heard of it, and gives why it came to nothing, where that was said.
    fn hear(&mut self, events: &[Recorded]) -> Option<Lost> {
        let mut lost = None;
        for entry in events {
            match &entry.event {
                Event::DialTaken { n, .. } if *n == self.n => self.dialled_at = Some(entry.at),
                Event::BuyerRang { n, .. } if *n == self.n => self.rang_at = Some(entry.at),
                Event::BuyerPickedUp { n, at, .. } if *n == self.n => self.picked_up_at = Some(*at),
                Event::BuyerDeclined { n, .. } if *n == self.n => lost = Some(Lost::Declined),
                Event::PostRefused { n, .. } if *n == self.n => lost = Some(Lost::Refused),
                Event::Unconfirmed { n, .. } if *n == self.n => lost = Some(Lost::Unconfirmed),
                Event::DialNotFound { n } if *n == self.n => lost = Some(Lost::Unplaced),
                Event::LegEnded { n, result, .. } | Event::DialEnded { n, result, .. } if *n == self.n => {
                    self.ended_at = Some(entry.at);
                    lost = lost.or_else(|| lost_by(*result));
                }
                _ => {}
            }
        }
        lost
    }

    /// Why an award came to nothing of which nothing more was heard. `None`: it may still be under way.
    fn silent(&self, events: &[Recorded], is_last: bool) -> Option<Lost> {
        let gone = events.iter().any(|entry| matches!(entry.event, Event::CallerHungUp { .. }));
        match (self.dialled_at, gone) {
            (Some(_), true) => Some(Lost::Abandoned),
            (None, true) if is_last => Some(Lost::Undialled),
            (Some(_), false) if !is_last => Some(Lost::Unheard),
            (None, _) if !is_last => Some(Lost::Expired),
            _ => None,
        }
    }
}

const fn lost_by(result: DialResult) -> Option<Lost> {
    match result {
        DialResult::Busy => Some(Lost::Busy),
        DialResult::NoAnswer => Some(Lost::NoAnswer),
        DialResult::Failed => Some(Lost::Failed),
        // Completed: something picked up, and whether it accepted is said by a sale. Cancelled: by the caller's end.
        DialResult::Completed | DialResult::Canceled => None,
    }
}
