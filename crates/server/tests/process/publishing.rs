//! `pingpost settings import` and `export`, also while a server runs.

use secrecy::SecretString;
use store::{
    AuditFilter, By, DurableAt, EventDeliveryFilter, EventKind, Keys, NewEventEndpoint, SqliteAt, Store,
    StoreConfig,
};

use crate::{
    place::{EXAMPLE, MASTER_KEY, Place},
    request::{arrival, tell, with},
    words::QUESTION,
};

const CALLER: &str = "+13055550142";
const TAKEN_UP: &str = "new calls use new settings; running calls keep theirs";

/// The example with another first question.
fn asking_otherwise() -> String {
    EXAMPLE.replace(QUESTION, "Which zip code do you live in?")
}

#[test]
fn what_is_imported_is_exported_to_the_byte() {
    let place = Place::new().with("LOG__LEVEL", "error");
    let changed = asking_otherwise() + "\n# Trailing spaces   \r\n# ☎️\n\n\n";
    place.write("changed.toml", &changed);
    assert_eq!(place.run(&["settings", "export"]).code, 1);
    let import = |file: &str| place.run(&["settings", "import", file, "--note", "a test"]);
    assert_eq!(import("settings.toml").out, "published as version 1\n");
    assert_eq!(import("changed.toml").out, "published as version 2\n");
    assert_eq!(import("changed.toml").out, "nothing published: version 2 is the same\n");
    let export = |arguments: &[&str]| place.run(&[&["settings", "export"], arguments].concat());
    assert_eq!(export(&[]).out, changed);
    assert_eq!(export(&["--version", "1"]).out, EXAMPLE);
    let none = export(&["--version", "3"]);
    assert_eq!((none.code, &*none.out), (1, ""));
    assert_eq!(none.err, "pingpost: there is no such version; `pingpost settings import FILE` makes one\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_switches_an_offer_off_tells_those_who_want_to_know() {
    let place = Place::new().with("LOG__LEVEL", "error");
    assert_eq!(place.run(&["settings", "import", "settings.toml"]).code, 0);
    let at = SqliteAt::File(place.path("pingpost.db"));
    let keys = Keys::parse(&SecretString::from(MASTER_KEY)).expect("keys");
    let store = Store::open(StoreConfig { durable: DurableAt::Sqlite { at, free_min: 0 } }, keys);
    let store = store.await.expect("it opens");
    let new = NewEventEndpoint {
        publisher: None,
        name: "ours".to_owned(),
        url: "https://hooks.example/".to_owned(),
        kinds: vec![EventKind::OfferPaused],
    };
    let added = store.add_event_endpoint(lead::Timestamp::from_secs(1), By::COMMAND, new).await;
    added.expect("it is written").expect("there is room");
    let offer = "id = \"buyer-d-medicare\"";
    place.write("off.toml", &EXAMPLE.replace(offer, &format!("{offer}\nactive = false")));
    for _ in 0..2 {
        assert_eq!(place.run(&["settings", "import", "off.toml"]).code, 0);
    }
    let told = store.event_deliveries(&EventDeliveryFilter::default()).await.expect("they are listed");
    let told: Vec<_> = told.iter().map(|it| &*it.kind).collect();
    assert_eq!(told, ["offer.paused"], "once");
    let audit = store.audit(&AuditFilter::default()).await.expect("it reads");
    assert_eq!(audit.iter().filter(|entry| entry.action == "settings.imported").count(), 2);
    store.close().await;
}

#[test]
fn a_broken_file_is_told_whole_and_publishes_nothing() {
    let place = Place::new().with("LOG__LEVEL", "error");
    let broken = EXAMPLE
        .replace("currency = \"USD\"", "currency = \"usd!\"")
        .replace("timeout = \"2s\"", "timeout = \"2 seconds\"")
        .replace("buyer = \"buyer-b\"", "buyer = \"buyer-bb\"")
        .replace("+13055550206", "+1305555020");
    place.write("broken.toml", &broken);
    let ran = place.run(&["settings", "import", "broken.toml"]);
    assert_eq!((ran.code, &*ran.out), (2, ""));
    let lines: Vec<_> = ran.err.lines().collect();
    assert!(lines.len() >= 8, "{}", ran.err);
    for line in &lines {
        let place = line.strip_prefix("broken.toml:").and_then(|rest| rest.split_once(": "));
        let (place, said) = place.unwrap_or_else(|| panic!("{line}"));
        assert!(place.split(':').all(|n| n.parse::<u32>().is_ok()), "{line}");
        assert!(said.contains("; "), "what is wrong, and its mend: {line}");
    }
    assert_eq!(lines.iter().filter(|line| line.contains("timeout")).count(), 6, "{}", ran.err);
    assert!(!ran.err.contains("1305555020"), "{}", ran.err);
    assert_eq!(place.run(&["settings", "export"]).code, 1, "nothing was published");
}

#[test]
fn a_running_server_takes_up_what_is_published_and_running_calls_keep_theirs() {
    let place = Place::new();
    let server = place.serve();
    let before = tell(&server, "/twilio/voice", &arrival("CA1", CALLER)).body;
    assert!(before.contains(QUESTION), "{before}");
    place.write(
        "changed.toml",
        &asking_otherwise().replace("Sorry, that is no zip", "Excuse me, that is no zip"),
    );
    let imported = place.run(&["settings", "import", "changed.toml"]);
    assert_eq!(imported.out, "published as version 2\n", "{}", imported.err);
    assert!(server.logged(TAKEN_UP).contains("\"settings.version\":2"));
    assert_eq!(server.figure("pingpost_settings_version"), 2);
    let after = tell(&server, "/twilio/voice", &arrival("CA2", CALLER)).body;
    assert!(after.contains("Which zip code do you live in?"), "{after}");
    let (_, rest) = before.split_once("https://calls.example.com").expect("the question has an action");
    let action = rest.split(['#', '"']).next().expect("a path");
    let again = tell(&server, action, &with(arrival("CA1", CALLER), "Digits", "99")).body;
    assert!(again.contains("Sorry, that is no zip code I know."), "{again}");
}

#[test]
fn sighup_takes_up_what_is_published() {
    let place = Place::new();
    let server = place.serve();
    place.write("changed.toml", &asking_otherwise());
    assert_eq!(place.run(&["settings", "import", "changed.toml"]).code, 0);
    server.signal("HUP");
    server.logged(TAKEN_UP);
    let after = tell(&server, "/twilio/voice", &arrival("CA1", CALLER)).body;
    assert!(after.contains("Which zip code do you live in?"), "{after}");
}

#[test]
fn settings_that_this_process_cannot_use_change_nothing() {
    let place = Place::new();
    let server = place.serve();
    let with_secret = asking_otherwise().replacen(
        "timeout = \"2s\"",
        "timeout = \"2s\"\nauth = { bearer = \"env:PINGTEST_TOKEN\" }",
        1,
    );
    place.write("changed.toml", &with_secret);
    let elsewhere = place.variable("PINGTEST_TOKEN", "s3cr3t");
    let imported = elsewhere.run(&["settings", "import", "changed.toml"]);
    assert_eq!(imported.out, "published as version 2\n", "{}", imported.err);
    let line = server.logged("the newest settings are not used");
    assert!(line.contains("settings version 2 cannot be used here, and version 1 stays"), "{line}");
    assert!(line.contains("PINGTEST_TOKEN") && !line.contains("s3cr3t"), "{line}");
    let after = tell(&server, "/twilio/voice", &arrival("CA1", CALLER)).body;
    assert!(after.contains(QUESTION), "{after}");
    let ready = crate::request::get(server.address, "/readyz");
    assert_eq!(ready.status, 200, "the settings in use go on");
}
