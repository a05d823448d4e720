//! `pingpost serve`: takes calls until it is told to stop.

use std::{path::Path, time::Duration};

use anyhow::Context;
use secrecy::ExposeSecret;
use store::{OpenError, POSTGRES_PROBE_MIN, Store};
use tokio::signal::unix::{SignalKind, signal};

use super::{Failure, invite::invite, settings};
use crate::{
    app::{App, NO_CARRIER, in_flight, open_store},
    chain_of,
    clock::Clock,
    config::{CarrierKind, Config},
    publications,
};

/// The longest wait between two looks for a database that is away when a process begins.
const AWAIT_MAX: Duration = Duration::from_secs(5);

/// The store. A database that is away is waited for: the settings are in there, so that no call could be answered, and who
/// ended would only be started again. What is wrong with the configuration itself is said at once.
async fn awaited(config: &Config) -> anyhow::Result<Store> {
    let mut wait = POSTGRES_PROBE_MIN;
    loop {
        match open_store(&config.store).await {
            Err(error) if error.downcast_ref().is_some_and(OpenError::is_absence) => {
                let error = chain_of(error.as_ref());
                tracing::error!(error, "the database is away; nothing is served before it is there");
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(AWAIT_MAX);
            }
            opened => return opened,
        }
    }
}

/// Serves until SIGTERM or Ctrl-C, then drains. SIGHUP takes up newly published settings at once.
pub(super) async fn run(config: &Config, file: Option<&Path>, take_clock: bool) -> Result<(), Failure> {
    if !config.has_carrier() {
        return Err(Failure::Wrong(vec![format!("{NO_CARRIER}; `pingpost demo` needs none")]));
    }
    // From the beginning: a process that is told to end while it starts ends as well as any other.
    let mut term = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    let mut int = signal(SignalKind::interrupt()).context("listening for Ctrl-C")?;
    let mut hup = signal(SignalKind::hangup()).context("listening for SIGHUP")?;
    let store = tokio::select! {
        store = awaited(config) => store?,
        _ = term.recv() => return Ok(()),
        _ = int.recv() => return Ok(()),
    };
    if let Some(file) = file {
        let given = settings::read(config, file)?;
        settings::publish(&store, &given, "serve --settings").await?;
    }
    if take_clock {
        store.show(Clock::start().now()).await.context("noting the clock")?;
    }
    let latest = store.latest_settings().await.context("reading the latest settings")?;
    let settings = match latest {
        Some(latest) => {
            let name = format!("settings version {}", latest.version);
            settings::parse(config, latest.body.expose_secret(), &name)?.with_version(latest.version)
        }
        // The console makes the first ones. Until then every call is told that nobody is here.
        None if config.console.listen.is_some() => {
            tracing::warn!("there are no settings yet: make the first buyer and campaign in the console");
            settings::parse(config, "", "no settings")?
        }
        None => {
            return Err(Failure::Wrong(vec![
                "there are no settings yet: write one (docs/reference/settings.md) and `pingpost settings import FILE`, \
                 or let the console be on and make them there"
                    .to_owned(),
            ]));
        }
    };
    for warning in settings.warnings() {
        tracing::warn!("{warning}");
    }
    let version = settings.version();
    let store = in_flight(store, &config.in_flight).await;
    let app = App::start(config, store, settings).await?;
    if config.carrier.kind == CarrierKind::Simulator {
        tracing::warn!("carrier.kind is \"simulator\": no real call is taken");
    }
    tracing::info!(address = %app.address, settings.version = version, "taking calls");
    if let Some(people) = &app.people {
        invite(people, &app.world).await?;
    }
    loop {
        tokio::select! {
            _ = term.recv() => break,
            _ = int.recv() => break,
            _ = hup.recv() => {
                if let Err(error) = publications::take_up(&app.world).await {
                    tracing::error!(error = %chain_of(&error), "the newest settings are not used");
                }
            }
        }
    }
    app.stop().await;
    tracing::info!("stopped");
    Ok(())
}
