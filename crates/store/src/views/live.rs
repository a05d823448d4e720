//! The calls that go on now: where each stands, since when, and with whom. Nothing personal is in it.

use auction::Kind;
use journey::{Event, Standby};
use lead::{CampaignId, Channel, E164, JourneyId, Money, OfferId, Timestamp};

use super::limit;
use crate::{
    LoadError, ReadFailed, Recorded, Store,
    durable::{Row, binds},
};

/// A call that goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveCall {
    /// The journey.
    pub journey: JourneyId,
    /// Its campaign. A light journey's is found by the number that it arrived at.
    pub campaign: Option<CampaignId>,
    /// The number that was dialled: ours, not the caller's.
    pub dnis: Option<E164>,
    /// How it came.
    pub channel: Channel,
    /// It is a test.
    pub test: bool,
    /// When it arrived.
    pub arrived_at: Timestamp,
    /// Where it stands.
    pub stage: LiveStage,
    /// Since when.
    pub since: Timestamp,
    /// Bids of its last auction that may win; `None`: no auction of it has closed.
    pub bids: Option<u32>,
    /// Who is reserved, handed it, rung or talked to.
    pub with: Option<LiveOffer>,
}

/// Who a call is with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveOffer {
    /// The offer.
    pub offer: OfferId,
    /// What it pays, if it is earned.
    pub price: Money,
}

/// Where a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LiveStage {
    /// Somebody who asked to be called is rung.
    Called,
    /// The caller answers questions.
    Interview,
    /// Buyers are asked. The script may still speak.
    Auction,
    /// The caller is on hold.
    Hold,
    /// A form is with its winner, whose receipt is awaited.
    Handed,
    /// A buyer's phone rings.
    Ring,
    /// They talk.
    Talk,
}

impl LiveStage {
    /// All of them, in the order in which a call comes to them.
    pub const ALL: [Self; 7] =
        [Self::Called, Self::Interview, Self::Auction, Self::Hold, Self::Handed, Self::Ring, Self::Talk];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Called => "called",
            Self::Interview => "interview",
            Self::Auction => "auction",
            Self::Hold => "hold",
            Self::Handed => "handed",
            Self::Ring => "ring",
            Self::Talk => "talk",
        }
    }
}

impl Store {
    /// The calls that go on and that this process knows of, the latest first: all durable ones, and the light ones that it
    /// has seen.
    ///
    /// # Errors
    /// When the durable store cannot be read.
    pub async fn live_journeys(&self) -> Result<Vec<JourneyId>, ReadFailed> {
        const LIVE: &str =
            "SELECT id FROM journeys WHERE ended_at IS NULL ORDER BY created_at DESC, id DESC LIMIT $1";
        let most = limit(None);
        let rows = self.durable.rows(LIVE, binds![most]).await?;
        let durable = rows.iter().map(|row| row.id("id").map(JourneyId::from_uuid));
        let mut all = self.in_flight.known(usize::try_from(most).unwrap_or_default());
        all.extend(durable.collect::<Result<Vec<_>, sqlx::Error>>()?);
        Ok(all)
    }

