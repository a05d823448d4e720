//! Reads a reply to the letter of the rules (domain.md, "Reading a reply"): from the values that a dialect found
//! to a bid, or to the one reason why there is none.
//!
//! Start from [`bid`]. An explicit refusal is a refusal, an explicit price is a bid, anything else is malformed.

mod decimal;
mod price;
mod terms;
mod verdict;
mod whereto;

use std::time::Duration;

use auction::{Bid, Malformed, NoBid, Ping, Whereto};
use lead::Timestamp;
use serde_json::Value;

use crate::{exchange::HttpResponse, xml::Element};

pub use self::{
    decimal::Decimal,
    price::{Price, price},
    terms::{ID_CHARS_MAX, epoch_millis, id, life, payable_after, rfc3339, same},
    verdict::{CODE_CHARS_MAX, DIGITS_KEPT_MAX, TEXT_CHARS_MAX, Verdict, Words, refusal, verdict},
    whereto::whereto,
};

/// What stands at one place of a reply. `null` and an empty string are absent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Found {
    /// Nothing.
    #[default]
    Absent,
    /// `true` or `false`.
    Flag(bool),
    /// A JSON number, as its text.
    Number(String),
    /// A string that is not empty, or the text of an XML element.
    Text(String),
    /// An array, an object, or an element with elements inside it.
    Other,
}

/// The values of a reply, each from the one place where its dialect keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reply {
    /// A flag or status word.
    pub accepted: Found,
    /// The reason of a refusal.
    pub reject_reason: Found,
    /// The code of a refusal.
    pub reject_code: Found,
    /// The list of bids, where the dialect has one, is there and empty.
    pub is_empty_list: bool,
    /// The price.
    pub bid: Found,
    /// The bid's id.
    pub bid_id: Found,
    /// When the bid ends.
    pub ends: Ends,
    /// From how many seconds on the call is payable.
    pub payable_after: Found,
    /// A SIP address.
    pub sip_address: Found,
    /// A telephone number.
    pub phone_number: Found,
    /// The bid's currency.
    pub currency: Found,
    /// Our ping's id, given back.
    pub ping_id: Found,
}

/// When a bid ends, in the form that its dialect uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ends {
    /// In so many seconds.
    Seconds(Found),
    /// At a Unix time in milliseconds.
    EpochMillis(Found),
    /// At an RFC 3339 time.
    Rfc3339(Found),
}

impl Default for Ends {
    fn default() -> Self {
        Self::Seconds(Found::Absent)
    }
}

/// What a reserved winner said when it was asked once more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed {
    /// Where the call should go now.
    pub whereto: Whereto,
    /// How long the bid lives from the receipt, if it says so.
    pub expires_in: Option<Duration>,
    /// When the bid ends, if it says so.
    pub expires_at: Option<Timestamp>,
}

/// The bid in an answer to this ping. `read` finds the values in a body.
///
/// # Errors
/// The first reason that applies, in the order of the rules.
pub fn bid(
    sent: &Ping,
    answer: &HttpResponse,
    words: Words,
    read: impl FnOnce(&[u8]) -> Result<Reply, Malformed>,
) -> Result<Bid, NoBid> {
    let reply = reply_without_refusal(answer, words, read)?;
    bid_in(sent, &reply).map_err(NoBid::Malformed)?.ok_or(NoBid::Declined)
}

/// A confirm's answer: an explicit yes, or a destination.
///
/// # Errors
/// The first reason that applies; an answer that says neither yes nor where is malformed.
pub fn confirmed(
    answer: &HttpResponse,
    words: Words,
    read: impl FnOnce(&[u8]) -> Result<Reply, Malformed>,
) -> Result<Confirmed, NoBid> {
    let reply = reply_without_refusal(answer, words, read)?;
    confirmed_in(&reply, words).map_err(NoBid::Malformed)?.ok_or(NoBid::Declined)
}

