//! `Node`: the real binary as a process on a port of its own, started again whenever it ends, as its host would do.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::Stdio,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, bail};
use rustix::process::Signal;
use tokio::{process::Command, task::JoinHandle};

use crate::{
    keeper::Keeper,
    postgres::{signal, tail},
};

/// The longest that the first start may take, and each later one while its stores are there.
const START_MAX: Duration = Duration::from_secs(120);
/// How often it is asked whether it takes calls.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// So long after its end a process is started again.
const RESTART_AFTER: Duration = Duration::from_millis(200);
/// The longest that it may take to say whether it takes calls: it reads and writes for that, and one whose database has
/// much to do says so only when that has taken too long.
const ANSWER_MAX: Duration = Duration::from_secs(10);

/// How the binary is run.
#[derive(Debug, Clone)]
pub(crate) struct Binary {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// All that it is told.
    pub(crate) environment: BTreeMap<String, String>,
    /// Where it runs.
    pub(crate) folder: PathBuf,
}

/// A node.
#[derive(Debug)]
pub(crate) struct Node {
    /// Where it listens.
    pub(crate) port: u16,
    log: PathBuf,
    state: Arc<State>,
    supervisor: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct State {
    id: Mutex<Option<u32>>,
    /// Processes that were started.
    starts: AtomicU32,
    /// Processes that ended without being killed by us.
    ended: AtomicU32,
    killed: AtomicU32,
}

impl Binary {
    /// Runs one command to its end, and gives what it prints.
    pub(crate) async fn run(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let mut command = self.command(arguments);
        let done = command.stdout(Stdio::piped()).stderr(Stdio::piped()).output().await;
        let done = done.with_context(|| format!("running {}", arguments.join(" ")))?;
        if !done.status.success() {
            bail!("{} failed: {}", arguments.join(" "), String::from_utf8_lossy(&done.stderr));
        }
        String::from_utf8(done.stdout).context("reading what it printed")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command.args(arguments).current_dir(&self.folder).env_clear().envs(&self.environment);
        command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null());
        command
    }
}

impl Node {
    /// A node that is started now and from now on.
    pub(crate) fn start(name: &str, port: u16, binary: Binary, keeper: &Arc<Keeper>) -> Self {
        let log = keeper.folder().join(format!("{name}.log"));
        let state = Arc::new(State::default());
        let supervisor = tokio::spawn(supervise(binary, log.clone(), Arc::clone(&state), Arc::clone(keeper)));
        Self { port, log, state, supervisor }
    }

    /// Kills its process.
    pub(crate) fn kill(&self) {
        self.state.killed.fetch_add(1, Ordering::Relaxed);
        self.signal(Signal::KILL);
    }

    /// Stops its process where it stands.
    pub(crate) fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on.
    pub(crate) fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    /// How often its process ended though nobody killed it.
    pub(crate) fn ended_by_itself(&self) -> u32 {
        let (ended, killed) =
            (self.state.ended.load(Ordering::Relaxed), self.state.killed.load(Ordering::Relaxed));
        ended.saturating_sub(killed)
    }

    /// Waits until it takes calls.
    pub(crate) async fn ready(&self) -> anyhow::Result<()> {
        let client = reqwest::Client::builder().no_proxy().timeout(ANSWER_MAX).build();
        let client = client.context("making a client")?;
        let url = format!("http://127.0.0.1:{}/readyz", self.port);
        let mut says = String::new();
        let ready = async {
            loop {
                says = match asked(client.get(&url)).await {
                    Ok(None) => return,
                    Ok(Some(says)) => says,
                    Err(error) => format!("it cannot be asked: {error}"),
                };
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        if tokio::time::timeout(START_MAX, ready).await.is_ok() {
            return Ok(());
        }
        bail!("{says}")
    }

    /// The last lines of its log.
    pub(crate) fn last_lines(&self) -> String {
        tail(&self.log)
    }

    /// The lines of its log that are louder than what always happens.
    pub(crate) fn loud(&self) -> Vec<String> {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        text.lines().filter(|line| !line.contains("\"INFO\"")).map(str::to_owned).collect()
    }

    fn signal(&self, which: Signal) {
        if let Some(id) = *self.state.id.lock().unwrap_or_else(PoisonError::into_inner) {
            signal(id, which);
        }
    }
}

/// Why a node takes no calls, in its own words. `None`: it takes them.
async fn asked(request: reqwest::RequestBuilder) -> Result<Option<String>, reqwest::Error> {
    let answer = request.send().await?;
    if answer.status().is_success() {
        return Ok(None);
    }
    Ok(Some(answer.text().await?.trim_end().replace('\n', "; ")))
}

impl Drop for Node {
    fn drop(&mut self) {
        self.supervisor.abort();
        self.kill();
    }
}

async fn supervise(binary: Binary, log: PathBuf, state: Arc<State>, keeper: Arc<Keeper>) {
    let set = |id| *state.id.lock().unwrap_or_else(PoisonError::into_inner) = id;
    loop {
        let Ok(file) = std::fs::OpenOptions::new().create(true).append(true).open(&log) else { return };
        // What cannot be started is told by whoever waits for it to be ready.
        let Ok(mut child) = binary.command(&["serve"]).stderr(file).spawn() else { return };
        let id = child.id();
        state.starts.fetch_add(1, Ordering::Relaxed);
        set(id);
        id.into_iter().for_each(|id| keeper.keep(id));
        let _ = child.wait().await;
        set(None);
        id.into_iter().for_each(|id| keeper.forget(id));
        state.ended.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(RESTART_AFTER).await;
    }
}
