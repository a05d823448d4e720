//! Posts that fail: the call goes on, the lead moves to nobody else, and the key stays the same.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use sandbox::{
    Behaviour, PostBehaviour,
    buyers::{Recorded, Reply},
    medicare::{self, Name},
};
use server::worker::Pace;
use store::{Delivery, EntryKind, PostFilter, PostState, Replay, SaleFilter};

use crate::{
    play::{Call, Told, key, posts},
    world::{World, offer_id, until},
};

#[tokio::test]
async fn a_post_that_failed_is_sent_again_under_the_same_key() {
    let world = World::example().await;
    world.medicare.buyer(Name::C).set_post(PostBehaviour::FailFirst { times: 1, status: 500 });
    let told = world.play().await;
    told.sold(Name::C, "91.00");
    // The first wait of the schedule is five seconds, of the real clock.
    let sent = world.medicare.buyer(Name::C).posted(2).await;
    let keys: Vec<_> = sent.iter().map(key).collect();
    assert_eq!(keys, [told.sale().id.to_string(), told.sale().id.to_string()]);
    assert_eq!(sent[0].body, sent[1].body);
    assert_eq!(posts(&world), [0, 0, 2, 0, 0, 0]);
    world.finish().await;
}

/// The hours of the schedule are real; its first three waits are no longer than they must be.
fn hurried() -> Pace {
    let mut pace = Pace::STANDARD;
    pace.schedule[..2].fill(Duration::from_millis(50));
    Pace { probe_gap: Duration::from_millis(20), ..pace }
}

/// The example's caller with another number.
fn another(world: &World, n: usize) -> Call {
    world.call_from(Some(&format!("+130555501{:02}", 50 + n)), medicare::caller())
}

/// The states of all posts, the oldest first.
async fn states(world: &World) -> Vec<(PostState, u32)> {
    let posts = world.store().posts(PostFilter::default()).await.expect("posts can be listed");
    posts.iter().rev().map(|post| (post.state, post.tries)).collect()
}

/// The keys of what a buyer accepted, in its own order.
fn accepted(posts: &[Recorded], failed: usize) -> Vec<String> {
    posts.iter().skip(failed).map(|post| key(post).to_owned()).collect()
}

#[tokio::test]
async fn a_buyer_that_was_down_for_half_an_hour_gets_every_post_once_it_is_back() {
    const CALLS: usize = 5;
    let world = World::with(|plan| {
        plan.pace = hurried();
        plan.posts_per_buyer = 1;
    })
    .await;
    let buyer = world.medicare.buyer(Name::C);
    buyer.set_post(PostBehaviour::Status(503));
    for n in 0..CALLS {
        another(&world, n).handle.ended().await;
    }
    // At once, after 5 s and after 5 min; the next try is half an hour later.
    until("the third try of every post", async || {
        let states = states(&world).await;
        (states.len() == CALLS && states.iter().all(|post| *post == (PostState::Due, 3))).then_some(())
    })
    .await;
    let world = world.restart().await;
    let buyer = world.medicare.buyer(Name::C);
    let failed = buyer.posts().len();
    assert!(failed >= 3 * CALLS, "{failed}");
    buyer.set_post(PostBehaviour::Accept(200));
    // Somebody else calls, and that post shows that the buyer is back.
    let told = world.told(another(&world, CALLS)).await;
    told.sold(Name::C, "91.00");
    world.posts_settled(None).await;
    let posts = buyer.posts();
    let sales = world.store().sales(SaleFilter::default()).await.expect("sales can be listed");
    let mut expected: Vec<_> = sales.iter().rev().map(|sale| sale.id.to_string()).collect();
    let first = expected.pop().expect("the last sale");
    expected.insert(0, first);
    assert_eq!(accepted(&posts, failed), expected, "each once, the oldest first");
    let mut bodies: BTreeMap<_, Vec<_>> = BTreeMap::new();
    posts.iter().for_each(|post| bodies.entry(key(post)).or_default().push(&post.body));
    assert!(bodies.values().all(|bodies| bodies.iter().all(|body| *body == bodies[0])), "the same bytes");
    assert!(sales.iter().all(|sale| sale.delivery == Delivery::Delivered));
    world.finish().await;
}

#[tokio::test]
async fn a_buyer_that_fails_delays_nobody_else() {
    let world = World::with(|plan| plan.pace = hurried()).await;
    world.medicare.buyer(Name::C).set_post(PostBehaviour::Silent);
    let down = world.call();
    world.medicare.buyer(Name::C).posted(1).await;
    world.medicare.bids(Name::C, Behaviour::NoBid204);
    let told = world.told(another(&world, 0)).await;
    told.sold(Name::A, "85.00");
    assert_eq!(told.sale().delivery, Delivery::Delivered);
    let filter = SaleFilter { journey: Some(down.journey), ..SaleFilter::default() };
    let sale = world.store().sales(filter).await.expect("sales can be listed").remove(0);
    assert_eq!(sale.delivery, Delivery::PostedPendingDelivery);
    world.medicare.buyer(Name::C).set_post(PostBehaviour::Accept(200));
    world.finish().await;
}

