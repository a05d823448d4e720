//! `pingpost chaos`: real nodes over real stores of their own, whatever can go wrong, and then the books compared.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use anyhow::Context;
use chaos::{Fault, Folder, Plan, RedisKind, Say};
use clap::value_parser;
use tokio::signal::unix::{SignalKind, signal};

use super::{Failure, printed};

/// What is played.
#[derive(clap::Args)]
pub(super) struct Options {
    /// Nodes over the same stores
    #[arg(long, default_value_t = 3, value_parser = value_parser!(u32).range(1..=i64::from(chaos::NODES_MAX)))]
    nodes: u32,
    /// Calls that are placed
    #[arg(long, default_value_t = 200, value_parser = value_parser!(u64).range(1..=chaos::CALLS_MAX))]
    calls: u64,
    /// Calls a second
    #[arg(long, default_value_t = 10, value_parser = value_parser!(u32).range(1..=i64::from(chaos::RATE_MAX)))]
    rate: u32,
    /// Forms that are handed in meanwhile, each five times at once
    #[arg(long, default_value_t = 0, value_parser = value_parser!(u64).range(0..=chaos::FORMS_MAX))]
    forms: u64,
    /// Where chance begins: the same seed strikes the same things at the same calls
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What the nodes keep light journeys in: single, cluster (3 primaries, 3 replicas) or none
    #[arg(long, default_value = "single")]
    redis: RedisKind,
    /// What goes wrong, with commas: kill-node, stop-node, kill-redis, stop-redis, flush-redis, kill-postgres,
    /// stop-postgres, cut, callbacks
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "kill-node,callbacks")]
    faults: Vec<Fault>,
    /// Calls from one fault to the next
    #[arg(long, value_name = "CALLS", default_value_t = 50, value_parser = value_parser!(u64).range(1..))]
    every: u64,
    /// How long what is stopped, cut or killed is away; a node that was killed comes back at once
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 5,
        value_parser = value_parser!(u64).range(1..=chaos::AWAY_MAX.as_secs())
    )]
    away: u64,
    /// Keep the folder with the stores and logs, and say where it is
    #[arg(long)]
    keep: bool,
    /// Say nothing but the JSON line
    #[arg(long)]
    json: bool,
}

/// Plays it. Ctrl-C ends everything that was started.
pub(super) async fn run(options: Options) -> Result<(), Failure> {
    let json = options.json;
    let plan = plan(options);
    let problems = plan.problems();
    if !problems.is_empty() {
        return Err(Failure::Wrong(problems));
    }
    let mut int = signal(SignalKind::interrupt()).context("listening for Ctrl-C")?;
    let mut term = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    let binary = std::env::current_exe().context("finding this very binary")?;
    let say: Say = Arc::new(move |line: &str| {
        if !json {
            // Who does not read the progress any more may still read the end.
            let _ = printed(&format!("{line}\n"));
        }
    });
    let outcome = tokio::select! {
        outcome = chaos::run(&binary, &plan, &say) => outcome?,
        _ = int.recv() => return Err(anyhow::anyhow!("interrupted").into()),
        _ = term.recv() => return Err(anyhow::anyhow!("told to end").into()),
    };
    outcome.explained().iter().for_each(|line| say(line));
    printed(&format!("{}\n", outcome.line()))?;
    let slow = outcome.too_slow().iter().map(|why| format!("this machine did not keep up: {why}"));
    if !outcome.differences().is_empty() {
        return Err(Failure::Found(outcome.differences().iter().cloned().chain(slow).collect()));
    }
    match outcome.unsettled() {
        [] => Ok(()),
        left => Err(Failure::Unsettled(left.iter().cloned().chain(slow).collect())),
    }
}

fn plan(options: Options) -> Plan {
    Plan {
        nodes: options.nodes,
        calls: options.calls,
        rate: options.rate,
        forms: options.forms,
        seed: options.seed,
        redis: options.redis,
        faults: options.faults.into_iter().collect::<BTreeSet<_>>(),
        every: options.every,
        away: Duration::from_secs(options.away),
        folder: if options.keep { Folder::Kept } else { Folder::Temporary },
    }
}
