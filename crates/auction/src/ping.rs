//! What a bidder is shown, and what it says when it bids.

use std::time::Duration;

use lead::{Channel, Money, NameError, OfferId, PingId, Profile, Timestamp, Word};
use serde::{Deserialize, Serialize};

use crate::{Destination, ZipDigits};

/// The anonymous question to one offer. It is built from a [`Profile`] and can hold nothing else of the lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ping {
    /// This offer's own id of this ping.
    pub id: PingId,
    /// The offer that is asked.
    pub offer: OfferId,
    /// How the lead came.
    pub channel: Channel,
    /// What is sold.
    pub vertical: Vertical,
    /// What bidders may see.
    pub profile: Profile,
    /// How much of the zip this offer sees.
    pub zip_digits: ZipDigits,
    /// How long the buyer has.
    pub tmax: Duration,
    /// The least bid that can win, where the offer says so.
    pub floor: Option<Money>,
    /// The currency that bids are in.
    pub currency: Currency,
    /// The ping that this one asks again, for a runner-up whose bid has expired.
    pub repeat_of: Option<PingId>,
    /// Whether it is a test, at price zero.
    pub test: bool,
}

/// What an offer answered, as its dialect read it. Whether it may win is for the round to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bid {
    /// The buyer's id of the bid.
    pub id: Option<String>,
    /// The price, more than zero.
    pub price: Money,
    /// Its life from the receipt. Zero: it has expired already.
    pub expires_in: Option<Duration>,
    /// Its end as a time. Where both are named, the earlier counts.
    pub expires_at: Option<Timestamp>,
    /// Where the call should go.
    pub whereto: Whereto,
    /// From how many seconds on the call is payable.
    pub payable_after: Option<Duration>,
}

/// Where a bid sends the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whereto {
    /// It named nothing: the offer's own destination.
    Own,
    /// What it named and could be read, the SIP address first. Empty: nothing of it could be read.
    Named(Vec<Destination>),
}

/// What is sold, ex: `medicare`. A slug of 1–40 letters, digits, `_`, `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Vertical(Word);

impl Vertical {
    /// Reads a vertical.
    ///
    /// # Errors
    /// When the text has another form.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        Word::parse(text).map(Self)
    }

    /// Its name.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// The deployment's one currency, an ISO 4217 code, ex: `USD`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(String);

impl Currency {
    /// Reads three capital letters.
    ///
    /// # Errors
    /// When the text is anything else.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let legal = text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase());
        if legal { Ok(Self(text.to_owned())) } else { Err(NameError) }
    }

    /// US dollars.
    pub fn usd() -> Self {
        Self("USD".to_owned())
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Currency {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        Self::parse(&text)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.0
    }
}
