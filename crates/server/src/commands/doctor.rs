//! `pingpost doctor`: prints what was found, and what mends it.

use serde_json::json;

use super::{Failure, printed};
use crate::{
    app::open_store,
    config::{Config, Database},
    doctor::{self, Ask, Finding, Gravity},
};

/// Examines everything and prints it, the gravest first.
pub(super) async fn run(config: &Config, as_json: bool, ask: Ask) -> Result<(), Failure> {
    if let Database::File(path) = &config.store.database
        && !path.exists()
    {
        // To open it would make it.
        tracing::info!(path = %path.display(), "there is no database yet: `pingpost serve` makes it");
        let config = Config { store: without(config), ..config.clone() };
        return told(&doctor::examine(&config, open_store(&config.store).await, ask).await, as_json);
    }
    told(&doctor::examine(config, open_store(&config.store).await, ask).await, as_json)
}

/// An empty store in the place of one that is not there yet.
fn without(config: &Config) -> crate::config::StoreConfig {
    crate::config::StoreConfig { database: Database::Temporary, ..config.store.clone() }
}

fn told(found: &[Finding], as_json: bool) -> Result<(), Failure> {
    let (problems, warnings): (Vec<_>, Vec<_>) =
        found.iter().partition(|finding| finding.gravity() == Gravity::Problem);
    if as_json {
        for finding in found {
            let gravity = if finding.gravity() == Gravity::Problem { "problem" } else { "warning" };
            let line = json!({
                "code": finding.code.word(), "gravity": gravity, "at": finding.at, "what": finding.what,
                "mend": finding.mend,
            });
            printed(&format!("{line}\n"))?;
        }
    } else {
        for finding in found {
            printed(&format!("{finding}\n"))?;
        }
    }
    if problems.is_empty() {
        return if as_json { Ok(()) } else { printed(&ending(warnings.len())) };
    }
    Err(Failure::Found(vec![format!("{} to mend, {} to look at", problems.len(), warnings.len())]))
}

fn ending(warnings: usize) -> String {
    match warnings {
        0 => "nothing to mend\n".to_owned(),
        1 => "nothing to mend, one thing to look at\n".to_owned(),
        n => format!("nothing to mend, {n} things to look at\n"),
    }
}
