//! A buyer whose replies are read by a frozen mapping: JSONPath (RFC 9535) in JSON, element paths in XML.
//!
//! The paths are parsed once. A place that a reply holds more than once is malformed; what is not mapped is
//! ignored. Requests are those of our own wire.

mod json_path;

use auction::{Bid, Expiry, Malformed, Mapping, NoBid, PhoneInPing, Ping};
use bridge::{Attempt, Post};
use lead::{OfferId, Pii, SaleId, Timestamp};
use serde_json::Value;
use serde_json_path::JsonPath;

use crate::{
    dialect::{Dialect, ErasedLead, Line, Receipt, receipt},
    endpoint::{Problem, SettingError},
    exchange::{HttpRequest, HttpResponse},
    json,
    own_wire::OwnWire,
    reading::{self, Confirmed, Ends, Found, Reply, Words},
    xml::{self, Element, ElementPath},
};

/// An offer whose replies are mapped.
#[derive(Debug, Clone)]
pub struct Mapped<P> {
    wire: OwnWire,
    places: P,
}

/// The places of a JSON reply.
#[derive(Debug, Clone)]
pub struct JsonPlaces(Places<JsonPath>);

/// The places of an XML reply.
#[derive(Debug, Clone)]
pub struct XmlPlaces(Places<ElementPath>);

/// Finds a reply's values in a body.
pub trait Read {
    /// # Errors
    /// When the body cannot be read.
    fn read(&self, body: &[u8]) -> Result<Reply, Malformed>;
}

/// A mapping of JSONPaths, parsed.
///
/// # Errors
/// Every path that cannot be parsed.
pub fn json(mapping: &Mapping) -> Result<JsonPlaces, Vec<SettingError>> {
    Places::parse(mapping, json_path::parse).map(JsonPlaces)
}

/// A mapping of element paths, parsed.
///
/// # Errors
/// Every path that cannot be parsed.
pub fn xml(mapping: &Mapping) -> Result<XmlPlaces, Vec<SettingError>> {
    Places::parse(mapping, |path| ElementPath::parse(path).map_err(Problem::from)).map(XmlPlaces)
}

impl<P> Mapped<P> {
    /// Asks as our own wire does and reads by these places.
    pub const fn new(wire: OwnWire, places: P) -> Self {
        Self { wire, places }
    }
}

impl<P: Read + Send + Sync> Dialect for Mapped<P> {
    fn ping(&self, now: Timestamp, ping: &Ping, phone: Option<&PhoneInPing>) -> Option<HttpRequest> {
        self.wire.ping(now, ping, phone)
    }

    fn bid(&self, sent: &Ping, answer: &HttpResponse) -> Result<Bid, NoBid> {
        reading::bid(sent, answer, Words::FlagsAndStatus, |body| self.places.read(body))
    }

    fn confirm(&self, now: Timestamp, attempt: &Attempt) -> Option<HttpRequest> {
        self.wire.confirm(now, attempt)
    }

    fn confirmed(&self, answer: &HttpResponse) -> Result<Confirmed, NoBid> {
        reading::confirmed(answer, Words::FlagsAndStatus, |body| self.places.read(body))
    }

    fn post_body(&self, post: &Post, line: &Line) -> Pii<Vec<u8>> {
        self.wire.post_body(post, line)
    }

    fn returned_body(&self, now: Timestamp, sale: SaleId, offer: &OfferId) -> Pii<Vec<u8>> {
        self.wire.returned_body(now, sale, offer)
    }

    fn erased_body(&self, now: Timestamp, lead: &ErasedLead) -> Option<Pii<Vec<u8>>> {
        self.wire.erased_body(now, lead)
    }

    fn post(&self, now: Timestamp, id: &str, body: &Pii<Vec<u8>>) -> HttpRequest {
        self.wire.post(now, id, body)
    }

    fn receipt(&self, answer: &HttpResponse) -> Receipt {
        let refusal = reading::refusal_in(answer, Words::FlagsAndStatus, |body| self.places.read(body));
        receipt(answer, refusal)
    }
}

impl Read for JsonPlaces {
    fn read(&self, body: &[u8]) -> Result<Reply, Malformed> {
        let value = json::read(body)?;
        match &value {
            Value::Object(_) => {}
            Value::Array(items) if items.is_empty() => {
                return Ok(Reply { is_empty_list: true, ..Reply::default() });
            }
            _ => return Err(Malformed::Shape),
        }
        let at = |path: &JsonPath| path.query(&value).at_most_one().map_err(|_| Malformed::DuplicateField);
        let is_empty_list = match &self.0.list {
            Some(path) => at(path)?.is_some_and(|list| list.as_array().is_some_and(Vec::is_empty)),
            None => false,
        };
        self.0.reply(is_empty_list, |path| at(path).map(Found::in_json))
    }
}

impl Read for XmlPlaces {
    fn read(&self, body: &[u8]) -> Result<Reply, Malformed> {
        let root = xml::read(body)?;
        let is_empty = |list: &Element| !list.has_children() && list.text().is_empty();
        let is_empty_list = match &self.0.list {
            Some(path) => root.find(path)?.is_some_and(is_empty),
            None => false,
        };
        self.0.reply(is_empty_list, |path| root.find(path).map(Found::in_xml))
    }
}

