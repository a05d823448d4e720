//! `RoundNow`: a round that runs, as whoever runs it tells: who is asked, who has answered, and until when it waits.

use std::sync::Arc;

use lead::{BuyerId, JourneyId, Money, OfferId, Timestamp};

/// A round that runs in this process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoundNow {
    /// When its pings left.
    pub opened_at: Timestamp,
    /// When it closes at the latest.
    pub until: Timestamp,
    /// Every offer that is asked, in the order of their ids.
    pub offers: Vec<OfferNow>,
}

/// An offer that is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferNow {
    /// The offer.
    pub offer: OfferId,
    /// Its buyer.
    pub buyer: BuyerId,
    /// What it has answered.
    pub answer: Answer,
}

/// What an offer that is asked has answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Nothing yet.
    Awaited,
    /// A bid, whatever becomes of it.
    Bid(Money),
    /// No bid.
    NoBid,
}

/// The round of a journey, if one runs in this process. The server hands it in.
pub type Rounds = Arc<dyn Fn(JourneyId) -> Option<RoundNow> + Send + Sync>;
