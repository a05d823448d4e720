//! Runs `fixtures/<dialect>/{good,odd}/*.json`: what a buyer replied, and what is made of it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use auction::{Auth, Bid, Currency, Destination, Endpoints, NoBid, Ping, Vertical, Whereto, Wire, ZipDigits};
use buyer::{
    dialect::{self, Dialect},
    exchange::{ExchangePolicy, HttpResponse},
    presets::{NAMES, preset},
    proposal::{self, propose},
};
use bytes::Bytes;
use lead::{AuctionId, Channel, JourneyId, OfferId, PingId, Profile, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixture {
    /// What the cases show; a sentence of the rules, where there is one.
    about: String,
    /// A preset's name, `own`, or a mapping.
    wire: Value,
    #[serde(default)]
    pings: Vec<PingCase>,
    #[serde(default)]
    replies: Vec<ReplyCase>,
}

/// What we send.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PingCase {
    profile: Profile,
    #[serde(default)]
    zip_digits: Option<ZipDigits>,
    #[serde(default)]
    floor: Option<lead::Money>,
    body: Value,
}

/// What comes back, as JSON, text, or bytes in hexadecimal, and what it means.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReplyCase {
    #[serde(default = "ok")]
    status: u16,
    json: Option<Value>,
    text: Option<String>,
    hex: Option<String>,
    means: Value,
}

fn ok() -> u16 {
    200
}

/// `{pingId}` in a reply stands for it.
fn ping_id() -> PingId {
    let journey = JourneyId::of_call("AC1", "CA1");
    PingId::of(AuctionId::of(journey, "0", 0), &offer())
}

fn offer() -> OfferId {
    OfferId::parse("buyer-c-medicare").expect("a slug")
}

fn ping() -> Ping {
    Ping {
        id: ping_id(),
        offer: offer(),
        channel: Channel::Call,
        vertical: Vertical::parse("medicare").expect("a vertical"),
        profile: Profile::new(),
        zip_digits: ZipDigits::Five,
        tmax: Duration::from_millis(2_000),
        floor: None,
        currency: Currency::usd(),
        repeat_of: None,
        test: false,
    }
}

fn dialect_of(wire: &Value) -> std::sync::Arc<dyn Dialect> {
    let wire = match wire.as_str().and_then(preset) {
        Some(wire) => wire,
        None => serde_json::from_value::<Wire>(wire.clone()).expect("a preset, `own`, or a mapping"),
    };
    let endpoints = Endpoints {
        ping_url: Some("https://buyer.example/ping".to_owned()),
        post_url: "https://buyer.example/post".to_owned(),
        confirm_url: None,
        auth: Auth::None,
        headers: BTreeMap::new(),
        signing_secrets: Vec::new(),
        ping: None,
        post: None,
        wire,
    };
    dialect::of(&endpoints, &ExchangePolicy::default()).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn reply(case: &ReplyCase) -> HttpResponse {
    let body = match (&case.json, &case.text, &case.hex) {
        (Some(value), None, None) => Bytes::from(value.to_string()),
        (None, Some(text), None) => Bytes::from(text.clone()),
        (None, None, Some(hex)) => bytes_of(hex),
        (None, None, None) => Bytes::new(),
        _ => panic!("one of json, text, hex"),
    };
    let body = match String::from_utf8(body.to_vec()) {
        Ok(text) => Bytes::from(text.replace("{pingId}", &ping_id().to_string())),
        Err(_) => body,
    };
    HttpResponse { status: case.status, retry_after: None, body, resent: false }
}

fn bytes_of(hex: &str) -> Bytes {
    let digits: String = hex.chars().filter(|c| !c.is_whitespace()).collect();
    let pairs = (0..digits.len() / 2).map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16));
    pairs.collect::<Result<Vec<_>, _>>().expect("hexadecimal digits").into()
}

/// A result as a fixture spells it: a bid as an object, anything else as its code with what is known of it.
fn meaning(result: Result<Bid, NoBid>) -> Value {
    match result {
        Ok(bid) => bid_as_json(&bid),
        Err(NoBid::BadStatus(status)) => json!(format!("bad_status {status}")),
        Err(NoBid::Malformed(why)) => {
            let why = serde_json::to_value(why).expect("a word");
            json!(format!("malformed {}", why.as_str().expect("a word")))
        }
        Err(NoBid::Rejected { code, text, about }) => {
            let mut rejected = json!({ "about": about });
            for (name, said) in [("code", code), ("text", text)] {
                if let Some(said) = said {
                    rejected[name] = json!(said);
                }
            }
            json!({ "rejected": rejected })
        }
        Err(other) => json!(other.code()),
    }
}

