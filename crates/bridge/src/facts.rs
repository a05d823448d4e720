//! What the bridge is told of the journey it works for, and the limits it works within.

use std::time::Duration;

use lead::{CampaignId, Channel, Consent, JourneyId, Money, Profile, PublisherId};
use serde::{Deserialize, Serialize};

use crate::ConsentRule;

/// What a post and a sale say of their journey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The journey.
    pub journey: JourneyId,
    /// How the lead came.
    pub channel: Channel,
    /// The campaign that it came by.
    pub campaign: CampaignId,
    /// Who sent it, and what that earns, if anybody did.
    pub publisher: Option<(PublisherId, Payout)>,
    /// What the bidders were shown.
    pub shown: Profile,
    /// The best static price that was eligible at the award.
    pub best_static: Option<Money>,
    /// What the caller consented to, if the script asks for it.
    pub consent: Option<Consent>,
    /// Whose consent is asked for before a buyer gets the lead.
    pub consent_rule: ConsentRule,
    /// Whether it is a test: at price zero, outside caps and reports.
    pub test: bool,
}

/// What a publisher is owed for an earned sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payout {
    /// A fixed amount.
    pub fixed: Money,
    /// A share of the earned price, in hundredths of a per cent.
    pub share: u32,
    /// From how many seconds of talk on it is owed.
    pub payable_after: Duration,
}

impl Payout {
    /// What is owed for a sale at this price with so much talk.
    pub fn owed(&self, price: Money, talk: Duration) -> Money {
        if talk < self.payable_after { Money::ZERO } else { self.fixed + price.percent(self.share) }
    }
}

/// The limits of the bridge. `docs/limits.md` lists them with their defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// The most buyers that are dialled for one lead.
    pub attempts_max: u32,
    /// The most that all their phones may ring together.
    pub ring_budget: Duration,
    /// The least that a bid must still live when its call is dialled (domain.md 6).
    pub setup_margin: Duration,
    /// How long after an award the caller's next poll or our push may take the dial.
    pub take_max: Duration,
    /// What the carrier rings longer than asked (Twilio: 5 s, carriers.md §2).
    pub ring_extra: Duration,
    /// The most that a whisper takes.
    pub whisper_max: Duration,
    /// The most that a person may think before pressing a key.
    pub screen_max: Duration,
    /// The request time-out and the clocks' skew: what may pass between our answer and the carrier's dial.
    pub margin: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            attempts_max: 5,
            ring_budget: Duration::from_secs(90),
            setup_margin: Duration::from_secs(5),
            take_max: Duration::from_secs(20),
            ring_extra: Duration::from_secs(5),
            whisper_max: Duration::from_secs(15),
            screen_max: Duration::from_secs(12),
            margin: Duration::from_secs(5),
        }
    }
}
