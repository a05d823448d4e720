//! Closing early: offers that declare what they bid at most, and the same calls with offers that do not.

use std::time::Duration;

use sandbox::load::{By, Load, Plan, Shape, Think};

use super::{
    Measured,
    place::Place,
    report::Row,
    scenario::{Scenario, figures},
    settings::Declared,
    target::{Running, Wanted},
};

/// The median of the buyers' thinking.
const THOUGHT: Duration = Duration::from_millis(300);
/// Calls a second.
const CALLS: u32 = 25;

/// Plays the mixed load on both, in turns, and once more with a first winner that does not answer.
pub(super) async fn run(place: &Place, measured: &Measured, scenario: &Scenario) -> anyhow::Result<Vec<Row>> {
    let mut rows = vec![];
    let world = Load::start(scenario.offers).await;
    let rest_base = world.rest_base();
    let mut running = vec![];
    for (name, declared) in [("ours", Declared::Yes), ("ours, all awaited", Declared::No)] {
        let folder = place.folder(scenario.kept)?;
        let wanted = Wanted {
            place,
            folder: folder.path(),
            kept: scenario.kept,
            servers: None,
            seats: world.seats(),
            rest_base: &rest_base,
            declared,
            telephones: None,
        };
        running.push((name, Running::ours(&wanted).await?, folder));
    }
    for (load, first_is_busy) in [("mixed", false), ("mixed-first-busy", true)] {
        let plan = Plan {
            by: By::Call,
            shape: Shape::Open(CALLS),
            think: Think::Mixed(THOUGHT),
            seats: scenario.offers,
            warm: measured.next_warm(),
            measured: measured.measured(),
            first_is_busy,
            doubled: false,
        };
        let mut of_load: Vec<_> = running
            .iter()
            .map(|(server, ..)| Row {
                scenario: scenario.name,
                load,
                server,
                passes: vec![],
                wrong: Default::default(),
                why: vec![],
            })
            .collect();
        for _ in 0..measured.passes {
            for ((_, server, _), row) in running.iter().zip(&mut of_load) {
                let played = world.play(&server.target, &plan, || server.process.cpu_micros()).await;
                row.passes.push(figures(&played));
                row.wrong = row.wrong.and(played.wrong);
                row.why.extend(played.why);
            }
        }
        rows.extend(of_load);
    }
    Ok(rows)
}
