//! Webhooks of the caller's leg.

use ivr::Input;
use journey::{DialResult, Event, LegId, Standby, Taken, Whom};
use lead::{E164, JourneyId, Pii};

use super::{Call, DecodeError, Decoded, Of, reading};
use crate::twilio::{Hook, Short, Status};

/// What the carrier says of the caller's number is kept to so many characters.
const ATTESTATION_CHARS_MAX: usize = 64;

/// The voice URL, or the fallback URL of a call whose voice URL could not be fetched: the key is one for both, so that
/// a call under way is answered from its state (twilio.com/docs/voice/twiml#twilios-request-to-your-application).
pub(super) fn arrived(call: &Call<'_>) -> Result<Decoded, DecodeError> {
    let to = call.form.filled("To").ok_or(DecodeError::Missing("To"))?;
    let dnis = E164::parse(to).map_err(|_| DecodeError::NotANumber("To"))?;
    let attestation = call.form.filled("StirVerstat");
    let event = Event::Arrived {
        dnis,
        caller: call.form.filled("From").and_then(reading::caller_number),
        leg: LegId(call.sid.to_owned()),
        standby: Standby::New,
        attestation: attestation.map(attested),
    };
    let decoded = asking(call, call.journey(), "arrived".to_owned());
    Ok(Decoded { event: Some(event), ..decoded })
}

/// Twilio's words for it are letters with hyphens between them. What follows them is kept from no carrier: it is stored in
/// the open, and may be the number itself.
fn attested(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphabetic() && c != '-').next().unwrap_or_default();
    reading::line(words, ATTESTATION_CHARS_MAX)
}

/// The action of a `<Gather>` (twilio.com/docs/voice/twiml/gather#action). A caller who is gone was not silent.
pub(super) fn heard(
    call: &Call<'_>,
    journey: JourneyId,
    step: u16,
    hash: &Short,
) -> Result<Decoded, DecodeError> {
    let input = input(call);
    let decoded = asking(call, call.caller_in(journey)?, format!("heard:{step}:{}", hash.as_str()));
    let says_nothing = call.has_ended() && input == Input::Silence;
    Ok(Decoded { event: (!says_nothing).then_some(Event::Heard { step, input }), ..decoded })
}

/// The `<Redirect>` behind the hold audio.
pub(super) fn held(
    call: &Call<'_>,
    journey: JourneyId,
    k: u32,
    hash: &Short,
) -> Result<Decoded, DecodeError> {
    let key = Hook::poll_key(k, hash);
    Ok(Decoded { whom: Some(Whom::Poll), ..asking(call, call.caller_in(journey)?, key) })
}

/// The URL that our push set (twilio.com/docs/voice/api/call-resource#update-a-call-resource). A caller who is gone
/// takes no dial.
pub(super) fn took(
    call: &Call<'_>,
    journey: JourneyId,
    n: u32,
    hash: &Short,
) -> Result<Decoded, DecodeError> {
    let key = format!("dial:{n}:{}", hash.as_str());
    let decoded = call.decoded(call.caller_in(journey)?, key, Some(Whom::Taker(n)));
    let event = (!call.has_ended()).then_some(Event::DialTaken { n, by: Taken::Push });
    Ok(Decoded { event, caller_gone: call.has_ended(), ..decoded })
}

/// The URL of a push to a question about a buyer. Which question it takes, if any, the journey knows.
pub(super) fn fetched(
    call: &Call<'_>,
    journey: JourneyId,
    n: u32,
    hash: &Short,
) -> Result<Decoded, DecodeError> {
    let key = format!("question:{n}:{}", hash.as_str());
    Ok(Decoded { whom: Some(Whom::Poll), ..asking(call, call.caller_in(journey)?, key) })
}

/// The action of a `<Dial>` (twilio.com/docs/voice/twiml/dial#action). It says that the dial is over, whatever else it
/// says; whether a buyer accepted is never read out of `DialCallStatus`.
pub(super) fn dialed(call: &Call<'_>, journey: JourneyId, n: u32) -> Result<Decoded, DecodeError> {
    let bridged = match call.form.filled("DialBridged") {
        Some("true") => Some(true),
        Some("false") => Some(false),
        _ => None,
    };
    let known = call.form.filled("DialCallStatus").and_then(Status::parse_dial);
    let unknown = if bridged == Some(true) { DialResult::Completed } else { DialResult::Failed };
    let lasted = reading::seconds(call.form, "DialCallDuration");
    let event = Event::DialEnded { n, result: known.unwrap_or(unknown), bridged, lasted };
    let decoded = asking(call, call.caller_in(journey)?, format!("dialed:{n}"));
    let odd = if known.is_none() { Some("DialCallStatus") } else { decoded.odd };
    let dialled = reading::id(call.form, "DialCallSid").ok().map(LegId::from);
    Ok(Decoded { event: Some(event), dialled, odd, ..decoded })
}

/// The document of an operator's transfer: that it is fetched shows that the leg was moved.
pub(super) fn transferred(call: &Call<'_>, journey: JourneyId, k: u32) -> Result<Decoded, DecodeError> {
    let decoded = asking(call, call.caller_in(journey)?, format!("transfer:{k}"));
    let event = (!call.has_ended()).then_some(Event::Transferred);
    Ok(Decoded { event, whom: Some(Whom::Transfer), ..decoded })
}

/// The status callback of the number (twilio.com/docs/voice/api/call-resource#statuscallback).
pub(super) fn told(call: &Call<'_>) -> Result<Decoded, DecodeError> {
    let word = call.form.filled("CallStatus").ok_or(DecodeError::Missing("CallStatus"))?;
    let key = format!("call:{}", reading::line(word, 32));
    let event = call.has_ended().then(|| Event::CallerHungUp { at: call.at() });
    Ok(Decoded { event, ..call.decoded(call.journey(), key, None) })
}

/// The recording's status callback (twilio.com/docs/voice/twiml/dial#recordingstatuscallback): its `CallSid` is that of
/// the caller's leg.
pub(super) fn recorded(call: &Call<'_>, journey: JourneyId) -> Result<Decoded, DecodeError> {
    let journey = call.caller_in(journey)?;
    let reference = reading::id(call.form, "RecordingSid")?.to_owned();
    let status = call.form.filled("RecordingStatus").unwrap_or("completed");
    let key = format!("recording:{reference}:{}", reading::line(status, 32));
    let lasted = reading::seconds(call.form, "RecordingDuration");
    let event = (status == "completed").then_some(Event::RecordingReady { reference, lasted });
    let known = ["completed", "in-progress", "absent", "failed"].contains(&status);
    let decoded = call.decoded(journey, key, None);
    Ok(Decoded { event, odd: if known { decoded.odd } else { Some("RecordingStatus") }, ..decoded })
}

pub(super) fn asking(call: &Call<'_>, of: impl Into<Of>, key: String) -> Decoded {
    Decoded { caller_gone: call.has_ended(), ..call.decoded(of, key, Some(Whom::Caller)) }
}

fn input(call: &Call<'_>) -> Input<Pii<String>> {
    if let Some(keys) = call.form.filled("Digits") {
        return Input::Keys(Pii::new(reading::line(keys, usize::from(ivr::KEYS_MAX) + 1)));
    }
    let Some(words) = call.form.filled("SpeechResult") else { return Input::Silence };
    // One character more than an answer may have: it stays too long.
    let text = Pii::new(reading::line(words, ivr::SAID_CHARS_MAX + 1));
    Input::Words { text, confidence_millis: call.form.filled("Confidence").and_then(reading::thousandths) }
}
