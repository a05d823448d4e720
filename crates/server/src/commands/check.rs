//! `pingpost check`: the configuration, the settings, and what the carrier has of our numbers.

use std::path::Path;

use ::settings::Settings;
use anyhow::Context;
use carrier::twilio::{Mistake, OwnNumber};
use secrecy::ExposeSecret;

use super::{Failure, printed, settings};
use crate::{
    app::{client, open_store},
    config::{Config, Database},
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
        Some(twilio) if !offline => {
            let numbers = client(twilio)?.numbers().await.context("asking the carrier for its numbers")?;
            let public_base = config.http.public_base_url.as_deref().unwrap_or_default();
            let found = compare(&settings, &numbers, public_base);
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

/// What the carrier would request, against what we answer. A number is named by the campaign it belongs to.
fn compare(settings: &Settings, numbers: &[OwnNumber], public_base: &str) -> Vec<String> {
    let mut found = Vec::new();
    for ours in settings.numbers() {
        let campaign = &ours.campaign;
        let Some(theirs) = numbers.iter().find(|number| number.number == ours.number) else {
            found.push(format!("campaign {campaign}: a number of it is not in the carrier's account"));
            continue;
        };
        found.extend(theirs.mistakes(public_base).into_iter().map(|mistake| {
            let Mistake { setting, needed, found } = mistake;
            let is = found.as_deref().unwrap_or("not set");
            format!("campaign {campaign}: {setting} of a number of it is {is}; set it to {needed}")
        }));
    }
    found
}
