//! `pingpost settings import|export`, and how a settings file is read by every command.

use std::path::Path;

use ::settings::{Document, Settings, Surroundings};
use anyhow::Context;
use lead::OfferId;
use secrecy::{ExposeSecret, SecretString};
use store::{By, Change, ChangedSettings, SettingsVersion, Store};

use super::{Failure, printed};
use crate::{
    app::{in_flight, open_store},
    config::{Config, credential},
};

/// Checks a file and publishes it as a new version.
pub(super) async fn import(config: &Config, file: &Path, note: &str) -> Result<(), Failure> {
    let settings = read(config, file)?;
    for warning in settings.warnings() {
        tracing::warn!("{warning}");
    }
    // Those who serve are told at once.
    let store = in_flight(open_store(&config.store).await?, &config.in_flight).await;
    let same = same_as_latest(&store, &settings).await?;
    let version = publish(&store, &settings, note).await?;
    store.close().await;
    printed(&match same {
        Some(version) => format!("nothing published: version {version} is the same\n"),
        None => format!("published as version {version}\n"),
    })
}

/// Prints a version.
pub(super) async fn export(config: &Config, version: Option<u64>) -> Result<(), Failure> {
    let store = open_store(&config.store).await?;
    let found = match version {
        Some(version) => store.settings(version).await,
        None => store.latest_settings().await,
    };
    let found = found.context("reading the settings")?;
    store.close().await;
    match found {
        Some(found) => printed(found.body.expose_secret()),
        None => Err(Failure::Running(anyhow::anyhow!(
            "there is no such version; `pingpost settings import FILE` makes one"
        ))),
    }
}

/// Reads a settings file for this process.
pub(super) fn read(config: &Config, file: &Path) -> Result<Settings, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        Failure::Wrong(vec![format!("{}: the file cannot be read ({})", file.display(), error.kind())])
    })?;
    parse(config, &text, &file.display().to_string())
}

/// Reads settings from a text for this process.
pub(super) fn parse(config: &Config, text: &str, name: &str) -> Result<Settings, Failure> {
    let surroundings = Surroundings { policy: config.exchange.policy(), credential: &credential };
    Settings::parse(text, name, &surroundings)
        .map_err(|problems| Failure::Wrong(problems.iter().map(ToString::to_string).collect()))
}

/// Publishes settings; gives their version. The same text as the latest version's is not published again.
pub(super) async fn publish(store: &Store, settings: &Settings, note: &str) -> anyhow::Result<u64> {
    if let Some(version) = same_as_latest(store, settings).await? {
        return Ok(version);
    }
    let now = crate::clock::Clock::start().now();
    let latest = store.latest_settings().await.context("reading the latest settings")?;
    let changed = ChangedSettings {
        from: latest.as_ref().map_or(0, |latest| latest.version),
        body: SecretString::from(settings.source()),
        note: note.to_owned(),
        change: Change::of("settings.imported", "settings", "document"),
        paused: latest.map(|latest| paused(&latest, settings.source())).unwrap_or_default(),
    };
    let published = store.publish_change(now, By::COMMAND, changed).await;
    published.context("publishing the settings")?.map_err(|_| {
        anyhow::anyhow!("somebody published other settings at this very moment; look at them, and try again")
    })
}

/// The offers that were active in a version and are switched off in this text.
fn paused(latest: &SettingsVersion, text: &str) -> Vec<OfferId> {
    let (Ok(before), Ok(after)) = (Document::parse(latest.body.expose_secret()), Document::parse(text))
    else {
        return vec![];
    };
    after.switched_off(&before.active_offers())
}

async fn same_as_latest(store: &Store, settings: &Settings) -> anyhow::Result<Option<u64>> {
    let latest = store.latest_settings().await.context("reading the latest settings")?;
    let same = latest.filter(|latest| latest.body.expose_secret() == settings.source());
    Ok(same.map(|latest| latest.version))
}
