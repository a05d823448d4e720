//! A visitor of another site's page asks for a call in the widget, is rung, and is sold; whoever runs the place sees it.

use std::net::SocketAddr;

use axum::{Router, http::header, response::IntoResponse, routing::get};
use sandbox::{Answer, Line, medicare};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    browser::task,
    place::Place,
    walls::{step, walled},
    world::{World, free_address},
};

const PASSWORD: &str = "correct horse battery staple";
/// A Wednesday on which people in Miami may be called: eleven in the morning there.
const MORNING: &str = "2027-03-10T16:00:00Z";
/// The visitor's number, as the carrier dials it.
const VISITOR: &str = "+13055550177";

/// A place whose processes see the wall that is a moment now, and goes on from there.
fn at(place: Place, moment: &str) -> Place {
    let moment: jiff::Timestamp = moment.parse().expect("a moment");
    let place = walled(place);
    step(&place.path("wall"), moment.as_second() - jiff::Timestamp::now().as_second());
    place
}

/// A page of its own origin, whose policy lets the widget in and nothing else.
fn site(listener: TcpListener, server: &str, key: &str) {
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><title>Quotes</title><meta name=\"viewport\" content=\"width=device-width\">\
         <link rel=\"icon\" href=\"data:,\"></head><body><main><h1>Medicare quotes</h1>\
         <script src=\"{server}/widget.js\" data-key=\"{key}\" async></script></main></body></html>"
    );
    let policy = format!("default-src 'none'; img-src data:; script-src {server}; connect-src {server}");
    let page = get(move || {
        let headers =
            [(header::CONTENT_TYPE, "text/html".to_owned()), (header::CONTENT_SECURITY_POLICY, policy)];
        async move { (headers, page).into_response() }
    });
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/", page)).await });
}

/// A key of a widget, made by the owner's token as a program would.
async fn widget_key(place: &Place, console: SocketAddr, origin: &str) -> String {
    let made = place.run(&["token", "add", "ada@example.com", "--name", "keys", "--scope", "settings:write"]);
    assert_eq!(made.code, 0, "{}", made.err);
    let body = json!({
        "publisher": "seniors-daily", "name": "quotes", "kind": "widget", "campaign": "medicare", "origins": [origin],
    });
    let request = reqwest::Client::new().post(format!("http://{console}/v1/publisher-keys"));
    let request = request.bearer_auth(made.out.trim()).header("idempotency-key", "quotes-1");
    let answer = request.header("content-type", "application/json").body(body.to_string()).send();
    let answer = answer.await.expect("an answer").text().await.expect("a text");
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    answer["key"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_widget_of_another_site_rings_its_visitor_and_the_sale_stands_in_the_console() {
    // Whoever was first has installed it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let console = free_address();
    let base = format!("http://{console}");
    let world = World::with(|place| {
        let place = place.with("CONSOLE__LISTEN", &console.to_string()).with("CONSOLE__PUBLIC_URL", &base);
        at(place, MORNING)
    })
    .await;
    let person = sandbox::Caller::by_prompt([
        ("Press 1", Answer::press("1")),
        ("old", Answer::press(medicare::AGE)),
        ("first name", Answer::speak("Dolores", "0.97")),
    ]);
    world.medicare.carrier.line(VISITOR, Line::person(person));
    let added =
        world.place.run(&["user", "add", "ada@example.com", "--name", "Ada Lovelace", "--role", "owner"]);
    assert_eq!(added.code, 0, "{}", added.err);
    let path = added.out.trim().strip_prefix(&*base).expect("a link into the console").to_owned();
    let server = format!("http://{}", world.server.address);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    site(listener, &server, &widget_key(&world.place, console, &origin).await);
    let data = json!({
        "page": format!("{origin}/"), "also": [origin, server], "path": path, "password": PASSWORD,
        "phone": "(305) 555-0177", "zip": medicare::ZIP,
    });
    let asked = base.clone();
    tokio::task::spawn_blocking(move || task(&asked, "widget_sale", data)).await.expect("it comes out");

    let rung: Vec<_> =
        world.medicare.carrier.records().into_iter().filter(|call| call.to == VISITOR).collect();
    assert_eq!(rung.len(), 1, "the visitor was rung once");
    let posts: Vec<_> = world.medicare.buyers.iter().map(|buyer| buyer.posts().len()).collect();
    assert_eq!(posts, [0, 0, 1, 0, 0, 0], "the winner alone got the lead, once");
    let seen = world.medicare.buyers.iter().flat_map(|buyer| buyer.pings());
    assert!(
        seen.into_iter().all(|ping| !String::from_utf8_lossy(&ping.bytes()).contains("5550177")),
        "no ping holds the number"
    );
}
