//! The sections as plain structs, each handed to the part that it is for, and how each is read.

use std::{net::IpAddr, net::SocketAddr, path::PathBuf, time::Duration};

use buyer::exchange::{ExchangeConfig, ExchangePolicy};
use console::Origin;
use secrecy::SecretString;
use store::{MASTER_KEYS_MAX, PostgresAt, RedisAt, RedisAtError, SpoolAt};
use tracing::level_filters::LevelFilter;
use url::{Host, Url};

use super::{layers::Layers, values::Key32};
use crate::{lists::ListsConfig, retention::Retention, throttle::Throttling, worker::Pace};

/// How requests are taken.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// Where it listens.
    pub listen: SocketAddr,
    /// How others reach it, without a final slash.
    pub public_base_url: Option<String>,
    /// How long the head of a request may take.
    pub header_timeout: Duration,
    /// How long the rest of it may take.
    pub body_timeout: Duration,
    /// How long a client may take nothing of its answer.
    pub write_timeout: Duration,
    /// How long a connection may be without a request.
    pub idle_timeout: Duration,
    /// Connections at once.
    pub connections_max: u32,
    /// The largest body, in bytes.
    pub body_max: u32,
    /// How long a stopping process finishes what is under way.
    pub drain_max: Duration,
    /// Our own proxies before it, whose word on a visitor's address is believed.
    pub proxies: Vec<IpAddr>,
}

/// How people come in.
#[derive(Debug, Clone)]
pub struct ConsoleConfig {
    /// Where the console listens. `None`: this process has none.
    pub listen: Option<SocketAddr>,
    /// How browsers reach it. `None`: at that address.
    pub public_url: Option<Origin>,
    /// Our own proxies before it.
    pub proxies: Vec<IpAddr>,
}

/// What lasts.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// Where it is.
    pub database: Database,
    /// Bytes that must be free on its disk for a new call.
    pub free_min: u64,
    /// Where events wait while the database is away. `None`: the carrier tells them again.
    pub spool: Option<SpoolAt>,
    /// What personal data is sealed under. `None` only with [`Database::Temporary`].
    pub master_key: Option<Key32>,
    /// What it was sealed under before.
    pub previous_master_keys: Vec<Key32>,
}

/// Where the durable store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// Gone when the process ends.
    Temporary,
    /// A SQLite file.
    File(PathBuf),
    /// A database of a Postgres server.
    Postgres(PostgresAt),
}

/// Where light journeys are.
#[derive(Debug, Clone)]
pub struct InFlightConfig {
    /// `None`: in this process.
    pub redis: Option<RedisAt>,
}

/// How buyers are reached.
#[derive(Debug, Clone)]
pub struct ExchangeSection {
    /// For development: http, any port, private addresses.
    pub allow_private_targets: bool,
    /// This server's own public addresses.
    pub own_addresses: Vec<IpAddr>,
    /// The longest that TCP may take.
    pub connect_timeout: Duration,
    /// Idle connections for each origin.
    pub idle_per_origin: u32,
    /// How long an idle connection is kept.
    pub idle_timeout: Duration,
    /// The largest reply, in bytes.
    pub body_max: u32,
    /// How long late replies are read.
    pub drain_for: Duration,
    /// Late replies at once.
    pub draining_max: u32,
    /// Whether offers whose buyers do not answer are asked less often.
    pub throttle: bool,
}

/// How leads are posted.
#[derive(Debug, Clone)]
pub struct PostsConfig {
    /// How long one post may take.
    pub request_timeout: Duration,
    /// How long a worker owns one.
    pub lease: Duration,
    /// Posts at once.
    pub concurrency: u32,
    /// Posts at once to one buyer, over all its offers.
    pub per_buyer: u32,
    /// How fast their tries follow each other. No key changes it.
    pub pace: Pace,
}

/// What is logged, and how.
#[derive(Debug, Clone)]
pub struct LogConfig {
    /// Its form.
    pub format: LogFormat,
    /// The level, or directives by module.
    pub level: String,
}

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Pretty on a terminal, else JSON.
    Auto,
    /// A JSON object a line.
    Json,
    /// For people.
    Pretty,
}

/// Where traces are sent.
#[derive(Debug, Clone)]
pub struct TracesConfig {
    /// The collector's URL. `None`: nowhere.
    pub endpoint: Option<String>,
    /// The `Authorization` header that it asks for.
    pub authorization: Option<SecretString>,
}

