//! Calls with Redis, without it, and a process that dies in the middle of one.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use base64::Engine;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use sandbox::{
    Answer, Caller, InboundCall, Line,
    carrier::Kind,
    medicare::{AGE, Name, ZIP},
};

use crate::{
    place::{Place, WAIT_MAX},
    redis_server::Server,
    request::{arrival, tell},
    world::{NAME, World, until},
};

async fn in_redis(redis: &Server, speed: u32) -> World {
    let url = redis.url();
    // What is judged is the outcome, not this machine's speed.
    World::at_speed(speed, |place| place.with("IN_FLIGHT__REDIS", &url).with("IN_FLIGHT__TIMEOUT", "1s"))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn they_are_sold_whether_it_answers_hangs_or_has_died() {
    let mut redis = Server::start(&[]).await;
    let world = in_redis(&redis, 60).await;
    let is_up = |up: u64| move |world: &World| world.server.figure("pingpost_in_flight_up") == up;
    let sold = |n| world.medicare.buyer(Name::C).posted(n);
    until("Redis", || is_up(1)(&world)).await;
    world.play(world.call()).await;
    sold(1).await;
    assert!(!redis.ask::<Vec<String>>(&["KEYS", "j:*"]).is_empty(), "it went by Redis");
    redis.hang();
    world.play(world.call_from("+13055550177")).await;
    sold(2).await;
    until("its absence", || is_up(0)(&world)).await;
    assert!(world.server.figure("pingpost_in_flight_failures_total{why=\"away\"}") > 0);
    redis.go_on();
    until("Redis", || is_up(1)(&world)).await;
    redis.kill();
    world.play(world.call_from("+13055550178")).await;
    sold(3).await;
    redis.begin_again().await;
    until("Redis", || is_up(1)(&world)).await;
    world.play(world.call_from("+13055550179")).await;
    sold(4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_dies_in_an_interview_is_followed_by_one_that_goes_on_with_it() {
    let redis = Server::start(&[]).await;
    let World { place, server, medicare } = in_redis(&redis, 1).await;
    medicare.line(Name::C, Line::answers(Duration::from_secs(2)));
    let caller = Caller::by_prompt([
        ("zip", Answer::press(ZIP)),
        ("how old", Answer::press(AGE).after(Duration::from_secs(4))),
        ("first name", Answer::speak(NAME, "0.97")),
    ]);
    let call = medicare.carrier.place(InboundCall { caller, ..medicare.call() });
    until("the first answer", || call.so_far().answered(Kind::Gather) == 1).await;
    // By SIGKILL.
    drop(server);
    let server = place.serve();
    let record = call.ended().await;
    assert_eq!(record.transcript().matches("enter your five digit zip").count(), 1, "nobody asks twice");
    let posted = medicare.buyer(Name::C).posted(1);
    tokio::time::timeout(WAIT_MAX, posted).await.expect("it is sold");
    drop(server);
}

/// A server that is spoken to by TLS on this port, and the file with the authority that has signed its certificate.
async fn by_tls(folder: &Path) -> (Server, u16, PathBuf) {
    let mut params = CertificateParams::new(Vec::new()).expect("no names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key"));
    let authority = authority.expect("a certificate");
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
    let certificate = params.signed_by(&key, &authority).expect("a certificate");
    let write = |name: &str, what: &str, der: &[u8]| {
        let path = folder.join(name);
        let text = format!(
            "-----BEGIN {what}-----\n{}\n-----END {what}-----\n",
            base64::prelude::BASE64_STANDARD.encode(der)
        );
        std::fs::write(&path, text).expect("it is written");
        path
    };
    let certificate = write("redis.pem", "CERTIFICATE", certificate.der());
    let key = write("redis.key", "PRIVATE KEY", &key.serialize_der());
    let authority = write("authority.pem", "CERTIFICATE", authority.der());
    let path = |path: &Path| path.to_str().expect("a path").to_owned();
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
    let port = port.expect("a port").port();
    let options = [
        ("--tls-port", port.to_string()),
        ("--tls-cert-file", path(&certificate)),
        ("--tls-key-file", path(&key)),
        ("--tls-ca-cert-file", path(&authority)),
        ("--tls-auth-clients", "no".to_owned()),
    ];
    let options: Vec<_> = options.iter().flat_map(|(name, value)| [*name, value.as_str()]).collect();
    (Server::start(&options).await, port, authority)
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_spoken_to_by_tls_where_its_certificate_is_good_and_not_at_all_where_it_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let (redis, port, authority) = by_tls(folder.path()).await;
    let authority = authority.to_str().expect("a path");
    let of = |host: &str, authority: Option<&str>| {
        let place = Place::new()
            .with("IN_FLIGHT__REDIS", &format!("rediss://{host}:{port}"))
            .with("IN_FLIGHT__TIMEOUT", "1s");
        match authority {
            Some(authority) => place.variable("SSL_CERT_FILE", authority),
            None => place,
        }
    };
    let good = of("localhost", Some(authority)).serve();
    until_it("Redis and news by TLS", &good, |server| {
        server.figure("pingpost_in_flight_up") == 1 && server.figure("pingpost_news_up") == 1
    })
    .await;
    let asked = tell(&good, "/twilio/voice", &arrival("CA1", "+13055550142"));
    assert_eq!(asked.status, 200);
    assert_eq!(redis.ask::<Vec<String>>(&["KEYS", "j:*"]).len(), 1, "it went by Redis");
    // A name that is not in it, and an authority that nobody trusts.
    for bad in [of("127.0.0.1", Some(authority)), of("localhost", None)] {
        let bad = bad.serve();
        until_it("its failures", &bad, |server| server.figure("pingpost_in_flight_failures_total") > 1).await;
        assert_eq!(bad.figure("pingpost_in_flight_up") + bad.figure("pingpost_news_up"), 0);
        let asked = tell(&bad, "/twilio/voice", &arrival("CA2", "+13055550143"));
        assert_eq!(asked.status, 200, "calls go on without it");
    }
    assert_eq!(redis.ask::<Vec<String>>(&["KEYS", "j:*"]).len(), 1);
}

async fn until_it(what: &str, server: &crate::place::Server, is: impl Fn(&crate::place::Server) -> bool) {
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    let waiting = async {
        while !is(server) {
            tick.tick().await;
        }
    };
    tokio::time::timeout(WAIT_MAX, waiting).await.unwrap_or_else(|_| panic!("{what} does not come"));
}
