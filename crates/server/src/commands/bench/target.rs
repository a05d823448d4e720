//! A server under test: ours, or the other implementation, started for one scenario.

use std::{collections::BTreeMap, net::SocketAddr, path::Path};

use anyhow::Context;
use base64::{Engine, prelude::BASE64_STANDARD};
use carrier::twilio::Hook;
use lead::{CampaignId, JourneyId, PublisherId};
use sandbox::load::{Forms, Seat, Target};
use secrecy::ExposeSecret;
use store::{By, KeyKind, NewPublisherKey};
use uuid::Uuid;

use super::{
    place::{Place, free_line, free_port},
    process::Process,
    settings::{self, CAMPAIGN, Declared, NUMBER, PUBLISHER},
    stores::{Kept, Servers},
};
use crate::{app::open_store, chance, clock::Clock, config::Config};

const ACCOUNT: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const TOKEN: &str = "bench-auth-token";
/// Keys of the publisher, each with the most leads a minute that a key may have.
const KEYS: usize = 4;

/// A running server.
pub(super) struct Running {
    pub(super) process: Process,
    pub(super) target: Target,
    /// Where it takes calls by SIP, if it does.
    pub(super) line: Option<SocketAddr>,
    environment: BTreeMap<String, String>,
}

/// What a server is started with.
pub(super) struct Wanted<'a> {
    pub(super) place: &'a Place,
    pub(super) folder: &'a Path,
    pub(super) kept: Kept,
    pub(super) servers: Option<&'a Servers>,
    pub(super) seats: &'a [Seat],
    pub(super) rest_base: &'a str,
    pub(super) declared: Declared,
    /// The trunk of the server: who rings and is rung by SIP.
    pub(super) telephones: Option<SocketAddr>,
}

impl Running {
    /// Ours, as `pingpost serve` with its defaults.
    pub(super) async fn ours(wanted: &Wanted<'_>) -> anyhow::Result<Self> {
        let port = free_port()?;
        let base = format!("http://127.0.0.1:{port}");
        let file = wanted.folder.join("settings.toml");
        let shown = wanted.telephones.map_or("mask", |_| "pass");
        std::fs::write(&file, settings::ours(wanted.seats, wanted.declared, shown))
            .context("writing the settings")?;
        let mut environment = BTreeMap::new();
        let mut set = |name: &str, value: &str| {
            environment.insert(format!("PINGPOST_{name}"), value.to_owned());
        };
        set("HTTP__LISTEN", &format!("127.0.0.1:{port}"));
        set("CONSOLE__LISTEN", "off");
        set("HTTP__PUBLIC_BASE_URL", &base);
        set("TWILIO__ACCOUNT_SID", ACCOUNT);
        set("TWILIO__AUTH_TOKEN", TOKEN);
        set("TWILIO__BASE_URL", wanted.rest_base);
        set("STORE__MASTER_KEY", &BASE64_STANDARD.encode(chance::key()));
        set("EXCHANGE__ALLOW_PRIVATE_TARGETS", "true");
        let line = wanted.telephones.map(|_| free_line()).transpose()?;
        if let (Some(line), Some(telephones)) = (line, wanted.telephones) {
            let file = wanted.folder.join("pingpost.toml");
            std::fs::write(&file, settings::trunk(line, telephones)).context("writing the trunk")?;
            set("CONFIG", &file.display().to_string());
        }
        match wanted.servers {
            Some(servers) => {
                set("STORE__URL", &servers.postgres_url("ours"));
                set("IN_FLIGHT__REDIS", &servers.redis_url());
            }
            None => {
                // A scenario in memory must not be turned away by what little room there is.
                set("STORE__FREE_MIN", "16777216");
                set("STORE__PATH", &wanted.folder.join("pingpost.db").display().to_string());
            }
        }
        let program = std::env::current_exe().context("finding this program")?;
        let words = |more: &[&str]| {
            let program = program.display().to_string();
            std::iter::once(program).chain(more.iter().map(|word| (*word).to_owned())).collect::<Vec<_>>()
        };
        if wanted.kept == Kept::Servers {
            let log = wanted.folder.join("migrate.log");
            let migrating = Process::start(
                "migrate",
                None,
                words(&["migrate"]),
                environment.clone(),
                (wanted.folder, &log),
            )?;
            migrating.ended().await.with_context(|| std::fs::read_to_string(&log).unwrap_or_default())?;
        }
        let keys = keys(&environment).await.context("making a publisher's keys")?;
        let log = wanted.folder.join("ours.log");
        let serving = words(&["serve", "--settings", "settings.toml"]);
        let cpus = wanted.place.cpus.as_deref();
        let mut process =
            Process::start("pingpost serve", cpus, serving, environment.clone(), (wanted.folder, &log))?;
        process.listens(port, &log).await?;
        let forms = Forms { url: format!("{base}/v1/leads"), keys };
        let target = Target { forms: Some(forms), ..target(Hook::Voice.url(&base), Hook::Call.url(&base)) };
        Ok(Self { process, target, line, environment })
    }