/// What operators' tools are asked for.
#[derive(Debug, Clone)]
pub struct AdminConfig {
    /// The bearer token of `/metrics`.
    pub metrics_token: Option<SecretString>,
}

impl ExchangeSection {
    /// Where buyers' URLs may lead.
    pub fn policy(&self) -> ExchangePolicy {
        ExchangePolicy {
            allow_private_targets: self.allow_private_targets,
            own_addresses: self.own_addresses.clone(),
        }
    }

    /// Whether offers are asked less often.
    pub fn throttling(&self) -> Throttling {
        if self.throttle { Throttling::On } else { Throttling::Off }
    }

    /// What the exchange is made from.
    pub fn exchange(&self) -> ExchangeConfig {
        ExchangeConfig {
            policy: self.policy(),
            connect_timeout: self.connect_timeout,
            idle_per_origin: as_size(self.idle_per_origin),
            idle_timeout: self.idle_timeout,
            body_max: as_size(self.body_max),
            draining_max: as_size(self.draining_max),
            drain_for: self.drain_for,
            ..ExchangeConfig::default()
        }
    }
}

fn as_size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

pub(super) const SECOND: Duration = Duration::from_secs(1);

impl HttpConfig {
    pub(super) fn read(layers: &mut Layers, insecure: bool) -> Self {
        let listen = layers.parsed("http.listen", "this is no address with a port", |text| {
            text.parse().map_err(|_| "write an IP address and a port, ex: \"0.0.0.0:8080\"")
        });
        let public_base_url =
            layers.parsed("http.public_base_url", "this URL cannot be used", |text| base_url(text, insecure));
        Self {
            listen: listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
            public_base_url,
            header_timeout: layers.wait("http.header_timeout", SECOND..=60 * SECOND),
            body_timeout: layers.wait("http.body_timeout", SECOND..=120 * SECOND),
            write_timeout: layers.wait("http.write_timeout", SECOND..=120 * SECOND),
            idle_timeout: layers.wait("http.idle_timeout", SECOND..=600 * SECOND),
            connections_max: layers.count("http.connections_max", 16..=1_000_000),
            body_max: layers.count("http.body_max", 4_096..=16_777_216),
            drain_max: layers.wait("http.drain_max", Duration::ZERO..=600 * SECOND),
            proxies: proxies(layers, "http.proxies"),
        }
    }
}

impl ConsoleConfig {
    pub(super) fn read(layers: &mut Layers) -> Self {
        let listen = layers.parsed("console.listen", "this is no address with a port", |text| match text {
            "off" => Ok(None),
            text => text
                .parse()
                .map(Some)
                .map_err(|_| "write an IP address and a port, ex: \"127.0.0.1:8081\", or \"off\""),
        });
        let listen: Option<SocketAddr> = listen.flatten();
        let public_url =
            layers.parsed("console.public_url", "people cannot log in on this URL", Origin::parse);
        if listen.is_some_and(|at| !at.ip().is_loopback()) && public_url.is_none() {
            layers.missing("console.public_url", "and console.listen is not on this machine alone");
        }
        Self { listen, public_url, proxies: proxies(layers, "console.proxies") }
    }
}

fn proxies(layers: &mut Layers, key: &'static str) -> Vec<IpAddr> {
    let addresses = layers.list(key);
    let proxies: Vec<IpAddr> = addresses.iter().filter_map(|text| text.parse().ok()).collect();
    if proxies.len() != addresses.len() {
        let mend = "write IP addresses without ports, ex: [\"10.0.0.5\"]".to_owned();
        layers.wrong(key, "one of these is no IP address", mend);
    }
    proxies
}

