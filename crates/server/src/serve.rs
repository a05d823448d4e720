//! The accept loop: `axum::serve` has no header time-out, so this one adds it, with a connection cap and a drain.

use std::{sync::Arc, time::Duration};

use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::{net::TcpListener, sync::Semaphore};
use tokio_util::sync::CancellationToken;

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
        let service = TowerToHyperService::new(app.clone());
        let (builder, watcher) = (builder.clone(), graceful.watcher());
        tokio::spawn(async move {
            // `auto::Builder` waits for HTTP/2's preface without a timer: the first byte is bounded here.
            let first = tokio::time::timeout(bounds.header_timeout, io.peek(&mut [0])).await;
            if matches!(first, Ok(Ok(1))) {
                let connection =
                    builder.serve_connection_with_upgrades(TokioIo::new(io), service).into_owned();
                let _ = watcher.watch(connection).await;
            }
            drop(permit);
        });
    }
    drop(listener);
    graceful.shutdown().await;
}
