//! The same form at several nodes at once: one lead, one sale, one post; and the same person's under other keys.

use futures_util::future::join_all;
use reqwest::Client;
use sandbox::medicare::Name;
use serde_json::{Value, json};

use super::world::Nodes;

/// The person of the form.
const PHONE: &str = "+13055553142";

/// Sends the same form under each of these keys, all at once and to the nodes in turns; gives the ids.
async fn sent(nodes: &Nodes, keys: [&str; 5]) -> Vec<String> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let made = nodes.places[0].run(&[
        "publisher-key",
        "new",
        "seniors-daily",
        "--name",
        "their CRM",
        "--campaign",
        "medicare",
    ]);
    assert_eq!(made.code, 0, "{}", made.err);
    let (client, bearer) = (Client::new(), format!("Bearer {}", made.out.trim()));
    let body = json!({ "phone": PHONE, "zip": "33109", "age": 65, "consent": "web-2026-01" }).to_string();
    let each = keys.iter().enumerate().map(async |(n, key)| {
        let node = nodes.servers[n % nodes.servers.len()].address;
        let request = client.post(format!("http://{node}/v1/leads")).header("authorization", &bearer);
        let request = request.header("idempotency-key", *key).header("content-type", "application/json");
        let answer = request.body(body.clone()).send().await.expect("an answer");
        let (status, text) = (answer.status(), answer.text().await.expect("a body"));
        assert!(status.is_success(), "{status}: {text}");
        let lead: Value = serde_json::from_str(&text).expect("JSON");
        lead["id"].as_str().expect("an id").to_owned()
    });
    join_all(each).await
}

/// Everything has come to its end.
async fn ended(nodes: &Nodes) {
    nodes.int_is("SELECT COUNT(*) FROM journeys WHERE ended_at IS NULL", 0).await;
    nodes.int_is("SELECT COUNT(*) FROM posts WHERE state <> 'delivered'", 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_form_five_times_at_once_at_three_nodes_is_one_lead_one_sale_one_post() {
    let nodes = Nodes::start(3, 60).await;
    let ids = sent(&nodes, ["same"; 5]).await;
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    ended(&nodes).await;
    nodes.sold(1).await;
    assert_eq!(nodes.int("SELECT COUNT(*) FROM journeys").await, 1);
    let posts: Vec<_> = nodes.medicare.buyers.iter().map(|buyer| buyer.posts().len()).collect();
    assert_eq!(posts, [0, 0, 1, 0, 0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_person_under_five_keys_is_five_leads_and_one_for_whoever_wants_nobody_twice() {
    let nodes = Nodes::start(3, 60).await;
    let mut ids = sent(&nodes, ["k1", "k2", "k3", "k4", "k5"]).await;
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 5);
    ended(&nodes).await;
    // C wants nobody twice in 30 days; A, whose bid comes next, has no such rule.
    let of = async |offer: &'static str| nodes.int(offer).await;
    assert_eq!(of("SELECT COUNT(*) FROM sales WHERE offer = 'buyer-c-medicare'").await, 1);
    assert_eq!(of("SELECT COUNT(*) FROM sales WHERE offer = 'buyer-a-medicare'").await, 4);
    assert_eq!(
        of("SELECT COUNT(*) FROM (SELECT journey FROM sales GROUP BY journey HAVING COUNT(*) > 1) AS twice")
            .await,
        0
    );
    assert_eq!(nodes.medicare.buyer(Name::C).posts().len(), 1);
}
