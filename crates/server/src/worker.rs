//! The outbox's worker: sends what is due to buyers, at least once, under the sale's id.

mod handed;
mod outcome;

use std::{sync::Arc, time::Duration};

use store::{Asked, Claimed, EndpointChange, PostKind, PostResult, Settled};

pub use self::outcome::{Pace, QUIET_MAX, SCHEDULE};
pub(crate) use self::outcome::{Tried, is_worn_out};
use crate::{
    chain_of, chance,
    panics::{self, caught},
    traces::Posting,
    world::World,
};

/// How often the outbox is looked at though nobody said that something is due.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How long the worker rests when the store does not answer.
const REST: Duration = Duration::from_secs(1);
/// The longest that a post rests that is sent ahead of its time, since its buyer is back: not all of them at once.
const DRAIN_JITTER_MAX: Duration = Duration::from_millis(100);

/// Sends what is due until the process stops.
pub async fn run(world: Arc<World>, owner: String) {
    let owner: Arc<str> = owner.into();
    let mut told = false;
    loop {
        let now = world.clock.now();
        let asked = Asked {
            owner: Arc::clone(&owner),
            lease: world.posts.lease,
            in_flight_max: world.posts.in_flight_max,
            per_buyer_max: world.posts.per_buyer_max,
        };
        store::point!("outbox::before_claim");
        let claimed = match std::mem::take(&mut told) {
            true => world.store.claim_told_posts(now, asked).await,
            false => world.store.claim_posts(now, asked).await,
        };
        store::point!("outbox::after_claim");
        let rest = match claimed {
            Ok(posts) if posts.is_empty() => LOOK_EVERY,
            Ok(posts) => {
                for post in posts {
                    let world_of_it = Arc::clone(&world);
                    world.tasks.spawn(panics::watched("post", async move { send(&world_of_it, post).await }));
                }
                continue_soon()
            }
            Err(error) => {
                tracing::error!(error = %chain_of(&error), "the outbox could not be read");
                REST
            }
        };
        tokio::select! {
            () = world.posts_due.notified() => told = true,
            () = tokio::time::sleep(rest) => {}
            () = world.stopping.cancelled() => return,
        }
    }
}

/// What was claimed is being sent; the next claim finds what came meanwhile.
const fn continue_soon() -> Duration {
    Duration::from_millis(200)
}

async fn send(world: &Arc<World>, post: Claimed) {
    let result = if is_worn_out(post.tries, &world.posts.pace) {
        PostResult::Dead { status: None, error: "exhausted".to_owned() }
    } else {
        let began = world.clock.now();
        let tried = tried(world, &post).await;
        let status = tried.status;
        let result = tried.outcome(world.clock.now(), &world.posts.pace, chance::jitter_thousandths());
        world.traces.post(&Posting {
            journey: post.journey,
            kind: post.kind.as_str(),
            sale: post.sale,
            tries: post.tries,
            offer: &post.offer,
            began,
            ended: world.clock.now(),
            status,
            result: name(&result),
        });
        result
    };
    store::point!("outbox::after_send");
    let result = match post.handed {
        None => result,
        Some(n) => match handed::told(world, &post, n, result).await {
            Some(result) => result,
            // Its journey has not heard of it: the lease lapses, and it is sent again under the same key.
            None => return,
        },
    };
    tell(world, &post, &result);
    metrics::counter!("pingpost_post_attempts_total", "result" => name(&result)).increment(1);
    store::point!("outbox::before_settle");
    let settled = world.store.settle_and_look(world.clock.now(), &post.claim, result).await;
    let is_idle = matches!(settled, Ok((_, false)));
    match settled {
        Ok((Settled::Noted { endpoint, disputed }, _)) => {
            if endpoint.is_some() {
                world.paused.changed();
            }
            consequences(&post, endpoint, disputed);
        }
        Ok((Settled::NotYours, _)) => {}
        Err(error) => {
            let sale = post.sale;
            tracing::error!(error = %chain_of(&error), sale.id = %sale, "a post's result was not kept; it is sent again");
        }
    }
    if !is_idle {
        world.posts_due.notify_one();
    }
    store::point!("outbox::after_settle");
}

