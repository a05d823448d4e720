//! The outbox's worker: sends what is due to buyers, at least once, under the sale's id.

use std::{sync::Arc, time::Duration};

use buyer::{
    dialect::Receipt,
    exchange::{Failure, HttpResponse},
};
use lead::Timestamp;
use store::{Asked, Claimed, PostKind, PostResult};

use crate::{chain_of, chance, world::World};

/// When a post is sent again, from one try to the next (Standard Webhooks 1.0, "Deliverability and reliability").
pub const SCHEDULE: [Duration; 9] = [
    Duration::from_secs(5),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 3600),
    Duration::from_secs(5 * 3600),
    Duration::from_secs(10 * 3600),
    Duration::from_secs(14 * 3600),
    Duration::from_secs(20 * 3600),
    Duration::from_secs(24 * 3600),
];
/// How much later than scheduled a try may be, in thousandths of its wait.
const JITTER_THOUSANDTHS: u32 = 100;
/// How often the outbox is looked at though nobody said that something is due.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How long the worker rests when the store does not answer.
const REST: Duration = Duration::from_secs(1);

/// Sends what is due until the process stops.
pub async fn run(world: Arc<World>, owner: String) {
    loop {
        let now = world.clock.now();
        let (limit, per_offer_max) = (world.posts.in_flight_max, world.posts.per_offer_max);
        let asked = Asked { owner: &owner, lease: world.posts.lease, limit, per_offer_max };
        store::point!("outbox::before_claim");
        let claimed = world.store.claim_posts(now, asked).await;
        store::point!("outbox::after_claim");
        let rest = match claimed {
            Ok(posts) if posts.is_empty() => LOOK_EVERY,
            Ok(posts) => {
                for post in posts {
                    let world_of_it = Arc::clone(&world);
                    world.tasks.spawn(async move { send(&world_of_it, post).await });
                }
                continue_soon()
            }
            Err(error) => {
                tracing::error!(error = %chain_of(&error), "the outbox could not be read");
                REST
            }
        };
        tokio::select! {
            () = world.posts_due.notified() => {}
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
    let now = world.clock.now();
    store::point!("outbox::before_dialect");
    let result = match world.dialect_now(&post.offer, post.journey).await {
        None => Sent { receipt: Err("offer_gone"), status: None, retry_after: None },
        Some(dialect) => {
            let id = match post.kind {
                PostKind::Sold => post.sale.to_string(),
                PostKind::Returned => format!("returned_{}", post.sale),
            };
            let request = dialect.post(now, &id, &post.body);
            // Nothing is sent after the lease's end: the request's time-out is shorter than the lease.
            let deadline = tokio::time::Instant::now() + world.posts.request_timeout;
            store::point!("outbox::before_send");
            sent(world.exchange.send(request, deadline).await, |answer| dialect.receipt(answer))
        }
    };
    store::point!("outbox::after_send");
    let settled = outcome(world.clock.now(), post.tries, &result);
    let (sale, offer) = (post.sale, post.offer.clone());
    match &settled {
        PostResult::Delivered { .. } => {
            tracing::info!(sale.id = %sale, offer.id = %offer, "a post was delivered")
        }
        PostResult::Retry { due_at, .. } => {
            let wait_ms = due_at.since(world.clock.now()).as_millis() as u64;
            tracing::warn!(sale.id = %sale, offer.id = %offer, status = ?result.status, wait_ms, "a post is tried again");
        }
        PostResult::Dead { error, .. } => {
            tracing::error!(sale.id = %sale, offer.id = %offer, status = ?result.status, code = error, "a post needs a person");
        }
    }
    metrics::counter!("pingpost_post_attempts_total", "result" => name(&settled)).increment(1);
    store::point!("outbox::before_settle");
    if let Err(error) = world.store.settle_post(world.clock.now(), &post.claim, settled).await {
        tracing::error!(error = %chain_of(&error), sale.id = %sale, "a post's result was not kept; it is sent again");
    }
    store::point!("outbox::after_settle");
    world.posts_due.notify_one();
}

const fn name(result: &PostResult) -> &'static str {
    match result {
        PostResult::Delivered { .. } => "delivered",
        PostResult::Retry { .. } => "retry",
        PostResult::Dead { .. } => "dead",
    }
}

struct Sent {
    receipt: Result<Receipt, &'static str>,
    status: Option<u16>,
    retry_after: Option<Duration>,
}

fn sent(answer: Result<HttpResponse, Failure>, read: impl FnOnce(&HttpResponse) -> Receipt) -> Sent {
    match answer {
        Ok(answer) => {
            Sent { receipt: Ok(read(&answer)), status: Some(answer.status), retry_after: answer.retry_after }
        }
        Err(failure) => Sent { receipt: Err(failure.code()), status: None, retry_after: None },
    }
}

/// What becomes of a post after its `tries`th try, counted from 1.
fn outcome(now: Timestamp, tries: u32, sent: &Sent) -> PostResult {
    let status = sent.status;
    let dead = |code: &str| PostResult::Dead { status, error: code.to_owned() };
    let code = match &sent.receipt {
        Ok(Receipt::Accepted) => return PostResult::Delivered { status: status.unwrap_or_default() },
        Ok(Receipt::Refused(_)) => return dead("refused"),
        Ok(Receipt::Gone) => return dead("gone"),
        Ok(Receipt::NeedsFixing(_)) => return dead("needs_fixing"),
        Ok(Receipt::TryAgain) => "try_again",
        Err(code) => code,
    };
    let Some(wait) = usize::try_from(tries.saturating_sub(1)).ok().and_then(|n| SCHEDULE.get(n)) else {
        return dead("exhausted");
    };
    let wait = wait.max(&sent.retry_after.unwrap_or_default()).to_owned();
    let jitter = wait * chance::jitter_thousandths() / 1_000 * JITTER_THOUSANDTHS / 1_000;
    PostResult::Retry { due_at: now + wait + jitter, status, error: code.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(status: u16) -> Sent {
        Sent { receipt: Ok(Receipt::TryAgain), status: Some(status), retry_after: None }
    }

    #[test]
    fn the_schedule_ends_in_the_dead_letters() {
        let now = Timestamp::from_secs(1_790_000_000);
        for (n, wait) in (1_u32..).zip(SCHEDULE) {
            let PostResult::Retry { due_at, .. } = outcome(now, n, &failed(503)) else {
                panic!("try {n} is not the last")
            };
            assert!(due_at.since(now) >= wait && due_at.since(now) <= wait + wait / 10, "try {n}");
        }
        assert!(matches!(outcome(now, 10, &failed(503)), PostResult::Dead { .. }));
    }

    #[test]
    fn a_buyer_that_says_when_to_come_back_is_heard() {
        let now = Timestamp::from_secs(1_790_000_000);
        let later = Sent { retry_after: Some(Duration::from_secs(60)), ..failed(429) };
        let PostResult::Retry { due_at, .. } = outcome(now, 1, &later) else { panic!("it is tried again") };
        assert!(due_at.since(now) >= Duration::from_secs(60));
    }

    #[test]
    fn an_explicit_refusal_is_final() {
        let now = Timestamp::default();
        let refused = auction::NoBid::Declined;
        for receipt in [Receipt::Refused(refused), Receipt::Gone, Receipt::NeedsFixing(404)] {
            let sent = Sent { receipt: Ok(receipt), status: Some(404), retry_after: None };
            assert!(matches!(outcome(now, 1, &sent), PostResult::Dead { .. }));
        }
    }
}
