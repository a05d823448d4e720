//! `pingpost user`, `token` and `audit`: on the store itself, without a server.

use serde_json::Value;

use crate::place::{Place, Ran};

fn place() -> Place {
    Place::new().with("LOG__LEVEL", "error").with("CONSOLE__PUBLIC_URL", "https://console.example.com")
}

fn done(place: &Place, arguments: &[&str]) -> Ran {
    let ran = place.run(arguments);
    assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.err);
    ran
}

fn lines(ran: &Ran) -> Vec<Value> {
    ran.out.lines().map(|line| serde_json::from_str(line).expect("an object on a line")).collect()
}

#[test]
fn users_are_added_listed_linked_and_disabled() {
    let place = place();
    let first = done(&place, &["user", "link"]).out;
    assert!(first.starts_with("https://console.example.com/link/"), "{first}");
    let add = ["user", "add", "Ada@Example.com", "--name", "Ada", "--role", "owner", "--json"];
    let added = &lines(&done(&place, &add))[0];
    assert_eq!(added["role"], "owner");
    assert!(added["link"].as_str().expect("a link").starts_with("https://console.example.com/link/"));
    let plain = done(&place, &["user", "add", "bob@example.com", "--name", "Bob", "--role", "finance"]).out;
    assert!(plain.starts_with("https://console.example.com/link/") && plain.lines().count() == 1, "{plain}");
    let listed = lines(&done(&place, &["user", "list", "--json"]));
    let shown: Vec<_> = listed.iter().map(|it| (it["email"].as_str(), it["state"].as_str())).collect();
    assert_eq!(shown, [(Some("ada@example.com"), Some("active")), (Some("bob@example.com"), Some("active"))]);
    let again = done(&place, &["user", "link", "bob@example.com"]).out;
    assert!(again != plain && again.starts_with("https://"), "{again}");
    assert_eq!(done(&place, &["user", "disable", "bob@example.com"]).out, "disabled\n");
    assert!(done(&place, &["user", "list"]).out.contains("disabled"));
    for (arguments, said) in [
        (
            &["user", "add", "ada@example.com", "--name", "A", "--role", "owner"][..],
            "somebody has this address",
        ),
        (&["user", "add", "no address", "--name", "A", "--role", "owner"], "write a whole e-mail address"),
        (&["user", "add", "eve@example.com", "--name", "E", "--role", "king"], ""),
        (&["user", "link"], "there are users already"),
        (&["user", "link", "bob@example.com"], "this user is disabled"),
        (&["user", "disable", "ada@example.com"], "this is the last owner"),
        (&["user", "disable", "eve@example.com"], "there is no user of this address"),
    ] {
        let ran = place.run(arguments);
        assert_eq!((ran.code, ran.err.contains(said)), (2, true), "{arguments:?}: {}", ran.err);
    }
    let nowhere = place.without("CONSOLE__PUBLIC_URL").run(&["user", "link", "ada@example.com"]);
    assert_eq!((nowhere.code, nowhere.err.contains("set console.public_url")), (2, true), "{}", nowhere.err);
}

#[test]
fn tokens_are_made_once_listed_without_it_and_revoked() {
    let place = place();
    done(&place, &["user", "add", "ada@example.com", "--name", "Ada", "--role", "owner"]);
    let make = [
        "token",
        "add",
        "ada@example.com",
        "--name",
        "nightly",
        "--scope",
        "calls:read",
        "--days",
        "7",
        "--json",
    ];
    let made = &lines(&done(&place, &make))[0];
    let secret = made["token"].as_str().expect("it is told once").to_owned();
    assert!(secret.starts_with("pingpost_live_"), "{secret}");
    let listed = done(&place, &["token", "list", "--json"]);
    assert!(!listed.out.contains(&secret), "it is not told again");
    let listed = &lines(&listed)[0];
    assert_eq!(
        (&listed["name"], &listed["scopes"][0]),
        (&Value::from("nightly"), &Value::from("calls:read"))
    );
    assert!(listed["revoked_at"].is_null() && listed["id"] == made["id"]);
    let id = made["id"].as_str().expect("an id");
    assert_eq!(done(&place, &["token", "revoke", id]).out, "revoked\n");
    assert!(done(&place, &["token", "list"]).out.contains("revoked"));
    for (arguments, said) in [
        (
            &["token", "add", "eve@example.com", "--name", "x", "--scope", "calls:read"][..],
            "there is no user",
        ),
        (
            &["token", "add", "ada@example.com", "--name", "x", "--scope", "calls:all"],
            "write one of calls:read",
        ),
        (&["token", "add", "ada@example.com", "--name", "x"], "--scope"),
        (&["token", "add", "ada@example.com", "--name", "x", "--scope", "calls:read", "--days", "0"], ""),
        (&["token", "revoke", "00000000-0000-4000-8000-000000000000"], "there is no such token"),
    ] {
        let ran = place.run(arguments);
        assert_eq!((ran.code, ran.err.contains(said)), (2, true), "{arguments:?}: {}", ran.err);
    }
    let audit = &lines(&done(&place, &["audit", "verify", "--json"]))[0];
    assert_eq!((&audit["whole"], &audit["entries"]), (&Value::from(true), &Value::from(4)), "{audit}");
}

