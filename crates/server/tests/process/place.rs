//! `Place`: a folder with a database and settings, and the binary run in it; `Server`: the binary serving.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Arc, Condvar, Mutex, PoisonError, mpsc},
    time::Duration,
};

use crate::request;

/// Nothing here takes longer.
pub const WAIT_MAX: Duration = Duration::from_secs(30);
/// Where the carrier believes to reach the server.
pub const PUBLIC: &str = "https://calls.example.com";
/// The account.
pub const ACCOUNT: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
/// Its token.
pub const TOKEN: &str = "sandbox-auth-token";
/// 32 bytes.
pub const MASTER_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// The shipped example.
pub const EXAMPLE: &str = include_str!("../../../../config/demo-settings.toml");

/// Where a process runs, and with which environment.
pub struct Place {
    folder: Arc<tempfile::TempDir>,
    environment: BTreeMap<String, String>,
    under: Vec<String>,
}

/// How a command ended.
pub struct Ran {
    /// Its exit code.
    pub code: i32,
    /// Its standard output.
    pub out: String,
    /// Its standard error.
    pub err: String,
}

/// A serving process. It ends with the test.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    child: Option<Child>,
    log: Log,
    _folder: Arc<tempfile::TempDir>,
}

/// What a process has logged so far.
#[derive(Clone, Default)]
pub struct Log(Arc<(Mutex<Vec<String>>, Condvar)>);

impl Place {
    /// A folder with the example as its settings, and all that `serve` needs.
    pub fn new() -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("a folder"));
        let place = Self { folder, environment: BTreeMap::new(), under: vec![] };
        place.write("settings.toml", EXAMPLE);
        place
            .with("HTTP__LISTEN", "127.0.0.1:0")
            .with("CONSOLE__LISTEN", "off")
            .with("HTTP__PUBLIC_BASE_URL", PUBLIC)
            .with("TWILIO__ACCOUNT_SID", ACCOUNT)
            .with("TWILIO__AUTH_TOKEN", TOKEN)
            .with("STORE__PATH", "pingpost.db")
            .with("STORE__MASTER_KEY", MASTER_KEY)
            .with("EXCHANGE__ALLOW_PRIVATE_TARGETS", "true")
            .with("LOG__FORMAT", "json")
            .with("LOG__LEVEL", "debug")
    }

    /// Without any setting.
    pub fn bare() -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("a folder"));
        Self { folder, environment: BTreeMap::new(), under: vec![] }
    }

    /// With a variable: `HTTP__LISTEN` is `PINGPOST_HTTP__LISTEN`.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(format!("PINGPOST_{name}"), value.to_owned());
        self
    }

    /// With a variable that is none of the configuration.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Without a variable.
    pub fn without(mut self, name: &str) -> Self {
        self.environment.remove(&format!("PINGPOST_{name}"));
        self
    }

    /// What serves runs under another program, ex: one that traces it.
    pub fn under<const N: usize>(mut self, program: [&str; N]) -> Self {
        self.under = program.map(str::to_owned).to_vec();
        self
    }

    /// Writes a file of the folder.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("a file is written");
    }

    /// The path of a file in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, under: &[String], arguments: &[&str]) -> Command {
        let binary = binary();
        let words: Vec<_> = under.iter().chain([&binary]).collect();
        let mut command = Command::new(words[0]);
        command
            .args(&words[1..])
            .args(arguments)
            .env_clear()
            .envs(&self.environment)
            .current_dir(self.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        let child = self.command(&[], arguments).spawn().expect("the binary starts");
        ran(child)
    }

    /// Runs a command that reads this text.
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Ran {
        let mut child =
            self.command(&[], arguments).stdin(Stdio::piped()).spawn().expect("the binary starts");
        let mut stdin = child.stdin.take().expect("it is piped");
        stdin.write_all(input.as_bytes()).expect("it reads");
        drop(stdin);
        ran(child)
    }

    /// Starts a process and reads its standard error as it comes.
    pub fn start(&self, arguments: &[&str]) -> (Child, Log) {
        let mut child = self.command(&self.under, arguments).spawn().expect("the binary starts");
        let lines = BufReader::new(child.stderr.take().expect("it is piped"));
        let log = Log::default();
        let reading = log.clone();
        std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                reading.push(line);
            }
        });
        (child, log)
    }

    /// Serves with the settings of the folder, and is ready.
    pub fn serve(&self) -> Server {
        self.serving(self.start(&["serve", "--settings", "settings.toml"]))
    }

    /// What was started serves, and is ready.
    pub fn serving(&self, (child, log): (Child, Log)) -> Server {
        let line = log.line("taking calls");
        let line: serde_json::Value = serde_json::from_str(&line).expect("a log line is JSON");
        let address = line["address"].as_str().expect("it names its address");
        let server = Server {
            address: address.parse().expect("an address"),
            child: Some(child),
            log,
            _folder: Arc::clone(&self.folder),
        };
        let ready = request::get(server.address, "/readyz");
        assert!(ready.status == 200 && ready.body.starts_with("ready\n"), "{ready:?}");
        server
    }
}

