//! No way leads to an address inside: a trap listens there and must see nothing.

use buyer::exchange::{Exchange, ExchangePolicy, Failure, Unreachable};

use crate::peer::{Peer, config, exchange, send};

fn strict() -> Exchange {
    Exchange::new(config(ExchangePolicy::default())).expect("an exchange needs nothing here")
}

#[tokio::test]
async fn a_literal_private_address_is_refused_at_the_connection_too() {
    let trap = Peer::answering(b"").await;
    let port = trap.address.port();
    for host in ["127.0.0.1", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "2130706433", "localhost"] {
        let result = send(&strict(), &format!("http://{host}:{port}/")).await;
        assert_eq!(result, Err(Failure::Unreachable(Unreachable::PrivateAddress)), "{host}");
    }
    assert_eq!(trap.connections(), 0);
}

#[tokio::test]
async fn no_redirect_is_followed() {
    for status in [301, 302, 303, 307, 308] {
        let trap = Peer::answering(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
        let answer =
            format!("HTTP/1.1 {status} Moved\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n", trap.url());
        let peer = Peer::answering(answer.leak().as_bytes()).await;
        assert_eq!(send(&exchange(), &peer.url()).await, Err(Failure::RedirectNotAllowed(status)));
        assert_eq!((peer.connections(), trap.connections()), (1, 0));
    }
}
