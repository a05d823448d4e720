//! `pingpost check`: the configuration, the settings, and what the carrier has of our numbers.

use std::path::Path;

use ::settings::Settings;
use anyhow::Context;
use secrecy::ExposeSecret;

use super::{Failure, printed, settings};
use crate::{
    app::{self, open_store},
    config::{CarrierKind, Config, Database},
    numbers,
};

/// Checks everything and says what it found.
pub(super) async fn run(config: &Config, file: Option<&Path>, offline: bool) -> Result<(), Failure> {
    printed("configuration: ok\n")?;
    if let Database::Postgres(at) = &config.store.database {
        match at.look().await.context("reaching the database that store.url names")? {
            None => printed("database: ok\n")?,
            Some(schema) if schema.is_fit() => printed(&format!("database: ok; it has {schema}\n"))?,
            Some(schema) => {
                return Err(Failure::Wrong(vec![format!("the database that store.url names has {schema}")]));
            }
        }
    }
    let Some(settings) = settings_of(config, file).await? else {
        return printed("settings: none yet; `pingpost settings import FILE` publishes one\n");
    };
    let counts = format!(
        "settings: ok ({} offers, {} campaigns, {} numbers)\n",
        settings.offers().count(),
        settings.campaigns().count(),
        settings.numbers().count()
    );
    printed(&counts)?;
    for warning in settings.warnings() {
        printed(&format!("warning: {warning}\n"))?;
    }
    match &config.twilio {
        _ if config.carrier.kind == CarrierKind::Simulator => printed(
            "carrier: the built-in simulator, which takes no real call; set carrier.kind = \"twilio\" to take some\n",
        ),
        Some(twilio) if !offline => {
            let public_base = config.http.public_base_url.as_deref().unwrap_or_default();
            let found = numbers::astray(&app::client(twilio)?, &settings, public_base).await?;
            if !found.is_empty() {
                return Err(Failure::Found(found));
            }
            printed("carrier: every number leads here\n")
        }
        _ => printed("carrier: not asked\n"),
    }
}

async fn settings_of(config: &Config, file: Option<&Path>) -> Result<Option<Settings>, Failure> {
    if let Some(file) = file {
        return settings::read(config, file).map(Some);
    }
    if let Database::File(path) = &config.store.database
        && !path.exists()
    {
        return Ok(None);
    }
    let store = open_store(&config.store).await?;
    let latest = store.latest_settings().await.context("reading the latest settings")?;
    store.close().await;
    latest
        .map(|latest| {
            settings::parse(
                config,
                latest.body.expose_secret(),
                &format!("settings version {}", latest.version),
            )
        })
        .transpose()
}
