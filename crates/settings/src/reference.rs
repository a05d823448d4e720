//! What every key means, from `docs/reference/settings.md` itself: forms show the very sentences of the reference.

use std::{collections::BTreeMap, sync::LazyLock};

use crate::Section;

/// The reference, as it is shipped.
pub const REFERENCE: &str = include_str!("../../../docs/reference/settings.md");

/// What is said of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explained {
    /// What may stand there, ex: `length of time`.
    pub form: &'static str,
    /// What it is where it is left out, ex: `"2s"`, `needed` or `none`.
    pub default: &'static str,
    /// What it does.
    pub meaning: &'static str,
}

/// What is said of a key of a section. `None`: there is no such key.
pub fn explained(section: Section, key: &str) -> Option<Explained> {
    static ALL: LazyLock<BTreeMap<(String, &'static str), Explained>> = LazyLock::new(read);
    ALL.get(&(section.title().to_owned(), key)).copied()
}

fn read() -> BTreeMap<(String, &'static str), Explained> {
    let mut heading = String::new();
    let mut all = BTreeMap::new();
    for line in REFERENCE.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            heading = title.to_lowercase();
        }
        let Some((key, rest)) = line.strip_prefix("| `").and_then(|rest| rest.split_once("` | ")) else {
            continue;
        };
        let cells: Vec<_> = rest.trim_end_matches('|').splitn(3, " | ").map(str::trim).collect();
        if let [form, default, meaning] = *cells {
            let meaning = meaning.trim_end_matches('|').trim();
            all.insert(
                (heading.clone(), key),
                Explained { form, default: default.trim_matches('`'), meaning },
            );
        }
    }
    all
}
