//! Buyers that are silent, slow, endless or not HTTP at all.

use std::{io::Write, time::Duration};

use buyer::exchange::{Failure, Unreachable};
use flate2::{Compression, write::GzEncoder};
use futures_util::future::join_all;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc,
    time::{Instant, interval},
};

use crate::peer::{AMPLE, Peer, exchange, ping, read_request, send};

/// Short enough to wait for, long enough to connect on a busy machine.
const SOON: Duration = Duration::from_millis(400);

pub fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).expect("writing to memory");
    encoder.finish().expect("writing to memory")
}

/// So many times 64 KiB of blanks, packed without ever being there whole.
fn gzip_of_blanks(times: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..times {
        encoder.write_all(&[b' '; 65_536]).expect("writing to memory");
    }
    encoder.finish().expect("writing to memory")
}

async fn send_soon(url: &str) -> Result<buyer::exchange::HttpResponse, Failure> {
    let start = Instant::now();
    let result = exchange().send(ping(url), start + SOON).await;
    assert!(start.elapsed() < SOON + Duration::from_secs(5));
    result
}

#[tokio::test]
async fn silence_ends_at_the_deadline() {
    let peer = Peer::start(|mut stream, _| async move {
        read_request(&mut stream).await;
        let _ = stream.read_u8().await;
    })
    .await;
    assert_eq!(send_soon(&peer.url()).await, Err(Failure::Timeout));
}

#[tokio::test]
async fn the_deadline_covers_a_body_that_drips() {
    let peer = Peer::start(|mut stream, _| async move {
        read_request(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n").await;
        let mut tick = interval(Duration::from_millis(20));
        while stream.write_all(b" ").await.is_ok() {
            tick.tick().await;
        }
    })
    .await;
    assert_eq!(send_soon(&peer.url()).await, Err(Failure::Timeout));
}

#[tokio::test]
async fn the_deadline_covers_a_head_that_drips_and_endless_interim_answers() {
    for piece in [&b"x"[..], b"HTTP/1.1 103 Early Hints\r\n\r\n"] {
        let peer = Peer::start(move |mut stream, _| async move {
            read_request(&mut stream).await;
            let mut tick = interval(Duration::from_millis(20));
            while stream.write_all(piece).await.is_ok() {
                tick.tick().await;
            }
        })
        .await;
        let result = send_soon(&peer.url()).await;
        assert!(matches!(result, Err(Failure::Timeout | Failure::NotHttp)), "{result:?}");
    }
}

#[tokio::test]
async fn a_deadline_that_has_passed_sends_nothing() {
    let peer = Peer::answering(b"").await;
    assert_eq!(exchange().send(ping(&peer.url()), Instant::now()).await, Err(Failure::Timeout));
    assert_eq!(peer.connections(), 0);
}

/// Writes until the other side has had enough; says how much was taken.
async fn pour(
    mut stream: TcpStream,
    head: &str,
    piece: &[u8],
    total: usize,
    poured: mpsc::UnboundedSender<usize>,
) {
    read_request(&mut stream).await;
    let mut sent = 0;
    if stream.write_all(head.as_bytes()).await.is_ok() {
        while sent < total && stream.write_all(piece).await.is_ok() {
            sent += piece.len();
        }
    }
    let _ = poured.send(sent);
}

#[tokio::test]
async fn a_hundred_bodies_of_100_megabytes_are_cut_off() {
    const TOTAL: usize = 100_000_000;
    let (poured, mut sent) = mpsc::unbounded_channel();
    let peer = Peer::start(move |stream, _| {
        let poured = poured.clone();
        async move {
            static PIECE: [u8; 16_384] = [b' '; 16_384];
            pour(stream, "HTTP/1.1 200 OK\r\n\r\n", &PIECE, TOTAL, poured).await;
        }
    })
    .await;
    let exchange = exchange();
    let before = resident_bytes();
    let url = peer.url();
    let results = join_all((0..100).map(|_| send(&exchange, &url))).await;
    assert!(results.iter().all(|it| *it == Err(Failure::TooLarge)), "{results:?}");
    for _ in 0..100 {
        let taken = sent.recv().await.expect("each connection is dropped");
        assert!(taken < TOTAL / 4, "{taken} bytes were taken");
    }
    let grown = resident_bytes().saturating_sub(before);
    assert!(grown < 40_000_000, "{grown} bytes more are resident");
}

fn resident_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0) * 4_096
}

#[tokio::test]
async fn a_length_that_is_too_large_is_refused_unread() {
    let peer = Peer::answering(b"HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n").await;
    assert_eq!(send(&exchange(), &peer.url()).await, Err(Failure::TooLarge));
}

#[tokio::test]
async fn endless_chunks_are_cut_off() {
    let (poured, mut sent) = mpsc::unbounded_channel();
    let peer = Peer::start(move |stream, _| {
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        pour(stream, head, b"5\r\n     \r\n", 100_000_000, poured.clone())
    })
    .await;
    assert_eq!(send(&exchange(), &peer.url()).await, Err(Failure::TooLarge));
    assert!(sent.recv().await.expect("the connection is dropped") < 100_000_000);
}

#[tokio::test]
async fn a_gzip_bomb_is_cut_off() {
    let peer = Peer::start(|mut stream, _| async move {
        read_request(&mut stream).await;
        let bomb = gzip_of_blanks(800);
        assert!(bomb.len() < 64 * 1_024);
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n", bomb.len());
        let _ = stream.write_all(head.as_bytes()).await;
        let _ = stream.write_all(&bomb).await;
    })
    .await;
    assert_eq!(send(&exchange(), &peer.url()).await, Err(Failure::TooLarge));
}

#[tokio::test]
async fn what_is_not_http_is_named() {
    let big = [b"HTTP/1.1 200 OK\r\nx: ".as_slice(), &[b'x'; 40_000], b"\r\n\r\n"].concat();
    let many = [b"HTTP/1.1 200 OK\r\n".as_slice(), &b"x: y\r\n".repeat(2_000), b"\r\n"].concat();
    for bytes in [
        b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(),
        b"HTTP/1.1 abc\r\n\r\n".to_vec(),
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n".to_vec(),
        b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n".to_vec(),
        b"HTTP/1.1 200 OK\r\n b\r\nad: \0\r\n\r\n".to_vec(),
        b"\x16\x03\x01\x02\x00\x01".to_vec(),
        big,
        many,
    ] {
        let peer = Peer::answering(bytes.leak()).await;
        let result = exchange().send(ping(&peer.url()), Instant::now() + AMPLE).await;
        assert_eq!(result, Err(Failure::NotHttp));
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_no_answer() {
    for bytes in [
        &b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{}"[..],
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n",
    ] {
        let peer = Peer::start(move |mut stream, _| async move {
            read_request(&mut stream).await;
            let _ = stream.write_all(bytes).await;
        })
        .await;
        assert_eq!(send(&exchange(), &peer.url()).await, Err(Failure::Unreachable(Unreachable::Reset)));
    }
}

#[tokio::test]
async fn nobody_listening_is_refused() {
    let peer = Peer::answering(b"").await;
    let url = format!("http://127.0.0.1:{}/", peer.address.port());
    let elsewhere = url.replace("127.0.0.1", "127.99.99.99");
    assert_eq!(send(&exchange(), &elsewhere).await, Err(Failure::Unreachable(Unreachable::Refused)));
}
