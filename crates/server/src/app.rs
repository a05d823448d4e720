//! `App`: one process put together, from its configuration and settings to its listening socket.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{any, get},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use buyer::exchange::Exchange;
use carrier::twilio::{Account, Credentials, TwilioClient, TwilioConfig};
use secrecy::SecretString;
use settings::Settings;
use store::{DurableAt, Keys, OpenError, SqliteAt, Store};
use tokio::{net::TcpListener, task::JoinHandle};
use tower_http::catch_panic::CatchPanicLayer;

use crate::{
    audio,
    book::Edition,
    clock::{Clock, SKEW_ALARM},
    config::{self, CarrierKind, Config, Database, InFlightConfig, Key32, StoreConfig},
    deadlines, desk, endpoints, erasures, events, figures, health,
    lists::Lists,
    panics,
    people::{self, People},
    publications,
    recordings::{self, LinkKey},
    room, rounds,
    serve::{Bounds, serve, whole_body},
    simulator::{self, Simulator},
    spooling::{self, Spooling},
    sums,
    switchboard::{self, Switchboard},
    throttle::{self, Throttle},
    traces::Traces,
    watch, webhooks, worker,
    world::{Parts, PostBounds, World},
};

/// How long the store may take to write what a stopping process still has.
const CLOSE_MAX: Duration = Duration::from_secs(10);
/// How often talks are compared with a carrier's live legs where there is no carrier to ask: nothing comes of it.
const CENSUS_EVERY: Duration = Duration::from_secs(600);
/// How often it is noted what the clock shows, for the process after this one.
const SHOW_EVERY: Duration = Duration::from_secs(10);

/// What is said where no carrier is configured.
pub const NO_CARRIER: &str = "no carrier is configured: set twilio.account_sid, twilio.auth_token and \
    http.public_base_url, or sip.udp and a trunk, or carrier.kind = \"simulator\" for the built-in one";

/// A process that serves.
pub struct App {
    /// What it has.
    pub world: Arc<World>,
    /// Where it listens.
    pub address: SocketAddr,
    /// The console, where this process has one.
    pub people: Option<People>,
    /// The carrier inside this process, where it is the simulator.
    pub simulator: Option<Arc<Simulator>>,
    serving: JoinHandle<()>,
    loops: Vec<JoinHandle<()>>,
    traces: JoinHandle<()>,
    drain_max: Duration,
}

/// The store that a configuration names, with its keys.
///
/// # Errors
/// When it cannot be opened, or its keys are none.
pub async fn open_store(config: &StoreConfig) -> anyhow::Result<Store> {
    let drawn = crate::chance::key();
    let newest = config.master_key.as_ref().map_or(&drawn, Key32::expose);
    let all = std::iter::once(newest).chain(config.previous_master_keys.iter().map(Key32::expose));
    let texts: Vec<_> = all.map(|key| BASE64_STANDARD.encode(key)).collect();
    let keys = Keys::parse(&SecretString::from(texts.join(","))).context("reading the master keys")?;
    let durable = match &config.database {
        Database::Temporary => DurableAt::Sqlite { at: SqliteAt::Temporary, free_min: 0 },
        Database::File(path) => {
            DurableAt::Sqlite { at: SqliteAt::File(path.clone()), free_min: config.free_min }
        }
        Database::Postgres(at) => DurableAt::Postgres(at.clone()),
    };
    let opened = Store::open(store::StoreConfig { durable }, keys).await;
    let other_keys = matches!(opened, Err(OpenError::OtherKeys));
    let opened = opened.context("opening the store");
    if other_keys {
        return opened.context(
            "set store.master_key to the one it was made with, or add that one to store.previous_master_keys",
        );
    }
    opened
}

/// The same store for a process that serves, with light journeys where its configuration wants them.
pub async fn in_flight(store: Store, config: &InFlightConfig) -> Store {
    match &config.redis {
        Some(redis) => store.in_redis(redis.clone()).await,
        None => store,
    }
}

impl App {
    /// Opens everything and begins to serve.
    ///
    /// # Errors
    /// When something cannot be opened; the text says what.
    pub async fn start(config: &Config, store: Store, settings: Settings) -> anyhow::Result<Self> {
        let listen = config.http.listen;
        let listener = TcpListener::bind(listen)
            .await
            .with_context(|| format!("listening on {listen}, which http.listen says"))?;
        Self::start_on(config, store, settings, listener).await
    }

    /// As [`App::start`], on a socket that is bound already.
    ///
    /// # Errors
    /// When something cannot be opened; the text says what.
    pub async fn start_on(
        config: &Config,
        store: Store,
        settings: Settings,
        listener: TcpListener,
    ) -> anyhow::Result<Self> {
        let lost = store.suppressions_lost().await.context("reading the suppression list")?;
        anyhow::ensure!(lost == 0, crate::commands::key::LOST);
        let awaited_since = store.awaited_since().await.context("reading what the store waits for")?;
        let clock = Clock::resume(awaited_since)?;
        Self::start_at(config, store, settings, listener, clock).await
    }

