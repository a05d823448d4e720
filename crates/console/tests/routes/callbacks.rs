//! Callbacks that wait, by the API and on their page: listed, filtered, paged, cancelled once.

use lead::JourneyId;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::{AuditFilter, Role};

use crate::{
    seeds,
    world::{Visitor, World},
};

async fn cancel(visitor: &Visitor, id: JourneyId, key: &str) -> reqwest::Response {
    let request = visitor.ask(Method::POST, &format!("/v1/callbacks/{id}/cancel"));
    request.header("idempotency-key", key).send().await.expect("an answer")
}

fn ids(listed: &Value) -> Vec<&str> {
    listed["data"].as_array().expect("a list").iter().filter_map(|it| it["id"].as_str()).collect()
}

#[tokio::test]
async fn who_waits_is_listed_with_the_next_try_and_its_rule() {
    let world = World::new().await;
    let ada = world.visitor("Ada Lovelace", Role::Support).await;
    assert_eq!(ada.json("/v1/callbacks", 200).await["data"], json!([]));
    let waiting = seeds::waiting(&world.store).await;
    world.wait(std::time::Duration::from_secs(600));
    let all = ada.json("/v1/callbacks", 200).await;
    let text = waiting.map(|id| id.to_string());
    assert_eq!(ids(&all), text, "those that have waited longest first");
    let [night, again, rings] = [0, 1, 2].map(|n| &all["data"][n]);
    assert_eq!(
        (&night["state"], &night["rule"], &night["tries"]),
        (&json!("waiting"), &json!("quiet_hours"), &json!(0))
    );
    assert_eq!((&night["number"], &night["publisher"]), (&json!("(305) •••-••42"), &json!("pub-1")));
    assert_eq!(night["age_seconds"], json!(599));
    assert!(night["next_try_at"].as_str().is_some_and(|at| at > night["asked_at"].as_str().expect("a time")));
    assert_eq!(
        (&again["rule"], &again["tries"], &again["next_try_at"].is_string()),
        (&Value::Null, &json!(1), &true)
    );
    assert_eq!((&rings["state"], &rings["next_try_at"]), (&json!("calling"), &Value::Null));
    assert!(!all.to_string().contains("5550"), "masked");

    assert_eq!(ids(&ada.json("/v1/callbacks?state=waiting&campaign=medicare-fl", 200).await), text[..2]);
    assert_eq!(ids(&ada.json("/v1/callbacks?publisher=nobody", 200).await), [""; 0]);
    ada.json("/v1/callbacks?state=asleep", 422).await;
    let first = ada.json("/v1/callbacks?limit=2", 200).await;
    assert_eq!((ids(&first).len(), &first["has_more"]), (2, &json!(true)));
    let next = format!("/v1/callbacks?limit=2&cursor={}", first["next_cursor"].as_str().expect("a cursor"));
    assert_eq!(ids(&ada.json(&next, 200).await), text[2..]);

    let page = ada.page("/callbacks?state=waiting").await;
    assert!(
        page.contains("3 people wait to be called") && page.contains("2 waiting · 1 on the phone"),
        "{page}"
    );
    assert!(page.contains("It is too early or too late there") && !page.contains("5550"), "{page}");
}

#[tokio::test]
async fn cancelling_is_audited_and_told_to_the_engine_once() {
    let world = World::new().await;
    let ada = world.visitor("Ada Lovelace", Role::Support).await;
    let [night, again, rings] = seeds::waiting(&world.store).await;
    for _ in 0..2 {
        assert_eq!(cancel(&ada, night, "k1").await.status(), StatusCode::NO_CONTENT);
    }
    assert_eq!(
        *world.cancelled.lock().expect("no panic"),
        [night],
        "the repeat is answered and does nothing"
    );
    let audit = world.store.audit(&AuditFilter::default()).await.expect("it reads");
    let noted: Vec<_> = audit.iter().filter(|it| it.action == "callback.cancelled").collect();
    assert_eq!(
        (noted.len(), &noted[0].object, noted[0].by.person()),
        (1, &night.to_string(), Some(ada.user.id))
    );
    // It was faster than whoever cancels: the list is stale.
    assert_eq!(cancel(&ada, night, "k2").await.status(), StatusCode::CONFLICT);
    let answer = cancel(&ada, rings, "k3").await;
    assert_eq!(answer.status(), StatusCode::CONFLICT);
    assert_eq!(answer.json::<Value>().await.expect("JSON")["code"], "not_waiting");
    let nobody = JourneyId::of_call("AC", "nobody");
    assert_eq!(cancel(&ada, nobody, "k4").await.status(), StatusCode::NOT_FOUND);

    let back = ada.post(&format!("/callbacks/{again}/cancel"), &[("back", "state=waiting&x=y")]).await;
    assert_eq!(back.status(), StatusCode::SEE_OTHER);
    assert_eq!(back.headers()["location"], "/callbacks?state=waiting&cancelled=yes");
    assert!(ada.page("/callbacks?cancelled=yes").await.contains("It is cancelled"));
    let aud = world.visitor("Aud Itor", Role::Auditor).await;
    assert!(!aud.page("/callbacks").await.contains("/cancel\""), "who may not is not asked");
}
