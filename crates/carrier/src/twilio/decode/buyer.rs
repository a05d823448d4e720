//! Webhooks of a buyer's leg: the child of the caller's.

use auction::Screening;
use journey::{DialResult, Event, LegId, Whom};
use lead::JourneyId;

use super::{Call, DecodeError, Decoded, reading};
use crate::twilio::Status;

/// The status callback of `<Number>` or `<Sip>` (twilio.com/docs/voice/twiml/number#statuscallback). They come in any
/// order; each says what it says whatever came before.
pub(super) fn told(call: &Call<'_>, journey: JourneyId, n: u32) -> Result<Decoded, DecodeError> {
    let word = call.form.filled("CallStatus").ok_or(DecodeError::Missing("CallStatus"))?;
    let journey = call.buyer_in(journey)?;
    let leg = LegId(call.sid.to_owned());
    let lasted = reading::seconds(call.form, "CallDuration");
    let event = call.status.map(|status| match status {
        Status::Ringing => Event::BuyerRang { n, leg },
        Status::InProgress => Event::BuyerPickedUp { n, leg, at: call.at() },
        Status::Ended(result) => {
            Event::LegEnded { n, leg, result, lasted: lasted.filter(|_| result == DialResult::Completed) }
        }
    });
    let key = format!("leg:{n}:{}:{}", call.sid, reading::line(word, 32));
    Ok(Decoded { event, ..call.decoded(journey, key, None) })
}

/// The `url` of `<Number>` or `<Sip>`: requested when it was picked up, before the bridge
/// (twilio.com/docs/voice/twiml/number#url).
pub(super) fn picked_up(call: &Call<'_>, journey: JourneyId, n: u32) -> Result<Decoded, DecodeError> {
    let key = format!("whisper:{n}:{}", call.sid);
    let event = Event::BuyerPickedUp { n, leg: LegId(call.sid.to_owned()), at: call.now };
    Ok(Decoded { event: Some(event), ..call.decoded(call.buyer_in(journey)?, key, Some(Whom::Picked(n))) })
}

/// The action of the whisper's `<Gather>`: key 1 accepts where a key is asked for; otherwise that the whisper is over
/// and the leg is still up. A leg that is gone accepts nothing.
pub(super) fn answered(
    call: &Call<'_>,
    journey: JourneyId,
    n: u32,
    screening: Screening,
) -> Result<Decoded, DecodeError> {
    let leg = LegId(call.sid.to_owned());
    let agrees = match screening {
        Screening::PressOne => call.form.value("Digits") == Some("1"),
        Screening::Off => true,
    };
    let event = if agrees && !call.has_ended() {
        Event::BuyerAccepted { n, leg, at: call.now }
    } else {
        Event::BuyerDeclined { n, leg }
    };
    let key = format!("accept:{n}:{}", call.sid);
    Ok(Decoded { event: Some(event), ..call.decoded(call.buyer_in(journey)?, key, Some(Whom::Answered(n))) })
}
