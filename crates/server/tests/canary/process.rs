//! The binary, serving beside commands, with everything that it says and writes.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError, mpsc},
    time::Duration,
};

use sandbox::CarrierConfig;

/// How long it may take to be ready.
const READY_MAX: Duration = Duration::from_secs(30);

/// The binary in a folder of its own.
pub struct Process {
    folder: tempfile::TempDir,
    environment: BTreeMap<String, String>,
    child: Option<Child>,
    log: Arc<Mutex<Vec<u8>>>,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Process {
    /// Where it will listen.
    pub fn address() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.local_addr().expect("it has an address")
    }

    /// Starts to serve, and is ready.
    pub fn serve(address: SocketAddr, carrier: &CarrierConfig, rest_base: &str, settings: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("settings.toml"), settings).expect("a file is written");
        std::fs::create_dir(folder.path().join("temporary")).expect("a folder is made");
        let values = [
            ("HTTP__LISTEN", address.to_string()),
            ("CONSOLE__LISTEN", "off".to_owned()),
            ("HTTP__PUBLIC_BASE_URL", format!("http://{address}")),
            ("TWILIO__ACCOUNT_SID", carrier.account_sid.clone()),
            ("TWILIO__AUTH_TOKEN", carrier.auth_token.clone()),
            ("TWILIO__BASE_URL", rest_base.to_owned()),
            ("STORE__PATH", "pingpost.db".to_owned()),
            ("STORE__MASTER_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".to_owned()),
            ("EXCHANGE__ALLOW_PRIVATE_TARGETS", "true".to_owned()),
            ("LOG__FORMAT", "json".to_owned()),
            ("LOG__LEVEL", "debug,server=trace,store=trace,buyer=trace,carrier=trace".to_owned()),
        ];
        let mut environment: BTreeMap<_, _> =
            values.into_iter().map(|(name, value)| (format!("PINGPOST_{name}"), value)).collect();
        let temporary = folder.path().join("temporary").display().to_string();
        environment.insert("TMPDIR".to_owned(), temporary);
        let mut process = Self { folder, environment, child: None, log: Arc::default(), address };
        let mut child =
            process.command(&["serve", "--settings", "settings.toml"]).spawn().expect("it starts");
        let mut stderr = child.stderr.take().expect("it is piped");
        let log = Arc::clone(&process.log);
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            let mut piece = vec![0; 64 * 1024];
            while let Ok(read @ 1..) = stderr.read(&mut piece) {
                log.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&piece[..read]);
                // Nobody waits any more once it is ready.
                let _ = tell.send(());
            }
        });
        process.child = Some(child);
        while !process.has_logged("taking calls") {
            let more = told.recv_timeout(READY_MAX);
            assert!(more.is_ok(), "{}", String::from_utf8_lossy(&process.take_log()));
        }
        process
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pingpost"));
        command.args(arguments).env_clear().envs(&self.environment).current_dir(self.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs a command beside it, and gives its exit code with all that it said.
    pub fn run(&self, arguments: &[&str]) -> (i32, Vec<u8>) {
        said(self.command(arguments))
    }

    /// The same with one more variable.
    pub fn run_with(&self, name: &str, value: &str, arguments: &[&str]) -> (i32, Vec<u8>) {
        let mut command = self.command(arguments);
        command.env(name, value);
        said(command)
    }

    fn has_logged(&self, text: &str) -> bool {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&log).contains(text)
    }

    /// What it has logged since the last time.
    pub fn take_log(&self) -> Vec<u8> {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        // A line that is half written waits for its end.
        let whole = log.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        log.drain(..whole).collect()
    }

    /// Sends bytes, and gives all that comes back.
    pub fn asked(&self, request: &[u8]) -> Vec<u8> {
        let mut socket = TcpStream::connect(self.address).expect("it listens");
        socket.write_all(request).expect("it reads");
        let mut answer = vec![];
        // It may close in the middle of a request that it does not want.
        let _ = socket.read_to_end(&mut answer);
        answer
    }

    /// Its figures.
    pub fn figures(&self) -> Vec<u8> {
        self.asked(b"GET /metrics HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n")
    }

    /// Every file that it has written, with its name.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let mut files = vec![];
        read_below(self.folder.path(), &mut files);
        files
    }

    /// Stops it, and gives the rest of its log.
    pub fn stop(&mut self) -> Vec<u8> {
        if let Some(mut child) = self.child.take() {
            let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
            assert!(sent.expect("kill is there").success());
            assert!(child.wait().expect("it can be waited for").success());
        }
        self.take_log()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn said(mut command: Command) -> (i32, Vec<u8>) {
    let output = command.output().expect("the command ends");
    (output.status.code().unwrap_or(-1), [output.stdout, output.stderr].concat())
}

fn read_below(folder: &Path, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            read_below(&path, files);
        } else if let Ok(bytes) = std::fs::read(&path) {
            files.push((path.display().to_string(), bytes));
        }
    }
}
