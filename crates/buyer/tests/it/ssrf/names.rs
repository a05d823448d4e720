//! Names that lead inside, by whatever the name server answers: one address or fifty, behind aliases, and not the same
//! twice.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use buyer::exchange::{Exchange, Failure, Target, Unreachable};

use super::{Trap, in_production};
use crate::{
    name_server::{NameServer, Says},
    peer::{Peer, config, development, send},
};

/// Public, and never connected to by a test.
const PUBLIC: Ipv4Addr = Ipv4Addr::new(8, 8, 4, 4);
const INSIDE: Ipv4Addr = Ipv4Addr::LOCALHOST;
const METADATA: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 254);

/// One address of each range at least, most of them at both ends.
const DENIED: [&str; 62] = [
    "127.0.0.1",
    "127.255.255.255",
    "10.0.0.0",
    "10.255.255.255",
    "172.16.0.0",
    "172.31.255.255",
    "192.168.0.0",
    "192.168.255.255",
    "169.254.0.0",
    "169.254.169.254",
    "169.254.255.255",
    "168.63.129.16",
    "100.64.0.0",
    "100.127.255.255",
    "0.0.0.0",
    "0.255.255.255",
    "192.0.0.0",
    "192.0.0.255",
    "192.0.2.1",
    "192.31.196.1",
    "192.88.99.1",
    "198.18.0.0",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.0",
    "239.255.255.255",
    "240.0.0.0",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0.0.0.0",
    "::ffff:0:127.0.0.1",
    "fc00::1",
    "fd00:ec2::254",
    "fdff:ffff::1",
    "fe80::1",
    "febf::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::8.8.8.8",
    "64:ff9b:1::1",
    "100::1",
    "100:0:0:1::1",
    "2001::1",
    "2001:0:7f00:1::",
    "2001:1::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:a9fe:a9fe::",
    "3fff::1",
    "3fff:fff::1",
    "5f00::1",
    "4000::1",
    "e000::1",
];

fn denied() -> impl Iterator<Item = IpAddr> {
    DENIED.iter().map(|text| text.parse().expect("an address"))
}

/// What a name server says of a name, and what it is called.
fn forms() -> Vec<(String, Says)> {
    let mut forms: Vec<(String, Says)> =
        denied().map(|address| (address.to_string(), Says::Chain(vec![], vec![address]))).collect();
    for address in denied().take(29) {
        forms.push((format!("alias of {address}"), Says::Chain(vec!["cdn.example"], vec![address])));
    }
    let hops = ["a.example", "b.example", "c.example", "d.example", "e.example", "f.example", "g.example"];
    for length in 2..=hops.len() {
        let chain = hops[..length].to_vec();
        forms.push((format!("{length} aliases"), Says::Chain(chain, vec![INSIDE.into()])));
    }
    for target in ["localhost", "metadata.google.internal", "127.0.0.1.nip.io", "x.local"] {
        forms.push((target.to_owned(), Says::Chain(vec![target], vec![INSIDE.into()])));
    }
    let fifty = (0..50).map(|last| IpAddr::from([10, 0, 0, last])).collect::<Vec<_>>();
    forms.push(("fifty".to_owned(), Says::Chain(vec![], fifty.clone())));
    forms.push(("fifty behind an alias".to_owned(), Says::Chain(vec!["cdn.example"], fifty)));
    let every_kind = denied().filter(IpAddr::is_ipv4).collect();
    forms.push(("every denied range at once".to_owned(), Says::Chain(vec![], every_kind)));
    let six = denied().filter(IpAddr::is_ipv6).collect();
    forms.push(("every denied IPv6 range at once".to_owned(), Says::Chain(vec![], six)));
    forms
}

#[tokio::test]
async fn whatever_way_a_name_leads_inside_it_is_refused() {
    let trap = Trap::set().await;
    let forms = forms();
    for (form, says) in &forms {
        let names = NameServer::start(vec![says.clone()]).await;
        let exchange = in_production(&names);
        let url = format!("http://inside.example:{}/", trap.port);
        let result = send(&exchange, &url).await;
        assert_eq!(result, Err(Failure::Unreachable(Unreachable::PrivateAddress)), "{form}");
        assert_eq!(look_up(&exchange).await, Err(Unreachable::PrivateAddress), "{form}");
    }
    assert!(forms.len() >= 100, "only {} forms", forms.len());
    trap.saw_nothing().await;
}

async fn look_up(exchange: &Exchange) -> Result<(), Unreachable> {
    let target = Target::parse("https://inside.example/", exchange.policy()).expect("a URL to save");
    exchange.look_up(&target).await
}

