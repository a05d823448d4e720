//! The three layers of the configuration, laid over each other: defaults, a file, the environment.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use settings::{
    lines::Lines,
    nearest::{nearest, shown},
};
use toml::de::{DeTable, DeValue};

use super::{
    keys::{KEYS, Key, Kind, key, of_section},
    problem::{ConfigProblem, Place},
};

/// What is shipped, with every key explained.
pub const DEFAULTS: &str = include_str!("../../../../config/default.toml");

/// Names of the environment that begin as ours do and set no key.
const OTHER_VARIABLES: [&str; 2] = ["PINGPOST_CONFIG", "PINGPOST_API_TOKEN"];

/// A value as it was set last, and where.
pub(super) struct Given {
    pub(super) value: Raw,
    pub(super) place: Place,
}

/// A value before its key says what it must be.
pub(super) enum Raw {
    /// A string of a file.
    Text(String),
    /// A whole number of a file.
    Number(i64),
    /// `true` or `false` of a file.
    Flag(bool),
    /// A list of strings of a file.
    List(Vec<String>),
    /// Something of a file that no key is.
    Odd(&'static str),
    /// Whatever the environment says.
    Variable(String),
}

/// The values of all layers, and what was wrong with them.
pub(super) struct Layers {
    pub(super) given: BTreeMap<&'static str, Given>,
    pub(super) problems: Vec<ConfigProblem>,
    /// Variables that name a file with a secret: key → (variable, path).
    pub(super) secret_files: BTreeMap<&'static str, (String, String)>,
    /// The keys that are set by somebody, and not only shipped.
    pub(super) chosen: BTreeSet<&'static str>,
    /// The trunks that the file names, with what it says of each.
    pub(super) trunks: BTreeMap<String, TrunkGiven>,
}

/// What a file says of a trunk.
pub(super) struct TrunkGiven {
    pub(super) place: Place,
    pub(super) keys: BTreeMap<String, Given>,
}

impl Layers {
    /// Reads and lays them over each other.
    pub(super) fn read(path: Option<&Path>, env: impl Iterator<Item = (String, String)>) -> Self {
        let mut layers = Self {
            given: BTreeMap::new(),
            problems: Vec::new(),
            secret_files: BTreeMap::new(),
            chosen: BTreeSet::new(),
            trunks: BTreeMap::new(),
        };
        layers.add_file("default.toml", DEFAULTS);
        layers.chosen.clear();
        if let Some(path) = path {
            match std::fs::read_to_string(path) {
                Ok(text) => layers.add_file(&path.display().to_string(), &text),
                Err(error) => layers.problems.push(ConfigProblem {
                    place: Place::File { name: path.display().to_string(), line: 1, column: 1 },
                    key: String::new(),
                    what: format!("the file cannot be read ({})", error.kind()),
                    mend: "check the path given by --config".to_owned(),
                }),
            }
        }
        for (name, value) in env {
            layers.add_variable(&name, value);
        }
        layers
    }

    fn add_file(&mut self, name: &str, text: &str) {
        let lines = Lines::of(text);
        let place = |byte| {
            let (line, column) = lines.place(byte);
            Place::File { name: name.to_owned(), line, column }
        };
        let (root, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            self.problems.extend(errors.iter().map(|error| ConfigProblem {
                place: place(error.span().map_or(0, |span| span.start)),
                key: String::new(),
                what: format!("this is not TOML: {}", error.message()),
                mend: "write it as config/default.toml shows".to_owned(),
            }));
            return;
        }
        for (section, values) in root.get_ref().iter() {
            let at = place(section.span().start);
            let Some(values) = values.get_ref().as_table() else {
                let mend = "put it under its section, ex: [http]".to_owned();
                self.problem(at, section.get_ref(), "a key stands outside every section", mend);
                continue;
            };
            for (name, value) in values.iter() {
                if let ("sip", "trunk", Some(trunks)) =
                    (&**section.get_ref(), &**name.get_ref(), value.get_ref().as_table())
                {
                    self.add_trunks(trunks, place);
                    continue;
                }
                self.add(section.get_ref(), name.get_ref(), value.get_ref(), place(name.span().start));
            }
        }
    }

    fn add(&mut self, section: &str, name: &str, value: &DeValue<'_>, place: Place) {
        let full = format!("{section}.{name}");
        match key(&full) {
            None => self.unknown(section, name, place),
            Some(Key { kind: Kind::Secret, .. }) => {
                let variable = key(&full).map(Key::variable).unwrap_or_default();
                let mend = format!("remove it here and set {variable} or {variable}_FILE");
                self.problem(place, &full, "a secret does not belong in this file", mend);
            }
            Some(key) => {
                self.chosen.insert(key.name);
                self.given.insert(key.name, Given { value: raw(value), place });
            }
        }
    }

