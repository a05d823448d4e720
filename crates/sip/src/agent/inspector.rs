//! What is mended in messages on their way to the library and from it; and the ladders of their legs.

use std::sync::Arc;

use rsipstack::{
    sip::{
        Header, Method, SipMessage,
        prelude::{HasHeaders, HeadersExt},
    },
    transaction::endpoint::MessageInspector,
    transport::SipAddr,
};

use super::wording;
use crate::{
    digest,
    ladder::{Ladders, Message},
};

/// Mends the algorithm's name in digests, and leaves of several challenges the first that can be answered. What passes is
/// noted with its leg.
pub(super) struct Inspector(pub(super) Arc<Ladders>);

impl MessageInspector for Inspector {
    fn before_send(&self, mut message: SipMessage, _to: Option<&SipAddr>) -> SipMessage {
        self.note(true, &message);
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

    fn after_received(&self, mut message: SipMessage, from: Option<&SipAddr>) -> SipMessage {
        // The library shows an answer twice: as it comes, and as its transaction takes it.
        if from.is_some() {
            self.note(false, &message);
        }
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

impl Inspector {
    fn note(&self, sent: bool, message: &SipMessage) {
        let (Ok(call), Some(told)) = (message.call_id_header(), told(sent, message)) else { return };
        self.0.note(call.value(), told);
    }
}

/// What a ladder says of a message.
pub(super) fn told(sent: bool, message: &SipMessage) -> Option<Message> {
    let sequence = message.cseq_header().ok()?;
    let (number, method) = (sequence.seq().ok()?, sequence.method().ok()?);
    let goes_on = || message.to_header().is_ok_and(|to| to.tag().ok().flatten().is_some());
    let (status, body, name) = match message {
        SipMessage::Response(response) => {
            (Some(response.status_code.code()), &response.body, method_name(method))
        }
        SipMessage::Request(request) if method == Method::Invite && goes_on() => {
            (None, &request.body, "re-INVITE")
        }
        SipMessage::Request(request) => (None, &request.body, method_name(request.method)),
    };
    let describes = wording::has_sdp(message.header_value("Content-Type"), body);
    Some(Message { sent, method: name, number, status, describes })
}

const fn method_name(method: Method) -> &'static str {
    match method {
        Method::Ack => "ACK",
        Method::Bye => "BYE",
        Method::Cancel => "CANCEL",
        Method::Info => "INFO",
        Method::Invite => "INVITE",
        Method::Message => "MESSAGE",
        Method::Notify => "NOTIFY",
        Method::Options => "OPTIONS",
        Method::PRack => "PRACK",
        Method::Publish => "PUBLISH",
        Method::Refer => "REFER",
        Method::Register => "REGISTER",
        Method::Subscribe => "SUBSCRIBE",
        Method::Update => "UPDATE",
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
