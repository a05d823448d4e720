//! Servers of the tests' own, each in a folder of its own on a free port, and gone with the test.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::Duration,
};

use redis::FromRedisValue;
use rustix::process::{Pid, Signal, kill_process};
use store::RedisAt;

use crate::world::World;

/// How long anything here may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// One server.
pub struct Server {
    child: Child,
    folder: tempfile::TempDir,
    options: Vec<String>,
    pub port: u16,
}

impl Server {
    pub async fn start(options: &[&str]) -> Self {
        let options: Vec<_> = options.iter().map(|&option| option.to_owned()).collect();
        for _ in 0..5 {
            let (folder, port) = (tempfile::tempdir().expect("a folder"), free_port());
            let child = spawn(&folder, port, &options);
            let mut server = Self { child, folder, options: options.clone(), port };
            // Otherwise somebody took the port meanwhile.
            if server.answers().await {
                return server;
            }
        }
        panic!("redis-server does not start on a free port")
    }

    /// Whether it comes up. False: it ended instead.
    async fn answers(&mut self) -> bool {
        let mut tick = tokio::time::interval(Duration::from_millis(10));
        loop {
            tick.tick().await;
            if self.child.try_wait().expect("its state").is_some() {
                return false;
            }
            if self.try_ask::<String>(&["PING"]).is_ok() {
                return true;
            }
        }
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Asks it something, beside the store.
    pub fn try_ask<T: FromRedisValue>(&self, words: &[&str]) -> redis::RedisResult<T> {
        let client = redis::Client::open(self.url())?;
        let mut conn = client.get_connection_with_timeout(PATIENCE)?;
        conn.set_read_timeout(Some(PATIENCE))?;
        let mut cmd = redis::cmd(words[0]);
        words[1..].iter().for_each(|word| {
            cmd.arg(word);
        });
        cmd.query(&mut conn)
    }

    pub fn ask<T: FromRedisValue>(&self, words: &[&str]) -> T {
        self.try_ask(words).unwrap_or_else(|error| panic!("{words:?}: {error}"))
    }

    /// It hangs: connections are there, and nothing is answered.
    pub fn hang(&self) {
        self.signal(Signal::STOP);
    }

    pub fn go_on(&self) {
        self.signal(Signal::CONT);
    }

    pub fn kill(&mut self) {
        self.child.kill().expect("it is killed");
        self.child.wait().expect("it ends");
    }

    /// Another one in its place, with nothing in it.
    pub async fn begin_again(&mut self) {
        self.child = spawn(&self.folder, self.port, &self.options);
        assert!(self.answers().await, "redis-server does not come back on its port");
    }

    fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a process");
        kill_process(id, signal).expect("it hears it");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that hangs is killed all the same.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(folder: &tempfile::TempDir, port: u16, options: &[String]) -> Child {
    Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port"])
        .arg(port.to_string())
        .arg("--dir")
        .arg(folder.path())
        .args(options)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("redis-server is missing: install the Debian package redis-server")
}

/// A port whose Cluster bus, ten thousand above it, is a port as well.
fn free_port() -> u16 {
    loop {
        let socket = TcpListener::bind("127.0.0.1:0").expect("a socket");
        let port = socket.local_addr().expect("its address").port();
        if port < 55_000 {
            return port;
        }
    }
}

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
    World::of(world.store.clone().in_redis(at).await)
}
