//! The only door to a buyer's URL: requests as data in, answers as data out.
//!
//! Start from [`Exchange::send`]. Nothing else in the project opens a connection to a buyer. Here are held:
//! public addresses only, checked at the connection itself; no redirect, proxy or cookie; certificates verified
//! and nothing repeated in plaintext; one deadline over connect, head and body; a bounded body.
//!
//! HTTP/1.1 alone is spoken. Every buyer that speaks HTTP/2 speaks it too, a connection then carries one
//! request, so that one slow answer holds up no other, and what a peer can make us buffer is one small read
//! buffer a connection.

mod answer;
mod connector;
mod drain;
mod failure;
mod names;
mod private_address;
mod target;
mod wire;

use std::{fmt, net::IpAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::stream::FuturesUnordered;
use http::{
    HeaderName, HeaderValue, Method, Request,
    header::{
        ACCEPT_ENCODING, CONNECTION, CONTENT_LENGTH, COOKIE, EXPECT, HOST, TE, TRAILER, TRANSFER_ENCODING,
        UPGRADE, USER_AGENT,
    },
};
use http_body_util::Full;
use hyper_rustls::ConfigBuilderExt;
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioTimer},
};
use rustls::{ClientConfig, RootCertStore, pki_types::CertificateDer};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout_at},
};

pub use self::{
    answer::{RETRY_AFTER_MAX, retry_after},
    connector::{ADDRESSES_MAX, CONNECTING_MAX},
    drain::{DRAIN_FOR, DRAINING_MAX, Drained},
    failure::{Failure, Unreachable},
    names::{FAILED_FOR, FAILED_NAMES_MAX, LOOK_UP_MAX, NameServers, QUESTIONS_MAX},
    private_address::refusal,
    target::{Target, TargetError, URL_BYTES_MAX},
};
use self::{connector::Connector, drain::Drain, names::Names, wire::Traffic};

/// The longest that TCP may take to connect, inside a request's own deadline.
pub const CONNECT_TIMEOUT_MAX: Duration = Duration::from_secs(1);
/// Idle connections kept for each origin: as many as auctions that may run at once.
pub const IDLE_PER_ORIGIN: usize = 256;
/// How long an idle connection is kept.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(90);
/// The largest body that is read, in bytes, as sent and after decompression.
pub const BODY_MAX: usize = 64 * 1_024;
/// The largest head of an answer, in bytes, and the largest piece of a body that is read at once.
pub const HEAD_MAX: usize = 16 * 1_024;

/// The headers that this module writes itself, or that would change how a message is framed or whose it is. An
/// offer's own headers may not hold them; in a request they are left out.
pub const HEADERS_NOT_TAKEN: [HeaderName; 10] = [
    HOST,
    CONTENT_LENGTH,
    TRANSFER_ENCODING,
    TE,
    TRAILER,
    CONNECTION,
    UPGRADE,
    EXPECT,
    COOKIE,
    ACCEPT_ENCODING,
];

/// Where a deployment lets a buyer's URL lead to.
#[derive(Debug, Clone, Default)]
pub struct ExchangePolicy {
    /// For development: http, any port, loopback and private ranges as well.
    pub allow_private_targets: bool,
    /// This server's own public addresses, which no buyer's URL may lead to.
    pub own_addresses: Vec<IpAddr>,
}