fn bid_as_json(bid: &Bid) -> Value {
    let to = |destination: &Destination| match destination {
        Destination::Phone(number) => number.as_str().to_owned(),
        Destination::Sip(uri) => uri.as_str().to_owned(),
    };
    let mut shown = json!({ "price": bid.price });
    if let Some(id) = &bid.id {
        shown["id"] = json!(id);
    }
    if let Some(life) = bid.expires_in {
        shown["expires_in_s"] = json!(life.as_secs());
    }
    if let Some(end) = bid.expires_at {
        shown["expires_at"] = json!(end.to_string());
    }
    if let Some(from) = bid.payable_after {
        shown["payable_after_s"] = json!(from.as_secs());
    }
    if let Whereto::Named(named) = &bid.whereto {
        shown["to"] = json!(named.iter().map(to).collect::<Vec<_>>());
    }
    shown
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} is empty", folder.display());
    paths
}

fn run(path: &Path, failures: &mut Vec<String>) -> usize {
    let text = std::fs::read_to_string(path).expect("a readable file");
    let fixture: Fixture =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(!fixture.about.is_empty());
    let dialect = dialect_of(&fixture.wire);
    for case in &fixture.pings {
        let (zip_digits, floor) = (case.zip_digits.unwrap_or(ZipDigits::Five), case.floor);
        let ping = Ping { profile: case.profile.clone(), zip_digits, floor, ..ping() };
        let request = dialect.ping(Timestamp::from_secs(0), &ping, None).expect("a ping URL");
        let sent = String::from_utf8(request.body.to_vec()).expect("text");
        let sent: Value =
            serde_json::from_str(&sent.replace(&ping_id().to_string(), "{pingId}")).expect("JSON");
        if sent != case.body {
            failures.push(format!("{}: sent {sent}, not {}", path.display(), case.body));
        }
    }
    for (number, case) in fixture.replies.iter().enumerate() {
        let found = meaning(dialect.bid(&ping(), &reply(case)));
        if found != case.means {
            failures.push(format!("{} reply {number}: {found}, not {}", path.display(), case.means));
        }
    }
    fixture.pings.len() + fixture.replies.len()
}

#[test]
fn every_fixture_comes_out_as_it_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut failures = Vec::new();
    let mut ran = 0;
    for dialect in files(&root) {
        for kind in ["good", "odd"] {
            for path in files(&dialect.join(kind)) {
                ran += run(&path, &mut failures);
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(ran > 200, "only {ran} cases");
}

#[test]
fn a_sample_bid_of_each_network_proposes_a_mapping_that_reads_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut read = 0;
    for network in NAMES {
        for path in files(&root.join(network).join("good")) {
            let text = std::fs::read_to_string(&path).expect("a readable file");
            let fixture: Fixture = serde_json::from_str(&text).expect("a fixture");
            // What refuses says no price, so nobody can choose one in it.
            for case in fixture.replies.iter().filter(|case| case.means.get("price").is_some()) {
                let answer = reply(case);
                let proposal = propose(&answer.body).expect("a sample");
                let wire = serde_json::to_value(&proposal.wire).expect("JSON");
                assert_eq!(meaning(dialect_of(&wire).bid(&ping(), &answer)), case.means, "{network}: {wire}");
                assert_eq!(
                    meaning(proposal::read(&proposal.wire, &answer.body)),
                    case.means,
                    "{network}: {wire}"
                );
                read += 1;
            }
        }
    }
    assert!(read >= NAMES.len(), "{read}");
}

#[test]
fn a_sample_that_nobody_knows_shows_every_value_with_its_path() {
    let sample =
        br#"{"outcome": {"Best Bid": "12.50", "ok": true, "none": null, "empty": []}, "price": "free"}"#;
    let proposal = propose(sample).expect("a sample");
    let shown: Vec<_> =
        proposal.leaves.iter().map(|it| (it.path.as_str(), it.shown.as_deref(), it.is_price)).collect();
    assert_eq!(
        shown,
        [
            ("$.outcome['Best Bid']", Some("12.50"), true),
            ("$.outcome.empty", None, false),
            ("$.outcome.none", None, false),
            ("$.outcome.ok", Some("true"), false),
            ("$.price", Some("free"), false),
        ]
    );
    // Nothing here is a price by its name, so somebody has to choose one; then it is read.
    let Wire::Json(mapping) = proposal.wire else { panic!("JSON") };
    assert_eq!(mapping.bid, "");
    let chosen = Wire::Json(auction::Mapping { bid: shown[0].0.to_owned(), ..mapping });
    let answer =
        HttpResponse { status: 200, retry_after: None, body: Bytes::from_static(sample), resent: false };
    let dialect = dialect_of(&serde_json::to_value(&chosen).expect("JSON"));
    assert_eq!(meaning(dialect.bid(&ping(), &answer)), json!({"price": "12.50"}));
    for (broken, why) in [("[1]", "shape"), ("{\"a\":1,\"a\":2}", "duplicate_field"), ("<a>", "syntax")] {
        let found = propose(broken.as_bytes()).expect_err("no sample");
        assert_eq!(serde_json::to_value(found).expect("a word"), json!(why), "{broken}");
    }
}
