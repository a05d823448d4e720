//! Light journeys: appended by compare-and-set on the chain's hash, and never written behind.

use lead::{JourneyId, Timestamp};

use crate::{
    ChainHash, EncodeError, Entry, OpenSealError, Store,
    entry::Encoded,
    in_flight::{Light, Set},
    limits::LIGHT_JOURNEYS_MAX,
};

/// What an append came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Appended {
    /// The events are kept. Whoever sees this acts, and nobody else does.
    Done {
        /// The head of the journey's events.
        head: ChainHash,
        /// The hash up to each of the appended ones.
        hashes: Vec<ChainHash>,
    },
    /// Somebody was first, or one of the keys is there already, or the journey is durable: nothing of it is kept.
    Conflict,
}

/// Why an append was not made. Nothing of it was kept, but where [`AppendError::Away`] says so.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// As many light journeys as may be are in flight.
    #[error("{LIGHT_JOURNEYS_MAX} journeys are in flight, and no more are taken")]
    Full,
    /// The in-flight store did not answer in time, or has lost the journey. Perhaps it kept the events all the same;
    /// they are to be committed durably at once, and count only then.
    #[error("the in-flight store did not answer, or has lost the journey")]
    Away,
    /// It has too many events.
    #[error("the journey has too many events")]
    TooManyEvents,
    /// An event could not be encoded.
    #[error("an event could not be encoded")]
    Encode(#[from] EncodeError),
    /// The journey's data key could not be opened.
    #[error("the data key of the journey could not be opened")]
    Key(#[from] OpenSealError),
    /// There is no event.
    #[error("an append holds at least one event")]
    Empty,
}

impl Store {
    /// Appends events to a light journey whose head is `base`, or begins one.
    ///
    /// # Errors
    /// When nothing could be kept.
    pub async fn append(
        &self,
        id: JourneyId,
        settings_version: u64,
        base: Option<ChainHash>,
        entries: Vec<Entry>,
        wake_at: Option<Timestamp>,
    ) -> Result<Appended, AppendError> {
        let now = entries.last().ok_or(AppendError::Empty)?.at;
        let (set, hashes) = match base {
            None => {
                let (key, wrapped) = self.keys.fresh(id).map_err(EncodeError::from)?;
                let events = encode(id, &key, (0, ChainHash::start(id)), entries)?;
                let hashes = hashes(&events);
                let head = hashes.last().copied().unwrap_or(ChainHash::start(id));
                let light = Light { wrapped, settings_version, events, head, wake_at };
                (self.in_flight.begin(id, light, now).await, hashes)
            }
            Some(base) => {
                let Some(light) = self.in_flight.load(id, base).await else {
                    return Ok(Appended::Conflict);
                };
                let key = self.keys.unwrap(id, Some(&light.wrapped))?;
                let n = u32::try_from(light.events.len()).map_err(|_| AppendError::TooManyEvents)?;
                let events = encode(id, &key, (n, base), entries)?;
                let hashes = hashes(&events);
                (self.in_flight.append(id, base, events, wake_at, now).await, hashes)
            }
        };
        match (set, hashes.last()) {
            (Set::Done, Some(&head)) => Ok(Appended::Done { head, hashes }),
            (Set::Full, _) => Err(AppendError::Full),
            (Set::Away, _) => Err(AppendError::Away),
            (Set::TooMany, _) => Err(AppendError::TooManyEvents),
            (Set::Conflict | Set::Done, _) => Ok(Appended::Conflict),
        }
    }
}

fn encode(
    id: JourneyId,
    key: &crate::seal::JourneyKey,
    (mut n, mut head): (u32, ChainHash),
    entries: Vec<Entry>,
) -> Result<Vec<Encoded>, EncodeError> {
    let mut events = Vec::with_capacity(entries.len());
    for entry in entries {
        let event = Encoded::of(id, key, (n, head), entry)?;
        (n, head) = (n + 1, event.hash);
        events.push(event);
    }
    Ok(events)
}

fn hashes(events: &[Encoded]) -> Vec<ChainHash> {
    events.iter().map(|event| event.hash).collect()
}
