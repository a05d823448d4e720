//! `filters` of an offer: what a profile must be like, by field. Whether a filter can ever match is checked later,
//! when the scripts are known.

use std::collections::BTreeSet;

use auction::{Filter, Test};
use lead::FieldName;

use super::super::{field::Field, keys::Section, table::Table};

/// Reads them, in the order of their fields.
pub(super) fn read(field: &Field<'_>) -> Vec<Filter> {
    let Some(table) = field.open_table() else { return Vec::new() };
    let mut found = Vec::new();
    for (key, at, item) in table.fields() {
        let named = Field { spot: at, ..item.clone() };
        let Ok(name) = FieldName::parse(key) else {
            let mend = "write the field of a question, `state`, `zip` or `area_code`, ex: filters = { state = { in = [\"FL\"] } }";
            named.wrong::<()>("this is no field name", mend);
            continue;
        };
        let Some(tests) = item.table(Section::Filter) else { continue };
        if !Section::Filter.keys().iter().any(|key| tests.has(key)) && !tests.report.is_broken(tests.path()) {
            named.wrong::<()>("the filter says nothing", "write `in`, `not_in`, `between` or `starts_with`");
        }
        found.extend(self::tests(&tests).into_iter().map(|test| Filter { field: name.clone(), test }));
    }
    found
}

fn tests(table: &Table<'_>) -> Vec<Test> {
    let words = |key: &str| table.field(key).and_then(|field| words(&field));
    let between = table.field("between").and_then(|field| between(&field));
    let found = [
        words("in").map(Test::In),
        words("not_in").map(Test::NotIn),
        between.map(|(from, to)| Test::Between(from, to)),
        words("starts_with").map(Test::StartsWith),
    ];
    found.into_iter().flatten().collect()
}

fn words(field: &Field<'_>) -> Option<BTreeSet<String>> {
    let items = field.list();
    if items.is_empty() && !field.report.is_broken(&field.spot.path) {
        return field.wrong("the list is empty", "name at least one value, or remove the filter");
    }
    Some(items.iter().filter_map(word).collect())
}

/// Zips and other digits are texts; a plain number is taken for the fields that are numbers, ex: an age.
fn word(item: &Field<'_>) -> Option<String> {
    match item.whole() {
        Some(number) => Some(number.to_string()),
        None => item.text().map(str::to_owned),
    }
}

fn between(field: &Field<'_>) -> Option<(i64, i64)> {
    let mend = "write the least and the most, ex: between = [60, 80]";
    let ends: Vec<_> = field.list().iter().map(Field::whole).collect();
    match ends[..] {
        [Some(from), Some(to)] if from <= to => Some((from, to)),
        [Some(_), Some(_)] => {
            field.wrong("the range is inverted, so the filter can never match", "write the least first")
        }
        _ => field.wrong("this is no range of two whole numbers", mend),
    }
}
