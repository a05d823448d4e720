//! Our own protocol (domain.md, "The wire to buyers"): a superset of what most buyers already parse. Where an offer names a
//! shape of its own, what is asked and told goes in that; replies are read as ever.

mod body;

use auction::{Bid, Malformed, NoBid, PhoneInPing, Ping};
use bridge::{Attempt, Post};
use lead::{OfferId, Pii, SaleId, Timestamp};
use serde_json::Value;

use crate::{
    dialect::{Dialect, ErasedLead, Line, Receipt, receipt},
    endpoint::{Endpoint, Purpose},
    exchange::{HttpRequest, HttpResponse},
    json,
    reading::{self, Confirmed, Ends, Found, Reply, Words},
    shaped::Shaped,
};

/// An offer that speaks our own protocol.
#[derive(Debug, Clone)]
pub struct OwnWire {
    endpoint: Endpoint,
    ping: Option<Shaped>,
    post: Option<Shaped>,
}

impl OwnWire {
    /// Speaks at this endpoint, in the shapes of the offer where it has some.
    pub const fn new(endpoint: Endpoint, ping: Option<Shaped>, post: Option<Shaped>) -> Self {
        Self { endpoint, ping, post }
    }
}

impl Dialect for OwnWire {
    fn ping(&self, now: Timestamp, ping: &Ping, phone: Option<&PhoneInPing>) -> Option<HttpRequest> {
        let id = ping.id.to_string();
        match &self.ping {
            Some(shaped) => self.endpoint.shaped_ping(now, &id, shaped.ping(now, ping, phone)),
            None => self.endpoint.request(now, Purpose::Ping, &id, body::ping(ping, phone)),
        }
    }

    fn bid(&self, sent: &Ping, answer: &HttpResponse) -> Result<Bid, NoBid> {
        reading::bid(sent, answer, Words::Flags, read)
    }

    fn confirm(&self, now: Timestamp, attempt: &Attempt) -> Option<HttpRequest> {
        self.endpoint.request(now, Purpose::Confirm, &attempt.id().to_string(), body::confirm(attempt))
    }

    fn confirmed(&self, answer: &HttpResponse) -> Result<Confirmed, NoBid> {
        reading::confirmed(answer, Words::Flags, read)
    }

    fn post_body(&self, post: &Post, line: &Line) -> Pii<Vec<u8>> {
        Pii::new(match &self.post {
            Some(shaped) => shaped.post(post, line),
            None => body::post(post, line),
        })
    }

    fn returned_body(&self, now: Timestamp, sale: SaleId, offer: &OfferId) -> Pii<Vec<u8>> {
        Pii::new(body::returned(now, sale, offer))
    }

    fn erased_body(&self, now: Timestamp, lead: &ErasedLead) -> Option<Pii<Vec<u8>>> {
        self.post.is_none().then(|| Pii::new(body::erased(now, lead)))
    }

    fn post(&self, now: Timestamp, id: &str, body: &Pii<Vec<u8>>) -> HttpRequest {
        self.endpoint.post(now, id, body::sent(body))
    }

    fn receipt(&self, answer: &HttpResponse) -> Receipt {
        receipt(answer, reading::refusal_in(answer, Words::Flags, read))
    }
}

/// The fields of our own reply; all else is ignored.
fn read(body: &[u8]) -> Result<Reply, Malformed> {
    let value = json::read(body)?;
    let object = match &value {
        Value::Object(object) => object,
        Value::Array(items) if items.is_empty() => {
            return Ok(Reply { is_empty_list: true, ..Reply::default() });
        }
        _ => return Err(Malformed::Shape),
    };
    let at = |name: &str| Found::in_json(object.get(name));
    Ok(Reply {
        accepted: at("accept"),
        reject_reason: at("rejectReason"),
        reject_code: at("rejectCode"),
        is_empty_list: false,
        bid: at("bidAmount"),
        bid_id: at("bidId"),
        ends: Ends::Seconds(at("expireInSeconds")),
        payable_after: at("callMinDuration"),
        sip_address: at("sipAddress"),
        phone_number: at("phoneNumber"),
        currency: at("currency"),
        ping_id: at("pingId"),
    })
}
