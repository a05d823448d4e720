//! `Offer`: one standing offer of a buyer, with every setting that an admin makes.

use std::{collections::BTreeMap, collections::BTreeSet, fmt, time::Duration};

use lead::{BuyerId, Channel, E164, FieldName, Money, OfferId, Pii};
use serde::{Deserialize, Serialize};

use crate::{Allowed, Cap, Destination, Filter, Hours, Shape, Vertical};

/// One standing offer. Settings versions are immutable, so an offer never changes under a running auction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    /// Its id, also the `offerId` that its buyer sees.
    pub id: OfferId,
    /// The company that buys.
    pub buyer: BuyerId,
    /// What people call it, ex: `Buyer C`.
    pub name: String,
    /// An offer that is not active is never asked.
    pub active: bool,
    /// What is bought.
    pub vertical: Vertical,
    /// The channels that it accepts.
    pub channels: BTreeSet<Channel>,
    /// How its buyer is asked and told. An offer without a ping URL sells at its static price only.
    pub endpoints: Endpoints,
    /// How long it may take to answer a ping, 1–30 s.
    pub timeout: Duration,
    /// The least bid that it may win with.
    pub floor: Money,
    /// Whether the ping says the floor.
    pub floor_in_ping: bool,
    /// The highest bid that it declares. A higher one is refused; it lets a round close early.
    pub bid_max: Option<Money>,
    /// How long a bid lives that names no expiry.
    pub bid_life: Duration,
    /// The most payable seconds that a bid of it may ask.
    pub payable_max: Option<Duration>,
    /// Payable seconds of a sale whose bid names none. Zero: payable at once.
    pub payable_after: Duration,
    /// The price that it pays without an auction, and is compared against.
    pub static_price: Option<Money>,
    /// Breaks ties: the higher goes first.
    pub priority: i32,
    /// The profile fields that it must be told.
    pub required: BTreeSet<FieldName>,
    /// Whether it takes callers who withhold their number.
    pub caller_id_required: bool,
    /// What a profile must be like.
    pub filters: Vec<Filter>,
    /// When it buys. `None`: always.
    pub hours: Option<Hours>,
    /// How many it buys.
    pub caps: Vec<Cap>,
    /// How many calls of ours it takes at once.
    pub concurrency: Option<u32>,
    /// When the same person counts as a duplicate.
    pub duplicate: Option<Duplicate>,
    /// Where its calls go when a bid names nothing.
    pub destination: Option<Destination>,
    /// Where a bid may send a call.
    pub allowed: Allowed,
    /// The caller ID that its phone shows.
    pub caller_id: CallerId,
    /// Whether its pings carry the caller's number. Off unless an admin switched it on; audited.
    pub phone_in_ping: bool,
    /// How much of the zip its pings show.
    pub zip_digits: ZipDigits,
    /// Whether the reserved winner is asked once more before the dial.
    pub confirm: Option<Confirm>,
    /// How long its phone rings, 5–60 s.
    pub ring: Duration,
    /// What the buyer hears before the bridge. May name profile fields in braces, ex: `{state}`.
    pub whisper: Option<String>,
    /// Whether a person must press 1 to accept.
    pub screening: Screening,
    /// The longest talk before the carrier ends the call.
    pub talk_max: Duration,
}

/// A company that buys: what its offers share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Buyer {
    /// Its id.
    pub id: BuyerId,
    /// What people call it.
    pub name: String,
    /// The IANA zone that its caps' periods are counted in.
    pub zone: String,
    /// How many it buys over all its offers.
    pub caps: Vec<Cap>,
    /// How many calls of ours it takes at once over all its offers.
    pub concurrency: Option<u32>,
}

