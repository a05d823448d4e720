//! What a person needs to see of a run whose books differ: what each book says of the calls that differ.

use std::collections::BTreeSet;

use sqlx::PgConnection;

use crate::{
    books::{events, open_journeys, outcomes},
    collected::Call,
    rules::{Books, Difference},
    world::World,
};

/// The most calls that are told.
const CALLS_MAX: usize = 5;
/// The last lines of each node's log that are told.
const LINES_MAX: usize = 20;

/// Nothing if there is no difference.
pub(crate) async fn told(
    world: &World,
    conn: &mut PgConnection,
    books: &Books,
    differences: &[Difference],
) -> anyhow::Result<Vec<String>> {
    if differences.is_empty() {
        return Ok(vec![]);
    }
    let open: BTreeSet<_> = open_journeys(conn).await?.into_iter().collect();
    let named: BTreeSet<_> = differences.iter().filter_map(|it| it.journey).collect();
    let is_told = |call: &&Call| named.contains(&call.journey) || open.contains(&call.journey);
    let mut lines = vec![];
    for call in books.calls.iter().filter(is_told).take(CALLS_MAX) {
        lines.push(format!("call {} of caller {} ({})", call.journey, call.person.n(), call.status));
        lines.extend(call.told.iter().map(|line| format!("    {line}")));
        for dial in &call.dials {
            let who = dial.buyer.map(|(name, sold)| format!("{name:?}, {sold:?}")).unwrap_or_default();
            lines.push(format!(
                "    dial    {who}: {}, bridged {}, {}..{:?}",
                dial.status, dial.bridged, dial.dialled_at, dial.ended_at
            ));
        }
        lines.extend(events(conn, call.journey).await?.iter().map(|line| format!("    {line}")));
        for sale in books.booked.sales.iter().filter(|sale| sale.journey == call.journey) {
            let posted = books.received.posted_to(sale.buyer, &sale.id.to_string());
            lines.push(format!(
                "    sale    {:?} at {}: {:?}, posted {posted} times",
                sale.buyer, sale.price, sale.entries
            ));
        }
    }
    for form in books.forms.iter().filter(|form| named.contains(&form.journey())).take(CALLS_MAX) {
        lines.push(format!("form {} of {}", form.journey(), form.person.n()));
        lines.extend(events(conn, form.journey()).await?.iter().map(|line| format!("    {line}")));
        lines.extend(outcomes(conn, form.journey()).await?.iter().map(|line| format!("    {line}")));
    }
    for (n, node) in world.nodes.iter().enumerate() {
        let loud = node.loud();
        let last = &loud[loud.len().saturating_sub(LINES_MAX)..];
        lines.extend(last.iter().map(|line| format!("node {n}: {line}")));
    }
    Ok(lines)
}
