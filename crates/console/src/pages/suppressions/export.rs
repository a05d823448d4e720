//! The whole list with its numbers, to take it to another dialler. Whoever comes here stands in the audit already.

use axum::response::Response;
use store::{Change, Suppression, SuppressionFilter};

use super::Shared;
use crate::{actor::Actor, pages::export::as_csv, problem::Problem};

const COLUMNS: [&str; 3] = ["phone", "why", "added_at"];
/// Numbers that are read at once.
const READ: u32 = 1_000;
/// The most rows of one export. A longer list is cut there, and says so in a header.
pub const SUPPRESSIONS_EXPORT_MAX: usize = 200_000;

pub(super) async fn csv(console: Shared, actor: Actor) -> Result<Response, Problem> {
    let change = Change::of("suppressions.exported", "suppressions", "list");
    console.store.note(console.now(), actor.by(), change).await?;
    let (mut rows, mut filter) =
        (vec![], SuppressionFilter { limit: Some(READ), ..SuppressionFilter::default() });
    let next = loop {
        let page = console.store.suppressions(&filter).await?;
        let last = page.last().map(|it| (it.added_at, it.id));
        let is_last = page.len() < READ as usize;
        rows.extend(page.iter().map(cells));
        match last {
            Some((at, id)) if !is_last && rows.len() >= SUPPRESSIONS_EXPORT_MAX => {
                break Some(format!("{} {id}", at.micros()));
            }
            Some(last) if !is_last => filter.before = Some(last),
            _ => break None,
        }
    };
    Ok(as_csv("suppressions.csv", COLUMNS, rows.into_iter(), next))
}

fn cells(it: &Suppression) -> [String; 3] {
    // A spreadsheet takes a leading plus for a formula: the digits alone are read back as the same number.
    let digits = it.number.reveal().as_str().trim_start_matches('+').to_owned();
    [digits, it.why.as_str().to_owned(), it.added_at.to_string()]
}
