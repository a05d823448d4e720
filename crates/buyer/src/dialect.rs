//! What a buyer's dialect is: pure functions from our words to its requests, and from its replies to our words.

use std::sync::Arc;

use auction::{Bid, Endpoints, Malformed, NoBid, PhoneInPing, Ping, Shape, Wire};
use bridge::{Attempt, Post};
use lead::{OfferId, Pii, PingId, SaleId, Timestamp};

use crate::{
    endpoint::{Endpoint, SettingError},
    exchange::{ExchangePolicy, Failure, HttpRequest, HttpResponse, Unreachable},
    mapped::Mapped,
    own_wire::OwnWire,
    reading::Confirmed,
    shaped::{Shaped, Shapes},
};

/// One offer's way of being asked and told. `now` is for the signature's timestamp alone.
pub trait Dialect: Send + Sync {
    /// The anonymous question. None: the offer has no ping URL.
    fn ping(&self, now: Timestamp, ping: &Ping, phone: Option<&PhoneInPing>) -> Option<HttpRequest>;

    /// The bid in the answer to it.
    ///
    /// # Errors
    /// Why there is none.
    fn bid(&self, sent: &Ping, answer: &HttpResponse) -> Result<Bid, NoBid>;

    /// The reserved winner, asked once more before the dial. None: the offer has no URL for it.
    fn confirm(&self, now: Timestamp, attempt: &Attempt) -> Option<HttpRequest>;

    /// The answer to it.
    ///
    /// # Errors
    /// Why the winner is not dialled.
    fn confirmed(&self, answer: &HttpResponse) -> Result<Confirmed, NoBid>;

    /// The full lead as this buyer reads it: written once at the acceptance, and the same bytes on every retry.
    fn post_body(&self, post: &Post, line: &Line) -> Pii<Vec<u8>>;

    /// What the buyer is told when a lead came to nothing after all.
    fn returned_body(&self, now: Timestamp, sale: SaleId, offer: &OfferId) -> Pii<Vec<u8>>;

    /// What the buyer is told when the person of a lead that it got was erased. None: it reads leads in a shape of its own, which has
    /// no word for it.
    fn erased_body(&self, now: Timestamp, lead: &ErasedLead) -> Option<Pii<Vec<u8>>>;

    /// A body that was written before, on its way: signed anew, under an id that never changes.
    fn post(&self, now: Timestamp, id: &str, body: &Pii<Vec<u8>>) -> HttpRequest;

    /// The answer to it.
    fn receipt(&self, answer: &HttpResponse) -> Receipt;
}

/// A lead whose person was erased, as its buyer knows it. It names nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasedLead {
    /// The sale under whose id it was posted.
    pub sale: SaleId,
    /// The offer.
    pub offer: OfferId,
    /// The ping that it was posted for.
    pub ping: Option<PingId>,
    /// The bid, by the buyer's own id.
    pub bid: Option<String>,
}

/// What a post says of the call itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    /// The carrier's id of the caller's leg.
    pub carrier_call: Option<String>,
    /// Where the recording can be fetched once it is ready, if the call is recorded.
    pub recording_url: Option<String>,
}

/// What a buyer says to a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receipt {
    /// It has it.
    Accepted,
    /// An explicit refusal: [`NoBid::Rejected`].
    Refused(NoBid),
    /// It may have it next time: 408, 425, 429 and 5xx.
    TryAgain,
    /// It wants no more posts: 410.
    Gone,
    /// A person has to look: any other status.
    NeedsFixing(u16),
}

/// The dialect that an offer's settings name, checked and made ready.
///
/// # Errors
/// Every setting that cannot be used.
pub fn of(endpoints: &Endpoints, policy: &ExchangePolicy) -> Result<Arc<dyn Dialect>, Vec<SettingError>> {
    let asking = asking(endpoints, policy);
    match &endpoints.wire {
        Wire::Own => Ok(Arc::new(asking?)),
        Wire::Json(mapping) => both(asking, crate::mapped::json(mapping)),
        Wire::Xml(mapping) => both(asking, crate::mapped::xml(mapping)),
    }
}

