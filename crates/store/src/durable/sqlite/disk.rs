//! `Disk`: what room the file's disk has, and the ballast that is thrown off for the calls that are under way.
//!
//! New calls are refused while less than a floor is free. Somebody else may still fill the disk to the last byte, so a
//! file beside the database holds a part of the floor until the writer needs it.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use rustix::fs::FallocateFlags;

use crate::limits::BALLAST_PARTS;

/// Whether there is room for what new calls will write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// There is, or it cannot be measured.
    Enough,
    /// There is less than is kept for the calls that are under way.
    Low {
        /// Bytes that are free.
        free: u64,
        /// Bytes that must be.
        floor: u64,
    },
}

/// The disk under one database file.
pub(crate) struct Disk {
    folder: PathBuf,
    log: PathBuf,
    ballast: PathBuf,
    floor: u64,
    held: Mutex<bool>,
}

impl Disk {
    /// The disk of a file. A floor of nought is never reached, and has no ballast.
    pub(crate) fn of(file: &Path, floor: u64) -> Self {
        let beside = |end: &str| {
            let mut name = file.as_os_str().to_owned();
            name.push(end);
            PathBuf::from(name)
        };
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        let ballast = beside("-ballast");
        let held =
            floor > 0 && std::fs::metadata(&ballast).is_ok_and(|file| file.len() >= floor / BALLAST_PARTS);
        Self {
            folder: folder.unwrap_or(Path::new(".")).to_owned(),
            log: beside("-wal"),
            ballast,
            floor,
            held: Mutex::new(held),
        }
    }

    /// Bytes that this process may still write, if they can be measured.
    pub(crate) fn free(&self) -> Option<u64> {
        let disk = rustix::fs::statvfs(&self.folder).ok()?;
        Some(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    /// Bytes of the write-ahead log's file.
    pub(crate) fn log_bytes(&self) -> u64 {
        std::fs::metadata(&self.log).map_or(0, |file| file.len())
    }

    pub(crate) fn room(&self) -> Room {
        match self.free() {
            Some(free) if free < self.floor => Room::Low { free, floor: self.floor },
            Some(_) | None => Room::Enough,
        }
    }

    /// Throws the ballast off when less than as much again is free. Says whether it did.
    pub(crate) fn relieve(&self) -> bool {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if !*held || self.free().is_none_or(|free| free >= self.ballast_bytes()) {
            return false;
        }
        *held = false;
        match File::create(&self.ballast) {
            Ok(_) => true,
            Err(error) => {
                tracing::error!(%error, "the ballast could not be thrown off");
                false
            }
        }
    }

    /// Takes the ballast up where there is room for it above the floor. It may write for a while.
    pub(crate) fn take_ballast(&self) -> io::Result<()> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = self.ballast_bytes();
        if *held || bytes == 0 || self.free().is_none_or(|free| free < self.floor.saturating_add(2 * bytes)) {
            return Ok(());
        }
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(&self.ballast)?;
        if rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, bytes).is_err() {
            // Some file systems have no such call.
            written(&file, bytes)?;
        }
        *held = true;
        Ok(())
    }

    fn ballast_bytes(&self) -> u64 {
        self.floor / BALLAST_PARTS
    }
}

/// Blocks by writing them: not nought, which some file systems keep as a hole.
fn written(mut file: &File, bytes: u64) -> io::Result<()> {
    const PIECE: [u8; 4_096] = [0xB1; 4_096];
    let mut left = bytes;
    while left > 0 {
        let piece = left.min(4_096);
        file.write_all(&PIECE[..usize::try_from(piece).unwrap_or(PIECE.len())])?;
        left -= piece;
    }
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_floor_that_no_disk_has_is_low_and_none_is_enough() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.db");
        assert_eq!(Disk::of(&file, 0).room(), Room::Enough);
        let disk = Disk::of(&file, u64::MAX);
        assert!(matches!(disk.room(), Room::Low { floor: u64::MAX, free } if free > 0));
        disk.take_ballast().expect("there is no room for it, which is no failure");
        assert!(!folder.path().join("a.db-ballast").exists());
    }

    #[test]
    fn the_ballast_has_blocks_of_its_own_and_is_found_again() {
        use std::os::unix::fs::MetadataExt;
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.db");
        let disk = Disk::of(&file, 1 << 20);
        disk.take_ballast().expect("it is taken");
        let ballast = std::fs::metadata(folder.path().join("a.db-ballast")).expect("it is there");
        assert!(ballast.blocks() * 512 >= (1 << 20) / BALLAST_PARTS, "{ballast:?}");
        assert!(*Disk::of(&file, 1 << 20).held.lock().expect("no panic"));
        assert!(!disk.relieve(), "there is room enough");
    }

    #[test]
    fn blocks_can_be_had_by_writing() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        written(file.as_file(), 10_000).expect("it is written");
        assert_eq!(file.as_file().metadata().expect("it is there").len(), 10_000);
    }
}
