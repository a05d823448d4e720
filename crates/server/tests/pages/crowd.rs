//! Fifty calls at once, while somebody looks at the live page.

use std::{sync::Arc, time::Duration};

use axum::{Json, Router, routing::get};
use lead::JourneyId;
use sandbox::{InboundCall, Line, medicare::BUYER_NUMBERS};
use serde_json::json;
use tokio::net::TcpListener;

use crate::{
    browser::task,
    place::ACCOUNT,
    world::{World, free_address},
};

const PASSWORD: &str = "correct horse battery staple";
/// How many calls come at once.
const CALLS: usize = 50;

#[tokio::test(flavor = "multi_thread")]
async fn fifty_calls_at_once_come_change_and_go_on_the_live_page_without_a_reload() {
    let console = free_address();
    let base = format!("http://{console}");
    let world = World::at_speed(10, |place| {
        place.with("CONSOLE__LISTEN", &console.to_string()).with("CONSOLE__PUBLIC_URL", &base)
    })
    .await;
    for number in BUYER_NUMBERS {
        world.medicare.carrier.line(number, Line::answers(Duration::from_secs(60)));
    }
    let added =
        world.place.run(&["user", "add", "ada@example.com", "--name", "Ada Lovelace", "--role", "owner"]);
    let path = added.out.trim().strip_prefix(&*base).expect("a link into the console").to_owned();
    let made =
        world.place.run(&["token", "add", "ada@example.com", "--name", "look", "--scope", "calls:read"]);
    assert_eq!(made.code, 0, "{}", made.err);
    let world = Arc::new(world);
    // Whoever asks this address has all of them ring at once.
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let go = format!("http://{}/", listener.local_addr().expect("an address"));
    let of = Arc::clone(&world);
    let ring = get(move || async move { Json((0..CALLS).map(|nth| rings(&of, nth)).collect::<Vec<_>>()) });
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/", ring)).await });
    let data = json!({ "path": path, "password": PASSWORD, "token": made.out.trim(), "go": go });
    tokio::task::spawn_blocking(move || task(&base, "live_crowd", data)).await.expect("it comes out");
    assert_eq!(world.medicare.carrier.records().len(), CALLS);
}

/// The example's call, by a caller that nobody has heard of before.
fn rings(world: &World, nth: usize) -> String {
    let from = Some(format!("+1305555{:04}", 1_000 + nth));
    let handle = world.medicare.carrier.place(InboundCall { from, ..world.call() });
    JourneyId::of_call(ACCOUNT, handle.sid()).to_string()
}
