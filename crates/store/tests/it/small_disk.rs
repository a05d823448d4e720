//! A disk of a few MiB, which fills: a tmpfs of the test's own.

use std::{
    fs::File,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    process::Command,
};

/// Says to the test in a namespace of its own that it is there.
const INSIDE: &str = "PINGPOST_TEST_IN_NAMESPACE";

/// A small disk. It goes with the test.
pub struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    /// A disk of this many bytes for the test of this name, and `None` where the test has run in a namespace of its own
    /// instead, in which everybody may mount. Where neither is possible, the test fails.
    pub fn of(bytes: u64, test: &str) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let size = format!("size={bytes}");
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(folder.path())
            .output()
            .expect("mount is there");
        if mount.status.success() {
            return Some(Self { folder });
        }
        let why = String::from_utf8_lossy(&mount.stderr).into_owned();
        assert!(std::env::var_os(INSIDE).is_none(), "no small disk can be mounted in a namespace: {why}");
        let this = std::env::current_exe().expect("the test's own file");
        let ran = Command::new("unshare")
            .arg("-rm")
            .arg(this)
            .args(["--exact", test, "--nocapture"])
            .env(INSIDE, "1")
            .output()
            .expect("unshare is there");
        let said = [ran.stdout, ran.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(
            ran.status.success() && said.contains("1 passed"),
            "this test needs a small disk: run it as root, or where `unshare -rm` is allowed. {why}\n{said}"
        );
        None
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Somebody else takes all that is left, to the last byte.
    pub fn fill(&self) -> Filled {
        let path = self.path("foreign");
        fill(&path);
        Filled(path)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // It may be in use for a moment yet, and goes then.
        let _ = Command::new("umount").arg("-l").arg(self.folder.path()).status();
    }
}

/// What fills the disk, until it is dropped.
pub struct Filled(PathBuf);

impl Drop for Filled {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).expect("it is there");
    }
}

fn fill(path: &Path) {
    let mut file = File::options().append(true).create(true).open(path).expect("a file");
    for piece in [1 << 16, 4_096, 512, 1] {
        let bytes = vec![1_u8; piece];
        loop {
            match file.write(&bytes) {
                Ok(n) if n > 0 => {}
                Ok(_) => break,
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::StorageFull, "{error}");
                    break;
                }
            }
        }
    }
}
