//! `pingpost bench`: what it costs to sell a call, measured from outside: loads on a real server process, side by side with
//! another implementation of the same job where one is given, and the books compared after each.

mod early;
mod figures;
mod held;
mod lines;
mod place;
mod process;
mod report;
mod scenario;
mod settings;
mod stores;
mod target;
mod telephones;

use std::{path::PathBuf, time::Duration};

use sandbox::load::By;

use self::{
    place::Place,
    report::Report,
    scenario::{SCENARIOS, SHORTEST, Scenario},
};
use super::{Failure, printed};

/// What is measured, and for how long.
#[derive(clap::Args)]
pub(super) struct Measured {
    /// Only these scenarios, by their names with commas; without it, all but those that begin with `smoke`
    #[arg(long, value_delimiter = ',', value_name = "NAMES", value_parser = scenario())]
    only: Vec<&'static Scenario>,
    /// Another implementation, measured side by side: a folder with a server.js as `bench/compare.sh` prepares it
    #[arg(long, value_name = "DIR")]
    peer: Option<PathBuf>,
    /// How often each load is played on each server, in turns; the median is told
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=20))]
    passes: u32,
    /// How long each load is measured
    #[arg(long, default_value_t = 6, value_name = "S", value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// How long a server is warmed before its first load; before the others a quarter of it
    #[arg(long, default_value_t = 4, value_name = "S", value_parser = clap::value_parser!(u64).range(1..=60))]
    warm: u64,
    /// Processors that the servers are bound to, as `taskset -c` takes them; bind this command to others
    #[arg(long, value_name = "LIST")]
    server_cpus: Option<String>,
    /// Calls that are held in the scenario `in-flight`, with commas
    #[arg(long, value_delimiter = ',', default_values_t = [3_000, 30_000], value_name = "CALLS")]
    held: Vec<usize>,
    /// End with one JSON line, and print nothing else on standard output
    #[arg(long)]
    json: bool,
}

impl Measured {
    fn measured(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    fn first_warm(&self) -> Duration {
        Duration::from_secs(self.warm)
    }

    fn next_warm(&self) -> Duration {
        self.first_warm() / 4
    }
}

/// Reads a scenario's name.
fn scenario() -> impl clap::builder::TypedValueParser<Value = &'static Scenario> {
    use clap::builder::{PossibleValuesParser, TypedValueParser};
    PossibleValuesParser::new(SCENARIOS.iter().map(|it| it.name))
        .map(|name| SCENARIOS.iter().find(|it| it.name == name).expect("it is one of them"))
}

/// Measures, prints, and compares the books.
pub(super) async fn run(measured: Measured) -> Result<(), Failure> {
    let place = Place::new(measured.server_cpus.clone(), measured.peer.clone())?;
    let mut report = Report::default();
    let wanted: Vec<_> = match measured.only.as_slice() {
        [] => SCENARIOS.iter().filter(|it| !SHORTEST.contains(&it.name)).collect(),
        only => only.to_vec(),
    };
    for scenario in wanted {
        if let Some(missing) = stores::missing(scenario.kept) {
            report.leave_out(scenario.name, &missing);
            continue;
        }
        let rows = match scenario.kind {
            scenario::Kind::Loads(loads) => scenario.run(&place, &measured, loads, By::Call).await?,
            scenario::Kind::Forms(loads) => scenario.run(&place, &measured, loads, By::Form).await?,
            scenario::Kind::Early => early::run(&place, &measured, scenario).await?,
            scenario::Kind::Lines(lines) => lines::run(&place, &measured, scenario, lines).await?,
            scenario::Kind::Held => held::run(&place, &measured, scenario).await?,
        };
        for row in rows {
            if !measured.json {
                printed(&row.line())?;
            }
            report.add(row);
        }
    }
    if measured.json {
        printed(&(report.json() + "\n"))?;
    } else {
        printed(&report.ending())?;
        printed(&(report.json() + "\n"))?;
    }
    let problems = report.problems();
    if problems.is_empty() { Ok(()) } else { Err(Failure::Found(problems)) }
}
