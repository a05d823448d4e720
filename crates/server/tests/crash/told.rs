//! What a person needs to see of a run that broke a rule: the rules, and both sides of each call that they name.

use std::fmt::Write as _;

use crate::{
    books::{self, Books, Call},
    cast::buyer_at,
    rules,
    world::World,
};

/// The most calls that are told.
const CALLS_MAX: usize = 5;
/// The last lines of the log that are told.
const LINES_MAX: usize = 40;

/// The broken rules, the figures, and the calls that they name.
pub async fn told(world: &World, books: &Books, broken: &[String]) -> String {
    let mut text = format!("{:?}\n    {}\n", rules::figures(books), broken.join("\n    "));
    let open = books::open_journeys(&world.node.file()).await;
    let all = broken.join("\n");
    let of_sale =
        |id| books.sales.iter().any(|sale| sale.journey == id && all.contains(&sale.id.to_string()));
    let is_named = |call: &&Call| {
        all.contains(&call.journey.to_string()) || of_sale(call.journey) || open.contains(&call.journey)
    };
    let mut calls: Vec<_> = books.calls.iter().filter(is_named).take(CALLS_MAX).collect();
    if calls.is_empty() {
        calls.extend(books.calls.iter().take(CALLS_MAX));
    }
    for call in calls {
        carrier(call, &mut text);
        for line in books::events(&world.node.file(), call.journey).await {
            let _ = writeln!(text, "    store   {line}");
        }
    }
    let log = world.node.log();
    let loud: Vec<_> = log.iter().filter(|line| !line.contains("\"INFO\"")).collect();
    for line in loud.iter().skip(loud.len().saturating_sub(LINES_MAX)) {
        let _ = writeln!(text, "  {line}");
    }
    text
}

fn carrier(call: &Call, text: &mut String) {
    let record = &call.record;
    let began = record.began_at.as_microsecond();
    let _ = writeln!(text, "  {} ({}) to {}, began {began}", call.journey, record.status, record.to);
    for hook in &record.webhooks {
        let at = began + i64::try_from(hook.at.as_micros()).unwrap_or(i64::MAX);
        let status = hook.status.map_or_else(|| format!("{:?}", hook.failure), |status| status.to_string());
        let _ = writeln!(text, "    carrier {at} {:?} {} {status}", hook.kind, hook.path);
    }
    for request in &record.rest {
        let _ = writeln!(text, "    rest    {} {} {}", request.method, request.path, request.status);
    }
    for dial in &record.dials {
        let _ = writeln!(
            text,
            "    dial    {:?} {} bridged={} {:?}..{:?} by {:?}",
            buyer_at(&dial.to),
            dial.status,
            dial.bridged,
            dial.dialled_at,
            dial.ended_at,
            dial.ended_by
        );
    }
}
