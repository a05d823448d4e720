//! The corpus of URLs that must lead nowhere, as somebody could save them: `tests/ssrf_corpus.txt` says of each why it is
//! refused. A trap on every address of this machine must see nothing.

mod names;
mod redirects;

use std::{
    net::{Ipv4Addr, Ipv6Addr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use buyer::exchange::{
    Exchange, ExchangeConfig, ExchangePolicy, Failure, NameServers, Target, TargetError, Unreachable,
};
use tokio::{io::AsyncWriteExt, net::TcpListener, sync::Notify, time::Instant};

use crate::{
    name_server::{NameServer, Says},
    peer::{AMPLE, config, exchange, ping, send},
};

const CORPUS: &str = include_str!("../ssrf_corpus.txt");

/// A listener on all addresses of this machine, IPv4 and IPv6 where it has both.
struct Trap {
    port: u16,
    connections: Arc<AtomicUsize>,
    sprung: Arc<Notify>,
}

impl Trap {
    async fn set() -> Self {
        let listener = match TcpListener::bind((Ipv6Addr::UNSPECIFIED, 0)).await {
            Ok(both) => both,
            Err(_) => TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await.expect("a free port"),
        };
        let port = listener.local_addr().expect("a bound listener").port();
        let (connections, sprung) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let (counted, told) = (Arc::clone(&connections), Arc::clone(&sprung));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                told.notify_one();
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
            }
        });
        Self { port, connections, sprung }
    }

    /// Nothing came. Connections are accepted in their order, so one of our own behind them shows it, and that the trap
    /// was set.
    async fn saw_nothing(&self) {
        assert_eq!(self.connections.load(Ordering::SeqCst), 0);
        let _ = send(&exchange(), &format!("http://127.0.0.1:{}/", self.port)).await;
        self.sprung.notified().await;
        assert_eq!(self.connections.load(Ordering::SeqCst), 1);
    }
}

/// An exchange as in production, whose name server is this one.
fn in_production(server: &NameServer) -> Exchange {
    let name_servers = NameServers::Only(vec![server.address]);
    let config = config(ExchangePolicy::default());
    Exchange::new(ExchangeConfig { name_servers, ..config }).expect("an exchange needs nothing here")
}

/// `expected<TAB>URL`, with `\u{…}` for what a file should not hold.
fn cases() -> Vec<(&'static str, String)> {
    let lines = CORPUS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (expected, url) = line.split_once('\t').expect("expected, tab, URL");
            (expected, unescaped(url))
        })
        .collect()
}

fn unescaped(text: &str) -> String {
    let mut parts = text.split("\\u{");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_once('}').expect("a closing brace");
        let code = u32::from_str_radix(digits, 16).expect("hexadecimal digits");
        whole.push(char::from_u32(code).expect("a character"));
        whole.push_str(rest);
    }
    whole
}

fn rule(error: &TargetError) -> &'static str {
    match error {
        TargetError::NotAUrl => "not_a_url",
        TargetError::TooLong => "too_long",
        TargetError::Scheme => "scheme",
        TargetError::UserInfo => "user_info",
        TargetError::Fragment => "fragment",
        TargetError::Port(_) => "port",
        TargetError::PrivateAddress(_) => "private_address",
        TargetError::LocalName => "local_name",
    }
}

/// The rule that a URL breaks when it is saved; else, why nothing is connected to when it is used.
async fn refused_by(exchange: &Exchange, url: &str) -> String {
    let target = match Target::parse(url, exchange.policy()) {
        Err(error) => return rule(&error).to_owned(),
        Ok(target) => target,
    };
    // Whatever has an origin may be asked by a query.
    let asked = target.with_query([("zip", "33109")]);
    assert_eq!(asked.origin(), target.origin());
    let mut request = ping("http://placeholder.example/");
    request.url = target;
    match exchange.send(request, Instant::now() + AMPLE).await {
        Err(Failure::Unreachable(why)) => format!("when_used:{}", why.code()),
        other => format!("NOT REFUSED: {other:?}"),
    }
}

/// The same host behind a developer's check, at the trap's port: the exchange's own look at the address is all that is
/// left. `None`: the URL has no host, or not even a developer may save it.
async fn refused_at_the_door(exchange: &Exchange, url: &str, port: u16) -> Option<Result<(), String>> {
    let parsed = url::Url::parse(url.trim()).ok()?;
    let host = parsed.host_str().filter(|host| !host.is_empty())?;
    let url = format!("http://{host}:{port}/");
    let policy = ExchangePolicy { allow_private_targets: true, own_addresses: Vec::new() };
    Target::parse(&url, &policy).ok()?;
    Some(match send(exchange, &url).await {
        Err(Failure::Unreachable(Unreachable::PrivateAddress | Unreachable::DnsFailed)) => Ok(()),
        other => Err(format!("{url}: {other:?}")),
    })
}

#[tokio::test]
async fn every_url_of_the_corpus_is_refused_by_the_rule_that_it_names() {
    let trap = Trap::set().await;
    let names = NameServer::start(vec![Says::V4(vec![Ipv4Addr::LOCALHOST])]).await;
    let exchange = in_production(&names);
    let cases = cases();
    let mut differ = Vec::new();
    for (expected, url) in &cases {
        let found = refused_by(&exchange, url).await;
        if found != *expected {
            differ.push(format!("{found}\t{}", url.escape_debug()));
        }
    }
    assert!(differ.is_empty(), "{} differ:\n{}", differ.len(), differ.join("\n"));
    assert!(cases.len() >= 500, "only {} URLs", cases.len());
    trap.saw_nothing().await;
}

#[tokio::test]
async fn no_host_of_the_corpus_is_connected_to_even_where_its_url_was_not_checked() {
    let trap = Trap::set().await;
    let names = NameServer::start(vec![Says::V4(vec![Ipv4Addr::LOCALHOST])]).await;
    let exchange = in_production(&names);
    let mut tried = 0;
    let mut reached = Vec::new();
    for (_, url) in cases() {
        let Some(refused) = refused_at_the_door(&exchange, &url, trap.port).await else { continue };
        tried += 1;
        reached.extend(refused.err());
    }
    assert!(reached.is_empty(), "{}", reached.join("\n"));
    assert!(tried >= 200, "only {tried} hosts");
    trap.saw_nothing().await;
}

#[test]
fn the_corpus_holds_every_url_once_and_breaks_every_rule() {
    let cases = cases();
    let urls: std::collections::BTreeSet<_> = cases.iter().map(|(_, url)| url).collect();
    assert_eq!(urls.len(), cases.len());
    let expected: std::collections::BTreeSet<_> = cases.iter().map(|(expected, _)| *expected).collect();
    let rules = [
        "fragment",
        "local_name",
        "not_a_url",
        "port",
        "private_address",
        "scheme",
        "too_long",
        "user_info",
        "when_used:dns_failed",
        "when_used:private_address",
        "when_used:tls_failed",
    ];
    assert!(expected.iter().copied().eq(rules), "{expected:?}");
}