    /// The other server, if one is given.
    pub(super) async fn peer(wanted: &Wanted<'_>) -> anyhow::Result<Option<Self>> {
        let Some(folder) = &wanted.place.peer else { return Ok(None) };
        let port = free_port()?;
        let base = format!("http://127.0.0.1:{port}");
        let file = wanted.folder.join("offers.json");
        std::fs::write(&file, settings::peers(wanted.seats)).context("writing the offers")?;
        let mut environment = BTreeMap::from(
            [
                ("PORT", port.to_string()),
                ("PUBLIC_URL", base.clone()),
                ("TWILIO_AUTH_TOKEN", TOKEN.to_owned()),
                ("OFFERS_FILE", file.display().to_string()),
                ("NODE_ENV", "production".to_owned()),
                ("STORE", "memory".to_owned()),
                ("DB", "none".to_owned()),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        );
        let mut set = |name: &str, value: String| environment.insert(name.to_owned(), value);
        match (wanted.kept, wanted.servers) {
            (Kept::Servers, Some(servers)) => {
                set("STORE", "redis".to_owned());
                set("REDIS_URL", servers.redis_url());
                set("DB", "postgres".to_owned());
                set("DATABASE_URL", servers.postgres_url("peer"));
            }
            (Kept::Disk, _) => {
                set("DB", "sqlite".to_owned());
                set("SQLITE_PATH", wanted.folder.join("peer.db").display().to_string());
                // As its authors would run it: synced writes would stop its one thread at every sale.
                set("SQLITE_SYNC", "NORMAL".to_owned());
            }
            (Kept::Memory | Kept::Servers, _) => {}
        }
        let words = ["node", "server.js"].map(str::to_owned).into();
        let log = wanted.folder.join("peer.log");
        let cpus = wanted.place.cpus.as_deref();
        let mut process =
            Process::start("the other server", cpus, words, environment.clone(), (folder, &log))?;
        process.listens(port, &log).await?;
        let target = target(format!("{base}/voice"), format!("{base}/voice/status"));
        Ok(Some(Self { process, target, line: None, environment }))
    }

    /// Ends ours, and gives when each of these calls' or leads' auctions closed, in microseconds, where it is recorded.
    pub(super) async fn closed_at(self, calls: &[String]) -> anyhow::Result<BTreeMap<String, i64>> {
        let Self { process, environment, .. } = self;
        process.stop().await?;
        let store = store_of(&environment).await?;
        let mut closed = BTreeMap::new();
        for call in calls {
            let auctions = store.auctions_of(journey(call)).await?;
            if let Some(auction) = auctions.first() {
                closed.insert(call.clone(), auction.closed_at.micros());
            }
        }
        store.close().await;
        Ok(closed)
    }
}

/// A lead is told by its own id, a call by the carrier's.
fn journey(told: &str) -> JourneyId {
    told.parse().map_or_else(|_| JourneyId::of_call(ACCOUNT, told), |id: Uuid| JourneyId::from_uuid(id))
}

async fn store_of(environment: &BTreeMap<String, String>) -> anyhow::Result<store::Store> {
    let config = Config::load(None, environment.clone().into_iter())
        .map_err(|problems| anyhow::anyhow!("the configuration of a server under test: {problems:?}"))?;
    open_store(&config.store).await
}

/// Keys of a publisher's programs.
async fn keys(environment: &BTreeMap<String, String>) -> anyhow::Result<Vec<String>> {
    let store = store_of(environment).await?;
    let mut keys = vec![];
    for _ in 0..KEYS {
        let new = NewPublisherKey {
            kind: KeyKind::Lead,
            publisher: PublisherId::parse(PUBLISHER)?,
            campaign: Some(CampaignId::parse(CAMPAIGN)?),
            name: "bench".to_owned(),
            origins: vec![],
            per_minute: console::PER_MINUTE_MAX,
        };
        let made = store.add_publisher_key(Clock::start().now(), By::COMMAND, new).await?;
        let (_, secret) = made.map_err(|refused| anyhow::anyhow!("a key was refused: {refused:?}"))?;
        keys.push(secret.expose_secret().to_owned());
    }
    store.close().await;
    Ok(keys)
}

fn target(voice_url: String, status_url: String) -> Target {
    Target {
        voice_url,
        status_url,
        account_sid: ACCOUNT.to_owned(),
        auth_token: TOKEN.to_owned(),
        number: NUMBER.to_owned(),
        forms: None,
    }
}
