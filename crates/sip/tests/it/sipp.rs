//! SIPp as a peer: one call by a scenario of `tests/sipp`, and its own judgement of how that went.

use std::{
    fs,
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

/// A SIPp with one call.
pub struct Sipp {
    child: Child,
    scenario: String,
    messages: PathBuf,
    log: PathBuf,
}

impl Sipp {
    /// Calls there.
    pub fn calls(scenario: &str, at: SocketAddr) -> Self {
        Self::start(scenario, &[&at.to_string()])
    }

    /// Waits for a call, and where. Until it is up, requests are sent again.
    pub fn waits(scenario: &str) -> (Self, SocketAddr) {
        let free = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        (Self::start(scenario, &["-p", &free.port().to_string()]), free)
    }

    fn start(scenario: &str, arguments: &[&str]) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let n = NEXT.fetch_add(1, Relaxed);
        let of = |what: &str| {
            let name = format!("sipp-{}-{n}-{what}", std::process::id());
            PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
        };
        let (messages, log) = (of("messages"), of("log"));
        let file = format!("{}/tests/sipp/{scenario}.xml", env!("CARGO_MANIFEST_DIR"));
        let child = Command::new("sipp")
            .args([
                "-sf",
                &file,
                "-i",
                "127.0.0.1",
                "-m",
                "1",
                "-nostdin",
                "-timeout",
                "14s",
                "-timeout_error",
            ])
            .args(["-trace_msg", "-message_overwrite", "true", "-trace_logs", "-log_overwrite", "true"])
            .args([&"-message_file".into(), &messages, &"-log_file".into(), &log])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sipp is installed: Debian's package sip-tester");
        Self { child, scenario: scenario.to_owned(), messages, log }
    }

    /// Waits for its end; its call went as its scenario says. What the scenario logged.
    pub async fn went_well(mut self) -> String {
        let mut child = self.child;
        let ended = tokio::task::spawn_blocking(move || child.wait()).await.unwrap().unwrap();
        let read = |path: &PathBuf| String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned();
        self.scenario.push_str(".xml");
        assert!(ended.success(), "{}: {ended}\n{}", self.scenario, read(&self.messages));
        let logged = read(&self.log);
        let _ = (fs::remove_file(&self.messages), fs::remove_file(&self.log));
        logged
    }
}
