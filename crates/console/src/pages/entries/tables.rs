//! Caps, filters and hours: rows that are shown, and what the rows that were sent say.

use serde_json::{Map, Value, json};

use super::{
    control::{Control, Day, Shape, part},
    fields::Widget,
    text,
};
use crate::form::Form;

/// Rows that are empty and wait to be filled in.
const ROWS_FREE: usize = 2;
/// The most rows of one field; a longer list is written in the document.
pub(super) const ROWS_MAX: usize = 60;

const DAYS: [(&str, &str); 7] = [
    ("mon", "Monday"),
    ("tue", "Tuesday"),
    ("wed", "Wednesday"),
    ("thu", "Thursday"),
    ("fri", "Friday"),
    ("sat", "Saturday"),
    ("sun", "Sunday"),
];
const COUNTS: [(&str, &str); 4] = [
    ("answered", "Answered calls"),
    ("attempts", "Awards"),
    ("payable", "Payable sales"),
    ("money", "Money"),
];
const PERIODS: [(&str, &str); 5] =
    [("day", "a day"), ("hour", "an hour"), ("week", "a week"), ("month", "a month"), ("total", "in all")];
const FILTERS: [(&str, &str); 4] = [
    ("in", "is one of"),
    ("not_in", "is none of"),
    ("between", "is between"),
    ("starts_with", "begins with"),
];

/// The caps as rows.
pub(super) fn caps(name: &str, value: &Value) -> Shape {
    let items = value.as_array().map_or(&[][..], Vec::as_slice);
    let row = |n: usize| {
        let at = |key: &str| {
            items
                .get(n)
                .and_then(|item| item.get(key))
                .map(|it| text::of(&Widget::Line, it))
                .unwrap_or_default()
        };
        let named = |key: &str| format!("{name}.{n}.{key}");
        let or = |text: String, usual: &str| if text.is_empty() { usual.to_owned() } else { text };
        vec![
            Control::line(named("max"), &format!("Cap {}: at most", n + 1), at("max")),
            Control::choice(
                named("counts"),
                &format!("Cap {}: what counts", n + 1),
                &COUNTS,
                &or(at("counts"), "answered"),
            ),
            Control::choice(
                named("period"),
                &format!("Cap {}: in which time", n + 1),
                &PERIODS,
                &or(at("period"), "day"),
            ),
        ]
    };
    let rows = (0..(items.len() + ROWS_FREE).min(ROWS_MAX)).map(row).collect();
    Shape::Rows { heads: vec!["At most", "What counts", "In"], rows }
}

/// What rows of caps say.
pub(super) fn read_caps(name: &str, form: &Form, before: &Value) -> Value {
    let there = |n: &usize| form.has(&format!("{name}.{n}.max"));
    let row = |n: usize| {
        let at = |key: &str| form.text(&format!("{name}.{n}.{key}"));
        let (max, counts) = (at("max"), at("counts"));
        if max.is_empty() {
            return None;
        }
        let kept = before
            .get(n)
            .and_then(|item| item.get("max"))
            .filter(|kept| text::of(&Widget::Line, kept) == max);
        let max = match kept {
            Some(kept) if (counts == "money") == kept.is_string() => kept.clone(),
            _ if counts == "money" => json!(max),
            _ => text::read(&Widget::Number, &max, &Value::Null),
        };
        Some(json!({ "counts": counts, "period": at("period"), "max": max }))
    };
    let rows: Vec<_> = (0..ROWS_MAX).take_while(there).filter_map(row).collect();
    if rows.is_empty() { Value::Null } else { Value::Array(rows) }
}

