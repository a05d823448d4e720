//! The thread that writes: what waits goes to the disk in one piece, and is synced once for all of it.

use std::{io, sync::Arc, time::SystemTime};

use lead::{JourneyId, Timestamp};
use tokio::sync::{mpsc::Receiver, oneshot::Sender};

use super::{
    Shared, SpoolError, disk,
    files::{Active, At},
};
use crate::limits::{SPOOL_ASIDE_FOR, SPOOL_BATCH_MAX, SPOOL_ENTRIES_MAX};

type Tell = Sender<Result<(), SpoolError>>;

/// What is asked of it.
pub(super) enum Work {
    Keep { frame: Vec<u8>, journey: JourneyId, at: Timestamp, tell: Tell },
    Done { at: At, tell: Tell },
    Aside { at: At, tell: Tell },
    Forget { journeys: Vec<JourneyId>, tell: Tell },
}

/// A record that is to be kept.
struct Keeping {
    frame: Vec<u8>,
    journey: JourneyId,
    at: Timestamp,
    tell: Tell,
}

pub(super) struct Writer {
    shared: Arc<Shared>,
    bytes_max: u64,
    /// `None`: the last one is full, failed, or was dropped.
    active: Option<Active>,
    next: u64,
}

impl Writer {
    pub(super) const fn new(shared: Arc<Shared>, bytes_max: u64, next: u64) -> Self {
        Self { shared, bytes_max, active: None, next }
    }

    /// Works until nobody can ask any more.
    pub(super) fn run(mut self, mut inbox: Receiver<Work>) {
        while let Some(first) = inbox.blocking_recv() {
            let mut all = vec![first];
            while all.len() < SPOOL_BATCH_MAX
                && let Ok(work) = inbox.try_recv()
            {
                all.push(work);
            }
            let mut keep = vec![];
            for work in all {
                match work {
                    Work::Keep { frame, journey, at, tell } => {
                        keep.push(Keeping { frame, journey, at, tell });
                    }
                    Work::Done { at, tell } => told(tell, self.done(at)),
                    Work::Aside { at, tell } => told(tell, self.aside(at)),
                    Work::Forget { journeys, tell } => told(tell, self.forget(&journeys)),
                }
            }
            self.keep(keep);
        }
    }

    fn keep(&mut self, records: Vec<Keeping>) {
        let (mut entries, mut bytes) = {
            let waiting = self.shared.lock();
            (waiting.entries.len(), waiting.segments.values().sum::<u64>())
        };
        let (mut taken, mut batch) = (vec![], vec![]);
        for record in records {
            let len = record.frame.len() as u64;
            if entries >= SPOOL_ENTRIES_MAX || bytes + len > self.bytes_max {
                told(record.tell, Err(SpoolError::Full));
                continue;
            }
            (entries, bytes) = (entries + 1, bytes + len);
            batch.extend_from_slice(&record.frame);
            taken.push(record);
        }
        if taken.is_empty() {
            return;
        }
        match self.append(&batch) {
            Ok((segment, mut offset)) => {
                for Keeping { frame, journey, at: happened, tell } in taken {
                    let at = At { segment, offset, len: frame.len() as u64 };
                    offset += at.len;
                    self.shared.lock().insert(at, journey, happened);
                    told(tell, Ok(()));
                }
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "the spool could not be written");
                let error = Arc::new(error);
                for record in taken {
                    told(record.tell, Err(SpoolError::Disk(Arc::clone(&error))));
                }
            }
        }
    }

    fn append(&mut self, batch: &[u8]) -> io::Result<(u64, u64)> {
        if self.active.as_ref().is_some_and(Active::is_full) {
            self.active = None;
        }
        let mut active = match self.active.take() {
            Some(active) => active,
            None => {
                let number = self.next;
                self.next += 1;
                self.shared.folder.begin(number)?
            }
        };
        let offset = active.append(batch)?;
        let segment = active.segment;
        self.active = Some(active);
        Ok((segment, offset))
    }

    fn done(&mut self, at: At) -> Result<(), SpoolError> {
        let is_needed = {
            let mut waiting = self.shared.lock();
            waiting.remove(at);
            waiting.is_needed(at.segment)
        };
        if is_needed {
            return Ok(());
        }
        if self.active.as_ref().is_some_and(|active| active.segment == at.segment) {
            self.active = None;
        }
        self.shared.lock().segments.remove(&at.segment);
        match self.shared.folder.drop_segment(at.segment) {
            // It was dropped with an entry that two had driven at once.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            dropped => dropped.map_err(disk),
        }
    }

    fn aside(&mut self, at: At) -> Result<(), SpoolError> {
        let Some((journey, _)) = self.shared.lock().entries.get(&at).copied() else { return Ok(()) };
        let folder = &self.shared.folder;
        let frame = folder.frame(at).map_err(disk)?;
        folder.put_aside(Some(journey), at, &frame).map_err(disk)?;
        self.count_aside().map_err(disk)?;
        self.done(at)
    }

    fn forget(&self, journeys: &[JourneyId]) -> Result<(), SpoolError> {
        let folder = &self.shared.folder;
        journeys.iter().try_for_each(|journey| folder.forget(*journey)).map_err(disk)?;
        #[expect(
            clippy::disallowed_methods,
            reason = "a file's age is by the wall, as its file system says it"
        )]
        let now = SystemTime::now();
        folder.forget_older(now, SPOOL_ASIDE_FOR).map_err(disk)?;
        self.count_aside().map_err(disk)
    }

    fn count_aside(&self) -> io::Result<()> {
        let aside = self.shared.folder.aside()?;
        self.shared.lock().aside = aside;
        Ok(())
    }
}

/// Nobody may wait any more.
fn told(tell: Tell, result: Result<(), SpoolError>) {
    drop(tell.send(result));
}
