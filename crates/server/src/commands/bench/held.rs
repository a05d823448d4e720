//! Memory: of an idle server, and of each call that is in flight.

use anyhow::Context;
use sandbox::load::{Load, Wrong};

use super::{
    Measured,
    place::Place,
    report::{Figures, Row},
    scenario::Scenario,
    settings::Declared,
    target::{Running, Wanted},
};

/// Calls before the first that counts, so that connections and first pages are there already.
const FIRST: usize = 200;

/// Holds calls at their second question, each number of them on a fresh server.
pub(super) async fn run(place: &Place, measured: &Measured, scenario: &Scenario) -> anyhow::Result<Vec<Row>> {
    let world = Load::start(scenario.offers).await;
    let rest_base = world.rest_base();
    let mut passes = vec![];
    for calls in &measured.held {
        let folder = place.folder(scenario.kept)?;
        let wanted = Wanted {
            place,
            folder: folder.path(),
            kept: scenario.kept,
            servers: None,
            seats: world.seats(),
            rest_base: &rest_base,
            declared: Declared::No,
            telephones: None,
        };
        let ours = Running::ours(&wanted).await?;
        let idle = ours.process.resident_kib();
        let hold = async |calls| world.hold(&ours.target, calls).await.map_err(anyhow::Error::msg);
        hold(FIRST).await.context("holding calls")?;
        let before = ours.process.resident_kib();
        hold(*calls).await.context("holding calls")?;
        let grown = ours.process.resident_kib().saturating_sub(before);
        passes.push(Figures::from([
            ("held_calls", *calls as u64),
            ("idle_rss_kib", idle),
            ("grown_kib", grown),
            ("bytes_per_call", grown * 1_024 / (*calls as u64).max(1)),
        ]));
    }
    let row = |pass| Row {
        scenario: scenario.name,
        load: "held",
        server: "ours",
        passes: vec![pass],
        wrong: Wrong::default(),
        why: vec![],
    };
    Ok(passes.into_iter().map(row).collect())
}
