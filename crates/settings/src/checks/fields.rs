//! The fields that an offer names: its required ones, its filters, its whisper.

use std::collections::BTreeSet;

use auction::{Offer, Shape, Test};
use buyer::shaped::{OF_PING, OF_POST, Shaped};
use lead::{Channel, FieldName};

use super::super::{
    entity::Written,
    field::Field,
    offer::names_in,
    report::{Report, Spot},
    table::Table,
};
use super::{
    asked::{Asked, Known},
    possible::Possible,
};
use crate::nearest::nearest;

/// Checks the fields of one offer against the scripts of its vertical.
pub(super) fn check(offer: &Written<'_, Offer>, asked: &Asked<'_>) {
    let (offer, table) = (&offer.value, &offer.table);
    // A form brings its own fields, which no script asks.
    let by_script = offer.channels.contains(&Channel::Call) || offer.channels.contains(&Channel::Callback);
    if !by_script || asked.campaigns == 0 {
        return;
    }
    for item in table.field("required").map(|field| field.list()).unwrap_or_default() {
        if let Some(name) = item.value.as_str().and_then(|text| FieldName::parse(text.trim()).ok()) {
            named(table.report, &item.spot, &name, asked);
        }
    }
    let filters = table.field("filters").and_then(|field| field.table_again());
    for (key, at, item) in filters.map(|table| table.fields()).unwrap_or_default() {
        let Ok(name) = FieldName::parse(key) else { continue };
        if named(table.report, &at, &name, asked)
            && let Some(tests) = item.table_again()
        {
            filter(&tests, &name, offer, &Possible::of(&name, asked));
        }
    }
    whisper(offer, table, asked);
    shapes(offer, table, asked);
}

/// Whether bidders are shown this field; else it is reported.
fn named(report: &Report<'_>, spot: &Spot, name: &FieldName, asked: &Asked<'_>) -> bool {
    match asked.known(name) {
        Known::Shared => return true,
        Known::WinnerOnly => {
            let mend = "remove it here; bidders never see it";
            report.problem(spot, format!("`{name}` may only be used in the post"), mend);
        }
        Known::Unasked => {
            let what = format!("no script of this vertical asks `{name}` for bidders");
            let mend = match nearest(name.as_str(), asked.names()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "add a question for it to the campaign, or remove it here".to_owned(),
            };
            report.problem(spot, what, mend);
        }
    }
    false
}

fn whisper(offer: &Offer, table: &Table<'_>, asked: &Asked<'_>) {
    let spot = table.spot("whisper");
    for name in offer.whisper.as_deref().and_then(names_in).unwrap_or_default() {
        match FieldName::parse(name) {
            Ok(field) => {
                named(table.report, &spot, &field, asked);
            }
            Err(error) => table.report.problem(&spot, "the braces hold no field name", error.to_string()),
        }
    }
}

/// What a request's braces name must be asked, in a ping for bidders to see.
fn shapes(offer: &Offer, table: &Table<'_>, asked: &Asked<'_>) {
    let names = |shape: &Option<Shape>, known: &[&str]| {
        let names = shape.as_ref().map(Shaped::names).unwrap_or_default();
        let asked = names.into_iter().filter(|(_, name)| !known.contains(&name.as_str()));
        asked.filter_map(|(path, name)| Some((path, FieldName::parse(&name).ok()?))).collect::<Vec<_>>()
    };
    for (path, name) in names(&offer.endpoints.ping, &OF_PING) {
        named(table.report, &inside(table, "ping", &path), &name, asked);
    }
    for (path, name) in names(&offer.endpoints.post, &OF_POST) {
        if asked.known(&name) == Known::Unasked {
            let what = format!("no script of this vertical asks `{name}`");
            let mend = match nearest(name.as_str(), asked.all_names()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "add a question for it to the campaign, or remove it here".to_owned(),
            };
            table.report.problem(&inside(table, "post", &path), what, mend);
        }
    }
}

/// Where a request's field stands in the file.
fn inside(table: &Table<'_>, request: &str, path: &str) -> Spot {
    let fields = table.field(request).and_then(|field| field.table_again()).and_then(|it| it.field("fields"));
    let found = fields.and_then(|field| field.table_again()).and_then(|fields| {
        fields.fields().into_iter().find(|(name, ..)| *name == path).map(|(_, spot, _)| spot)
    });
    found.unwrap_or_else(|| table.spot(request))
}

/// Every value of a filter must be one that the field can have, and one of them at least must be left.
fn filter(tests: &Table<'_>, name: &FieldName, offer: &Offer, possible: &Possible) {
    for key in ["in", "not_in"] {
        for item in items(tests, key) {
            check_value(&item, text_of(&item), |text| possible.can_be(text), possible);
        }
    }
    for item in items(tests, "starts_with") {
        check_value(&item, text_of(&item), |text| possible.can_begin(text), possible);
    }
    let mut allowed: Option<BTreeSet<String>> = None;
    for filter in offer.filters.iter().filter(|filter| filter.field == *name) {
        match &filter.test {
            Test::In(words) => allowed = Some(words.iter().map(|word| word.to_lowercase()).collect()),
            Test::Between(from, to) if !possible.can_be_between(*from, *to) => {
                let mend = format!("the field holds {}", possible.described());
                tests.problem("between", format!("no answer of `{name}` is in this range"), mend);
            }
            _ => {}
        }
    }
    let Some(allowed) = allowed.filter(|words| !words.is_empty()) else { return };
    let passes = |word: &String| {
        offer.filters.iter().filter(|filter| filter.field == *name).all(|filter| match &filter.test {
            Test::In(_) => true,
            Test::NotIn(words) => !words.iter().any(|other| other.to_lowercase() == *word),
            Test::StartsWith(heads) => heads.iter().any(|head| word.starts_with(&head.to_lowercase())),
            Test::Between(from, to) => word.parse::<i64>().is_ok_and(|number| (from..=to).contains(&&number)),
        })
    };
    if !allowed.iter().any(passes) && !tests.report.is_broken(tests.path()) {
        let mend = "leave a value that passes all of them";
        tests.problem("in", "the tests of this filter exclude each other, so it can never match", mend);
    }
}

fn check_value(item: &Field<'_>, text: Option<String>, fits: impl Fn(&str) -> bool, possible: &Possible) {
    if text.is_some_and(|text| !fits(&text.to_lowercase())) {
        let mend = format!("the field holds {}", possible.described());
        item.wrong::<()>("no answer of this field is like this, so it can never match", mend);
    }
}

fn text_of(item: &Field<'_>) -> Option<String> {
    item.whole()
        .map(|number| number.to_string())
        .or_else(|| item.value.as_str().map(|text| text.trim().to_owned()))
}

fn items<'d>(tests: &Table<'d>, key: &str) -> Vec<Field<'d>> {
    let field = tests.field(key).filter(|field| field.value.is_array());
    field.map(|field| field.list()).unwrap_or_default()
}
