//! Answers that point elsewhere, from a buyer that may be reached to a trap that may be reached too: nobody goes there.

use buyer::exchange::{Failure, HttpResponse};

use super::Trap;
use crate::peer::{Peer, exchange, send};

/// The statuses that mean "go there" (RFC 9110, 15.4).
const REDIRECTS: [u16; 5] = [301, 302, 303, 307, 308];

/// One of each class of places, with the trap's port where a place has one.
fn places(port: u16) -> Vec<String> {
    let at = |host: &str| format!("http://{host}:{port}/latest/meta-data/");
    let hosts = [
        "127.0.0.1",
        "localhost",
        "127.1",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "user@127.0.0.1",
        "buyer.example@127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "metadata.google.internal",
        "[fd00:ec2::254]",
    ];
    let other = [
        format!("https://127.0.0.1:{port}/"),
        format!("//127.0.0.1:{port}/"),
        format!("\\\\127.0.0.1:{port}\\"),
        format!("gopher://127.0.0.1:{port}/_INFO"),
        format!("ftp://127.0.0.1:{port}/"),
        "/ping".to_owned(),
        "?again".to_owned(),
        String::new(),
        "file:///etc/passwd".to_owned(),
        "javascript:alert(1)".to_owned(),
        "data:application/json,{}".to_owned(),
        "https://buyer.example/".to_owned(),
        format!("http://127.0.0.1:{port}/\r\nlocation: http://127.0.0.1:{port}/second"),
        format!("http://127.0.0.1:{port}/\r\nrefresh: 0;url=http://127.0.0.1:{port}/"),
    ];
    hosts.into_iter().map(at).chain(other).collect()
}

async fn answered(head: String) -> (Result<HttpResponse, Failure>, usize) {
    let answer = format!("HTTP/1.1 {head}\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}");
    let peer = Peer::answering(answer.leak().as_bytes()).await;
    (send(&exchange(), &peer.url()).await, peer.connections())
}

#[tokio::test]
async fn no_redirect_to_any_class_of_place_is_followed() {
    let trap = Trap::set().await;
    let mut tried = 0;
    for place in places(trap.port) {
        for status in REDIRECTS {
            let (result, connections) = answered(format!("{status} Moved\r\nlocation: {place}")).await;
            assert_eq!(result, Err(Failure::RedirectNotAllowed(status)), "{place}");
            assert_eq!(connections, 1, "{place}");
            tried += 1;
        }
    }
    assert!(tried >= 125, "only {tried} redirects");
    trap.saw_nothing().await;
}

#[tokio::test]
async fn nothing_else_in_an_answer_leads_anywhere() {
    let trap = Trap::set().await;
    let there = format!("http://127.0.0.1:{}/", trap.port);
    for (status, header) in [
        (200, format!("location: {there}")),
        (201, format!("location: {there}")),
        (202, format!("content-location: {there}")),
        (200, format!("refresh: 0;url={there}")),
        (200, format!("link: <{there}>; rel=preload")),
        (200, format!("alt-svc: http/1.1=\"127.0.0.1:{}\"; ma=3600", trap.port)),
        (200, format!("set-cookie: a=b; domain=127.0.0.1\r\nlocation: {there}")),
        (200, format!("x-accel-redirect: {there}")),
        (300, format!("location: {there}")),
        (305, format!("location: {there}")),
        (306, format!("location: {there}")),
        (399, format!("location: {there}")),
        (401, "www-authenticate: Negotiate".to_owned()),
        (407, "proxy-authenticate: Basic realm=x".to_owned()),
        (421, format!("location: {there}")),
        (426, "upgrade: h2c".to_owned()),
    ] {
        let (result, connections) = answered(format!("{status} X\r\n{header}")).await;
        assert_eq!(result.map(|it| it.status), Ok(status), "{header}");
        assert_eq!(connections, 1, "{header}");
    }
    trap.saw_nothing().await;
}

#[tokio::test]
async fn an_interim_answer_leads_nowhere_and_the_final_one_is_read() {
    let trap = Trap::set().await;
    let hints = format!("103 Early Hints\r\nlink: <http://127.0.0.1:{}/>; rel=preconnect\r\n\r\n", trap.port);
    let (result, _) = answered(format!("{hints}HTTP/1.1 200 OK")).await;
    assert_eq!(result.map(|it| it.status), Ok(200));
    trap.saw_nothing().await;
}