/// How a buyer is asked and told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoints {
    /// Where the anonymous ping goes. `None`: it is never pinged and sells at its static price.
    pub ping_url: Option<String>,
    /// Where the full lead goes once the buyer answered.
    pub post_url: String,
    /// Where the confirm goes, if the offer has one. `None`: to the ping URL.
    pub confirm_url: Option<String>,
    /// How our requests prove who we are.
    pub auth: Auth,
    /// Further fixed headers of every request.
    pub headers: BTreeMap<String, String>,
    /// Secrets of Standard Webhooks signatures (`whsec_…`); several at once while they are rotated.
    pub signing_secrets: Vec<Credential>,
    /// How its ping is written. `None`: as our own.
    #[serde(default)]
    pub ping: Option<Shape>,
    /// How its post is written. `None`: as our own.
    #[serde(default)]
    pub post: Option<Shape>,
    /// How its replies are read.
    pub wire: Wire,
}

/// How our requests prove who we are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Auth {
    /// Nothing.
    None,
    /// `Authorization: Bearer …`
    Bearer(Credential),
    /// A header of the buyer's naming, ex: `X-Api-Key`.
    ApiKey {
        /// The header's name.
        header: String,
        /// Its value.
        key: Credential,
    },
}

/// A secret that a buyer gave us. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Credential(String);

impl Credential {
    /// Takes a secret.
    pub const fn new(secret: String) -> Self {
        Self(secret)
    }

    /// The secret, for a request's header or signature.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[credential]")
    }
}

/// How a buyer's replies are read: frozen on the offer, nothing is guessed at run time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wire {
    /// Our own protocol (domain.md, "The wire to buyers").
    Own,
    /// JSON with the fields where the mapping says.
    Json(Mapping),
    /// XML with the elements where the mapping says.
    Xml(Mapping),
}

/// Where a reply says what: JSONPath (RFC 9535) for JSON, `/a/b` element paths for XML.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mapping {
    /// The price. Without it nothing is ever a bid.
    pub bid: String,
    /// A word or flag that accepts or refuses.
    pub accepted: Option<String>,
    /// The bid's id.
    pub bid_id: Option<String>,
    /// A SIP address to send the call to.
    pub sip_address: Option<String>,
    /// A number to send the call to.
    pub phone_number: Option<String>,
    /// When the bid ends.
    pub expiry: Option<Expiry>,
    /// From how many seconds on the call is payable.
    pub payable_after: Option<String>,
    /// The reason of a refusal. Present: refused.
    pub reject_reason: Option<String>,
    /// The code of a refusal. Present and not 0: refused.
    pub reject_code: Option<String>,
    /// The bid's currency.
    pub currency: Option<String>,
    /// Our ping id, given back.
    pub ping_id: Option<String>,
    /// A list whose emptiness is a no-bid, ex: TrackDrive's `$.buyers`.
    pub list: Option<String>,
}

/// How a reply says when its bid ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expiry {
    /// In so many seconds from the reply.
    Seconds(String),
    /// At a Unix time in milliseconds.
    EpochMillis(String),
    /// At an RFC 3339 time with a zone.
    Rfc3339(String),
}

/// The caller ID that a buyer's phone shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallerId {
    /// The number that the caller dialled.
    Mask,
    /// The caller's own. Every buyer that was rung with it is listed on the call.
    Pass,
}

/// How much of the zip a ping shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ZipDigits {
    /// All five.
    Five,
    /// The first three.
    Three,
}

/// One request to the reserved winner between award and dial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirm {
    /// Its own deadline, at most 3 s, while hold audio plays.
    pub timeout: Duration,
    /// Whether it carries the caller's number. Allowed only with [`CallerId::Pass`]; audited.
    pub phone: bool,
}

/// Whether a person at the buyer must accept by a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Screening {
    /// Off (default): call centres answer with a distributor that presses nothing.
    Off,
    /// The call is bridged only after key 1.
    PressOne,
}

/// When the same person counts as a duplicate of an earlier sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duplicate {
    /// Whose earlier sale counts.
    pub scope: DuplicateScope,
    /// What an earlier call must have reached to count.
    pub trigger: Trigger,
    /// For how many days back.
    pub days: u16,
}

/// Whose earlier sale counts as a duplicate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DuplicateScope {
    /// This offer's.
    Offer,
    /// Any offer's of this buyer.
    Buyer,
    /// Anybody's in this campaign.
    Campaign,
}