/// A buyer says in its own way that it wants to be left alone for two seconds.
async fn comes_back_later(says: PostBehaviour) {
    let world = World::with(|plan| plan.pace = hurried()).await;
    let buyer = world.medicare.buyer(Name::C);
    buyer.set_post(says);
    let call = world.call();
    buyer.posted(1).await;
    buyer.set_post(PostBehaviour::Accept(200));
    world.told(call).await.sold(Name::C, "91.00");
    let sent = buyer.posts();
    assert_eq!((sent.len(), key(&sent[0])), (2, key(&sent[1])));
    assert!(sent[1].at - sent[0].at >= Duration::from_secs(2), "{:?} {:?}", sent[0].at, sent[1].at);
    world.finish().await;
}

#[tokio::test]
async fn a_buyer_that_says_in_how_many_seconds_to_come_back_is_heard() {
    comes_back_later(PostBehaviour::RetryAfter(2)).await;
}

#[tokio::test]
async fn a_buyer_that_says_at_which_date_to_come_back_is_heard() {
    let busy = |_: &Recorded| {
        let reply = Reply::json(503, "{}".to_owned()).header("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        reply.header("retry-after", "Sun, 06 Nov 1994 08:49:39 GMT")
    };
    comes_back_later(PostBehaviour::Like(Behaviour::Custom(Arc::new(busy)))).await;
}

async fn given_up(post: PostBehaviour, error: &str) -> (World, Told) {
    let mut world = World::example().await;
    world.allowed.dead_posts = true;
    world.medicare.buyer(Name::C).set_post(post);
    let told = world.play().await;
    told.sold(Name::C, "91.00");
    let post = world.store().posts(PostFilter::default()).await.expect("posts can be listed").remove(0);
    assert_eq!(post.last_error.as_deref(), Some(error));
    assert_eq!(posts(&world), [0, 0, 1, 0, 0, 0], "it moves to nobody else");
    (world, told)
}

/// A refusal after the answer: one dispute, also when it is sent once more and refused once more; not a cent moves.
async fn disputed(post: PostBehaviour, error: &str) {
    let (world, told) = given_up(post, error).await;
    let kinds = async || {
        let found = world.store().sale_with_entries(told.sale().id).await.expect("a sale can be read");
        let (sale, entries) = found.expect("it is there");
        assert!(sale.disputed && sale.delivery == Delivery::Dead);
        entries.into_iter().map(|entry| (entry.kind, entry.amount.to_string())).collect::<Vec<_>>()
    };
    let mut before = kinds().await;
    before.sort();
    let entry = |kind, amount: &str| (kind, amount.to_owned());
    let expected = [
        entry(EntryKind::Pending, "91.00"),
        entry(EntryKind::Earned, "91.00"),
        entry(EntryKind::Payout, "54.60"),
        entry(EntryKind::Dispute, "91.00"),
    ];
    assert_eq!(before, expected);
    let now = world.server().clock.now();
    let replayed =
        world.store().replay_posts(now, Replay::Sale(told.sale().id)).await.expect("it is replayed");
    assert_eq!(replayed.due, 1);
    let sent = world.medicare.buyer(Name::C).posted(2).await;
    assert_eq!(key(&sent[0]), key(&sent[1]));
    world.posts_settled(None).await;
    assert_eq!(kinds().await.len(), expected.len());
    world.finish().await;
}

#[tokio::test]
async fn a_post_that_is_refused_is_disputed() {
    let reason = "We have this person already".to_owned();
    disputed(PostBehaviour::Like(Behaviour::Reject { reason, code: 3 }), "refused").await;
}

#[tokio::test]
async fn a_post_that_needs_fixing_is_disputed() {
    disputed(PostBehaviour::Status(404), "needs_fixing").await;
}

#[tokio::test]
async fn a_buyer_that_is_gone_is_sold_nothing_until_it_has_another_url() {
    let (mut world, first) = given_up(PostBehaviour::Gone410, "gone").await;
    assert_eq!(states(&world).await, [(PostState::Held, 1)]);
    // The same caller again is no reason for the same buyer.
    let told = world.play().await;
    told.sold(Name::A, "85.00");
    assert_eq!(told.outcome_of(Name::C), "paused");
    assert!(told.sales.iter().all(|(sale, _)| !sale.disputed));
    world.medicare.buyer(Name::C).set_post(PostBehaviour::Accept(200));
    // Another setting alone enables nothing.
    world.publish(|draft| draft.offer(Name::C, "payable_after = '7s'")).await;
    let told = world.told(another(&world, 0)).await;
    assert_eq!(told.outcome_of(Name::C), "paused");
    let url = format!("{}?new", world.medicare.buyer(Name::C).post_url());
    world.publish(|draft| draft.offer(Name::C, &format!("post_url = '{url}'"))).await;
    let sent = world.medicare.buyer(Name::C).posted(2).await;
    assert_eq!((key(&sent[1]), &*sent[1].query), (&*first.sale().id.to_string(), "new"));
    world.posts_settled(None).await;
    let told = world.told(another(&world, 1)).await;
    told.sold(Name::C, "91.00");
    let changes = world.store().post_endpoints().await.expect("they can be read");
    assert!(changes.iter().all(|endpoint| endpoint.offer.as_str() != offer_id(Name::C)), "{changes:?}");
    world.allowed.dead_posts = false;
    world.finish().await;
}
