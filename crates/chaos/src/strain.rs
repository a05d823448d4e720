//! `Strain`: how the machine kept up with a run. Where it did not, the run says more of the machine than of the nodes, and
//! has to say so itself.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    task::JoinHandle,
    time::{Instant, MissedTickBehavior},
};

use crate::{keeper::Keeper, postgres::children};

/// How often the play looks whether it is woken in time.
const WAKE_EVERY: Duration = Duration::from_millis(50);
/// How many of these looks go by between two readings of processor time.
const READ_EVERY: u32 = 20;
/// How late the play itself may be woken, one time in a hundred, on a machine that keeps up. The carrier's seconds are tenths
/// of ours here: what is later than this is a second of its time.
const LATE_MAX: Duration = Duration::from_millis(100);
/// What of all processors may be taken on such a machine, in percent.
const BUSY_MAX: u64 = 97;
/// How far behind its schedule the last call may be placed on such a machine, in percent of the schedule.
const BEHIND_MAX: u64 = 5;
/// Linux tells processor time in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);

/// Watches while calls are placed.
#[derive(Debug)]
pub(crate) struct Watching {
    watching: JoinHandle<()>,
    seen: Arc<Mutex<Seen>>,
    began: Instant,
}

/// What was seen so far.
#[derive(Debug, Default)]
struct Seen {
    /// By whom it was used.
    ticks: BTreeMap<&'static str, u64>,
    /// What each process had used when it was looked at last.
    last: BTreeMap<u32, u64>,
    machine: Option<Machine>,
    first: Option<Machine>,
    /// How late each wake-up was.
    late: Vec<Duration>,
}

/// The processor time of the whole machine since it began, in ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Machine {
    all: u64,
    idle: u64,
}

/// How the machine kept up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Strain {
    /// Processor time of a call, by whom it was used.
    pub(crate) cpu_ms_a_call: BTreeMap<&'static str, u64>,
    /// What was taken of all processors, in percent.
    pub(crate) busy_percent: u64,
    /// Of that, by others than this run.
    pub(crate) others_percent: u64,
    /// How late the play itself was woken, one time in a hundred.
    pub(crate) late_p99: Duration,
    /// How long the schedule takes.
    pub(crate) meant: Duration,
    /// How long it took.
    pub(crate) took: Duration,
}

impl Watching {
    /// Of what runs in this keeper's folder, and of this process.
    pub(crate) fn begin(keeper: &Arc<Keeper>) -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let watching = tokio::spawn(watch(Arc::clone(keeper), Arc::clone(&seen)));
        Self { watching, seen, began: Instant::now() }
    }

    /// What was seen, of so many calls whose schedule takes so long.
    pub(crate) fn end(self, calls: u64, meant: Duration) -> Strain {
        self.watching.abort();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.late.sort_unstable();
        let late = &seen.late;
        let late_p99 = late.get(late.len() * 99 / 100).copied().unwrap_or_default();
        let (all, idle) = match (seen.first, seen.machine) {
            (Some(first), Some(last)) => (last.all - first.all, last.idle - first.idle),
            _ => (0, 0),
        };
        let ours: u64 = seen.ticks.values().sum();
        let percent = |ticks: u64| (ticks * 100).checked_div(all).unwrap_or_default();
        let tick_ms = u64::try_from(TICK.as_millis()).unwrap_or_default();
        let a_call = seen.ticks.iter().map(|(who, ticks)| (*who, ticks * tick_ms / calls.max(1)));
        Strain {
            cpu_ms_a_call: a_call.collect(),
            busy_percent: percent(all - idle),
            others_percent: percent((all - idle).saturating_sub(ours)),
            late_p99,
            meant,
            took: self.began.elapsed(),
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.watching.abort();
    }
}

impl Strain {
    /// What this machine was too slow for. Nothing: it kept up.
    pub(crate) fn too_slow(&self) -> Vec<String> {
        let mut why = vec![];
        if self.late_p99 > LATE_MAX {
            why.push(format!("the play itself was woken {} ms too late", self.late_p99.as_millis()));
        }
        if self.busy_percent > BUSY_MAX {
            let (busy, others) = (self.busy_percent, self.others_percent);
            why.push(format!("{busy} % of all processors were taken, {others} % by others"));
        }
        let most = self.meant + self.meant * u32::try_from(BEHIND_MAX).unwrap_or_default() / 100;
        if self.took > most + LATE_MAX {
            let (took, meant) = (self.took.as_secs(), self.meant.as_secs());
            why.push(format!("the calls were placed in {took} s instead of {meant} s"));
        }
        why
    }

