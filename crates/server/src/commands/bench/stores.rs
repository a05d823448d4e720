//! Where a server under test keeps things: in memory, in a file, or in a Postgres and a Redis of the measurement's own.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::Context;

use super::{place::free_port, process::Process};

/// Where things are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// Light journeys in the process, all that lasts in a file system that is memory: no disk is waited for.
    Memory,
    /// Light journeys in the process, all that lasts in a file on the disk.
    Disk,
    /// Light journeys in Redis, all that lasts in Postgres.
    Servers,
}

/// Postgres as it is shipped, but on a socket of its own: every commit is synced. It ends with its input.
const RUN: &str = r#"
set -eu
bin=$1 dir=$2 port=$3
as() { "$@"; }
if [ "$(id -u)" = 0 ]; then
    user=$(id -un postgres 2>/dev/null || echo nobody)
    chown "$user" "$dir"
    as() { setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups env HOME="$dir" "$@"; }
fi
cd "$dir"
as "$bin/initdb" -D "$dir/data" -U bench -A trust -E UTF8 --locale=C.UTF-8 >"$dir/initdb.log" 2>&1 \
    || { cat "$dir/initdb.log" >&2; exit 1; }
as "$bin/pg_ctl" -D "$dir/data" -s -w -l "$dir/log" \
    -o "-p $port -k $dir -c listen_addresses=127.0.0.1 -c max_connections=200" start >/dev/null 2>&1 \
    || { cat "$dir/log" >&2; exit 1; }
as "$bin/createdb" -h "$dir" -p "$port" -U bench ours
as "$bin/createdb" -h "$dir" -p "$port" -U bench peer
head -n 1 "$dir/data/postmaster.pid"
cat >/dev/null
as "$bin/pg_ctl" -D "$dir/data" -s -m immediate stop >/dev/null 2>&1 || true
"#;

/// The folder that is memory, on Linux.
pub(super) const MEMORY: &str = "/dev/shm";

/// What a scenario needs and is not here, in words.
pub(super) fn missing(kept: Kept) -> Option<String> {
    match kept {
        Kept::Memory => (!Path::new(MEMORY).is_dir()).then(|| format!("{MEMORY} is missing")),
        Kept::Disk => None,
        Kept::Servers => {
            if !answers("redis-server", "--version") {
                return Some("redis-server is missing: install the package redis-server".to_owned());
            }
            postgres_binaries()
                .is_none()
                .then(|| "Postgres is missing: install the package postgresql".to_owned())
        }
    }
}

fn answers(program: &str, word: &str) -> bool {
    let quiet = Command::new(program).arg(word).stdout(Stdio::null()).stderr(Stdio::null()).status();
    quiet.is_ok_and(|status| status.success())
}

/// The newest version that is installed, as Debian lays them out.
fn postgres_binaries() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let numbers =
        versions.filter_map(|version| version.ok()?.file_name().into_string().ok()?.parse::<u32>().ok());
    let newest = Path::new("/usr/lib/postgresql").join(numbers.max()?.to_string()).join("bin");
    newest.join("initdb").exists().then_some(newest)
}

/// A running Postgres and a running Redis.
pub(super) struct Servers {
    pub(super) redis_port: u16,
    pub(super) postgres_port: u16,
    redis: Process,
    postgres: Child,
    postmaster: u32,
}

impl Servers {
    /// Starts both in this folder.
    pub(super) async fn start(folder: &Path) -> anyhow::Result<Self> {
        let redis_port = free_port()?;
        let words = ["redis-server", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port"];
        let words = words.map(str::to_owned).into_iter().chain([redis_port.to_string()]).collect();
        let log = folder.join("redis.log");
        let mut redis = Process::start("Redis", None, words, [], (folder, &log))?;
        redis.listens(redis_port, &log).await?;
        let own = folder.join("postgres");
        std::fs::create_dir_all(&own).context("making the folder of Postgres")?;
        let postgres_port = free_port()?;
        let bin = postgres_binaries().context("Postgres is missing")?;
        let mut postgres = Command::new("sh")
            .args(["-c", RUN, "sh"])
            .args([&bin, &own])
            .arg(postgres_port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("starting Postgres")?;
        let mut pid = String::new();
        let said = postgres.stdout.take().context("its output is piped")?;
        BufReader::new(said).read_line(&mut pid).context("hearing of Postgres")?;
        let postmaster = pid.trim().parse().context("Postgres did not begin; why is told above")?;
        Ok(Self { redis_port, postgres_port, redis, postgres, postmaster })
    }

    /// The database of a server under test.
    pub(super) fn postgres_url(&self, database: &str) -> String {
        format!("postgres://bench@127.0.0.1:{}/{database}", self.postgres_port)
    }

    /// Where Redis is.
    pub(super) fn redis_url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.redis_port)
    }

    /// Processor time of both, in microseconds.
    pub(super) fn cpu_micros(&self) -> (u64, u64) {
        (self.redis.cpu_micros(), super::process::cpu_with_children(self.postmaster))
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        // The end of its input ends it.
        drop(self.postgres.stdin.take());
        let _ = self.postgres.wait();
    }
}
