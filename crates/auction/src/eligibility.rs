//! Who is asked, and a named reason for everybody who is not (domain.md 2).

use std::{collections::BTreeSet, sync::Arc};

use lead::{BuyerId, CampaignId, Channel, Consent, FieldName, Profile, Timestamp};

use crate::{Buyer, Full, Hold, Offer, Outcome, Share, Vertical};

/// What is sold in an auction, as far as bidders may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The campaign that it came by.
    pub campaign: CampaignId,
    /// What is sold.
    pub vertical: Vertical,
    /// How it came.
    pub channel: Channel,
    /// Its shareable part.
    pub profile: Profile,
    /// Whether the caller shows a number.
    pub caller: Caller,
    /// Buyers that are left out, ex: those that already had this caller.
    pub without: BTreeSet<BuyerId>,
    /// Whom the person's consent lets have the lead.
    pub named: Named,
}

/// Whom a person's consent lets have their lead, as far as that is known before the auction.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Named {
    /// Everybody: no consent needs to name the buyer, or the person is asked about the one that wins.
    #[default]
    Anybody,
    /// Only the buyers that this consent names.
    By(Consent),
    /// Nobody: a consent that names the buyer is needed, and there is none.
    Nobody,
}

impl Named {
    /// Whether a buyer of this name may have the lead.
    pub fn allows(&self, buyer: &str) -> bool {
        match self {
            Self::Anybody => true,
            Self::By(consent) => consent.names(buyer),
            Self::Nobody => false,
        }
    }
}

/// Whether the caller shows a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// There is one.
    Known,
    /// It is withheld.
    Anonymous,
}

/// One offer that is considered, with what the shell knows of it.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The offer.
    pub offer: Arc<Offer>,
    /// Its buyer.
    pub buyer: Arc<Buyer>,
    /// What the shell knows.
    pub standing: Standing,
}

/// What the shell knows of an offer at the opening of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// A cap of it or its buyer is full.
    pub capped: bool,
    /// All seats of it or its buyer are taken.
    pub at_concurrency: bool,
    /// The same person came inside its window.
    pub duplicate: bool,
    /// Its health has paused it.
    pub paused: bool,
    /// In how many auctions its health lets it be asked.
    pub share: Share,
    /// The cap or the seats that are full, where that is known.
    pub full: Option<Full>,
}

/// Why an offer would not have been asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unasked {
    /// It buys something else.
    Vertical,
    /// It does not buy what comes this way.
    Channel,
    /// It would have come out so.
    Outcome(Outcome),
}

impl Candidate {
    /// What an award to it would take now: the rows that [`Standing`] is read from.
    pub fn hold(&self, now: Timestamp, campaign: &CampaignId) -> Hold {
        let terms = self.offer.dial_terms(&self.buyer, None);
        // A cap of money is full for this offer when not even its floor fits in.
        let price = self.offer.floor.max(lead::Money::from_micros(1));
        terms.caps.hold(now, &self.offer.id, &self.buyer.id, campaign, price, terms.duplicate)
    }
}

/// Whether an offer may be asked, or why not. The first reason that applies is the one. Its share is no part of this: it
/// leaves out of the pings alone, and only where somebody else is asked.
///
/// # Errors
/// The reason, one of the closed list.
pub fn eligible(now: Timestamp, subject: &Subject, candidate: &Candidate) -> Result<(), Outcome> {
    let (offer, standing) = (&candidate.offer, candidate.standing);
    if !offer.active || standing.paused {
        return Err(Outcome::Paused);
    }
    fits(now, subject, offer)?;
    if !subject.named.allows(&candidate.buyer.name) {
        return Err(Outcome::NotNamed);
    }
    let known = [
        (standing.capped, Outcome::Capped),
        (standing.at_concurrency, Outcome::AtConcurrency),
        (standing.duplicate, Outcome::DuplicateLead),
    ];
    known.into_iter().find(|(holds, _)| *holds).map_or(Ok(()), |(_, outcome)| Err(outcome))
}

/// Whether an offer would have been asked at an instant, by what it says of callers and hours alone: nothing is read, and
/// neither its switch nor its caps, seats, duplicates and health count, which say nothing of whom it wants.
///
/// # Errors
/// The first reason against it.
pub fn would_ask(at: Timestamp, subject: &Subject, offer: &Offer) -> Result<(), Unasked> {
    if offer.vertical != subject.vertical {
        return Err(Unasked::Vertical);
    }
    if !offer.channels.contains(&subject.channel) {
        return Err(Unasked::Channel);
    }
    fits(at, subject, offer).map_err(Unasked::Outcome)
}

/// Whether a caller is one that an offer wants, at an hour at which it buys.
fn fits(now: Timestamp, subject: &Subject, offer: &Offer) -> Result<(), Outcome> {
    let phone = || FieldName::parse("phone").map_or(Outcome::Paused, Outcome::MissingField);
    if subject.without.contains(&offer.buyer) {
        return Err(Outcome::DuplicateLead);
    }
    if offer.caller_id_required && subject.caller == Caller::Anonymous {
        return Err(phone());
    }
    if let Some(field) = offer.required.iter().find(|field| subject.profile.value(field).is_none()) {
        return Err(Outcome::MissingField(field.clone()));
    }
    if let Some(filter) = offer.filters.iter().find(|filter| !filter.passes(&subject.profile)) {
        return Err(Outcome::Filtered(filter.field.clone()));
    }
    if offer.hours.as_ref().is_some_and(|hours| !hours.is_open(now)) {
        return Err(Outcome::OutOfHours);
    }
    Ok(())
}

/// Whether an offer is considered at all: the same vertical, and the channel accepted.
pub(crate) fn considered(subject: &Subject, offer: &Offer) -> bool {
    offer.vertical == subject.vertical && offer.channels.contains(&subject.channel)
}
