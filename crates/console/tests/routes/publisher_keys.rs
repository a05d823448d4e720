//! Publishers' keys by the API and by their page: made once, shown once, revoked for good.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::Role;

use crate::world::{Visitor, World};

async fn add(visitor: &Visitor, n: u32, body: &Value) -> reqwest::Response {
    let request = visitor.ask(Method::POST, "/v1/publisher-keys").header("idempotency-key", n.to_string());
    request.json(body).send().await.expect("an answer")
}

#[tokio::test]
async fn a_key_is_made_listed_and_revoked() {
    let world = World::new().await;
    let ada = world.visitor("Ada Lovelace", Role::Owner).await;
    let lead = json!({ "kind": "lead", "publisher": "pub-1", "name": "Their CRM" });
    let made: Value = add(&ada, 1, &lead).await.json().await.expect("JSON");
    let key = made["key"].as_str().expect("it is shown once").to_owned();
    assert!(key.starts_with("pingpost_lead_"));
    assert_eq!((&made["per_minute"], &made["origins"]), (&json!(120), &json!([])));
    let listed = ada.json("/v1/publisher-keys", 200).await;
    assert_eq!(listed["data"][0]["id"], made["id"]);
    assert!(!listed.to_string().contains(&key), "no list shows it");
    let one = format!("/v1/publisher-keys/{}", made["id"].as_str().expect("an id"));
    let revoked = ada.ask(Method::DELETE, &one).send().await.expect("an answer");
    assert_eq!(revoked.status(), StatusCode::NO_CONTENT);
    assert!(ada.json("/v1/publisher-keys", 200).await["data"][0]["revoked_at"].is_string());
}

#[tokio::test]
async fn what_is_wrong_with_a_key_is_named() {
    let world = World::new().await;
    let ada = world.visitor("Ada Lovelace", Role::Owner).await;
    let wrong = json!({ "kind": "widget", "publisher": "nobody", "name": "", "origins": ["http://quotes.example"], "per_minute": 0 });
    let answer = add(&ada, 1, &wrong).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let problem: Value = answer.json().await.expect("JSON");
    let pointers: Vec<_> = problem["errors"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|it| it["pointer"].as_str())
        .collect();
    for pointer in ["/publisher", "/campaign", "/name", "/origins", "/per_minute"] {
        assert!(pointers.contains(&pointer), "{pointer} in {pointers:?}");
    }
}

#[tokio::test]
async fn the_page_shows_a_secret_once_and_leads_to_the_widget() {
    let world = World::new().await;
    let ada = world.visitor("Ada Lovelace", Role::Owner).await;
    assert!(ada.page("/publisher-keys").await.contains("Nobody hands in leads yet."));
    let made =
        ada.post("/publisher-keys", &[("kind", "lead"), ("publisher", "pub-1"), ("name", "Their CRM")]).await;
    assert_eq!(made.status(), StatusCode::CREATED);
    let text = made.text().await.expect("a page");
    let key = text.split("id=\"secret\">").nth(1).and_then(|rest| rest.split('<').next()).expect("the key");
    assert!(key.starts_with("pingpost_lead_"));
    assert!(!ada.page("/publisher-keys").await.contains(key));
    let wrong = ada
        .post(
            "/publisher-keys",
            &[("kind", "widget"), ("publisher", "pub-1"), ("name", "Site"), ("origins", "quotes.example")],
        )
        .await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let text = wrong.text().await.expect("a page");
    assert!(
        text.contains("origins without a path") && text.contains("value=\"quotes.example\""),
        "nothing typed is lost"
    );
}
