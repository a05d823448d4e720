//! From the first owner's link to the first simulated sale, as somebody without a carrier finds the way; and the same call by
//! the command line.

use std::io::{BufRead, BufReader};

use sandbox::{Behaviour, Buyer, BuyerSpec, buyers::Bid};
use serde_json::{Value, json};

use crate::{browser::task, place::Place};

const PASSWORD: &str = "correct horse battery staple";

#[tokio::test(flavor = "multi_thread")]
async fn the_first_link_leads_to_the_first_simulated_sale() {
    let bid = Behaviour::Bid(Bid::new("91").at("+13055550203"));
    let buyer = Buyer::start(BuyerSpec::new("Buyer C", bid)).await;
    let place = Place::new()
        .without("TWILIO__ACCOUNT_SID")
        .without("TWILIO__AUTH_TOKEN")
        .without("HTTP__PUBLIC_BASE_URL")
        .with("CONSOLE__LISTEN", "127.0.0.1:0")
        .with("CARRIER__KIND", "simulator");
    let (mut child, log) = place.start(&["serve"]);
    let out = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut lines = out.lines().map(|line| line.expect("UTF-8"));
    let link = lines.find(|line| line.starts_with("http://")).expect("the link of the first owner");
    let server = place.serving((child, log));
    server.logged("no real call is taken");
    let (base, path) = link.split_at(link.rfind("/link/").expect("it is a link"));
    let data = json!({
        "path": path, "password": PASSWORD, "ping": buyer.ping_url(), "post": buyer.post_url(),
    });
    let asked = base.to_owned();
    tokio::task::spawn_blocking(move || task(&asked, "first_sale", data)).await.expect("it comes out");
    assert_eq!(buyer.posts().len(), 2, "the winner got the lead of the sale and that of its test, once each");

    let scopes = ["settings:write", "calls:read", "money:read"].map(|scope| ["--scope", scope]).concat();
    let made = place.run(&[&["token", "add", "ada@example.com", "--name", "simulate"][..], &scopes].concat());
    assert_eq!(made.code, 0, "{}", made.err);
    let place = place.with("CONSOLE__PUBLIC_URL", base).variable("PINGPOST_API_TOKEN", made.out.trim());
    let ran = place.run(&["call", "simulate", "--to", "+18005550100", "--answer", "zip=10001", "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let said: Value = serde_json::from_str(&ran.out).expect("one JSON line");
    assert_eq!((&said["outcome"], &said["sale"]["price"]), (&json!("sold"), &json!("91.00")), "{said}");
    assert_eq!(said["sale"]["state"], json!("earned"), "{said}");
    let ran = place.run(&["call", "simulate", "--to", "+18005550100", "--buyer", "busy"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("/simulate/") && !ran.out.contains("Sold"), "{}", ran.out);
    let ran = place.run(&["call", "simulate", "--to", "+18005550199"]);
    assert_eq!((ran.code, ran.err.contains("no campaign has this number")), (2, true), "{}", ran.err);
    server.signal("TERM");
    assert_eq!(server.ended(), 0);
}
