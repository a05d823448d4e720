//! Three nodes and one cap: as many awards as it says, to the one, in every round and across a change of the clocks.
//!
//! `PINGPOST_NODES_ROUNDS=1000` makes it so many rounds of a thousand calls each.

use auction::{Cap, Counts, Period, Ranked};
use futures_util::{StreamExt, stream};
use lead::Timestamp;
use store::Store;

use crate::world::{Call, KEY, World, bid, capped, secs};

/// The cap.
const MOST: usize = 100;

/// How many rounds, and how many calls in each.
#[expect(clippy::disallowed_methods, reason = "how long the test runs is its caller's to say")]
fn extent() -> (usize, usize) {
    match std::env::var("PINGPOST_NODES_ROUNDS") {
        Ok(rounds) => (rounds.parse().expect("PINGPOST_NODES_ROUNDS is a number"), 1_000),
        Err(_) => (2, 300),
    }
}

async fn three(world: &World) -> [Store; 3] {
    let another = || async { world.second(KEY).await.expect("another node opens it") };
    [world.store.clone(), another().await, another().await]
}

/// How many of these calls hold an award. The `n`th is of the node `n` modulo three, and begins at its own time.
async fn held(
    world: &World,
    nodes: &[Store; 3],
    round: &str,
    calls: usize,
    at: impl Fn(usize) -> Option<Timestamp>,
    ranked: impl Fn() -> Vec<Ranked>,
) -> usize {
    stream::iter(0..calls)
        .map(async |n| {
            let mut call = Call::new(world, &format!("{round}-{n}"), None);
            call.store = nodes[n % 3].clone();
            call.now = at(n).unwrap_or(call.now);
            call.auctioned(ranked()).await;
            usize::from(call.phase() == "ready")
        })
        .buffer_unordered(calls)
        .fold(0, async |sum, held| sum + held)
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cap_of_a_hundred_is_a_hundred_on_three_nodes_in_every_round() {
    let world = World::new().await;
    let nodes = three(&world).await;
    let (rounds, calls) = extent();
    for round in 0..rounds {
        let offer = format!("offer-{round}");
        let ranked = || vec![capped(bid(&offer), Counts::Answered, 100)];
        assert_eq!(held(&world, &nodes, &offer, calls, |_| None, ranked).await, MOST, "round {round}");
    }
    let over = "SELECT COUNT(*) FROM counters WHERE used <> 100";
    assert_eq!(world.int(over).await, 0);
    let kept = i64::try_from(MOST * rounds).expect("few");
    assert_eq!(world.int("SELECT COUNT(*) FROM reservations WHERE state = 'held'").await, kept);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_of_25_hours_and_one_of_23_have_a_hundred_each() {
    let world = World::new().await;
    let nodes = three(&world).await;
    let (rounds, calls) = extent();
    // 2026-11-01 06:00 and 2027-03-14 07:00 UTC.
    for (name, change) in [("autumn", 1_793_512_800), ("spring", 1_805_007_600)] {
        let change = Timestamp::from_secs(change);
        for round in 0..rounds {
            let offer = format!("{name}-{round}");
            let ranked = || {
                let mut ranked = bid(&offer);
                ranked.terms.caps.zone = "America/New_York".to_owned();
                ranked.terms.caps.offer =
                    vec![Cap { counts: Counts::Answered, period: Period::Day, max: 100 }];
                vec![ranked]
            };
            // Half of them before the clocks change, half after it, all of them at once.
            let at = |n: usize| {
                Some(if n.is_multiple_of(2) { change - secs(1_800) } else { change + secs(1_800) })
            };
            assert_eq!(held(&world, &nodes, &offer, calls, at, ranked).await, MOST, "{offer}");
        }
    }
    assert_eq!(world.int("SELECT COUNT(*) FROM counters WHERE used <> 100").await, 0);
}
