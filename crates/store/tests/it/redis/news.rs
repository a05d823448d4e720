//! News between nodes on one Redis: they come at once, hold nobody, and come again after it was away.

use lead::{JourneyId, Timestamp};
use secrecy::SecretString;
use store::{News, Store};
use tokio::{sync::broadcast::Receiver, time::timeout};

use super::{
    nodes::{Cluster, at, node, until, world},
    server::{PATIENCE, Server},
};
use crate::world::{World, start};

fn hears(world: &World) -> bool {
    world.store.news_counts().expect("there may be others").is_up
}

async fn next(news: &mut Receiver<News>) -> News {
    loop {
        let heard = timeout(PATIENCE, news.recv()).await.expect("news come").expect("none is lost");
        if heard != News::Gap {
            return heard;
        }
    }
}

fn stage(n: u32) -> News {
    let journey = JourneyId::of_call("AC", &n.to_string());
    News::Stage { journey, stage: "auction".into(), at: Timestamp::from_secs(7) }
}

/// What one tells, both hear, once.
async fn tells(one: &Store, two: &Store, n: u32) {
    let (mut here, mut there) = (one.news(), two.news());
    for n in [n, n + 1] {
        one.tell(stage(n));
        assert_eq!((next(&mut here).await, next(&mut there).await), (stage(n), stage(n)));
    }
}

#[tokio::test]
async fn what_one_node_tells_both_hear_once() {
    let server = Server::start(&[]).await;
    let one = world(at(&[server.url()])).await;
    let two = node(&one, at(&[server.url()])).await;
    until("their connections", || hears(&one) && hears(&two)).await;
    tells(&one.store, &two.store, 0).await;
    tells(&two.store, &one.store, 10).await;
    let mut news = two.store.news();
    let version = one.store.publish_settings(start(), SecretString::from("{}"), "a note".to_owned()).await;
    let version = version.expect("it is published");
    assert_eq!(next(&mut news).await, News::Settings { version });
    let counts = one.store.news_counts().expect("there is another");
    assert_eq!((counts.told, counts.heard, counts.full, counts.away), (3, 2, 0, 0));
}

#[tokio::test]
async fn another_database_of_the_server_is_another_deployment() {
    let server = Server::start(&[]).await;
    let (one, other) = (world(at(&[server.url()])).await, world(at(&[server.url() + "/1"])).await);
    let two = node(&one, at(&[server.url()])).await;
    until("their connections", || hears(&one) && hears(&two) && hears(&other)).await;
    let mut news = other.store.news();
    tells(&one.store, &two.store, 0).await;
    other.store.tell(stage(9));
    assert_eq!(next(&mut news).await, stage(9), "its own alone");
}

#[tokio::test]
async fn after_it_was_away_news_come_again_and_whoever_listens_is_told_of_the_gap() {
    let mut server = Server::start(&[]).await;
    let one = world(at(&[server.url()])).await;
    let two = node(&one, at(&[server.url()])).await;
    until("their connections", || hears(&one) && hears(&two)).await;
    let mut news = two.store.news();
    server.kill();
    until("the loss", || !hears(&one) && !hears(&two)).await;
    until("the other's loss", || {
        !one.store.redis().expect("it is in Redis").0 || {
            one.store.tell(stage(0));
            false
        }
    })
    .await;
    server.begin_again().await;
    until("their connections", || hears(&one) && hears(&two)).await;
    let heard = timeout(PATIENCE, news.recv()).await.expect("it comes").expect("none is lost");
    assert_eq!(heard, News::Gap);
    until("Redis", || one.store.redis().expect("it is in Redis").0).await;
    tells(&one.store, &two.store, 1).await;
    let counts = one.store.news_counts().expect("there is another");
    assert!(counts.away > 0, "{counts:?}");
}

#[tokio::test]
async fn who_does_not_keep_up_loses_news_and_holds_nobody() {
    let server = Server::start(&[]).await;
    let one = world(at(&[server.url()])).await;
    let two = node(&one, at(&[server.url()])).await;
    until("their connections", || hears(&one) && hears(&two)).await;
    let mut slow = two.store.news();
    server.hang();
    let most = u32::try_from(store::NEWS_WAITING_MAX).expect("few");
    // Nobody is told: one is on its way, and all others wait, or are lost.
    (0..2 * most).for_each(|n| one.store.tell(stage(n)));
    assert!(one.store.news_counts().expect("there is another").full >= u64::from(most) - 1);
    server.go_on();
    until("what waited", || two.store.news_counts().is_some_and(|counts| counts.heard >= u64::from(most)))
        .await;
    (0..2 * most).for_each(|n| two.store.tell(stage(n)));
    let lost = loop {
        match slow.recv().await {
            Ok(_) => {}
            Err(lost) => break lost,
        }
    };
    assert!(matches!(lost, tokio::sync::broadcast::error::RecvError::Lagged(_)), "{lost:?}");
}

#[tokio::test]
async fn in_a_cluster_any_node_tells_all_and_one_that_dies_is_replaced() {
    let mut cluster = Cluster::start().await;
    let one = world(cluster.at()).await;
    let two = node(&one, cluster.at()).await;
    until("their connections", || hears(&one) && hears(&two)).await;
    tells(&one.store, &two.store, 0).await;
    // Only one of the six is heard at; it may be any of them.
    for n in 0..5 {
        cluster.nodes[n].kill();
        until("the next connection", || {
            two.store.tell(stage(99));
            hears(&one) && hears(&two)
        })
        .await;
        cluster.nodes[n].begin_again().await;
    }
    let (mut here, mut there) = (one.store.news(), two.store.news());
    let heard = async {
        let mut tick = tokio::time::interval(std::time::Duration::from_millis(50));
        loop {
            tokio::select! {
                _ = tick.tick() => one.store.tell(stage(7)),
                heard = there.recv() => if heard == Ok(stage(7)) { return },
            }
        }
    };
    timeout(PATIENCE, heard).await.expect("news come again");
    assert_eq!(next(&mut here).await, stage(7));
}
