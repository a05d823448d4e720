//! An offer whose post URL answered 410: nothing is sent or sold to it, nothing of it is lost, and it is enabled again.

use auction::Outcome;
use journey::Event;
use lead::OfferId;
use store::{EndpointChange, EndpointState, PostFilter, PostState, Replay, Replayed, Settled};

use crate::{
    posting::{OK, claim, gone, listed, many, retry, settle, sold},
    world::{ADA, Call, KEY, World, bid, secs},
};

fn a() -> OfferId {
    OfferId::parse("a").expect("a slug")
}

async fn enable(world: &World, now: lead::Timestamp, url_hash: Option<&str>) -> bool {
    let because = ("command line".to_owned(), "the buyer wrote".to_owned());
    world.store.enable_posts(now, a(), url_hash.map(str::to_owned), because).await.expect("it is judged")
}

/// Three posts of one offer, the oldest of which hears 410 while the second is under way.
async fn disabled(world: &World) -> Vec<Call> {
    let calls = many(world, 3, "a").await;
    let now = calls[2].now;
    let posts = claim(world, now, "one", 9, 2).await;
    let disabled = Settled::Noted { endpoint: Some(EndpointChange::Disabled), disputed: false };
    assert_eq!(settle(world, now, &posts[0], gone()).await, disabled);
    assert_eq!(
        settle(world, now, &posts[1], gone()).await,
        Settled::Noted { endpoint: None, disputed: false }
    );
    calls
}

#[tokio::test]
async fn all_its_posts_are_held_and_listed_also_after_a_restart() {
    let world = World::new().await;
    let calls = disabled(&world).await;
    let world = world.reopen(KEY).await;
    let other = sold(&world, "other", "b").await;
    let late = calls[2].now + secs(100_000);
    let posts = claim(&world, late, "one", 9, 9).await;
    assert_eq!(posts.iter().map(|post| post.sale).collect::<Vec<_>>(), [other.sale(1)]);
    let held = PostFilter { state: Some(PostState::Held), ..PostFilter::default() };
    let held = world.store.posts(held).await.expect("it reads");
    assert_eq!(held.iter().map(|post| post.sale).collect::<Vec<_>>(), [2, 1, 0].map(|n| calls[n].sale(1)));
    let due = PostFilter { state: Some(PostState::Due), ..PostFilter::default() };
    assert_eq!(world.store.posts(due).await.expect("it reads"), []);
    let endpoint = world.store.post_endpoints().await.expect("it reads").remove(0);
    assert_eq!(
        (endpoint.offer, endpoint.state, endpoint.since),
        (a(), EndpointState::Disabled, calls[2].now)
    );
    let who = ("its buyer".to_owned(), "it answered 410 to a post".to_owned());
    assert_eq!(endpoint.changed, Some(who));
}

#[tokio::test]
async fn nothing_is_sold_to_it_any_more() {
    let world = World::new().await;
    assert!(world.store.disabled_offers().await.expect("it reads").is_empty());
    disabled(&world).await;
    assert_eq!(world.store.disabled_offers().await.expect("it reads"), [a()].into());
    // A round that closed before: the next bid has the caller.
    let mut call = Call::new(&world, "runner-up", Some(ADA));
    call.auctioned(vec![bid("a"), bid("b")]).await;
    call.dialled(2).await;
    call.accepted(2).await;
    let record = world.store.load_durable(call.id).await.expect("it reads").expect("it is durable");
    let refused =
        |event: &Event<_>| matches!(event, Event::ReserveRefused { n: 1, why: Outcome::Paused, .. });
    assert!(record.entries.iter().any(|entry| refused(&entry.event)));
    let sales = world.store.sales(store::SaleFilter { journey: Some(call.id), ..Default::default() }).await;
    assert_eq!(sales.expect("it reads")[0].offer.as_str(), "b");
}

