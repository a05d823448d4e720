//! Borders between crates: who may depend on whom, whose words stand where, and who sees a personal value.

use std::collections::BTreeSet;

use super::{
    holds,
    source::{self, Source, names_in},
};

/// The crates that decide, with exactly what each of them builds on.
const PURE: [(&str, &[&str]); 5] = [
    ("lead", &[]),
    ("ivr", &["lead"]),
    ("auction", &["lead"]),
    ("bridge", &["lead", "auction"]),
    ("journey", &["lead", "ivr", "auction", "bridge"]),
];

/// The crates around them, with the most that each of them may build on.
const AROUND: [(&str, &[&str]); 10] = [
    ("buyer", &["lead", "auction", "bridge"]),
    ("carrier", &["lead", "ivr", "auction", "journey"]),
    ("publisher", &["lead", "ivr"]),
    ("sip", &["lead", "ivr", "auction", "journey"]),
    ("store", &["lead", "ivr", "auction", "bridge", "journey"]),
    ("settings", &["lead", "ivr", "auction", "bridge", "journey", "buyer", "publisher"]),
    ("console", &["lead", "ivr", "publisher", "settings", "store"]),
    ("sandbox", &[]),
    ("chaos", &["lead", "carrier", "sandbox"]),
    (
        "server",
        &[
            "lead",
            "ivr",
            "auction",
            "bridge",
            "journey",
            "buyer",
            "carrier",
            "sip",
            "settings",
            "store",
            "console",
            "publisher",
            "sandbox",
            "chaos",
        ],
    ),
];

/// What a crate that decides cannot have: sockets, stores, logs, chance.
const IMPURE: [&str; 13] = [
    "tokio",
    "hyper",
    "axum",
    "sqlx",
    "reqwest",
    "redis",
    "tracing",
    "getrandom",
    "rand",
    "rustls",
    "secrecy",
    "metrics",
    "futures-util",
];

const CARRIERS_WORDS: [&str; 5] = ["CallSid", "TwiML", "DialCallStatus", "Gather", "INVITE"];
const CARRIERS_WORDS_OUTSIDE: [(&str, &str); 1] =
    [("crates/chaos/src/collected.rs", "its books tell a question from a farewell by the document")];

const BUYERS_WORDS: [&str; 3] = ["bidAmount", "rejectReason", "retreaver_payout"];
const BUYERS_WORDS_OUTSIDE: [(&str, &str); 2] = [
    ("crates/chaos/src/cast.rs", "its bidders answer as buyers do"),
    ("crates/server/src/redact.rs", "its test cuts a reply as a buyer sends it"),
];

/// The doors of a personal value.
const REVEALS: [(&str, &str); 11] = [
    ("crates/lead/src/geo/mod.rs", "an area code is derived from the caller's number"),
    ("crates/ivr/src/answer.rs", "what the caller pressed or said is read as an answer"),
    (
        "crates/buyer/src/own_wire/body.rs",
        "the post, and the number in a ping or confirm where two settings allow it",
    ),
    ("crates/buyer/src/shaped/names.rs", "the same for requests in an offer's own shape"),
    (
        "crates/console/src/pages/story/revealed.rs",
        "a person sees who called, once the audit holds who asked and why",
    ),
    (
        "crates/console/src/pages/suppressions/export.rs",
        "the numbers that are not to be called are taken out, once the audit holds who asked",
    ),
    ("crates/carrier/src/twilio/number.rs", "the caller ID of the lead's own leg, where the offer says so"),
    ("crates/sip/src/agent/outbound.rs", "the same where no carrier of webhooks stands between"),
    ("crates/store/src/seal/fake.rs", "a bug report shows a fake in its place"),
    ("crates/store/src/seal/values.rs", "what is personal leaves the process sealed"),
    (
        "crates/server/src/lists.rs",
        "a list that forbids calls is asked of the very number, before it is dialled",
    ),
];

#[test]
fn every_crate_has_its_place() {
    let placed: BTreeSet<_> = PURE.iter().chain(&AROUND).map(|(name, _)| (*name).to_owned()).collect();
    let present: BTreeSet<_> = names_in("crates").into_iter().collect();
    assert_eq!(placed, present, "the tables of tidy/borders.rs and the folders of crates/");
}

