//! The list as CSV and NDJSON: the calls of the screen's filter, in its order, with its zone.

use axum::response::Response;

use super::{CallQuery, Row, Shared, row::COLUMNS};
use crate::{
    Permission,
    actor::Actor,
    pages::export::{as_csv, as_ndjson},
    problem::Problem,
    query::Query,
};

/// The most rows of one export. A longer list is cut there, and says so in a header.
pub const EXPORT_ROWS_MAX: usize = 50_000;
/// Calls that are read at once for an export.
const READ: u32 = 1_000;

pub(super) async fn csv(console: Shared, actor: Actor, query: Query) -> Result<Response, Problem> {
    let (rows, next) = rows(&console, &actor, &query).await?;
    Ok(as_csv("calls.csv", COLUMNS, rows.iter().map(Row::cells), next))
}

pub(super) async fn ndjson(console: Shared, actor: Actor, query: Query) -> Result<Response, Problem> {
    let (rows, next) = rows(&console, &actor, &query).await?;
    as_ndjson("calls.ndjson", rows.iter(), next)
}

async fn rows(console: &Shared, actor: &Actor, query: &Query) -> Result<(Vec<Row>, Option<String>), Problem> {
    let business = console.business();
    let query = CallQuery::of(query, &business)?;
    let money = actor.may(Permission::ReadMoney);
    let (mut rows, mut filter) = (vec![], query.filter(console.now(), READ));
    filter.limit = Some(READ);
    loop {
        let page = console.store().calls(&filter).await?;
        rows.extend(page.calls.iter().map(|call| Row::of(call, &business, money)));
        match page.next {
            Some(next) if rows.len() >= EXPORT_ROWS_MAX => return Ok((rows, Some(next.to_string()))),
            Some(next) => filter.after = Some(next),
            None => return Ok((rows, None)),
        }
    }
}
