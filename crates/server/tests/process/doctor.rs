//! `pingpost doctor`: each misconfiguration is found under its code, and a whole configuration has none.

use std::{collections::BTreeSet, net::TcpListener, os::unix::fs::PermissionsExt};

use sandbox::{Carrier, CarrierConfig};
use serde_json::Value;
use store::PostgresAt;

use crate::{
    place::{EXAMPLE, Place, Ran},
    postgres::on,
    postgres_server::Server,
};

/// 32 bytes that were drawn.
const DRAWN: &str = "q3Jx0V5n8s1mZbQnW2tq6fYk9cRr4uHcLzD7eTgBvXo=";

/// The example as an installation would have it.
fn settings() -> String {
    let mut text = EXAMPLE.replace("# dial = \"+18005550199\"", "dial = \"+18005550199\"");
    for n in 1..=6 {
        text = text.replace(&format!("http://127.0.0.1:910{n}/"), &format!("https://buyer-{n}.example/"));
    }
    text
}

/// A place where nothing is wrong.
fn whole(settings: &str) -> Place {
    let place = Place::new()
        .with("STORE__MASTER_KEY", DRAWN)
        .with("EXCHANGE__ALLOW_PRIVATE_TARGETS", "false")
        .with("CONSOLE__PUBLIC_URL", "https://console.example.com")
        .with("LOG__LEVEL", "error");
    place.write("settings.toml", settings);
    let done = |arguments: &[&str]| {
        let ran = place.run(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.err);
    };
    done(&["settings", "import", "settings.toml"]);
    done(&["user", "add", "ada@example.com", "--name", "Ada", "--role", "owner"]);
    place
}

fn codes(ran: &Ran) -> BTreeSet<String> {
    let line = |line: &str| -> Value { serde_json::from_str(line).expect("an object on a line") };
    let lines: Vec<_> = ran.out.lines().map(line).collect();
    for line in &lines {
        for part in ["at", "what", "mend"] {
            assert!(line[part].as_str().is_some_and(|it| !it.is_empty()), "{line}");
        }
        let is_problem = line["gravity"] == "problem";
        assert!(!is_problem || ran.code == 3, "a problem ends with 3: {line}");
    }
    lines.iter().map(|line| line["code"].as_str().expect("a code").to_owned()).collect()
}

const OFFLINE: [&str; 3] = ["doctor", "--offline", "--json"];

#[test]
fn where_nothing_is_wrong_it_says_so() {
    let place = whole(&settings());
    let ran = place.run(&["doctor", "--offline"]);
    assert_eq!((ran.code, &*ran.out, &*ran.err), (0, "nothing to mend\n", ""));
    let ran = place.run(&OFFLINE);
    assert_eq!((ran.code, &*ran.out), (0, ""));
}

