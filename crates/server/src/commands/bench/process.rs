//! A child process that ends with the measurement, and what the kernel says of it.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::Context;
use tokio::net::TcpStream;

/// The kernel counts processor time in hundredths of a second.
const TICK_MICROS: u64 = 10_000;
/// How long a process may take to begin.
const BEGINS_IN: Duration = Duration::from_secs(30);
/// How long a process may take to end when it is told to.
const ENDS_IN: Duration = Duration::from_secs(40);
/// How often it is looked.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A running process.
pub(super) struct Process {
    child: Child,
    name: &'static str,
}

impl Process {
    /// Starts a program on these processors. Its output goes to this file.
    pub(super) fn start(
        name: &'static str,
        cpus: Option<&str>,
        mut words: Vec<String>,
        environment: impl IntoIterator<Item = (String, String)>,
        (folder, log): (&Path, &Path),
    ) -> anyhow::Result<Self> {
        if let Some(cpus) = cpus {
            words.splice(0..0, ["taskset", "-c", cpus].map(str::to_owned));
        }
        let out = std::fs::File::create(log).with_context(|| format!("making the log of {name}"))?;
        let err = out.try_clone().context("sharing a log")?;
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).env_clear().envs(environment).current_dir(folder);
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command.stdin(Stdio::null()).stdout(out).stderr(err);
        let child = command.spawn().with_context(|| format!("starting {name} ({})", words[0]))?;
        Ok(Self { child, name })
    }

    /// Waits until it takes connections at a port.
    pub(super) async fn listens(&mut self, port: u16, log: &Path) -> anyhow::Result<()> {
        let trying = async {
            loop {
                if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                    return Ok(());
                }
                if let Some(status) = self.child.try_wait().context("looking at a process")? {
                    let said = std::fs::read_to_string(log).unwrap_or_default();
                    anyhow::bail!("{} ended at its start ({status}):\n{said}", self.name);
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        tokio::time::timeout(BEGINS_IN, trying)
            .await
            .with_context(|| format!("{} did not begin", self.name))?
    }

    /// Processor time that it has used so far, in user and system mode, in microseconds.
    pub(super) fn cpu_micros(&self) -> u64 {
        cpu_of(self.child.id())
    }

    /// Resident memory in KiB.
    pub(super) fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
    }

    /// Waits until it has ended by itself, and well.
    pub(super) async fn ended(mut self) -> anyhow::Result<()> {
        let ending = async {
            loop {
                if let Some(status) = self.child.try_wait().context("looking at a process")? {
                    anyhow::ensure!(status.success(), "{} ended with {status}", self.name);
                    return Ok(());
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        tokio::time::timeout(ENDS_IN, ending).await.with_context(|| format!("{} does not end", self.name))?
    }

    /// Tells it to end, and waits until it has.
    pub(super) async fn stop(mut self) -> anyhow::Result<()> {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        anyhow::ensure!(told.context("running kill")?.success(), "{} is gone already", self.name);
        let ending = async {
            while self.child.try_wait().context("looking at a process")?.is_none() {
                tokio::time::sleep(LOOK_EVERY).await;
            }
            Ok(())
        };
        tokio::time::timeout(ENDS_IN, ending).await.with_context(|| format!("{} does not end", self.name))?
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Processor time of a process and its children, in microseconds.
pub(super) fn cpu_with_children(pid: u32) -> u64 {
    cpu_of(pid) + children(pid).into_iter().map(cpu_of).sum::<u64>()
}

/// utime and stime, which count threads that have ended as well. What cannot be read any more has used nothing.
fn cpu_of(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    ticks(&stat).unwrap_or_default() * TICK_MICROS
}

/// The name in parentheses may hold anything, so what follows is counted from its end.
fn ticks(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ').skip(11);
    let (user, system) = (fields.next()?, fields.next()?);
    Some(user.parse::<u64>().ok()? + system.parse::<u64>().ok()?)
}

fn children(pid: u32) -> Vec<u32> {
    let of = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    of.split_whitespace().filter_map(|child| child.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_the_fourteenth_field_and_the_next() {
        let stat = "7 (a name) with) ) S 1 7 7 0 -1 4194560 100 0 0 0 30 12 5 6 20 0 4 0 99 0 0";
        assert_eq!(ticks(stat), Some(42));
        assert_eq!(ticks("gone"), None);
    }

    #[test]
    fn this_process_has_used_some() {
        let own = std::process::id();
        let before = cpu_of(own);
        let mut sum = 0_u64;
        while cpu_of(own) < before + TICK_MICROS {
            sum = sum.wrapping_mul(31).wrapping_add(7);
        }
        assert!(cpu_of(own) > before, "{sum}");
    }
}
