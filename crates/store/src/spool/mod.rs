//! `Spool`: where events wait, on this machine's disk, that were accepted while the database was away.
//!
//! A folder of segments, appended to and synced before anybody hears of it. Nothing in it is ever changed: a segment goes
//! when all its entries were driven. After a crash between the two they are driven again, and are repeats.

mod files;
mod frame;
mod record;
mod writer;

use std::{
    collections::{BTreeMap, VecDeque},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use lead::{JourneyId, Timestamp};
use tokio::sync::{mpsc, oneshot};

use crate::{EncodeError, Entry, Keys, OpenSealError, limits::SPOOL_WAITING_MAX};
use files::{At, Folder, Recovered};
use writer::Work;

/// Where a spool is, and how much it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpoolAt {
    /// Its folder.
    pub folder: PathBuf,
    /// The most bytes that wait in it.
    pub bytes_max: u64,
}

/// Events that wait for the database. Cheap to clone.
#[derive(Clone)]
pub struct Spool {
    work: mpsc::Sender<Work>,
    shared: Arc<Shared>,
}

/// Names an entry that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(At);

/// What waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SpoolCounts {
    /// Entries that wait to be driven.
    pub entries: u64,
    /// The bytes of all segments.
    pub bytes: u64,
    /// When the oldest of the entries happened.
    pub oldest: Option<Timestamp>,
    /// What could not be driven, and lies aside.
    pub aside: u64,
}

