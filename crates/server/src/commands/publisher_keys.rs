//! `pingpost publisher-key new|list|revoke`: what publishers hand in leads with, on the store itself, beside a running server or
//! without one.

use anyhow::Context;
use clap::Subcommand;
use console::WrittenKey;
use secrecy::ExposeSecret;
use serde_json::json;
use store::{By, KeyKind, PublisherKeyId, Refused, Store};
use uuid::Uuid;

use super::{
    Failure,
    people::{line, now, wrong},
    printed, settings,
};
use crate::{app::open_store, config::Config, people::business};

#[derive(Subcommand)]
pub(super) enum PublisherKeyCommand {
    /// Make a key, and print it once; a widget's key is public and is printed with each list
    New {
        /// The publisher whose leads they are, by its id in the settings
        publisher: String,
        /// What people call it
        #[arg(long)]
        name: String,
        /// The campaign that they are for; without it any, but a widget's key needs one
        #[arg(long, value_name = "ID")]
        campaign: Option<String>,
        /// For a widget on these pages instead of a program, ex: https://quotes.example
        #[arg(long = "origin", value_name = "ORIGIN")]
        origins: Vec<String>,
        /// Most requests in a minute
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=i64::from(console::PER_MINUTE_MAX)))]
        per_minute: Option<u32>,
        /// As one JSON line
        #[arg(long)]
        json: bool,
    },
    /// List keys, the newest first
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Revoke a key
    Revoke {
        /// Its id, as the list shows it
        id: Uuid,
    },
}

/// Does what is said of publishers' keys.
pub(super) async fn run(config: &Config, command: PublisherKeyCommand) -> Result<(), Failure> {
    let store = open_store(&config.store).await?;
    let done = run_on(config, &store, command).await;
    store.close().await;
    done
}

async fn run_on(config: &Config, store: &Store, command: PublisherKeyCommand) -> Result<(), Failure> {
    match command {
        PublisherKeyCommand::New { publisher, name, campaign, origins, per_minute, json } => {
            let kind = if origins.is_empty() { KeyKind::Lead } else { KeyKind::Widget };
            let written = WrittenKey {
                kind: kind.as_str().to_owned(),
                publisher,
                campaign: campaign.unwrap_or_default(),
                name,
                origins,
                per_minute,
            };
            new(config, store, written, json).await
        }
        PublisherKeyCommand::List { json } => list(store, json).await,
        PublisherKeyCommand::Revoke { id } => {
            let id = PublisherKeyId::from_uuid(id);
            match store.revoke_publisher_key(now(), By::COMMAND, id).await.context("revoking the key")? {
                Ok(()) => printed("revoked\n"),
                Err(_) => wrong("there is no such key; `pingpost publisher-key list` shows all"),
            }
        }
    }
}

async fn new(config: &Config, store: &Store, written: WrittenKey, json: bool) -> Result<(), Failure> {
    let latest = store.latest_settings().await.context("reading the settings")?;
    let Some(latest) = latest else {
        return wrong("there are no settings yet; `pingpost settings import FILE` makes some");
    };
    let settings = settings::parse(config, latest.body.expose_secret(), "the settings")?;
    let new = written.read(&business(&settings)).map_err(|troubles| {
        Failure::Wrong(troubles.into_iter().map(|(field, mend)| format!("{field}: {mend}")).collect())
    })?;
    match store.add_publisher_key(now(), By::COMMAND, new).await.context("making the key")? {
        Ok((key, opens)) => {
            let opens = opens.expose_secret();
            let value = json!({ "id": key.id.uuid(), "kind": key.kind.as_str(), "key": opens });
            line(json, &value, opens.to_owned())
        }
        Err(Refused::TooMany) => wrong("there are as many keys as there may be: revoke one that nobody uses"),
        Err(_) => wrong("the key was not made"),
    }
}

async fn list(store: &Store, json: bool) -> Result<(), Failure> {
    for key in store.publisher_keys().await.context("reading the keys")? {
        let time = |at: Option<lead::Timestamp>| at.map(|at| at.to_string());
        let campaign = key.campaign.as_ref().map(ToString::to_string);
        let value = json!({
            "id": key.id.uuid(), "kind": key.kind.as_str(), "publisher": key.publisher.to_string(),
            "campaign": campaign, "name": key.name, "hint": key.hint, "key": key.shown, "origins": key.origins,
            "per_minute": key.per_minute, "created_at": key.created_at.to_string(), "used_at": time(key.used_at),
            "revoked_at": time(key.revoked_at),
        });
        let state = if key.revoked_at.is_some() { "revoked" } else { "holds" };
        let text = format!(
            "{}  …{}  {:<6}  {}  {}  {}  {}",
            key.id,
            key.hint,
            key.kind.as_str(),
            state,
            key.publisher,
            campaign.as_deref().unwrap_or("any campaign"),
            key.name
        );
        line(json, &value, text)?;
    }
    Ok(())
}
