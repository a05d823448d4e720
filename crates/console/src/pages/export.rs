//! Files of what is on the screen: CSV and NDJSON of the same rows.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, header};
use serde::Serialize;

use crate::{csv, problem::Problem};

/// Says that the list is longer: the place behind its last row.
const NEXT: HeaderName = HeaderName::from_static("x-next-cursor");

/// Rows as CSV.
pub(crate) fn as_csv<const N: usize>(
    name: &str,
    columns: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
    next: Option<String>,
) -> Response {
    let mut text = csv::line(columns);
    for cells in rows {
        text.push_str(&csv::line(cells.iter().map(String::as_str)));
    }
    file(text, "text/csv; charset=utf-8; header=present", name, next)
}

/// Rows as NDJSON.
pub(crate) fn as_ndjson<'a, R: Serialize + 'a>(
    name: &str,
    rows: impl Iterator<Item = &'a R>,
    next: Option<String>,
) -> Result<Response, Problem> {
    let mut text = String::new();
    for row in rows {
        text.push_str(&serde_json::to_string(row).map_err(|error| Problem::unavailable(&error))?);
        text.push('\n');
    }
    Ok(file(text, "application/x-ndjson", name, next))
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