/// What an earlier call must have reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// The buyer's acceptance.
    Answered,
    /// The payable seconds.
    Payable,
}

/// What the bridge must know of an offer, frozen into the ranking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DialTerms {
    /// What people call the offer.
    pub name: String,
    /// What people call its buyer, as a consent names it. Empty: a ranking of a release that did not keep it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub buyer: String,
    /// How long its phone rings.
    pub ring: Duration,
    /// What the buyer hears first, with its profile fields filled in.
    pub whisper: Option<String>,
    /// Whether a person must press 1.
    pub screening: Screening,
    /// The caller ID shown.
    pub caller_id: CallerId,
    /// Whether the winner is asked once more before the dial.
    pub confirm: Option<Confirm>,
    /// The longest talk.
    pub talk_max: Duration,
    /// Where a confirm's reply may send the call.
    pub allowed: Allowed,
    /// The offer's and its buyer's caps.
    pub caps: Limits,
    /// When the same person counts as a duplicate.
    pub duplicate: Option<Duplicate>,
}

impl DialTerms {
    /// Whether a pick-up alone is the acceptance: there is neither a whisper nor a screen (domain.md 10).
    pub fn pick_up_accepts(&self) -> bool {
        self.whisper.is_none() && self.screening == Screening::Off
    }
}

/// The caps and seats that an award counts against.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Limits {
    /// The zone of the periods.
    pub zone: String,
    /// The offer's caps.
    pub offer: Vec<Cap>,
    /// The buyer's caps.
    pub buyer: Vec<Cap>,
    /// The offer's concurrency.
    pub offer_seats: Option<u32>,
    /// The buyer's concurrency.
    pub buyer_seats: Option<u32>,
}

/// A static sale of an offer: its price and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaticSale {
    /// The price agreed beforehand.
    pub price: Money,
    /// Where the call goes. `None`: the lead is sold as data.
    pub destination: Option<Destination>,
}

/// The caller's number, for the one ping whose offer's audited setting asks for it.
///
/// Only [`Offer::phone_in_ping`] makes one, so that no other ping can carry a number.
#[derive(Debug)]
pub struct PhoneInPing(Pii<E164>);

impl PhoneInPing {
    /// The number, still in custody.
    pub const fn number(&self) -> &Pii<E164> {
        &self.0
    }
}

impl Offer {
    /// The number for this offer's ping, if its setting allows it and the caller showed one.
    pub fn phone_in_ping(&self, caller: Option<&Pii<E164>>) -> Option<PhoneInPing> {
        caller.cloned().filter(|_| self.phone_in_ping).map(PhoneInPing)
    }

    /// What it buys at without an auction: a static price and, for what is sold as a call, an own destination that its
    /// policy allows.
    pub fn static_sale(&self, channel: Channel) -> Option<StaticSale> {
        let price = self.static_price.filter(|price| *price > Money::ZERO)?;
        let destination = match channel {
            Channel::Form => None,
            Channel::Call | Channel::Callback => {
                Some(self.destination.clone().filter(|to| self.allowed.permits(to))?)
            }
        };
        Some(StaticSale { price, destination })
    }

    /// What the bridge must know of it. `whisper` is filled in by the ranking, which knows the profile.
    pub fn dial_terms(&self, buyer: &Buyer, whisper: Option<String>) -> DialTerms {
        DialTerms {
            name: self.name.clone(),
            buyer: buyer.name.clone(),
            ring: self.ring,
            whisper,
            screening: self.screening,
            caller_id: self.caller_id,
            confirm: self.confirm,
            talk_max: self.talk_max,
            allowed: self.allowed.clone(),
            caps: Limits {
                zone: buyer.zone.clone(),
                offer: self.caps.clone(),
                buyer: buyer.caps.clone(),
                offer_seats: self.concurrency,
                buyer_seats: buyer.concurrency,
            },
            duplicate: self.duplicate,
        }
    }
}
