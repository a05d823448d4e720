//! Which connection carries which request: reuse, the second try, what a closed round leaves behind.

use std::sync::Arc;

use buyer::exchange::{Drained, Failure, Unreachable};
use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::{
    io::AsyncWriteExt,
    sync::{Notify, mpsc},
    time::Instant,
};

use crate::peer::{AMPLE, Peer, answer, exchange, ping, read_request, send};

#[tokio::test]
async fn two_requests_share_one_connection() {
    let peer = Peer::answering(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
    let exchange = exchange();
    for _ in 0..5 {
        send(&exchange, &peer.url()).await.expect("an answer");
        connection_is_free().await;
    }
    assert_eq!(peer.connections(), 1);
}

/// An answered connection returns to the pool by a task of the client's, which has to run first.
pub async fn connection_is_free() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_reused_connection_that_is_found_closed_is_replaced_once() {
    let (seen, mut requests) = mpsc::unbounded_channel();
    let peer = Peer::start(move |mut stream, number| {
        let seen = seen.clone();
        async move {
            // The first connection answers its first request and reads its second; then it closes.
            seen.send((number, read_request(&mut stream).await.expect("a request"))).expect("a listener");
            answer(&mut stream, "{}").await;
            if let Some(second) = read_request(&mut stream).await {
                seen.send((number, second)).expect("a listener");
            }
        }
    })
    .await;
    let exchange = exchange();
    assert!(!send(&exchange, &peer.url()).await.expect("a first answer").resent);
    connection_is_free().await;
    assert!(send(&exchange, &peer.url()).await.expect("a second answer").resent);
    let mut carried = Vec::new();
    for _ in 0..3 {
        carried.push(requests.recv().await.expect("three requests"));
    }
    assert_eq!(carried.iter().map(|it| it.0).collect::<Vec<_>>(), [0, 0, 1]);
    assert!(carried.iter().all(|it| it.1 == carried[0].1), "each try is the same request");
}

#[tokio::test]
async fn a_reused_connection_that_began_to_answer_is_not_replaced() {
    let peer = Peer::start(|mut stream, _| async move {
        read_request(&mut stream).await.expect("a request");
        answer(&mut stream, "{}").await;
        read_request(&mut stream).await.expect("a second request");
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-le").await;
    })
    .await;
    let exchange = exchange();
    send(&exchange, &peer.url()).await.expect("a first answer");
    connection_is_free().await;
    let second = send(&exchange, &peer.url()).await;
    assert_eq!(second, Err(Failure::Unreachable(Unreachable::Reset)));
    assert_eq!(peer.connections(), 1);
}

#[tokio::test]
async fn a_fresh_connection_that_breaks_is_not_replaced() {
    let peer = Peer::start(|mut stream, _| async move {
        read_request(&mut stream).await;
    })
    .await;
    assert_eq!(send(&exchange(), &peer.url()).await, Err(Failure::Unreachable(Unreachable::Reset)));
    assert_eq!(peer.connections(), 1);
}

#[tokio::test]
async fn a_drained_late_answer_arrives_and_keeps_its_connection() {
    let (asked, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (asked_by_peer, go_peer) = (Arc::clone(&asked), Arc::clone(&go));
    let peer = Peer::start(move |mut stream, _| {
        let (asked, go) = (Arc::clone(&asked_by_peer), Arc::clone(&go_peer));
        async move {
            while read_request(&mut stream).await.is_some() {
                asked.notify_one();
                go.notified().await;
                answer(&mut stream, "{\"bidAmount\":91}").await;
            }
        }
    })
    .await;
    let exchange = exchange();
    let mut round = FuturesUnordered::new();
    let pinged = exchange.send(ping(&peer.url()), Instant::now() + AMPLE);
    round.push(async move { ("offer 1", pinged.await) });
    tokio::select! {
        () = asked.notified() => {}
        _ = round.next() => panic!("nothing was answered yet"),
    }

    let (late, mut results) = mpsc::channel(1);
    assert_eq!(exchange.drain(round, late), Drained::Kept);
    go.notify_one();
    let (offer, result) = results.recv().await.expect("a late result");
    assert_eq!((offer, &result.expect("an answer").body[..]), ("offer 1", &b"{\"bidAmount\":91}"[..]));
    assert_eq!(results.recv().await, None);

    go.notify_one();
    connection_is_free().await;
    send(&exchange, &peer.url()).await.expect("an answer");
    assert_eq!(peer.connections(), 1);
}

#[tokio::test]
async fn a_dropped_request_closes_its_connection() {
    let (closed, mut closings) = mpsc::unbounded_channel();
    let asked = Arc::new(Notify::new());
    let asked_by_peer = Arc::clone(&asked);
    let peer = Peer::start(move |mut stream, _| {
        let (closed, asked) = (closed.clone(), Arc::clone(&asked_by_peer));
        async move {
            read_request(&mut stream).await.expect("a request");
            asked.notify_one();
            closed.send(read_request(&mut stream).await).expect("the test listens");
        }
    })
    .await;
    let exchange = exchange();
    let url = peer.url();
    tokio::select! {
        () = asked.notified() => {}
        _ = send(&exchange, &url) => panic!("nothing was answered"),
    }
    assert_eq!(closings.recv().await, Some(None));
}
