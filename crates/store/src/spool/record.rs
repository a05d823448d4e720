//! An entry as a record of the spool: what is personal is sealed under a key of the record's own.

use base64::{Engine, prelude::BASE64_STANDARD};
use lead::{JourneyId, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::SpoolError;
use crate::{ChainHash, EncodeError, Entry, Keys, entry::Encoded};

/// The written form. What is not personal is legible, as in the journal.
#[derive(Serialize, Deserialize)]
struct Written {
    journey: Uuid,
    key: String,
    at: i64,
    format: i64,
    kind: String,
    wrapped: String,
    body: String,
}

/// The bytes of a record. The journey's own data key is where nobody can be asked now, so the record gets a fresh one.
pub(super) fn write(keys: &Keys, journey: JourneyId, entry: Entry) -> Result<Vec<u8>, SpoolError> {
    let (key, wrapped) = keys.fresh(journey).map_err(EncodeError::from)?;
    let event = Encoded::of(journey, &key, (0, ChainHash::start(journey)), entry)?;
    let body = String::from_utf8(event.body).map_err(|_| SpoolError::Unreadable)?;
    let written = Written {
        journey: journey.uuid(),
        key: event.key,
        at: event.at.micros(),
        format: event.format,
        kind: event.kind,
        wrapped: BASE64_STANDARD.encode(wrapped),
        body,
    };
    serde_json::to_vec(&written).map_err(|error| EncodeError::Write(error).into())
}

/// Whose record it is, and when it happened.
pub(super) fn label(bytes: &[u8]) -> Option<(JourneyId, Timestamp)> {
    let written: Written = serde_json::from_slice(bytes).ok()?;
    Some((JourneyId::from_uuid(written.journey), Timestamp::from_micros(written.at)))
}

/// The entry in custody.
pub(super) fn read(keys: &Keys, bytes: &[u8]) -> Result<(JourneyId, Entry), SpoolError> {
    let written: Written = serde_json::from_slice(bytes).map_err(|_| SpoolError::Unreadable)?;
    let journey = JourneyId::from_uuid(written.journey);
    let wrapped = BASE64_STANDARD.decode(&written.wrapped).map_err(|_| SpoolError::Unreadable)?;
    let key = keys.unwrap(journey, Some(&wrapped)).map_err(SpoolError::Key)?;
    let event = Encoded {
        n: 0,
        key: written.key,
        at: Timestamp::from_micros(written.at),
        format: written.format,
        kind: written.kind,
        hash: ChainHash::start(journey),
        body: written.body.into_bytes(),
    };
    let recorded = event.open(journey, &key).map_err(|_| SpoolError::Unreadable)?;
    Ok((journey, Entry { key: recorded.key, at: recorded.at, event: recorded.event }))
}
