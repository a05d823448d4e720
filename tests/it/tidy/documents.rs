//! Documents that say what the code says: events, outcomes, metrics, dialects, and links that lead somewhere.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    holds,
    source::{self, code, exists, names_in},
};

const EVENTS: &str = "docs/reference/events.md";
const OUTCOMES: &str = "docs/reference/outcomes.md";
const DOCTOR: &str = "docs/reference/doctor.md";
const METRICS: &str = "docs/reference/metrics.md";

/// Each list of codes: where it is documented, and where the code has it.
const LISTS: [(&str, &str, &[Place]); 10] = [
    (DOCTOR, "Findings", &[("crates/server/src/doctor/finding.rs", Codes::ArmsOf("impl Code {"))]),
    (EVENTS, "Events", &[("crates/journey/src/event.rs", Codes::ArmsOf("impl<P> Event<P> {"))]),
    (
        OUTCOMES,
        "What became of an offer",
        &[
            ("crates/auction/src/outcome.rs", Codes::ArmsOf("impl Outcome {")),
            ("crates/auction/src/outcome.rs", Codes::ArmsOf("impl NoBid {")),
            ("crates/bridge/src/attempt.rs", Codes::ArmsOf("impl Lost {")),
        ],
    ),
    (
        OUTCOMES,
        "Why unreachable",
        &[("crates/auction/src/outcome.rs", Codes::VariantsOf("pub enum Unreachable {"))],
    ),
    (
        OUTCOMES,
        "Why malformed",
        &[("crates/auction/src/outcome.rs", Codes::VariantsOf("pub enum Malformed {"))],
    ),
    (OUTCOMES, "How a call ended", &[("crates/journey/src/ended.rs", Codes::ArmsOf("impl Ended {"))]),
    (
        OUTCOMES,
        "What became of a sale",
        &[("crates/journey/src/command.rs", Codes::VariantsOf("pub enum Verdict {"))],
    ),
    (
        OUTCOMES,
        "Where a post stands",
        &[("crates/store/src/outbox/mod.rs", Codes::ArmsOf("impl PostState {"))],
    ),
    (
        OUTCOMES,
        "Whether a buyer has its lead",
        &[("crates/store/src/views/sales.rs", Codes::ArmsOf("impl Delivery {"))],
    ),
    (OUTCOMES, "What a post says", &[("crates/store/src/outbox/mod.rs", Codes::ArmsOf("impl PostKind {"))]),
];

