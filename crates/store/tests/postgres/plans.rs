//! What a look at the outbox reads of it, as the server itself counts it: the heads of the queues, however long they are.

use crate::{
    posting::{claim, sold},
    world::{World, secs},
};

/// Half of them were tried before, half of them never.
const BACKLOG: &str = "INSERT INTO posts (id, sale, journey, kind, offer, buyer, body, state, due_at, tries, \
        first_claimed_at, created_at) \
    SELECT gen_random_uuid(), gen_random_uuid(), journey, kind, offer, buyer, body, 'due', due_at + n, n % 2, \
        CASE WHEN n % 2 = 1 THEN due_at END, created_at + n \
    FROM posts, generate_series(1, 50000) AS n WHERE offer = 'dead'";
/// Rows of posts that were read, by whatever way.
const READ: &str =
    "SELECT seq_tup_read + COALESCE(idx_tup_fetch, 0) FROM pg_stat_user_tables WHERE relname = 'posts'";
/// Connections beside the one that asks: what they have read is counted when they are gone.
const OTHERS: &str =
    "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";

async fn read(world: &World) -> i64 {
    world.store.close().await;
    while world.int(OTHERS).await > 0 {
        tokio::task::yield_now().await;
    }
    world.int(READ).await
}

#[tokio::test]
async fn a_look_at_the_outbox_reads_the_heads_of_its_queues_whatever_waits_for_a_dead_buyer() {
    let world = World::new().await;
    sold(&world, "1", "dead").await;
    let last = sold(&world, "2", "well").await;
    world.tamper(BACKLOG).await;
    world.tamper("ANALYZE posts").await;
    let before = read(&world).await;
    let world = world.reopen(crate::world::KEY).await;
    let mut claimed = vec![];
    for n in 0..10 {
        claimed.extend(claim(&world, last.now + secs(n), "one", 99, 4).await);
    }
    assert!(
        claimed.iter().any(|post| post.offer.as_str() == "well"),
        "nobody waits behind another's backlog"
    );
    let looked = read(&world).await - before;
    assert!(looked < 2_000, "{looked} rows were read in ten looks");
}