/// The filters as rows.
pub(super) fn filters(name: &str, value: &Value) -> Shape {
    let fields = value.as_object().into_iter().flatten();
    let said = |(field, ops): (&String, &Value)| {
        let ops = ops.as_object().into_iter().flatten();
        ops.map(|(op, list)| (field.clone(), op.clone(), text::of(&Widget::List, list))).collect::<Vec<_>>()
    };
    let mut said: Vec<_> = fields.flat_map(said).collect();
    said.extend((0..ROWS_FREE).map(|_| (String::new(), "in".to_owned(), String::new())));
    let row = |(n, (field, op, list)): (usize, (String, String, String))| {
        let named = |key: &str| format!("{name}.{n}.{key}");
        vec![
            Control::line(named("field"), &format!("Filter {}: field", n + 1), field),
            Control::choice(named("op"), &format!("Filter {}: how", n + 1), &FILTERS, &op),
            Control::line(named("list"), &format!("Filter {}: values", n + 1), list),
        ]
    };
    let rows = said.into_iter().take(ROWS_MAX).enumerate().map(row).collect();
    Shape::Rows { heads: vec!["Field", "", "Values, with commas"], rows }
}

/// What rows of filters say.
pub(super) fn read_filters(name: &str, form: &Form, before: &Value) -> Value {
    let mut found = Map::new();
    for n in (0..ROWS_MAX).take_while(|n| form.has(&format!("{name}.{n}.field"))) {
        let at = |key: &str| form.text(&format!("{name}.{n}.{key}"));
        let (field, op, list) = (at("field"), at("op"), at("list"));
        if field.is_empty() {
            continue;
        }
        let kept = before.get(&field).and_then(|ops| ops.get(&op)).unwrap_or(&Value::Null);
        let said = match text::read(&Widget::List, &list, kept) {
            Value::Array(items) if op == "between" => {
                let number = |item: &Value| {
                    item.as_str()
                        .map_or_else(|| item.clone(), |text| text::read(&Widget::Number, text, &Value::Null))
                };
                items.iter().map(number).collect()
            }
            Value::Null => json!([]),
            said => said,
        };
        if let Some(ops) = found.entry(field).or_insert_with(|| json!({})).as_object_mut() {
            ops.insert(op, said);
        }
    }
    if found.is_empty() { Value::Null } else { Value::Object(found) }
}

/// The hours by day.
pub(super) fn hours(name: &str, value: &Value) -> Shape {
    let inner = |key: &str| value.get(key).map(|it| text::of(&Widget::List, it)).unwrap_or_default();
    let day = |(key, called): (&str, &'static str)| {
        let typed = inner(key);
        let open = text::words(&typed).iter().filter_map(|span| minutes(span)).collect();
        Day { called, control: Control::line(format!("{name}.{key}"), "", typed), open }
    };
    let week = Control {
        name: format!("{name}.week"),
        called: String::new(),
        is_wrong: false,
        shape: Shape::Week(DAYS.into_iter().map(day).collect()),
    };
    let line = |key: &str| Control::line(format!("{name}.{key}"), "", inner(key));
    Shape::Parts(vec![
        part(
            name,
            "week",
            "Open",
            "Ex: 09:00-12:00, 13:00-17:00. A day without hours is closed; a week without any is always open.",
            week,
        ),
        part(name, "zone", "Time zone", "Left out: the buyer's.", line("zone")),
        part(name, "closed", "Closed on", "Days with commas, ex: 2026-12-25, 2027-01-01.", line("closed")),
    ])
}

/// `09:00-17:00` in minutes of the day.
fn minutes(span: &str) -> Option<(u32, u32)> {
    let at = |text: &str| {
        let (hour, minute) = text.trim().split_once(':')?;
        Some(hour.parse::<u32>().ok()? * 60 + minute.parse::<u32>().ok()?)
    };
    let (from, to) = span.split_once('-')?;
    let (from, to) = (at(from)?, at(to)?);
    (from < to && to <= 1_440).then_some((from, to))
}

/// What hours by day say.
pub(super) fn read_hours(name: &str, form: &Form, before: &Value) -> Value {
    let mut hours = before.as_object().cloned().unwrap_or_default();
    let lists = DAYS
        .iter()
        .map(|(day, _)| (*day, Widget::List))
        .chain([("closed", Widget::List), ("zone", Widget::Line)]);
    for (key, widget) in lists {
        let kept = before.get(key).unwrap_or(&Value::Null);
        let value = text::read(&widget, &form.text(&format!("{name}.{key}")), kept);
        super::sent::put(&mut hours, key, value);
    }
    if hours.is_empty() { Value::Null } else { Value::Object(hours) }
}
