//! `Nodes`: processes on one Postgres and one Redis behind a balancer, an emulated carrier and six buyers.

use std::{collections::BTreeSet, time::Duration};

use carrier::twilio::Hook;
use sandbox::{Behaviour, CarrierConfig, InboundCall, Medicare, medicare::Name};
use secrecy::ExposeSecret;

use super::balancer::Balancer;
use crate::{
    place::{ACCOUNT, Place, Server, TOKEN},
    postgres_server::{Database, Server as Postgres},
    redis_server::Server as Redis,
    world::{call_to, until, written},
};

/// The nodes and what is round them.
pub struct Nodes {
    /// What stands before them.
    pub balancer: Balancer,
    /// Those that run.
    pub servers: Vec<Server>,
    /// Where they run.
    pub places: Vec<Place>,
    /// Carrier and buyers.
    pub medicare: Medicare,
    /// What lasts.
    pub database: Database,
    /// What is in flight.
    pub redis: Redis,
}

impl Nodes {
    /// So many nodes, and so many of the carrier's seconds in one of ours.
    pub async fn start(count: usize, speed: u32) -> Self {
        let (redis, database) = (Redis::start(&[]).await, Postgres::shared().database().await);
        let balancer = Balancer::start().await;
        let base = format!("http://{}", balancer.address);
        let config = CarrierConfig {
            voice_fallback_url: Some(Hook::Fallback.url(&base)),
            status_callback_url: Some(Hook::Call.url(&base)),
            account_sid: ACCOUNT.to_owned(),
            auth_token: TOKEN.to_owned(),
            speed,
            ..CarrierConfig::new(Hook::Voice.url(&base))
        };
        let medicare = Medicare::start(config, Duration::from_millis(20)).await;
        medicare.bids(Name::F, Behaviour::NoBid204);
        let text = written(&medicare);
        let place = || {
            let place = Place::new()
                .without("STORE__PATH")
                .with("STORE__URL", database.at().url.expose_secret())
                .with("IN_FLIGHT__REDIS", &redis.url())
                // What is judged is the outcome, not this machine's speed.
                .with("IN_FLIGHT__TIMEOUT", "1s")
                .with("HTTP__PUBLIC_BASE_URL", &base)
                .with("TWILIO__BASE_URL", &medicare.carrier.rest_base())
                .with("TWILIO__CENSUS_EVERY", "1s")
                .with("POSTS__REQUEST_TIMEOUT", "2s")
                .with("POSTS__LEASE", "4s");
            place.write("settings.toml", &text);
            place
        };
        let places: Vec<_> = (0..count).map(|_| place()).collect();
        let servers: Vec<_> = places.iter().map(Place::serve).collect();
        balancer.set(servers.iter().map(|server| server.address).collect());
        Self { balancer, servers, places, medicare, database, redis }
    }

    /// The call of the example.
    pub fn call(&self) -> InboundCall {
        call_to(&self.medicare)
    }

    /// Ends a node as SIGKILL does. The balancer knows nothing of it.
    pub fn kill(&mut self, n: usize) {
        drop(self.servers.remove(n));
    }

    /// The node whose log holds all of these, once one does.
    pub async fn node_that_logged(&self, texts: &[&str]) -> usize {
        let holds =
            |server: &Server| server.log().iter().any(|line| texts.iter().all(|text| line.contains(text)));
        until(&texts.join(", "), || self.servers.iter().any(holds)).await;
        self.servers.iter().position(holds).expect("one does")
    }

    /// A figure of all nodes together.
    pub fn figure(&self, name: &str) -> u64 {
        self.servers.iter().map(|server| server.figure(name)).sum()
    }

    /// A number out of the database.
    pub async fn int(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&mut self.database.connect().await).await.expect("a number")
    }

    /// Waits for a number out of the database.
    pub async fn int_is(&self, sql: &'static str, is: i64) {
        let mut conn = self.database.connect().await;
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        let looking = async {
            while sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut conn).await.expect("a number") != is {
                tick.tick().await;
            }
        };
        let came = tokio::time::timeout(crate::place::WAIT_MAX, looking).await;
        assert!(came.is_ok(), "it is no {is}, but {}: {sql}", self.int(sql).await);
    }

    /// Waits until so many calls are sold to C at its bid, and as many leads are with it, each once.
    pub async fn sold(&self, calls: i64) {
        self.int_is("SELECT COUNT(*) FROM posts WHERE state = 'delivered'", calls).await;
        let sales = "SELECT COUNT(*) FROM sales WHERE offer = 'buyer-c-medicare' AND price = 91000000";
        assert_eq!(self.int(sales).await, calls);
        assert_eq!(self.int("SELECT COUNT(*) FROM sales").await, calls);
        let posts = self.medicare.buyer(Name::C).posts();
        let keys: BTreeSet<_> = posts.iter().map(|post| post.header("idempotency-key")).collect();
        assert!(!keys.contains(&None), "a post has no key");
        assert_eq!(i64::try_from(keys.len()).expect("few"), calls);
    }
}
