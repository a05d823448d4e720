//! `Config`: what a developer or operator sets for a process: defaults < a file < the environment.
//!
//! Start at [`Config::load`]. This module alone reads the environment; every other part is handed its plain section.
//! What is sold to whom is no part of it: that is `settings`.

mod carriers;
mod keys;
mod layers;
mod problem;
mod sections;
mod sip;
mod trunks;
mod values;

use std::{net::SocketAddr, path::Path};

use secrecy::SecretString;

use self::layers::Layers;
pub use self::{
    carriers::{CarrierConfig, CarrierKind, TwilioConfig},
    keys::{KEYS, Key, Kind},
    layers::DEFAULTS,
    problem::{ConfigProblem, Place},
    sections::{
        AdminConfig, ConsoleConfig, Database, ExchangeSection, HttpConfig, InFlightConfig, LogConfig,
        LogFormat, PostsConfig, StoreConfig, TracesConfig,
    },
    sip::SipConfig,
    trunks::{Identity, TRUNKS_MAX, Trunk},
    values::Key32,
};
use crate::lists::ListsConfig;

/// All sections. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Config {
    /// How requests are taken.
    pub http: HttpConfig,
    /// How people come in.
    pub console: ConsoleConfig,
    /// What carries the calls.
    pub carrier: CarrierConfig,
    /// The carrier's account, if one is configured.
    pub twilio: Option<TwilioConfig>,
    /// How calls are taken from carriers of SIP. `None`: none are.
    pub sip: Option<SipConfig>,
    /// What lasts.
    pub store: StoreConfig,
    /// What may be lost.
    pub in_flight: InFlightConfig,
    /// How buyers are reached.
    pub exchange: ExchangeSection,
    /// How leads are posted.
    pub posts: PostsConfig,
    /// The lists that are asked before a lead is dialled.
    pub lists: ListsConfig,
    /// What is logged.
    pub log: LogConfig,
    /// Where traces are sent.
    pub traces: TracesConfig,
    /// What operators' tools are asked for.
    pub admin: AdminConfig,
}

/// What a world inside one process is made from: a demonstration, or a test.
#[derive(Debug)]
pub struct Demo {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where its console listens, if it has one.
    pub console: Option<SocketAddr>,
    /// How the emulated carrier reaches it.
    pub public_base_url: String,
    /// The emulated carrier's account.
    pub twilio: TwilioConfig,
    /// The key of the sealing; drawn by whoever starts the world.
    pub master_key: Key32,
}

impl Config {
    /// Lays the layers over each other and checks everything.
    ///
    /// # Errors
    /// All that must be mended, not only the first.
    pub fn load(
        path: Option<&Path>,
        env: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, Vec<ConfigProblem>> {
        let env: Vec<_> = env.collect();
        let named = |name: &str| {
            env.iter().find(|(it, value)| it == name && !value.is_empty()).map(|(_, value)| value.clone())
        };
        let mut layers = Layers::read(path, env.iter().cloned());
        let exchange = ExchangeSection::read(&mut layers);
        let insecure = exchange.allow_private_targets;
        let config = Self {
            http: HttpConfig::read(&mut layers, insecure),
            console: ConsoleConfig::read(&mut layers),
            carrier: CarrierConfig::read(&mut layers),
            twilio: TwilioConfig::read(&mut layers, insecure),
            sip: SipConfig::read(&mut layers, named),
            store: StoreConfig::read(&mut layers),
            in_flight: InFlightConfig::read(&mut layers),
            exchange,
            posts: PostsConfig::read(&mut layers),
            lists: sections::lists(&mut layers, insecure),
            log: LogConfig::read(&mut layers),
            traces: TracesConfig::read(&mut layers, insecure),
            admin: AdminConfig::read(&mut layers),
        };
        if layers.problems.is_empty() { Ok(config) } else { Err(layers.problems) }
    }

    /// The defaults with a temporary store, private targets, and what is given; no environment is read.
    pub fn demo(demo: Demo) -> Self {
        let env = [("PINGPOST_STORE__PATH", ":temp:"), ("PINGPOST_EXCHANGE__ALLOW_PRIVATE_TARGETS", "true")];
        let env = env.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut config = Self::load(None, env).expect("a test loads the shipped defaults so");
        config.http.listen = demo.listen;
        config.console.listen = demo.console;
        config.http.public_base_url = Some(demo.public_base_url.trim_end_matches('/').to_owned());
        config.twilio = Some(demo.twilio);
        config.store.master_key = Some(demo.master_key);
        config
    }
}

impl Config {
    /// Whether anything is configured that carries calls.
    pub fn has_carrier(&self) -> bool {
        self.carrier.kind == CarrierKind::Simulator || self.twilio.is_some() || self.sip.is_some()
    }
}

/// The environment as [`Config::load`] takes it. A variable that is no UTF-8 is none of ours.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// The API token that commands send, which work on a running server.
pub fn api_token() -> Option<SecretString> {
    credential("PINGPOST_API_TOKEN").map(SecretString::from)
}

/// A credential that the settings name as `env:NAME`.
#[expect(clippy::disallowed_methods, reason = "this module alone reads the environment")]
pub fn credential(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