impl StoreConfig {
    pub(super) fn read(layers: &mut Layers) -> Self {
        let url = layers.secret("store.url");
        let database = match (url, layers.text("store.path")) {
            (Some(url), _) => Self::on_server(layers, PostgresAt { url }),
            (None, Some(path)) if path == ":temp:" => Database::Temporary,
            (None, Some(path)) => Database::File(PathBuf::from(path)),
            (None, None) => {
                layers.wrong("store.path", "the path is empty", "write a path, or \":temp:\"".to_owned());
                Database::Temporary
            }
        };
        let free_min = u64::from(layers.count("store.free_min", 16_777_216..=u32::MAX));
        let bytes_max = u64::from(layers.count("store.spool_max", 1_048_576..=u32::MAX));
        let folder = layers.text("store.spool").filter(|path| !path.is_empty());
        if folder.is_some() && !matches!(database, Database::Postgres(_)) {
            let mend = "remove it, or set store.url".to_owned();
            layers.wrong("store.spool", "only a database on a server can be away", mend);
        }
        let spool = folder.map(|folder| SpoolAt { folder: PathBuf::from(folder), bytes_max });
        let given = layers.secret("store.master_key");
        let named = given.is_some() || layers.secret_files.contains_key("store.master_key");
        if database != Database::Temporary && !named {
            layers.missing("store.master_key", "and personal data is sealed under it");
        }
        let master_key = given.and_then(|text| layers.key_of_32("store.master_key", &text));
        let previous = layers.secrets("store.previous_master_keys");
        if previous.len() >= MASTER_KEYS_MAX {
            let mend =
                format!("keep the last {}, and the data under older ones stays closed", MASTER_KEYS_MAX - 1);
            layers.wrong("store.previous_master_keys", "there are too many keys", mend);
        }
        let previous =
            previous.iter().filter_map(|text| layers.key_of_32("store.previous_master_keys", text));
        Self { database, free_min, spool, master_key, previous_master_keys: previous.collect() }
    }
}

impl StoreConfig {
    fn on_server(layers: &mut Layers, at: PostgresAt) -> Database {
        if at.check().is_err() {
            let mend = "write postgres://USER:PASSWORD@HOST:PORT/DATABASE".to_owned();
            layers.wrong("store.url", "this is no URL of Postgres", mend);
        }
        if layers.chosen.contains("store.path") {
            let mend = "remove store.path, or unset the variable of store.url".to_owned();
            layers.wrong("store.path", "store.url is set as well, and there is one store", mend);
        }
        Database::Postgres(at)
    }
}

impl InFlightConfig {
    pub(super) fn read(layers: &mut Layers) -> Self {
        let urls = layers.list("in_flight.redis");
        let timeout = layers.wait("in_flight.timeout", SECOND / 200..=SECOND);
        let password = layers.secret("in_flight.redis_password");
        if urls.is_empty() {
            if password.is_some() {
                layers.missing("in_flight.redis", "and its password is");
            }
            return Self { redis: None };
        }
        let redis = RedisAt::parse(&urls, password.as_ref());
        let redis = redis.map_err(|error| {
            let mend = match error {
                RedisAtError::Password => "remove it, and set PINGPOST_IN_FLIGHT__REDIS_PASSWORD or …_FILE",
                RedisAtError::Insecure => "remove #insecure",
                RedisAtError::Database => "remove it, or write one address alone",
                RedisAtError::Empty | RedisAtError::NotAUrl => {
                    "write each as redis://host:6379, or rediss:// for TLS"
                }
            };
            layers.wrong("in_flight.redis", &error.to_string(), mend.to_owned());
        });
        Self { redis: redis.ok().map(|redis| redis.with_deadline(timeout)) }
    }
}

impl ExchangeSection {
    pub(super) fn read(layers: &mut Layers) -> Self {
        let addresses = layers.list("exchange.own_addresses");
        let own_addresses: Vec<IpAddr> = addresses.iter().filter_map(|text| text.parse().ok()).collect();
        if own_addresses.len() != addresses.len() {
            let mend = "write IP addresses without ports, ex: [\"198.51.100.7\"]".to_owned();
            layers.wrong("exchange.own_addresses", "one of these is no IP address", mend);
        }
        Self {
            allow_private_targets: layers.flag("exchange.allow_private_targets"),
            own_addresses,
            connect_timeout: layers.wait("exchange.connect_timeout", SECOND / 20..=SECOND),
            idle_per_origin: layers.count("exchange.idle_per_origin", 1..=65_536),
            idle_timeout: layers.wait("exchange.idle_timeout", SECOND..=600 * SECOND),
            body_max: layers.count("exchange.body_max", 1_024..=1_048_576),
            drain_for: layers.wait("exchange.drain_for", Duration::ZERO..=60 * SECOND),
            draining_max: layers.count("exchange.draining_max", 1..=65_536),
            throttle: layers.flag("exchange.throttle"),
        }
    }
}