#[test]
fn publishers_keys_are_made_once_listed_and_revoked() {
    let place = place();
    let early = place.run(&["publisher-key", "new", "seniors-daily", "--name", "x"]);
    assert_eq!((early.code, early.err.contains("there are no settings yet")), (2, true), "{}", early.err);
    done(&place, &["settings", "import", "settings.toml"]);
    let settings = std::fs::read_to_string(place.path("settings.toml")).expect("it is there");
    let id = |kind: &str| {
        let table = settings.split(&format!("[[{kind}]]")).nth(1).expect("there is one");
        table.split("id = \"").nth(1).and_then(|rest| rest.split('"').next()).expect("an id").to_owned()
    };
    let (publisher, campaign) = (id("publisher"), id("campaign"));
    let secret = done(&place, &["publisher-key", "new", &publisher, "--name", "Their CRM"]).out;
    assert!(secret.starts_with("pingpost_lead_") && secret.lines().count() == 1, "{secret}");
    let widget = [
        "publisher-key",
        "new",
        &publisher,
        "--name",
        "Site",
        "--campaign",
        &campaign,
        "--origin",
        "https://quotes.example",
        "--per-minute",
        "30",
        "--json",
    ];
    let widget = &lines(&done(&place, &widget))[0];
    assert!(widget["key"].as_str().expect("a key").starts_with("pingpost_widget_"), "{widget}");
    let listed = done(&place, &["publisher-key", "list", "--json"]);
    assert!(!listed.out.contains(secret.trim()), "a secret is not told again");
    let listed = lines(&listed);
    let found = listed.iter().find(|it| it["id"] == widget["id"]).expect("it is listed");
    assert_eq!((&found["key"], &found["per_minute"]), (&widget["key"], &Value::from(30)));
    let of_program = listed.iter().find(|it| it["kind"] == "lead").expect("it is listed")["id"].clone();
    let revoked = done(&place, &["publisher-key", "revoke", of_program.as_str().expect("an id")]);
    assert_eq!(revoked.out, "revoked\n");
    assert!(done(&place, &["publisher-key", "list"]).out.contains("revoked"));
    for (arguments, said) in [
        (
            &["publisher-key", "new", "nobody", "--name", "x"][..],
            "publisher: name a publisher that is in the settings",
        ),
        (
            &["publisher-key", "new", &publisher, "--name", "x", "--origin", "http://quotes.example"],
            "origins: write origins without a path",
        ),
        (&["publisher-key", "new", &publisher, "--name", "x", "--per-minute", "0"], "--per-minute"),
        (&["publisher-key", "revoke", "00000000-0000-4000-8000-000000000000"], "there is no such key"),
    ] {
        let ran = place.run(arguments);
        assert_eq!((ran.code, ran.err.contains(said)), (2, true), "{arguments:?}: {}", ran.err);
    }
}

#[test]
fn a_rotation_is_run_by_hand_and_a_key_that_was_retired_too_early_stops_the_server() {
    let key = |byte: u8| {
        use base64::Engine;
        base64::prelude::BASE64_STANDARD.encode([byte; 32])
    };
    let place = place();
    done(&place, &["settings", "import", "settings.toml"]);
    let before = crate::place::MASTER_KEY.to_owned();
    let place = place.with("STORE__MASTER_KEY", &key(7)).with("STORE__PREVIOUS_MASTER_KEYS", &before);
    let rotated = done(&place, &["key", "rotate"]).out;
    assert!(
        rotated.starts_with("sealed anew: 0 numbers of the suppression list, 0 calls, 1 others"),
        "{rotated}"
    );
    let place = place.without("STORE__PREVIOUS_MASTER_KEYS");
    assert!(
        done(&place, &["settings", "export"]).out.contains("[[campaign]]"),
        "the settings are read without it"
    );
}
