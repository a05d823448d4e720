//! The accept loop: `axum::serve` has no header time-out, so this one adds it, with a connection cap and a drain.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::{
    net::TcpListener,
    sync::{Notify, Semaphore},
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// What bounds the connections of one listener.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// The most connections at once; further ones wait in the kernel's queue.
    pub connections_max: usize,
    /// How long a request's head may take from the first byte, and the first byte from the connection.
    pub header_timeout: Duration,
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
        let io = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((io, _)) => io,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_REST).await;
                    continue;
                }
            },
            () = stop.cancelled() => break,
        };
        let _ = io.set_nodelay(true);
        let begun = Arc::new(Notify::new());
        let telling = Arc::clone(&begun);
        let service = app.clone().map_request(move |request| {
            telling.notify_one();
            request
        });
        let (builder, watcher) = (builder.clone(), graceful.watcher());
        tokio::spawn(async move {
            let service = TowerToHyperService::new(service);
            let connection = builder.serve_connection_with_upgrades(TokioIo::new(io), service).into_owned();
            first_in_time(watcher.watch(connection), begun, bounds.header_timeout).await;
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

/// Serves a connection whose first request comes in time, and drops any other: `auto::Builder` waits for HTTP/2's preface
/// without a timer, and for HTTP/1's first byte.
async fn first_in_time(connection: impl Future, begun: Arc<Notify>, header_timeout: Duration) {
    tokio::pin!(connection);
    tokio::select! {
        _ = &mut connection => {}
        () = begun.notified() => {
            let _ = connection.await;
        }
        () = tokio::time::sleep(header_timeout) => {}
    }
}
