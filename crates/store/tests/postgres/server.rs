//! A Postgres of the tests' own: in a temporary folder, on a socket in there, and gone with the process that started it.

use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicI32, AtomicU64, Ordering},
    },
};

use rustix::{
    io::Errno,
    process::{Pid, Signal, kill_process},
};
use secrecy::SecretString;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use store::PostgresAt;
use tokio::sync::OnceCell;

/// Starts a server, says its process, and ends it when whoever started it is gone, however that ended. Postgres will not
/// be root.
const RUN: &str = r#"
set -eu
bin=$1 dir=$2
as() { "$@"; }
if [ "$(id -u)" = 0 ]; then
    user=$(id -un postgres 2>/dev/null || echo nobody)
    chown "$user" "$dir"
    as() { setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups env HOME="$dir" "$@"; }
fi
cd "$dir"
as "$bin/initdb" -D "$dir/data" -U test -A trust --no-sync -E UTF8 --locale=C.UTF-8 >"$dir/initdb.log" 2>&1 \
    || { cat "$dir/initdb.log" >&2; exit 1; }
as "$bin/pg_ctl" -D "$dir/data" -s -w -l "$dir/log" -o "-k $dir -c listen_addresses= -c fsync=off \
    -c full_page_writes=off -c max_connections=200 -c autovacuum=off" start >/dev/null 2>&1 \
    || { cat "$dir/log" >&2; exit 1; }
head -n 1 "$dir/data/postmaster.pid"
# Whoever killed it may have it started again.
while read -r _; do
    until as "$bin/pg_ctl" -D "$dir/data" -s -w -l "$dir/log" -o "-k $dir -c listen_addresses= -c fsync=off \
        -c full_page_writes=off -c max_connections=200 -c autovacuum=off" start >/dev/null 2>&1; do
        # Processes of the killed one are still going.
        sleep 0.1
    done
    head -n 1 "$dir/data/postmaster.pid"
done
as "$bin/pg_ctl" -D "$dir/data" -s -m immediate stop >/dev/null 2>&1 || true
rm -rf "$dir"
"#;

/// The database that the tests' own ones are copied from: with all tables, and nobody connected to it.
const TEMPLATE: &str = "template_of_tests";

/// A running server.
pub struct Server {
    folder: PathBuf,
    pid: AtomicI32,
    /// Its end of the input is what the server lives by.
    running: Mutex<Running>,
    template: OnceCell<()>,
    made: AtomicU64,
}

/// The shell that runs it, with both its ends.
struct Running {
    child: Child,
    said: BufReader<ChildStdout>,
}

/// A database of a test's own. It goes with the test.
pub struct Database {
    server: &'static Server,
    name: String,
}

