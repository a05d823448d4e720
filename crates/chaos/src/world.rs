//! `World`: the stores, the nodes, what stands between and before them, and the carrier and buyers that survive it all.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use axum::{Router, http::header, response::IntoResponse, routing::any};
use carrier::twilio::Hook;
use sandbox::{
    Behaviour, CarrierConfig, Faults, Line, Medicare,
    carrier::{CallbackFault, Number, On, Timestamps, When},
    medicare::Name,
};
use tokio::{net::TcpListener, time::Instant};
use uuid::Uuid;

use crate::{
    balancer::{Balancer, Door},
    books::{Open, ended},
    cast::{self, Away, BIDDERS, NAMES, NUMBERS},
    example::{Bounds, SECRET, settings},
    keeper::Keeper,
    link::Link,
    node::{Binary, Node},
    plan::{Fault, Plan, RedisKind},
    ports::free_port,
    postgres::Postgres,
    quiet::{CALLS_END_MAX, Quiet, SETTLE_MAX, Waiting},
    redis::Redis,
    rules::SPEED,
};

/// How often it is looked whether everything has come to its end.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// 32 bytes.
const MASTER_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// The publisher of the example.
const PUBLISHER: &str = "seniors-daily";
/// What posts are signed with.
const POST_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// In a hundred: how many callbacks are doubled, how many reordered, how many dropped.
const CALLBACKS_PERCENT: u8 = 5;

/// The world.
pub(crate) struct World {
    /// The nodes.
    pub(crate) nodes: Vec<Node>,
    /// The links of each, in their order.
    pub(crate) links: Vec<Links>,
    /// What stands before them.
    pub(crate) balancer: Balancer,
    /// Where the carrier and publishers reach them.
    pub(crate) base: String,
    /// What publishers' programs show.
    pub(crate) publisher_key: String,
    /// Carrier and buyers.
    pub(crate) medicare: Medicare,
    /// The database.
    pub(crate) postgres: Postgres,
    /// What light journeys are in.
    pub(crate) redis: Option<Redis>,
    /// The folder, and whatever runs in it. Last, so that it goes last.
    pub(crate) keeper: Arc<Keeper>,
}

/// The links of a node.
pub(crate) struct Links {
    /// To the database.
    pub(crate) postgres: Link,
    /// To the one server of Redis.
    pub(crate) redis: Option<Link>,
}

impl World {
    /// Starts everything.
    pub(crate) async fn start(binary: &Path, plan: &Plan) -> anyhow::Result<Self> {
        let keeper = Arc::new(Keeper::new(plan.folder)?);
        let postgres = Postgres::start(&keeper).await?;
        let redis = match plan.redis {
            RedisKind::None => None,
            RedisKind::Single => Some(Redis::single(&keeper).await?),
            RedisKind::Cluster => Some(Redis::cluster(&keeper).await?),
        };
        let door = Door::open().await?;
        let base = format!("http://{}", door.address);
        let medicare = medicare(plan, &base).await?;
        let binary = Binary {
            path: binary.to_owned(),
            environment: environment(&medicare, &base),
            folder: keeper.folder().to_owned(),
        };
        let publisher_key = publish(&binary, &medicare, plan, &postgres).await?;
        let (mut nodes, mut links, mut ports) = (vec![], vec![], vec![]);
        for n in 0..plan.nodes {
            let (own, port) = (Links::new(&postgres, redis.as_ref(), plan.redis).await?, free_port()?);
            let mut binary = binary.clone();
            let mut set =
                |key: &str, value: String| binary.environment.insert(format!("PINGPOST_{key}"), value);
            set("HTTP__LISTEN", format!("127.0.0.1:{port}"));
            set("STORE__URL", Postgres::url(own.postgres.address.port()));
            if let Some(redis) = &redis {
                set("IN_FLIGHT__REDIS", own.redis_urls(redis));
            }
            nodes.push(Node::start(&format!("node-{n}"), port, binary, &keeper));
            links.push(own);
            ports.push(port);
        }
        for node in &nodes {
            node.ready().await.with_context(|| format!("a node does not start: {}", node.last_lines()))?;
        }
        let balancer = Balancer::start(door, &ports)?;
        Ok(Self { nodes, links, balancer, base, publisher_key, medicare, postgres, redis, keeper })
    }

    /// Waits until all calls are over, as long as they come nearer to it.
    pub(crate) async fn calls_ended(&self, until: Instant) -> Quiet {
        let mut waiting = Waiting::new(Instant::now(), until, CALLS_END_MAX);
        let mut tick = tokio::time::interval(LOOK_EVERY);
        loop {
            tick.tick().await;
            let live = u64::try_from(self.medicare.carrier.live_calls()).unwrap_or(u64::MAX);
            if let Some(quiet) = waiting.left(Instant::now(), live) {
                return quiet;
            }
        }
    }

    /// Waits until nothing is open in the database and the calls that were asked something are in it, as long as that comes
    /// nearer, and says what is open then.
    pub(crate) async fn settled(
        &self,
        asked: &BTreeSet<Uuid>,
        until: Instant,
    ) -> anyhow::Result<(Quiet, Open)> {
        let mut conn = self.postgres.audit().await?;
        let mut waiting = Waiting::new(Instant::now(), until, SETTLE_MAX);
        let mut tick = tokio::time::interval(LOOK_EVERY);
        loop {
            tick.tick().await;
            let open = Open::read(&mut conn).await?;
            let ended = ended(&mut conn).await?;
            let unheard = asked.iter().filter(|journey| !ended.contains_key(journey)).count();
            let left = open.total() + u64::try_from(unheard).unwrap_or(u64::MAX);
            if let Some(quiet) = waiting.left(Instant::now(), left) {
                return Ok((quiet, open));
            }
        }
    }
}

