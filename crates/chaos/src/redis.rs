//! `Redis`: servers of the run's own, one or a Cluster, that can be killed, stopped, emptied and started again.

use std::{
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, bail};
use rustix::process::Signal;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    process::{Child, Command},
};

use crate::{
    keeper::Keeper,
    ports::free_port,
    postgres::{signal, tail},
};

/// The longest that a server or a Cluster may take to begin.
const START_MAX: Duration = Duration::from_secs(60);
/// How often it is looked whether it has.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// The longest that a server may take to answer what we ask.
const ANSWER_MAX: Duration = Duration::from_secs(2);
/// The slots of the three primaries.
const SLOTS: [&str; 3] = ["0 5460", "5461 10922", "10923 16383"];
/// What each server of a Cluster is told.
const OF_A_CLUSTER: [&str; 8] = [
    "--cluster-enabled",
    "yes",
    "--cluster-config-file",
    "nodes.conf",
    "--cluster-node-timeout",
    "1000",
    "--repl-diskless-sync-delay",
    "0",
];

/// All servers.
#[derive(Debug)]
pub(crate) struct Redis {
    servers: Vec<Server>,
}

/// One server.
#[derive(Debug)]
pub(crate) struct Server {
    name: String,
    /// Where it listens.
    pub(crate) port: u16,
    options: &'static [&'static str],
    keeper: Arc<Keeper>,
    running: Mutex<Option<Child>>,
}

impl Redis {
    /// One server.
    pub(crate) async fn single(keeper: &Arc<Keeper>) -> anyhow::Result<Self> {
        Ok(Self { servers: vec![Server::start(0, &[], keeper).await?] })
    }

    /// Three primaries, each with a replica.
    pub(crate) async fn cluster(keeper: &Arc<Keeper>) -> anyhow::Result<Self> {
        let mut servers = vec![];
        for n in 0..6 {
            servers.push(Server::start(n, &OF_A_CLUSTER, keeper).await?);
        }
        let cluster = Self { servers };
        tokio::time::timeout(START_MAX, cluster.join())
            .await
            .context("the Cluster does not come together")??;
        Ok(cluster)
    }

    /// Their addresses.
    pub(crate) fn ports(&self) -> Vec<u16> {
        self.servers.iter().map(|server| server.port).collect()
    }

    /// The `n`th of the servers that are primaries now.
    pub(crate) async fn primary(&self, n: usize) -> &Server {
        let primaries = self.primaries().await;
        match primaries.len() {
            0 => &self.servers[n % self.servers.len()],
            many => primaries[n % many],
        }
    }

    /// Everything is lost.
    pub(crate) async fn flush(&self) -> anyhow::Result<()> {
        for server in self.primaries().await {
            server.ask("FLUSHALL").await?;
        }
        Ok(())
    }

    async fn primaries(&self) -> Vec<&Server> {
        let mut primaries = vec![];
        for server in &self.servers {
            let role = server.ask("INFO replication").await;
            if role.is_ok_and(|role| role.contains("role:master")) {
                primaries.push(server);
            }
        }
        primaries
    }

