//! Dialling: one `<Dial>` a buyer (twilio.com/docs/voice/twiml/dial), and the dials that sell nothing.

use std::time::Duration;

use auction::Destination;
use journey::Shown;

use super::{Links, twiml::Twiml};
use crate::twilio::{Hook, number};

/// How long a phone rings that is dialled without a sale.
const UNSOLD_RING: &str = "30";
/// What `timeout` and `timeLimit` of a `<Dial>` may be, in seconds.
const RING_SECONDS: (u64, u64) = (5, 600);
const TALK_SECONDS: (u64, u64) = (1, 86_400);

/// A buyer to be dialled.
pub(super) struct Asked<'a> {
    pub(super) n: u32,
    pub(super) to: &'a Destination,
    pub(super) shown: &'a Shown,
    pub(super) ring: Duration,
    pub(super) talk_max: Duration,
    pub(super) whisper: bool,
    pub(super) record: bool,
}

/// One buyer. Its `action` decides on the next one; its leg tells three of its four states: `initiated`, by which it is
/// known and can be looked up or hung up; `answered`, which is the acceptance where nothing is asked of the buyer, and the
/// only thing that says when it picked up; and `completed`. That it rings would say nothing new, at the cost of a request.
pub(super) fn buyer(twiml: &mut Twiml, links: &Links<'_>, asked: &Asked<'_>) {
    let (journey, n) = (links.journey, asked.n);
    let timeout = seconds(asked.ring, RING_SECONDS);
    let time_limit = seconds(asked.talk_max, TALK_SECONDS);
    let action = links.url(&Hook::Dialed { journey, n });
    let recording = links.url(&Hook::Recording { journey });
    let mut attributes = vec![
        ("answerOnBridge", "true"),
        ("timeout", &timeout),
        ("timeLimit", &time_limit),
        ("callerId", number::caller_id(asked.shown)),
        ("action", &action),
        ("method", "POST"),
    ];
    if asked.record {
        attributes.push(("record", "record-from-answer-dual"));
        attributes.push(("recordingStatusCallback", &recording));
        attributes.push(("recordingStatusCallbackMethod", "POST"));
        attributes.push(("recordingStatusCallbackEvent", "completed"));
    }
    let whisper = links.url(&Hook::Whisper { journey, n });
    let leg = links.url(&Hook::Leg { journey, n });
    let mut of_leg = vec![];
    if asked.whisper {
        of_leg.push(("url", whisper.as_str()));
        of_leg.push(("method", "POST"));
    }
    of_leg.push(("statusCallback", &leg));
    of_leg.push(("statusCallbackMethod", "POST"));
    of_leg.push(("statusCallbackEvent", "initiated answered completed"));
    twiml.open("Dial", &attributes);
    let (noun, to) = number::noun(asked.to);
    twiml.text(noun, &of_leg, to);
    twiml.close("Dial");
}

/// A dial that sells nothing: a campaign's default number, an operator's transfer. Without a caller ID Twilio would
/// show the caller's own number.
pub(super) fn unsold(twiml: &mut Twiml, links: &Links<'_>, to: &Destination) {
    let attributes =
        [("answerOnBridge", "true"), ("timeout", UNSOLD_RING), ("callerId", number::own(&links.dnis))];
    twiml.open("Dial", &attributes);
    let (noun, to) = number::noun(to);
    twiml.text(noun, &[], to);
    twiml.close("Dial");
}

fn seconds(wait: Duration, (least, most): (u64, u64)) -> String {
    wait.as_secs().clamp(least, most).to_string()
}
