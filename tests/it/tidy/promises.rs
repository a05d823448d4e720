//! `docs/promises.md` names tests: each is there, where it says.

use super::source;

const PROMISES: &str = "docs/promises.md";

/// The tests that a line of a table names, each with its file.
fn named(line: &str) -> Vec<(String, String)> {
    let Some((_, held_by)) = line.trim_matches('|').rsplit_once('|') else { return vec![] };
    let mut file = None;
    let mut tests = vec![];
    for word in held_by.split('`').skip(1).step_by(2) {
        match (word.strip_suffix(".rs"), &file) {
            (Some(_), _) => file = Some(word.to_owned()),
            (None, Some(file)) => tests.push((file.clone(), word.to_owned())),
            (None, None) => tests.push((String::new(), word.to_owned())),
        }
    }
    tests
}

#[test]
fn every_promise_names_tests_that_are_there() {
    let text = source::read(PROMISES);
    let lines = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| promise"));
    let mut count = 0;
    for line in lines {
        let tests = named(line);
        assert!(!tests.is_empty(), "nothing holds this promise: {line}");
        for (file, test) in tests {
            let source = source::read(&file);
            let place = source.find(&format!("fn {test}("));
            let place = place.unwrap_or_else(|| panic!("{PROMISES} names {test}, which is not in {file}"));
            let before = source[..place].lines().rev().take(4).collect::<Vec<_>>().join("\n");
            assert!(before.contains("test"), "{test} in {file} is no test");
            count += 1;
        }
    }
    assert!(count > 40, "the promises are there: {count}");
}

#[test]
fn a_promise_without_its_test_is_noticed() {
    let line = "| It holds. | `tests/flows/a.rs`: `one`, `two`; `tests/flows/b.rs`: `three` |";
    let of = |file: &str, test: &str| (file.to_owned(), test.to_owned());
    let expected =
        [of("tests/flows/a.rs", "one"), of("tests/flows/a.rs", "two"), of("tests/flows/b.rs", "three")];
    assert_eq!(named(line), expected);
    assert!(named("| It holds. | somehow |").is_empty());
}
