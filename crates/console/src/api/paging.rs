//! Pages of a list: `limit` and `cursor`. A cursor says where to go on and is signed, so that one of somebody's making is
//! refused.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use http::StatusCode;
use serde::Serialize;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use utoipa::ToSchema;

use crate::{
    Console,
    problem::{FieldProblem, Problem},
    query::Query,
};

/// The most things on a page.
pub const PAGE_MAX: u32 = 200;
/// The things on a page if nobody says.
const PAGE_USUAL: u32 = 50;
/// The bytes of a cursor's signature.
const MAC: usize = 16;

/// A page of a list.
#[derive(Serialize, ToSchema)]
pub(super) struct Page<T> {
    /// The things.
    pub(super) data: Vec<T>,
    /// What to send as `cursor` for the next page.
    pub(super) next_cursor: Option<String>,
    /// Whether there is a next page.
    pub(super) has_more: bool,
}

/// What was asked of a list: how many, and behind which.
pub(super) fn asked(
    console: &Console,
    query: &Query,
    known: &[&str],
) -> Result<(u32, Option<String>), Problem> {
    let mut errors = vec![];
    for name in query.names().filter(|name| !["limit", "cursor"].contains(name) && !known.contains(name)) {
        let mend = format!(
            "write one of limit, cursor{}",
            known.iter().map(|it| format!(", {it}")).collect::<String>()
        );
        errors.push(FieldProblem::new(name, "unknown_parameter", "there is no such parameter", mend));
    }
    let limit = match query.text("limit") {
        "" => PAGE_USUAL,
        text => text.parse().ok().filter(|limit| (1..=PAGE_MAX).contains(limit)).unwrap_or_else(|| {
            let mend = format!("write a whole number from 1 to {PAGE_MAX}");
            errors.push(FieldProblem::new("limit", "out_of_range", "it is not taken", mend));
            1
        }),
    };
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let cursor = match query.text("cursor") {
        "" => None,
        text => Some(opened(console, text).ok_or_else(|| {
            let detail = "Send the next_cursor of an answer as it is, or none to begin anew.";
            Problem::new(StatusCode::BAD_REQUEST, "cursor_invalid", "This is no cursor of ours", detail)
        })?),
    };
    Ok((limit, cursor))
}

/// A page of what was read: one more than `limit`, if there is more.
pub(super) fn page<T, R>(
    console: &Console,
    mut rows: Vec<R>,
    limit: u32,
    place: impl Fn(&R) -> String,
    show: impl Fn(&R) -> T,
) -> Page<T> {
    let has_more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next_cursor = rows.last().filter(|_| has_more).map(|last| sealed(console, &place(last)));
    Page { data: rows.iter().map(show).collect(), next_cursor, has_more }
}

/// Of a whole list in its order, what comes behind a cursor.
pub(super) fn behind<R>(
    rows: Vec<R>,
    cursor: Option<&str>,
    limit: u32,
    place: impl Fn(&R) -> String,
) -> Vec<R> {
    let begun = cursor
        .map_or(0, |cursor| rows.iter().position(|row| place(row) == cursor).map_or(rows.len(), |at| at + 1));
    rows.into_iter().skip(begun).take(limit as usize + 1).collect()
}

fn mac(console: &Console, place: &str) -> [u8; MAC] {
    let mut mac = Hmac::<Sha256>::new_from_slice(&console.cursor_key).expect("a key may have any length");
    mac.update(place.as_bytes());
    let mut first = [0; MAC];
    first.copy_from_slice(&mac.finalize().into_bytes()[..MAC]);
    first
}

fn sealed(console: &Console, place: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode([&mac(console, place)[..], place.as_bytes()].concat())
}

fn opened(console: &Console, cursor: &str) -> Option<String> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (given, place) = bytes.split_at_checked(MAC)?;
    let place = std::str::from_utf8(place).ok()?;
    bool::from(mac(console, place)[..].ct_eq(given)).then(|| place.to_owned())
}
