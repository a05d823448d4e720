//! How a process ends, and why one does not begin.

use std::{io::Write, net::TcpListener};

use crate::{
    place::{EXAMPLE, MASTER_KEY, Place},
    request::{answer, arrival, connect, get, tell, webhook, with},
    words::QUESTION,
};

const CALLER: &str = "+13055550142";

#[test]
fn a_process_with_nothing_to_do_ends_at_once() {
    for name in ["TERM", "INT"] {
        let server = Place::new().serve();
        server.signal(name);
        server.logged("stopped");
        assert_eq!(server.ended(), 0, "{name}");
    }
}

#[test]
fn a_request_under_way_is_answered() {
    let server = Place::new().serve();
    let whole = webhook("/twilio/voice", &arrival("CA1", CALLER));
    let (first, rest) = whole.split_at(whole.len() - 5);
    let mut stream = connect(server.address);
    stream.write_all(first).expect("it is read");
    // Another answer shows that the first request is being read.
    assert_eq!(get(server.address, "/healthz").status, 200);
    server.signal("TERM");
    server.logged("stopping: what is under way is finished");
    stream.write_all(rest).expect("it is read");
    let answer = answer(&mut stream);
    assert!(answer.status == 200 && answer.body.contains(QUESTION), "{answer:?}");
    assert_eq!(server.ended(), 0);
}

#[test]
fn a_drain_ends_in_its_time() {
    let server = Place::new().with("HTTP__DRAIN_MAX", "1s").with("HTTP__BODY_TIMEOUT", "60s").serve();
    let whole = webhook("/twilio/voice", &arrival("CA1", CALLER));
    let mut stream = connect(server.address);
    stream.write_all(&whole[..whole.len() - 5]).expect("it is read");
    assert_eq!(get(server.address, "/healthz").status, 200);
    server.signal("TERM");
    server.logged("connections were still open when the drain's time ran out");
    assert_eq!(server.ended(), 0);
}

#[test]
fn while_an_auction_runs_its_caller_is_served_and_new_work_goes_elsewhere() {
    // Buyers that take a connection and say nothing.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let buyer = format!("http://{}", silent.local_addr().expect("it has an address"));
    let place = Place::new();
    let text = (9_101..=9_106)
        .fold(EXAMPLE.to_owned(), |text, port| text.replace(&format!("http://127.0.0.1:{port}"), &buyer));
    place.write("settings.toml", &text.replace("timeout = \"2s\"", "timeout = \"4s\""));
    let server = place.serve();
    let form = arrival("CA1", CALLER);
    let zip = next(&tell(&server, "/twilio/voice", &form).body);
    let age = next(&tell(&server, &zip, &with(form.clone(), "Digits", "33109")).body);
    let hold = next(&tell(&server, &age, &with(form.clone(), "Digits", "65")).body);
    assert!(hold.contains("/hold/"), "{hold}");
    let (_first, _) = silent.accept().expect("a buyer is asked");
    server.signal("TERM");
    server.logged("stopping: what is under way is finished");
    let ready = get(server.address, "/readyz");
    assert_eq!((ready.status, &*ready.body), (503, "stopping\n"));
    assert_eq!(get(server.address, "/healthz").status, 200);
    let held = tell(&server, &hold, &form);
    assert!(held.status == 200 && held.body.contains("<Redirect"), "{held:?}");
    server.logged("an auction closed");
    assert_eq!(server.ended(), 0);
}

/// Where a document leads next.
fn next(document: &str) -> String {
    let (_, rest) = document.rsplit_once("https://calls.example.com").unwrap_or_else(|| panic!("{document}"));
    rest.split(['#', '"', '<']).next().expect("a path").to_owned()
}

#[test]
fn a_port_that_is_taken_is_told() {
    let server = Place::new().serve();
    let address = server.address.to_string();
    let place = Place::new().with("HTTP__LISTEN", &address).with("LOG__LEVEL", "error");
    let ran = place.run(&["serve", "--settings", "settings.toml"]);
    assert_eq!((ran.code, &*ran.out), (1, ""));
    let text = format!("pingpost: listening on {address}, which http.listen says: Address already in use");
    assert!(ran.err.starts_with(&text), "{}", ran.err);
    assert_eq!(get(server.address, "/readyz").status, 200);
}

#[test]
fn another_master_key_is_told() {
    let place = Place::new().with("LOG__LEVEL", "error");
    assert_eq!(place.run(&["settings", "import", "settings.toml"]).code, 0);
    let other = "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=";
    let place = place.with("STORE__MASTER_KEY", other);
    for command in [&["serve"][..], &["settings", "export"], &["check", "--offline"]] {
        let ran = place.run(command);
        assert_eq!(ran.code, 1, "{command:?}");
        assert_eq!(
            ran.err,
            "pingpost: set store.master_key to the one it was made with, or add that one to \
             store.previous_master_keys: opening the store: the store was sealed under a master key that is not \
             configured\n",
            "{command:?}"
        );
    }
    let place = place.with("STORE__PREVIOUS_MASTER_KEYS", MASTER_KEY);
    assert_eq!(place.run(&["settings", "export"]).out, EXAMPLE);
}

#[test]
fn a_database_that_cannot_be_opened_is_told() {
    let place = Place::new().with("LOG__LEVEL", "error").with("STORE__PATH", "no/such/folder/pingpost.db");
    let ran = place.run(&["settings", "import", "settings.toml"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.starts_with("pingpost: opening the store: ") && ran.err.lines().count() == 1,
        "{}",
        ran.err
    );
    let place = place.with("STORE__PATH", "settings.toml");
    let ran = place.run(&["settings", "import", "settings.toml"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.starts_with("pingpost: opening the store: ") && ran.err.contains("not a database"),
        "{}",
        ran.err
    );
}
