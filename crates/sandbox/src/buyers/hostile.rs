//! Hostile buyers: each with the fault that it is an example of, and what a server should make of a ping to it.

use super::{Behaviour, Bid, Body, Reply, reply::bomb};
use std::{sync::Arc, time::Duration};

/// One hostile buyer.
#[derive(Clone, Debug)]
pub struct Hostile {
    /// What it does, in words.
    pub name: &'static str,
    /// What it does.
    pub does: Behaviour,
    /// The code of what becomes of its ping.
    pub becomes: &'static str,
    /// What the code does not say.
    pub because: Option<&'static str>,
}

/// A hundred megabytes.
const TOTAL: usize = 100 * 1024 * 1024;
/// Longer than anybody waits.
const FOREVER: Duration = Duration::from_secs(3600);

/// All of them. A redirect leads to `elsewhere`, where nobody should come; a late one is late by `after`.
#[must_use]
pub fn hostile(elsewhere: &str, after: Duration) -> Vec<Hostile> {
    [slow(after), huge(), garbled(), amounts(), doubled(), elsewhere_bound(elsewhere), broken()].concat()
}

fn row(name: &'static str, does: Behaviour, becomes: &'static str, because: &'static str) -> Hostile {
    Hostile { name, does, becomes, because: Some(because).filter(|because| !because.is_empty()) }
}

/// What is answered with HTTP 200.
fn says(name: &'static str, body: impl AsRef<[u8]>, becomes: &'static str, because: &'static str) -> Hostile {
    let (body, content_type) = (body.as_ref().to_vec(), "application/json".to_owned());
    row(name, Behaviour::Raw { body, content_type }, becomes, because)
}

/// Silent, hanging, dripping, late.
fn slow(after: Duration) -> Vec<Hostile> {
    vec![
        row("silence", Behaviour::Silent, "timeout", ""),
        row("a head, and no body", Behaviour::HangAfterHeaders, "timeout", ""),
        row("a byte a second", Behaviour::Drip(Bid::new("999")), "timeout", ""),
        row("an hour of thought", Behaviour::Late(FOREVER, Box::new(Behaviour::bids("999"))), "timeout", ""),
        row("a bid too late", Behaviour::Late(after, Box::new(Behaviour::bids("999"))), "late", ""),
        row("a refusal too late", Behaviour::Late(after, Box::new(Behaviour::NoBid204)), "late", ""),
    ]
}

/// A hundred megabytes, in every form.
fn huge() -> Vec<Hostile> {
    // Ready before anybody asks for it.
    drop(bomb(TOTAL));
    let announced = |_: &super::Recorded| {
        Reply::new(200, "application/json", Body::Endless { bytes: TOTAL })
            .header("content-length", &(TOTAL + "{\"bidId\":\"".len()).to_string())
    };
    vec![
        row("100 MB in chunks", Behaviour::TooLarge, "too_large", ""),
        row("100 MB as announced", Behaviour::Custom(Arc::new(announced)), "too_large", ""),
        row("a gzip bomb", Behaviour::GzipBomb, "too_large", ""),
    ]
}

/// No JSON, or not the JSON that was asked for.
fn garbled() -> Vec<Hostile> {
    let deep = format!("{}1{}", "{\"a\":".repeat(200), "}".repeat(200));
    vec![
        row("bytes that are no UTF-8", Behaviour::InvalidUtf8, "malformed", "Utf8"),
        says("no UTF-8 in what is ignored", b"{\"bidAmount\":999,\"x\":\"\xff\"}", "malformed", "Utf8"),
        row("a page", Behaviour::Html200, "malformed", "Syntax"),
        says("nothing", "", "malformed", "Syntax"),
        says("half an object", "{\"bidAmount\":999", "malformed", "Syntax"),
        says("something behind it", "{\"bidAmount\":999} thanks", "malformed", "Syntax"),
        says("two bids", "{\"bidAmount\":998}{\"bidAmount\":999}", "malformed", "Syntax"),
        says("two hundred objects deep", deep, "malformed", "Depth"),
        says("a list", "[{\"bidAmount\":999}]", "malformed", "Shape"),
        says("a list that reads as a struct", "[999]", "malformed", "Shape"),
        says("a number alone", "999", "malformed", "Shape"),
        says("another key", "{\"price\":999}", "malformed", "NoPrice"),
        row("an error page", Behaviour::Status(500, "{\"bidAmount\":999}".to_owned()), "bad_status", "500"),
        row("a bid under 404", Behaviour::Status(404, "{\"bidAmount\":999}".to_owned()), "bad_status", "404"),
    ]
}

