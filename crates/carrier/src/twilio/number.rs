//! The one file in which a number becomes text for Twilio.

use auction::Destination;
use journey::Shown;
use lead::{E164, Pii};

/// What a phone shows as the caller: the dialled number, or the caller's own where the offer's setting lets it pass.
pub(super) fn caller_id(shown: &Shown) -> &str {
    match shown {
        Shown::Campaign(number) => number.as_str(),
        Shown::Caller(number) => number.reveal().as_str(),
    }
}

/// The noun of a `<Dial>` and what stands in it (twilio.com/docs/voice/twiml/number, …/sip). A SIP address is never
/// dialled as digits.
pub(super) fn noun(to: &Destination) -> (&'static str, &str) {
    match to {
        Destination::Phone(number) => ("Number", number.as_str()),
        Destination::Sip(uri) => ("Sip", uri.as_str()),
    }
}

/// A number of our own.
pub(super) fn own(number: &E164) -> &str {
    number.as_str()
}

/// The number of a lead that is called.
pub(super) fn of_lead(number: &Pii<E164>) -> &str {
    number.reveal().as_str()
}
