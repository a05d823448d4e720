//! `Postgres`: a database server of the run's own, that can be killed, stopped and started again.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};
use sqlx::{
    ConnectOptions, Connection, Executor, PgConnection,
    postgres::{PgConnectOptions, PgSslMode},
};
use tokio::process::{Child, Command};

use crate::{keeper::Keeper, ports::free_port};

/// The longest that a start may take, recovery included.
const START_MAX: Duration = Duration::from_secs(60);
/// How often it is looked whether it has started.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Where Debian keeps its versions.
const DEBIAN: &str = "/usr/lib/postgresql";
/// User and database.
const NAME: &str = "pingpost";

/// A database server.
#[derive(Debug)]
pub(crate) struct Postgres {
    binaries: PathBuf,
    folder: PathBuf,
    owner: Option<Owner>,
    /// Where it listens.
    pub(crate) port: u16,
    keeper: Arc<Keeper>,
    running: Mutex<Option<Child>>,
}

/// Who it runs as where we are root: Postgres will not be.
#[derive(Debug, Clone, Copy)]
struct Owner {
    user: u32,
    group: u32,
}

impl Postgres {
    /// Makes a database and starts its server.
    pub(crate) async fn start(keeper: &Arc<Keeper>) -> anyhow::Result<Self> {
        let folder = keeper.folder().join("postgres");
        std::fs::create_dir(&folder).context("making the database's folder")?;
        let owner = owner()?;
        if let Some(owner) = owner {
            std::os::unix::fs::chown(&folder, Some(owner.user), Some(owner.group))
                .context("giving the database its folder")?;
        }
        let (keeper, running) = (Arc::clone(keeper), Mutex::new(None));
        let server = Self { binaries: binaries()?, folder, owner, port: free_port()?, keeper, running };
        server.make().await?;
        server.begin().await?;
        let mut conn = server.connect("postgres").await.context("reaching the new database")?;
        conn.execute("CREATE DATABASE pingpost TEMPLATE template0").await.context("making the database")?;
        conn.close().await.context("leaving the new database")?;
        Ok(server)
    }

    /// The URL at a port, which may be a link's.
    pub(crate) fn url(port: u16) -> String {
        format!("postgres://{NAME}@127.0.0.1:{port}/{NAME}?sslmode=disable")
    }

    /// A connection of an auditor, by no link.
    pub(crate) async fn audit(&self) -> anyhow::Result<PgConnection> {
        self.connect(NAME).await.context("reaching the database")
    }

    /// Starts the server that is not running, and waits until it serves.
    pub(crate) async fn begin(&self) -> anyhow::Result<()> {
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.folder.join("data")).arg("-k").arg(&self.folder);
        for setting in [
            "listen_addresses=127.0.0.1",
            &format!("port={}", self.port),
            "max_connections=300",
            // Whoever is killed here loses nothing that the operating system has: only the machine's own end would.
            "fsync=off",
            "full_page_writes=off",
        ] {
            command.args(["-c", setting]);
        }
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.folder.join("log"));
        command.stderr(log.context("opening the database's log")?);
        let child = command.spawn().context("starting the database")?;
        if let Some(id) = child.id() {
            self.keeper.keep(id);
        }
        *self.lock() = Some(child);
        let serving = async {
            while self.connect("postgres").await.is_err() {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        match tokio::time::timeout(START_MAX, serving).await {
            Ok(()) => Ok(()),
            Err(_) => bail!("the database does not start: {}", tail(&self.folder.join("log"))),
        }
    }

    /// Kills it with all its processes, as a power cut would, and waits until they are gone.
    pub(crate) async fn kill(&self) {
        let child = self.lock().take();
        let Some(mut child) = child else { return };
        let Some(id) = child.id() else { return };
        let others = children(id);
        // The first one first: it makes no others then.
        signal(id, Signal::KILL);
        others.iter().for_each(|other| signal(*other, Signal::KILL));
        let _ = child.wait().await;
        self.keeper.forget(id);
        while others.iter().any(|other| Path::new(&format!("/proc/{other}/stat")).exists()) {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Stops all its processes where they stand, so that it answers nothing and closes nothing.
    pub(crate) fn freeze(&self) {
        if let Some(id) = self.id() {
            signal(id, Signal::STOP);
            children(id).into_iter().for_each(|other| signal(other, Signal::STOP));
        }
    }

    /// Lets them go on.
    pub(crate) fn thaw(&self) {
        if let Some(id) = self.id() {
            children(id).into_iter().for_each(|other| signal(other, Signal::CONT));
            signal(id, Signal::CONT);
        }
    }

    fn id(&self) -> Option<u32> {
        self.lock().as_ref().and_then(Child::id)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Child>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn make(&self) -> anyhow::Result<()> {
        let mut command = self.command("initdb");
        command.arg("-D").arg(self.folder.join("data"));
        command.args(["-U", NAME, "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"]);
        let made = command.stderr(Stdio::piped()).output().await.context("running initdb")?;
        if !made.status.success() {
            bail!("no database could be made: {}", String::from_utf8_lossy(&made.stderr));
        }
        Ok(())
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.binaries.join(name));
        command.current_dir(&self.folder).env_clear().env("HOME", &self.folder).process_group(0);
        if let Some(owner) = self.owner {
            command.uid(owner.user).gid(owner.group);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command
    }

    async fn connect(&self, database: &str) -> sqlx::Result<PgConnection> {
        let options = PgConnectOptions::new_without_pgpass().host("127.0.0.1").port(self.port);
        options.username(NAME).database(database).ssl_mode(PgSslMode::Disable).connect().await
    }
}

/// The processes that a process has started itself.
pub(crate) fn children(id: u32) -> Vec<u32> {
    // One that is gone has none.
    let listed = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
    listed.split_whitespace().filter_map(|child| child.parse().ok()).collect()
}

/// Sends a signal to a process of ours, which may be gone.
pub(crate) fn signal(id: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(id).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
}

/// The end of a log.
pub(crate) fn tail(log: &Path) -> String {
    const LINES: usize = 20;
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

/// Root runs it as the user that the package made, or as nobody.
fn owner() -> anyhow::Result<Option<Owner>> {
    if !rustix::process::getuid().is_root() {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd").context("reading who there is")?;
    let of = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some(Owner { user: fields.next()?.parse().ok()?, group: fields.next()?.parse().ok()? })
    };
    let found = of("postgres").or_else(|| of("nobody"));
    found.map(Some).context("Postgres will not be root, and there is no user `postgres` or `nobody`")
}

/// The newest version that is installed, as Debian lays them out, or whatever can be found by its name.
fn binaries() -> anyhow::Result<PathBuf> {
    let versions = std::fs::read_dir(DEBIAN).into_iter().flatten();
    let numbers =
        versions.filter_map(|version| version.ok()?.file_name().into_string().ok()?.parse::<u32>().ok());
    if let Some(newest) = numbers.max() {
        return Ok(Path::new(DEBIAN).join(newest.to_string()).join("bin"));
    }
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&on_path)
        .find(|folder| folder.join("initdb").exists())
        .context("Postgres is not installed: this starts one of its own, so install the package `postgresql`")
}
