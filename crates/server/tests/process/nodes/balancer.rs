//! What stands before the nodes: each request goes to the node after the last one's, and to another one if that does not
//! answer.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

/// How long a node may take. A webhook is answered from the state, in far less.
const ANSWER_MAX: Duration = Duration::from_secs(2);

/// The balancer.
pub struct Balancer {
    /// Where it listens.
    pub address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    nodes: Vec<SocketAddr>,
    next: usize,
    /// How many answers each node has given.
    answers: Vec<usize>,
}

impl Balancer {
    /// A balancer with no node behind it yet.
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("it has an address");
        let shared = Arc::<Mutex<Shared>>::default();
        let router = Router::new().fallback(forward).with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, shared }
    }

    /// These nodes from now on.
    pub fn set(&self, nodes: Vec<SocketAddr>) {
        let mut shared = lock(&self.shared);
        shared.answers = vec![0; nodes.len()];
        shared.nodes = nodes;
    }

    /// How many answers each node has given.
    pub fn answers(&self) -> Vec<usize> {
        lock(&self.shared).answers.clone()
    }
}

fn lock(shared: &Mutex<Shared>) -> std::sync::MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn forward(State(shared): State<Arc<Mutex<Shared>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.expect("the carrier sends it whole");
    let (nodes, first) = {
        let mut shared = lock(&shared);
        shared.next += 1;
        (shared.nodes.clone(), shared.next)
    };
    for n in (0..nodes.len()).map(|n| (first + n) % nodes.len()) {
        let mut request = Request::new(Body::from(body.clone()));
        *request.method_mut() = parts.method.clone();
        *request.uri_mut() = parts.uri.clone();
        *request.headers_mut() = parts.headers.clone();
        if let Ok(Some(answer)) = tokio::time::timeout(ANSWER_MAX, ask(nodes[n], request)).await {
            lock(&shared).answers[n] += 1;
            return answer;
        }
    }
    StatusCode::BAD_GATEWAY.into_response()
}

async fn ask(node: SocketAddr, request: Request) -> Option<Response> {
    let stream = TcpStream::connect(node).await.ok()?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
    tokio::spawn(connection);
    let (parts, body) = sender.send_request(request).await.ok()?.into_parts();
    let whole: Bytes = axum::body::to_bytes(Body::new(body), usize::MAX).await.ok()?;
    Some(Response::from_parts(parts, Body::from(whole)))
}
