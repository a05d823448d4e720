//! A buyer's server: record first, then answer as told.

use super::{
    BuyerSpec,
    behaviour::{Behaviour, PostBehaviour},
    recorded::{Recorded, Signature},
    reply::Reply,
    standard_webhooks,
};
use crate::{clock, lock::lock};
use axum::body::Body as HttpBody;
use http::{Request, Response};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{
    io,
    sync::{Arc, Mutex},
    time::Instant,
};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

/// What a buyer's connections share.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) spec: BuyerSpec,
    pub(super) manners: Mutex<Manners>,
    pub(super) seen: Mutex<Vec<Recorded>>,
    pub(super) count: watch::Sender<usize>,
    began: Instant,
}

/// How it behaves at the moment.
#[derive(Debug)]
pub(super) struct Manners {
    pub(super) bid: Behaviour,
    pub(super) confirm: Behaviour,
    pub(super) post: PostBehaviour,
}

impl Desk {
    pub(super) fn new(spec: BuyerSpec) -> Self {
        let manners =
            Manners { bid: spec.bid.clone(), confirm: spec.confirm.clone(), post: spec.post.clone() };
        Self {
            spec,
            manners: Mutex::new(manners),
            seen: Mutex::default(),
            count: watch::Sender::new(0),
            began: clock::now(),
        }
    }

    /// Records the request and decides the reply.
    fn decide(&self, mut request: Recorded) -> Reply {
        request.authorised = self.spec.auth.accepts(&request);
        request.signature = match &self.spec.signing_secret {
            Some(secret) => standard_webhooks::check(secret, &request),
            None => Signature::Unchecked,
        };
        let turn = {
            let mut seen = lock(&self.seen);
            seen.push(request.clone());
            seen.iter().filter(|earlier| earlier.path == request.path).count()
        };
        self.count.send_modify(|count| *count += 1);
        if !request.authorised {
            return Reply::json(401, r#"{"error":"unauthorised"}"#.to_owned());
        }
        let manners = lock(&self.manners);
        match request.path.as_str() {
            "/ping" => manners.bid.reply(&request, &self.spec.name, turn),
            "/confirm" => manners.confirm.reply(&request, &self.spec.name, turn),
            "/post" => manners.post.reply(&request, &self.spec.name, turn),
            _ => Reply::json(404, "{}".to_owned()),
        }
    }
}

/// Serves each connection until the buyer is dropped.
pub(super) async fn accept(listener: TcpListener, desk: Arc<Desk>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((socket, _)) = listener.accept().await else { continue };
        // An answer of many small pieces should not wait for its neighbour.
        let _ = socket.set_nodelay(true);
        let desk = desk.clone();
        connections.spawn(async move {
            let service = service_fn(move |request| answer(desk.clone(), request));
            // A connection that breaks is what many of these buyers are for.
            let _ = http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(socket), service)
                .await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn answer(desk: Arc<Desk>, request: Request<Incoming>) -> io::Result<Response<HttpBody>> {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(HttpBody::new(body), usize::MAX).await.map_err(io::Error::other)?;
    let headers = head.headers.iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let recorded = Recorded {
        at: desk.began.elapsed(),
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: headers.collect(),
        body,
        authorised: false,
        signature: Signature::Unchecked,
    };
    desk.decide(recorded).response().await
}