    /// For the JSON line.
    pub(crate) fn shown(&self) -> Value {
        json!({
            "kept_up": self.too_slow().is_empty(),
            "cpu_ms_a_call": self.cpu_ms_a_call,
            "busy_percent": self.busy_percent,
            "others_percent": self.others_percent,
            "late_ms_p99": u64::try_from(self.late_p99.as_millis()).unwrap_or(u64::MAX),
            "placed_in_s": self.took.as_secs(),
        })
    }
}

async fn watch(keeper: Arc<Keeper>, seen: Arc<Mutex<Seen>>) {
    let mut tick = tokio::time::interval(WAKE_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    for n in 0_u32.. {
        let due = tick.tick().await;
        let late = due.elapsed();
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.late.push(late);
        if n.is_multiple_of(READ_EVERY) {
            seen.read(&keeper.running());
        }
    }
}

impl Seen {
    fn read(&mut self, running: &[u32]) {
        if let Some(machine) = Machine::read() {
            self.first.get_or_insert(machine);
            self.machine = Some(machine);
        }
        let own = std::process::id();
        let all = running.iter().flat_map(|id| children(*id).into_iter().chain([*id])).chain([own]);
        let mut last = BTreeMap::new();
        for id in all {
            let Some((name, ticks)) = used(id) else { continue };
            let who = match name.as_str() {
                _ if id == own => "play",
                "postgres" => "postgres",
                "redis-server" => "redis",
                _ => "nodes",
            };
            // What a process used before it was first looked at was used before the calls, or is less than a reading.
            let before = self.last.get(&id).copied().unwrap_or(ticks);
            *self.ticks.entry(who).or_default() += ticks.saturating_sub(before);
            last.insert(id, ticks);
        }
        self.last = last;
    }
}

impl Machine {
    fn read() -> Option<Self> {
        Self::of(&std::fs::read_to_string("/proc/stat").ok()?)
    }

    /// The first line: user, nice, system, idle, waiting for disks, and so on.
    fn of(text: &str) -> Option<Self> {
        let first = text.lines().next()?.strip_prefix("cpu ")?;
        // The last two are parts of the first two.
        let ticks: Vec<u64> = first.split_whitespace().take(8).map_while(|it| it.parse().ok()).collect();
        Some(Self { all: ticks.iter().sum(), idle: ticks.get(3)? + ticks.get(4)? })
    }
}

/// The name of a process, and the ticks that it has used.
fn used(id: u32) -> Option<(String, u64)> {
    used_of(&std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?)
}

/// The name may hold anything, so the last bracket ends it.
fn used_of(text: &str) -> Option<(String, u64)> {
    let (head, rest) = text.rsplit_once(')')?;
    let name = head.split_once('(')?.1.to_owned();
    let mut fields = rest.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some((name, user + system))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strain() -> Strain {
        let secs = Duration::from_secs;
        Strain {
            busy_percent: 80,
            late_p99: Duration::from_millis(9),
            meant: secs(100),
            took: secs(101),
            ..Strain::default()
        }
    }

    #[test]
    fn a_machine_that_keeps_up_is_not_blamed_and_one_that_does_not_is() {
        assert!(strain().too_slow().is_empty());
        assert_eq!(strain().shown()["kept_up"], true);
        let late = Strain { late_p99: Duration::from_millis(101), ..strain() };
        let busy = Strain { busy_percent: 98, others_percent: 40, ..strain() };
        let behind = Strain { took: Duration::from_secs(106), ..strain() };
        for (strain, says) in [
            (late, "101 ms too late"),
            (busy, "98 % of all processors were taken, 40 % by others"),
            (behind, "in 106 s instead of 100 s"),
        ] {
            let why = strain.too_slow();
            assert!(why.len() == 1 && why[0].contains(says), "{why:?}");
            assert_eq!(strain.shown()["kept_up"], false);
        }
    }

    #[test]
    fn processor_time_is_read_as_linux_writes_it() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 1 0 0 0 30 12 0 0 20 0 1 0 5 0 0";
        assert_eq!(used_of(stat), Some(("a) b".to_owned(), 42)));
        let machine = Machine::of("cpu  10 2 8 70 5 1 1 3 9 9\ncpu0 1 1 1 1\n");
        assert_eq!(machine, Some(Machine { all: 100, idle: 75 }));
        assert!(used(std::process::id()).is_some() && Machine::read().is_some());
    }
}
