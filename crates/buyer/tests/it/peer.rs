//! A scripted peer: a real listener whose every connection runs one script.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use buyer::exchange::{
    Exchange, ExchangeConfig, ExchangePolicy, Failure, HttpRequest, HttpResponse, Roots, Target,
};
use bytes::Bytes;
use http::Method;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::Instant,
};

/// Long enough never to be reached by a test that passes.
pub const AMPLE: Duration = Duration::from_secs(30);

/// A listener on loopback, and how many connections it has seen.
pub struct Peer {
    pub address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Peer {
    /// Runs `script` for each connection, with its number from 0.
    pub async fn start<F>(script: impl Fn(TcpStream, usize) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("a bound listener");
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = counted.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(script(stream, number));
            }
        });
        Self { address, connections }
    }

    /// Answers every request on every connection with the same bytes.
    pub async fn answering(answer: &'static [u8]) -> Self {
        Self::start(move |mut stream, _| async move {
            while read_request(&mut stream).await.is_some() {
                if stream.write_all(answer).await.is_err() {
                    break;
                }
            }
        })
        .await
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub fn url(&self) -> String {
        format!("http://{}/ping", self.address)
    }
}

/// One whole request, as sent; `None` when the connection ended before it.
pub async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut text = Vec::new();
    loop {
        let mut byte = [0];
        if stream.read(&mut byte).await.ok()? == 0 {
            return None;
        }
        text.push(byte[0]);
        if text.ends_with(b"\r\n\r\n") {
            break;
        }
    }
    let head = String::from_utf8(text).ok()?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
    let mut body = vec![0; length.parse().ok()?];
    stream.read_exact(&mut body).await.ok()?;
    Some(head + &String::from_utf8(body).ok()?)
}

/// Writes an answer with a length.
pub async fn answer(stream: &mut (impl AsyncWrite + Unpin), body: &str) {
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let _ = stream.write_all(answer.as_bytes()).await;
}

pub fn development() -> ExchangePolicy {
    ExchangePolicy { allow_private_targets: true, own_addresses: Vec::new() }
}

pub fn config(policy: ExchangePolicy) -> ExchangeConfig {
    ExchangeConfig { policy, roots: Roots::Only(Vec::new()), ..ExchangeConfig::default() }
}

pub fn exchange() -> Exchange {
    Exchange::new(config(development())).expect("an exchange needs nothing here")
}

/// A ping to this URL, parsed by a developer's rules whatever the exchange's own are.
pub fn ping(url: &str) -> HttpRequest {
    HttpRequest {
        method: Method::POST,
        url: Target::parse(url, &development()).expect("a URL for development"),
        headers: Vec::new(),
        body: Bytes::from_static(b"{\"pingId\":\"p1\"}"),
    }
}

pub async fn send(exchange: &Exchange, url: &str) -> Result<HttpResponse, Failure> {
    exchange.send(ping(url), Instant::now() + AMPLE).await
}
