//! Replies, the impossible ones too.

use crate::lock::lock;
use axum::body::Body as HttpBody;
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use futures_util::{StreamExt, stream};
use http::Response;
use std::{
    collections::BTreeMap,
    io::{self, Write},
    sync::Mutex,
    time::Duration,
};

/// What a buyer answers.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// How the body comes.
    pub body: Body,
    /// Real time before the answer.
    pub delay: Duration,
}

/// How a body comes.
#[derive(Clone, Debug)]
pub enum Body {
    /// At once.
    Bytes(Vec<u8>),
    /// Piece by piece.
    Drip {
        /// All of it.
        body: Vec<u8>,
        /// Time between two bytes.
        every: Duration,
    },
    /// So many bytes of a JSON string.
    Endless {
        /// How many.
        bytes: usize,
    },
    /// Compressed zeroes that unpack to so many bytes.
    GzipBomb {
        /// How many.
        bytes: usize,
    },
    /// Headers, then nothing.
    HangAfterHeaders,
    /// Headers and a piece, then the end of the connection.
    CloseMidBody,
    /// The end of the connection.
    CloseAtOnce,
    /// Nothing at all.
    Never,
}

impl Reply {
    /// A reply with a content type, if it is not empty.
    #[must_use]
    pub fn new(status: u16, content_type: &str, body: Body) -> Self {
        let reply = Self { status, headers: vec![], body, delay: Duration::ZERO };
        if content_type.is_empty() { reply } else { reply.header("content-type", content_type) }
    }

    /// JSON text.
    #[must_use]
    pub fn json(status: u16, text: String) -> Self {
        Self::new(status, "application/json", Body::Bytes(text.into_bytes()))
    }

    /// One more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// After some real time.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// The response, in its own time. An error closes the connection.
    pub(super) async fn response(self) -> io::Result<Response<HttpBody>> {
        tokio::time::sleep(self.delay).await;
        let mut response = Response::builder().status(self.status);
        for (name, value) in &self.headers {
            response = response.header(name, value);
        }
        let gone = || io::Error::new(io::ErrorKind::ConnectionReset, "the buyer is gone");
        let body = match self.body {
            Body::Never => return std::future::pending().await,
            Body::CloseAtOnce => return Err(gone()),
            Body::Bytes(bytes) => HttpBody::from(bytes),
            Body::Drip { body, every } => {
                let bytes = stream::iter(body).then(move |byte| async move {
                    tokio::time::sleep(every).await;
                    io::Result::Ok(Bytes::from(vec![byte]))
                });
                HttpBody::from_stream(bytes)
            }
            Body::Endless { bytes } => {
                let piece = Bytes::from(vec![b'x'; 64 * 1024]);
                let pieces = stream::repeat(piece).take(bytes / (64 * 1024));
                let start = stream::once(async { Bytes::from_static(b"{\"bidId\":\"") });
                HttpBody::from_stream(start.chain(pieces).map(io::Result::Ok))
            }
            Body::GzipBomb { bytes } => {
                response = response.header("content-encoding", "gzip");
                let packing = tokio::task::spawn_blocking(move || bomb(bytes));
                HttpBody::from(packing.await.map_err(io::Error::other)?)
            }
            Body::HangAfterHeaders => HttpBody::from_stream(stream::pending::<io::Result<Bytes>>()),
            Body::CloseMidBody => {
                let start = stream::once(async { Ok(Bytes::from_static(b"{\"bidId\":\"")) });
                HttpBody::from_stream(start.chain(stream::once(async move { Err(gone()) })))
            }
        };
        response.body(body).map_err(io::Error::other)
    }
}

/// Packed once for all who send it: it takes far longer than to be found out.
pub(super) fn bomb(bytes: usize) -> Bytes {
    static PACKED: Mutex<BTreeMap<usize, Bytes>> = Mutex::new(BTreeMap::new());
    lock(&PACKED).entry(bytes).or_insert_with(|| packed(bytes).into()).clone()
}

fn packed(bytes: usize) -> Vec<u8> {
    let mut packed = GzEncoder::new(vec![], Compression::best());
    let zeroes = vec![b'0'; 64 * 1024];
    for _ in 0..bytes / zeroes.len() {
        packed.write_all(&zeroes).expect("memory takes all bytes");
    }
    packed.finish().expect("memory takes all bytes")
}
