//! What is mended in messages on their way to the library and from it.

use rsipstack::{
    sip::{Header, SipMessage, prelude::HasHeaders},
    transaction::endpoint::MessageInspector,
    transport::SipAddr,
};

use crate::digest;

/// Mends the algorithm's name in digests, and leaves of several challenges the first that can be answered.
pub(super) struct Inspector;

impl MessageInspector for Inspector {
    fn before_send(&self, mut message: SipMessage, _to: Option<&SipAddr>) -> SipMessage {
        for header in message.headers_mut().iter_mut() {
            match header {
                Header::Authorization(it) => mend(it.value(), digest::from_library).map(|v| *it = v.into()),
                Header::ProxyAuthorization(it) => {
                    mend(it.value(), digest::from_library).map(|v| *it = v.into())
                }
                _ => None,
            };
        }
        message
    }

    fn after_received(&self, mut message: SipMessage, _from: Option<&SipAddr>) -> SipMessage {
        if let SipMessage::Response(_) = &message {
            let (mut www, mut proxy) = (false, false);
            message.headers_mut().retain(|header| match header {
                Header::WwwAuthenticate(it) => first(&mut www, it.value()),
                Header::ProxyAuthenticate(it) => first(&mut proxy, it.value()),
                _ => true,
            });
            for header in message.headers_mut().iter_mut() {
                match header {
                    Header::WwwAuthenticate(it) => {
                        mend(it.value(), digest::to_library).map(|v| *it = v.into())
                    }
                    Header::ProxyAuthenticate(it) => {
                        mend(it.value(), digest::to_library).map(|v| *it = v.into())
                    }
                    _ => None,
                };
            }
        }
        message
    }
}

fn mend(value: &str, by: fn(&str) -> Option<String>) -> Option<String> {
    by(value)
}

/// Whether this is the first challenge of its kind that can be answered.
fn first(found: &mut bool, value: &str) -> bool {
    let kept = !*found && digest::can_answer(value);
    *found |= kept;
    kept
}
