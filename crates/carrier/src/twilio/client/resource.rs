//! The JSON of Twilio's resources, as far as it is read. Telephone numbers of calls are never read.

use std::time::Duration;

use journey::LegId;
use lead::{E164, Timestamp};
use serde::Deserialize;

use super::office::OwnNumber;
use crate::twilio::{Status, decode};

/// A call as its resource describes it (twilio.com/docs/voice/api/call-resource). That two legs were bridged it does
/// not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leg {
    /// Its id.
    pub id: LegId,
    /// The leg that dialled it.
    pub parent: Option<LegId>,
    /// What it does. `None`: a word that this release does not know.
    pub status: Option<Status>,
    /// When it began, to the second.
    pub started: Option<Timestamp>,
    /// When it ended, to the second.
    pub ended: Option<Timestamp>,
    /// How long it lasted from the pick-up, once it has ended.
    pub duration: Option<Duration>,
}

#[derive(Deserialize)]
struct RawLeg {
    sid: String,
    parent_call_sid: Option<String>,
    status: String,
    start_time: Option<String>,
    end_time: Option<String>,
    duration: Option<String>,
}

#[derive(Deserialize)]
struct RawLegs {
    calls: Vec<RawLeg>,
    next_page_uri: Option<String>,
}

#[derive(Deserialize)]
struct RawError {
    code: u32,
}

#[derive(Deserialize)]
struct RawNumbers {
    incoming_phone_numbers: Vec<RawNumber>,
    next_page_uri: Option<String>,
}

#[derive(Deserialize)]
struct RawNumber {
    phone_number: String,
    voice_url: Option<String>,
    voice_method: Option<String>,
    voice_fallback_url: Option<String>,
    status_callback: Option<String>,
    status_callback_method: Option<String>,
}

#[derive(Deserialize)]
struct RawRecordings {
    recordings: Vec<RawRecording>,
    next_page_uri: Option<String>,
}

#[derive(Deserialize)]
struct RawRecording {
    sid: String,
}

/// A call.
pub fn leg(body: &[u8]) -> Option<Leg> {
    Some(serde_json::from_slice::<RawLeg>(body).ok()?.read())
}

/// A list of calls.
pub fn legs(body: &[u8]) -> Option<Vec<Leg>> {
    legs_page(body).map(|(legs, _)| legs)
}

/// One page of legs, and where the next one is.
pub(super) fn legs_page(body: &[u8]) -> Option<(Vec<Leg>, Option<String>)> {
    let page = serde_json::from_slice::<RawLegs>(body).ok()?;
    Some((page.calls.into_iter().map(RawLeg::read).collect(), filled(page.next_page_uri)))
}

/// One page of a call's recordings, by their references, and where the next one is.
pub(super) fn recordings(body: &[u8]) -> Option<(Vec<String>, Option<String>)> {
    let page = serde_json::from_slice::<RawRecordings>(body).ok()?;
    Some((page.recordings.into_iter().map(|one| one.sid).collect(), filled(page.next_page_uri)))
}

/// The reference of one recording.
pub(super) fn recording(body: &[u8]) -> Option<String> {
    Some(serde_json::from_slice::<RawRecording>(body).ok()?.sid)
}

/// The code of an error (twilio.com/docs/api/errors).
pub fn code(body: &[u8]) -> Option<u32> {
    Some(serde_json::from_slice::<RawError>(body).ok()?.code)
}

/// One page of our numbers, and where the next one is. What is no E.164 number, as a short code, takes no calls.
pub fn numbers(body: &[u8]) -> Option<(Vec<OwnNumber>, Option<String>)> {
    let page = serde_json::from_slice::<RawNumbers>(body).ok()?;
    let numbers = page.incoming_phone_numbers.into_iter().filter_map(RawNumber::read).collect();
    Some((numbers, filled(page.next_page_uri)))
}

impl RawLeg {
    fn read(self) -> Leg {
        let time = |text: Option<String>| text.as_deref().and_then(decode::rfc2822);
        let seconds = self.duration.and_then(|text| text.parse::<u32>().ok());
        Leg {
            id: LegId(self.sid),
            parent: filled(self.parent_call_sid).map(LegId),
            status: Status::parse(&self.status),
            started: time(self.start_time),
            ended: time(self.end_time),
            duration: seconds.map(|seconds| Duration::from_secs(u64::from(seconds))),
        }
    }
}

impl RawNumber {
    fn read(self) -> Option<OwnNumber> {
        Some(OwnNumber {
            number: E164::parse(&self.phone_number).ok()?,
            voice_url: filled(self.voice_url),
            voice_method: filled(self.voice_method),
            voice_fallback_url: filled(self.voice_fallback_url),
            status_callback: filled(self.status_callback),
            status_callback_method: filled(self.status_callback_method),
        })
    }
}

fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}
