//! From the JSON of an entry to the controls of its form, and back from a form that was sent.

use serde_json::{Map, Value, json};
use settings::{Kind, Section, explained};

use super::{
    control::{Choice, Control, Day, Labelled, Shape},
    fields::{Field, Group, Widget},
    text,
};
use crate::{form::Form, problem::FieldProblem};

/// Rows that are empty and wait to be filled in.
const ROWS_FREE: usize = 2;
/// So many fields of an item in a list are seen; the others are out of sight until somebody opens them.
const FIELDS_SHOWN: usize = 4;
/// The most rows of one field; a longer list is written in the document.
const ROWS_MAX: usize = 60;

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
const AUTHS: [(&str, &str); 3] =
    [("", "None"), ("bearer", "A bearer token"), ("header", "A key in a header")];
const WIRES: [(&str, &str); 8] = [
    ("", "Our own protocol"),
    ("ringba", "Ringba"),
    ("retreaver", "Retreaver"),
    ("trackdrive", "TrackDrive"),
    ("elocal", "eLocal"),
    ("boberdoo", "boberdoo"),
    ("json", "A mapping of JSON"),
    ("xml", "A mapping of XML"),
];
const EXPIRIES: [(&str, &str); 4] = [
    ("", "It says none"),
    ("seconds", "In so many seconds"),
    ("epoch_millis", "At a Unix time in milliseconds"),
    ("rfc3339", "At a time with its zone"),
];

/// What a form offers beside what stands in the entry.
pub(super) struct Around {
    /// The entries of other kinds, with their names.
    pub(super) others: Vec<(Kind, String, String)>,
}

/// The fields of a group, filled with what an entry says, each with what is wrong with it.
pub(super) fn labelled(
    group: &Group,
    section: Section,
    entry: &Map<String, Value>,
    around: &Around,
    wrong: &[FieldProblem],
) -> Vec<Labelled> {
    let one = |field: &Field| {
        let begin = format!("/{}", field.key);
        let here = |it: &&FieldProblem| it.pointer == begin || it.pointer.starts_with(&format!("{begin}/"));
        let wrong = wrong.iter().filter(here).map(|it| said(it, &begin)).collect();
        fielded(field, field.key, section, entry.get(field.key).unwrap_or(&Value::Null), around, wrong)
    };
    group.fields.iter().map(one).collect()
}

/// What is wrong, with its place inside of the field, as a person counts.
fn said(problem: &FieldProblem, begin: &str) -> String {
    let inner = problem.pointer.strip_prefix(begin).unwrap_or_default().trim_start_matches('/');
    let step =
        |step: &str| step.parse::<usize>().map_or_else(|_| step.replace('_', " "), |at| (at + 1).to_string());
    let place: Vec<_> = inner.split('/').filter(|it| !it.is_empty()).map(step).collect();
    let place = if place.is_empty() { String::new() } else { format!("{}: ", place.join(" ")) };
    format!("{place}{}; {}", problem.message, problem.mend)
}

fn fielded(
    field: &Field,
    name: &str,
    section: Section,
    value: &Value,
    around: &Around,
    wrong: Vec<String>,
) -> Labelled {
    let help = help(field, section);
    let mut control = control(&field.widget, name, value, around);
    control.is_wrong = !wrong.is_empty();
    match &mut control.shape {
        Shape::Flag { says, .. } => field.label.clone_into(says),
        // The word of the default stands in the document: it is the first choice under its own word.
        Shape::Choice(choices) if is_default(field, section, value) => {
            choices.pop();
            if let (Some(first), Some(word)) = (choices.first_mut(), value.as_str()) {
                word.clone_into(&mut first.value);
                first.chosen = true;
            }
        }
        _ => {}
    }
    Labelled { id: name.to_owned(), label: field.label.to_owned(), help, wrong, control }
}

