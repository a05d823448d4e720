//! Connections that are kept: what a buyer says on one after its answer is no answer to the next ping.

use buyer::exchange::Failure;
use tokio::io::AsyncWriteExt;

use crate::peer::{Peer, answer, exchange, read_request, send};

/// As many turns as the client's task needs to find out that a connection is spoilt.
async fn settled() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

/// A buyer that answers each connection's first ping with its number, and `more` right behind it.
async fn answering_with_more(more: &'static [u8]) -> Peer {
    Peer::start(move |mut stream, number| async move {
        while read_request(&mut stream).await.is_some() {
            answer(&mut stream, &format!("{{\"bidAmount\":{number}}}")).await;
            let _ = stream.write_all(more).await;
        }
    })
    .await
}

#[tokio::test]
async fn what_follows_an_answer_is_never_the_next_ones() {
    for more in [
        &b"HTTP/1.1 200 OK\r\ncontent-length: 17\r\n\r\n{\"bidAmount\":999}"[..],
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"garbage",
        b"\r\n\r\n",
        b"\0",
        b"}",
        &[b' '; 20_000],
    ] {
        let peer = answering_with_more(more).await;
        let exchange = exchange();
        for number in 0..3 {
            let answer = send(&exchange, &peer.url()).await.expect("an answer");
            assert_eq!(answer.body, format!("{{\"bidAmount\":{number}}}"), "a connection of its own");
            settled().await;
        }
        assert_eq!(peer.connections(), 3);
    }
}

/// What comes later, when the connection is already in use again, breaks that ping and no other.
#[tokio::test]
async fn garbage_before_the_second_answer_is_no_answer() {
    let peer = Peer::start(|mut stream, number| async move {
        let mut turn = 0;
        while read_request(&mut stream).await.is_some() {
            let answer: &[u8] = match (number, turn) {
                (0, 1) => b"\0\0\0HTTP/1.1 200 OK\r\ncontent-length: 17\r\n\r\n{\"bidAmount\":999}",
                _ => b"HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n{\"bidAmount\":1}",
            };
            turn += 1;
            let _ = stream.write_all(answer).await;
        }
    })
    .await;
    let exchange = exchange();
    assert_eq!(send(&exchange, &peer.url()).await.expect("an answer").body, "{\"bidAmount\":1}");
    settled().await;
    assert_eq!(send(&exchange, &peer.url()).await, Err(Failure::NotHttp));
    settled().await;
    assert_eq!(send(&exchange, &peer.url()).await.expect("an answer").body, "{\"bidAmount\":1}");
    assert_eq!(peer.connections(), 2);
}

/// An answer with two lengths spoils its connection for the next ping.
#[tokio::test]
async fn a_connection_whose_answer_had_two_lengths_is_not_kept() {
    let peer = Peer::start(|mut stream, number| async move {
        while read_request(&mut stream).await.is_some() {
            let answer: &[u8] = match number {
                0 => {
                    b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n\
                      HTTP/1.1 200 OK\r\ncontent-length: 17\r\n\r\n{\"bidAmount\":999}"
                }
                _ => b"HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n{\"bidAmount\":1}",
            };
            let _ = stream.write_all(answer).await;
        }
    })
    .await;
    let exchange = exchange();
    assert_eq!(send(&exchange, &peer.url()).await, Err(Failure::NotHttp));
    settled().await;
    assert_eq!(send(&exchange, &peer.url()).await.expect("an answer").body, "{\"bidAmount\":1}");
}

/// Many answers on one kept connection are each measured alone: the limit of one is not the limit of all.
#[tokio::test]
async fn a_kept_connection_may_carry_more_than_one_answer_may_take() {
    let body = "x".repeat(60_000);
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let peer = Peer::answering(answer.leak().as_bytes()).await;
    let exchange = exchange();
    for _ in 0..20 {
        assert_eq!(send(&exchange, &peer.url()).await.expect("an answer").body.len(), body.len());
        settled().await;
    }
    assert_eq!(peer.connections(), 1);
}
