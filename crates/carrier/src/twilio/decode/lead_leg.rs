//! Webhooks of a lead's leg: a call that we placed. What it is asked and what it is told after its first document is that of
//! any caller's leg.

use journey::{Answerer, Event, LegId, Whom};
use lead::JourneyId;

use super::{Call, DecodeError, Decoded, caller, reading};
use crate::twilio::Status;

/// The URL of a created call: somebody or something picked up (twilio.com/docs/voice/api/call-resource). A leg that ended
/// meanwhile was answered and is gone: the status callback tells how.
pub(super) fn answered(call: &Call<'_>, journey: JourneyId, n: u32) -> Result<Decoded, DecodeError> {
    let (by, odd) = answerer(call.form.filled("AnsweredBy"));
    let leg = LegId(call.sid.to_owned());
    let event = (!call.has_ended()).then_some(Event::LeadAnswered { n, leg, by });
    let decoded = caller::asking(call, journey, format!("lead:{n}:{}", call.sid));
    Ok(Decoded { event, odd: odd.or(decoded.odd), ..decoded })
}

/// The status callback of a created call. That the leg exists at all is news where the answer to our request was lost.
pub(super) fn told(call: &Call<'_>, journey: JourneyId, n: u32) -> Result<Decoded, DecodeError> {
    let word = call.form.filled("CallStatus").ok_or(DecodeError::Missing("CallStatus"))?;
    let leg = LegId(call.sid.to_owned());
    let event = call.status.map(|status| match status {
        Status::Ringing | Status::InProgress => Event::LeadDialled { n, leg },
        Status::Ended(how) => Event::LeadLegEnded { n, leg, how, at: call.at() },
    });
    let key = format!("lead_leg:{n}:{}:{}", call.sid, reading::line(word, 32));
    Ok(Decoded { event, ..call.decoded(journey, key, None::<Whom>) })
}

/// Who picked up, as far as was found out (twilio.com/docs/voice/answering-machine-detection). A fax is a machine.
fn answerer(word: Option<&str>) -> (Answerer, Option<&'static str>) {
    match word {
        Some("human") => (Answerer::Human, None),
        Some("machine_start" | "machine_end_beep" | "machine_end_silence" | "machine_end_other" | "fax") => {
            (Answerer::Machine, None)
        }
        None | Some("unknown") => (Answerer::Unknown, None),
        Some(_) => (Answerer::Unknown, Some("AnsweredBy")),
    }
}
