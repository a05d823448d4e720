//! A task in headless Chromium, driven by the console's `tests/browser/run.mjs`.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

/// Where Debian's package puts it; `CHROMIUM` names another.
const CHROMIUM: &str = "/usr/bin/chromium";

/// Does what a module of `tests/browser/tasks` says, at a console that nobody is logged in at. Pictures lie in `target/pages`.
#[expect(clippy::disallowed_methods, reason = "which browser the machine has is the environment's to say")]
pub fn task(base: &str, name: &str, data: Value) {
    let console = Path::new(env!("CARGO_MANIFEST_DIR")).join("../console");
    assert!(
        console.join("node_modules/playwright-core").is_dir(),
        "what drives the browser is missing: run `npm ci` in crates/console"
    );
    let asked = json!({
        "task": name, "data": data, "base": base, "cookie": "",
        "chromium": std::env::var("CHROMIUM").unwrap_or_else(|_| CHROMIUM.to_owned()),
        "pictures": console.join("../../target/pages"),
    });
    let mut node = Command::new("node")
        .arg(console.join("tests/browser/run.mjs"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node starts: install the package nodejs");
    let mut stdin = node.stdin.take().expect("it is piped");
    stdin.write_all(asked.to_string().as_bytes()).expect("it reads");
    drop(stdin);
    let ran = node.wait_with_output().expect("it ends");
    assert!(ran.status.success(), "the browser could not be driven");
    let wrong: Vec<String> = serde_json::from_slice(&ran.stdout).expect("a list of what is wrong");
    assert!(wrong.is_empty(), "\n    {}\n", wrong.join("\n    "));
}
