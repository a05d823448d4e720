//! The entries of one kind in the file, each under the id that people know it by.

use std::collections::BTreeSet;

use lead::SlugError;

use super::{keys::Section, table::Table};
use crate::nearest::shown;

/// Something that was read, with its table, so that later checks can point at its lines.
pub(super) struct Written<'d, T> {
    pub(super) value: T,
    pub(super) table: Table<'d>,
}

/// All entries of a kind, ex: every `[[offer]]`. An id that stands twice is reported at the second.
pub(super) fn entries<'d, T>(
    root: &Table<'d>,
    kind: &str,
    id: &str,
    section: Section,
    read: impl Fn(&Table<'d>, usize) -> T,
) -> Vec<Written<'d, T>> {
    let mut seen = BTreeSet::new();
    let items = root.field(kind).map(|field| field.list()).unwrap_or_default();
    let tables = items.iter().filter_map(|item| item.open_table()).enumerate();
    let entry = |(n, table): (usize, Table<'d>)| {
        let text = table.field(id).and_then(|field| field.value.as_str().map(str::trim));
        let known = text.filter(|text| shown(text).contains('`') && !text.is_empty());
        let path = known.map_or_else(|| format!("{kind}[{}]", n + 1), |id| format!("{kind}.{id}"));
        let table = table.named(path).only(section);
        if text.is_some_and(|text| !seen.insert(text)) {
            let what = if kind == id {
                format!("the {kind} stands in an earlier entry")
            } else {
                format!("an earlier {kind} has this id")
            };
            let mend = if kind == "number" {
                "keep one entry; a number reaches one campaign"
            } else {
                "give each its own id"
            };
            table.problem(id, what, mend);
        }
        Written { value: read(&table, n + 1), table }
    };
    tables.map(entry).collect()
}

/// The id of an entry. One that is missing or no id is reported, and stood in for, so that the rest is read as well.
pub(super) fn id<T>(table: &Table<'_>, n: usize, parse: impl Fn(&str) -> Result<T, SlugError>) -> T {
    let given =
        table.needed("id", "give it an id of lower-case letters, digits and hyphens, ex: \"buyer-c\"");
    let read = given.and_then(|field| field.parsed("this is no id", &parse));
    read.unwrap_or_else(|| {
        parse(&format!("unnamed-{n}")).unwrap_or_else(|_| unreachable!("a slug of digits and letters"))
    })
}

/// Its name, or its id where it has none.
pub(super) fn name(table: &Table<'_>, id: &str) -> String {
    let given = table.field("name").and_then(|field| {
        let text = field.text()?;
        let odd =
            text.is_empty() || text.chars().count() > NAME_CHARS_MAX || text.chars().any(char::is_control);
        if odd {
            field.wrong("this is no name", format!("write 1 to {NAME_CHARS_MAX} characters in one line"))
        } else {
            Some(text)
        }
    });
    given.unwrap_or(id).to_owned()
}

/// Most characters of a name.
const NAME_CHARS_MAX: usize = 100;