    async fn join(&self) -> anyhow::Result<()> {
        for (server, slots) in self.servers.iter().zip(SLOTS) {
            server.ask(&format!("CLUSTER ADDSLOTSRANGE {slots}")).await?;
        }
        for (epoch, server) in self.servers.iter().enumerate() {
            server.ask(&format!("CLUSTER SET-CONFIG-EPOCH {}", epoch + 1)).await?;
        }
        for server in &self.servers[1..] {
            self.servers[0].ask(&format!("CLUSTER MEET 127.0.0.1 {}", server.port)).await?;
        }
        self.all_say("CLUSTER INFO", "cluster_known_nodes:6").await?;
        for (primary, replica) in self.servers[..3].iter().zip(&self.servers[3..]) {
            let id = primary.ask("CLUSTER MYID").await?;
            // A replica that does not know its primary yet is asked again.
            while replica.ask(&format!("CLUSTER REPLICATE {}", id.trim())).await.is_err() {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
        self.all_say("CLUSTER INFO", "cluster_state:ok").await?;
        for replica in &self.servers[3..] {
            replica.says("INFO replication", "master_link_status:up").await?;
        }
        Ok(())
    }

    async fn all_say(&self, question: &str, answer: &str) -> anyhow::Result<()> {
        for server in &self.servers {
            server.says(question, answer).await?;
        }
        Ok(())
    }
}

impl Server {
    async fn start(n: usize, options: &'static [&'static str], keeper: &Arc<Keeper>) -> anyhow::Result<Self> {
        let (name, port) = (format!("redis-{n}"), free_port()?);
        std::fs::create_dir(keeper.folder().join(&name)).context("making a folder of Redis")?;
        let server = Self { name, port, options, keeper: Arc::clone(keeper), running: Mutex::new(None) };
        server.begin().await?;
        Ok(server)
    }

    /// Starts the server that is not running, with nothing in it, and waits until it answers.
    pub(crate) async fn begin(&self) -> anyhow::Result<()> {
        let folder = self.keeper.folder().join(&self.name);
        let child = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--logfile", "log", "--port"])
            .arg(self.port.to_string())
            .arg("--dir")
            .arg(&folder)
            .args(self.options)
            .current_dir(&folder)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("redis-server does not start: install the package `redis-server`")?;
        if let Some(id) = child.id() {
            self.keeper.keep(id);
        }
        *self.lock() = Some(child);
        match tokio::time::timeout(START_MAX, self.says("PING", "PONG")).await {
            Ok(answered) => answered,
            Err(_) => bail!("{} does not start: {}", self.name, tail(&folder.join("log"))),
        }
    }

    /// Kills it.
    pub(crate) async fn kill(&self) {
        let child = self.lock().take();
        let Some(mut child) = child else { return };
        let Some(id) = child.id() else { return };
        signal(id, Signal::KILL);
        let _ = child.wait().await;
        self.keeper.forget(id);
    }

    /// It hangs: connections are there, and nothing is answered.
    pub(crate) fn freeze(&self) {
        if let Some(id) = self.lock().as_ref().and_then(Child::id) {
            signal(id, Signal::STOP);
        }
    }

    /// It goes on.
    pub(crate) fn thaw(&self) {
        if let Some(id) = self.lock().as_ref().and_then(Child::id) {
            signal(id, Signal::CONT);
        }
    }

    /// Asks it something by a connection of its own.
    async fn ask(&self, question: &str) -> anyhow::Result<String> {
        match tokio::time::timeout(ANSWER_MAX, ask(self.port, question)).await {
            Ok(answer) => answer,
            Err(_) => bail!("{} does not answer", self.name),
        }
    }

    async fn says(&self, question: &str, answer: &str) -> anyhow::Result<()> {
        while !self.ask(question).await.is_ok_and(|said| said.contains(answer)) {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Child>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One question on one line, and its answer: a word, or a text behind its length.
async fn ask(port: u16, question: &str) -> anyhow::Result<String> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.context("reaching Redis")?;
    let mut stream = BufReader::new(stream);
    stream.write_all(format!("{question}\r\n").as_bytes()).await.context("asking Redis")?;
    let mut line = String::new();
    stream.read_line(&mut line).await.context("hearing Redis")?;
    let (kind, rest) = line.trim_end().split_at_checked(1).context("Redis said nothing")?;
    match kind {
        "$" => {
            let mut text = vec![0; rest.parse().context("hearing Redis")?];
            stream.read_exact(&mut text).await.context("hearing Redis")?;
            String::from_utf8(text).context("hearing Redis")
        }
        "-" => bail!("Redis refuses {question}: {rest}"),
        _ => Ok(rest.to_owned()),
    }
}
