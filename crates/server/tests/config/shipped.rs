//! `config/default.toml` holds exactly the keys that the code reads.

use std::collections::BTreeSet;

use server::config::{DEFAULTS, KEYS};

#[test]
fn the_shipped_configuration_names_every_key_in_its_section() {
    let mut found = BTreeSet::new();
    let mut section = String::new();
    for line in DEFAULTS.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = name.to_owned();
        }
        // A key is set, or stands commented out; a comment's own sentences have blanks before any `=`.
        let line = line.strip_prefix("# ").unwrap_or(line);
        let key = line.split_once(" =").map_or(line, |(key, _)| key);
        let plain = |key: &str| {
            key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
                && key.contains(|c: char| c.is_alphabetic())
        };
        if plain(key) && !section.is_empty() {
            found.insert(format!("{section}.{key}"));
        }
    }
    assert_eq!(found, KEYS.iter().map(|key| key.name.to_owned()).collect());
}
