//! The scenarios: where things are kept, how many offers there are, and which loads are played.

use std::{collections::BTreeMap, time::Duration};

use sandbox::load::{By, Load, Plan, Played, Shape, Think, Wrong};

use super::{
    Measured,
    figures::{mean, quantile},
    lines::Lines,
    place::Place,
    report::{Figures, Row},
    settings::Declared,
    stores::{Kept, Servers},
    target::{Running, Wanted},
};

/// So many auctions of a pass are looked up for when they closed.
const LOOKED_UP_MAX: usize = 2_000;

/// A scenario.
#[derive(Debug)]
pub(super) struct Scenario {
    pub(super) name: &'static str,
    pub(super) kept: Kept,
    pub(super) offers: usize,
    pub(super) kind: Kind,
}

/// What is done in it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// Loads, on both servers in turns.
    Loads(&'static [Named]),
    /// Loads that are handed in as forms, which the other server does not take.
    Forms(&'static [Named]),
    /// Offers that declare what they bid at most, and the same that do not.
    Early,
    /// Calls that are held.
    Held,
    /// Calls by SIP, with their speech.
    Lines(Lines),
}

/// A load with its name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    pub(super) think: Think,
    pub(super) doubled: bool,
}

const THOUGHT: Duration = Duration::from_millis(80);
const CLOSED: Named =
    Named { name: "closed-16", shape: Shape::Closed(16), think: Think::AtOnce, doubled: false };
const OPEN: Named =
    Named { name: "open-100", shape: Shape::Open(100), think: Think::After(THOUGHT), doubled: false };
const LOG_NORMAL: Named = Named {
    name: "open-100-log-normal",
    shape: Shape::Open(100),
    think: Think::LogNormal(THOUGHT),
    doubled: false,
};
const MIXED: Named = Named {
    name: "open-100-mixed-doubled",
    shape: Shape::Open(100),
    think: Think::Mixed(THOUGHT),
    doubled: true,
};

/// What every kind of buyer comes to, in a moment and on a busy machine: no time of it means anything.
const SHORT: Named = Named {
    name: "closed-2-mixed-doubled",
    shape: Shape::Closed(2),
    think: Think::Mixed(Duration::from_millis(20)),
    doubled: true,
};

const FORMS: Named =
    Named { name: "open-200", shape: Shape::Open(200), think: Think::After(THOUGHT), doubled: false };

/// Those that are played only where they are named.
pub(super) const SHORTEST: [&str; 3] = ["smoke", "smoke-forms", "smoke-sip"];

/// All of them.
pub(super) const SCENARIOS: [Scenario; 11] = [
    Scenario { name: SHORTEST[0], kept: Kept::Memory, offers: 6, kind: Kind::Loads(&[SHORT]) },
    Scenario { name: SHORTEST[1], kept: Kept::Memory, offers: 6, kind: Kind::Forms(&[SHORT]) },
    Scenario {
        name: SHORTEST[2],
        kept: Kept::Memory,
        offers: 6,
        kind: Kind::Lines(Lines { per_second: 2, talks: 2 }),
    },
    Scenario {
        name: "memory-6",
        kept: Kept::Memory,
        offers: 6,
        kind: Kind::Loads(&[CLOSED, OPEN, LOG_NORMAL, MIXED]),
    },
    Scenario { name: "memory-50", kept: Kept::Memory, offers: 50, kind: Kind::Loads(&[CLOSED]) },
    Scenario { name: "disk-6", kept: Kept::Disk, offers: 6, kind: Kind::Loads(&[CLOSED, OPEN]) },
    Scenario { name: "servers-6", kept: Kept::Servers, offers: 6, kind: Kind::Loads(&[CLOSED, OPEN]) },
    Scenario { name: "forms-6", kept: Kept::Disk, offers: 6, kind: Kind::Forms(&[FORMS, CLOSED]) },
    Scenario { name: "early-20", kept: Kept::Memory, offers: 20, kind: Kind::Early },
    Scenario { name: "in-flight", kept: Kept::Memory, offers: 6, kind: Kind::Held },
    Scenario {
        name: "sip-50",
        kept: Kept::Disk,
        offers: 6,
        kind: Kind::Lines(Lines { per_second: 50, talks: 100 }),
    },
];

/// What was seen of one pass.
struct Pass {
    load: usize,
    figures: Figures,
    replies: Vec<(String, i64)>,
    wrong: Wrong,
    why: Vec<String>,
}

