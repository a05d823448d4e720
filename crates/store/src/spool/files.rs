//! The files of a spool: segments, what was put aside, and the lock. Whatever blocks is in here.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Seek, SeekFrom, Write},
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use lead::JourneyId;

use super::{SpoolError, frame};
use crate::limits::SPOOL_SEGMENT_BYTES;

/// The end of a segment's name.
const SEGMENT: &str = "spool";

/// Where a record lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct At {
    pub(super) segment: u64,
    pub(super) offset: u64,
    pub(super) len: u64,
}

/// The folder, held for as long as this lives.
pub(super) struct Folder {
    path: PathBuf,
    _lock: File,
}

/// The segment that is written to.
pub(super) struct Active {
    file: File,
    pub(super) segment: u64,
    len: u64,
}

impl Folder {
    /// Makes the folder if needed, and takes it for this process alone.
    pub(super) fn take(path: &Path) -> Result<Self, SpoolError> {
        fs::create_dir_all(path.join("aside")).map_err(SpoolError::Folder)?;
        let lock = private().truncate(false).open(path.join("lock")).map_err(SpoolError::Folder)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => SpoolError::InUse,
            TryLockError::Error(error) => SpoolError::Folder(error),
        })?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// The numbers of the segments, the oldest first.
    pub(super) fn segments(&self) -> io::Result<Vec<u64>> {
        let mut numbers = vec![];
        for file in fs::read_dir(&self.path)? {
            let path = file?.path();
            let number = path.file_stem().and_then(|stem| stem.to_str()?.parse::<u64>().ok());
            numbers.extend(number.filter(|_| path.extension().is_some_and(|end| end == SEGMENT)));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    pub(super) fn bytes_of(&self, segment: u64) -> io::Result<Vec<u8>> {
        fs::read(self.segment(segment))
    }

    /// Cuts off what was never acknowledged.
    pub(super) fn cut(&self, segment: u64, end: u64) -> io::Result<()> {
        let file = OpenOptions::new().write(true).open(self.segment(segment))?;
        file.set_len(end)?;
        file.sync_all()
    }

    /// The record that lies there, with its head.
    pub(super) fn frame(&self, at: At) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(at.len).unwrap_or_default()];
        File::open(self.segment(at.segment))?.read_exact_at(&mut bytes, at.offset)?;
        Ok(bytes)
    }

    /// A new segment, which is there after a power cut as well.
    pub(super) fn begin(&self, segment: u64) -> io::Result<Active> {
        let file = private().create_new(true).open(self.segment(segment))?;
        self.sync()?;
        Ok(Active { file, segment, len: 0 })
    }

    /// Removes a segment that nothing waits in any more.
    pub(super) fn drop_segment(&self, segment: u64) -> io::Result<()> {
        wipe(&self.segment(segment))?;
        self.sync()
    }

    /// Puts something aside, for a person to look at. Done twice, it is there once.
    pub(super) fn put_aside(&self, of: Option<JourneyId>, at: At, bytes: &[u8]) -> io::Result<()> {
        let of = of.map_or_else(|| "broken".to_owned(), |journey| journey.to_string());
        let path = self.path.join("aside").join(format!("{of}.{}-{}", at.segment, at.offset));
        let mut file = private().truncate(true).open(&path)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        File::open(self.path.join("aside"))?.sync_all()
    }

    /// How much was put aside.
    pub(super) fn aside(&self) -> io::Result<u64> {
        Ok(fs::read_dir(self.path.join("aside"))?.count() as u64)
    }

    /// Removes what was put aside of a journey.
    pub(super) fn forget(&self, journey: JourneyId) -> io::Result<()> {
        let prefix = format!("{journey}.");
        self.wipe_aside(|path| {
            Ok(path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(&prefix)))
        })
    }

    /// Removes what was put aside so long ago.
    pub(super) fn forget_older(&self, now: SystemTime, age: Duration) -> io::Result<()> {
        self.wipe_aside(|path| {
            let changed = fs::metadata(path)?.modified()?;
            Ok(now.duration_since(changed).is_ok_and(|since| since > age))
        })
    }

    fn wipe_aside(&self, is_it: impl Fn(&Path) -> io::Result<bool>) -> io::Result<()> {
        for file in fs::read_dir(self.path.join("aside"))? {
            let path = file?.path();
            if is_it(&path)? {
                wipe(&path)?;
            }
        }
        Ok(())
    }

    fn segment(&self, number: u64) -> PathBuf {
        self.path.join(format!("{number:016}.{SEGMENT}"))
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }
}

impl Active {
    /// Writes records in one piece and has them on the disk when it returns. After a failure nothing is known of the end of
    /// this segment, so it must not be written to again.
    pub(super) fn append(&mut self, bytes: &[u8]) -> io::Result<u64> {
        let offset = self.len;
        let written = self.file.write_all(bytes).and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            // What it may have kept was not acknowledged: it comes again, and is a repeat then.
            let _ = self.file.set_len(offset);
            return Err(error);
        }
        self.len += bytes.len() as u64;
        Ok(offset)
    }

    /// Whether it is as long as a segment may be.
    pub(super) const fn is_full(&self) -> bool {
        self.len >= SPOOL_SEGMENT_BYTES
    }
}

/// Overwrites a file before it goes, so that its bytes do not lie about on a disk that writes in place.
fn wipe(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    let len = file.seek(SeekFrom::End(0))?;
    file.rewind()?;
    io::copy(&mut io::Read::take(io::repeat(0), len), &mut file)?;
    file.sync_data()?;
    fs::remove_file(path)
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).mode(0o600);
    options
}

/// What was found in a segment.
pub(super) struct Recovered {
    pub(super) records: Vec<(At, Vec<u8>)>,
    /// How many parts were none.
    pub(super) broken: usize,
}

/// The whole records of a segment, once what is none was put aside or cut off.
pub(super) fn recovered(folder: &Folder, segment: u64) -> io::Result<Recovered> {
    let bytes = folder.bytes_of(segment)?;
    let scanned = frame::scan(&bytes);
    let at =
        |range: &std::ops::Range<usize>| At { segment, offset: range.start as u64, len: range.len() as u64 };
    for range in &scanned.broken {
        folder.put_aside(None, at(range), &bytes[range.clone()])?;
    }
    if scanned.end < bytes.len() {
        folder.cut(segment, scanned.end as u64)?;
    }
    let records = scanned.records.into_iter().map(|range| (at(&range), bytes[range].to_vec()));
    Ok(Recovered { records: records.collect(), broken: scanned.broken.len() })
}
