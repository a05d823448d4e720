//! All hostile buyers at once: each ping to one ends under its own name, memory
//! stays, and a healthy buyer is answered as if it were alone. A binary of its own, so that what is resident is the
//! storm's alone.

mod buyers;
mod kept;
#[path = "../it/peer.rs"]
mod peer;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use auction::{Auth, Currency, Endpoints, NoBid, Ping, Vertical, Wire, ZipDigits};
use buyer::{
    dialect::{self, Dialect, no_bid},
    exchange::{Exchange, HttpResponse},
};
use futures_util::future::join_all;
use lead::{AuctionId, Channel, JourneyId, Money, OfferId, PingId, Profile};
use tokio::time::Instant;

use self::{
    buyers::{Hostile, hostile},
    peer::{Peer, development, exchange, ping, send},
};

/// Beyond what is resident before it, however many attack.
const GROWTH_MAX: usize = 50_000_000;
/// What a healthy buyer gets of an auction's time.
const TMAX: Duration = Duration::from_secs(2);

/// What the auction makes of an answer or its absence: a price, or the code of the reason why there is none.
fn outcome(answer: Result<HttpResponse, buyer::exchange::Failure>) -> Result<Money, &'static str> {
    let bid = answer.map_err(no_bid).and_then(|answer| own_wire().bid(&sent(), &answer));
    bid.map(|bid| bid.price).map_err(|why: NoBid| why.code())
}

fn own_wire() -> Arc<dyn Dialect> {
    let endpoints = Endpoints {
        ping_url: None,
        post_url: "https://buyer.example/post".to_owned(),
        confirm_url: None,
        auth: Auth::None,
        headers: std::collections::BTreeMap::new(),
        signing_secrets: Vec::new(),
        ping: None,
        post: None,
        wire: Wire::Own,
    };
    dialect::of(&endpoints, &development()).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn sent() -> Ping {
    let offer = OfferId::parse("buyer-c-medicare").expect("a slug");
    Ping {
        id: PingId::of(AuctionId::of(JourneyId::of_call("AC1", "CA1"), "0", 0), &offer),
        offer,
        channel: Channel::Call,
        vertical: Vertical::parse("medicare").expect("a vertical"),
        profile: Profile::new(),
        zip_digits: ZipDigits::Five,
        tmax: TMAX,
        floor: None,
        currency: Currency::usd(),
        repeat_of: None,
        test: false,
    }
}

fn resident_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0) * 4_096
}

/// Pings a hostile buyer as often as it says, all at once, and names what became of it otherwise than it should.
async fn attack(exchange: &Exchange, hostile: &Hostile) -> Vec<String> {
    let peer = hostile.listen().await;
    let url = hostile.url(&peer);
    let deadline = Instant::now() + hostile.time();
    let answers = join_all((0..hostile.times).map(|_| exchange.send(ping(&url), deadline))).await;
    let differ = answers.into_iter().map(outcome).filter(|it| *it != Err(hostile.becomes));
    differ.map(|it| format!("{}: {it:?}, not {}", hostile.name, hostile.becomes)).collect()
}

/// A healthy buyer answers, however busy the machine is with the others.
const PATIENCE: Duration = Duration::from_secs(30);

/// Pings a healthy buyer until the storm is over. Gives how many pings there were, and the most that was resident.
async fn healthy(exchange: Exchange, storm_is_over: Arc<AtomicBool>) -> (usize, usize) {
    let peer = Peer::answering(b"HTTP/1.1 200 OK\r\ncontent-length: 16\r\n\r\n{\"bidAmount\":91}").await;
    let (mut pings, mut resident_most) = (0, 0);
    while pings < 50 || !storm_is_over.load(Ordering::Relaxed) {
        let answer = exchange.send(ping(&peer.url()), Instant::now() + PATIENCE).await;
        assert_eq!(outcome(answer), Ok(Money::from_units(91)), "ping {pings}");
        pings += 1;
        resident_most = resident_most.max(resident_bytes());
        tokio::task::yield_now().await;
    }
    (pings, resident_most)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_buyers_end_under_their_names_and_harm_nobody() {
    let exchange = exchange();
    let calm = Peer::answering(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
    send(&exchange, &calm.url()).await.expect("an answer before the storm");
    let hostile = hostile();
    let before = resident_bytes();
    let storm_is_over = Arc::new(AtomicBool::new(false));
    let healthy = tokio::spawn(healthy(exchange.clone(), Arc::clone(&storm_is_over)));
    let differ = join_all(hostile.iter().map(|it| attack(&exchange, it))).await.concat();
    storm_is_over.store(true, Ordering::Relaxed);
    let (pings, resident_most) = healthy.await.expect("the healthy buyer is answered");
    assert!(differ.is_empty(), "{} differ:\n{}", differ.len(), differ.join("\n"));
    assert!(hostile.len() >= 60 && pings >= 50, "{} kinds, {pings} healthy pings", hostile.len());
    let attacks: usize = hostile.iter().map(|it| it.times).sum();
    assert!(attacks >= 600, "only {attacks} attacks");
    for resident in [resident_most, resident_bytes()] {
        let grown = resident.saturating_sub(before);
        assert!(grown < GROWTH_MAX, "{grown} bytes more are resident");
    }
}