impl Server {
    /// The server that all tests of this process share, each in a database of its own.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// A server that a test may stop, and that nobody else feels.
    pub fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("pg").tempdir().expect("a folder").keep();
        let bin = binaries();
        let mut child = Command::new("sh")
            .args(["-c", RUN, "sh"])
            .args([&bin, &folder])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let said = BufReader::new(child.stdout.take().expect("its output"));
        let mut running = Running { child, said };
        let pid = running.pid().into();
        Self { folder, pid, running: Mutex::new(running), template: OnceCell::new(), made: AtomicU64::new(0) }
    }

    /// Where a database of it is.
    pub fn at(&self, database: &str) -> PostgresAt {
        let url = format!("postgres://test@localhost/{database}?host={}", self.folder.display());
        PostgresAt { url: SecretString::from(url) }
    }

    /// A connection to a database.
    pub async fn connect(&self, database: &str) -> PgConnection {
        use secrecy::ExposeSecret;
        PgConnection::connect(self.at(database).url.expose_secret()).await.expect("a connection")
    }

    /// A new database with all tables.
    pub async fn database(&'static self) -> Database {
        self.template.get_or_init(|| self.make_template()).await;
        let name = format!("test_{}", self.made.fetch_add(1, Ordering::Relaxed));
        self.make(&name, TEMPLATE).await;
        Database { server: self, name }
    }

    /// A new database without any.
    pub async fn empty(&'static self) -> Database {
        let name = format!("empty_{}", self.made.fetch_add(1, Ordering::Relaxed));
        self.make(&name, "template0").await;
        Database { server: self, name }
    }

    async fn make_template(&self) {
        self.make(TEMPLATE, "template0").await;
        self.at(TEMPLATE).migrate().await.expect("the tables are made");
        // What the tests' own statements call by SQLite's name.
        const LIKE_SQLITE: &str =
            "CREATE FUNCTION randomblob(INT) RETURNS UUID AS 'SELECT gen_random_uuid()' LANGUAGE SQL";
        let mut conn = self.connect(TEMPLATE).await;
        conn.execute(LIKE_SQLITE).await.expect("it is made");
        conn.close().await.expect("it closes");
    }

    async fn make(&self, name: &str, of: &str) {
        let sql = format!("CREATE DATABASE {name} TEMPLATE {of} STRATEGY FILE_COPY");
        let mut conn = self.connect("postgres").await;
        conn.execute(AssertSqlSafe(sql)).await.expect("a database");
        conn.close().await.expect("it closes");
    }

    /// Ends it as a power cut would, and all that it has made.
    pub fn kill(&self) {
        let others = self.others();
        signal(self.pid(), Signal::KILL);
        others.into_iter().for_each(|pid| signal_other(pid, Signal::KILL));
    }

    /// Starts it again.
    pub fn begin_again(&self) {
        let mut running = self.running.lock().expect("nobody panics in here");
        let mut input = running.child.stdin.take().expect("its input");
        input.write_all(b"again\n").expect("it reads");
        running.child.stdin = Some(input);
        self.pid.store(running.pid(), Ordering::Relaxed);
    }

    fn pid(&self) -> i32 {
        self.pid.load(Ordering::Relaxed)
    }

    /// Stops every process of the server where it stands, so that it answers nothing and closes nothing.
    pub fn freeze(&self) {
        // The one that listens first: it makes no others then.
        signal(self.pid(), Signal::STOP);
        self.others().into_iter().for_each(|pid| signal_other(pid, Signal::STOP));
    }

    /// Lets all of them go on.
    pub fn thaw(&self) {
        self.others().into_iter().for_each(|pid| signal_other(pid, Signal::CONT));
        signal(self.pid(), Signal::CONT);
    }

    fn others(&self) -> Vec<i32> {
        let children = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", self.pid()));
        let children = children.expect("its processes");
        children.split_whitespace().map(|pid| pid.parse().expect("a number")).collect()
    }
}

impl Running {
    /// Its process, as it says when it has begun.
    fn pid(&mut self) -> i32 {
        let mut pid = String::new();
        self.said.read_line(&mut pid).expect("it is read");
        pid.trim().parse().expect("Postgres did not start; why is told above")
    }
}

fn signal(pid: i32, signal: Signal) {
    kill_process(Pid::from_raw(pid).expect("a process"), signal).expect("it is ours");
}

/// One that was there a moment ago may be gone: it is the process of some connection.
fn signal_other(pid: i32, signal: Signal) {
    let sent = kill_process(Pid::from_raw(pid).expect("a process"), signal);
    assert!(matches!(sent, Ok(()) | Err(Errno::SRCH)), "it is ours: {sent:?}");
}

impl Database {
    /// Where it is.
    pub fn at(&self) -> PostgresAt {
        self.server.at(&self.name)
    }

    /// A connection behind the store's back.
    pub async fn connect(&self) -> PgConnection {
        self.server.connect(&self.name).await
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A test that failed may have left it stopped.
        self.server.thaw();
        let sql = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        let drop = Command::new(binaries().join("psql"))
            .arg("-h")
            .arg(&self.server.folder)
            .args(["-U", "test", "-d", "postgres", "-q", "-c", &sql])
            .status();
        // A test of a server that is gone has nothing to drop; the folder goes with the process anyway.
        let _ = drop;
    }
}

/// The newest version that is installed, as Debian lays them out, or whatever can be found by its name.
pub fn binaries() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let numbers =
        versions.filter_map(|version| version.ok()?.file_name().into_string().ok()?.parse::<u32>().ok());
    if let Some(newest) = numbers.max() {
        return Path::new("/usr/lib/postgresql").join(newest.to_string()).join("bin");
    }
    let found =
        Command::new("sh").args(["-c", "dirname \"$(command -v initdb)\""]).output().expect("a shell");
    let found = String::from_utf8(found.stdout).expect("a path");
    assert!(
        found.trim().starts_with('/') && Path::new(found.trim()).join("initdb").exists(),
        "Postgres is not installed: these tests start one of their own, so install the package `postgresql`"
    );
    PathBuf::from(found.trim())
}
