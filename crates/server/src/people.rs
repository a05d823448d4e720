//! The console's listener: where people and their programs come in, apart from the carrier's webhooks.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context;
use axum::middleware;
use console::{BODY_BYTES_MAX, Console, ConsoleParts, Origin};
use tokio::{net::TcpListener, task::JoinHandle};
use tower_http::catch_panic::CatchPanicLayer;

use crate::{
    config::Config,
    health,
    serve::{Bounds, serve, whole_body_of},
    world::World,
};

/// A console that serves.
pub struct People {
    /// Where it listens.
    pub address: SocketAddr,
    /// How browsers reach it.
    pub origin: Origin,
    /// What it serves.
    pub console: Arc<Console>,
    pub(crate) serving: JoinHandle<()>,
}

/// Begins to serve the console where the configuration says.
///
/// # Errors
/// When its address cannot be listened on.
pub async fn begin(config: &Config, world: &Arc<World>, bounds: Bounds) -> anyhow::Result<Option<People>> {
    let Some(listen) = config.console.listen else { return Ok(None) };
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("listening on {listen}, which console.listen says (\"off\": without the console)")
    })?;
    let address = listener.local_addr().context("reading the console's address")?;
    let origin = match &config.console.public_url {
        Some(origin) => origin.clone(),
        None => Origin::parse(&format!("http://{address}")).context("naming the console's address")?,
    };
    let clock = Arc::clone(world);
    let console = Console::new(ConsoleParts {
        store: world.store.clone(),
        clock: Arc::new(move || clock.clock.now()),
        origin: origin.clone(),
        proxies: config.console.proxies.clone(),
    });
    let router = console::router(&console)
        .layer(middleware::from_fn_with_state((config.http.body_timeout, BODY_BYTES_MAX), whole_body_of))
        .layer(CatchPanicLayer::custom(health::panicked));
    let serving = tokio::spawn(serve(listener, router, bounds, world.stop.clone()));
    tracing::info!(%address, "the console listens");
    Ok(Some(People { address, origin, console, serving }))
}
