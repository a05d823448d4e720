//! A Cluster of the tests' own, and worlds whose light journeys are in Redis.

use std::time::Duration;

use store::RedisAt;

use super::server::{PATIENCE, Server};
use crate::{home::Home, world::World};

/// Three primaries, each with a replica.
pub struct Cluster {
    pub nodes: Vec<Server>,
}

impl Cluster {
    pub async fn start() -> Self {
        let options = ["--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf"];
        let options =
            [&options[..], &["--cluster-node-timeout", "1000", "--repl-diskless-sync-delay", "0"]].concat();
        let mut nodes = Vec::new();
        for _ in 0..6 {
            nodes.push(Server::start(&options).await);
        }
        for (node, slots) in nodes.iter().zip([["0", "5460"], ["5461", "10922"], ["10923", "16383"]]) {
            node.ask::<()>(&["CLUSTER", "ADDSLOTSRANGE", slots[0], slots[1]]);
        }
        for (epoch, node) in nodes.iter().enumerate() {
            node.ask::<()>(&["CLUSTER", "SET-CONFIG-EPOCH", &(epoch + 1).to_string()]);
        }
        for node in &nodes[1..] {
            nodes[0].ask::<()>(&["CLUSTER", "MEET", "127.0.0.1", &node.port.to_string()]);
        }
        let cluster = Self { nodes };
        cluster.until("all know all", |info| info.contains("cluster_known_nodes:6")).await;
        for n in 0..3 {
            let primary: String = cluster.nodes[n].ask(&["CLUSTER", "MYID"]);
            let replica = &cluster.nodes[n + 3];
            until("the replica", || replica.try_ask::<()>(&["CLUSTER", "REPLICATE", &primary]).is_ok()).await;
        }
        cluster.until("it serves", |info| info.contains("cluster_state:ok")).await;
        for replica in &cluster.nodes[3..] {
            until("it follows", || {
                replica.ask::<String>(&["INFO", "replication"]).contains("master_link_status:up")
            })
            .await;
        }
        cluster
    }

    async fn until(&self, what: &str, is: impl Fn(&str) -> bool) {
        for node in &self.nodes {
            until(what, || is(&node.ask::<String>(&["CLUSTER", "INFO"]))).await;
        }
    }

    pub fn at(&self) -> RedisAt {
        at(&self.nodes.iter().map(Server::url).collect::<Vec<_>>())
    }

    pub fn primaries(&self) -> impl Iterator<Item = &Server> {
        self.nodes.iter().filter(|node| node.ask::<String>(&["INFO", "replication"]).contains("role:master"))
    }

    /// Waits until no journey is being moved: nobody waits for the last word of a move, which may come late.
    pub async fn settled(&self) {
        let is_moving = |node: &Server, key: &String| {
            node.try_ask::<Option<String>>(&["LINDEX", key, "1"])
                .ok()
                .flatten()
                .is_none_or(|state| state == "m")
        };
        let keys = |node: &Server| node.ask::<Vec<String>>(&["KEYS", "j:*"]);
        for node in self.primaries() {
            until("the end of each move", || keys(node).iter().all(|key| !is_moving(node, key))).await;
        }
    }

    /// Everything is lost.
    pub fn flush(&self) {
        self.primaries().for_each(|node| node.ask::<()>(&["FLUSHALL"]));
    }
}

/// Waits for the thing itself.
pub async fn until(what: &str, mut is: impl FnMut() -> bool) {
    let mut tick = tokio::time::interval(Duration::from_millis(10));
    let waiting = async {
        while !is() {
            tick.tick().await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("{what} does not come"));
}

/// What is judged is the outcome, not this machine's speed: no deadline but a generous one.
pub fn at(urls: &[String]) -> RedisAt {
    RedisAt::parse(urls, None).expect("addresses").with_deadline(PATIENCE)
}

/// A world whose light journeys are in this Redis.
pub async fn world(at: RedisAt) -> World {
    let mut world = World::new().await;
    world.store = world.store.clone().in_redis(at).await;
    world
}

/// Another node on the same stores.
pub async fn node(world: &World, at: RedisAt) -> World {
    World::of(Home::new().await, world.store.clone().in_redis(at).await)
}