#[tokio::test]
async fn who_was_reserved_before_is_sold_to_and_the_post_is_held() {
    let world = World::new().await;
    let mut call = Call::new(&world, "before", Some(ADA));
    call.auctioned(vec![bid("a")]).await;
    disabled(&world).await;
    call.dialled(1).await;
    call.accepted(1).await;
    assert_eq!(call.phase(), "talking");
    let post = listed(&world).await.into_iter().find(|post| post.sale == call.sale(1)).expect("it is listed");
    assert_eq!(post.state, PostState::Held);
}

#[tokio::test]
async fn it_is_enabled_by_hand_and_what_was_held_goes_the_oldest_first() {
    let world = World::new().await;
    let calls = disabled(&world).await;
    let now = calls[2].now + secs(50);
    assert!(enable(&world, now, None).await);
    assert!(!enable(&world, now, None).await, "it is enabled already");
    let mut sent = vec![];
    while let Some(post) = claim(&world, now, "one", 9, 1).await.pop() {
        settle(&world, now, &post, OK).await;
        sent.push(post.sale);
    }
    assert_eq!(sent, [0, 1, 2].map(|n| calls[n].sale(1)));
    assert_eq!(world.store.post_endpoints().await.expect("it reads"), [], "it is well");
    // What was done to it is kept.
    let kept = "SELECT COUNT(*) FROM post_endpoint_changes WHERE offer = 'a' AND n IN (0, 1) AND who <> ''";
    assert_eq!(world.int(kept).await, 2);
}

#[tokio::test]
async fn another_url_enables_it_and_the_same_one_does_not() {
    let world = World::new().await;
    let calls = disabled(&world).await;
    assert!(!enable(&world, calls[2].now, Some("old")).await);
    assert!(enable(&world, calls[2].now, Some("new")).await);
    // It says 410 there as well.
    let post = claim(&world, calls[2].now, "one", 9, 1).await.remove(0);
    settle(&world, calls[2].now, &post, gone()).await;
    assert_eq!(world.store.disabled_offers().await.expect("it reads").len(), 1);
}

#[tokio::test]
async fn nothing_that_is_still_under_way_enables_it() {
    let world = World::new().await;
    let calls = many(&world, 3, "a").await;
    let now = calls[2].now;
    let posts = claim(&world, now, "one", 9, 9).await;
    settle(&world, now, &posts[0], gone()).await;
    settle(&world, now, &posts[1], OK).await;
    settle(&world, now, &posts[2], retry(now, now)).await;
    let endpoint = world.store.post_endpoints().await.expect("it reads").remove(0);
    assert_eq!(endpoint.state, EndpointState::Disabled);
    assert!(claim(&world, now + secs(99), "one", 9, 9).await.is_empty());
}

#[tokio::test]
async fn what_a_worker_had_that_is_gone_as_well_is_held() {
    let world = World::new().await;
    let calls = many(&world, 2, "a").await;
    let now = calls[1].now;
    let posts = claim(&world, now, "one", 9, 9).await;
    settle(&world, now, &posts[0], gone()).await;
    let world = world.reopen(KEY).await;
    assert_eq!(listed(&world).await.iter().filter(|post| post.state == PostState::Claimed).count(), 1);
    assert!(claim(&world, now + secs(30), "two", 9, 9).await.is_empty());
    assert!(listed(&world).await.iter().all(|post| post.state == PostState::Held));
}

#[tokio::test]
async fn a_replay_waits_until_it_is_enabled_and_a_void_cancels_what_was_never_sent() {
    let world = World::new().await;
    let mut calls = disabled(&world).await;
    let dead = "UPDATE posts SET state = 'dead', settled_at = due_at WHERE first_claimed_at IS NOT NULL";
    world.tamper(dead).await;
    let now = calls[2].now + secs(9);
    let replayed = world.store.replay_posts(now, Replay::AllDead).await.expect("done");
    assert_eq!(replayed, Replayed { due: 0, held: 2 });
    assert!(claim(&world, now, "one", 9, 9).await.is_empty());
    calls[2].ended(1, journey::DialResult::Completed, false, 0).await;
    let states = "SELECT COUNT(*) FROM posts WHERE state = 'cancelled'";
    assert_eq!(world.int(states).await, 1);
}
