//! `Balancer`: what stands before the nodes. Each request goes to a living node in turn, and to another one if it cannot
//! be handed over; what was handed over is never sent twice.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::Context;
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use tokio::{net::TcpListener, task::JoinHandle};

/// The longest that a node may take to answer; Twilio itself waits no longer.
const ANSWER_MAX: Duration = Duration::from_secs(15);
/// The longest that a node may take to be connected.
const CONNECT_MAX: Duration = Duration::from_secs(1);
/// How often it is asked who lives.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// The largest body.
const BODY_MAX: usize = 1 << 20;
/// What belongs to one connection, and is not handed on.
const OF_A_CONNECTION: [HeaderName; 4] =
    [header::HOST, header::CONNECTION, header::TRANSFER_ENCODING, header::CONTENT_LENGTH];

/// A balancer.
#[derive(Debug)]
pub(crate) struct Balancer {
    serving: JoinHandle<()>,
    looking: JoinHandle<()>,
    front: Arc<Front>,
}

#[derive(Debug)]
struct Front {
    client: reqwest::Client,
    backs: Vec<Back>,
    turn: AtomicUsize,
    /// Requests that no node could be handed.
    refused: AtomicU64,
    /// Requests that a node was handed and did not answer.
    unanswered: AtomicU64,
}

#[derive(Debug)]
struct Back {
    port: u16,
    lives: AtomicBool,
}

/// A socket that will be the balancer's, whose address the nodes must know before they start.
pub(crate) struct Door {
    listener: TcpListener,
    /// Where it is.
    pub(crate) address: SocketAddr,
}

impl Door {
    /// A free one.
    pub(crate) async fn open() -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("binding the balancer")?;
        let address = listener.local_addr().context("reading the balancer's address")?;
        Ok(Self { listener, address })
    }
}

impl Balancer {
    /// Before these ports.
    pub(crate) fn start(door: Door, ports: &[u16]) -> anyhow::Result<Self> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_MAX)
            .timeout(ANSWER_MAX)
            // With a connection for each request, one that cannot be made was not handed over, and any other one was.
            .pool_max_idle_per_host(0)
            .build()
            .context("making the balancer's client")?;
        let backs = ports.iter().map(|&port| Back { port, lives: AtomicBool::new(true) }).collect();
        let (refused, unanswered) = (AtomicU64::new(0), AtomicU64::new(0));
        let front = Arc::new(Front { client, backs, turn: AtomicUsize::new(0), refused, unanswered });
        let router = Router::new().fallback(hand_over).with_state(Arc::clone(&front));
        let serving = tokio::spawn(async move {
            // It ends with the run.
            let _ = axum::serve(door.listener, router).await;
        });
        let looking = tokio::spawn(look(Arc::clone(&front)));
        Ok(Self { serving, looking, front })
    }

    /// Requests that no node could be handed.
    pub(crate) fn refused(&self) -> u64 {
        self.front.refused.load(Ordering::Relaxed)
    }

    /// Requests that a node was handed and did not answer.
    pub(crate) fn unanswered(&self) -> u64 {
        self.front.unanswered.load(Ordering::Relaxed)
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.serving.abort();
        self.looking.abort();
    }
}

impl Front {
    /// All nodes, those that live first, beginning with the next one.
    fn order(&self) -> Vec<&Back> {
        let first = self.turn.fetch_add(1, Ordering::Relaxed);
        let mut order: Vec<_> =
            (0..self.backs.len()).map(|n| &self.backs[(first + n) % self.backs.len()]).collect();
        order.sort_by_key(|back| !back.lives.load(Ordering::Relaxed));
        order
    }
}

async fn hand_over(State(front): State<Arc<Front>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_MAX).await else { return StatusCode::BAD_REQUEST.into_response() };
    let mut headers = head.headers;
    OF_A_CONNECTION.iter().for_each(|name| drop(headers.remove(name)));
    let target = head.uri.path_and_query().map_or("/", |it| it.as_str());
    for back in front.order() {
        let url = format!("http://127.0.0.1:{}{target}", back.port);
        let asked = front.client.request(head.method.clone(), url).headers(headers.clone());
        match asked.body(body.clone()).send().await {
            Ok(answer) => return handed_back(&front, answer).await,
            Err(error) if error.is_connect() => back.lives.store(false, Ordering::Relaxed),
            Err(error) => {
                front.unanswered.fetch_add(1, Ordering::Relaxed);
                let timeout = error.is_timeout();
                return if timeout { StatusCode::GATEWAY_TIMEOUT } else { StatusCode::BAD_GATEWAY }
                    .into_response();
            }
        }
    }
    front.refused.fetch_add(1, Ordering::Relaxed);
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}

async fn handed_back(front: &Front, answer: reqwest::Response) -> Response {
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    OF_A_CONNECTION.iter().for_each(|name| drop(headers.remove(name)));
    match answer.bytes().await {
        Ok(body) => (status, headers, Body::from(body)).into_response(),
        Err(_) => {
            front.unanswered.fetch_add(1, Ordering::Relaxed);
            StatusCode::BAD_GATEWAY.into_response()
        }
    }
}

async fn look(front: Arc<Front>) {
    let mut tick = tokio::time::interval(LOOK_EVERY);
    loop {
        tick.tick().await;
        for back in &front.backs {
            let url = format!("http://127.0.0.1:{}/healthz", back.port);
            let asked = front.client.get(url).timeout(CONNECT_MAX).send().await;
            back.lives.store(asked.is_ok_and(|answer| answer.status().is_success()), Ordering::Relaxed);
        }
    }
}