/// Whether a word says what is so anyway, and is none of the form's own choices.
fn is_default(field: &Field, section: Section, value: &Value) -> bool {
    let Widget::Choice(choices) = &field.widget else { return false };
    let word = value.as_str().filter(|word| choices.iter().all(|(known, _)| known != word));
    word.is_some() && explained(section, field.key).map(|said| said.default.trim_matches('"')) == word
}

/// The sentence of the reference, as far as a form does not show by itself what it says.
fn help(field: &Field, section: Section) -> String {
    let begin = match field.widget {
        Widget::Choice(_)
        | Widget::Ticks(_)
        | Widget::Auth
        | Widget::Wire
        | Widget::Filters
        | Widget::Other(_) => {
            return String::new();
        }
        Widget::List => "With commas between. ",
        _ => "",
    };
    let Some(said) = explained(section, field.key) else { return String::new() };
    let default = match said.default.trim_matches('"') {
        "needed" => " Needed.".to_owned(),
        "none" | "" | "[]" | "{}" => String::new(),
        _ if matches!(field.widget, Widget::Flag(_)) => String::new(),
        default => format!(" Left out: {default}."),
    };
    let meaning = said.meaning.replace('`', "");
    // A link of the reference is its text alone.
    let meaning = match (meaning.find('['), meaning.find("](")) {
        (Some(from), Some(to)) if from < to => {
            let behind = meaning[to..].split_once(')').map_or("", |(_, behind)| behind);
            format!("{}{}{behind}", &meaning[..from], &meaning[from + 1..to])
        }
        _ => meaning,
    };
    format!("{begin}{meaning}{default}").trim().to_owned()
}

fn control(widget: &Widget, name: &str, value: &Value, around: &Around) -> Control {
    let own = |shape| Control { name: name.to_owned(), called: String::new(), is_wrong: false, shape };
    match widget {
        Widget::Line | Widget::Number | Widget::List | Widget::Value => {
            Control::line(name.to_owned(), "", text::of(widget, value))
        }
        Widget::Prompt | Widget::Pairs(_) | Widget::Maps => {
            let value = text::of(widget, value);
            let rows = (value.lines().count() + 1).clamp(2, 12);
            own(Shape::Area { value, rows, placeholder: String::new() })
        }
        Widget::Flag(otherwise) => {
            own(Shape::Flag { on: value.as_bool().unwrap_or(*otherwise), says: String::new() })
        }
        Widget::Choice(choices) => {
            Control::choice(name.to_owned(), "", choices, value.as_str().unwrap_or_default())
        }
        Widget::Other(kind) => {
            let none = ("".to_owned(), "None".to_owned());
            let known = around
                .others
                .iter()
                .filter(|(of, ..)| of == kind)
                .map(|(_, id, name)| (id.clone(), name.clone()));
            let all: Vec<_> = std::iter::once(none).chain(known).collect();
            let all: Vec<_> = all.iter().map(|(id, name)| (id.as_str(), name.as_str())).collect();
            Control::choice(name.to_owned(), "", &all, value.as_str().unwrap_or_default())
        }
        Widget::Ticks(choices) => {
            let chosen = |word: &str, first: bool| match value.as_array() {
                Some(items) => items.iter().any(|item| item.as_str() == Some(word)),
                None => first,
            };
            let one = |(n, (word, says)): (usize, &(&str, &str))| Choice {
                value: (*word).to_owned(),
                says: (*says).to_owned(),
                chosen: chosen(word, n == 0),
            };
            own(Shape::Ticks(choices.iter().enumerate().map(one).collect()))
        }
        Widget::Caps => own(caps(name, value)),
        Widget::Filters => own(filters(name, value)),
        Widget::Hours => own(hours(name, value)),
        Widget::Auth => own(auth(name, value)),
        Widget::Wire => own(wire(name, value)),
        Widget::Parts(section, fields) => {
            let part = |field: &Field| {
                let inner = value.get(field.key).unwrap_or(&Value::Null);
                fielded(field, &format!("{name}.{}", field.key), *section, inner, around, vec![])
            };
            own(Shape::Parts(fields.iter().map(part).collect()))
        }
        Widget::Many(section, fields) => {
            let items = value.as_array().map_or(&[][..], Vec::as_slice);
            let one = |n: usize| {
                let item = items.get(n).unwrap_or(&Value::Null);
                let of = |field: &Field| {
                    let inner = item.get(field.key).unwrap_or(&Value::Null);
                    fielded(field, &format!("{name}.{n}.{}", field.key), *section, inner, around, vec![])
                };
                let name = format!("{name}.{n}");
                let group = |name: String, label: String, shape| {
                    let control =
                        Control { name: name.clone(), called: String::new(), is_wrong: false, shape };
                    Labelled { id: name, label, help: String::new(), wrong: vec![], control }
                };
                let (first, rest) = fields.split_at(FIELDS_SHOWN.min(fields.len()));
                let mut parts: Vec<_> = first.iter().map(of).collect();
                if !rest.is_empty() {
                    let rest =
                        Shape::Folded { says: "More", open: false, parts: rest.iter().map(of).collect() };
                    parts.push(group(format!("{name}.more"), String::new(), rest));
                }
                match item.get(fields[0].key) {
                    Some(known) => group(
                        name,
                        format!("{}: {}", n + 1, text::of(&Widget::Line, known)),
                        Shape::Parts(parts),
                    ),
                    None => group(
                        name,
                        String::new(),
                        Shape::Folded { says: "Add one", open: items.is_empty(), parts },
                    ),
                }
            };
            own(Shape::Parts((0..=items.len().min(ROWS_MAX)).map(one).collect()))
        }
    }
}