/// Whose certificates are trusted.
#[derive(Clone, Default)]
pub enum Roots {
    /// Those of the machine.
    #[default]
    System,
    /// These alone.
    Only(Vec<CertificateDer<'static>>),
}

/// What an [`Exchange`] is made from.
#[derive(Clone)]
pub struct ExchangeConfig {
    /// Where requests may go.
    pub policy: ExchangePolicy,
    /// The longest that TCP may take; at most [`CONNECT_TIMEOUT_MAX`].
    pub connect_timeout: Duration,
    /// Idle connections kept for each origin.
    pub idle_per_origin: usize,
    /// How long an idle connection is kept.
    pub idle_timeout: Duration,
    /// The largest body that is read, in bytes.
    pub body_max: usize,
    /// How many requests may be drained at once.
    pub draining_max: usize,
    /// How long a round's leftovers are drained.
    pub drain_for: Duration,
    /// Who answers for names.
    pub name_servers: NameServers,
    /// Whose certificates are trusted.
    pub roots: Roots,
}

impl Default for ExchangeConfig {
    fn default() -> Self {
        Self {
            policy: ExchangePolicy::default(),
            connect_timeout: CONNECT_TIMEOUT_MAX,
            idle_per_origin: IDLE_PER_ORIGIN,
            idle_timeout: IDLE_TIMEOUT,
            body_max: BODY_MAX,
            draining_max: DRAINING_MAX,
            drain_for: DRAIN_FOR,
            name_servers: NameServers::System,
            roots: Roots::System,
        }
    }
}

/// One request to a buyer.
#[derive(Clone)]
pub struct HttpRequest {
    /// `POST`, or `GET` where the buyer is asked by query.
    pub method: Method,
    /// Where to, checked.
    pub url: Target,
    /// All headers but those that the exchange writes itself.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The body, built once for all tries.
    pub body: Bytes,
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// One whole answer.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpResponse {
    /// The status, any but a redirect.
    pub status: u16,
    /// When to come back, if the answer says so.
    pub retry_after: Option<Duration>,
    /// The body, decompressed.
    pub body: Bytes,
    /// The request was sent twice, because the first connection was found closed.
    pub resent: bool,
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpResponse")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Why an [`Exchange`] could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The machine has no certificates to trust, or a given one is unusable.
    #[error("reading the trusted root certificates")]
    Roots(#[source] std::io::Error),
    /// The TLS library refuses its own defaults.
    #[error("setting up TLS")]
    Tls(#[source] rustls::Error),
}

/// Sends requests to buyers. Cheap to clone; all clones share the connections.
#[derive(Clone)]
pub struct Exchange {
    client: Client<Connector, Full<Bytes>>,
    names: Arc<Names>,
    policy: Arc<ExchangePolicy>,
    drain: Arc<Drain>,
    body_max: usize,
}

impl Exchange {
    /// Must be called inside a tokio runtime, where the drain task then lives.
    pub fn new(config: ExchangeConfig) -> Result<Self, ExchangeError> {
        let tls = tls(config.roots, &config.policy)?;
        let policy = Arc::new(config.policy);
        let names = Arc::new(Names::new(&config.name_servers, Arc::clone(&policy)));
        let connect_timeout = config.connect_timeout.min(CONNECT_TIMEOUT_MAX);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(config.idle_timeout)
            .pool_max_idle_per_host(config.idle_per_origin)
            .http1_max_buf_size(HEAD_MAX)
            .build(Connector::new(Arc::clone(&names), connect_timeout, tls));
        let drain = Arc::new(Drain::start(config.draining_max, config.drain_for));
        Ok(Self { client, names, policy, drain, body_max: config.body_max })
    }

    /// Where this exchange's requests may go: what [`Target::parse`] asks for.
    pub fn policy(&self) -> &ExchangePolicy {
        &self.policy
    }

    /// Sends one request and reads the whole answer before the deadline, connect time included. A future and no
    /// task: callers put many into one `FuturesUnordered`. To drop it closes its connection; see
    /// [`Exchange::drain`].
    ///
    /// A request that finds its connection closed is sent once more, if that connection had answered before and
    /// not a byte has come back this time: a peer that closes an idle connection has not read what was sent on
    /// it (RFC 9112, 9.3.1). Buyers recognise a repeat by its ping id or idempotency key all the same.
    /// (`hyper_util` itself repeats only what it has not yet begun to send.)
    pub fn send(
        &self,
        request: HttpRequest,
        deadline: Instant,
    ) -> impl Future<Output = Result<HttpResponse, Failure>> + Send + use<> {
        let exchange = self.clone();
        async move {
            if Instant::now() >= deadline {
                return Err(Failure::Timeout);
            }
            let answered = timeout_at(deadline, exchange.send_at_most_twice(request)).await;
            answered.unwrap_or(Err(Failure::Timeout))
        }
    }

    /// Takes what a closed round still waits for, finishes it, and sends each result to `late`. A result that
    /// finds no room there is lost, so give the channel room for all of them.
    ///
    /// The requests keep their own deadlines: a round that wants to tell late from silent gives
    /// [`Exchange::send`] a deadline beyond the offer's and closes by its own timer.
    pub fn drain<F>(&self, leftover: FuturesUnordered<F>, late: mpsc::Sender<F::Output>) -> Drained
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        self.drain.take(leftover, late)
    }

    /// Whether the target's name now leads to an address that may be connected to: for the settings' check.
    /// Connects to nothing.
    pub async fn look_up(&self, target: &Target) -> Result<(), Unreachable> {
        self.names.addresses(target.host()).await.map(|_| ())
    }

    async fn send_at_most_twice(&self, request: HttpRequest) -> Result<HttpResponse, Failure> {
        match self.send_once(&request).await {
            Err(Broken { connection: Reused::AndStale, .. }) => {
                let again = self.send_once(&request).await;
                again.map(|it| HttpResponse { resent: true, ..it }).map_err(|it| it.failure)
            }
            answered => answered.map_err(|it| it.failure),
        }
    }

    async fn send_once(&self, request: &HttpRequest) -> Result<HttpResponse, Broken> {
        let answer = self.client.request(encode(request)).await.map_err(|error| Broken::of(&error))?;
        answer::read(answer, self.body_max)
            .await
            .map_err(|failure| Broken { failure, connection: Reused::NotOrAnswering })
    }
}

/// A try that failed, and whether the connection explains it.
struct Broken {
    failure: Failure,
    connection: Reused,
}

enum Reused {
    AndStale,
    NotOrAnswering,
}

impl Broken {
    fn of(error: &hyper_util::client::legacy::Error) -> Self {
        let mut extras = http::Extensions::new();
        if let Some(connected) = error.connect_info() {
            connected.get_extras(&mut extras);
        }
        let connection = match extras.get::<Traffic>() {
            Some(traffic) if traffic.is_stale() => Reused::AndStale,
            _ => Reused::NotOrAnswering,
        };
        Self { failure: failure::of(error), connection }
    }
}

fn encode(request: &HttpRequest) -> Request<Full<Bytes>> {
    let mut encoded = Request::new(Full::new(request.body.clone()));
    *encoded.method_mut() = request.method.clone();
    *encoded.uri_mut() = request.url.uri().clone();
    let headers = encoded.headers_mut();
    headers.insert(USER_AGENT, HeaderValue::from_static("pingpost"));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    for (name, value) in &request.headers {
        if !HEADERS_NOT_TAKEN.contains(name) {
            headers.insert(name, value.clone());
        }
    }
    encoded
}

/// TLS 1.2 and 1.3 by ring, whatever provider the process has installed. A development machine may lack trusted
/// roots; no certificate is valid there then.
fn tls(roots: Roots, policy: &ExchangePolicy) -> Result<ClientConfig, ExchangeError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(ExchangeError::Tls)?;
    let builder = match roots {
        Roots::System => match builder.clone().with_native_roots() {
            Ok(builder) => builder,
            Err(_) if policy.allow_private_targets => {
                tracing::warn!("no trusted root certificates on this machine: no https buyer can be reached");
                builder.with_root_certificates(RootCertStore::empty())
            }
            Err(error) => return Err(ExchangeError::Roots(error)),
        },
        Roots::Only(certificates) => {
            let mut store = RootCertStore::empty();
            for certificate in certificates {
                store.add(certificate).map_err(ExchangeError::Tls)?;
            }
            builder.with_root_certificates(store)
        }
    };
    let mut config = builder.with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