    /// As [`App::start_on`], with a clock of one's own: a play whose time of day matters.
    ///
    /// # Errors
    /// When something cannot be opened; the text says what.
    pub async fn start_at(
        config: &Config,
        store: Store,
        settings: Settings,
        listener: TcpListener,
        clock: Clock,
    ) -> anyhow::Result<Self> {
        let address = listener.local_addr().context("reading the address that is listened on")?;
        let exchange = Exchange::new(config.exchange.exchange()).context("opening the door to buyers")?;
        let edition = Edition::new(settings, exchange.policy()).map_err(|problems| {
            let lines: Vec<_> =
                problems.iter().map(|(offer, error)| format!("offer {offer}: {error}")).collect();
            anyhow::anyhow!("the settings cannot be used:\n{}", lines.join("\n"))
        })?;
        let Carried { simulator, twilio, public_base } = carried(config, address).await?;
        let link_key = LinkKey::of(&config.store);
        let owner = owner();
        let spooling = match &config.store.spool {
            Some(at) => {
                let opened = store.spool(at.clone()).await;
                Some(Spooling::new(opened.context("opening the folder that store.spool names")?))
            }
            None => None,
        };
        let switchboard = match &config.sip {
            Some(sip) => {
                let lived = store.awaited_since().await.context("reading what the store waits for")?;
                Some(Switchboard::start(sip, lived).await?)
            }
            None => None,
        };
        let world = World::new(Parts {
            clock,
            store,
            edition,
            exchange,
            throttle: Throttle::new(config.exchange.throttling()),
            twilio: twilio.as_ref().map(client).transpose()?,
            switchboard,
            lists: Lists::new(config.lists.clone()).context("making the client of lists")?,
            retention: config.retention,
            accounts: twilio.iter().map(account).collect(),
            public_base,
            census_every: twilio.map_or(CENSUS_EVERY, |twilio| twilio.census_every),
            posts: PostBounds {
                request_timeout: config.posts.request_timeout,
                lease: config.posts.lease,
                in_flight_max: config.posts.concurrency,
                per_buyer_max: config.posts.per_buyer,
                pace: config.posts.pace,
            },
            link_key,
            traces: Traces::to(&config.traces, owner.clone())?,
            spooling,
        });
        let bounds = Bounds {
            connections_max: config.http.connections_max as usize,
            header_timeout: config.http.header_timeout,
            write_timeout: config.http.write_timeout,
            idle_timeout: config.http.idle_timeout,
        };
        // The router's figures come first: what is counted before them is lost.
        let router = router(&world, config);
        throttle::remember(&world).await;
        let loops = loops(&world, owner);
        let traces = tokio::spawn(panics::watched("traces", {
            let world = Arc::clone(&world);
            async move { world.traces.run().await }
        }));
        let people = people::begin(config, &world, simulator.as_ref(), bounds).await?;
        let serving = tokio::spawn(serve(listener, router, bounds, world.stop.clone()));
        let drain_max = config.http.drain_max;
        Ok(Self { world, address, people, simulator, serving, loops, traces, drain_max })
    }

    /// Says that it stops, lets what is under way finish while its webhooks are still answered, and closes.
    pub async fn stop(self) {
        let end = tokio::time::Instant::now() + self.drain_max;
        self.world.stopping.cancel();
        tracing::info!("stopping: what is under way is finished");
        if let Some(simulator) = &self.simulator {
            // Its callers have no other node to go to.
            simulator.hang_up().await;
        }
        self.world.tasks.close();
        // Its webhooks must be answered, so the socket closes behind it.
        let _ = tokio::time::timeout_at(end, self.world.tasks.wait()).await;
        if let Some(switchboard) = &self.world.switchboard {
            // Their speech ends with this process.
            switchboard.hang_up().await;
        }
        self.world.stop.cancel();
        let mut serving = self.serving;
        if tokio::time::timeout_at(end, &mut serving).await.is_err() {
            tracing::warn!("connections were still open when the drain's time ran out");
            serving.abort();
        }
        if let Some(mut people) = self.people
            && tokio::time::timeout_at(end, &mut people.serving).await.is_err()
        {
            people.serving.abort();
        }
        for ended in self.loops {
            let _ = ended.await;
        }
        // What the last webhooks and posts began: a post whose result is not kept would be sent again.
        if tokio::time::timeout_at(end, self.world.tasks.wait()).await.is_err() {
            tracing::warn!("auctions or requests were still under way when the drain's time ran out");
        }
        self.world.traces.finish();
        let _ = self.traces.await;
        let _ = self.world.store.show(self.world.clock.now()).await;
        if tokio::time::timeout(CLOSE_MAX, self.world.store.close()).await.is_err() {
            tracing::error!("the store did not close in time");
        }
    }
}

