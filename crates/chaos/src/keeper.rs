//! `Keeper`: the folder of a run and whatever runs in it, gone with the process that made it, however that ends.

use std::{
    collections::BTreeSet,
    io::Write,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
};

use anyhow::Context;

use crate::plan::Folder;

/// It is told who runs, and at the end of its input kills them. The end comes also when we are killed.
const KEEP: &str = r#"
running=
while read -r line; do running=$line; done
[ -z "$running" ] || kill -9 $running 2>/dev/null
[ -z "$1" ] || rm -rf "$1"
"#;

/// The folder and who runs in it.
#[derive(Debug)]
pub(crate) struct Keeper {
    folder: PathBuf,
    running: Mutex<Running>,
}

#[derive(Debug)]
struct Running {
    ids: BTreeSet<u32>,
    shell: Child,
}

impl Keeper {
    /// A folder, and somebody who clears it away.
    pub(crate) fn new(folder: Folder) -> anyhow::Result<Self> {
        let made = tempfile::Builder::new().prefix("pingpost-chaos-").tempdir().context("making a folder")?;
        // Postgres runs as another user where we are root, and must reach its own folder inside.
        std::fs::set_permissions(made.path(), std::fs::Permissions::from_mode(0o755))
            .context("opening the folder to the database")?;
        let folder_path = made.keep();
        let clears = match folder {
            Folder::Temporary => folder_path.clone(),
            Folder::Kept => PathBuf::new(),
        };
        let shell = Command::new("sh")
            .args(["-c", KEEP, "sh"])
            .arg(clears)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C is for us; what follows from it comes by the end of the input.
            .process_group(0)
            .spawn()
            .context("starting a shell")?;
        Ok(Self { folder: folder_path, running: Mutex::new(Running { ids: BTreeSet::new(), shell }) })
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The processes that are ours.
    pub(crate) fn running(&self) -> Vec<u32> {
        self.lock().ids.iter().copied().collect()
    }

    /// This process is ours.
    pub(crate) fn keep(&self, id: u32) {
        let mut running = self.lock();
        running.ids.insert(id);
        running.tell();
    }

    /// It is gone.
    pub(crate) fn forget(&self, id: u32) {
        let mut running = self.lock();
        running.ids.remove(&id);
        running.tell();
    }

    fn lock(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    fn tell(&mut self) {
        let line: Vec<_> = self.ids.iter().map(ToString::to_string).collect();
        if let Some(input) = &mut self.shell.stdin {
            // A shell that somebody ended cannot be told; the run goes on.
            let _ = writeln!(input, "{}", line.join(" "));
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let mut running = self.lock();
        drop(running.shell.stdin.take());
        // It ends by itself then.
        let _ = running.shell.wait();
    }
}
