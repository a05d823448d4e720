//! Calls by SIP: callers and buyers with telephones, from real dialogs and real speech to the books; and what a talk costs.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context;
use sandbox::load::{By, Load, Plan, Played, Shape, Think, Wrong};
use tokio_util::sync::CancellationToken;

use super::{
    Measured,
    place::Place,
    report::{Figures, Row},
    scenario::{Scenario, figures},
    settings::Declared,
    target::{Running, Wanted},
    telephones::{Talk, Telephones},
};

/// What buyers think.
const THOUGHT: Duration = Duration::from_millis(80);
/// How long two talk in a load.
const TALK: Duration = Duration::from_millis(500);
/// Calls at once that come before memory is looked at, for twice as long as what is measured.
const BEFORE: usize = 8;
/// How long calls have to begin until all of them talk.
const ALL_TALK_IN: Duration = Duration::from_secs(8);
/// How long after its measure a talk goes on.
const GOES_ON: Duration = Duration::from_millis(500);

/// What is done.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lines {
    /// Calls a second that are answered, asked, auctioned, sold, talk and end.
    pub(super) per_second: u32,
    /// Calls that talk at once.
    pub(super) talks: usize,
}

/// Measures both, each with a server of its own.
pub(super) async fn run(
    place: &Place,
    measured: &Measured,
    scenario: &Scenario,
    lines: Lines,
) -> anyhow::Result<Vec<Row>> {
    let [mut calls, mut talks] = ["calls", "talks"].map(|load| Row {
        scenario: scenario.name,
        load,
        server: "ours",
        passes: vec![],
        wrong: Wrong::default(),
        why: vec![],
    });
    for _ in 0..measured.passes {
        let (played, seen) = calling(place, measured, scenario, lines.per_second).await?;
        calls.take(played, seen);
        let (played, seen) = talking(place, measured, scenario, lines.talks).await?;
        talks.take(played, seen);
    }
    Ok(vec![calls, talks])
}

impl Row {
    fn take(&mut self, played: Played, seen: Figures) {
        self.passes.push(seen);
        self.wrong = self.wrong.and(played.wrong);
        self.why.extend(played.why);
    }
}

async fn calling(
    place: &Place,
    measured: &Measured,
    scenario: &Scenario,
    per_second: u32,
) -> anyhow::Result<(Played, Figures)> {
    let world = Arc::new(Load::start(scenario.offers).await);
    let telephones = Telephones::start(&world, Talk::For(TALK)).await?;
    let folder = place.folder(scenario.kept)?;
    let running = running(place, folder.path(), scenario, &world, &telephones).await?;
    let plan = plan(scenario, Shape::Open(per_second), measured.next_warm(), measured.measured());
    let cpu = || running.process.cpu_micros();
    let played = played(&world, &running, &telephones, &plan, cpu).await?;
    let mut seen = figures(&played);
    seen.insert("sold", played.sold);
    seen.insert("rss_kib", running.process.resident_kib());
    running.process.stop().await?;
    Ok((played, seen))
}

async fn talking(
    place: &Place,
    measured: &Measured,
    scenario: &Scenario,
    talks: usize,
) -> anyhow::Result<(Played, Figures)> {
    let world = Arc::new(Load::start(scenario.offers).await);
    let end = CancellationToken::new();
    let telephones = Telephones::start(&world, Talk::For(TALK)).await?;
    let folder = place.folder(scenario.kept)?;
    let running = running(place, folder.path(), scenario, &world, &telephones).await?;
    // What a process needs once, whoever calls, is no memory of a call: caches fill with the first hundreds.
    let before = plan(scenario, Shape::Closed(BEFORE), measured.next_warm(), 2 * measured.measured());
    let plan = plan(scenario, Shape::Closed(talks), ALL_TALK_IN, measured.measured());
    let before = played(&world, &running, &telephones, &before, || 0).await?;
    let idle = running.process.resident_kib();
    telephones.talk(Talk::Until(end.clone()));
    let looks = Mutex::new(vec![]);
    let look = || {
        let mut looks = looks.lock().unwrap_or_else(PoisonError::into_inner);
        looks.push((telephones.heard(), running.process.resident_kib()));
        if looks.len() == 2 {
            // All go on for a moment, since nobody shall begin once more.
            let end = end.clone();
            tokio::spawn(async move {
                tokio::time::sleep(GOES_ON).await;
                end.cancel();
            });
        }
        running.process.cpu_micros()
    };
    let mut played = played(&world, &running, &telephones, &plan, look).await?;
    telephones.hang_up();
    played.wrong = played.wrong.and(before.wrong);
    played.why.extend(before.why);
    let looks = looks.into_inner().unwrap_or_else(PoisonError::into_inner);
    let [((legs, heard, lost), grown), ((legs_now, heard_now, lost_now), _)] = looks[..] else {
        anyhow::bail!("it is looked twice");
    };
    let wanted = 2 * u64::try_from(talks).unwrap_or(u64::MAX);
    if (legs, legs_now) != (wanted, wanted) {
        played.wrong.failed += 1;
        played.why.push(format!("{legs} legs talked at the beginning, {legs_now} at the end, not {wanted}"));
    }
    let (relayed, lost) = (heard_now.saturating_sub(heard), lost_now.saturating_sub(lost));
    let millis = u64::try_from(played.measured.as_millis()).unwrap_or(u64::MAX).max(1);
    let mut seen = Figures::from([
        ("talks", wanted / 2),
        ("relayed", relayed),
        ("lost", lost),
        ("relayed_per_s", relayed * 1_000 / millis),
        ("cores_percent", played.sampled / 10 / millis),
        ("bytes_per_call", grown.saturating_sub(idle) * 1_024 / (wanted / 2).max(1)),
        ("rss_kib", grown),
    ]);
    seen.extend((played.sampled * 1_000).checked_div(relayed).map(|cpu| ("cpu_ns_per_packet", cpu)));
    running.process.stop().await?;
    Ok((played, seen))
}

fn plan(scenario: &Scenario, shape: Shape, warm: Duration, measured: Duration) -> Plan {
    Plan {
        by: By::Line,
        shape,
        think: Think::After(THOUGHT),
        seats: scenario.offers,
        warm,
        measured,
        first_is_busy: false,
        doubled: false,
    }
}

async fn running(
    place: &Place,
    folder: &std::path::Path,
    scenario: &Scenario,
    world: &Load,
    telephones: &Telephones,
) -> anyhow::Result<Running> {
    let rest_base = world.rest_base();
    let wanted = Wanted {
        place,
        folder,
        kept: scenario.kept,
        servers: None,
        seats: world.seats(),
        rest_base: &rest_base,
        declared: Declared::No,
        telephones: Some(telephones.at()),
    };
    Running::ours(&wanted).await
}

async fn played(
    world: &Load,
    running: &Running,
    telephones: &Arc<Telephones>,
    plan: &Plan,
    sample: impl Fn() -> u64 + Send,
) -> anyhow::Result<Played> {
    let at = running.line.context("it takes no calls by SIP")?;
    let telephones = Arc::clone(telephones);
    let rings = move |caller| {
        let telephones = Arc::clone(&telephones);
        async move { telephones.call(at, caller).await }
    };
    Ok(world.ring(&running.target, plan, sample, rings).await)
}
