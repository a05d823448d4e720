//! Posts: claimed once, fenced, fair between buyers, cancelled and returned in their order.

use journey::DialResult;
use lead::Pii;
use store::{Claimed, PostFilter, PostKind, PostResult, PostState, Replay, Replayed, Settled};

use crate::{
    posting::{NOTED, OK, claim, retry, sold},
    world::{ADA, World, secs},
};

async fn states(world: &World) -> Vec<(PostKind, PostState)> {
    let posts = world.store.posts(PostFilter::default()).await.expect("it reads");
    let mut states: Vec<_> = posts.iter().map(|post| (post.kind, post.state)).collect();
    states.sort();
    states
}

#[tokio::test]
async fn a_post_is_claimed_once_and_holds_what_was_promised() {
    let world = World::new().await;
    let call = sold(&world, "1", "a").await;
    let (one, two) = tokio::join!(claim(&world, call.now, "one", 9, 9), claim(&world, call.now, "two", 9, 9));
    let all: Vec<_> = one.iter().chain(&two).collect();
    assert_eq!(all.len(), 1);
    let post = all[0];
    assert_eq!((post.sale, post.kind, post.tries, post.journey), (call.sale(1), PostKind::Sold, 1, call.id));
    assert_eq!(post.body, Pii::new(format!("lead.sold {ADA}").into_bytes()));
    assert_eq!(world.store.next_post_due().await.expect("it reads"), Some(call.now + secs(30)));
    assert_eq!(world.store.settle_post(call.now, &post.claim, OK).await.expect("noted"), NOTED);
    assert_eq!(world.store.settle_post(call.now, &post.claim, OK).await.expect("judged"), Settled::NotYours);
    assert_eq!(states(&world).await, [(PostKind::Sold, PostState::Delivered)]);
    assert_eq!(world.store.next_post_due().await.expect("it reads"), None);
}

#[tokio::test]
async fn who_lost_the_lease_has_nothing_to_say_any_more() {
    let world = World::new().await;
    let call = sold(&world, "1", "a").await;
    let first = claim(&world, call.now, "one", 9, 9).await.remove(0);
    assert!(claim(&world, call.now + secs(29), "two", 9, 9).await.is_empty());
    let second = claim(&world, call.now + secs(30), "two", 9, 9).await.remove(0);
    assert_eq!((second.tries, second.sale), (2, first.sale));
    let dead = PostResult::Dead { status: None, error: "timeout".into() };
    assert_eq!(
        world.store.settle_post(call.now, &first.claim, dead).await.expect("judged"),
        Settled::NotYours
    );
    assert_eq!(world.store.settle_post(call.now, &second.claim, OK).await.expect("noted"), NOTED);
}

#[tokio::test]
async fn a_retry_comes_when_it_is_due_and_a_dead_one_by_hand() {
    let world = World::new().await;
    let call = sold(&world, "1", "a").await;
    let post = claim(&world, call.now, "one", 9, 9).await.remove(0);
    let due_at = call.now + secs(300);
    world.store.settle_post(call.now, &post.claim, retry(call.now, due_at)).await.expect("noted");
    assert!(claim(&world, call.now + secs(299), "one", 9, 9).await.is_empty());
    let post = claim(&world, due_at, "one", 9, 9).await.remove(0);
    let dead = PostResult::Dead { status: Some(503), error: "bad_status".into() };
    world.store.settle_post(due_at, &post.claim, dead).await.expect("noted");
    let id = post.claim.post;
    let listed =
        world.store.posts(PostFilter { state: Some(PostState::Dead), ..PostFilter::default() }).await;
    let listed = listed.expect("it reads").remove(0);
    assert_eq!(
        (listed.id, listed.last_status, listed.last_error.as_deref()),
        (id, Some(503), Some("bad_status"))
    );
    let replay = async || world.store.replay_posts(due_at, Replay::Sale(call.sale(1))).await.expect("done");
    assert_eq!(replay().await, Replayed { due: 1, held: 0 });
    let again = claim(&world, due_at, "one", 9, 9).await.remove(0);
    assert_eq!((again.sale, again.tries, again.body), (call.sale(1), 1, post.body));
    assert_eq!(replay().await, Replayed::default(), "it is on its way");
}

#[tokio::test]
async fn the_backlog_of_one_buyer_holds_up_nobody_else() {
    let world = World::new().await;
    for n in 0..5 {
        sold(&world, &format!("slow{n}"), "slow").await;
    }
    let last = sold(&world, "quick", "quick").await;
    let offers = |posts: &[Claimed]| posts.iter().map(|post| post.offer.to_string()).collect::<Vec<_>>();
    let first = claim(&world, last.now, "one", 9, 2).await;
    assert_eq!(offers(&first).iter().filter(|offer| *offer == "slow").count(), 2);
    assert_eq!(offers(&first).iter().filter(|offer| *offer == "quick").count(), 1);
    assert!(claim(&world, last.now, "one", 9, 2).await.is_empty());
    let slow = first.iter().find(|post| post.offer.as_str() == "slow").expect("one");
    world.store.settle_post(last.now, &slow.claim, OK).await.expect("noted");
    assert!(claim(&world, last.now, "one", 2, 2).await.is_empty(), "it has two already");
    assert_eq!(offers(&claim(&world, last.now, "one", 9, 2).await), ["slow"]);
    assert_eq!(offers(&claim(&world, last.now, "two", 1, 9).await), ["slow"]);
}

#[tokio::test]
async fn a_void_cancels_a_post_that_was_never_claimed_and_nothing_is_returned() {
    let world = World::new().await;
    let mut call = sold(&world, "1", "a").await;
    call.ended(1, DialResult::Completed, false, 0).await;
    assert_eq!(states(&world).await, [(PostKind::Sold, PostState::Cancelled)]);
    assert!(claim(&world, call.now, "one", 9, 9).await.is_empty());
}

#[tokio::test]
async fn a_return_waits_until_the_post_has_settled() {
    let world = World::new().await;
    let mut call = sold(&world, "1", "a").await;
    let post = claim(&world, call.now, "one", 9, 9).await.remove(0);
    call.ended(1, DialResult::Completed, false, 0).await;
    assert_eq!(
        states(&world).await,
        [(PostKind::Sold, PostState::Claimed), (PostKind::Returned, PostState::Waiting)]
    );
    // It was tried and comes back: it may have arrived, so the return still waits.
    world.store.settle_post(call.now, &post.claim, retry(call.now, call.now)).await.expect("noted");
    let post = claim(&world, call.now, "one", 9, 9).await.remove(0);
    assert_eq!(post.kind, PostKind::Sold);
    world.store.settle_post(call.now, &post.claim, OK).await.expect("noted");
    let returned = claim(&world, call.now, "one", 9, 9).await.remove(0);
    assert_eq!((returned.kind, returned.sale), (PostKind::Returned, call.sale(1)));
    let replayed = world.store.replay_posts(call.now, Replay::Sale(call.sale(1))).await.expect("judged");
    assert_eq!(replayed, Replayed::default(), "a lead is not sent again for a sale that is void");
}

#[tokio::test]
async fn a_return_after_the_post_has_settled_is_due_at_once() {
    let world = World::new().await;
    let mut call = sold(&world, "1", "a").await;
    let post = claim(&world, call.now, "one", 9, 9).await.remove(0);
    world.store.settle_post(call.now, &post.claim, OK).await.expect("noted");
    call.ended(1, DialResult::Completed, false, 0).await;
    assert_eq!(claim(&world, call.now, "one", 9, 9).await.remove(0).kind, PostKind::Returned);
}
