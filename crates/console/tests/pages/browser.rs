//! `Looked`: pages in headless Chromium, driven by `tests/browser/run.mjs`.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::world::{Visitor, World};

/// Where Debian's package puts it; `CHROMIUM` names another.
const CHROMIUM: &str = "/usr/bin/chromium";

/// Looks at pages as this visitor, light and wide, and dark and narrow: axe finds nothing serious, nothing scrolls sideways,
/// the console is silent, and nothing is asked of another host. Pictures of each lie in `target/pages`.
pub async fn look(world: &World, visitor: Option<&Visitor>, pages: &[(&str, &str)]) {
    let pages: Vec<_> = pages.iter().map(|(path, name)| json!({ "path": path, "name": name })).collect();
    run(world, visitor, json!({ "pages": pages })).await;
}

/// Does what a module of `tests/browser/tasks` says, by the keyboard.
pub async fn task(world: &World, visitor: Option<&Visitor>, name: &str, data: Value) {
    run(world, visitor, json!({ "task": name, "data": data })).await;
}

/// Looks at a page that answers with another status.
pub async fn look_at(world: &World, visitor: Option<&Visitor>, path: &str, name: &str, status: u16) {
    run(world, visitor, json!({ "pages": [{ "path": path, "name": name, "status": status }] })).await;
}

#[expect(clippy::disallowed_methods, reason = "which browser the machine has is the environment's to say")]
async fn run(world: &World, visitor: Option<&Visitor>, mut asked: Value) {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert!(
        crate_folder.join("node_modules/playwright-core").is_dir(),
        "what drives the browser is missing: run `npm ci` in crates/console"
    );
    asked["base"] = json!(world.base);
    asked["cookie"] = json!(visitor.map_or("", |visitor| &visitor.cookie));
    asked["chromium"] = json!(std::env::var("CHROMIUM").unwrap_or_else(|_| CHROMIUM.to_owned()));
    asked["pictures"] = json!(crate_folder.join("../../target/pages"));
    let script = crate_folder.join("tests/browser/run.mjs");
    let ran = tokio::task::spawn_blocking(move || {
        let mut node = Command::new("node")
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node starts: install the package nodejs");
        let mut stdin = node.stdin.take().expect("it is piped");
        stdin.write_all(asked.to_string().as_bytes()).expect("it reads");
        drop(stdin);
        node.wait_with_output().expect("it ends")
    });
    let ran = ran.await.expect("it does not panic");
    assert!(ran.status.success(), "the browser could not be driven");
    let wrong: Vec<String> = serde_json::from_slice(&ran.stdout).expect("a list of what is wrong");
    assert!(wrong.is_empty(), "\n    {}\n", wrong.join("\n    "));
}
