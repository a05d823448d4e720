//! Secrets in an entry: they come out hidden, and a hidden one that is put back stays what it is.

use serde_json::{Map, Value};

use super::{EditProblem, Kind};

/// How a secret begins that is kept and not shown. In a list its place follows, from 1, so that those around it may go.
pub const HIDDEN: &str = "(kept secret";

/// An entry with its secrets hidden. `env:NAME` is no secret.
pub(super) fn hidden(kind: Kind, entry: Map<String, Value>) -> Map<String, Value> {
    let mut value = Value::Object(entry);
    if kind == Kind::Offer {
        walk(&mut value, &mut Vec::new(), &mut |path, text| {
            if is_secret(path) && !text.trim().starts_with("env:") && !text.is_empty() {
                *text = match path.last().and_then(|last| last.parse::<usize>().ok()) {
                    Some(at) => format!("{HIDDEN} {})", at + 1),
                    None => format!("{HIDDEN})"),
                };
            }
        });
    }
    match value {
        Value::Object(entry) => entry,
        _ => Map::new(),
    }
}

/// The secrets of an entry.
pub(super) fn of(kind: Kind, entry: Map<String, Value>) -> Vec<String> {
    let mut found = Vec::new();
    if kind == Kind::Offer {
        walk(&mut Value::Object(entry), &mut Vec::new(), &mut |path, text| {
            if is_secret(path) && !text.trim().starts_with("env:") && !text.is_empty() {
                found.push(text.trim().to_owned());
            }
        });
    }
    found
}

/// An entry whose hidden secrets are those that were there before.
pub(super) fn kept(
    kind: Kind,
    entry: &Map<String, Value>,
    before: &Map<String, Value>,
) -> Result<Map<String, Value>, EditProblem> {
    let mut value = Value::Object(entry.clone());
    if kind != Kind::Offer {
        return Ok(entry.clone());
    }
    let before = Value::Object(before.clone());
    let mut lost = None;
    walk(&mut value, &mut Vec::new(), &mut |path, text| {
        let Some(place) = text.strip_prefix(HIDDEN) else { return };
        let mut path = path.to_vec();
        if let (Some(last), Ok(at)) = (path.last_mut(), place.trim_matches([' ', ')']).parse::<usize>()) {
            *last = at.saturating_sub(1).to_string();
        }
        let pointer: String =
            path.iter().map(|step| format!("/{}", step.replace('~', "~0").replace('/', "~1"))).collect();
        match before.pointer(&pointer).and_then(Value::as_str) {
            Some(secret) => secret.clone_into(text),
            None => lost = Some(pointer),
        }
    });
    match (lost, value) {
        (Some(pointer), _) => Err(EditProblem::NoSecret(pointer)),
        (None, Value::Object(entry)) => Ok(entry),
        (None, _) => Err(EditProblem::Form(String::new())),
    }
}

fn is_secret(path: &[String]) -> bool {
    let path: Vec<_> = path.iter().map(String::as_str).collect();
    match *path {
        ["auth", "bearer" | "key"] | ["signing_secrets", _] => true,
        // As the reading of headers takes them; see offer/endpoints.rs.
        ["headers", name] => {
            ["auth", "key", "token", "secret"].iter().any(|word| name.to_lowercase().contains(word))
        }
        ["ping" | "post", "fields", name] => {
            let name = name.to_lowercase();
            ["auth", "key", "token", "secret", "pass", "pwd"].iter().any(|word| name.contains(word))
        }
        _ => false,
    }
}

/// Every text of a value, with the steps that lead to it.
fn walk(value: &mut Value, path: &mut Vec<String>, found: &mut dyn FnMut(&[String], &mut String)) {
    match value {
        Value::String(text) => found(path, text),
        Value::Array(items) => {
            for (at, item) in items.iter_mut().enumerate() {
                path.push(at.to_string());
                walk(item, path, found);
                path.pop();
            }
        }
        Value::Object(fields) => {
            for (key, field) in fields.iter_mut() {
                path.push(key.clone());
                walk(field, path, found);
                path.pop();
            }
        }
        _ => {}
    }
}