#[test]
fn each_wrong_setting_of_a_process_is_found() {
    let text = settings();
    let bare = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let drop = |place: Place, names: &[&str]| names.iter().fold(place, |place, name| place.without(name));
    type Changed<'a> = Box<dyn Fn(Place) -> Place + 'a>;
    let cases: [(&str, Changed<'_>); 9] = [
        ("carrier_missing", Box::new(move |it| drop(it, &["TWILIO__ACCOUNT_SID", "TWILIO__AUTH_TOKEN"]))),
        (
            "public_url_missing",
            Box::new(move |it| {
                drop(it, &["TWILIO__ACCOUNT_SID", "TWILIO__AUTH_TOKEN", "HTTP__PUBLIC_BASE_URL"])
            }),
        ),
        ("carrier_simulated", Box::new(|it| it.with("CARRIER__KIND", "simulator"))),
        ("public_url_insecure", Box::new(|it| it.with("HTTP__PUBLIC_BASE_URL", "http://127.0.0.1:9"))),
        ("listens_openly", Box::new(|it| it.with("HTTP__LISTEN", "0.0.0.0:8080"))),
        ("metrics_open", Box::new(|it| it.with("HTTP__LISTEN", "0.0.0.0:8080"))),
        ("private_targets", Box::new(|it| it.with("EXCHANGE__ALLOW_PRIVATE_TARGETS", "true"))),
        ("store_forgets", Box::new(|it| it.with("STORE__PATH", ":temp:"))),
        ("store_unreadable", Box::new(|it| it.with("STORE__MASTER_KEY", bare))),
    ];
    for (code, change) in cases {
        let ran = change(whole(&text)).run(&OFFLINE);
        assert!(codes(&ran).contains(code), "{code}: {}{}", ran.out, ran.err);
    }
    let ran =
        whole(&text).with("STORE__PREVIOUS_MASTER_KEYS", DRAWN).with("STORE__MASTER_KEY", bare).run(&OFFLINE);
    assert!(codes(&ran).contains("master_key_weak"), "{}", ran.out);
    assert!(!ran.out.contains(bare) && !ran.err.contains(bare));
    let ran = whole(&text).with("STORE__FREE_MIN", "4294967295").run(&OFFLINE);
    let full = codes(&ran).contains("disk_nearly_full");
    let free = rustix::fs::statvfs(".").expect("there is a disk");
    assert_eq!(full, free.f_bavail * free.f_frsize < 4 * 4_294_967_295, "{}", ran.out);
}

#[test]
fn each_wrong_setting_of_what_is_sold_is_found() {
    let text = settings();
    let d = "id = \"buyer-d-medicare\"";
    assert!(text.contains(d), "the example has it");
    let with = |line: &str| text.replace(d, &format!("{d}\n{line}"));
    let cases = [
        ("never_open", with("hours = { mon = [] }")),
        ("never_payable", with("payable_after = \"120s\"\ntalk_max = \"60s\"")),
        ("fallback_missing", text.replace("dial = \"+18005550199\"", "")),
        ("settings_warning", text.replacen("vertical = \"medicare\"", "vertical = \"homes\"", 1)),
        ("settings_warning", format!("{text}\n[[buyer]]\nid = \"idle\"\nname = \"Idle\"\n")),
        (
            "bid_below_reserve",
            with("bid_max = \"20\"").replace("reserve = \"none\"", "reserve = \"best_static\""),
        ),
        (
            "static_unused",
            format!(
                "{}\n[[buyer]]\nid = \"z\"\nname = \"Z\"\n[[offer]]\nid = \"z\"\nbuyer = \"z\"\nvertical = \"medicare\"\n\
                 static_price = \"5\"\ndestination = \"+13055550299\"\npost_url = \"https://z.example/post\"\n",
                text.replace("fallback_to_static = true", "fallback_to_static = false")
            ),
        ),
        (
            "destination_shared",
            format!(
                "{text}\n[[buyer]]\nid = \"z\"\nname = \"Z\"\n[[offer]]\nid = \"z\"\nbuyer = \"z\"\nvertical = \"medicare\"\n\
                 static_price = \"5\"\ndestination = \"+13055550203\"\npost_url = \"https://z.example/post\"\n"
            ),
        ),
    ];
    for (code, text) in cases {
        let ran = whole(&text).run(&OFFLINE);
        assert!(codes(&ran).contains(code), "{code}: {}{}", ran.out, ran.err);
    }
    let place = Place::new().with("LOG__LEVEL", "error");
    let secret = text.replace(d, &format!("{d}\nauth = {{ bearer = \"env:KEY_OF_D\" }}"));
    place.write("settings.toml", &secret);
    let place = place.variable("KEY_OF_D", "s3cr3t");
    assert_eq!(place.run(&["settings", "import", "settings.toml"]).code, 0);
    let ran = place.variable("KEY_OF_D", "").run(&OFFLINE);
    assert!(codes(&ran).contains("settings_unreadable"), "{}{}", ran.out, ran.err);
}

#[test]
fn what_the_store_tells_is_found() {
    let empty = Place::new().with("LOG__LEVEL", "error");
    let ran = empty.run(&OFFLINE);
    let found = codes(&ran);
    assert!(found.contains("no_settings") && found.contains("no_owner"), "{}", ran.out);
    assert!(!empty.path("pingpost.db").exists(), "a look makes nothing");
    let place = whole(&settings());
    std::fs::set_permissions(place.path("pingpost.db"), PermissionsExt::from_mode(0o644))
        .expect("it is ours");
    let token =
        ["token", "add", "ada@example.com", "--name", "a program", "--scope", "calls:read", "--days", "3"];
    assert_eq!(place.run(&token).code, 0);
    let ran = place.run(&OFFLINE);
    let found = codes(&ran);
    assert!(found.contains("database_readable") && found.contains("token_expires"), "{}", ran.out);
    assert_eq!(ran.code, 0, "warnings alone are no failure");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_database_of_a_server_is_like_is_found() {
    let nowhere = PostgresAt { url: "postgres://u:canary@127.0.0.1:1/x".into() };
    let look = |at: &PostgresAt| on(Place::new().with("LOG__LEVEL", "error"), at).run(&OFFLINE);
    let away = look(&nowhere);
    let found = codes(&away);
    assert!(found.contains("store_unreadable") && found.contains("spool_missing"), "{}", away.out);
    assert!(away.out.contains("start the database") && !away.out.contains("canary"), "{}", away.out);
    let empty = Server::shared().empty().await;
    let bare = look(&empty.at());
    assert!(
        codes(&bare).contains("store_unreadable") && bare.out.contains("pingpost migrate"),
        "{}",
        bare.out
    );
    let database = Server::shared().database().await;
    let made = codes(&look(&database.at()));
    assert!(made.contains("spool_missing") && made.contains("no_settings"), "{made:?}");
    assert!(!made.contains("store_unreadable") && !made.contains("database_readable"), "{made:?}");
    let place = on(Place::new().with("LOG__LEVEL", "error"), &database.at()).with("STORE__SPOOL", "spool");
    assert!(!codes(&place.run(&OFFLINE)).contains("spool_missing"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_carrier_and_the_buyers_are_asked() {
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let open = TcpListener::bind("127.0.0.1:0").expect("a port");
    let mut text = EXAMPLE.to_owned();
    for n in 1..=6 {
        let to = if n == 3 { closed } else { open.local_addr().expect("an address") };
        text = text.replace(&format!("http://127.0.0.1:910{n}/"), &format!("http://{to}/"));
    }
    let carrier = Carrier::start(CarrierConfig::new("https://calls.example.com/twilio/voice")).await;
    let place = Place::new().with("LOG__LEVEL", "error").with("TWILIO__BASE_URL", &carrier.rest_base());
    place.write("settings.toml", &text);
    assert_eq!(place.run(&["settings", "import", "settings.toml"]).code, 0);
    let ran = place.run(&["doctor", "--json"]);
    let found = codes(&ran);
    assert_eq!(ran.code, 3);
    for code in ["numbers_astray", "endpoint_unreachable", "endpoint_insecure"] {
        assert!(found.contains(code), "{code}: {}", ran.out);
    }
    assert_eq!(ran.out.matches("endpoint_unreachable").count(), 1, "one host is closed: {}", ran.out);
    assert!(!ran.out.contains("+1800"), "no number is told: {}", ran.out);
    let ran = place.with("TWILIO__AUTH_TOKEN", "another").run(&["doctor"]);
    assert!(ran.out.contains("problem carrier_silent: twilio: "), "{}", ran.out);
    assert!(ran.err.ends_with("to look at\n"), "{}", ran.err);
}
