//! `pingpost doctor`: looks for what is configured and will not do what somebody wanted, and says the mend of each. Start at
//! [`examine`]. Every finding has a code that stays the same; docs/reference/doctor.md lists them.

mod configured;
mod finding;
mod kept;
mod lines;
mod reached;
mod sold;

pub use finding::{Code, Finding, Gravity};

use settings::{Settings, Surroundings};
use store::Store;

use crate::config::{Config, credential};

/// Looks at everything. What is outside of this machine is asked only where `ask` says so.
pub async fn examine(config: &Config, opened: anyhow::Result<Store>, ask: Ask) -> Vec<Finding> {
    match opened {
        Ok(store) => {
            let found = examine_open(config, &store, ask).await;
            store.close().await;
            found
        }
        Err(error) => {
            let mut found = configured::findings(config);
            found.push(kept::unopened(&error));
            sorted(found)
        }
    }
}

/// As [`examine`], over a store that is open and stays so.
pub async fn examine_open(config: &Config, store: &Store, ask: Ask) -> Vec<Finding> {
    let mut found = configured::findings(config);
    found.extend(kept::findings(config, store).await);
    match published(config, store).await {
        Ok(Some(settings)) => {
            found.extend(sold::findings(config, &settings));
            found.extend(lines::findings(config, &settings));
            if ask == Ask::Others {
                found.extend(reached::findings(config, &settings).await);
            }
        }
        Ok(None) => found.push(Code::NoSettings.says(
            "settings",
            "nothing was published yet, so every caller is told that nobody is here",
            "make the first buyer, offer and campaign in the console, or `pingpost settings import FILE`",
        )),
        Err(findings) => found.extend(findings),
    }
    sorted(found)
}

/// Whether what is outside of this machine is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// The carrier, and whether buyers can be reached.
    Others,
    /// Nobody.
    Nobody,
}

async fn published(config: &Config, store: &Store) -> Result<Option<Settings>, Vec<Finding>> {
    let unread = |what: String, mend: &str| vec![Code::SettingsUnreadable.says("settings", what, mend)];
    let latest = store.latest_settings().await;
    let latest = latest.map_err(|error| unread(crate::chain_of(&error), "look at the database"))?;
    let Some(latest) = latest else { return Ok(None) };
    let surroundings = Surroundings { policy: config.exchange.policy(), credential: &credential };
    let text = secrecy::ExposeSecret::expose_secret(&latest.body);
    let read = Settings::parse(text, &format!("settings version {}", latest.version), &surroundings);
    read.map(Some).map_err(|problems| {
        problems.iter().map(|it| Code::SettingsUnreadable.says(&it.path, &*it.what, &*it.mend)).collect()
    })
}

/// The gravest first.
fn sorted(mut found: Vec<Finding>) -> Vec<Finding> {
    found.sort_by(|a, b| (a.gravity(), a.code.word(), &a.at).cmp(&(b.gravity(), b.code.word(), &b.at)));
    found
}
