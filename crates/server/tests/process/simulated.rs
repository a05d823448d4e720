//! The built-in simulator in the real process: calls without a carrier's account, and an end that waits for none of them.

use serde_json::{Value, json};

use crate::{
    place::{Place, Server},
    request::{send, written as request},
};

struct Desk {
    place: Place,
    server: Server,
}

/// The example behind the simulator. Its buyers are not there, so the best static price is taken.
fn desk() -> Desk {
    let place = Place::new()
        .without("TWILIO__ACCOUNT_SID")
        .without("TWILIO__AUTH_TOKEN")
        .with("CARRIER__KIND", "simulator")
        .with("CONSOLE__LISTEN", "127.0.0.1:0");
    let server = place.serve();
    let line: Value =
        serde_json::from_str(&server.logged("the console listens")).expect("a log line is JSON");
    let base = format!("http://{}", line["address"].as_str().expect("it names its address"));
    let run = |arguments: &[&str]| {
        let ran = place.run(arguments);
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran.out
    };
    run(&["user", "add", "ada@example.com", "--name", "Ada", "--role", "owner"]);
    let scopes = ["settings:write", "calls:read", "money:read"].map(|scope| ["--scope", scope]).concat();
    let token = run(&[&["token", "add", "ada@example.com", "--name", "it"][..], &scopes].concat());
    let place = place.with("CONSOLE__PUBLIC_URL", &base).variable("PINGPOST_API_TOKEN", token.trim());
    Desk { place, server }
}

fn called(desk: &Desk, more: &[&str]) -> (i32, Value, String) {
    let ran = desk.place.run(&[&["call", "simulate", "--to", "+18005550100", "--json"], more].concat());
    (ran.code, serde_json::from_str(&ran.out).unwrap_or(Value::Null), ran.err)
}

#[test]
fn a_call_goes_as_its_caller_and_the_buyers_telephone_do() {
    let desk = desk();
    let (code, said, err) = called(&desk, &["--talk", "120"]);
    assert_eq!(code, 0, "{err}");
    let sale =
        json!({ "offer": "buyer-c-medicare", "buyer": "buyer-c", "price": "45.00", "state": "earned" });
    assert_eq!((&said["outcome"], &said["sale"]), (&json!("sold"), &sale), "{said}");
    let (code, said, err) = called(&desk, &["--talk", "20"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(said["sale"]["state"], json!("void"), "a talk too short is not paid for: {said}");
    let (code, said, err) = called(&desk, &["--answer", "age=34"]);
    assert_eq!((code, &said["sale"]), (0, &Value::Null), "{err}");
    assert!(said["outcome"] != json!("sold"), "{said}");
    let log = desk.server.log().join("\n");
    assert!(!log.contains("55501"), "no number is logged");
}

#[test]
fn an_end_does_not_wait_for_simulated_talks() {
    let desk = desk();
    let (code, _, err) = called(&desk, &["--talk", "3600", "--wait", "3"]);
    assert_eq!((code, err.contains("is not over after 3 s")), (1, true), "{err}");
    desk.server.signal("TERM");
    assert_eq!(desk.server.ended(), 0);
}

#[test]
fn check_and_the_api_say_plainly_what_it_is() {
    let desk = desk();
    let ran = desk.place.run(&["check"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("carrier: the built-in simulator, which takes no real call"), "{}", ran.out);
    let real =
        Place::new().with("CONSOLE__LISTEN", "127.0.0.1:0").with("TWILIO__BASE_URL", "http://127.0.0.1:9");
    let server = real.serve();
    let line: Value =
        serde_json::from_str(&server.logged("the console listens")).expect("a log line is JSON");
    let run = |arguments: &[&str]| real.run(arguments).out;
    run(&["user", "add", "ada@example.com", "--name", "Ada", "--role", "owner"]);
    let token = run(&["token", "add", "ada@example.com", "--name", "it", "--scope", "settings:write"]);
    let token = format!("Bearer {}", token.trim());
    let headers =
        [("authorization", &*token), ("idempotency-key", "a"), ("content-type", "application/json")];
    let body = json!({ "to": "+18005550100" }).to_string();
    let address = line["address"].as_str().expect("an address").parse().expect("an address");
    let answer = send(address, &request("POST", "/v1/simulated-calls", &headers, &body));
    assert!(answer.status == 409 && answer.body.contains("no_simulator"), "{answer:?}");
}
