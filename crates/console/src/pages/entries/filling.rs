//! From the JSON of an entry to the controls of its form.

use serde_json::{Map, Value};
use settings::{Kind, Section, explained};

use super::{
    control::{Choice, Control, Labelled, Shape, part},
    dialects,
    fields::{Field, Group, Widget},
    tables::{self, ROWS_MAX},
    text,
};
use crate::problem::FieldProblem;

/// So many fields of an item in a list are seen; the others are out of sight until somebody opens them.
const FIELDS_SHOWN: usize = 4;

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
        Widget::Other(kind) => other(name, *kind, value, around),
        Widget::Ticks(choices) => own(ticks(choices, value)),
        Widget::Caps => own(tables::caps(name, value)),
        Widget::Filters => own(tables::filters(name, value)),
        Widget::Hours => own(tables::hours(name, value)),
        Widget::Auth => own(dialects::auth(name, value)),
        Widget::Wire => own(dialects::wire(name, value)),
        Widget::Parts(section, fields) => {
            let part = |field: &Field| {
                let inner = value.get(field.key).unwrap_or(&Value::Null);
                fielded(field, &format!("{name}.{}", field.key), *section, inner, around, vec![])
            };
            own(Shape::Parts(fields.iter().map(part).collect()))
        }
        Widget::Many(section, fields) => own(many(name, *section, fields, value, around)),
    }
}

fn other(name: &str, kind: Kind, value: &Value, around: &Around) -> Control {
    let known = around.others.iter().filter(|(of, ..)| *of == kind);
    let known = known.map(|(_, id, name)| (id.as_str(), name.as_str()));
    let all: Vec<_> = std::iter::once(("", "None")).chain(known).collect();
    Control::choice(name.to_owned(), "", &all, value.as_str().unwrap_or_default())
}

fn ticks(choices: &[(&str, &str)], value: &Value) -> Shape {
    let chosen = |word: &str, first: bool| match value.as_array() {
        Some(items) => items.iter().any(|item| item.as_str() == Some(word)),
        None => first,
    };
    let one = |(n, (word, says)): (usize, &(&str, &str))| Choice {
        value: (*word).to_owned(),
        says: (*says).to_owned(),
        chosen: chosen(word, n == 0),
    };
    Shape::Ticks(choices.iter().enumerate().map(one).collect())
}

/// The items of a list, each with its most important fields, and one that waits to be filled in.
fn many(name: &str, section: Section, fields: &[Field], value: &Value, around: &Around) -> Shape {
    let items = value.as_array().map_or(&[][..], Vec::as_slice);
    let control = |name: String, shape| Control { name, called: String::new(), is_wrong: false, shape };
    let one = |n: usize| {
        let item = items.get(n).unwrap_or(&Value::Null);
        let own = format!("{name}.{n}");
        let of = |field: &Field| {
            let inner = item.get(field.key).unwrap_or(&Value::Null);
            fielded(field, &format!("{own}.{}", field.key), section, inner, around, vec![])
        };
        let (first, rest) = fields.split_at(FIELDS_SHOWN.min(fields.len()));
        let mut parts: Vec<_> = first.iter().map(of).collect();
        if !rest.is_empty() {
            let rest = Shape::Folded { says: "More", open: false, parts: rest.iter().map(of).collect() };
            parts.push(part(&own, "more", "", "", control(format!("{own}.more"), rest)));
        }
        let (label, shape) = match item.get(fields[0].key) {
            Some(known) => (format!("{}: {}", n + 1, text::of(&Widget::Line, known)), Shape::Parts(parts)),
            None => (String::new(), Shape::Folded { says: "Add one", open: items.is_empty(), parts }),
        };
        part(name, &n.to_string(), &label, "", control(own, shape))
    };
    Shape::Parts((0..=items.len().min(ROWS_MAX)).map(one).collect())
}

#[cfg(test)]
mod tests {
    use settings::Document;

    use super::{
        super::{fields, sent::read},
        *,
    };
    use crate::form::Form;

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
