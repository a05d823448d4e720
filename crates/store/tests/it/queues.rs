//! Each offer's queue and each buyer's share: an endpoint that fails is spared, one that is back gets all that waited,
//! and no backlog is in anybody's way.

use lead::{SaleId, Timestamp};
use store::{Claimed, EndpointChange, PostResult, PostState, Replay, Replayed, Settled};

use crate::{
    posting::{NOTED, OK, claim, listed, many, retry, settle, sold, sold_to},
    world::{Call, KEY, KEY_2, World, secs, start},
};

const BACK: Settled = Settled::Noted { endpoint: Some(EndpointChange::Back), disputed: false };
const FAILING: Settled = Settled::Noted { endpoint: Some(EndpointChange::Failing), disputed: false };

fn sales(posts: &[Claimed]) -> Vec<SaleId> {
    posts.iter().map(|post| post.sale).collect()
}

fn of(calls: &[Call]) -> Vec<SaleId> {
    calls.iter().map(|call| call.sale(1)).collect()
}

/// When all are due again that failed.
fn later() -> Timestamp {
    start() + secs(7200)
}

/// Every post fails once; they are due again [`later`]. Gives when that was over.
async fn all_fail(world: &World, calls: &[Call]) -> Timestamp {
    let mut now = calls.last().expect("some").now;
    let mut failed = 0;
    while failed < calls.len() {
        now = now + secs(10);
        for post in claim(world, now, "one", 99, 4).await {
            settle(world, now, &post, retry(now, later())).await;
            failed += 1;
        }
    }
    now
}

#[tokio::test]
async fn the_offers_of_one_buyer_share_its_places() {
    let world = World::new().await;
    for n in 0..3 {
        sold_to(&world, &format!("a{n}"), "a", "both").await;
        sold_to(&world, &format!("b{n}"), "b", "both").await;
    }
    let last = sold(&world, "other", "c").await;
    let posts = claim(&world, last.now, "one", 99, 2).await;
    let count = |offer: &str| posts.iter().filter(|post| post.offer.as_str() == offer).count();
    assert_eq!((count("a") + count("b"), count("c")), (2, 1));
}

#[tokio::test]
async fn an_endpoint_that_fails_gets_one_new_and_one_old_post_at_a_time() {
    let world = World::new().await;
    let calls = many(&world, 6, "a").await;
    let now = calls[5].now;
    let posts = claim(&world, now, "one", 99, 4).await;
    assert_eq!(sales(&posts), of(&calls[..4]));
    let rests = |n: u64| PostResult::Retry {
        due_at: now + secs(n),
        probe_at: now + secs(5),
        quiet_until: now,
        status: None,
        error: "timeout".into(),
    };
    assert_eq!(settle(&world, now, &posts[0], rests(0)).await, FAILING);
    for (n, post) in (1..).zip(&posts[1..]) {
        assert_eq!(settle(&world, now, post, rests(n)).await, NOTED);
    }
    // Two were never sent, and the four others rest.
    let fresh = claim(&world, now, "one", 99, 4).await;
    assert_eq!(sales(&fresh), of(&calls[4..5]));
    assert!(claim(&world, now + secs(4), "two", 99, 4).await.is_empty(), "one new one at a time");
    let again = claim(&world, now + secs(5), "one", 99, 4).await;
    assert_eq!((sales(&again), again[0].tries), (of(&calls[..1]), 2));
    assert!(claim(&world, now + secs(9), "one", 99, 4).await.is_empty(), "one old one at a time");
    assert_eq!(settle(&world, now + secs(6), &again[0], retry(now + secs(6), now + secs(600))).await, NOTED);
    assert_eq!(sales(&claim(&world, now + secs(6), "one", 99, 4).await), of(&calls[1..2]));
}

#[tokio::test]
async fn what_waited_for_a_buyer_that_is_back_is_due_at_once_the_oldest_first() {
    let world = World::new().await;
    let calls = many(&world, 5, "a").await;
    let now = all_fail(&world, &calls).await;
    assert!(claim(&world, now + secs(60), "one", 99, 4).await.is_empty(), "all are due later");
    let fresh = sold(&world, "fresh", "a").await;
    let post = claim(&world, now, "one", 99, 4).await.remove(0);
    assert_eq!(post.sale, fresh.sale(1));
    assert_eq!(settle(&world, now, &post, OK).await, BACK);
    // One place is left for what comes meanwhile.
    let first = claim(&world, now, "one", 99, 4).await;
    assert_eq!(sales(&first), of(&calls[..3]));
    assert!(first.iter().all(|post| post.tries == 1 && post.ahead_of == Some(later())), "{first:?}");
    let meanwhile = sold(&world, "meanwhile", "a").await;
    assert_eq!(sales(&claim(&world, now, "one", 99, 4).await), [meanwhile.sale(1)]);
    for post in &first {
        assert_eq!(settle(&world, now, post, OK).await, NOTED);
    }
    assert_eq!(sales(&claim(&world, now, "one", 99, 4).await), of(&calls[3..]));
}

