//! Hostile buyers, each under its name, and what must become of a ping to it.

use std::{io::Write, sync::LazyLock, time::Duration};

use flate2::{Compression, write::GzEncoder};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{MissedTickBehavior, interval},
};

use self::Does::{Drips, HalfCloses, Pours, Resets, Says, Slams, Stalls};
use crate::peer::{Peer, read_request};

/// What a buyer does once it has read the ping.
#[derive(Clone, Copy)]
pub enum Does {
    /// Writes this and closes.
    Says(&'static [u8]),
    /// Writes the first, then the second until nobody listens or it has written so many bytes.
    Pours(&'static [u8], &'static [u8], usize),
    /// Writes the first, then the second every 20 ms.
    Drips(&'static [u8], &'static [u8]),
    /// Writes this, then resets the connection.
    Resets(&'static [u8]),
    /// Writes this, says that nothing more will come, and goes on listening.
    HalfCloses(&'static [u8]),
    /// Resets without reading.
    Slams,
    /// Never answers a handshake, or anything.
    Stalls,
}

/// One hostile buyer.
#[derive(Clone)]
pub struct Hostile {
    pub name: &'static str,
    pub does: Does,
    /// `no_bid`'s code, or a failure's.
    pub becomes: &'static str,
    /// How many pings it gets at once.
    pub times: usize,
    pub scheme: &'static str,
}

/// A hundred megabytes.
const TOTAL: usize = 100_000_000;
const OK: &[u8] = b"HTTP/1.1 200 OK\r\n";
const BODY: &[u8] = b"HTTP/1.1 200 OK\r\n\r\n";
const CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
const BLANKS: &[u8] = &[b' '; 16_384];

/// 58 MiB of blanks in less than 64 KiB: one member of a gzip stream, nine times.
static BOMB: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..104 {
        encoder.write_all(&[b' '; 65_536]).expect("writing to memory");
    }
    let bomb = encoder.finish().expect("writing to memory").repeat(9);
    assert!(bomb.len() < 64 * 1_024);
    let length = bomb.len();
    let head = format!("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {length}\r\n\r\n");
    [head.into_bytes(), bomb].concat()
});
static ONE_BIG_HEADER: LazyLock<Vec<u8>> =
    LazyLock::new(|| [OK, b"x: ", &[b'x'; 1_000_000], b"\r\n\r\n{}"].concat());
static MANY_HEADERS: LazyLock<Vec<u8>> =
    LazyLock::new(|| [OK, &b"x: y\r\n".repeat(10_000), b"\r\n{}"].concat());
static LONG_EXTENSIONS: LazyLock<Vec<u8>> =
    LazyLock::new(|| [CHUNKED, b"1;", &[b'x'; 200_000], b"\r\n{\r\n0\r\n\r\n"].concat());
static LONG_TRAILERS: LazyLock<Vec<u8>> =
    LazyLock::new(|| [CHUNKED, b"2\r\n{}\r\n0\r\nx: ", &[b'x'; 200_000], b"\r\n\r\n"].concat());

/// All of them.
pub fn hostile() -> Vec<Hostile> {
    [too_much(), too_slow(), broken_off(), lengths(), chunks(), no_answers(), without_tls()].concat()
}

fn row(name: &'static str, does: Does, becomes: &'static str, times: usize) -> Hostile {
    Hostile { name, does, becomes, times, scheme: "http" }
}

fn says(name: &'static str, bytes: &'static [u8], becomes: &'static str) -> Hostile {
    row(name, Says(bytes), becomes, 4)
}

/// Buyers that send too much of something.
fn too_much() -> Vec<Hostile> {
    vec![
        row("100 MB without a length", Pours(BODY, BLANKS, TOTAL), "too_large", 100),
        row("100 MB in endless chunks", Pours(CHUNKED, b"5\r\n     \r\n", TOTAL), "too_large", 100),
        row("a gzip bomb", Says(&BOMB), "too_large", 100),
        row(
            "100 MB as announced",
            Pours(b"HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n", BLANKS, TOTAL),
            "too_large",
            8,
        ),
        row("chunks of one byte", Pours(CHUNKED, b"1\r\n \r\n", TOTAL), "too_large", 8),
        row(
            "interim answers without end",
            Pours(b"", b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n", TOTAL),
            "too_large",
            8,
        ),
        row("continue without end", Pours(b"", b"HTTP/1.1 100 Continue\r\n\r\n", TOTAL), "too_large", 8),
        row("one header of 1 MB", Says(&ONE_BIG_HEADER), "malformed", 8),
        row("10,000 headers", Says(&MANY_HEADERS), "malformed", 8),
        row("headers without end", Pours(OK, b"x: y\r\n", TOTAL), "malformed", 8),
        row("a header without end", Pours(OK, b"xxxxxxxxxxxxxxxx", TOTAL), "malformed", 8),
    ]
}

/// Buyers that take their time.
fn too_slow() -> Vec<Hostile> {
    vec![
        row("a head that drips", Drips(OK, b"x"), "timeout", 8),
        row("interim answers that drip", Drips(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"), "timeout", 4),
        row(
            "a body that drips",
            Drips(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n", b" "),
            "timeout",
            8,
        ),
        row("chunks that drip", Drips(CHUNKED, b"1\r\n \r\n"), "timeout", 4),
        row(
            "gzip that drips",
            Drips(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n\x1f\x8b\x08\x10\0\0\0\0\0\0", b"x"),
            "timeout",
            4,
        ),
        row("silence", Stalls, "timeout", 8),
    ]
}

/// Buyers that break off.
fn broken_off() -> Vec<Hostile> {
    vec![
        row("a reset in the head", Resets(b"HTTP/1.1 200 OK\r\ncontent-"), "unreachable", 4),
        row(
            "a reset in the body",
            Resets(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{"),
            "unreachable",
            8,
        ),
        row(
            "a reset in a chunk",
            Resets(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"),
            "unreachable",
            4,
        ),
        row("a slammed door", Slams, "unreachable", 4),
        row("half closed before the head", HalfCloses(b""), "unreachable", 4),
        row("half closed in the head", HalfCloses(OK), "unreachable", 4),
        row(
            "half closed in the body",
            HalfCloses(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{"),
            "unreachable",
            4,
        ),
        row("half closed in the chunks", HalfCloses(CHUNKED), "unreachable", 4),
        row("closed without a word", Says(b""), "unreachable", 4),
        row(
            "a length that is too long",
            Says(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{\"bidAmount\":1}"),
            "unreachable",
            4,
        ),
    ]
}

/// Buyers that lie about an answer's length.
fn lengths() -> Vec<Hostile> {
    vec![
        says("a length that is too short", b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n{\"bidAmount\":1}", "malformed"),
        says("a length below zero", b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n{\"bidAmount\":1}", "malformed"),
        says("a length with a plus", b"HTTP/1.1 200 OK\r\ncontent-length: +15\r\n\r\n{\"bidAmount\":1}", "malformed"),
        says("a length in hex", b"HTTP/1.1 200 OK\r\ncontent-length: 0xf\r\n\r\n{\"bidAmount\":1}", "malformed"),
        says("a length beyond 64 bits", b"HTTP/1.1 200 OK\r\ncontent-length: 18446744073709551631\r\n\r\n{\"bidAmount\":1}", "malformed"),
        says("a length of all bits", b"HTTP/1.1 200 OK\r\ncontent-length: 18446744073709551615\r\n\r\n{\"bidAmount\":1}", "malformed"),
        says("two lengths", b"HTTP/1.1 200 OK\r\ncontent-length: 15\r\ncontent-length: 16\r\n\r\n{\"bidAmount\":1}", "malformed"),
        says("two lengths in one line", b"HTTP/1.1 200 OK\r\ncontent-length: 15, 16\r\n\r\n{\"bidAmount\":1}", "malformed"),
        says("a length and chunks", b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\nf\r\n{\"bidAmount\":1}\r\n0\r\n\r\n", "malformed"),
        says("chunks and a length", b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 15\r\n\r\nf\r\n{\"bidAmount\":1}\r\n0\r\n\r\n", "malformed"),
        says("chunks twice", b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked, chunked\r\n\r\nf\r\n{\"bidAmount\":1}\r\n0\r\n\r\n", "malformed"),
        says("a coding that was not asked for", b"HTTP/1.1 200 OK\r\ntransfer-encoding: identity\r\n\r\n{\"bidAmount\":1}", "malformed"),
    ]
}

/// Buyers whose chunks cannot be read.
fn chunks() -> Vec<Hostile> {
    vec![
        says(
            "chunks in HTTP/1.0",
            b"HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\nf\r\n{\"bidAmount\":1}\r\n0\r\n\r\n",
            "malformed",
        ),
        says(
            "a chunk beyond 64 bits",
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}",
            "malformed",
        ),
        says(
            "a chunk below zero",
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-1\r\n{}",
            "malformed",
        ),
        says(
            "chunks that do not fit",
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{\"bidAmount\":1}\r\n0\r\n\r\n",
            "malformed",
        ),
        row("a chunk's extension of 200 KB", Says(&LONG_EXTENSIONS), "malformed", 4),
        row("trailers of 200 KB", Says(&LONG_TRAILERS), "malformed", 4),
    ]
}

/// Buyers that say something else than an answer.
fn no_answers() -> Vec<Hostile> {
    vec![
        says("HTTP/0.9", b"{\"bidAmount\":1}", "malformed"),
        says("HTTP/2", b"HTTP/2.0 200 OK\r\ncontent-length: 15\r\n\r\n{\"bidAmount\":1}", "malformed"),
        says("HTTP/2's preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "malformed"),
        says("a request", b"GET / HTTP/1.1\r\nhost: x\r\n\r\n", "malformed"),
        says("another protocol", b"SSH-2.0-OpenSSH_9.2\r\n", "malformed"),
        says("a TLS alert", b"\x15\x03\x03\0\x02\x02\x28", "malformed"),
        says("a status of two digits", b"HTTP/1.1 20 OK\r\n\r\n{\"bidAmount\":1}", "malformed"),
        says("a status of zero", b"HTTP/1.1 000 OK\r\n\r\n{\"bidAmount\":1}", "malformed"),
        says("a folded header", b"HTTP/1.1 200 OK\r\nx: a\r\n b\r\ncontent-length: 15\r\n\r\n{\"bidAmount\":1}", "malformed"),
        says("a header with a NUL", b"HTTP/1.1 200 OK\r\nx: a\0b\r\ncontent-length: 15\r\n\r\n{\"bidAmount\":1}", "malformed"),
        says("a header without a name", b"HTTP/1.1 200 OK\r\n: a\r\ncontent-length: 15\r\n\r\n{\"bidAmount\":1}", "malformed"),
        says("a blank before the colon", b"HTTP/1.1 200 OK\r\ncontent-length : 15\r\n\r\n{\"bidAmount\":1}", "malformed"),
        says("brotli", b"HTTP/1.1 200 OK\r\ncontent-encoding: br\r\ncontent-length: 2\r\n\r\n{}", "malformed"),
        says("gzip twice", b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip, gzip\r\ncontent-length: 2\r\n\r\n{}", "malformed"),
        says("gzip that is none", b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 15\r\n\r\n{\"bidAmount\":1}", "malformed"),
        says("a page", b"HTTP/1.1 200 OK\r\n\r\n<!doctype html><title>Welcome</title>", "malformed"),
        says("a redirect", b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1/\r\ncontent-length: 15\r\n\r\n{\"bidAmount\":1}", "unreachable"),
        says("another protocol from here on", b"HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n{\"bidAmount\":1}", "bad_status"),
    ]
}

/// Buyers that have a certificate to show, and show none.
fn without_tls() -> Vec<Hostile> {
    let rows = [
        row("a handshake that stalls", Stalls, "timeout", 8),
        says("plaintext where TLS is", b"HTTP/1.1 200 OK\r\n\r\n{\"bidAmount\":1}", "unreachable"),
        says("an alert instead of a handshake", b"\x15\x03\x03\0\x02\x02\x28", "unreachable"),
    ];
    rows.map(|row| Hostile { scheme: "https", ..row }).into()
}

impl Hostile {
    pub async fn listen(&self) -> Peer {
        let (does, is_secure) = (self.does, self.scheme == "https");
        Peer::start(move |mut stream, _| async move {
            if is_secure {
                let mut hello = [0; 1_024];
                let _ = stream.read(&mut hello).await;
            } else if !matches!(does, Does::Slams) {
                read_request(&mut stream).await;
            }
            act(does, stream).await;
        })
        .await
    }

    pub fn url(&self, peer: &Peer) -> String {
        format!("{}://{}/ping", self.scheme, peer.address)
    }

    /// What ends by itself gets ample time; what only the deadline ends gets little.
    pub fn time(&self) -> Duration {
        if self.becomes == "timeout" { Duration::from_millis(800) } else { crate::peer::AMPLE }
    }
}

async fn act(does: Does, mut stream: TcpStream) {
    match does {
        Does::Says(bytes) => drop(stream.write_all(bytes).await),
        Does::Pours(head, piece, total) => {
            // Many small pieces at once, or the pouring itself would be the test's longest work.
            let piece = piece.repeat((16_384 / piece.len()).max(1));
            let mut poured = 0;
            let mut next = stream.write_all(head).await;
            while next.is_ok() && poured < total {
                next = stream.write_all(&piece).await;
                poured += piece.len();
            }
        }
        Does::Drips(head, piece) => {
            let mut tick = interval(Duration::from_millis(20));
            tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut next = stream.write_all(head).await;
            while next.is_ok() {
                tick.tick().await;
                next = stream.write_all(piece).await;
            }
        }
        Does::Resets(bytes) => {
            let _ = stream.write_all(bytes).await;
            let _ = stream.set_zero_linger();
        }
        Does::HalfCloses(bytes) => {
            let _ = stream.write_all(bytes).await;
            let _ = stream.shutdown().await;
            until_closed(&mut stream).await;
        }
        Does::Slams => drop(stream.set_zero_linger()),
        Does::Stalls => until_closed(&mut stream).await,
    }
}

async fn until_closed(stream: &mut TcpStream) {
    let mut rest = [0; 1_024];
    while stream.read(&mut rest).await.is_ok_and(|length| length > 0) {}
}
