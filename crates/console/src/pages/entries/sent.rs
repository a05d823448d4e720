//! From a form that was sent to the JSON of an entry. What nobody touched is what it was.

use serde_json::{Map, Value, json};

use super::{
    dialects,
    fields::{Field, Group, Widget},
    tables::{self, ROWS_MAX},
    text,
};
use crate::form::Form;

/// What a form says of these groups, over what the entry said before: keys that no field is of stay.
pub(super) fn read(groups: &[Group], form: &Form, before: &Map<String, Value>) -> Map<String, Value> {
    let mut entry = before.clone();
    for field in groups.iter().flat_map(|group| group.fields) {
        let value = value(&field.widget, field.key, form, before.get(field.key).unwrap_or(&Value::Null));
        put(&mut entry, field.key, value);
    }
    entry
}

/// Sets a key, or takes it away.
pub(super) fn put(entry: &mut Map<String, Value>, key: &str, value: Value) {
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
        Widget::Caps => tables::read_caps(name, form, before),
        Widget::Filters => tables::read_filters(name, form, before),
        Widget::Hours => tables::read_hours(name, form, before),
        Widget::Auth => dialects::read_auth(name, form),
        Widget::Wire => dialects::read_wire(name, form, before),
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
