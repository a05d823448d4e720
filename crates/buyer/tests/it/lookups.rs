//! Names: rebinding, mixed answers, failures and their cache.

use std::net::Ipv4Addr;

use buyer::exchange::{Exchange, ExchangeConfig, ExchangePolicy, Failure, NameServers, Target, Unreachable};

use futures_util::future::join_all;

use crate::{
    name_server::{NameServer, Says},
    peer::{Peer, config, development, send},
};

const PUBLIC: Ipv4Addr = Ipv4Addr::new(8, 8, 4, 4);
const INSIDE: Ipv4Addr = Ipv4Addr::LOCALHOST;

fn asking(server: &NameServer, policy: ExchangePolicy) -> Exchange {
    let name_servers = NameServers::Only(vec![server.address]);
    Exchange::new(ExchangeConfig { name_servers, ..config(policy) }).expect("an exchange needs nothing here")
}

fn target(exchange: &Exchange, url: &str) -> Target {
    Target::parse(url, exchange.policy()).expect("a URL that may be saved")
}

#[tokio::test]
async fn a_name_that_is_public_when_saved_and_private_when_used_is_refused() {
    let trap = Peer::answering(b"").await;
    let names = NameServer::start(vec![Says::V4(vec![PUBLIC]), Says::V4(vec![INSIDE])]).await;
    let exchange = asking(&names, ExchangePolicy::default());
    assert_eq!(exchange.look_up(&target(&exchange, "https://rebind.example/")).await, Ok(()));
    let result = send(&exchange, &format!("http://rebind.example:{}/", trap.address.port())).await;
    assert_eq!(result, Err(Failure::Unreachable(Unreachable::PrivateAddress)));
    assert_eq!((names.questions(), trap.connections()), (2, 0));
}

#[tokio::test]
async fn of_a_mixed_answer_the_public_addresses_are_left() {
    let names = NameServer::start(vec![Says::V4(vec![INSIDE, PUBLIC, Ipv4Addr::new(10, 0, 0, 1)])]).await;
    let exchange = asking(&names, ExchangePolicy::default());
    assert_eq!(exchange.look_up(&target(&exchange, "https://mixed.example/")).await, Ok(()));
}

#[tokio::test]
async fn every_private_answer_is_refused() {
    for says in [
        Says::V4(vec![INSIDE]),
        Says::V4(vec![Ipv4Addr::new(169, 254, 169, 254)]),
        Says::V4(vec![Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(192, 168, 0, 1)]),
        Says::V6("::1".parse().expect("an address")),
        Says::V6("::ffff:10.0.0.1".parse().expect("an address")),
        Says::V6("fd00::1".parse().expect("an address")),
        Says::V6("2001:0:1::1".parse().expect("an address")),
    ] {
        let names = NameServer::start(vec![says]).await;
        let exchange = asking(&names, ExchangePolicy::default());
        let found = exchange.look_up(&target(&exchange, "https://inside.example/")).await;
        assert_eq!(found, Err(Unreachable::PrivateAddress));
    }
}

#[tokio::test]
async fn a_name_with_ipv6_alone_is_found() {
    let names = NameServer::start(vec![Says::V6("2600::1".parse().expect("an address"))]).await;
    let exchange = asking(&names, ExchangePolicy::default());
    assert_eq!(exchange.look_up(&target(&exchange, "https://six.example/")).await, Ok(()));
}

#[tokio::test]
async fn the_next_address_is_tried_when_one_refuses() {
    let peer = Peer::answering(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
    let many = (2..=40).map(|last| Ipv4Addr::new(127, 0, 1, last));
    let found = [Ipv4Addr::new(127, 0, 1, 1), INSIDE].into_iter().chain(many).collect();
    let names = NameServer::start(vec![Says::V4(found)]).await;
    let exchange = asking(&names, development());
    let url = format!("http://many.example:{}/", peer.address.port());
    assert_eq!(send(&exchange, &url).await.expect("an answer").status, 200);
}

#[tokio::test]
async fn of_fifty_addresses_three_are_tried() {
    // The fourth would answer.
    let peer = Peer::answering(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
    let nobody = |range: std::ops::RangeInclusive<u8>| range.map(|last| Ipv4Addr::new(127, 0, 1, last));
    let found = nobody(1..=3).chain([INSIDE]).chain(nobody(4..=49)).collect();
    let names = NameServer::start(vec![Says::V4(found)]).await;
    let exchange = asking(&names, development());
    let url = format!("http://many.example:{}/", peer.address.port());
    assert_eq!(send(&exchange, &url).await, Err(Failure::Unreachable(Unreachable::Refused)));
    assert_eq!(peer.connections(), 0);
}

#[tokio::test]
async fn a_failed_name_is_not_asked_again_at_once() {
    for says in [Says::NoSuchName, Says::Failure] {
        let names = NameServer::start(vec![says]).await;
        let exchange = asking(&names, ExchangePolicy::default());
        let target = target(&exchange, "https://gone.example/");
        assert_eq!(exchange.look_up(&target).await, Err(Unreachable::DnsFailed));
        let asked = names.questions();
        for _ in 0..10 {
            assert_eq!(exchange.look_up(&target).await, Err(Unreachable::DnsFailed));
        }
        assert_eq!(names.questions(), asked);
    }
}

#[tokio::test]
async fn many_pings_may_meet_an_unknown_name_at_once() {
    let names = NameServer::start(vec![Says::V4(vec![PUBLIC])]).await;
    let exchange = asking(&names, ExchangePolicy::default());
    let target = target(&exchange, "https://busy.example/");
    let found = join_all((0..300).map(|_| exchange.look_up(&target))).await;
    assert!(found.iter().all(Result::is_ok), "{found:?}");
}

#[tokio::test]
async fn a_silent_name_server_counts_in_the_deadline() {
    let names = NameServer::start(vec![Says::Nothing]).await;
    let exchange = asking(&names, development());
    let start = tokio::time::Instant::now();
    let deadline = start + std::time::Duration::from_millis(200);
    let result = exchange.send(crate::peer::ping("http://silent.example/"), deadline).await;
    assert_eq!(result, Err(Failure::Timeout));
}

/// The look-up outlives the ping that began it, or a name server that is silent for longer than any ping waits would be
/// asked by every one of them.
#[tokio::test]
async fn a_name_server_that_is_silent_beyond_every_deadline_is_not_asked_again_at_once() {
    let names = NameServer::start(vec![Says::Nothing]).await;
    let exchange = asking(&names, development());
    let soon = || tokio::time::Instant::now() + std::time::Duration::from_millis(200);
    let ping = async || exchange.send(crate::peer::ping("http://silent.example/"), soon()).await;
    let mut pings = 0;
    while ping().await == Err(Failure::Timeout) {
        pings += 1;
        assert!(pings < 30, "no ping learns what became of the look-ups before it");
    }
    let asked = names.questions();
    for _ in 0..10 {
        assert_eq!(ping().await, Err(Failure::Unreachable(Unreachable::DnsFailed)));
    }
    assert_eq!(names.questions(), asked);
}
