//! A server over an empty store: the console makes the first settings, a buyer is tried, and the next call is sold.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::{
    request::{send, written as request},
    world::{World, written},
};

struct Desk {
    console: SocketAddr,
    token: String,
}

impl Desk {
    fn of(world: &World) -> Self {
        let line: Value =
            serde_json::from_str(&world.server.logged("the console listens")).expect("a log line is JSON");
        let console = line["address"].as_str().expect("it names its address").parse().expect("an address");
        let run = |arguments: &[&str]| {
            let ran = world.place.run(arguments);
            assert_eq!(ran.code, 0, "{}", ran.err);
            ran.out
        };
        run(&["user", "add", "ada@example.com", "--name", "Ada", "--role", "owner"]);
        let scopes = ["--scope", "settings:read", "--scope", "settings:write"];
        let made =
            run(&[&["token", "add", "ada@example.com", "--name", "a program", "--json"][..], &scopes]
                .concat());
        let made: Value = serde_json::from_str(&made).expect("one JSON line");
        Self { console, token: made["token"].as_str().expect("it is told once").to_owned() }
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let token = format!("Bearer {}", self.token);
        let headers = [
            ("authorization", token.as_str()),
            ("idempotency-key", path),
            ("content-type", "application/json"),
        ];
        let answer = send(self.console, &request(method, path, &headers, body));
        (answer.status, serde_json::from_str(&answer.body).unwrap_or(Value::Null))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_server_is_furnished_by_the_console_and_sells() {
    let world = World::empty().await;
    world.server.logged("there are no settings yet");
    let desk = Desk::of(&world);
    assert_eq!(desk.ask("GET", "/v1/settings", "").1["version"], json!(0));
    // Nobody is here yet: the caller is told so, and it is no fault.
    let handle = world.medicare.carrier.place(world.call());
    handle.ended().await;
    assert!(world.medicare.carrier.dials().is_empty());

    let (status, said) = desk.ask("PUT", "/v1/settings/document", &written(&world.medicare));
    assert_eq!((status, &said["version"]), (200, &json!(1)), "{said}");
    world.server.logged("new calls use new settings");

    let answers = json!({ "answers": { "zip": "33109", "age": "65" } }).to_string();
    let (status, tried) = desk.ask("POST", "/v1/offers/buyer-c-medicare/ping", &answers);
    assert_eq!((status, &tried["status"]), (200, &json!(200)), "{tried}");
    assert_eq!(tried["read"]["price"], json!("91.00"), "{tried}");
    let sent: Value = serde_json::from_str(tried["body"].as_str().expect("a text")).expect("our own JSON");
    assert_eq!(sent["test"], json!(true), "{sent}");
    assert!(!tried.to_string().contains("5550142"), "{tried}");

    let sample = json!({ "sample": tried["reply"].as_str().expect("a text") }).to_string();
    let (status, read) = desk.ask("POST", "/v1/samples", &sample);
    assert_eq!((status, &read["read"]["price"]), (200, &json!("91.00")), "{read}");
    let wrong = json!({ "sample": tried["reply"], "wire": { "json": { "bid": "not a path" } } }).to_string();
    let (status, said) = desk.ask("POST", "/v1/samples?wrong", &wrong);
    assert_eq!(status, 422, "{said}");

    world.play(world.call()).await;
    world.server.logged("a post was delivered");
}