/// Why the spool did not do it.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// The folder cannot be used.
    #[error("the spool's folder cannot be used")]
    Folder(#[source] std::io::Error),
    /// Another process has it.
    #[error("another process has the spool's folder: each node needs one of its own")]
    InUse,
    /// As much waits in it as may.
    #[error("the spool is full")]
    Full,
    /// The disk refused.
    #[error("the spool's disk refused")]
    Disk(#[source] Arc<std::io::Error>),
    /// The entry could not be encoded.
    #[error("the entry could not be encoded")]
    Encode(#[from] EncodeError),
    /// The entry is none that this release reads.
    #[error("the entry cannot be read by this release")]
    Unreadable,
    /// The entry is sealed under a key that does not open.
    #[error("the entry's key could not be opened")]
    Key(#[source] OpenSealError),
    /// The task that writes is gone.
    #[error("the spool is closed")]
    Closed,
}

struct Shared {
    folder: Folder,
    keys: Arc<Keys>,
    waiting: Mutex<Waiting>,
}

/// The entries that wait, in memory: where each is, and whose.
#[derive(Default)]
struct Waiting {
    entries: BTreeMap<At, (JourneyId, Timestamp)>,
    by_journey: BTreeMap<JourneyId, VecDeque<At>>,
    /// The bytes of each segment.
    segments: BTreeMap<u64, u64>,
    aside: u64,
}

impl Spool {
    /// Opens a folder, and finds what an earlier process left in it.
    ///
    /// # Errors
    /// When it cannot be used, or another process has it.
    pub async fn open(at: SpoolAt, keys: Arc<Keys>) -> Result<Self, SpoolError> {
        let opening = tokio::task::spawn_blocking(move || Self::open_here(&at, keys));
        opening.await.map_err(|_| SpoolError::Closed)?
    }

    fn open_here(at: &SpoolAt, keys: Arc<Keys>) -> Result<Self, SpoolError> {
        let folder = Folder::take(&at.folder)?;
        let mut waiting = Waiting::default();
        let mut last = 0;
        for segment in folder.segments().map_err(SpoolError::Folder)? {
            last = segment;
            let Recovered { records, broken } =
                files::recovered(&folder, segment).map_err(SpoolError::Folder)?;
            if broken > 0 {
                tracing::error!(segment, broken, "parts of the spool have rotted, and lie aside");
            }
            for (at, frame) in records {
                match frame::body(&frame).and_then(record::label) {
                    Some((journey, happened)) => waiting.insert(at, journey, happened),
                    None => folder.put_aside(None, at, &frame).map_err(SpoolError::Folder)?,
                }
            }
            if !waiting.segments.contains_key(&segment) {
                folder.drop_segment(segment).map_err(SpoolError::Folder)?;
            }
        }
        waiting.aside = folder.aside().map_err(SpoolError::Folder)?;
        let shared = Arc::new(Shared { folder, keys, waiting: Mutex::new(waiting) });
        let (work, inbox) = mpsc::channel(SPOOL_WAITING_MAX);
        let writer = writer::Writer::new(Arc::clone(&shared), at.bytes_max, last + 1);
        let spawned = std::thread::Builder::new().name("spool".to_owned()).spawn(move || writer.run(inbox));
        spawned.map_err(SpoolError::Folder)?;
        Ok(Self { work, shared })
    }

    /// Keeps an entry: it is on the disk when this returns.
    ///
    /// # Errors
    /// When it is not known to be.
    pub async fn keep(&self, journey: JourneyId, entry: Entry) -> Result<(), SpoolError> {
        let at = entry.at;
        let body = record::write(&self.shared.keys, journey, entry)?;
        let frame = frame::framed(&body).ok_or(SpoolError::Full)?;
        self.ask(|tell| Work::Keep { frame, journey, at, tell }).await
    }

    /// Whether anything of a journey waits.
    pub fn holds(&self, journey: JourneyId) -> bool {
        self.shared.lock().by_journey.contains_key(&journey)
    }

    /// The journeys of which something waits, the one that waits longest first, at most so many.
    pub fn journeys(&self, most: usize) -> Vec<JourneyId> {
        let waiting = self.shared.lock();
        let mut seen = std::collections::BTreeSet::new();
        let all = waiting.entries.values().map(|(journey, _)| *journey);
        all.filter(|journey| seen.insert(*journey)).take(most).collect()
    }

    /// The entry of a journey that waits longest. `None`: nothing of it waits.
    ///
    /// # Errors
    /// When it cannot be read; then it is to be put aside.
    pub async fn first(&self, journey: JourneyId) -> Option<(Place, Result<Entry, SpoolError>)> {
        let at = self.shared.lock().by_journey.get(&journey)?.front().copied()?;
        let shared = Arc::clone(&self.shared);
        let reading = tokio::task::spawn_blocking(move || {
            let frame = shared.folder.frame(at).map_err(disk)?;
            let body = frame::body(&frame).ok_or(SpoolError::Unreadable)?;
            record::read(&shared.keys, body).map(|(_, entry)| entry)
        });
        Some((Place(at), reading.await.unwrap_or(Err(SpoolError::Closed))))
    }

    /// An entry was driven: it waits no more.
    pub async fn done(&self, place: Place) {
        // What is not removed is driven again by the next process, and is a repeat then.
        let _ = self.ask(|tell| Work::Done { at: place.0, tell }).await;
    }

    /// An entry cannot be driven: it is kept where it is in nobody's way.
    ///
    /// # Errors
    /// When it could not be put there; then it waits on.
    pub async fn put_aside(&self, place: Place) -> Result<(), SpoolError> {
        self.ask(|tell| Work::Aside { at: place.0, tell }).await
    }

    /// A person was erased: what lies aside of these journeys goes. What waits is dropped when it is driven.
    ///
    /// # Errors
    /// When the disk refused.
    pub async fn forget(&self, journeys: Vec<JourneyId>) -> Result<(), SpoolError> {
        self.ask(|tell| Work::Forget { journeys, tell }).await
    }

    /// What waits.
    pub fn counts(&self) -> SpoolCounts {
        let waiting = self.shared.lock();
        SpoolCounts {
            entries: waiting.entries.len() as u64,
            bytes: waiting.segments.values().sum(),
            oldest: waiting.entries.values().map(|(_, at)| *at).min(),
            aside: waiting.aside,
        }
    }

    async fn ask(
        &self,
        work: impl FnOnce(oneshot::Sender<Result<(), SpoolError>>) -> Work,
    ) -> Result<(), SpoolError> {
        let (tell, told) = oneshot::channel();
        self.work.try_send(work(tell)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => SpoolError::Full,
            mpsc::error::TrySendError::Closed(_) => SpoolError::Closed,
        })?;
        told.await.unwrap_or(Err(SpoolError::Closed))
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing panics inside.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn insert(&mut self, at: At, journey: JourneyId, happened: Timestamp) {
        self.entries.insert(at, (journey, happened));
        self.by_journey.entry(journey).or_default().push_back(at);
        *self.segments.entry(at.segment).or_default() += at.len;
    }

    /// Takes an entry out. Gives whose it was.
    fn remove(&mut self, at: At) -> Option<JourneyId> {
        let (journey, _) = self.entries.remove(&at)?;
        if let Some(of) = self.by_journey.get_mut(&journey) {
            of.retain(|kept| *kept != at);
            if of.is_empty() {
                self.by_journey.remove(&journey);
            }
        }
        Some(journey)
    }

    /// Whether anything waits in a segment.
    fn is_needed(&self, segment: u64) -> bool {
        let first = At { segment, offset: 0, len: 0 };
        self.entries.range(first..).next().is_some_and(|(at, _)| at.segment == segment)
    }
}

fn disk(error: std::io::Error) -> SpoolError {
    SpoolError::Disk(Arc::new(error))
}