#[tokio::test]
async fn a_buyer_that_fails_again_takes_nothing_of_the_schedule() {
    let world = World::new().await;
    let calls = many(&world, 3, "a").await;
    let now = all_fail(&world, &calls).await;
    sold(&world, "fresh", "a").await;
    let fresh = claim(&world, now, "one", 99, 4).await.remove(0);
    settle(&world, now, &fresh, OK).await;
    for post in claim(&world, now, "one", 99, 4).await {
        let due_at = post.ahead_of.expect("it is ahead of its time");
        settle(&world, now, &post, retry(now, due_at)).await;
    }
    assert!(claim(&world, later() - secs(1), "one", 99, 4).await.is_empty());
    let again = claim(&world, later(), "one", 99, 4).await;
    assert_eq!((again.len(), again[0].tries, again[0].ahead_of), (1, 2, None));
    assert!(of(&calls).contains(&again[0].sale));
}

#[tokio::test]
async fn the_last_try_of_one_is_no_leave_to_hurry_with_the_others() {
    let world = World::new().await;
    let calls = many(&world, 2, "a").await;
    let now = calls[1].now;
    let posts = claim(&world, now, "one", 9, 9).await;
    let (probe_at, quiet_until) = (now + secs(5), now);
    let last = PostResult::Exhausted { probe_at, quiet_until, status: None };
    assert_eq!(settle(&world, now, &posts[0], retry(now, now)).await, FAILING);
    assert_eq!(settle(&world, now, &posts[1], last).await, NOTED);
    assert!(claim(&world, now + secs(4), "one", 9, 9).await.is_empty());
    assert_eq!(sales(&claim(&world, now + secs(5), "one", 9, 9).await), of(&calls[..1]));
    assert_eq!(listed(&world).await[0].last_error.as_deref(), Some("exhausted"));
}

#[tokio::test]
async fn the_other_offers_of_a_buyer_that_is_back_are_tried_as_well() {
    let world = World::new().await;
    let a = sold_to(&world, "a", "a", "both").await;
    let b = sold_to(&world, "b", "b", "both").await;
    let c = sold(&world, "c", "c").await;
    let now = all_fail(&world, &[a, b, c]).await;
    let fresh = sold_to(&world, "fresh", "a", "both").await;
    let post = claim(&world, now, "one", 99, 4).await.remove(0);
    assert_eq!(post.sale, fresh.sale(1));
    assert_eq!(settle(&world, now, &post, OK).await, BACK);
    let mut offers: Vec<_> =
        claim(&world, now, "one", 99, 4).await.iter().map(|post| post.offer.to_string()).collect();
    offers.sort();
    assert_eq!(offers, ["a", "b"], "and not c, of another buyer");
}

#[tokio::test]
async fn nothing_is_sent_to_who_asked_for_quiet() {
    let world = World::new().await;
    let call = sold(&world, "1", "a").await;
    let post = claim(&world, call.now, "one", 9, 9).await.remove(0);
    let quiet = PostResult::Retry {
        due_at: call.now + secs(60),
        probe_at: call.now + secs(5),
        quiet_until: call.now + secs(60),
        status: Some(429),
        error: "try_again".into(),
    };
    settle(&world, call.now, &post, quiet).await;
    let fresh = sold(&world, "2", "a").await;
    assert!(claim(&world, call.now + secs(59), "one", 9, 9).await.is_empty());
    let posts = claim(&world, call.now + secs(60), "one", 9, 9).await;
    let mut sales = sales(&posts);
    sales.sort();
    let mut both = vec![call.sale(1), fresh.sale(1)];
    both.sort();
    assert_eq!(sales, both);
}

#[tokio::test]
async fn endpoints_that_fail_leave_half_of_the_places_to_the_others() {
    let world = World::new().await;
    let mut calls = vec![];
    for offer in ["a", "b", "c", "d"] {
        calls.push(sold(&world, offer, offer).await);
    }
    let now = calls[3].now;
    for post in claim(&world, now, "one", 9, 9).await {
        assert_eq!(settle(&world, now, &post, retry(now, now)).await, FAILING);
    }
    sold(&world, "well", "well").await;
    let offers: Vec<_> =
        claim(&world, now, "one", 4, 4).await.iter().map(|post| post.offer.to_string()).collect();
    assert_eq!(offers.len(), 3, "{offers:?}");
    assert!(offers.contains(&"well".to_owned()), "{offers:?}");
}