impl PostsConfig {
    pub(super) fn read(layers: &mut Layers) -> Self {
        let request_timeout = layers.wait("posts.request_timeout", SECOND..=60 * SECOND);
        let lease = layers.wait("posts.lease", 3 * SECOND..=600 * SECOND);
        if lease < request_timeout + 2 * SECOND {
            let mend = "make it at least 2s longer than posts.request_timeout".to_owned();
            layers.wrong("posts.lease", "a post could outlast its lease and be sent twice at once", mend);
        }
        Self {
            request_timeout,
            lease,
            concurrency: layers.count("posts.concurrency", 1..=1_024),
            per_buyer: layers.count("posts.per_buyer", 1..=1_024),
            pace: Pace::STANDARD,
        }
    }
}

impl LogConfig {
    pub(super) fn read(layers: &mut Layers) -> Self {
        let format = layers.parsed("log.format", "there is no such form", |text| match text {
            "auto" => Ok(LogFormat::Auto),
            "json" => Ok(LogFormat::Json),
            "pretty" => Ok(LogFormat::Pretty),
            _ => Err("write \"auto\", \"json\" or \"pretty\""),
        });
        let level = layers.parsed("log.level", "this is no level", |text| {
            // A word that stands alone would be taken for a module, all of whose lines are wanted.
            let alone = |part: &&str| !part.is_empty() && !part.contains(['=', '[']);
            let known = tracing_subscriber::EnvFilter::builder().parse(text).is_ok()
                && text.split(',').map(str::trim).filter(alone).all(|it| it.parse::<LevelFilter>().is_ok());
            if known {
                return Ok(text.to_owned());
            }
            Err("write error, warn, info, debug or trace, or directives by module, ex: \"info,server=debug\"")
        });
        Self { format: format.unwrap_or(LogFormat::Auto), level: level.unwrap_or_default() }
    }
}

impl TracesConfig {
    pub(super) fn read(layers: &mut Layers, insecure: bool) -> Self {
        let endpoint = layers.text("traces.endpoint").filter(|text| !text.is_empty());
        let url = endpoint.and_then(|text| {
            base_url(&text, insecure)
                .map_err(|mend| {
                    layers.wrong("traces.endpoint", "this is no address of a collector", mend.to_owned())
                })
                .ok()
        });
        let authorization = layers.secret("traces.authorization");
        if url.is_none() && authorization.is_some() {
            layers.missing("traces.endpoint", "and what it asks for is");
        }
        Self { endpoint: url, authorization }
    }
}

/// The lists that are asked before a lead is dialled.
pub(super) fn lists(layers: &mut Layers, insecure: bool) -> ListsConfig {
    let mut url = |name: &'static str| {
        layers
            .parsed(name, "this URL cannot be used", |text| base_url(text, insecure).map(|_| text.to_owned()))
    };
    let (national_list_url, litigators_url) = (url("lists.national_url"), url("lists.litigators_url"));
    let token = layers.secret("lists.token");
    if token.is_some() && national_list_url.is_none() && litigators_url.is_none() {
        layers.missing("lists.national_url", "and a token of it is");
    }
    let timeout = layers.wait("lists.timeout", Duration::from_millis(100)..=Duration::from_secs(10));
    // 16 CFR 310.4(b)(3)(iv): a list of at most 31 days.
    let age_max = layers.wait("lists.age_max", Duration::from_secs(3600)..=Duration::from_secs(31 * 86_400));
    ListsConfig { national_list_url, litigators_url, token, timeout, age_max }
}

/// How long recordings and consents are kept: whole years, zero for ever.
pub(super) fn retention(layers: &mut Layers) -> Retention {
    Retention {
        recordings_years: layers.count("retention.recordings_years", 0..=50),
        consents_years: layers.count("retention.consents_years", 0..=50),
    }
}

impl AdminConfig {
    pub(super) fn read(layers: &mut Layers) -> Self {
        Self { metrics_token: layers.secret("admin.metrics_token") }
    }
}

/// A URL that paths are appended to, without its final slash.
pub(super) fn base_url(text: &str, insecure: bool) -> Result<String, &'static str> {
    let url = Url::parse(text).map_err(|_| "write a whole URL, ex: \"https://calls.example.com\"")?;
    let loopback = match url.host() {
        Some(Host::Ipv4(v4)) => v4.is_loopback(),
        Some(Host::Ipv6(v6)) => v6.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => return Err("write a whole URL, ex: \"https://calls.example.com\""),
    };
    if url.scheme() != "https" && !(url.scheme() == "http" && (insecure || loopback)) {
        return Err("use https, or turn exchange.allow_private_targets on for development");
    }
    let bare = url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if !bare {
        return Err("write it without user, password, ? and #");
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}
