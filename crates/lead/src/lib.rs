//! The words that every other crate speaks: numbers, money, time, ids, and the two halves of a [`Lead`].
//!
//! Start at [`Lead`]: a [`Profile`] that bidders may see and an [`Identity`] that only the winner may see.
//! This crate knows no auction, no carrier, no buyer, no store; it reads no clock and draws no chance.

mod e164;
pub mod geo;
mod ids;
mod lead;
mod money;
mod pii;
mod profile;
mod time;

pub use e164::{E164, E164Error};
pub use ids::{
    AttemptId, AuctionId, BuyerId, CampaignId, JourneyId, OfferId, PingId, PublisherId, SaleId, SlugError,
};
pub use lead::{Audience, Channel, Consent, Covers, Evidence, Identity, Lead};
pub use money::{Money, MoneyError};
pub use pii::Pii;
pub use profile::{FieldName, NameError, Profile, Value, Word};
pub use time::Timestamp;
