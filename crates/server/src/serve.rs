//! The accept loop: `axum::serve` has no header time-out, so this one adds it, with a connection cap and a drain.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::{ConnectInfo, FromRequest, Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::{net::TcpListener, sync::Semaphore};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::patience::{Answering, Impatient, Requests};

/// What bounds the connections of one listener.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// The most connections at once; further ones wait in the kernel's queue.
    pub connections_max: usize,
    /// How long a request's head may take from the first byte, and the first byte from the connection.
    pub header_timeout: Duration,
    /// How long a client may take nothing of its answer.
    pub write_timeout: Duration,
    /// How long a connection may be without a request.
    pub idle_timeout: Duration,
}

/// How long the loop rests when the process has run out of file descriptors.
const ACCEPT_REST: Duration = Duration::from_millis(50);

/// Serves until `stop`, then lets open requests finish; how long they may, the caller says.
pub async fn serve(listener: TcpListener, app: axum::Router, bounds: Bounds, stop: CancellationToken) {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(bounds.header_timeout);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(20))
        .max_concurrent_streams(256);
    let graceful = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(bounds.connections_max));
    loop {
        let permit = tokio::select! {
            permit = slots.clone().acquire_owned() => permit.expect("the semaphore is never closed"),
            () = stop.cancelled() => break,
        };
        let (io, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_REST).await;
                    continue;
                }
            },
            () = stop.cancelled() => break,
        };
        let _ = io.set_nodelay(true);
        let requests = Arc::new(Requests::default());
        let (app, counting) = (app.clone(), Arc::clone(&requests));
        let service = tower::service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            let (app, begun) = (app.clone(), counting.begin());
            async move {
                let answer = app.oneshot(request).await;
                answer.map(|answer| answer.map(|body| Answering::new(body, begun)))
            }
        });
        let (builder, watcher) = (builder.clone(), graceful.watcher());
        tokio::spawn(async move {
            let io = TokioIo::new(Impatient::new(io, bounds.write_timeout));
            let service = TowerToHyperService::new(service);
            let connection = builder.serve_connection_with_upgrades(io, service).into_owned();
            in_time(watcher.watch(connection), &requests, bounds).await;
            drop(permit);
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

/// Reads a request's body before the request is looked at: 408 if it does not come whole in time, 413 if it is too large.
/// A limit on the wait for each piece would let a client send one byte at a time for hours.
pub async fn whole_body(State(body_timeout): State<Duration>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let reading = Bytes::from_request(Request::from_parts(parts.clone(), body), &());
    match tokio::time::timeout(body_timeout, reading).await {
        Ok(Ok(body)) => next.run(Request::from_parts(parts, Body::from(body))).await,
        Ok(Err(refused)) if refused.status() == StatusCode::PAYLOAD_TOO_LARGE => refused.into_response(),
        // It did not come in time, or its connection broke.
        _ => StatusCode::REQUEST_TIMEOUT.into_response(),
    }
}

/// As [`whole_body`], with a limit of its own for what is read.
pub async fn whole_body_of(
    State((body_timeout, bytes_max)): State<(Duration, usize)>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    match tokio::time::timeout(body_timeout, axum::body::to_bytes(body, bytes_max)).await {
        Ok(Ok(body)) => next.run(Request::from_parts(parts, Body::from(body))).await,
        // It is too large, or its connection broke.
        Ok(Err(_)) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
    }
}

/// Serves a connection whose first request comes in time and whose next one is not waited for too long, and drops any
/// other: `auto::Builder` waits for HTTP/2's preface and for HTTP/1's first byte without a timer, and HTTP/2 has no idle
/// limit.
async fn in_time(connection: impl Future, requests: &Requests, bounds: Bounds) {
    tokio::pin!(connection);
    let mut limit = bounds.header_timeout;
    loop {
        tokio::select! {
            _ = &mut connection => return,
            () = requests.changed() => limit = bounds.idle_timeout,
            () = tokio::time::sleep(limit), if !requests.are_open() => return,
        }
    }
}