/// A mapping with its paths parsed.
#[derive(Debug, Clone)]
struct Places<P> {
    bid: P,
    accepted: Option<P>,
    bid_id: Option<P>,
    sip_address: Option<P>,
    phone_number: Option<P>,
    expiry: Option<Ending<P>>,
    payable_after: Option<P>,
    reject_reason: Option<P>,
    reject_code: Option<P>,
    currency: Option<P>,
    ping_id: Option<P>,
    list: Option<P>,
}

#[derive(Debug, Clone)]
enum Ending<P> {
    Seconds(P),
    EpochMillis(P),
    Rfc3339(P),
}

impl<P> Places<P> {
    fn parse(
        mapping: &Mapping,
        path: impl Fn(&str) -> Result<P, Problem>,
    ) -> Result<Self, Vec<SettingError>> {
        let mut errors = Vec::new();
        let mut at = |field: &str, text: Option<&String>| {
            let parsed = text.map(|text| path(text)).transpose();
            parsed.unwrap_or_else(|problem| {
                errors.push(SettingError { field: format!("wire.{field}"), problem });
                None
            })
        };
        let bid = at("bid", Some(&mapping.bid).filter(|text| !text.is_empty()));
        let accepted = at("accepted", mapping.accepted.as_ref());
        let bid_id = at("bid_id", mapping.bid_id.as_ref());
        let sip_address = at("sip_address", mapping.sip_address.as_ref());
        let phone_number = at("phone_number", mapping.phone_number.as_ref());
        let expiry = match &mapping.expiry {
            Some(Expiry::Seconds(text)) => at("expiry.seconds", Some(text)).map(Ending::Seconds),
            Some(Expiry::EpochMillis(text)) => at("expiry.epoch_millis", Some(text)).map(Ending::EpochMillis),
            Some(Expiry::Rfc3339(text)) => at("expiry.rfc3339", Some(text)).map(Ending::Rfc3339),
            None => None,
        };
        let payable_after = at("payable_after", mapping.payable_after.as_ref());
        let reject_reason = at("reject_reason", mapping.reject_reason.as_ref());
        let reject_code = at("reject_code", mapping.reject_code.as_ref());
        let currency = at("currency", mapping.currency.as_ref());
        let ping_id = at("ping_id", mapping.ping_id.as_ref());
        let list = at("list", mapping.list.as_ref());
        if mapping.bid.is_empty() {
            errors.push(SettingError { field: "wire.bid".to_owned(), problem: Problem::NoPrice });
        }
        match bid {
            Some(bid) if errors.is_empty() => Ok(Self {
                bid,
                accepted,
                bid_id,
                sip_address,
                phone_number,
                expiry,
                payable_after,
                reject_reason,
                reject_code,
                currency,
                ping_id,
                list,
            }),
            _ => Err(errors),
        }
    }

    fn reply(
        &self,
        is_empty_list: bool,
        found: impl Fn(&P) -> Result<Found, Malformed>,
    ) -> Result<Reply, Malformed> {
        let at = |path: &Option<P>| path.as_ref().map_or(Ok(Found::Absent), &found);
        let ends = match &self.expiry {
            None => Ends::default(),
            Some(Ending::Seconds(path)) => Ends::Seconds(found(path)?),
            Some(Ending::EpochMillis(path)) => Ends::EpochMillis(found(path)?),
            Some(Ending::Rfc3339(path)) => Ends::Rfc3339(found(path)?),
        };
        Ok(Reply {
            accepted: at(&self.accepted)?,
            reject_reason: at(&self.reject_reason)?,
            reject_code: at(&self.reject_code)?,
            is_empty_list,
            bid: found(&self.bid)?,
            bid_id: at(&self.bid_id)?,
            ends,
            payable_after: at(&self.payable_after)?,
            sip_address: at(&self.sip_address)?,
            phone_number: at(&self.phone_number)?,
            currency: at(&self.currency)?,
            ping_id: at(&self.ping_id)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_that_cannot_be_parsed_is_named() {
        let mapping = Mapping {
            bid: "price".to_owned(),
            accepted: Some("$.status".to_owned()),
            expiry: Some(Expiry::Rfc3339("$[".to_owned())),
            list: Some("$..".to_owned()),
            ..Mapping::default()
        };
        let named =
            |errors: Vec<SettingError>| errors.into_iter().map(|it| it.to_string()).collect::<Vec<_>>();
        assert_eq!(
            named(json(&mapping).unwrap_err()),
            [
                "wire.bid: this is no JSONPath, ex: $.response.price",
                "wire.expiry.rfc3339: this is no JSONPath, ex: $.response.price",
                "wire.list: this is no JSONPath, ex: $.response.price",
            ]
        );
        assert_eq!(
            named(json(&Mapping::default()).unwrap_err()),
            ["wire.bid: a mapping names where the price is"]
        );
        assert_eq!(named(xml(&mapping).unwrap_err()).len(), 4);
    }
}
