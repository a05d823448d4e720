//! What the nodes share: posts, settings, callers, and a Redis that forgets everything.

use std::time::Duration;

use futures_util::future::join_all;
use sandbox::{InboundCall, Line, buyers::PostBehaviour, carrier::Kind, medicare::Name};

use super::world::Nodes;
use crate::world::until;

fn from(nodes: &Nodes, n: u32) -> InboundCall {
    InboundCall { from: Some(format!("+1305555{:04}", 2_000 + n)), ..nodes.call() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_whose_node_is_killed_is_sent_by_another() {
    let mut nodes = Nodes::start(2, 60).await;
    nodes.medicare.buyer(Name::C).set_post(PostBehaviour::Silent);
    nodes.medicare.carrier.place(nodes.call()).ended().await;
    nodes.medicare.buyer(Name::C).posted(1).await;
    nodes.int_is("SELECT COUNT(*) FROM posts WHERE state = 'claimed'", 1).await;
    let mut conn = nodes.database.connect().await;
    let owner: String =
        sqlx::query_scalar("SELECT owner FROM posts").fetch_one(&mut conn).await.expect("one");
    let is_its = |n: &usize| owner.starts_with(&format!("{}-", nodes.servers[*n].pid()));
    let owner = (0..2).find(is_its).expect("one of them claimed it");
    nodes.medicare.buyer(Name::C).set_post(PostBehaviour::Accept(200));
    nodes.kill(owner);
    nodes.sold(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_are_published_at_one_node_are_in_use_at_all() {
    let nodes = Nodes::start(2, 60).await;
    let version = |server: &crate::place::Server| server.figure("pingpost_settings_version");
    let before: Vec<_> = nodes.servers.iter().map(version).collect();
    assert!(before.windows(2).all(|pair| pair[0] == pair[1]), "{before:?}");
    let text = std::fs::read_to_string(nodes.places[0].path("settings.toml")).expect("its settings");
    nodes.places[0].write("other.toml", &text.replace("name = \"Buyer C\"", "name = \"Buyer See\""));
    let published = nodes.places[0].run(&["settings", "import", "other.toml"]);
    assert_eq!(published.code, 0, "{}", published.err);
    until("the next version at both", || nodes.servers.iter().all(|node| version(node) == before[0] + 1))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_caller_twice_at_once_at_two_nodes_is_one_sale_to_its_buyer() {
    let nodes = Nodes::start(2, 20).await;
    // C wants no caller twice in 30 days; the others may buy the second call.
    let calls = [nodes.call(), nodes.call()].map(|call| nodes.medicare.carrier.place(call));
    join_all(calls.iter().map(|call| call.ended())).await;
    nodes.int_is("SELECT COUNT(*) FROM journeys WHERE wake_at IS NOT NULL", 0).await;
    nodes.int_is("SELECT COUNT(*) FROM posts WHERE state <> 'delivered'", 0).await;
    assert_eq!(
        nodes.int("SELECT COUNT(*) FROM sales WHERE offer = 'buyer-c-medicare' AND price > 0").await,
        1
    );
    let journeys = nodes.int("SELECT COUNT(DISTINCT journey) FROM sales").await;
    assert_eq!(nodes.int("SELECT COUNT(*) FROM sales").await, journeys, "a call is sold once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_forgets_everything_costs_no_sale() {
    let nodes = Nodes::start(2, 20).await;
    nodes.medicare.line(Name::C, Line::answers(Duration::from_secs(100)));
    let calls: Vec<_> = (0..8).map(|n| nodes.medicare.carrier.place(from(&nodes, n))).collect();
    // They are all about in the interview.
    until("an answer of each", || calls.iter().all(|call| !call.so_far().of(Kind::Gather).is_empty())).await;
    nodes.redis.ask::<()>(&["FLUSHALL"]);
    nodes.int_is("SELECT COUNT(*) FROM (SELECT 1 FROM sales LIMIT 4) AS some_of_them", 4).await;
    nodes.redis.ask::<()>(&["FLUSHALL"]);
    join_all(calls.iter().map(|call| call.ended())).await;
    nodes.sold(8).await;
    nodes.int_is("SELECT COUNT(*) FROM journeys WHERE wake_at IS NOT NULL", 0).await;
}
