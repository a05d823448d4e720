//! `Node`: the real binary on a database file and a port of its own, that can be killed and started again.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    net::TcpListener,
    os::unix::process::ExitStatusExt,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};

use tokio::sync::watch;

/// The longest that a start may take.
const START_MAX: Duration = Duration::from_secs(60);
/// Ports below those that the kernel gives to connections: while a server is down, nobody else may come by its port.
const PORTS: std::ops::Range<u16> = 20_000..32_000;
/// Where the last search ended.
static NEXT_PORT: AtomicU16 = AtomicU16::new(0);
/// The signal that cannot be caught.
const SIGKILL: i32 = 9;
/// The variable of the secret that posts are signed with.
pub const SECRET: &str = "POST_SECRET";
/// 32 bytes.
const MASTER_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// Where a server lives.
pub struct Node {
    folder: tempfile::TempDir,
    environment: BTreeMap<String, String>,
    log: Arc<Mutex<Vec<String>>>,
    /// The URL at which the carrier reaches it.
    pub base: String,
}

/// A server that was started.
pub struct Running {
    child: Child,
    state: watch::Receiver<State>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Starting,
    Ready,
    Gone,
}

/// How a start ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// It takes calls.
    Ready,
    /// It died before.
    Died,
}

impl Node {
    /// A folder with these settings. Nothing runs yet.
    pub fn new(account: &str, token: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let listen = format!("127.0.0.1:{}", free_port());
        let base = format!("http://{listen}");
        let mut environment = BTreeMap::new();
        for (key, value) in [
            ("HTTP__LISTEN", &*listen),
            ("CONSOLE__LISTEN", "off"),
            ("HTTP__PUBLIC_BASE_URL", &base),
            ("TWILIO__ACCOUNT_SID", account),
            ("TWILIO__AUTH_TOKEN", token),
            ("TWILIO__REQUEST_TIMEOUT", "2s"),
            ("TWILIO__CENSUS_EVERY", "1s"),
            ("STORE__PATH", "pingpost.db"),
            ("STORE__MASTER_KEY", MASTER_KEY),
            ("EXCHANGE__ALLOW_PRIVATE_TARGETS", "true"),
            // A post whose sender was killed is taken over after so long.
            ("POSTS__REQUEST_TIMEOUT", "8s"),
            ("POSTS__LEASE", "12s"),
            ("LOG__FORMAT", "json"),
            ("LOG__LEVEL", "info"),
        ] {
            environment.insert(format!("PINGPOST_{key}"), value.to_owned());
        }
        environment.insert(SECRET.to_owned(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned());
        Self { folder, environment, log: Arc::default(), base }
    }

    /// The carrier's REST side, and the settings.
    pub fn furnish(&mut self, rest_base: &str, settings: &str) {
        self.environment.insert("PINGPOST_TWILIO__BASE_URL".to_owned(), rest_base.to_owned());
        std::fs::write(self.folder.path().join("settings.toml"), settings).expect("a file is written");
    }

    /// The database.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("pingpost.db")
    }

    /// What all processes of it have logged.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Starts a process, which may die at a kill point, even before it takes calls.
    pub async fn start(&self, kill_at: Option<&str>) -> (Running, Start) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pingpost"));
        command.args(["serve", "--settings", "settings.toml"]).current_dir(self.folder.path());
        command.env_clear().envs(&self.environment);
        command.envs(kill_at.map(|at| (store::kill_points::VARIABLE, at)));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        let lines = BufReader::new(child.stderr.take().expect("it is piped"));
        let (told, state) = watch::channel(State::Starting);
        let log = Arc::clone(&self.log);
        std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                if line.contains("\"taking calls\"") {
                    told.send_replace(State::Ready);
                }
                log.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
            // The end of its output is the end of the process.
            told.send_replace(State::Gone);
        });
        let mut waiting = state.clone();
        let started = waiting.wait_for(|state| *state != State::Starting);
        let state_then = match tokio::time::timeout(START_MAX, started).await {
            Ok(state) => *state.expect("the reader says how it ended"),
            Err(_) => panic!("the server does not start:\n{}", self.log().join("\n")),
        };
        let start = if state_then == State::Ready { Start::Ready } else { Start::Died };
        (Running { child, state }, start)
    }
}

impl Running {
    /// Waits until the process is gone.
    pub async fn gone(&self) {
        // The reader's last word stays.
        let _ = self.state.clone().wait_for(|state| *state == State::Gone).await;
    }

    /// Kills it, as a power cut would.
    pub fn kill(mut self) {
        // It may have died already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Whether the process that is gone was killed, and did not end otherwise.
    pub fn was_killed(mut self) -> bool {
        self.child.wait().expect("it can be waited for").signal() == Some(SIGKILL)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    let wide = PORTS.end - PORTS.start;
    let first = u16::try_from(std::process::id() % u32::from(wide)).expect("it is below the width");
    for _ in 0..wide {
        let n = NEXT_PORT.fetch_add(1, Ordering::Relaxed);
        let port = PORTS.start + (first.wrapping_add(n)) % wide;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no port from {PORTS:?} is free")
}