impl Scenario {
    /// Plays its loads on both servers, in turns.
    pub(super) async fn run(
        &self,
        place: &Place,
        measured: &Measured,
        loads: &[Named],
        by: By,
    ) -> anyhow::Result<Vec<Row>> {
        let folder = place.folder(self.kept)?;
        let servers = match self.kept {
            Kept::Servers => Some(Servers::start(folder.path()).await?),
            Kept::Memory | Kept::Disk => None,
        };
        let world = Load::start(self.offers).await;
        let rest_base = world.rest_base();
        let wanted = Wanted {
            place,
            folder: folder.path(),
            kept: self.kept,
            servers: servers.as_ref(),
            seats: world.seats(),
            rest_base: &rest_base,
            declared: Declared::No,
            telephones: None,
        };
        let ours = Running::ours(&wanted).await?;
        let peer = match by {
            By::Call => Running::peer(&wanted).await?,
            By::Form | By::Line => None,
        };
        let both: Vec<_> =
            std::iter::once(("ours", &ours)).chain(peer.iter().map(|it| ("peer", it))).collect();
        let mut seen = BTreeMap::<_, Vec<Pass>>::new();
        for (_, running) in &both {
            world
                .play(&running.target, &self.plan(&CLOSED, by, measured.first_warm(), Duration::ZERO), || 0)
                .await;
        }
        for _ in 0..measured.passes {
            for (n, load) in loads.iter().enumerate() {
                for (name, running) in &both {
                    let plan = self.plan(load, by, measured.next_warm(), measured.measured());
                    let pass = pass(&world, running, servers.as_ref(), &plan, n).await;
                    seen.entry(*name).or_default().push(pass);
                }
            }
        }
        drop(peer);
        let sids = |pass: &Pass| {
            pass.replies.iter().take(LOOKED_UP_MAX).map(|(sid, _)| sid.clone()).collect::<Vec<_>>()
        };
        let calls: Vec<_> = seen.get("ours").into_iter().flatten().flat_map(sids).collect();
        let closed = ours.closed_at(&calls).await?;
        for pass in seen.get_mut("ours").into_iter().flatten() {
            pass.closed(&closed);
        }
        Ok(rows(self.name, loads, seen))
    }

    fn plan(&self, load: &Named, by: By, warm: Duration, measured: Duration) -> Plan {
        Plan {
            by,
            shape: load.shape,
            think: load.think,
            seats: self.offers,
            warm,
            measured,
            first_is_busy: false,
            doubled: load.doubled,
        }
    }
}

async fn pass(world: &Load, running: &Running, servers: Option<&Servers>, plan: &Plan, load: usize) -> Pass {
    let stores = || servers.map(Servers::cpu_micros);
    let before = stores();
    let played = world.play(&running.target, plan, || running.process.cpu_micros()).await;
    let mut figures = figures(&played);
    if let Some(((redis, postgres), (redis_now, postgres_now))) = before.zip(stores()) {
        let a_call = |used: u64| used / played.calls.max(1);
        figures.insert("redis_cpu_us_per_call", a_call(redis_now.saturating_sub(redis)));
        figures.insert("postgres_cpu_us_per_call", a_call(postgres_now.saturating_sub(postgres)));
    }
    figures.insert("rss_kib", running.process.resident_kib());
    Pass { load, figures, replies: played.replies, wrong: played.wrong, why: played.why }
}

/// The figures of what was seen.
pub(super) fn figures(played: &Played) -> Figures {
    let micros = u64::try_from(played.measured.as_micros()).unwrap_or(u64::MAX).max(1);
    let mut figures = Figures::from([
        ("calls", played.calls),
        ("calls_per_s", played.ended * 1_000_000 / micros),
        ("sold_cents", played.cents),
    ]);
    if let Some(cpu) = played.sampled.checked_div(played.ended).filter(|cpu| *cpu > 0) {
        figures.insert("cpu_us_per_call", cpu);
        figures.insert("calls_per_s_per_core", 1_000_000 / cpu);
    }
    figures.insert("cores_percent", played.sampled * 100 / micros);
    for (name, counted) in [
        ("webhooks_per_100_calls", played.webhooks),
        ("pings_per_100_calls", played.pings),
        ("pushed_per_100_calls", played.pushed),
    ] {
        figures.extend((counted * 100).checked_div(played.calls).map(|value| (name, value)));
    }
    for ([p50, p99], times) in [
        (["to_dial_p50_us", "to_dial_p99_us"], &played.to_dial),
        (["waited_p50_us", "waited_p99_us"], &played.waited),
        (["to_post_p50_us", "to_post_p99_us"], &played.to_post),
        (["webhook_p50_us", "webhook_p99_us"], &played.answered_in),
        (["begun_late_p50_us", "begun_late_p99_us"], &played.begun_late),
    ] {
        quantiles(&mut figures, [p50, p99], times);
    }
    figures.extend(mean(&played.waited).map(|waited| ("waited_mean_us", waited)));
    figures
}

fn quantiles(figures: &mut Figures, [p50, p99]: [&'static str; 2], sorted: &[u64]) {
    figures.extend(quantile(sorted, 500).map(|value| (p50, value)));
    figures.extend(quantile(sorted, 990).map(|value| (p99, value)));
}

impl Pass {
    /// How long after the last answer of a buyer each auction closed.
    fn closed(&mut self, closed: &BTreeMap<String, i64>) {
        let since = |(sid, replied): &(String, i64)| u64::try_from(closed.get(sid)? - replied).ok();
        let mut times: Vec<_> = self.replies.iter().filter_map(since).collect();
        times.sort_unstable();
        self.figures.insert("closes_known", times.len() as u64);
        quantiles(&mut self.figures, ["to_close_p50_us", "to_close_p99_us"], &times);
    }
}

fn rows(scenario: &'static str, loads: &[Named], seen: BTreeMap<&'static str, Vec<Pass>>) -> Vec<Row> {
    let mut rows = vec![];
    for (server, passes) in seen {
        for (n, load) in loads.iter().enumerate() {
            let mut row = Row {
                scenario,
                load: load.name,
                server,
                passes: vec![],
                wrong: Wrong::default(),
                why: vec![],
            };
            for pass in passes.iter().filter(|pass| pass.load == n) {
                row.passes.push(pass.figures.clone());
                row.wrong = row.wrong.and(pass.wrong);
                row.why.extend(pass.why.iter().cloned());
            }
            rows.push(row);
        }
    }
    rows
}
