//! The words that the tests of the outbox are written in.

use lead::{BuyerId, Timestamp};
use store::{Asked, Claimed, Post, PostFilter, PostResult, Settled};

use crate::world::{ADA, Call, World, bid, secs};

/// The buyer took it.
pub const OK: PostResult = PostResult::Delivered { status: 200 };
/// What an ordinary result says of everything else.
pub const NOTED: Settled = Settled::Noted { endpoint: None, disputed: false };

/// A worker takes what it may.
pub async fn claim(world: &World, now: Timestamp, owner: &str, all: u32, per_buyer_max: u32) -> Vec<Claimed> {
    let asked = Asked { owner: owner.into(), lease: secs(30), in_flight_max: all, per_buyer_max };
    world.store.claim_posts(now, asked).await.expect("it is claimed")
}

/// It failed: it is sent again at `due_at`, and others of its offer at once.
pub fn retry(now: Timestamp, due_at: Timestamp) -> PostResult {
    PostResult::Retry {
        due_at,
        probe_at: now,
        quiet_until: now,
        status: Some(503),
        error: "try_again".into(),
    }
}

/// It says 410.
pub fn gone() -> PostResult {
    PostResult::Gone { status: Some(410), url_hash: "old".into() }
}

/// Notes a result.
pub async fn settle(world: &World, now: Timestamp, post: &Claimed, result: PostResult) -> Settled {
    world.store.settle_post(now, &post.claim, result).await.expect("it is judged")
}

/// A call that is sold to an offer, by that offer's own buyer.
pub async fn sold(world: &World, name: &str, offer: &str) -> Call {
    let mut call = Call::new(world, name, Some(ADA));
    call.sold(bid(offer)).await;
    call
}

/// The same, by a buyer with more than one offer.
pub async fn sold_to(world: &World, name: &str, offer: &str, buyer: &str) -> Call {
    let mut ranked = bid(offer);
    ranked.buyer = BuyerId::parse(buyer).expect("a slug");
    let mut call = Call::new(world, name, Some(ADA));
    call.sold(ranked).await;
    call
}

/// So many sales to an offer, each a second older than the next.
pub async fn many(world: &World, count: u64, offer: &str) -> Vec<Call> {
    let mut calls = vec![];
    for n in 0..count {
        let mut call = Call::new(world, &format!("{offer}-{n}"), None);
        call.now = call.now + secs(n);
        call.sold(bid(offer)).await;
        calls.push(call);
    }
    calls
}

/// All posts, the newest first.
pub async fn listed(world: &World) -> Vec<Post> {
    world.store.posts(PostFilter::default()).await.expect("it reads")
}