/// Begins everything that goes on by itself.
fn loops(world: &Arc<World>, owner: String) -> Vec<JoinHandle<()>> {
    vec![
        begin("deadlines", world, deadlines::run),
        begin("rounds", world, rounds::run),
        begin("watch", world, watch::run),
        begin("worker", world, {
            let owner = owner.clone();
            move |world| worker::run(world, owner.clone())
        }),
        begin("events", world, move |world| events::run(world, owner.clone())),
        begin("endpoints", world, endpoints::run),
        begin("erasures", world, erasures::run),
        begin("publications", world, publications::run),
        begin("spooling", world, spooling::run),
        begin("sums", world, sums::run),
        begin("switchboard", world, switchboard::run),
        begin("house", world, keep_house),
    ]
}

fn router(world: &Arc<World>, config: &Config) -> Router {
    let metrics = health::metrics_route(config.admin.metrics_token.clone());
    Router::new()
        .route("/twilio/{*path}", any(webhooks::webhook))
        .route("/recordings/{sale}/{mac}", get(recordings::recording))
        .route("/audio/ring.wav", get(audio::ring))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .with_state(Arc::clone(world))
        .merge(metrics)
        .merge(desk::routes(world, config))
        .layer(middleware::from_fn_with_state(config.http.body_timeout, whole_body))
        .layer(DefaultBodyLimit::max(config.http.body_max as usize))
        .layer(CatchPanicLayer::custom(health::panicked))
}

/// What carries the calls.
struct Carried {
    simulator: Option<Arc<Simulator>>,
    /// Its account. `None`: trunks alone carry calls.
    twilio: Option<config::TwilioConfig>,
    /// Where it reaches us.
    public_base: String,
}

/// Starts the simulator, or takes the carrier that is configured.
async fn carried(config: &Config, address: SocketAddr) -> anyhow::Result<Carried> {
    if config.carrier.kind == CarrierKind::Simulator {
        let simulator = Simulator::start(&config.carrier, address).await?;
        let (twilio, public_base) = (Some(simulator.account().clone()), simulator::base(address));
        return Ok(Carried { simulator: Some(simulator), twilio, public_base });
    }
    let twilio = config.twilio.clone();
    anyhow::ensure!(config.has_carrier(), NO_CARRIER);
    let public_base = config.http.public_base_url.clone().unwrap_or_else(|| simulator::base(address));
    Ok(Carried { simulator: None, twilio, public_base })
}

pub(crate) fn client(twilio: &config::TwilioConfig) -> anyhow::Result<TwilioClient> {
    // The carrier's client takes the process's cryptography; whoever installed one before keeps it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let credentials = Credentials::AuthToken(twilio.auth_token.clone());
    let mut config = TwilioConfig::new(twilio.account_sid.clone(), credentials);
    config.base_url.clone_from(&twilio.base_url);
    config.request_timeout = twilio.request_timeout;
    config.creates_per_second = std::num::NonZeroU32::new(twilio.cps).unwrap_or(std::num::NonZeroU32::MIN);
    TwilioClient::new(config).context("making the carrier's client")
}

fn account(twilio: &config::TwilioConfig) -> Account {
    let tokens = std::iter::once(&twilio.auth_token).chain(&twilio.auth_token_next);
    Account {
        sid: twilio.account_sid.clone(),
        auth_tokens: tokens.cloned().collect(),
        shared_keys: twilio.shared_key.clone().into_iter().collect(),
    }
}

/// This process, as the owner of what it claims.
fn owner() -> String {
    format!("{}-{:016x}", std::process::id(), crate::chance::seed().0)
}

/// Begins one of the loops, and begins it again should it panic.
fn begin<F: Future<Output = ()> + Send + 'static>(
    task: &'static str,
    world: &Arc<World>,
    run: impl Fn(Arc<World>) -> F + Send + 'static,
) -> JoinHandle<()> {
    let (world, stop) = (Arc::clone(world), world.stop.clone());
    tokio::spawn(panics::begun_again(task, stop, move || run(Arc::clone(&world))))
}

/// Once a second: slews the clock, says when it is far from the wall, and looks after the disk.
async fn keep_house(world: Arc<World>) {
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    let mut alarmed = false;
    let mut shown = None;
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = world.stop.cancelled() => return,
        }
        room::look_after(&world).await;
        let now = world.clock.now();
        if shown.is_none_or(|shown| now.since(shown) >= SHOW_EVERY) {
            // The writer says why it was not kept; the next one is.
            shown = world.store.show(now).await.is_ok().then_some(now);
        }
        let apart = world.clock.slew();
        world.throttle.look_over(world.clock.now(), &world.book.latest().settings);
        metrics::gauge!("pingpost_clock_skew_seconds").set(apart.as_secs_f64());
        figures::settle();
        metrics::gauge!("pingpost_journeys_in_memory").set(u32::try_from(world.folds()).unwrap_or(u32::MAX));
        if (apart > SKEW_ALARM) != alarmed {
            alarmed = apart > SKEW_ALARM;
            tracing::error!(
                skew_ms = apart.as_millis() as u64,
                alarmed,
                "the wall clock is not where ours is; ours moves there by 5 ms a second, and calls go by ours"
            );
        }
    }
}
