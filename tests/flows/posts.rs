//! Posts that fail: the call goes on, the lead moves to nobody else, and the key stays the same.

use sandbox::{PostBehaviour, medicare::Name};
use store::{PostFilter, PostState};

use crate::{
    play::{key, posts},
    world::{World, until},
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

async fn given_up(post: PostBehaviour, error: &str) {
    let mut world = World::example().await;
    world.allowed.dead_posts = true;
    world.medicare.buyer(Name::C).set_post(post);
    let told = world.play().await;
    told.sold(Name::C, "91.00");
    let dead = until("a post that is given up", async || {
        let filter = PostFilter { state: Some(PostState::Dead), ..PostFilter::default() };
        world.store().posts(filter).await.expect("posts can be listed").pop()
    });
    assert_eq!(dead.await.last_error.as_deref(), Some(error));
    assert_eq!(posts(&world), [0, 0, 1, 0, 0, 0], "it moves to nobody else");
    world.finish().await;
}

#[tokio::test]
async fn a_buyer_that_is_gone_is_not_asked_again() {
    given_up(PostBehaviour::Gone410, "gone").await;
}

#[tokio::test]
async fn a_post_that_is_refused_is_given_up() {
    let reason = "We have this person already".to_owned();
    given_up(PostBehaviour::Like(sandbox::Behaviour::Reject { reason, code: 3 }), "refused").await;
}

#[tokio::test]
async fn a_post_that_needs_fixing_is_given_up() {
    given_up(PostBehaviour::Status(404), "needs_fixing").await;
}
