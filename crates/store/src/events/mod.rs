//! Event webhooks: what happened is told to whoever asked to be, at least once, by Standard Webhooks.
//!
//! A delivery is written in the transaction of its fact ([`fact`]), claimed for a lease, sent by the shell and settled,
//! as a post is. While nobody is to be told of a type, its facts cost no statement: each process knows which are wanted
//! ([`wanted`]), and looks again every moment.

mod deliver;
mod endpoints;
mod fact;
mod list;
mod outcome;
mod settle;
mod wanted;

pub use deliver::{ClaimedEvent, EventClaim};
pub(crate) use endpoints::purpose_of as purpose;
pub use endpoints::{EventEndpoint, EventEndpointChange, EventEndpointState, NewEventEndpoint};
pub(crate) use fact::{Fact, note, note_at};
pub use list::{EventDelivery, EventDeliveryFilter, EventDeliveryState};
pub(crate) use outcome::{Outcome, Status};
pub use settle::EventSettled;
pub(crate) use wanted::Wanted;

use uuid::Uuid;

use crate::access::id;

id! {
    /// One who is told of events.
    EventEndpointId
}

/// One event for one endpoint. It follows from both, so that a fact that is noted twice is told once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventDeliveryId(Uuid);

impl EventDeliveryId {
    /// From a stored or received id.
    pub const fn from_uuid(id: Uuid) -> Self {
        Self(id)
    }

    /// The id.
    pub const fn uuid(self) -> Uuid {
        self.0
    }

    fn of(event: Uuid, endpoint: Uuid) -> Self {
        Self(Uuid::new_v5(&endpoint, event.as_bytes()))
    }
}

impl std::fmt::Display for EventDeliveryId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl From<EventDeliveryId> for crate::durable::Bind {
    fn from(id: EventDeliveryId) -> Self {
        Self::from(id.0)
    }
}

/// What one can be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventKind {
    /// A buyer accepted a call, and the sale was booked.
    SaleBooked,
    /// A sale became void: nobody owes anything for it.
    SaleVoided,
    /// A sale was adjusted, converted or disputed.
    SaleCorrected,
    /// A post was given up: a person should look.
    PostExhausted,
    /// A cap is so full that another award like the last does not fit.
    CapReached,
    /// An offer was switched off, or its post URL answered 410.
    OfferPaused,
    /// A lead was sold, and its publisher is owed what it says.
    LeadSold,
    /// Nobody bought a lead, or what it was sold for is owed by nobody.
    LeadUnsold,
    /// A lead is not taken: its person or the business will not have it sold.
    LeadRefused,
    /// Who asked to be rung was not reached.
    LeadNotReached,
    /// What was told of a lead has changed since.
    LeadCorrected,
}

impl EventKind {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::SaleBooked,
        Self::SaleVoided,
        Self::SaleCorrected,
        Self::PostExhausted,
        Self::CapReached,
        Self::OfferPaused,
        Self::LeadSold,
        Self::LeadUnsold,
        Self::LeadRefused,
        Self::LeadNotReached,
        Self::LeadCorrected,
    ];

    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SaleBooked => "sale.booked",
            Self::SaleVoided => "sale.voided",
            Self::SaleCorrected => "sale.corrected",
            Self::PostExhausted => "post.exhausted",
            Self::CapReached => "cap.reached",
            Self::OfferPaused => "offer.paused",
            Self::LeadSold => "lead.sold",
            Self::LeadUnsold => "lead.unsold",
            Self::LeadRefused => "lead.refused",
            Self::LeadNotReached => "lead.not_reached",
            Self::LeadCorrected => "lead.corrected",
        }
    }

    /// What it is, in a few words for a form.
    pub const fn means(self) -> &'static str {
        match self {
            Self::SaleBooked => "a buyer accepted a call",
            Self::SaleVoided => "a sale became void",
            Self::SaleCorrected => "a sale was adjusted, converted or disputed",
            Self::PostExhausted => "a post was given up",
            Self::CapReached => "a cap is full",
            Self::OfferPaused => "an offer was switched off, or its posts were by 410",
            Self::LeadSold => "a lead was sold",
            Self::LeadUnsold => "nobody bought a lead",
            Self::LeadRefused => "a lead is not taken",
            Self::LeadNotReached => "who asked to be called was not reached",
            Self::LeadCorrected => "what was told of a lead has changed",
        }
    }

    /// Whether it is what became of a lead: what its publisher may be told, without buyer and price.
    pub const fn is_of_lead(self) -> bool {
        matches!(
            self,
            Self::LeadSold
                | Self::LeadUnsold
                | Self::LeadRefused
                | Self::LeadNotReached
                | Self::LeadCorrected
        )
    }

    /// The one of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}
