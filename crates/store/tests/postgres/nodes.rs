//! Two nodes on one database: caps, callers, heads and posts belong to whoever is first, and to nobody twice.

use std::collections::BTreeSet;

use auction::{Counts, DuplicateScope, Trigger};
use futures_util::{StreamExt, future::join_all, stream};
use store::{Asked, Store};

use crate::{
    posting::sold,
    world::{ADA, Call, KEY, Step, World, bid, capped, seated, secs, windowed},
};

async fn other(world: &World) -> Store {
    world.second(KEY).await.expect("another node opens it")
}

/// Calls that are driven by two nodes in turn.
fn calls(world: &World, other: &Store, count: usize) -> Vec<Call> {
    let of = |n: usize| {
        let mut call = Call::new(world, &format!("call-{n}"), None);
        if n % 2 == 1 {
            call.store = other.clone();
        }
        call
    };
    (0..count).map(of).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cap_of_a_hundred_is_a_hundred_under_a_thousand_at_once() {
    let world = World::new().await;
    let other = other(&world).await;
    let held = stream::iter(calls(&world, &other, 1_000))
        .map(async |mut call| {
            call.auctioned(vec![capped(bid("a"), Counts::Answered, 100)]).await;
            usize::from(call.phase() == "ready")
        })
        .buffer_unordered(64)
        .fold(0, async |sum, held| sum + held)
        .await;
    assert_eq!(held, 100);
    assert_eq!(world.int("SELECT used FROM counters").await, 100);
    assert_eq!(world.int("SELECT COUNT(*) FROM reservations").await, 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn seats_that_are_taken_and_left_by_two_nodes_are_counted_right_in_whatever_order() {
    let world = World::new().await;
    let other = other(&world).await;
    let full = stream::iter(calls(&world, &other, 200).into_iter().enumerate())
        .map(async |(n, mut call)| {
            // Each goes through both offers, half of them the other way round: they give back one and take the other.
            let mut ranked: Vec<_> =
                ["a", "b"].map(|offer| seated(capped(bid(offer), Counts::Answered, 5_000), 50)).into();
            if n % 2 == 1 {
                ranked.reverse();
            }
            let step = call.auctioned(ranked).await;
            assert_eq!(step, Step::Durable);
            if call.phase() != "ready" {
                return 1;
            }
            for n in 1..=2 {
                call.dialled(n).await;
                let busy = call.ended(n, journey::DialResult::Busy, false, 0).await;
                assert_eq!(busy, Step::Durable);
            }
            0
        })
        .buffer_unordered(32)
        .fold(0, async |sum, full| sum + full)
        .await;
    assert_eq!(full, 0, "32 at once fit on 50 seats, if those that are left are free");
    assert_eq!(
        world.int("SELECT COUNT(*) FROM reservations WHERE state = 'voided' AND seat = 'free'").await,
        400
    );
    assert_eq!(world.int("SELECT SUM(used) FROM counters").await, 0);
    assert_eq!(world.int("SELECT SUM(used) FROM seats").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_are_refused_by_one_and_go_to_the_next_stand_in_nobodys_way() {
    let world = World::new().await;
    let other = other(&world).await;
    let held = stream::iter(calls(&world, &other, 600).into_iter().enumerate())
        .map(async |(n, mut call)| {
            let mut ranked: Vec<_> = ["a", "b", "c", "d"]
                .map(|offer| seated(capped(bid(offer), Counts::Answered, 20), 1_000))
                .into();
            // Each begins elsewhere: what one has is what another one wants next.
            ranked.rotate_left(n % 4);
            if n % 8 > 3 {
                ranked.reverse();
            }
            assert_eq!(call.auctioned(ranked).await, Step::Durable);
            usize::from(call.phase() == "ready")
        })
        .buffer_unordered(64)
        .fold(0, async |sum, held| sum + held)
        .await;
    assert_eq!(held, 80, "until every cap is full");
    assert_eq!(world.int("SELECT SUM(used) FROM counters").await, 80);
    for store in [&world.store, &other] {
        assert_eq!(store.writer_counts().failed, 0, "no transaction stood in another one's way");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_caller_twice_at_once_is_one_sale() {
    let world = World::new().await;
    let other = other(&world).await;
    for round in 0..20 {
        let offer = format!("offer-{round}");
        let ranked = || vec![windowed(bid(&offer), DuplicateScope::Offer, Trigger::Answered)];
        let mut one = Call::new(&world, &format!("one-{round}"), Some(ADA));
        let mut two = Call::new(&world, &format!("two-{round}"), Some(ADA));
        two.store = other.clone();
        tokio::join!(one.auctioned(ranked()), two.auctioned(ranked()));
        let ready = [&one, &two].iter().filter(|call| call.phase() == "ready").count();
        assert_eq!(ready, 1, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_nodes_at_the_same_head_is_in_conflict_and_leaves_nothing() {
    let world = World::new().await;
    let other = other(&world).await;
    for round in 0..20 {
        let name = format!("round-{round}");
        let mut one = Call::new(&world, &name, Some(ADA));
        one.auctioned(vec![bid("a")]).await;
        one.dialled(1).await;
        let mut two = crate::commits::node_of(&world, &one, &name).await;
        two.store = other.clone();
        let steps = tokio::join!(one.accepted(1), two.accepted(1));
        assert!(
            matches!(steps, (Step::Durable, Step::Conflict) | (Step::Conflict, Step::Durable)),
            "round {round}: {steps:?}"
        );
    }
    assert_eq!(world.int("SELECT COUNT(*) FROM sales").await, 20);
    assert_eq!(world.int("SELECT COUNT(*) FROM posts").await, 20);
    assert_eq!(world.int("SELECT COUNT(*) FROM sale_entries").await, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_never_claim_the_same_post_and_keep_a_buyers_share_together() {
    let world = World::new().await;
    let other = other(&world).await;
    let mut last = None;
    for n in 0..40 {
        last = Some(sold(&world, &format!("call-{n}"), "a").await.now);
    }
    let now = last.expect("forty");
    let asked =
        |owner: &str| Asked { owner: owner.into(), lease: secs(30), in_flight_max: 9, per_buyer_max: 12 };
    let (mut seen, mut rounds) = (BTreeSet::new(), 0);
    while seen.len() < 40 {
        rounds += 1;
        let all = [
            world.store.claim_posts(now, asked("one")),
            other.claim_posts(now, asked("two")),
            world.store.claim_posts(now, asked("three")),
        ];
        let claimed: Vec<_> =
            join_all(all).await.into_iter().flat_map(|posts| posts.expect("it is claimed")).collect();
        assert!(!claimed.is_empty() && claimed.len() <= 12, "{} at once", claimed.len());
        for post in claimed {
            assert!(seen.insert(post.sale), "claimed twice");
            world.store.settle_post(now, &post.claim, crate::posting::OK).await.expect("noted");
        }
    }
    assert!(rounds >= 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_due_journey_is_given_to_one_node_until_its_lease_is_over_or_its_deadline_another() {
    let world = World::new().await;
    let other = other(&world).await;
    let mut call = Call::new(&world, "1", Some(ADA));
    call.auctioned(vec![bid("a")]).await;
    let due = async |store: &Store, now| store.due_journeys(now, 9).await.expect("it reads").len();
    let deadline = call.journey().deadline().expect("a dial is waited for");
    let both = tokio::join!(due(&world.store, deadline), due(&other, deadline));
    assert_eq!(both.0 + both.1, 1, "{both:?}");
    assert_eq!(due(&other, deadline + secs(9)).await, 0);
    assert_eq!(due(&other, deadline + secs(10)).await, 1, "who was given it is gone");
    call.dialled(1).await;
    let next = call.journey().deadline().expect("the end of the dial is waited for");
    assert!(next > deadline);
    assert_eq!(due(&world.store, next - secs(1)).await, 0);
    assert_eq!(due(&world.store, next).await, 1, "it is another wake-up");
}