impl Links {
    async fn new(postgres: &Postgres, redis: Option<&Redis>, kind: RedisKind) -> anyhow::Result<Self> {
        let to_redis = match (redis, kind) {
            (Some(redis), RedisKind::Single) => Some(Link::to(redis.ports()[0]).await?),
            _ => None,
        };
        Ok(Self { postgres: Link::to(postgres.port).await?, redis: to_redis })
    }

    fn redis_urls(&self, redis: &Redis) -> String {
        let ports = match &self.redis {
            Some(link) => vec![link.address.port()],
            None => redis.ports(),
        };
        ports.iter().map(|port| format!("redis://127.0.0.1:{port}")).collect::<Vec<_>>().join(",")
    }
}

/// The tables and the settings, before anybody needs them; and a publisher's key, which is given.
async fn publish(
    binary: &Binary,
    medicare: &Medicare,
    plan: &Plan,
    postgres: &Postgres,
) -> anyhow::Result<String> {
    let file = "settings.toml";
    let text = settings(medicare, Bounds::of(plan))?;
    std::fs::write(binary.folder.join(file), text).context("writing the settings")?;
    let mut first = binary.clone();
    first.environment.insert("PINGPOST_STORE__URL".to_owned(), Postgres::url(postgres.port));
    first.run(&["migrate"]).await?;
    first.run(&["settings", "import", file]).await?;
    let words = [
        "publisher-key",
        "new",
        PUBLISHER,
        "--name",
        "chaos",
        "--campaign",
        "medicare",
        "--per-minute",
        "6000",
    ];
    let made = first.run(&words);
    Ok(made.await?.trim().to_owned())
}

fn environment(medicare: &Medicare, base: &str) -> BTreeMap<String, String> {
    let config = medicare.carrier.config();
    let rest = medicare.carrier.rest_base();
    let values = [
        ("CONSOLE__LISTEN", "off"),
        ("HTTP__PUBLIC_BASE_URL", base),
        ("TWILIO__ACCOUNT_SID", &config.account_sid),
        ("TWILIO__AUTH_TOKEN", &config.auth_token),
        ("TWILIO__BASE_URL", &rest),
        ("TWILIO__REQUEST_TIMEOUT", "2s"),
        ("TWILIO__CENSUS_EVERY", "1s"),
        ("STORE__MASTER_KEY", MASTER_KEY),
        ("EXCHANGE__ALLOW_PRIVATE_TARGETS", "true"),
        // Who does not answer is asked all the same, so that every call has the same bidders.
        ("EXCHANGE__THROTTLE", "false"),
        // A post whose sender was killed is taken over after so long.
        ("POSTS__REQUEST_TIMEOUT", "8s"),
        ("POSTS__LEASE", "12s"),
        ("LOG__FORMAT", "json"),
        ("LOG__LEVEL", "info"),
    ];
    let values = values.map(|(key, value)| (format!("PINGPOST_{key}"), value.to_owned()));
    values.into_iter().chain([(SECRET.to_owned(), POST_SECRET.to_owned())]).collect()
}

async fn medicare(plan: &Plan, base: &str) -> anyhow::Result<Medicare> {
    let config = CarrierConfig {
        speed: SPEED,
        seed: plan.seed,
        faults: faults(plan),
        // Deadlines are on the wall, so the carrier's times must be as well.
        timestamps: Timestamps::Wall,
        ..CarrierConfig::new(Hook::Voice.url(base))
    };
    let medicare = Medicare::start(config, Duration::from_millis(10)).await;
    let elsewhere = elsewhere(base).await?;
    for (number, away) in NUMBERS {
        let fallback = match away {
            Away::Back => format!("{elsewhere}/back"),
            Away::Sorry => format!("{elsewhere}/sorry"),
            Away::Ours => Hook::Fallback.url(base),
        };
        medicare.carrier.set_number(Number {
            number: number.to_owned(),
            voice_url: Hook::Voice.url(base),
            voice_fallback_url: Some(fallback),
            status_callback_url: Some(Hook::Call.url(base)),
        });
    }
    for name in NAMES {
        medicare.line(name, Line::answers(Duration::from_secs(40)));
    }
    for (number, line) in cast::lines() {
        medicare.carrier.line(&number, line);
    }
    for name in BIDDERS {
        medicare.bids(name, cast::bids(name));
        medicare.buyer(name).set_confirm(cast::bids(name));
    }
    medicare.bids(Name::F, Behaviour::NoBid204);
    Ok(medicare)
}

fn faults(plan: &Plan) -> Faults {
    let twice = CallbackFault::Repeat { times: 1, when: When::AfterTheAnswer };
    if !plan.faults.contains(&Fault::Callbacks) {
        return Faults::none();
    }
    [twice, CallbackFault::Reorder, CallbackFault::Drop].into_iter().fold(Faults::none(), |faults, fault| {
        faults.callback_sometimes(On::Callbacks, fault, CALLBACKS_PERCENT, None)
    })
}

/// Another host, which is up when ours is down: one document that comes back after a while, one that says sorry.
async fn elsewhere(base: &str) -> anyhow::Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("binding another host")?;
    let address = listener.local_addr().context("reading the other host's address")?;
    let again = Hook::Fallback.url(base).replace('&', "&amp;");
    let back =
        format!("<Response><Pause length=\"2\"/><Redirect method=\"POST\">{again}</Redirect></Response>");
    let sorry = "<Response><Say>We are sorry.</Say><Hangup/></Response>".to_owned();
    let xml = |text: String| {
        any(move || async move { ([(header::CONTENT_TYPE, "text/xml")], text).into_response() })
    };
    let router = Router::new().route("/back", xml(back)).route("/sorry", xml(sorry));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(format!("http://{address}"))
}
