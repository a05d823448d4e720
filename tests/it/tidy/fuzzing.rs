//! Every fuzz target calls a function that a property test calls as well, is built, documented, and has seeds.

use super::{
    holds,
    source::{self, has_word, names_in},
};

const TARGETS: &str = "fuzz/fuzz_targets";

/// The modules of `fuzz/src/lib.rs`, and the files whose property tests call the same functions.
const PROPERTY_TESTS: [(&str, &str); 7] = [
    ("buyer", "crates/buyer/tests/it/any_bytes.rs"),
    ("carrier", "crates/carrier/tests/it/any_bytes.rs"),
    ("dialogs", "crates/sip/tests/it/any_bytes.rs"),
    ("caller", "crates/ivr/tests/it/any_words.rs"),
    ("publisher", "crates/publisher/tests/it/any_bytes.rs"),
    ("settings", "crates/settings/tests/it/any_text.rs"),
    ("edge", "crates/server/tests/config/any_edge.rs"),
];
/// What a target calls that is put together in `fuzz/src/lib.rs` itself, and the reader behind it.
const PUT_TOGETHER: [(&str, &str, &str); 1] = [("changed_byte", "carrier", "any_changed_byte_is_refused")];

#[test]
fn every_target_has_its_property_test() {
    let broken = targets().into_iter().filter_map(|target| {
        let text = source::read(&format!("{TARGETS}/{target}.rs"));
        let called = PROPERTY_TESTS.iter().find_map(|(module, file)| {
            let (_, behind) = text.split_once(&format!("{module}::"))?;
            Some((behind.split_once('(')?.0.to_owned(), *file))
        });
        let own =
            PUT_TOGETHER.iter().find(|(name, ..)| has_word(&text, name)).and_then(|(_, module, reader)| {
                let (_, file) = PROPERTY_TESTS.iter().find(|(it, _)| it == module)?;
                Some(((*reader).to_owned(), *file))
            });
        let Some((function, file)) = called.or(own) else { return Some(format!("{target} calls no reader")) };
        let tests = source::read(file);
        let (_, tests) = tests.split_once("proptest!").unwrap_or_default();
        (!has_word(tests, &format!("{function}(")))
            .then(|| format!("{target}: no property test of {file} calls {function}"))
    });
    holds("what is fuzzed is tried with any input in every run of the tests as well", broken);
}

#[test]
fn every_target_is_built_documented_and_has_seeds() {
    let (manifest, readme) = (source::read("fuzz/Cargo.toml"), source::read("fuzz/README.md"));
    let script = source::read("scripts/fuzz.sh");
    let broken = targets().into_iter().flat_map(|target| {
        let lacks = [
            (manifest.contains(&format!("path = \"{TARGET_FOLDER}/{target}.rs\"")), "fuzz/Cargo.toml"),
            (readme.contains(&format!("`{target}`")), "fuzz/README.md"),
            (has_word(&script, &target), "the seeds of scripts/fuzz.sh"),
        ];
        lacks
            .into_iter()
            .filter(|(there, _)| !there)
            .map(move |(_, place)| format!("{target} is not in {place}"))
    });
    holds("a target that nobody builds finds nothing", broken);
}

/// The folder as the manifest of `fuzz/` names it.
const TARGET_FOLDER: &str = "fuzz_targets";

fn targets() -> Vec<String> {
    let names: Vec<_> =
        names_in(TARGETS).iter().filter_map(|name| name.strip_suffix(".rs").map(str::to_owned)).collect();
    assert!(names.len() > 10, "{TARGETS} holds the targets");
    names
}