impl Server {
    /// The first line of the log that holds a text; waits for it.
    pub fn logged(&self, text: &str) -> String {
        self.log.line(text)
    }

    /// The first line of the log that holds all of these; waits for it.
    pub fn logged_all(&self, texts: &[&str]) -> String {
        self.log.line_with(texts)
    }

    /// The whole log so far.
    pub fn log(&self) -> Vec<String> {
        self.log.all()
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    /// Sends a signal, ex: `TERM`.
    pub fn signal(&self, name: &str) {
        signal(self.child.as_ref().expect("it runs"), name);
    }

    /// Waits for its end and gives the exit code.
    pub fn ended(mut self) -> i32 {
        ended(self.child.take().expect("it ends once"))
    }

    /// The value of a figure, all labels together.
    pub fn figure(&self, name: &str) -> u64 {
        let figures = request::get(self.address, "/metrics").body;
        let named = figures.lines().filter_map(|line| line.strip_prefix(name));
        let values =
            named.filter(|rest| rest.starts_with([' ', '{'])).filter_map(|rest| rest.rsplit(' ').next());
        values.map(|value| value.parse::<u64>().expect("a whole number")).sum()
    }
}

impl Drop for Server {
    #[expect(clippy::print_stderr, reason = "a test that failed shows what its server said")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the server logged:\n{}", self.log().join("\n"));
        }
        if let Some(mut child) = self.child.take() {
            // It may have ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Log {
    fn push(&self, line: String) {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        self.0.1.notify_all();
    }

    /// The first line that holds a text; waits for it.
    pub fn line(&self, text: &str) -> String {
        self.line_with(&[text])
    }

    fn line_with(&self, texts: &[&str]) -> String {
        let lines = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = |lines: &Vec<String>| {
            lines.iter().find(|line| texts.iter().all(|text| line.contains(text))).cloned()
        };
        let (lines, _) = self
            .0
            .1
            .wait_timeout_while(lines, WAIT_MAX, |lines| found(lines).is_none())
            .unwrap_or_else(PoisonError::into_inner);
        found(&lines).unwrap_or_else(|| panic!("{texts:?} is not in the log:\n{}", lines.join("\n")))
    }

    /// All lines so far.
    pub fn all(&self) -> Vec<String> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The binary that is tested: the one that was built with the tests, or the one that `PINGPOST_BINARY` names, ex: an optimised
/// build, whose times are wanted.
#[expect(clippy::disallowed_methods, reason = "which build is measured is its caller's to say")]
fn binary() -> String {
    std::env::var("PINGPOST_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_pingpost").to_owned())
}

fn ran(child: Child) -> Ran {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    let output = receiver.recv_timeout(WAIT_MAX).expect("the command ends").expect("its output is read");
    Ran {
        code: output.status.code().expect("it was not killed"),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// Sends a signal to a process.
pub fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status();
    assert!(sent.expect("kill is there").success());
}

/// Waits for the end of a process and gives its exit code.
pub fn ended(mut child: Child) -> i32 {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait()));
    let status = receiver.recv_timeout(WAIT_MAX).expect("the process ends").expect("it can be waited for");
    status.code().expect("it was not killed")
}