fn caps(name: &str, value: &Value) -> Shape {
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

fn filters(name: &str, value: &Value) -> Shape {
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

fn hours(name: &str, value: &Value) -> Shape {
    let inner = |key: &str| value.get(key).map(|it| text::of(&Widget::List, it)).unwrap_or_default();
    let day = |(key, called): (&str, &'static str)| {
        let typed = inner(key);
        let open = text::words(&typed).iter().filter_map(|span| minutes(span)).collect();
        Day { called, control: Control::line(format!("{name}.{key}"), "", typed), open }
    };
    let part = |key: &str, label: &str, help: &str, control| Labelled {
        id: format!("{name}.{key}"),
        label: label.to_owned(),
        help: help.to_owned(),
        wrong: vec![],
        control,
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
            "week",
            "Open",
            "Ex: 09:00-12:00, 13:00-17:00. A day without hours is closed; a week without any is always open.",
            week,
        ),
        part("zone", "Time zone", "Left out: the buyer's.", line("zone")),
        part("closed", "Closed on", "Days with commas, ex: 2026-12-25, 2027-01-01.", line("closed")),
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

fn auth(name: &str, value: &Value) -> Shape {
    let inner = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let kind = match (value.get("bearer"), value.get("header").or(value.get("key"))) {
        (Some(_), _) => "bearer",
        (None, Some(_)) => "header",
        (None, None) => "",
    };
    let secret = if kind == "bearer" { inner("bearer") } else { inner("key") };
    let part = |key: &str, label: &str, help: &str, control| Labelled {
        id: format!("{name}.{key}"),
        label: label.to_owned(),
        help: help.to_owned(),
        wrong: vec![],
        control,
    };
    let line = |key: &str, text| Control::line(format!("{name}.{key}"), "", text);
    Shape::Parts(vec![
        part("kind", "Kind", "", Control::choice(format!("{name}.kind"), "", &AUTHS, kind)),
        part(
            "header",
            "Header",
            "Only for a key in a header, ex: X-Api-Key.",
            line("header", inner("header")),
        ),
        part(
            "secret",
            "Secret",
            "It is kept sealed and not shown again; env:NAME takes it from the server's environment.",
            line("secret", secret),
        ),
    ])
}

fn wire(name: &str, value: &Value) -> Shape {
    let (kind, mapping) = match value {
        Value::String(word) if word == "own" => ("", None),
        Value::String(word) => (word.as_str(), None),
        Value::Object(fields) => {
            let kind = if fields.contains_key("xml") { "xml" } else { "json" };
            (kind, fields.get(kind))
        }
        _ => ("", None),
    };
    let part = |key: &str, label: &str, help: &str, control| Labelled {
        id: format!("{name}.{key}"),
        label: label.to_owned(),
        help: help.to_owned(),
        wrong: vec![],
        control,
    };
    let kinds = part("kind", "Replies are", "", Control::choice(format!("{name}.kind"), "", &WIRES, kind));
    let mut parts = vec![];
    for key in Section::Mapping.keys().iter().filter(|key| **key != "expiry") {
        let text = mapping.and_then(|it| it.get(key)).and_then(Value::as_str).unwrap_or_default();
        let help = explained(Section::Mapping, key).map_or("", |said| said.meaning);
        parts.push(part(
            key,
            &key.replace('_', " "),
            help,
            Control::line(format!("{name}.{key}"), "", text.to_owned()),
        ));
    }
    let expiry = mapping.and_then(|it| it.get("expiry")).and_then(Value::as_object);
    let (how, path) = expiry
        .and_then(|it| it.iter().next())
        .map_or(("", ""), |(how, path)| (how.as_str(), path.as_str().unwrap_or_default()));
    parts.push(part(
        "expiry_kind",
        "When the bid ends",
        "",
        Control::choice(format!("{name}.expiry_kind"), "", &EXPIRIES, how),
    ));
    parts.push(part(
        "expiry_path",
        "Where that stands",
        "",
        Control::line(format!("{name}.expiry_path"), "", path.to_owned()),
    ));
    let mapping = Control {
        name: format!("{name}.mapping"),
        called: String::new(),
        is_wrong: false,
        shape: Shape::Folded {
            says: "Where a reply says what; “Paste a sample reply” fills it in",
            open: mapping.is_some(),
            parts,
        },
    };
    Shape::Parts(vec![kinds, part("mapping", "Mapping", "", mapping)])
}

/// What a form says of these groups, over what the entry said before: keys that no field is of stay.
pub(super) fn read(groups: &[Group], form: &Form, before: &Map<String, Value>) -> Map<String, Value> {
    let mut entry = before.clone();
    for field in groups.iter().flat_map(|group| group.fields) {
        let value = value(&field.widget, field.key, form, before.get(field.key).unwrap_or(&Value::Null));
        put(&mut entry, field.key, value);
    }
    entry
}

fn put(entry: &mut Map<String, Value>, key: &str, value: Value) {
    if value.is_null() {
        entry.remove(key);
    } else {
        entry.insert(key.to_owned(), value);
    }
}

fn value(widget: &Widget, name: &str, form: &Form, before: &Value) -> Value {
    match widget {
        Widget::Flag(otherwise) => {
            let on = form.text(name) == "true";
            if before.is_null() && on == *otherwise { Value::Null } else { json!(on) }
        }
        Widget::Choice(_) | Widget::Other(_) => text::read(&Widget::Line, &form.text(name), before),
        Widget::Ticks(choices) => {
            let chosen = form.all(name);
            let usual = before.is_null() && chosen.len() == 1 && chosen[0] == choices[0].0;
            if usual { Value::Null } else { json!(chosen) }
        }
        Widget::Caps => read_caps(name, form, before),
        Widget::Filters => read_filters(name, form, before),
        Widget::Hours => read_hours(name, form, before),
        Widget::Auth => read_auth(name, form),
        Widget::Wire => read_wire(name, form, before),
        Widget::Parts(_, fields) => parts(fields, name, form, before),
        Widget::Many(_, fields) => {
            let items = before.as_array().map_or(&[][..], Vec::as_slice);
            let there = |n: &usize| form.has(&format!("{name}.{n}.{}", fields[0].key));
            let one =
                |n: usize| parts(fields, &format!("{name}.{n}"), form, items.get(n).unwrap_or(&Value::Null));
            // An item whose first field is emptied goes.
            let named = |n: &usize| !form.text(&format!("{name}.{n}.{}", fields[0].key)).is_empty();
            let items: Vec<_> = (0..=ROWS_MAX).take_while(there).filter(named).map(one).collect();
            if items.is_empty() { Value::Null } else { Value::Array(items) }
        }
        plain => text::read(plain, &form.text(name), before),
    }
}

fn parts(fields: &[Field], name: &str, form: &Form, before: &Value) -> Value {
    let mut entry = before.as_object().cloned().unwrap_or_default();
    for field in fields {
        let inner = before.get(field.key).unwrap_or(&Value::Null);
        let value = value(&field.widget, &format!("{name}.{}", field.key), form, inner);
        put(&mut entry, field.key, value);
    }
    // An empty table that stands there says something, ex: confirm = {}.
    if entry.is_empty() && !before.as_object().is_some_and(Map::is_empty) {
        return if before.is_string() { before.clone() } else { Value::Null };
    }
    Value::Object(entry)
}

fn read_caps(name: &str, form: &Form, before: &Value) -> Value {
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

fn read_filters(name: &str, form: &Form, before: &Value) -> Value {
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

fn read_hours(name: &str, form: &Form, before: &Value) -> Value {
    let mut hours = before.as_object().cloned().unwrap_or_default();
    let lists = DAYS
        .iter()
        .map(|(day, _)| (*day, Widget::List))
        .chain([("closed", Widget::List), ("zone", Widget::Line)]);
    for (key, widget) in lists {
        let kept = before.get(key).unwrap_or(&Value::Null);
        let value = text::read(&widget, &form.text(&format!("{name}.{key}")), kept);
        put(&mut hours, key, value);
    }
    if hours.is_empty() { Value::Null } else { Value::Object(hours) }
}

fn read_auth(name: &str, form: &Form) -> Value {
    let at = |key: &str| form.text(&format!("{name}.{key}"));
    match &*at("kind") {
        "bearer" => json!({ "bearer": at("secret") }),
        "header" => json!({ "header": at("header"), "key": at("secret") }),
        _ => Value::Null,
    }
}

fn read_wire(name: &str, form: &Form, before: &Value) -> Value {
    let at = |key: &str| form.text(&format!("{name}.{key}"));
    let kind = at("kind");
    match &*kind {
        "" if before.as_str() == Some("own") => before.clone(),
        "" => Value::Null,
        "json" | "xml" => {
            let mut mapping = Map::new();
            for key in Section::Mapping.keys().iter().filter(|key| **key != "expiry") {
                let path = at(key);
                put(&mut mapping, key, if path.is_empty() { Value::Null } else { json!(path) });
            }
            if !at("expiry_kind").is_empty() {
                let expiry = json!({ at("expiry_kind"): at("expiry_path") });
                mapping.insert("expiry".to_owned(), expiry);
            }
            json!({ kind: mapping })
        }
        network => json!(network),
    }
}

#[cfg(test)]
mod tests {
    use settings::Document;

    use super::{super::fields, *};

    const EXAMPLE: &str = include_str!("../../../../../config/demo-settings.toml");

    /// What a browser sends of a control that nobody touches.
    fn sent(control: &Control, into: &mut Vec<(String, String)>) {
        let name = || control.name.clone();
        match &control.shape {
            Shape::Line { value, .. } | Shape::Area { value, .. } => {
                into.push((name(), value.replace('\n', "\r\n")));
            }
            Shape::Flag { on, .. } => into.extend(on.then(|| (name(), "true".to_owned()))),
            Shape::Choice(choices) => {
                let chosen = choices.iter().find(|it| it.chosen).or(choices.first());
                into.extend(chosen.map(|it| (name(), it.value.clone())));
            }
            Shape::Ticks(choices) => {
                into.extend(choices.iter().filter(|it| it.chosen).map(|it| (name(), it.value.clone())));
            }
            Shape::Rows { rows, .. } => rows.iter().flatten().for_each(|cell| sent(cell, into)),
            Shape::Parts(parts) | Shape::Folded { parts, .. } => {
                parts.iter().for_each(|part| sent(&part.control, into));
            }
            Shape::Week(days) => days.iter().for_each(|day| sent(&day.control, into)),
        }
    }

    fn unchanged(kind: Kind, entry: &Map<String, Value>) {
        let around = Around { others: vec![] };
        let mut pairs = vec![];
        for group in fields::groups(kind) {
            for field in labelled(group, fields::section(kind), entry, &around, &[]) {
                sent(&field.control, &mut pairs);
            }
        }
        let form: Form = pairs.into_iter().collect();
        assert_eq!(&read(fields::groups(kind), &form, entry), entry);
    }

    #[test]
    fn a_form_that_nobody_touches_changes_nothing() {
        let document = Document::parse(EXAMPLE).expect("it is TOML");
        for kind in [Kind::Buyer, Kind::Offer, Kind::Publisher, Kind::Campaign] {
            let entries = document.entries(kind);
            assert!(!entries.is_empty(), "{kind:?}");
            entries.iter().for_each(|(_, entry)| unchanged(kind, entry));
        }
        let rich = r#"[[offer]]
            id = "a"
            buyer = "c"
            active = true
            screening = "off"
            channels = ["form", "callback"]
            auth = { header = "X-Key", key = "s3cr3t" }
            headers = { "X-Source" = "pingpost" }
            signing_secrets = ["whsec_1", "env:TWO"]
            caps = [{ counts = "money", period = "day", max = 500 }, { counts = "answered", period = "total", max = 9 }]
            filters = { age = { between = [60, 80], not_in = [65] }, state = { in = ["FL"] } }
            hours = { mon = ["09:00-12:00", "13:00-17:00"], closed = [2026-12-25], closures = [{ from = 2026-11-26T12:00:00-05:00, to = 2026-11-26T18:00:00-05:00 }] }
            duplicate = { days = 30 }
            confirm = {}
            allowed = { us = true, toll_free = false, prefixes = ["+4420"] }
            ping = { as = "form", fields = { zip = "{zip}" }, maps = { smoker = { yes = "Y", no = "N" } } }
            wire = { json = { bid = "$.bid", expiry = { seconds = "$.ttl" } } }
            something_new = [1, 2]"#;
        let document = Document::parse(rich).expect("it is TOML");
        document.entries(Kind::Offer).iter().for_each(|(_, entry)| unchanged(Kind::Offer, entry));
        let campaign = r#"[[campaign]]
            id = "m"
            hold_audio = ["Please hold.", { play = "https://a.example/b.mp3" }]
            recording = "off"
            repeat = { then = "ending" }
            fallback = { say = "Bye.", dial = "+18005550100" }
            [[campaign.script.question]]
            field = "age"
            audience = "bidders"
            ask = "How old are you?"
            check = { age = { min = 18, max = 99 } }
            keys = { min = 2, max = 2 }
            disqualify = [{ under = 40, say = "Sorry." }]
            [[campaign.script.question]]
            field = "first_name"
            audience = "winner"
            ask = "Your name?"
            check = "name""#;
        let document = Document::parse(campaign).expect("it is TOML");
        document.entries(Kind::Campaign).iter().for_each(|(_, entry)| unchanged(Kind::Campaign, entry));
    }
}
