//! How a buyer is spoken to: the authentication, and how its replies are read.

use serde_json::{Map, Value, json};
use settings::{Section, explained};

use super::control::{Control, Shape, part};
use crate::form::Form;

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

/// The authentication as fields.
pub(super) fn auth(name: &str, value: &Value) -> Shape {
    let inner = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let kind = match (value.get("bearer"), value.get("header").or(value.get("key"))) {
        (Some(_), _) => "bearer",
        (None, Some(_)) => "header",
        (None, None) => "",
    };
    let secret = if kind == "bearer" { inner("bearer") } else { inner("key") };
    let line = |key: &str, text| Control::line(format!("{name}.{key}"), "", text);
    Shape::Parts(vec![
        part(name, "kind", "Kind", "", Control::choice(format!("{name}.kind"), "", &AUTHS, kind)),
        part(
            name,
            "header",
            "Header",
            "Only for a key in a header, ex: X-Api-Key.",
            line("header", inner("header")),
        ),
        part(
            name,
            "secret",
            "Secret",
            "It is kept sealed and not shown again; env:NAME takes it from the server's environment.",
            line("secret", secret),
        ),
    ])
}

/// What the fields of an authentication say.
pub(super) fn read_auth(name: &str, form: &Form) -> Value {
    let at = |key: &str| form.text(&format!("{name}.{key}"));
    match &*at("kind") {
        "bearer" => json!({ "bearer": at("secret") }),
        "header" => json!({ "header": at("header"), "key": at("secret") }),
        _ => Value::Null,
    }
}

/// The wire as fields.
pub(super) fn wire(name: &str, value: &Value) -> Shape {
    let (kind, mapping) = match value {
        Value::String(word) if word == "own" => ("", None),
        Value::String(word) => (word.as_str(), None),
        Value::Object(fields) => {
            let kind = if fields.contains_key("xml") { "xml" } else { "json" };
            (kind, fields.get(kind))
        }
        _ => ("", None),
    };
    let kinds =
        part(name, "kind", "Replies are", "", Control::choice(format!("{name}.kind"), "", &WIRES, kind));
    let mut parts = vec![];
    for key in Section::Mapping.keys().iter().filter(|key| **key != "expiry") {
        let text = mapping.and_then(|it| it.get(key)).and_then(Value::as_str).unwrap_or_default();
        let help = explained(Section::Mapping, key).map_or("", |said| said.meaning);
        parts.push(part(
            name,
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
        name,
        "expiry_kind",
        "When the bid ends",
        "",
        Control::choice(format!("{name}.expiry_kind"), "", &EXPIRIES, how),
    ));
    parts.push(part(
        name,
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
    Shape::Parts(vec![kinds, part(name, "mapping", "Mapping", "", mapping)])
}

/// What the fields of a wire say.
pub(super) fn read_wire(name: &str, form: &Form, before: &Value) -> Value {
    let at = |key: &str| form.text(&format!("{name}.{key}"));
    let kind = at("kind");
    match &*kind {
        "" if before.as_str() == Some("own") => before.clone(),
        "" => Value::Null,
        "json" | "xml" => {
            let mut mapping = Map::new();
            for key in Section::Mapping.keys().iter().filter(|key| **key != "expiry") {
                let path = at(key);
                super::sent::put(&mut mapping, key, if path.is_empty() { Value::Null } else { json!(path) });
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
