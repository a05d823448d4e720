//! Servers of the tests' own, each in a folder of its own on a free port, and gone with the test.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::Duration,
};

use redis::FromRedisValue;

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
        self.signal("-STOP");
    }

    pub fn go_on(&self) {
        self.signal("-CONT");
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

    fn signal(&self, signal: &str) {
        let heard = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(heard.expect("kill runs").success());
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