#[test]
fn the_crates_that_decide_build_on_exactly_these() {
    for (name, expected) in PURE {
        let expected: BTreeSet<_> = expected.iter().map(|it| (*it).to_owned()).collect();
        assert_eq!(ours(name), expected, "{name}");
    }
}

#[test]
fn no_crate_builds_on_more_than_it_may() {
    let broken = AROUND.iter().flat_map(|(name, most)| {
        let more = ours(name).into_iter().filter(|it| !most.contains(&&**it));
        more.map(move |it| format!("{name} depends on {it}"))
    });
    holds("a crate is the border: what it may not know, its Cargo.toml makes impossible", broken);
}

#[test]
fn the_crates_that_decide_have_no_world() {
    let broken = PURE.iter().flat_map(|(name, _)| {
        let found = dependencies(name).into_iter().filter(|it| IMPURE.contains(&&**it));
        found.map(move |it| format!("{name} depends on {it}"))
    });
    holds("a crate that decides has no clock, socket, store, log or chance", broken);
}

#[test]
fn a_carriers_words_stay_with_the_carrier() {
    let at_home = ["crates/carrier/", "crates/sip/", "crates/sandbox/", "crates/server/tests/", "tests/"];
    words_stay(&CARRIERS_WORDS, &at_home, &CARRIERS_WORDS_OUTSIDE);
}

#[test]
fn a_buyers_words_stay_with_the_buyer() {
    let at_home =
        ["crates/buyer/", "crates/sandbox/", "crates/server/tests/", "crates/settings/tests/", "tests/"];
    words_stay(&BUYERS_WORDS, &at_home, &BUYERS_WORDS_OUTSIDE);
}

#[test]
fn a_personal_value_is_revealed_in_few_files() {
    let reveals = |source: &Source| [source.code_with(".reveal("), source.code_with("Pii::reveal")].concat();
    let sources: Vec<_> =
        source::rust().into_iter().filter(|it| !it.path.starts_with("tests/it/tidy")).collect();
    only_in(&sources, reveals, &REVEALS);
}

/// Words that stand in these folders, and outside of them only in listed files.
#[track_caller]
fn words_stay(words: &[&str], at_home: &[&str], outside: &[(&str, &str)]) {
    let sources: Vec<_> = source::all()
        .into_iter()
        .filter(|it| it.ends("rs") || it.ends("sql"))
        .filter(|it| !at_home.iter().any(|folder| it.path.starts_with(folder)))
        .collect();
    only_in(&sources, |source| words.iter().flat_map(|word| source.code_with(word)).collect(), outside);
}

/// What is found stands in listed files only, and in each of them.
#[track_caller]
fn only_in(sources: &[Source], found: impl Fn(&Source) -> Vec<String>, listed: &[(&str, &str)]) {
    let is_listed = |path: &str| listed.iter().any(|(file, _)| *file == path);
    let outside = sources.iter().filter(|it| !is_listed(&it.path)).flat_map(&found);
    holds("it may stand only in the listed files", outside);
    let unused = listed.iter().filter(|(file, _)| {
        sources.iter().find(|source| source.path == *file).is_none_or(|source| found(source).is_empty())
    });
    holds(
        "an exception that is not needed any more",
        unused.map(|(file, reason)| format!("{file} ({reason})")),
    );
}

/// What a crate depends on when it is built, in all its tables.
fn dependencies(name: &str) -> BTreeSet<String> {
    let path = format!("crates/{name}/Cargo.toml");
    let manifest: toml::Table = source::read(&path).parse().unwrap_or_else(|error| panic!("{path}: {error}"));
    let targets =
        manifest.get("target").and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::values);
    let tables = targets.filter_map(toml::Value::as_table).chain([&manifest]);
    let named = tables.flat_map(|table| ["dependencies", "build-dependencies"].map(|it| table.get(it)));
    named.flatten().filter_map(toml::Value::as_table).flat_map(toml::Table::keys).cloned().collect()
}

/// Those of them that are ours.
fn ours(name: &str) -> BTreeSet<String> {
    let present = names_in("crates");
    dependencies(name).into_iter().filter(|it| present.contains(it)).collect()
}