    /// Where a call stands. `Ok(None)`: it is over, or nobody knows it, or nothing of it goes on: somebody waits to be called
    /// back, or a form's fate is with its buyer.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn live_call(&self, id: JourneyId) -> Result<Option<LiveCall>, LoadError> {
        const KEPT: &str = "SELECT j.ended_at, s.offer, s.price, s.accepted_at, \
            COALESCE(a.test, FALSE) AS test FROM journeys j LEFT JOIN arrivals a ON a.journey = j.id \
            LEFT JOIN live_sales l ON l.journey = j.id LEFT JOIN sales s ON s.id = l.sale WHERE j.id = $1";
        const LAST: &str = "SELECT offer, price FROM reservations WHERE journey = $1 ORDER BY n DESC LIMIT 1";
        let Some(record) = self.load(id).await? else { return Ok(None) };
        let kept = self.durable.row(KEPT, binds![id]).await?;
        if kept
            .as_ref()
            .map(|row| row.at_opt("ended_at"))
            .transpose()
            .map_err(ReadFailed::from)?
            .flatten()
            .is_some()
        {
            return Ok(None);
        }
        let Some(mut call) = told(id, &record.entries) else { return Ok(None) };
        call.campaign = record.campaign;
        call.test |=
            kept.as_ref().map(|row| row.flag("test")).transpose().map_err(ReadFailed::from)? == Some(true);
        let sold = kept.as_ref().map(sold).transpose().map_err(ReadFailed::from)?.flatten();
        match sold {
            Some((with, accepted_at)) => {
                (call.stage, call.since, call.with) = (LiveStage::Talk, accepted_at, Some(with));
            }
            None if kept.is_some()
                && matches!(call.stage, LiveStage::Hold | LiveStage::Handed | LiveStage::Ring) =>
            {
                let last = self.durable.row(LAST, binds![id]).await?;
                call.with = last.as_ref().map(offer).transpose().map_err(ReadFailed::from)?;
            }
            None => {}
        }
        Ok(Some(call))
    }
}

/// Where a call stands by its events alone. `None`: nothing goes on.
fn told(id: JourneyId, events: &[Recorded]) -> Option<LiveCall> {
    let arrived_at = events.first().map_or_else(Timestamp::default, |first| first.at);
    let mut call = LiveCall {
        journey: id,
        campaign: None,
        dnis: None,
        channel: Channel::Call,
        test: false,
        arrived_at,
        stage: LiveStage::Interview,
        since: arrived_at,
        bids: None,
        with: None,
    };
    let mut waits = false;
    for entry in events {
        let stage = match &entry.event {
            Event::Arrived { dnis, standby, .. } => {
                call.dnis = Some(dnis.clone());
                call.test = matches!(standby, Standby::Test(_));
                Some(LiveStage::Interview)
            }
            Event::FormReceived { .. } => {
                call.channel = Channel::Form;
                Some(LiveStage::Auction)
            }
            Event::CallbackAsked { .. } => {
                call.channel = Channel::Callback;
                None
            }
            Event::LeadForbidden { .. } | Event::LeadDialFailed { .. } | Event::LeadLegEnded { .. } => None,
            Event::PostUnsettled { .. } => None,
            Event::LeadDialled { .. } => Some(LiveStage::Called),
            Event::LeadAnswered { .. } => Some(LiveStage::Interview),
            Event::AuctionOpened { .. } | Event::AuctionReopened { .. } => Some(LiveStage::Auction),
            Event::AuctionClosed { ranking } => {
                let bids = ranking.ranked.iter().filter(|ranked| ranked.kind == Kind::Bid).count();
                call.bids = Some(u32::try_from(bids).unwrap_or(u32::MAX));
                Some(if call.channel == Channel::Form { LiveStage::Handed } else { LiveStage::Hold })
            }
            Event::DialTaken { .. } => Some(LiveStage::Ring),
            Event::DialEnded { .. } | Event::LegEnded { .. } | Event::DialNotFound { .. } => {
                Some(LiveStage::Hold)
            }
            _ => continue,
        };
        waits = stage.is_none();
        if let Some(stage) = stage {
            (call.stage, call.since) = (stage, entry.at);
        }
    }
    (!waits).then_some(call)
}

fn sold(row: &Row) -> Result<Option<(LiveOffer, Timestamp)>, sqlx::Error> {
    let Some(accepted_at) = row.at_opt("accepted_at")? else { return Ok(None) };
    Ok(Some((offer(row)?, accepted_at)))
}

fn offer(row: &Row) -> Result<LiveOffer, sqlx::Error> {
    Ok(LiveOffer { offer: row.slug("offer")?, price: row.money("price")? })
}
