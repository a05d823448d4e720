//! Offers' post URLs that are not well: shown, and enabled again when new settings name another URL; and how many posts wait.

use std::{sync::Arc, time::Duration};

use store::{EndpointState, OutboxError, PostEndpoint};
use tokio::time::MissedTickBehavior;

use crate::{chain_of, world::World};

/// How often they are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How many looks there are to a count of the posts that wait: there may be very many.
const LOOKS_A_COUNT: u32 = 5;

/// Looks after them until the process stops. What goes wrong is logged once, until it changes.
pub async fn run(world: Arc<World>) {
    let mut tick = tokio::time::interval(LOOK_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut told, mut looks) = (None, 0_u32);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = world.stop.cancelled() => return,
        }
        let counts = looks.is_multiple_of(LOOKS_A_COUNT);
        looks = looks.wrapping_add(1);
        let failed = look(&world, counts).await.err().map(|error| chain_of(&error));
        if failed != told {
            if let Some(error) = &failed {
                tracing::error!(error, "offers' post URLs could not be looked after");
            }
            told = failed;
        }
    }
}

async fn look(world: &World, counts: bool) -> Result<(), OutboxError> {
    if counts {
        count(world).await?;
    }
    let endpoints = world.store.post_endpoints().await?;
    for state in EndpointState::ALL {
        let count = endpoints.iter().filter(|endpoint| endpoint.state == state).count();
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        metrics::gauge!("pingpost_post_endpoints", "state" => state.as_str()).set(count);
    }
    for endpoint in endpoints {
        if endpoint.state == EndpointState::Disabled {
            enable_if_moved(world, endpoint).await?;
        }
    }
    Ok(())
}

async fn count(world: &World) -> Result<(), OutboxError> {
    let (many, oldest) = world.store.posts_waiting().await?;
    let age = oldest.map(|at| world.clock.now().since(at)).unwrap_or_default();
    metrics::gauge!("pingpost_posts_waiting").set(u32::try_from(many).unwrap_or(u32::MAX));
    metrics::gauge!("pingpost_posts_oldest_seconds").set(age.as_secs_f64());
    Ok(())
}

/// Another URL than the one that answered 410 is published: whoever wants posts there is sent them.
async fn enable_if_moved(world: &World, endpoint: PostEndpoint) -> Result<(), OutboxError> {
    let latest = world.book.latest();
    let Some(hash) = latest.post_url_hash(&endpoint.offer) else { return Ok(()) };
    if endpoint.url_hash.as_ref().is_none_or(|gone| *gone == hash) {
        return Ok(());
    }
    let who = format!("settings version {}", latest.version());
    let because = (who, "its post URL is another one".to_owned());
    let offer = endpoint.offer.clone();
    if world.store.enable_posts(world.clock.now(), offer, Some(hash), because).await? {
        tracing::info!(
            offer.id = %endpoint.offer,
            settings.version = latest.version(),
            "an offer's posts are enabled: its post URL is another one"
        );
        world.paused.changed();
        world.posts_due.notify_one();
    }
    Ok(())
}