#[tokio::test]
async fn fifty_thousand_posts_of_a_dead_buyer_delay_nobody() {
    const BACKLOG: &str = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 50000) \
        INSERT INTO posts (id, sale, journey, kind, offer, buyer, body, state, due_at, tries, first_claimed_at, created_at) \
        SELECT randomblob(16), randomblob(16), journey, kind, offer, buyer, body, 'due', due_at - n, 3, due_at, created_at - n \
        FROM posts, n";
    let world = World::new().await;
    let dead = sold(&world, "dead", "dead").await;
    let post = claim(&world, dead.now, "one", 32, 4).await.remove(0);
    settle(&world, dead.now, &post, retry(dead.now, dead.now)).await;
    world.tamper(BACKLOG).await;
    for n in 0..20 {
        let call = sold(&world, &format!("quick{n}"), "quick").await;
        let mut posts = claim(&world, call.now, "one", 32, 4).await;
        assert_eq!(
            posts.len(),
            if n == 0 { 2 } else { 1 },
            "one of the dead buyer at a time, and the quick one"
        );
        let quick = posts.pop().expect("two");
        assert_eq!(quick.sale, call.sale(1));
        settle(&world, call.now, &quick, OK).await;
    }
    assert_eq!(world.int("SELECT COUNT(*) FROM posts WHERE state = 'due' AND offer = 'dead'").await, 50_000);
    // It is back: the oldest go first, and the next quick one is as quick as before.
    let now = dead.now + secs(31);
    let probe = claim(&world, now, "one", 32, 4).await.remove(0);
    assert_eq!(settle(&world, now, &probe, OK).await, BACK);
    let call = sold(&world, "quick again", "quick").await;
    let posts = claim(&world, now, "one", 32, 4).await;
    assert_eq!(posts.len(), 4);
    assert!(posts.iter().any(|post| post.sale == call.sale(1)));
    const YOUNGER: &str = "SELECT COUNT(*) FROM posts WHERE offer = 'dead' AND state = 'claimed' \
        AND created_at > (SELECT MIN(created_at) FROM posts WHERE offer = 'dead' AND state = 'due')";
    assert_eq!(world.int(YOUNGER).await, 0);
}

#[tokio::test]
async fn a_replay_is_as_old_as_it_was_and_goes_in_batches() {
    const MANY: &str = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1200) \
        INSERT INTO posts (id, sale, journey, kind, offer, buyer, body, state, due_at, tries, created_at, settled_at) \
        SELECT randomblob(16), randomblob(16), journey, 'lead.returned', offer, buyer, body, 'dead', due_at, 10, \
            created_at + n, due_at FROM posts, n";
    let world = World::new().await;
    let calls = many(&world, 4, "a").await;
    let now = calls[3].now;
    for post in claim(&world, now, "one", 9, 9).await.iter().rev() {
        settle(&world, now, post, PostResult::Dead { status: None, error: "exhausted".into() }).await;
    }
    let other = lead::OfferId::parse("b").expect("a slug");
    let replay = async |which| world.store.replay_posts(now, which).await.expect("done");
    assert_eq!(replay(Replay::DeadOf(other)).await, Replayed::default());
    assert_eq!(replay(Replay::DeadOf(bid_offer())).await, Replayed { due: 4, held: 0 });
    let posts = claim(&world, now, "one", 9, 9).await;
    assert_eq!(sales(&posts), of(&calls));
    assert!(posts.iter().all(|post| post.tries == 1));
    world.tamper(MANY).await;
    assert_eq!(replay(Replay::AllDead).await, Replayed { due: 4_800, held: 0 });
    assert_eq!(world.int("SELECT COUNT(*) FROM posts WHERE state = 'dead'").await, 0);
}

fn bid_offer() -> lead::OfferId {
    lead::OfferId::parse("a").expect("a slug")
}

#[tokio::test]
async fn a_post_that_cannot_be_opened_is_in_nobodys_way() {
    let world = World::new().await;
    let poison = sold(&world, "poison", "a").await;
    let world = world.reopen(KEY_2).await;
    let good = many(&world, 2, "a").await.remove(1);
    let mut sent = vec![];
    for _ in 0..3 {
        for post in claim(&world, good.now, "one", 9, 1).await {
            settle(&world, good.now, &post, OK).await;
            sent.push(post.sale);
        }
    }
    assert_eq!((sent.len(), sent[1]), (2, good.sale(1)), "both of those that can be opened");
    let dead =
        listed(&world).await.into_iter().find(|post| post.sale == poison.sale(1)).expect("it is listed");
    assert_eq!((dead.state, dead.last_error.as_deref()), (PostState::Dead, Some("unknown_key")));
    // The key is back, and a person asks for it.
    let world = world.reopen(&format!("{KEY_2},{KEY}")).await;
    let replay = world.store.replay_posts(good.now, Replay::Sale(poison.sale(1))).await.expect("done");
    assert_eq!(replay, Replayed { due: 1, held: 0 });
    assert_eq!(sales(&claim(&world, good.now, "two", 9, 9).await), [poison.sale(1)]);
}

#[tokio::test]
async fn what_a_worker_left_behind_is_taken_up_in_its_turn() {
    let world = World::new().await;
    let calls = many(&world, 3, "a").await;
    let now = calls[2].now;
    assert_eq!(claim(&world, now, "gone", 9, 2).await.len(), 2);
    let world = world.reopen(KEY).await;
    assert!(claim(&world, now + secs(29), "one", 9, 2).await.is_empty(), "its buyer's places are taken");
    assert_eq!(sales(&claim(&world, now + secs(30), "one", 9, 2).await), of(&calls[..2]));
}
