//! The list as CSV and NDJSON: the calls of the screen's filter, in its order, with its zone.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, header};

use super::{CallQuery, Row, Shared, row::COLUMNS};
use crate::{Permission, actor::Actor, csv, problem::Problem, query::Query};

/// The most calls of one export. A longer list is cut there, and says so in a header.
pub const EXPORT_ROWS_MAX: usize = 50_000;
/// Calls that are read at once for an export.
const READ: u32 = 1_000;

/// Says that the list is longer: the cursor behind its last call.
const NEXT: HeaderName = HeaderName::from_static("x-next-cursor");

pub(super) async fn csv(console: Shared, actor: Actor, query: Query) -> Result<Response, Problem> {
    let (rows, next) = rows(&console, &actor, &query).await?;
    let mut text = csv::line(COLUMNS);
    for row in &rows {
        text.push_str(&csv::line(row.cells().iter().map(String::as_str)));
    }
    Ok(file(text, "text/csv; charset=utf-8; header=present", "calls.csv", next))
}

pub(super) async fn ndjson(console: Shared, actor: Actor, query: Query) -> Result<Response, Problem> {
    let (rows, next) = rows(&console, &actor, &query).await?;
    let mut text = String::new();
    for row in &rows {
        text.push_str(&serde_json::to_string(row).map_err(|error| Problem::unavailable(&error))?);
        text.push('\n');
    }
    Ok(file(text, "application/x-ndjson", "calls.ndjson", next))
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

fn file(text: String, kind: &'static str, name: &str, next: Option<String>) -> Response {
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let disposition = format!("attachment; filename=\"{name}\"");
    for (header, text) in [(header::CONTENT_DISPOSITION, Some(disposition)), (NEXT, next)] {
        if let Some(value) = text.and_then(|text| HeaderValue::try_from(text).ok()) {
            headers.insert(header, value);
        }
    }
    response
}
