//! What may not stand in a file, and how a file begins and ends.

use super::{
    holds,
    source::{self, Source, code, has_word},
};

/// The most lines of a Rust file.
const LINES_MAX: usize = 500;

/// Notes to oneself. In two parts, so that this file does not hold them.
const NOTES: [&str; 6] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
    concat!("#[", "ignore"),
];

/// Places of one machine.
const PLACES: [&str; 3] = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];
/// Where one of them stands and means something else.
const NO_PLACES: [(&str, &str); 1] = [("crates/buyer/src/xml.rs", "an element path in its test")];

/// Ways to name another registry than the public one.
const REGISTRIES: [&str; 6] = [
    concat!("replace", "-with"),
    concat!("--index", "-url"),
    concat!("index", "-url ="),
    concat!("--reg", "istry"),
    concat!("spar", "se+"),
    concat!("npm", "rc"),
];

/// Names that say nothing of what a file holds.
const EMPTY_NAMES: [&str; 6] = ["util", "utils", "helper", "helpers", "common", "misc"];

#[test]
fn every_rust_file_says_what_it_is() {
    let silent = source::rust().into_iter().filter(|it| !it.text.starts_with("//! "));
    holds("a Rust file begins with `//! ` and what it is for", silent.map(|it| it.path));
}

#[test]
fn no_rust_file_is_long() {
    let lines = |source: &Source| source.text.lines().count();
    let long = source::rust().into_iter().filter(|it| lines(it) > LINES_MAX);
    holds(
        &format!("a file holds one idea, in at most {LINES_MAX} lines"),
        long.map(|it| format!("{}: {}", it.path, lines(&it))),
    );
}

#[test]
fn no_notes_to_oneself() {
    let written = ["rs", "toml", "sql", "py", "sh", "md", "yml", "html", "css", "js"];
    let sources = source::all().into_iter().filter(|it| written.iter().any(|ending| it.ends(ending)));
    let broken = sources.flat_map(|it| NOTES.iter().flat_map(|note| it.lines_with(note)).collect::<Vec<_>>());
    holds("what is to be done is done, or it is an issue", broken);
}

#[test]
fn no_place_of_one_machine_and_no_other_registry() {
    let is_listed = |path: &str| NO_PLACES.iter().any(|(file, _)| *file == path);
    let sources = source::all().into_iter().filter(|it| it.path != "Cargo.lock" && !is_listed(&it.path));
    let broken = sources.flat_map(|it| {
        PLACES.iter().chain(&REGISTRIES).flat_map(|text| it.lines_with(text)).collect::<Vec<_>>()
    });
    holds("the project is the same on every machine", broken);
    let lock = source::read("Cargo.lock");
    let sources = lock.lines().filter(|line| line.starts_with("source = "));
    let public = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    holds("crates come from crates.io", sources.filter(|line| *line != public).map(str::to_owned));
    // Only how the bundled SQLite is built: the linker and the registry are the machine's own affair.
    let config: toml::Table = source::read(".cargo/config.toml").parse().expect("it is TOML");
    let keys = config.iter().flat_map(|(section, keys)| {
        keys.as_table().into_iter().flatten().map(move |(key, _)| format!("{section}.{key}"))
    });
    assert_eq!(keys.collect::<Vec<_>>(), ["env.LIBSQLITE3_FLAGS"]);
}

#[test]
fn names_say_what_is_inside() {
    let stem = |part: &str| part.split('.').next().unwrap_or_default().to_owned();
    let sources = source::rust();
    let files =
        sources.iter().filter(|it| it.path.split('/').any(|part| EMPTY_NAMES.contains(&&*stem(part))));
    let modules = sources.iter().flat_map(|it| {
        EMPTY_NAMES.iter().flat_map(|name| it.code_with(&format!("mod {name}"))).collect::<Vec<_>>()
    });
    holds("a name says what is inside", files.map(|it| it.path.clone()).chain(modules));
}

#[test]
fn tests_wait_for_the_thing_itself() {
    let broken = source::rust().into_iter().filter(|it| it.is_below("tests")).flat_map(|it| {
        let calls = ["thread::sleep(", "time::sleep(", "sleep("];
        let code = code(&it.text);
        let lines = code.lines().enumerate().filter(|(_, line)| {
            calls.iter().any(|call| has_word(line, call)) && !line.contains(".sleep(") && !line.contains('"')
        });
        lines.map(|(n, _)| format!("{}:{}", it.path, n + 1)).collect::<Vec<_>>()
    });
    holds("a test that sleeps is slow on a good day and wrong on a bad one", broken);
}

#[test]
fn a_lint_is_lifted_with_a_reason() {
    let mut broken = Vec::new();
    for source in source::rust() {
        let code = code(&source.text);
        for attribute in [concat!("#[al", "low("), concat!("#![al", "low(")] {
            broken.extend(source.code_with(attribute));
        }
        for (at, found) in code.match_indices(concat!("[exp", "ect(")) {
            let inside = &code[at + found.len()..];
            let end = inside.find(")]").unwrap_or(inside.len());
            if !inside[..end].contains("reason = \"") {
                let line = code[..at].lines().count();
                broken.push(format!("{}:{line}: no reason", source.path));
            }
        }
    }
    holds("a lint is lifted by `expect` with a reason, so that it comes back when it is not needed", broken);
}