/// A file, and the codes in it.
type Place = (&'static str, Codes);

/// How a list of codes is written in the code.
#[derive(Clone, Copy)]
enum Codes {
    /// `… => "code"`, inside this block.
    ArmsOf(&'static str),
    /// The variants of this enum, as `serde` writes them.
    VariantsOf(&'static str),
}

#[test]
fn every_code_is_documented_and_no_other() {
    let mut broken = Vec::new();
    for (document, section, lists) in LISTS {
        let documented = first_cells(document, section);
        let written: BTreeSet<_> =
            lists.iter().flat_map(|(file, codes)| codes.of(&source::read(file))).collect();
        if written.is_empty() {
            broken.push(format!("{section}: the code's list was not found"));
        }
        broken.extend(
            written.difference(&documented).map(|it| format!("{document}, {section}: {it} is missing")),
        );
        broken.extend(
            documented.difference(&written).map(|it| format!("{document}, {section}: {it} is no code")),
        );
    }
    holds("a code that people and machines read is documented, and a documented code is in the code", broken);
}

#[test]
fn every_metric_is_documented_with_its_kind() {
    let documented = kinds_of(&source::read(METRICS));
    let mut used = BTreeMap::new();
    for source in source::rust().into_iter().filter(|it| it.path.starts_with("crates/")) {
        let code = code(&source.text);
        for kind in ["counter", "gauge", "histogram"] {
            for (at, call) in code.match_indices(&format!("{kind}!(")) {
                let inside = code[at + call.len()..].trim_start();
                let name = inside.strip_prefix('"').and_then(|rest| rest.split('"').next());
                if let Some(name) = name.filter(|name| name.starts_with("pingpost_")) {
                    used.insert(name.to_owned(), kind.to_owned());
                }
            }
        }
    }
    let mut broken = Vec::new();
    broken.extend(
        used.iter().filter(|it| !documented.contains_key(it.0)).map(|it| format!("{} is missing", it.0)),
    );
    broken.extend(
        documented.keys().filter(|it| !used.contains_key(*it)).map(|it| format!("{it} is no metric")),
    );
    let other = used.iter().filter(|(name, kind)| documented.get(*name).is_some_and(|it| it != *kind));
    broken.extend(other.map(|(name, kind)| format!("{name} is a {kind}")));
    let odd = used.iter().filter(|(name, kind)| !is_conventional(name, kind));
    broken.extend(odd.map(|(name, kind)| format!("{name}: a {kind} is not named so")));
    holds(
        "docs/reference/metrics.md lists each metric, and each is named as Prometheus' users expect",
        broken,
    );
}

/// `_total` ends a counter's name and no other; times are in seconds, sizes in bytes and prices in the deployment's currency.
fn is_conventional(name: &str, kind: &str) -> bool {
    let part = |it: &str| name.split('_').any(|word| word == it);
    let other_units = ["ms", "millis", "milliseconds", "micros", "minutes", "kb", "kib", "percent"];
    let measures = ["_seconds", "_bytes", "_price"].iter().any(|unit| name.ends_with(unit));
    name.ends_with("_total") == (kind == "counter")
        && (kind != "histogram" || measures)
        && !other_units.iter().any(|unit| part(unit))
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

#[test]
fn every_dialect_and_carrier_has_fixtures_and_a_page() {
    let presets = source::read("crates/buyer/src/presets.rs");
    let names = presets
        .split_once("pub const NAMES")
        .map_or("", |(_, rest)| rest.split(';').nth(1).unwrap_or_default());
    let dialects = names.split('"').skip(1).step_by(2).chain(["own", "mapped"]).map(str::to_owned);
    let dialects: BTreeSet<_> = dialects.chain(names_in("crates/buyer/fixtures")).collect();
    assert!(dialects.len() > 2, "presets.rs names them");
    let carriers = source::read("crates/carrier/src/lib.rs");
    let carriers = carriers.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let carriers: BTreeSet<_> =
        carriers.map(str::to_owned).chain(names_in("crates/carrier/fixtures")).collect();
    let mut broken = Vec::new();
    for (folder, page, names) in [
        ("crates/buyer/fixtures", "docs/guides/buyer-engineer.md", dialects),
        ("crates/carrier/fixtures", "docs/guides/carrier-integrator.md", carriers),
    ] {
        let text = source::read(page).to_ascii_lowercase();
        for name in names {
            for kind in ["good", "odd"] {
                let files = names_in(&format!("{folder}/{name}/{kind}"));
                if !files.iter().any(|it| it.ends_with(".json")) {
                    broken.push(format!("{folder}/{name}/{kind} holds no fixture"));
                }
            }
            if !text.contains(&name) {
                broken.push(format!("{page} does not name {name}"));
            }
        }
    }
    holds("each dialect and carrier has good and odd fixtures and is named on its page", broken);
}

#[test]
fn every_link_and_named_document_is_there() {
    let mut broken = Vec::new();
    let sources = source::all();
    for source in sources.iter().filter(|it| it.ends("md")) {
        let folder = source.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (_, rest) in
            source.text.match_indices("](").map(|(at, found)| (at, &source.text[at + found.len()..]))
        {
            let target = rest.split([')', '#']).next().unwrap_or_default();
            if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            if !exists(&format!("{folder}/{target}")) && !exists(target) {
                broken.push(format!("{}: {target}", source.path));
            }
        }
    }
    let documents: Vec<_> = sources.iter().filter(|it| it.ends("md")).map(|it| &it.path).collect();
    for source in
        sources.iter().filter(|it| it.ends("rs") || it.ends("toml") || it.ends("sql") || it.ends("py"))
    {
        let part = |c: char| c.is_ascii_alphanumeric() || "_-/.".contains(c);
        for (n, line) in source.text.lines().enumerate() {
            for word in line.split(|c| !part(c)).filter(|word| word.len() > 3 && word.ends_with(".md")) {
                let word = word.trim_start_matches(['.', '/']);
                if !documents.iter().any(|it| *it == word || it.ends_with(&format!("/{word}"))) {
                    broken.push(format!("{}:{}: {word}", source.path, n + 1));
                }
            }
        }
    }
    holds("a document that is named is there", broken);
}

impl Codes {
    fn of(self, text: &str) -> Vec<String> {
        let text = code(text);
        let (Self::ArmsOf(begin) | Self::VariantsOf(begin)) = self;
        let blocks = text.split(begin).skip(1).filter_map(|rest| rest.split("\n}").next());
        let block = blocks.collect::<Vec<_>>().join("\n");
        match self {
            Self::ArmsOf(_) => {
                let arms = block.split("=> \"").skip(1).filter_map(|rest| rest.split('"').next());
                arms.map(str::to_owned).collect()
            }
            Self::VariantsOf(_) => {
                let lines = block.lines().filter_map(|line| line.strip_prefix("    "));
                let names = lines.filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()));
                names.map(|line| snake(line.trim_end_matches([',', ' ']))).collect()
            }
        }
    }
}

/// `BadTerms` is `bad_terms`.
fn snake(name: &str) -> String {
    let name = name.split(['(', '{', ' ']).next().unwrap_or_default();
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

/// The codes of a section's tables: each row's first cell, in backticks.
fn first_cells(document: &str, section: &str) -> BTreeSet<String> {
    let text = source::read(document);
    let begin = format!("\n## {section}\n");
    let body = text.split_once(&begin).map_or("", |(_, rest)| rest.split("\n## ").next().unwrap_or_default());
    let rows = body.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    rows.map(str::to_owned).collect()
}

/// `| name | kind | … |`
fn kinds_of(text: &str) -> BTreeMap<String, String> {
    let rows = text.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `pingpost_")?.split('|');
        let name = cells.next()?.trim().trim_end_matches('`');
        Some((format!("pingpost_{name}"), cells.next()?.trim().to_owned()))
    });
    rows.collect()
}

#[test]
fn codes_are_found_in_code() {
    let text = "impl A {\n    fn f() {\n        A => \"a\", // => \"no\"\n        B => \"b_c\",\n    }\n}\nfn g() { X => \"x\" }";
    assert_eq!(Codes::ArmsOf("impl A {").of(text), ["a", "b_c"]);
    let text = "pub enum A {\n    /// One.\n    BadTerms,\n    Two(u8),\n    Three { a: u8 },\n}\n";
    assert_eq!(Codes::VariantsOf("pub enum A {").of(text), ["bad_terms", "two", "three"]);
}
