//! Publications: a running process takes up a settings version as soon as somebody says that it
//! is published, and looks for one that nobody spoke of.

use std::{sync::Arc, time::Duration};

use secrecy::ExposeSecret;
use settings::{Settings, Surroundings};
use store::News;
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::MissedTickBehavior,
};

use crate::{book::Edition, chain_of, config::credential, world::World};

/// How often the store is asked for a newer version, of which nobody may have told.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Why the newest settings are not used.
#[derive(Debug, thiserror::Error)]
pub enum PublicationError {
    /// They could not be read.
    #[error("reading the latest settings")]
    Read(#[from] store::SettingsError),
    /// They cannot be used in this process, ex: a variable that they name is not set here.
    #[error("settings version {version} cannot be used here, and version {used} stays: {problems}")]
    Unusable {
        /// Their version.
        version: u64,
        /// The version that stays in use.
        used: u64,
        /// What must be mended.
        problems: String,
    },
}

/// Takes up what is published, until the process stops. What goes wrong is logged once, until it changes.
pub async fn run(world: Arc<World>) {
    let mut tick = tokio::time::interval(LOOK_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told = None;
    let mut news = world.store.news();
    show(world.book.latest().version());
    loop {
        let by = tokio::select! {
            _ = tick.tick() => "look",
            () = newer(&world, &mut news) => "news",
            () = world.stop.cancelled() => return,
        };
        let used = world.book.latest().version();
        let failed = take_up(&world).await.err().map(|error| chain_of(&error));
        if world.book.latest().version() != used {
            metrics::counter!("pingpost_settings_taken_up_total", "by" => by).increment(1);
        }
        if failed != told {
            if let Some(error) = &failed {
                tracing::error!(error, "the newest settings are not used");
            }
            told = failed;
        }
    }
}

/// Until a newer version is told of, or may have been.
async fn newer(world: &World, news: &mut Receiver<News>) {
    loop {
        match news.recv().await {
            Ok(News::Settings { version }) if version > world.book.latest().version() => return,
            Ok(News::Gap) => return,
            Err(RecvError::Lagged(lost)) => {
                metrics::counter!("pingpost_news_lost_total", "why" => "lagged").increment(lost);
                return;
            }
            Ok(News::Settings { .. } | News::Stage { .. }) => {}
            // The look every two seconds goes on.
            Err(RecvError::Closed) => return std::future::pending().await,
        }
    }
}

/// Begins to use the newest settings for new journeys, if they are newer than those in use.
///
/// # Errors
/// When they cannot be had or used; those in use stay.
pub async fn take_up(world: &World) -> Result<(), PublicationError> {
    let Some(newest) = world.store.latest_settings().await? else { return Ok(()) };
    let (version, used) = (newest.version, world.book.latest().version());
    if version <= used {
        return Ok(());
    }
    let policy = world.exchange.policy();
    let surroundings = Surroundings { policy: policy.clone(), credential: &credential };
    let unusable = |problems: Vec<String>| {
        let problems = problems.join("; ");
        PublicationError::Unusable { version, used, problems }
    };
    let name = format!("settings version {version}");
    let settings = Settings::parse(newest.body.expose_secret(), &name, &surroundings)
        .map_err(|problems| unusable(problems.iter().map(ToString::to_string).collect()))?;
    let edition = Edition::new(settings.with_version(version), policy).map_err(|problems| {
        unusable(problems.iter().map(|(offer, error)| format!("offer {offer}: {error}")).collect())
    })?;
    world.book.publish(edition);
    show(version);
    tracing::info!(settings.version = version, "new calls use new settings; running calls keep theirs");
    Ok(())
}

fn show(version: u64) {
    metrics::gauge!("pingpost_settings_version").set(u32::try_from(version).unwrap_or(u32::MAX));
}
