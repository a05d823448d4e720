//! The notices' worker: tells the buyers that got a lead that its person was erased, by their own dialect and under one key, until
//! each has it or a person has to do it.

use std::{sync::Arc, time::Duration};

use buyer::dialect::{ErasedLead, Receipt};
use store::{ErasureError, ErasureNotice, ErasureNoticeResult, PostResult};

use crate::{chance, panics::caught, worker::Tried, world::World};

/// Notices that are sent in one pass.
const NOTICES_MAX: u32 = 20;
/// How long whoever sends one has it to itself: longer than a request may take.
const NOTICE_LEASE: Duration = Duration::from_secs(120);

/// Sends what is due.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn send_due(world: &Arc<World>) -> Result<(), ErasureError> {
    let now = world.clock.now();
    for notice in world.store.claim_erasure_notices(now, now + NOTICE_LEASE, NOTICES_MAX).await? {
        let result = sent(world, &notice).await;
        let name = match &result {
            ErasureNoticeResult::Delivered { .. } => "delivered",
            ErasureNoticeResult::Retry { .. } => "retry",
            ErasureNoticeResult::ByHand { error, .. } => {
                let (sale, offer) = (notice.sale, &notice.offer);
                tracing::error!(sale.id = %sale, offer.id = %offer, code = error, "a buyer must be told by hand that a person was erased");
                "by_hand"
            }
        };
        metrics::counter!("pingpost_erasure_notices_total", "result" => name).increment(1);
        world.store.settle_erasure_notice(world.clock.now(), notice.sale, result).await?;
    }
    Ok(())
}

/// Sends one. What its answer means, and when it is sent again, is as for posts.
async fn sent(world: &Arc<World>, notice: &ErasureNotice) -> ErasureNoticeResult {
    let by_hand = |error: &str| ErasureNoticeResult::ByHand { status: None, error: error.to_owned() };
    let Some((dialect, url_hash)) = world.door(&notice.offer, notice.journey).await else {
        return by_hand("offer_gone");
    };
    let (sale, offer) = (notice.sale, notice.offer.clone());
    let lead = ErasedLead { sale, offer, ping: notice.ping, bid: notice.bid.clone() };
    let (now, id) = (world.clock.wall(), format!("erased_{sale}"));
    let request =
        caught("dialect", || dialect.erased_body(now, &lead).map(|body| dialect.post(now, &id, &body)));
    let Some(request) = request else { return by_hand("panicked") };
    let Some(request) = request else { return by_hand("no_word_for_it") };
    let deadline = tokio::time::Instant::now() + world.posts.request_timeout;
    let answer = world.exchange.send(request, deadline).await;
    let unsent = Tried {
        tries: notice.tries,
        ahead_of: None,
        receipt: Err("panicked"),
        status: None,
        retry_after: None,
        url_hash,
    };
    let tried =
        unsent.answered(answer, |answer| caught("dialect", || dialect.receipt(answer)).ok_or("panicked"));
    let (answered, read) = (tried.status, tried.receipt.clone());
    match tried.outcome(world.clock.now(), &world.posts.pace, chance::jitter_thousandths()) {
        PostResult::Retry { due_at, status, error, .. } => {
            ErasureNoticeResult::Retry { at: due_at, status, error }
        }
        PostResult::Delivered { status } => ErasureNoticeResult::Delivered { status },
        // What it thinks of the lead does not matter any more: it has the notice.
        PostResult::Refused { .. } if matches!(read, Ok(Receipt::Refused(_))) => {
            ErasureNoticeResult::Delivered { status: answered.unwrap_or_default() }
        }
        PostResult::Refused { status, error } | PostResult::Dead { status, error } => {
            ErasureNoticeResult::ByHand { status, error }
        }
        PostResult::Declined { code, .. } => by_hand(&code),
        PostResult::Exhausted { status, .. } => {
            ErasureNoticeResult::ByHand { status, error: "exhausted".to_owned() }
        }
        PostResult::Gone { status, .. } => ErasureNoticeResult::ByHand { status, error: "gone".to_owned() },
    }
}