fn asking(endpoints: &Endpoints, policy: &ExchangePolicy) -> Result<OwnWire, Vec<SettingError>> {
    let shaped = |shape: &Option<Shape>, of| shape.as_ref().map(|shape| Shaped::new(shape, of)).transpose();
    let (ping, post) = (shaped(&endpoints.ping, Shapes::Ping), shaped(&endpoints.post, Shapes::Post));
    match (Endpoint::new(endpoints, policy), ping, post) {
        (Ok(endpoint), Ok(ping), Ok(post)) => Ok(OwnWire::new(endpoint, ping, post)),
        (endpoint, ping, post) => {
            Err([endpoint.err(), ping.err(), post.err()].into_iter().flatten().flatten().collect())
        }
    }
}

fn both<P>(
    asking: Result<OwnWire, Vec<SettingError>>,
    places: Result<P, Vec<SettingError>>,
) -> Result<Arc<dyn Dialect>, Vec<SettingError>>
where
    Mapped<P>: Dialect + 'static,
{
    match (asking, places) {
        (Ok(asking), Ok(places)) => Ok(Arc::new(Mapped::new(asking, places))),
        (asking, places) => Err([asking.err(), places.err()].into_iter().flatten().flatten().collect()),
    }
}

/// A receipt by the status, where an explicit refusal in the body comes first (domain.md 20).
pub fn receipt(answer: &HttpResponse, refusal: Option<NoBid>) -> Receipt {
    match (answer.status, refusal) {
        (200..=299 | 400..=499, Some(refusal)) => Receipt::Refused(refusal),
        (200..=299, None) => Receipt::Accepted,
        (410, None) => Receipt::Gone,
        (408 | 425 | 429 | 500..=599, _) => Receipt::TryAgain,
        (status, _) => Receipt::NeedsFixing(status),
    }
}

/// Why there is no bid when there was no answer to read.
pub fn no_bid(failure: Failure) -> NoBid {
    match failure {
        Failure::Unreachable(why) => NoBid::Unreachable(match why {
            Unreachable::DnsFailed => auction::Unreachable::Dns,
            Unreachable::PrivateAddress => auction::Unreachable::PrivateAddress,
            Unreachable::Refused | Unreachable::NoRoute => auction::Unreachable::Refused,
            Unreachable::ConnectTimeout => auction::Unreachable::ConnectTimeout,
            Unreachable::TlsFailed => auction::Unreachable::Tls,
            Unreachable::Reset => auction::Unreachable::Broken,
        }),
        Failure::Timeout => NoBid::Timeout,
        Failure::TooLarge => NoBid::TooLarge,
        Failure::RedirectNotAllowed(_) => NoBid::Unreachable(auction::Unreachable::RedirectNotAllowed),
        Failure::BadEncoding => NoBid::Malformed(Malformed::Encoding),
        Failure::NotHttp => NoBid::Malformed(Malformed::Syntax),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_goes_by_status_and_refusal() {
        let refusal = || NoBid::Rejected { code: None, text: None, about: auction::About::Offer };
        for (status, refused, expected) in [
            (200, false, Receipt::Accepted),
            (204, false, Receipt::Accepted),
            (200, true, Receipt::Refused(refusal())),
            (422, true, Receipt::Refused(refusal())),
            (422, false, Receipt::NeedsFixing(422)),
            (401, false, Receipt::NeedsFixing(401)),
            (410, false, Receipt::Gone),
            (408, false, Receipt::TryAgain),
            (429, false, Receipt::TryAgain),
            (503, false, Receipt::TryAgain),
            (503, true, Receipt::TryAgain),
            (304, true, Receipt::NeedsFixing(304)),
        ] {
            let answer = HttpResponse { status, retry_after: None, body: Default::default(), resent: false };
            assert_eq!(receipt(&answer, refused.then(refusal)), expected, "{status}");
        }
    }
}
