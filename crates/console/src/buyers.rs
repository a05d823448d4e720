//! `Buyers`: a try of what an offer says, against its real buyer. The server hands it in, since this crate knows no buyer's
//! dialect. A try is marked as a test, books nothing, and carries nobody's number.

use std::{collections::BTreeMap, future::Future, pin::Pin, time::Duration};

use lead::{Money, OfferId, Profile};
use secrecy::SecretString;
use serde_json::Value;

/// What a test ping came to.
pub type Trying = Pin<Box<dyn Future<Output = Result<Tried, String>> + Send>>;

/// Asks buyers, and reads what they say.
pub trait Buyers: Send + Sync {
    /// Sends one test ping of an offer as a settings document says, published or not.
    ///
    /// # Errors
    /// Why nothing was sent.
    fn try_ping(&self, document: SecretString, offer: OfferId, profile: Profile) -> Trying;

    /// Whether this server would send to a URL.
    ///
    /// # Errors
    /// The rule that it breaks.
    fn check_url(&self, url: &str) -> Result<(), String>;

    /// How a sample reply would be read: by this `wire` of an offer, or by a mapping that is proposed for it.
    ///
    /// # Errors
    /// Why the sample or the wire cannot be read.
    fn read_sample(&self, sample: &[u8], wire: Option<&Value>) -> Result<Sample, String>;
}

/// A test ping and its answer.
#[derive(Debug, Clone)]
pub struct Tried {
    /// The method and the URL.
    pub request: String,
    /// The headers that are ours to tell; secrets are hidden.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: String,
    /// The status, if there was an answer.
    pub status: Option<u16>,
    /// How long it took.
    pub wait: Duration,
    /// The answer's body.
    pub reply: String,
    /// What it is read as.
    pub read: Reading,
}

/// What a reply is read as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// A bid.
    Bid {
        /// Its price.
        price: Money,
        /// Where it sends the call, in its order; empty: the offer's own destination.
        to: Vec<String>,
        /// The talk after which it is paid for, where it says so.
        payable_after: Option<Duration>,
    },
    /// None, for this reason of the closed list, ex: `timeout`.
    NoBid(String),
}

/// A sample reply, read.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The `wire` of an offer that it was read by.
    pub wire: Value,
    /// Every single value in it.
    pub leaves: Vec<Leaf>,
    /// What it comes to. `None`: the wire does not say yet where the price is.
    pub read: Option<Reading>,
}

/// One value of a sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// Where it is, as a mapping names it.
    pub path: String,
    /// Its value, cut.
    pub shown: String,
    /// Whether it can be read as a price.
    pub is_price: bool,
}