/// Aliases that lead round in circles, or to nothing.
#[tokio::test]
async fn aliases_without_an_end_are_a_failed_name() {
    let trap = Trap::set().await;
    for hops in [vec!["inside.example"], vec!["a.example", "inside.example"], vec!["nowhere.example"]] {
        let names = NameServer::start(vec![Says::Chain(hops.clone(), Vec::new())]).await;
        let result = send(&in_production(&names), &format!("http://inside.example:{}/", trap.port)).await;
        assert_eq!(result, Err(Failure::Unreachable(Unreachable::DnsFailed)), "{hops:?}");
    }
    trap.saw_nothing().await;
}

/// Public when it was saved, inside when it is used; and the other way round, so that neither is remembered.
#[tokio::test]
async fn each_connection_asks_again_and_looks_again() {
    let trap = Trap::set().await;
    let says = |address: Ipv4Addr| Says::Chain(vec![], vec![address.into()]);
    let names =
        NameServer::start(vec![says(PUBLIC), says(INSIDE), says(METADATA), says(PUBLIC), says(INSIDE)]).await;
    let exchange = in_production(&names);
    let url = format!("http://inside.example:{}/", trap.port);
    let refused = Err(Failure::Unreachable(Unreachable::PrivateAddress));
    assert_eq!(look_up(&exchange).await, Ok(()));
    assert_eq!(send(&exchange, &url).await, refused);
    assert_eq!(send(&exchange, &url).await, refused);
    assert_eq!(look_up(&exchange).await, Ok(()));
    assert_eq!(send(&exchange, &url).await, refused);
    assert_eq!(names.questions(), 5);
    trap.saw_nothing().await;
}

/// The first request is answered; then the name moves to an address that not even a developer may reach.
#[tokio::test]
async fn a_name_that_moves_between_two_requests_is_refused_at_the_second() {
    let buyer = Peer::answering(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}").await;
    let names = NameServer::start(vec![Says::V4(vec![INSIDE]), Says::V4(vec![METADATA])]).await;
    let name_servers = buyer::exchange::NameServers::Only(vec![names.address]);
    let config = buyer::exchange::ExchangeConfig { name_servers, ..config(development()) };
    let exchange = Exchange::new(config).expect("an exchange needs nothing here");
    let url = format!("http://moving.example:{}/", buyer.address.port());
    assert_eq!(send(&exchange, &url).await.map(|it| it.status), Ok(200));
    let second = send(&exchange, &url).await;
    assert_eq!(second, Err(Failure::Unreachable(Unreachable::PrivateAddress)));
    assert_eq!(buyer.connections(), 1);
}

/// Of public and private addresses together the public ones are left; none of the others is ever tried.
#[tokio::test]
async fn of_mixed_answers_only_what_is_public_is_left() {
    for says in [
        Says::Chain(vec![], vec![INSIDE.into(), PUBLIC.into()]),
        Says::Chain(vec![], vec![PUBLIC.into(), METADATA.into()]),
        Says::Chain(vec!["cdn.example"], denied().filter(IpAddr::is_ipv4).chain([PUBLIC.into()]).collect()),
        Says::Chain(vec![], vec![Ipv6Addr::LOCALHOST.into(), "2600::1".parse().expect("an address")]),
        Says::Chain(vec![], (0..49).map(|n| [10, 0, 0, n].into()).chain([PUBLIC.into()]).collect()),
    ] {
        let names = NameServer::start(vec![says]).await;
        assert_eq!(look_up(&in_production(&names)).await, Ok(()));
    }
    let buyer = Peer::answering(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
    let never = denied().filter(IpAddr::is_ipv4).filter(|it| *it == IpAddr::V4(METADATA));
    let names = NameServer::start(vec![Says::Chain(vec![], never.chain([INSIDE.into()]).collect())]).await;
    let name_servers = buyer::exchange::NameServers::Only(vec![names.address]);
    let config = buyer::exchange::ExchangeConfig { name_servers, ..config(development()) };
    let exchange = Exchange::new(config).expect("an exchange needs nothing here");
    let url = format!("http://mixed.example:{}/", buyer.address.port());
    assert_eq!(send(&exchange, &url).await.map(|it| it.status), Ok(200));
}

/// A server with a public address of its own is no buyer either, by whatever name.
#[tokio::test]
async fn a_name_of_this_servers_own_address_is_refused() {
    let names = NameServer::start(vec![Says::V4(vec![PUBLIC])]).await;
    let policy = buyer::exchange::ExchangePolicy {
        allow_private_targets: false,
        own_addresses: vec![IpAddr::V4(PUBLIC)],
    };
    let name_servers = buyer::exchange::NameServers::Only(vec![names.address]);
    let config = buyer::exchange::ExchangeConfig { name_servers, ..config(policy) };
    let exchange = Exchange::new(config).expect("an exchange needs nothing here");
    assert_eq!(look_up(&exchange).await, Err(Unreachable::PrivateAddress));
}
