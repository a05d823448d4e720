//! Recordings of calls that this node holds itself: two voices in a file each, the caller left, whoever talks to them right.
//!
//! A recording is a `.part` file until its journey knows of it, and its name says whose it is, so that a node that died leaves
//! nothing that nobody knows of: at the next start it is brought to its end.

use std::{
    fs::DirBuilder,
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use anyhow::Context;
use journey::{Event, LegId};
use lead::JourneyId;
use sip::{
    leg::{Piece, Voice},
    tracks::{HEAD_BYTES, Tracks, head},
};
use tokio::{
    fs::File,
    io::{AsyncSeekExt, AsyncWriteExt},
    sync::mpsc::Receiver,
};

use super::{LINE, Switchboard, telling::tell};
use crate::{config::SipConfig, panics, world::World};

/// What is written at once.
const BLOCK_BYTES: usize = 16 * 1_024;
/// Bytes of a second.
const BYTES_A_SECOND: u64 = 16_000;

/// The folder of recordings.
pub struct Recordings {
    folder: PathBuf,
    /// The longest recording.
    longest: Duration,
    /// The bytes that may lie in the folder.
    room: u64,
    used: AtomicU64,
}

impl Recordings {
    /// `None`: no folder is configured.
    ///
    /// # Errors
    /// When it cannot be made or read.
    pub fn of(config: &SipConfig) -> anyhow::Result<Option<Self>> {
        let Some(folder) = config.recordings.clone() else { return Ok(None) };
        let opened = || -> io::Result<u64> {
            DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
            let files = std::fs::read_dir(&folder)?;
            files.map(|file| Ok(file?.metadata()?.len())).sum()
        };
        let used = opened().context("the folder that sip.recordings names")?;
        let used = AtomicU64::new(used);
        Ok(Some(Self { folder, longest: config.recording_max, room: config.recordings_room, used }))
    }

    /// Where a recording lies. `None`: this is no name that we give.
    fn path(&self, reference: &str) -> Option<PathBuf> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let is_ours = reference.starts_with(LINE) && reference.chars().all(plain);
        is_ours.then(|| self.folder.join(format!("{reference}.wav")))
    }

    /// Opens a recording.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub async fn open(&self, reference: &str) -> io::Result<File> {
        let path = self.path(reference).ok_or(io::ErrorKind::NotFound)?;
        File::open(path).await
    }

    /// Deletes a recording. One that is not there is deleted.
    ///
    /// # Errors
    /// When it cannot be.
    pub async fn delete(&self, reference: &str) -> io::Result<()> {
        let Some(path) = self.path(reference) else { return Ok(()) };
        self.remove(&path).await
    }

    /// Deletes whatever was recorded of a leg, and is at its end.
    ///
    /// # Errors
    /// When the folder cannot be read, or one of them cannot be deleted.
    pub async fn delete_of(&self, leg: &LegId) -> io::Result<()> {
        let mut files = tokio::fs::read_dir(&self.folder).await?;
        while let Some(file) = files.next_entry().await? {
            let name = file.file_name();
            let name = name.to_string_lossy();
            if name.ends_with(".wav") && name.strip_prefix(&leg.0).is_some_and(|rest| rest.starts_with('-')) {
                self.remove(&file.path()).await?;
            }
        }
        Ok(())
    }

    async fn remove(&self, path: &Path) -> io::Result<()> {
        let length = tokio::fs::metadata(path).await.map_or(0, |it| it.len());
        match tokio::fs::remove_file(path).await {
            Ok(()) => {
                let _ = self.used.fetch_update(Relaxed, Relaxed, |used| Some(used.saturating_sub(length)));
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn part(&self, reference: &str, journey: JourneyId) -> PathBuf {
        self.folder.join(format!("{reference}.{journey}.part"))
    }

    /// Brings what an earlier run was recording to its end.
    async fn left_over(&self, node: &str) -> io::Result<Vec<LeftOver>> {
        let (mut found, mut files) = (vec![], tokio::fs::read_dir(&self.folder).await?);
        while let Some(file) = files.next_entry().await? {
            let name = file.file_name().to_string_lossy().into_owned();
            let named = name.strip_suffix(".part").and_then(|name| name.split_once('.'));
            let Some((reference, journey)) = named.filter(|(reference, _)| reference.starts_with(node))
            else {
                continue;
            };
            let (Ok(journey), Some(path)) = (journey.parse(), self.path(reference)) else { continue };
            let length = file.metadata().await?.len();
            let mut part = tokio::fs::OpenOptions::new().write(true).open(file.path()).await?;
            let sound = end(&mut part, length.saturating_sub(HEAD_BYTES as u64)).await?;
            match tokio::fs::hard_link(file.path(), path).await {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
            let lasted = Duration::from_secs(sound / BYTES_A_SECOND);
            let (journey, reference) = (JourneyId::from_uuid(journey), reference.to_owned());
            found.push(LeftOver { journey, reference, lasted, part: file.path() });
        }
        Ok(found)
    }
}

/// A recording of an earlier run, at its end.
struct LeftOver {
    journey: JourneyId,
    reference: String,
    lasted: Duration,
    part: PathBuf,
}

/// A file for a voice, which nobody but the user of this process may read.
async fn new_file(path: &Path) -> io::Result<File> {
    tokio::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).await
}

/// Writes the head of a file with so many bytes of sound, and syncs it.
async fn end(file: &mut File, sound: u64) -> io::Result<u64> {
    file.seek(io::SeekFrom::Start(0)).await?;
    file.write_all(&head(u32::try_from(sound).unwrap_or(u32::MAX))).await?;
    file.sync_all().await?;
    Ok(sound)
}

impl Switchboard {
    /// Where recordings lie, if calls are recorded.
    pub fn recordings(&self) -> Option<&Arc<Recordings>> {
        self.recordings.as_ref()
    }

    /// Begins to record a call that is held here: the recording's name. `None`: it is not held here, or cannot be recorded.
    pub async fn record(&self, world: &Arc<World>, journey: JourneyId) -> Option<String> {
        let (leg, ear) = self.lock().get(&journey).map(|held| (held.leg.clone(), held.ear.clone()))?;
        let Some(recordings) = self.recordings.clone() else {
            unrecorded("off");
            return None;
        };
        if recordings.used.load(Relaxed) >= recordings.room {
            unrecorded("full");
            tracing::error!(journey.id = %journey, "a call is not recorded: the folder of recordings holds as much as it may");
            return None;
        }
        let reference = format!("{}-{}", leg.0, world.clock.now().micros());
        let part = recordings.part(&reference, journey);
        let begun = async {
            let mut file = new_file(&part).await?;
            file.write_all(&head(0)).await?;
            Ok::<_, io::Error>(file)
        };
        let file = match begun.await {
            Ok(file) => file,
            Err(error) => {
                unrecorded("failed");
                tracing::error!(error = %crate::chain_of(&error), journey.id = %journey, "a call is not recorded: its file could not be made");
                return None;
            }
        };
        let making = Making { recordings, reference: reference.clone(), journey, file, part };
        let (world_of_it, pieces) = (Arc::clone(world), ear.listen());
        world
            .tasks
            .spawn(panics::watched("recording", async move { making.make(&world_of_it, pieces).await }));
        Some(reference)
    }
}

fn unrecorded(why: &'static str) {
    metrics::counter!("pingpost_sip_unrecorded_total", "why" => why).increment(1);
}

/// A recording that is being made.
struct Making {
    recordings: Arc<Recordings>,
    reference: String,
    journey: JourneyId,
    file: File,
    part: PathBuf,
}

impl Making {
    /// To the end of the call, or of what may be recorded of it.
    async fn make(mut self, world: &Arc<World>, pieces: Receiver<Piece>) {
        match self.written(pieces).await {
            Ok(lasted) => {
                ready(world, self.journey, self.reference, lasted).await;
                // Only now: whoever dies before is told of it again at the next start.
                if let Err(error) = tokio::fs::remove_file(&self.part).await {
                    tracing::warn!(error = %crate::chain_of(&error), "a recording's first name could not be taken away");
                }
            }
            Err(error) => {
                unrecorded("failed");
                tracing::error!(error = %crate::chain_of(&error), journey.id = %self.journey, "a recording could not be written to its end");
            }
        }
    }

    async fn written(&mut self, mut pieces: Receiver<Piece>) -> io::Result<Duration> {
        let (mut tracks, mut block, mut sound) = (Tracks::default(), vec![], 0_u64);
        while let Some(Piece { voice, at, samples }) = pieces.recv().await {
            tracks.on_piece(voice == Voice::Heard, at, &samples);
            block.extend(tracks.take());
            if block.len() >= BLOCK_BYTES {
                self.file.write_all(&block).await?;
                sound += block.len() as u64;
                block.clear();
            }
            if tracks.lasts() >= self.recordings.longest {
                break;
            }
        }
        block.extend(tracks.finish());
        self.file.write_all(&block).await?;
        sound += block.len() as u64;
        self.file.flush().await?;
        end(&mut self.file, sound).await?;
        let path = self.recordings.path(&self.reference).ok_or(io::ErrorKind::InvalidInput)?;
        tokio::fs::hard_link(&self.part, path).await?;
        self.recordings.used.fetch_add(sound + HEAD_BYTES as u64, Relaxed);
        Ok(tracks.lasts())
    }
}

/// Tells of what an earlier run was recording when it died.
pub(super) async fn tell_left_over(world: &Arc<World>, switchboard: &Switchboard) {
    let Some(recordings) = &switchboard.recordings else { return };
    match recordings.left_over(&switchboard.node).await {
        Ok(found) => {
            for LeftOver { journey, reference, lasted, part } in found {
                ready(world, journey, reference, lasted).await;
                // What stays is told of again at the next start, which changes nothing.
                let _ = tokio::fs::remove_file(part).await;
            }
        }
        Err(error) => {
            tracing::error!(error = %crate::chain_of(&error), "recordings of an earlier run could not be brought to their end");
        }
    }
}

async fn ready(world: &Arc<World>, journey: JourneyId, reference: String, lasted: Duration) {
    let key = format!("recorded:{reference}");
    tell(world, journey, &key, Event::RecordingReady { reference, lasted: Some(lasted) }).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recordings(folder: &Path) -> Recordings {
        let longest = Duration::from_secs(60);
        Recordings { folder: folder.to_owned(), longest, room: 1 << 20, used: AtomicU64::new(0) }
    }

    #[tokio::test]
    async fn what_a_node_was_recording_when_it_died_is_brought_to_its_end_by_itself() {
        let folder = tempfile::tempdir().expect("a folder");
        let recordings = recordings(folder.path());
        let journey = JourneyId::of_call("acme", "line-one-0a-leg-1");
        let cut = [&head(0)[..], &[7; 32_000]].concat();
        for leg in ["line-one-0a-leg-1", "line-two-0a-leg-1"] {
            std::fs::write(recordings.part(&format!("{leg}-5"), journey), &cut).expect("it is written");
        }
        for again in [false, true] {
            let found = recordings.left_over("line-one-").await.expect("it can be read");
            let [left] = &found[..] else { panic!("one of its own, again: {again}") };
            assert_eq!((left.journey, &*left.reference), (journey, "line-one-0a-leg-1-5"));
            assert_eq!(left.lasted, Duration::from_secs(2));
        }
        let file = std::fs::read(folder.path().join("line-one-0a-leg-1-5.wav")).expect("it is there");
        assert_eq!((&file[..HEAD_BYTES], file.len()), (&head(32_000)[..], HEAD_BYTES + 32_000));
        recordings.delete_of(&LegId("line-one-0a-leg-1".to_owned())).await.expect("it can be deleted");
        recordings.delete("line-one-0a-leg-1-5").await.expect("what is gone is deleted");
        assert!(recordings.open("line-one-0a-leg-1-5").await.is_err());
    }

    #[tokio::test]
    async fn nobody_else_may_read_a_voice() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("line-x.part");
        drop(new_file(&path).await.expect("it is made"));
        let mode = std::fs::metadata(&path).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(new_file(&path).await.is_err(), "one that is there is not written over");
    }

    #[tokio::test]
    async fn a_name_that_is_none_of_ours_leads_nowhere() {
        let folder = tempfile::tempdir().expect("a folder");
        let recordings = recordings(&folder.path().join("inside"));
        std::fs::write(folder.path().join("line-x.wav"), b"x").expect("it is written");
        for name in ["../line-x", "line-/../../line-x", "RE123", "line-A", ""] {
            assert_eq!(recordings.path(name), None, "{name}");
        }
    }
}