/// Amounts that are none.
fn amounts() -> Vec<Hostile> {
    let bid = |name, amount: &str, becomes, because| {
        says(name, format!("{{\"bidAmount\":{amount}}}"), becomes, because)
    };
    vec![
        bid("NaN", "NaN", "malformed", "Syntax"),
        bid("NaN in words", "\"NaN\"", "malformed", "Price"),
        bid("infinity", "Infinity", "malformed", "Syntax"),
        bid("infinity in words", "\"Infinity\"", "malformed", "Price"),
        bid("1e400", "1e400", "malformed", "Price"),
        bid("1e308", "1e308", "malformed", "Price"),
        bid("twenty digits", "99999999999999999999", "malformed", "Price"),
        bid("below zero", "-1", "malformed", "Price"),
        bid("below zero in words", "\"-1\"", "malformed", "Price"),
        bid("minus zero", "-0.0", "malformed", "Price"),
        bid("zero", "0", "no_bid", ""),
        bid("true", "true", "malformed", "Price"),
        bid("null", "null", "malformed", "NoPrice"),
        bid("a list", "[999]", "malformed", "Price"),
        bid("an object", "{\"value\":999}", "malformed", "Price"),
        bid("a thousands comma", "\"1,000\"", "malformed", "Price"),
        bid("a currency sign", "\"$999\"", "malformed", "Price"),
        bid("above the offer's highest", "501", "above_max", ""),
        says("another currency", "{\"bidAmount\":99,\"currency\":\"EUR\"}", "malformed", "Currency"),
    ]
}

/// What stands twice, and what belongs to somebody else.
fn doubled() -> Vec<Hostile> {
    let other = "{\"bidAmount\":99,\"pingId\":\"00000000-0000-4000-8000-000000000000\"}";
    vec![
        says("two amounts", "{\"bidAmount\":1,\"bidAmount\":99}", "malformed", "DuplicateField"),
        says(
            "two amounts, one escaped",
            "{\"bidAmount\":1,\"bid\\u0041mount\":99}",
            "malformed",
            "DuplicateField",
        ),
        says(
            "a key twice inside",
            "{\"bidAmount\":99,\"x\":{\"y\":1,\"y\":2}}",
            "malformed",
            "DuplicateField",
        ),
        says("another ping's id", other, "malformed", "PingId"),
    ]
}

/// Redirects, which lead nowhere.
fn elsewhere_bound(elsewhere: &str) -> Vec<Hostile> {
    let to = |status, to: &str| Behaviour::Redirect { status, to: to.to_owned() };
    let why = "RedirectNotAllowed";
    vec![
        row("301 to a trap", to(301, elsewhere), "unreachable", why),
        row("302 to a trap", to(302, elsewhere), "unreachable", why),
        row("303 to a trap", to(303, elsewhere), "unreachable", why),
        row("307 to a trap", to(307, elsewhere), "unreachable", why),
        row("308 to a trap", to(308, elsewhere), "unreachable", why),
        row("307 to the metadata", to(307, "http://169.254.169.254/latest/meta-data/"), "unreachable", why),
        row("307 to a private net", to(307, "http://10.0.0.1/"), "unreachable", why),
        row("307 to a file", to(307, "file:///etc/passwd"), "unreachable", why),
        row("307 to itself", to(307, "/ping"), "unreachable", why),
    ]
}

/// Connections that end too early.
fn broken() -> Vec<Hostile> {
    vec![
        row("closed at once", Behaviour::Close, "unreachable", "Broken"),
        row("closed in the body", Behaviour::CloseMidBody, "unreachable", "Broken"),
    ]
}