/// Sends a post once.
async fn tried(world: &Arc<World>, post: &Claimed) -> Tried {
    let unsent = Tried {
        tries: post.tries,
        ahead_of: post.ahead_of,
        receipt: Err("offer_gone"),
        status: None,
        retry_after: None,
        url_hash: String::new(),
    };
    store::point!("outbox::before_dialect");
    let Some((dialect, url_hash)) = world.door(&post.offer, post.journey).await else { return unsent };
    if post.ahead_of.is_some() {
        tokio::time::sleep(DRAIN_JITTER_MAX * chance::jitter_thousandths() / 1_000).await;
    }
    let id = match post.kind {
        PostKind::Sold => post.sale.to_string(),
        PostKind::Returned => format!("returned_{}", post.sale),
    };
    let Some(request) = caught("dialect", || dialect.post(world.clock.wall(), &id, &post.body)) else {
        return Tried { receipt: Err("panicked"), url_hash, ..unsent };
    };
    // Nothing is sent after the lease's end: the request's time-out is shorter than the lease.
    let deadline = tokio::time::Instant::now() + world.posts.request_timeout;
    store::point!("outbox::before_send");
    let answer = world.exchange.send(request, deadline).await;
    Tried { url_hash, ..unsent }
        .answered(answer, |answer| caught("dialect", || dialect.receipt(answer)).ok_or("panicked"))
}

fn tell(world: &World, post: &Claimed, result: &PostResult) {
    let (sale, offer) = (post.sale, &post.offer);
    match result {
        PostResult::Delivered { .. } => {
            tracing::info!(sale.id = %sale, offer.id = %offer, "a post was delivered")
        }
        PostResult::Declined { code, .. } => {
            tracing::info!(sale.id = %sale, offer.id = %offer, code, "a lead was refused, and goes to the next bid");
        }
        PostResult::Retry { due_at, status, .. } => {
            let wait_ms = due_at.since(world.clock.now()).as_millis() as u64;
            tracing::warn!(sale.id = %sale, offer.id = %offer, ?status, wait_ms, "a post is tried again");
        }
        PostResult::Exhausted { status, .. } => {
            tracing::error!(sale.id = %sale, offer.id = %offer, ?status, code = "exhausted", "a post needs a person");
        }
        PostResult::Dead { status, error } | PostResult::Refused { status, error } => {
            tracing::error!(sale.id = %sale, offer.id = %offer, ?status, code = error, "a post needs a person");
        }
        PostResult::Gone { status, .. } => {
            tracing::warn!(sale.id = %sale, offer.id = %offer, ?status, "a post is held");
        }
    }
}

/// Says what a try changed beyond its own post.
fn consequences(post: &Claimed, endpoint: Option<EndpointChange>, disputed: bool) {
    let (sale, offer) = (post.sale, &post.offer);
    if disputed {
        metrics::counter!("pingpost_disputes_opened_total").increment(1);
        tracing::error!(sale.id = %sale, offer.id = %offer, "a sale is disputed: its buyer refused the lead");
    }
    match endpoint {
        None => {}
        Some(EndpointChange::Failing) => {
            tracing::warn!(offer.id = %offer, "an offer's post URL fails: what waits for it is tried sparingly");
        }
        Some(EndpointChange::Back) => {
            tracing::info!(offer.id = %offer, "an offer's post URL works again: what waited is sent");
        }
        Some(EndpointChange::Disabled) => tracing::error!(
            offer.id = %offer,
            "an offer's post URL is gone (410): its posts are held and nothing is sold to it until somebody enables it"
        ),
    }
}

const fn name(result: &PostResult) -> &'static str {
    match result {
        PostResult::Delivered { .. } => "delivered",
        PostResult::Declined { .. } => "declined",
        PostResult::Retry { .. } => "retry",
        PostResult::Exhausted { .. } | PostResult::Dead { .. } => "dead",
        PostResult::Refused { .. } => "refused",
        PostResult::Gone { .. } => "held",
    }
}
