//! Whose rounds are whose: a lease for each, where nodes share what is in flight.

use lead::{AuctionId, JourneyId, Timestamp};
use uuid::Uuid;

use crate::{
    Store,
    limits::{ROUND_LEASE, ROUNDS_TAKEN_MAX},
};

/// A round of an auction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoundName {
    /// Its journey.
    pub journey: JourneyId,
    /// The auction.
    pub auction: AuctionId,
}

impl Store {
    /// Whether another node takes over a round whose node is gone.
    pub fn leases_rounds(&self) -> bool {
        self.in_flight.rounds().is_some()
    }

    /// A round is this node's for a while. Its node says so again and again.
    pub async fn hold_round(&self, now: Timestamp, round: RoundName) {
        if let Some(rounds) = self.in_flight.rounds() {
            rounds.hold_round(&round.written(), now + ROUND_LEASE).await;
        }
    }

    /// A round is over, or nobody is to take it over.
    pub async fn end_round(&self, round: RoundName) {
        if let Some(rounds) = self.in_flight.rounds() {
            rounds.end_round(&round.written()).await;
        }
    }

    /// Rounds whose node has said nothing of them for as long as their lease. For another lease they are this node's.
    pub async fn lapsed_rounds(&self, now: Timestamp) -> Vec<RoundName> {
        let Some(rounds) = self.in_flight.rounds() else { return vec![] };
        let names = rounds.lapsed_rounds(now, now + ROUND_LEASE, ROUNDS_TAKEN_MAX).await;
        names.iter().filter_map(|name| RoundName::read(name)).collect()
    }
}

impl RoundName {
    fn written(&self) -> String {
        format!("{}:{}", self.journey, self.auction)
    }

    fn read(text: &str) -> Option<Self> {
        let (journey, auction) = text.split_once(':')?;
        let uuid = |text| Uuid::parse_str(text).ok();
        Some(Self {
            journey: JourneyId::from_uuid(uuid(journey)?),
            auction: AuctionId::from_uuid(uuid(auction)?),
        })
    }
}
