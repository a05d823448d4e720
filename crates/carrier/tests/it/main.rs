//! The crate's tests from outside: fixtures both ways, signatures, odd webhooks, and the REST client against a server.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod any_bytes;
mod api;
mod documents;
mod odd;
mod pins;
mod readers;
mod signatures;
mod webhooks;

use std::{fs, path::Path};

use lead::{JourneyId, Timestamp};

const ACCOUNT: &str = "AC00000000000000000000000000000001";
const CALLER: &str = "CA00000000000000000000000000000001";
const BASE: &str = "https://calls.example.com";

/// 2026-09-21T14:13:20Z
const NOW: Timestamp = Timestamp::from_secs(1_790_000_000);

fn journey() -> JourneyId {
    JourneyId::of_call(ACCOUNT, CALLER)
}

/// Every fixture that has this key, by its file's name. `{journey}` in it stands for the journey's id.
fn fixtures(key: &str) -> Vec<(String, serde_json::Value)> {
    let mut found = vec![];
    for folder in ["good", "odd"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/twilio").join(folder);
        for file in fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let text = fs::read_to_string(&path).unwrap().replace("{journey}", &journey().to_string());
            let value: serde_json::Value =
                serde_json::from_str(&text).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
            if value.get(key).is_some() {
                found.push((path.display().to_string(), value));
            }
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(found.len() > 5, "the fixtures are there");
    found
}
