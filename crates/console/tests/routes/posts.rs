//! Posts: the list of the page and of the API, and sending again: once by a button, many after a question, always audited.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::{AuditFilter, PostFilter, PostState, Role};

use crate::{seeds, world::World};

async fn posted(visitor: &crate::world::Visitor, path: &str, key: &str, body: Value) -> (StatusCode, Value) {
    let request = visitor.ask(Method::POST, path).header("idempotency-key", key);
    let answer = request.json(&body).send().await.expect("an answer");
    (answer.status(), answer.json().await.unwrap_or(Value::Null))
}

async fn dead(world: &World) -> usize {
    let filter = PostFilter { state: Some(PostState::Dead), ..PostFilter::default() };
    world.store.posts(filter).await.expect("they read").len()
}

#[tokio::test]
async fn the_page_and_the_api_list_the_same_and_each_state_is_found() {
    let mut world = World::new().await;
    let rows = seeds::many(&mut world).await;
    rows.tamper("UPDATE posts SET state = 'dead', last_status = 500 WHERE offer = 'offer-4-1'").await;
    rows.tamper(
        "UPDATE posts SET state = 'due', settled_at = NULL WHERE offer IN ('offer-2-0', 'offer-3-0')",
    )
    .await;
    rows.tamper(
        "INSERT INTO post_endpoints (offer, buyer, state, since, failures, probe_at, quiet_until) VALUES \
        ('offer-2-0', 'buyer-2', 'disabled', 5, 1, 5, 5)",
    )
    .await;
    let sam = world.visitor("Sam", Role::Support).await;
    for query in
        ["state=dead", "state=held", "state=due", "offer=offer-3-0", "state=cancelled", "from=2026-11-05"]
    {
        let page = sam.page(&format!("/posts?{query}")).await;
        let api = sam.json(&format!("/v1/posts?limit=50&{query}"), 200).await;
        let api = api["data"].as_array().expect("a list");
        assert_eq!(page.matches("<tr data-row").count(), api.len(), "{query}");
        assert!(api.iter().all(|post| page.contains(post["call"].as_str().expect("an id"))), "{query}");
        assert_eq!(api.is_empty(), query == "state=cancelled", "{query}");
    }
    let held = sam.json("/v1/posts?state=held&limit=1", 200).await;
    assert_eq!((&held["data"][0]["state"], &held["data"][0]["offer"]), (&json!("held"), &json!("offer-2-0")));
    let next = format!("/v1/posts?limit=1&state=held&cursor={}", held["next_cursor"].as_str().expect("more"));
    assert_ne!(sam.json(&next, 200).await["data"][0]["id"], held["data"][0]["id"]);
    let one = format!("/v1/posts/{}", held["data"][0]["id"].as_str().expect("an id"));
    assert_eq!(sam.json(&one, 200).await, held["data"][0]);
    assert!(sam.page("/posts?offer=offer-2-0").await.contains("Enable its posts"));
    assert_eq!(sam.json("/v1/posts?state=lost", 422).await["errors"][0]["pointer"], "state");
}

#[tokio::test]
async fn one_is_sent_again_by_a_button_and_many_after_a_question() {
    let mut world = World::new().await;
    let rows = seeds::many(&mut world).await;
    rows.tamper(
        "UPDATE posts SET state = 'dead', settled_at = created_at WHERE offer IN ('offer-4-1', 'offer-5-1')",
    )
    .await;
    rows.tamper("INSERT INTO live_sales (journey, sale) SELECT journey, sale FROM posts").await;
    rows.tamper(
        "INSERT INTO journeys (id, head, events, settings_version, campaign, created_at, ended_at) \
        SELECT journey, CAST('h' AS BLOB), 1, 1, 'campaign-1', created_at, created_at FROM posts",
    )
    .await;
    let all = dead(&world).await;
    assert!(all > 4, "{all}");
    let sam = world.visitor("Sam", Role::Support).await;
    let list = sam.json("/v1/posts?state=dead&offer=offer-4-1", 200).await;
    let of_one = list["data"].as_array().expect("a list").len();
    let first = list["data"][0]["id"].as_str().expect("an id");
    let sent = sam.post(&format!("/posts/{first}/resend"), &[("back", "state=dead")]).await;
    assert_eq!(sent.headers()["location"], "/posts?state=dead&sent=1&held=0");
    assert_eq!(dead(&world).await, all - 1);
    // It is due now: there is nothing to send again.
    assert_eq!(sam.post(&format!("/posts/{first}/resend"), &[]).await.status(), StatusCode::CONFLICT);
    let asked = sam.post("/posts/resend", &[("offer", "offer-4-1")]).await.text().await.expect("a page");
    assert!(asked.contains(&format!("Send {} again", of_one - 1)), "{asked}");
    assert_eq!(dead(&world).await, all - 1, "a question sends nothing");
    let (status, said) =
        posted(&sam, "/v1/posts/resend", "k0", json!({ "offer": "offer-4-1", "dry_run": true })).await;
    assert_eq!((status, said["due"].as_u64()), (StatusCode::OK, Some(of_one as u64 - 1)));
    sam.post("/posts/resend", &[("offer", "offer-4-1"), ("sure", "yes")]).await;
    assert_eq!(dead(&world).await, all - of_one);
    // Nothing of a later day, and the rest by a program.
    let (_, none) = posted(&sam, "/v1/posts/resend", "k1", json!({ "from": "2027-01-01" })).await;
    assert_eq!(none["due"], 0);
    let (status, rest) = posted(&sam, "/v1/posts/resend", "k2", json!({})).await;
    assert_eq!((status, rest["due"].as_u64()), (StatusCode::OK, Some((all - of_one) as u64)));
    assert_eq!(dead(&world).await, 0);
    let filter = AuditFilter { action: Some("posts.resent".into()), ..AuditFilter::default() };
    let audit = world.store.audit(&filter).await.expect("it reads");
    assert_eq!(audit.len(), 4, "{audit:?}");
    assert_eq!(audit[0].after.as_ref().map(|after| after["posts"].clone()), Some(json!(all - of_one)));
    let eve = world.visitor("Eve", Role::Auditor).await;
    assert!(!eve.page("/posts").await.contains("Send again"), "an auditor looks on");
}

#[tokio::test]
async fn an_offers_posts_are_enabled_with_a_reason() {
    let mut world = World::new().await;
    let rows = seeds::many(&mut world).await;
    rows.tamper("UPDATE posts SET state = 'due', settled_at = NULL WHERE offer = 'offer-2-0'").await;
    rows.tamper(
        "INSERT INTO post_endpoints (offer, buyer, state, since, failures, probe_at, quiet_until) VALUES \
        ('offer-2-0', 'buyer-2', 'disabled', 5, 1, 5, 5)",
    )
    .await;
    let sam = world.visitor("Sam", Role::Support).await;
    let short = sam.post("/posts/enable", &[("offer", "offer-2-0"), ("why", "")]).await;
    assert_eq!(short.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(world.store.disabled_offers().await.expect("it reads").len() == 1);
    sam.post("/posts/enable", &[("offer", "offer-2-0"), ("why", "they moved to a new URL")]).await;
    assert!(world.store.disabled_offers().await.expect("it reads").is_empty());
    let filter = AuditFilter { action: Some("offer.posts_enabled".into()), ..AuditFilter::default() };
    assert_eq!(world.store.audit(&filter).await.expect("it reads").len(), 1);
}