/// The explicit refusal in any answer that can be read, whatever its status: for receipts of posts.
pub fn refusal_in(
    answer: &HttpResponse,
    words: Words,
    read: impl FnOnce(&[u8]) -> Result<Reply, Malformed>,
) -> Option<NoBid> {
    read(&answer.body).ok().and_then(|reply| refused(&reply, words).ok().flatten())
}

/// Status, bytes, syntax, shape and refusal, in this order.
fn reply_without_refusal(
    answer: &HttpResponse,
    words: Words,
    read: impl FnOnce(&[u8]) -> Result<Reply, Malformed>,
) -> Result<Reply, NoBid> {
    let reply = match answer.status {
        204 => return Err(NoBid::Declined),
        200..=299 => read(&answer.body).map_err(NoBid::Malformed)?,
        status @ 400..=499 => return Err(refusal_in(answer, words, read).unwrap_or(NoBid::BadStatus(status))),
        status => return Err(NoBid::BadStatus(status)),
    };
    match refused(&reply, words).map_err(NoBid::Malformed)? {
        Some(refusal) => Err(refusal),
        None if reply.is_empty_list => Err(NoBid::Declined),
        None => Ok(reply),
    }
}

/// None: the bid is 0.
fn bid_in(sent: &Ping, reply: &Reply) -> Result<Option<Bid>, Malformed> {
    let price = match price(&reply.bid)? {
        Price::Absent => return Err(Malformed::NoPrice),
        Price::Zero => return Ok(None),
        Price::Amount(price) => price,
    };
    same(&reply.currency, sent.currency.as_str(), Malformed::Currency)?;
    same(&reply.ping_id, &sent.id.to_string(), Malformed::PingId)?;
    let id = id(&reply.bid_id)?;
    let (expires_in, expires_at) = ends(&reply.ends)?;
    let payable_after = payable_after(&reply.payable_after)?;
    let whereto = whereto(&reply.sip_address, &reply.phone_number);
    Ok(Some(Bid { id, price, expires_in, expires_at, whereto, payable_after }))
}

/// None: the bid is 0 now.
fn confirmed_in(reply: &Reply, words: Words) -> Result<Option<Confirmed>, Malformed> {
    if price(&reply.bid)? == Price::Zero {
        return Ok(None);
    }
    let (expires_in, expires_at) = ends(&reply.ends)?;
    let whereto = whereto(&reply.sip_address, &reply.phone_number);
    if whereto == Whereto::Own && verdict(&reply.accepted, words)? == Verdict::Absent {
        return Err(Malformed::Accepted);
    }
    Ok(Some(Confirmed { whereto, expires_in, expires_at }))
}

fn refused(reply: &Reply, words: Words) -> Result<Option<NoBid>, Malformed> {
    refusal(&reply.accepted, &reply.reject_reason, &reply.reject_code, words)
}

fn ends(ends: &Ends) -> Result<(Option<Duration>, Option<Timestamp>), Malformed> {
    Ok(match ends {
        Ends::Seconds(found) => (life(found)?, None),
        Ends::EpochMillis(found) => (None, epoch_millis(found)?),
        Ends::Rfc3339(found) => (None, rfc3339(found)?),
    })
}

impl Found {
    /// What stands at a place of a JSON text.
    pub fn in_json(value: Option<&Value>) -> Self {
        match value {
            None | Some(Value::Null) => Self::Absent,
            Some(Value::Bool(flag)) => Self::Flag(*flag),
            Some(Value::Number(number)) => Self::Number(number.as_str().to_owned()),
            Some(Value::String(text)) if text.is_empty() => Self::Absent,
            Some(Value::String(text)) => Self::Text(text.clone()),
            Some(Value::Array(_) | Value::Object(_)) => Self::Other,
        }
    }

    /// What stands at a place of an XML document.
    pub fn in_xml(element: Option<&Element>) -> Self {
        match element {
            Some(element) if element.has_children() => Self::Other,
            Some(element) if !element.text().is_empty() => Self::Text(element.text().to_owned()),
            _ => Self::Absent,
        }
    }
}
