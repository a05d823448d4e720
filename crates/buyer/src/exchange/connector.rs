//! Opens connections: the address is checked, TCP is bounded in time, TLS is verified.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures_util::future::BoxFuture;
use http::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::{
    net::TcpStream,
    time::{Instant, timeout},
};
use tower::Service;

use super::{Unreachable, names::Names, wire::Wire};

/// Of a name with many addresses, at most this many are tried.
pub const ADDRESSES_MAX: usize = 3;
/// The longest that look-up, TCP and TLS may take together. A request's own deadline is usually shorter; this
/// ends the connections that nobody waits for any more.
pub const CONNECTING_MAX: Duration = Duration::from_secs(10);

/// What the client calls for a new connection.
#[derive(Clone)]
pub(super) struct Connector {
    https: HttpsConnector<Tcp>,
}

impl Connector {
    pub(super) fn new(names: Arc<Names>, connect_timeout: Duration, tls: ClientConfig) -> Self {
        Self { https: HttpsConnector::from((Tcp { names, connect_timeout }, tls)) }
    }
}

type Stream = TokioIo<Wire<TokioIo<MaybeHttpsStream<TokioIo<TcpStream>>>>>;

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = Unreachable;
    type Future = BoxFuture<'static, Result<Stream, Unreachable>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Unreachable>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connecting = self.https.call(uri);
        Box::pin(async move {
            match timeout(CONNECTING_MAX, connecting).await {
                Ok(Ok(stream)) => Ok(TokioIo::new(Wire::new(TokioIo::new(stream)))),
                Ok(Err(error)) => Err(error.downcast_ref().copied().unwrap_or(Unreachable::TlsFailed)),
                Err(_) => Err(Unreachable::ConnectTimeout),
            }
        })
    }
}

/// The part below TLS.
#[derive(Clone)]
struct Tcp {
    names: Arc<Names>,
    connect_timeout: Duration,
}

impl Service<Uri> for Tcp {
    type Response = TokioIo<TcpStream>;
    type Error = Unreachable;
    type Future = BoxFuture<'static, Result<TokioIo<TcpStream>, Unreachable>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Unreachable>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let Self { names, connect_timeout } = self.clone();
        Box::pin(async move {
            let addresses = names.addresses(uri.host().unwrap_or_default()).await?;
            let default = if uri.scheme_str() == Some("https") { 443 } else { 80 };
            let port = uri.port_u16().unwrap_or(default);
            connect(&addresses, port, connect_timeout).await.map(TokioIo::new)
        })
    }
}

/// One address after the other; each gets an equal share of the time that is left.
async fn connect(addresses: &[IpAddr], port: u16, within: Duration) -> Result<TcpStream, Unreachable> {
    let deadline = Instant::now() + within;
    let mut last = Unreachable::NoRoute;
    let tried = &addresses[..addresses.len().min(ADDRESSES_MAX)];
    let mut waiting = u32::try_from(tried.len()).unwrap_or(1);
    for address in tried {
        let share = deadline.saturating_duration_since(Instant::now()) / waiting;
        waiting -= 1;
        match timeout(share, TcpStream::connect(SocketAddr::new(*address, port))).await {
            Ok(Ok(stream)) if stream.set_nodelay(true).is_ok() => return Ok(stream),
            Ok(Ok(_)) => last = Unreachable::Reset,
            Ok(Err(error)) => last = why(&error),
            Err(_) => last = Unreachable::ConnectTimeout,
        }
    }
    Err(last)
}

fn why(error: &io::Error) -> Unreachable {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Unreachable::Refused,
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => Unreachable::Reset,
        io::ErrorKind::TimedOut => Unreachable::ConnectTimeout,
        _ => Unreachable::NoRoute,
    }
}