    /// `[sip.trunk.NAME]`: so many as a file names, so none of their keys is among [`KEYS`].
    fn add_trunks(&mut self, trunks: &DeTable<'_>, place: impl Fn(usize) -> Place) {
        for (name, keys) in trunks {
            let at = place(name.span().start);
            let Some(keys) = keys.get_ref().as_table() else {
                let mend = "write the trunk's keys under [sip.trunk.NAME]".to_owned();
                self.problem(at, "sip.trunk", "this is no trunk", mend);
                continue;
            };
            let keys = keys.iter().map(|(key, value)| {
                let given = Given { value: raw(value.get_ref()), place: place(key.span().start) };
                (key.get_ref().to_string(), given)
            });
            let given = TrunkGiven { place: at, keys: keys.collect() };
            self.trunks.insert(name.get_ref().to_string(), given);
        }
    }

    fn unknown(&mut self, section: &str, name: &str, place: Place) {
        let sections = KEYS.iter().filter_map(|key| key.name.split_once('.').map(|(section, _)| section));
        let meant = match of_section(section).next() {
            Some(_) => nearest(name, of_section(section)),
            None => nearest(section, sections),
        };
        let elsewhere = KEYS.iter().find(|key| key.name.split_once('.').is_some_and(|(_, k)| k == name));
        let mend = match (meant, elsewhere) {
            (Some(meant), _) => format!("did you mean `{meant}`?"),
            (None, Some(key)) => format!("did you mean `{}`?", key.name),
            (None, None) => "remove it; config/default.toml lists every key".to_owned(),
        };
        let key = format!("{section}.{name}");
        self.problem(place, &key, "there is no such key", mend);
    }

    fn add_variable(&mut self, name: &str, value: String) {
        if !name.starts_with("PINGPOST_") || OTHER_VARIABLES.contains(&name) || value.is_empty() {
            return;
        }
        let place = Place::Environment { name: name.to_owned() };
        if let Some(key) = KEYS.into_iter().find(|key| key.variable() == name) {
            self.chosen.insert(key.name);
            self.given.insert(key.name, Given { value: Raw::Variable(value), place });
            return;
        }
        let secret = KEYS.into_iter().find(|key| {
            key.kind == Kind::Secret && name.strip_suffix("_FILE").is_some_and(|name| name == key.variable())
        });
        if let Some(key) = secret {
            self.secret_files.insert(key.name, (name.to_owned(), value));
            return;
        }
        // A name without the double underscore may be somebody else's (a cluster sets PINGPOST_PORT for a service of
        // this name), so it is refused only where it is nearly one of ours.
        let squeezed = |name: &str| name.replace("__", "_");
        let ours: Vec<_> = KEYS.into_iter().map(Key::variable).collect();
        let same = ours.iter().find(|our| squeezed(our) == squeezed(name)).map(String::as_str);
        let meant = same.or_else(|| nearest(name, ours.iter().map(String::as_str)));
        match meant {
            Some(meant) => {
                self.problem(place, "", "no key has this variable", format!("did you mean {meant}?"))
            }
            None if name.contains("__") => {
                let mend = "remove it; config/default.toml lists every key".to_owned();
                self.problem(place, "", "no key has this variable", mend);
            }
            None => {}
        }
    }

    pub(super) fn problem(&mut self, place: Place, key: &str, what: &str, mend: String) {
        let key = if key.is_empty() { String::new() } else { shown(key).trim_matches('`').to_owned() };
        self.problems.push(ConfigProblem { place, key, what: what.to_owned(), mend });
    }
}

fn raw(value: &DeValue<'_>) -> Raw {
    match value {
        DeValue::String(text) => Raw::Text(text.trim().to_owned()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Raw::Odd("a very large number"), Raw::Number),
        DeValue::Boolean(flag) => Raw::Flag(*flag),
        DeValue::Array(items) => {
            let texts: Option<Vec<_>> =
                items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect();
            texts.map_or(Raw::Odd("a list with something else than strings"), Raw::List)
        }
        DeValue::Float(_) => Raw::Odd("a number with a fraction"),
        DeValue::Datetime(_) => Raw::Odd("a date"),
        DeValue::Table(_) => Raw::Odd("a table"),
    }
}

impl Raw {
    /// What it is, for an error.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Number(_) => "a number",
            Self::Flag(_) => "true or false",
            Self::List(_) => "a list",
            Self::Odd(kind) => kind,
            Self::Variable(_) => "a text",
        }
    }
}
