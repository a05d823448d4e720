//! Pools survive: a buyer that closes, resets or drips costs no other buyer its connection, and is spoken to again itself.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::Instant,
};

use crate::{
    connections::connection_is_free,
    peer::{Peer, answer, exchange, ping, read_request, send},
};

/// What an ill buyer does with the n-th connection; a well one answers.
#[derive(Clone, Copy, Debug)]
enum Ill {
    Closes,
    Resets,
    ClosesAfterAnswer,
    ResetsAfterAnswer,
    Drips,
    BreaksOff,
}

const ILL: [Ill; 6] =
    [Ill::Closes, Ill::Resets, Ill::ClosesAfterAnswer, Ill::ResetsAfterAnswer, Ill::Drips, Ill::BreaksOff];
/// So many connections it is ill on.
const TIMES: usize = 8;

async fn ill(kind: Ill) -> Peer {
    Peer::start(move |mut stream, number| async move {
        while read_request(&mut stream).await.is_some() {
            match kind {
                _ if number >= TIMES => answer(&mut stream, "{}").await,
                Ill::Closes => return,
                Ill::Resets => return drop(stream.set_zero_linger()),
                Ill::ClosesAfterAnswer => return answer(&mut stream, "{}").await,
                Ill::ResetsAfterAnswer => {
                    answer(&mut stream, "{}").await;
                    // The answer is read before the reset overtakes it.
                    let _ = stream.read_u8().await;
                    return drop(stream.set_zero_linger());
                }
                Ill::Drips => {
                    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{").await;
                    let _ = stream.read_u8().await;
                    return;
                }
                Ill::BreaksOff => {
                    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{").await;
                    return;
                }
            }
        }
    })
    .await
}

#[tokio::test]
async fn ill_buyers_cost_nobody_a_connection_and_are_well_again_themselves() {
    let exchange = exchange();
    let well = Peer::answering(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
    for kind in ILL {
        let peer = ill(kind).await;
        let soon = || Instant::now() + Duration::from_millis(300);
        while peer.connections() <= TIMES {
            let before = peer.connections();
            let _ = exchange.send(ping(&peer.url()), soon()).await;
            send(&exchange, &well.url()).await.expect("the other buyer answers");
            connection_is_free().await;
            assert!(peer.connections() <= before + 2, "{kind:?}: one try and one repeat");
        }
        for _ in 0..5 {
            assert_eq!(send(&exchange, &peer.url()).await.expect("it is well again").status, 200, "{kind:?}");
            connection_is_free().await;
        }
        assert!(peer.connections() <= TIMES + 2, "{kind:?}: {} connections", peer.connections());
    }
    assert_eq!(well.connections(), 1, "one connection served the other buyer all the while");
}
