//! Event webhooks by the API and by their pages: set up, refused beside the field, rotated, paused, listed and sent again.

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::{EventKind, NewEventEndpoint, PostResult, Role};

use crate::{
    home::Home,
    store_side::world::{ADA, Call, World as StoreWorld, bid, secs},
    world::{Visitor, World},
};

async fn send(visitor: &Visitor, method: Method, path: &str, key: &str, body: Value) -> (StatusCode, Value) {
    let request = visitor.ask(method, path).header("idempotency-key", key);
    let answer = request.body(body.to_string()).send().await.expect("an answer");
    (answer.status(), answer.json().await.unwrap_or(Value::Null))
}

fn new() -> Value {
    json!({ "name": "CRM", "url": "https://hooks.example/in?token=s3cr3t", "events": ["sale.booked", "sale.voided"] })
}

async fn sold(world: &World, name: &str) -> Call {
    let calls = StoreWorld::of(Home::new().await, world.store.clone());
    let mut call = Call::new(&calls, name, Some(ADA));
    call.sold(bid("a")).await;
    call
}

#[tokio::test]
async fn an_endpoint_is_set_up_by_the_api_and_its_secret_is_shown_once() {
    let world = World::new().await;
    let manager = world.user("Ada", Role::OfferManager).await;
    let program = world.program(manager.clone(), &["settings:read", "settings:write", "money:read"]).await;
    let path = "/v1/event-endpoints";
    let (status, made) = send(&program, Method::POST, path, "k1", new()).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let secret = made["secret"].as_str().expect("a secret").to_owned();
    assert!(buyer::standard_webhooks::Signer::parse([&*secret]).is_ok(), "it signs");
    assert_eq!(
        (&made["state"], &made["waiting"], &made["url"]),
        (&json!("active"), &json!(0), &new()["url"])
    );
    let one = format!("{path}/{}", made["id"].as_str().expect("an id"));
    assert_eq!(program.json(&one, 200).await["secret"], json!(null));
    let reader = world.program(manager, &["settings:read"]).await;
    let listed = reader.json(path, 200).await;
    assert_eq!(
        (&listed["data"][0]["url"], &listed["data"][0]["secret"]),
        (&json!("https://hooks.example/…"), &json!(null))
    );

    for (field, value) in [
        ("name", json!("")),
        ("url", json!("http://hooks.example/in")),
        ("url", json!("https://127.0.0.1/in")),
        ("url", json!("https://user:pw@hooks.example/")),
        ("events", json!([])),
        ("events", json!(["sale.made"])),
    ] {
        let mut body = new();
        body[field] = value;
        let (status, wrong) = send(&program, Method::POST, path, &body.to_string(), body.clone()).await;
        let pointer = wrong["errors"][0]["pointer"].as_str().map(str::to_owned);
        assert_eq!((status.as_u16(), pointer), (422, Some(format!("/{field}"))), "{body}");
    }
    assert_eq!(send(&reader, Method::POST, path, "k2", new()).await.0, StatusCode::FORBIDDEN);

    let tag = program.get(&one).await.headers()["etag"].to_str().expect("a tag").to_owned();
    world.wait(secs(1));
    let change = async |body: Value| {
        let request = program.ask(Method::PATCH, &one).header("if-match", &tag);
        request.body(body.to_string()).send().await.expect("an answer").status()
    };
    assert_eq!(change(json!({ "events": ["cap.reached"], "paused": true })).await, StatusCode::OK);
    assert_eq!(change(json!({ "paused": false })).await, StatusCode::PRECONDITION_FAILED);
    let now = program.json(&one, 200).await;
    assert_eq!((&now["events"], &now["state"]), (&json!(["cap.reached"]), &json!("paused")));
    let (status, rotated) = send(&program, Method::POST, &format!("{one}/rotate"), "k3", json!({})).await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        rotated["secret"].as_str().is_some_and(|new| new != secret) && rotated["rotating_until"].is_string()
    );
    assert_eq!(
        program.ask(Method::DELETE, &one).send().await.expect("an answer").status(),
        StatusCode::NO_CONTENT
    );
    program.json(&one, 404).await;
    for n in 0..store::EVENT_ENDPOINTS_MAX {
        let (status, _) = send(&program, Method::POST, path, &format!("n{n}"), new()).await;
        assert_eq!(status, StatusCode::CREATED);
    }
    let (status, problem) = send(&program, Method::POST, path, "one more", new()).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("too_many")));
    let audit = world.store.audit(&store::AuditFilter::default()).await.expect("it reads");
    assert!(
        audit
            .iter()
            .all(|entry| !format!("{entry:?}").contains("s3cr3t") && !format!("{entry:?}").contains(&secret))
    );
}

#[tokio::test]
async fn what_was_told_is_listed_and_sent_again() {
    let world = World::new().await;
    let manager = world.user("Ada", Role::OfferManager).await;
    let program = world.program(manager.clone(), &["settings:read", "settings:write", "money:read"]).await;
    let (_, made) = send(&program, Method::POST, "/v1/event-endpoints", "k1", new()).await;
    let one = format!("/v1/event-endpoints/{}", made["id"].as_str().expect("an id"));
    let calls = [sold(&world, "1").await, sold(&world, "2").await, sold(&world, "3").await];
    let (mut told, mut path) = (vec![], format!("{one}/deliveries?limit=2"));
    loop {
        let page = program.json(&path, 200).await;
        told.extend(page["data"].as_array().expect("a list").clone());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("{one}/deliveries?limit=2&cursor={cursor}");
    }
    let sales: BTreeSet<_> =
        told.iter().map(|it| it["body"]["data"]["sale"].as_str().map(str::to_owned)).collect();
    let booked: BTreeSet<_> = calls.iter().map(|call| Some(call.sale(1).to_string())).collect();
    assert_eq!((told.len(), sales), (3, booked));
    let reader = world.program(manager, &["settings:read"]).await;
    assert_eq!(
        reader.json(&format!("{one}/deliveries"), 200).await["data"][0]["body"],
        json!(null),
        "it names a price"
    );
    program.json(&format!("{one}/deliveries?state=lost"), 422).await;

    let claimed = world.store.claim_events(calls[0].now, "w".into(), secs(30)).await.expect("it is written");
    let resend = async |id: &str, key: &str| {
        send(&program, Method::POST, &format!("{one}/deliveries/{id}/resend"), key, json!({})).await.0
    };
    let first = claimed[0].claim.delivery.to_string();
    assert_eq!(resend(&first, "r1").await, StatusCode::NOT_FOUND, "somebody is sending it");
    for event in &claimed {
        let dead = PostResult::Dead { status: Some(500), error: "exhausted".to_owned() };
        world.store.settle_event(calls[0].now, &event.claim, dead).await.expect("it is written");
    }
    let dead = program.json(&format!("{one}/deliveries?state=dead"), 200).await;
    assert_eq!(dead["data"].as_array().expect("a list").len(), 3);
    assert_eq!(resend(&first, "r2").await, StatusCode::NO_CONTENT);
    assert_eq!(program.json(&one, 200).await["dead"], json!(2));
}

#[tokio::test]
async fn an_endpoint_is_set_up_by_its_pages() {
    let world = World::new().await;
    let ada = world.visitor("Ada", Role::OfferManager).await;
    assert!(ada.page("/webhooks").await.contains("Nobody is told yet"));
    let good =
        [("name", "Our CRM"), ("url", "https://hooks.example/in?token=s3cr3t"), ("event", "sale.booked")];
    let wrong = ada.post("/webhooks", &[("name", ""), ("url", "http://10.0.0.1/")]).await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = wrong.text().await.expect("a page");
    for holds in
        ["id=\"name-wrong\"", "id=\"url-wrong\"", "id=\"events-wrong\"", "value=\"http://10.0.0.1/\""]
    {
        assert!(page.contains(holds), "{holds}\n{page}");
    }
    let added = ada.post("/webhooks", &good).await;
    assert_eq!(added.status(), StatusCode::CREATED);
    assert!(added.text().await.expect("a page").contains("whsec_"));
    let [endpoint] = world.store.event_endpoints().await.expect("it reads").try_into().expect("one");
    let at = format!("/webhooks/{}", endpoint.id);
    assert!(!ada.page(&at).await.contains("whsec_"), "it is shown once");
    let tag = endpoint.changed_at.micros().to_string();
    sold(&world, "1").await;
    let page = ada.page(&at).await;
    assert!(
        page.contains("sale.booked<small>") && page.contains("to be sent") && page.contains("one waits"),
        "{page}"
    );
    assert_eq!(ada.post(&format!("{at}/pause"), &[("paused", "true")]).await.status(), StatusCode::SEE_OTHER);
    assert!(ada.page(&at).await.contains(">kept<"));
    let event = world
        .store
        .event_deliveries(&store::EventDeliveryFilter::default())
        .await
        .expect("it reads")
        .remove(0);
    let resent = ada.post(&format!("{at}/deliveries/{}/resend", event.id), &[]).await;
    assert_eq!(resent.status(), StatusCode::SEE_OTHER);
    assert_eq!(ada.post(&format!("{at}/rotate"), &[]).await.status(), StatusCode::CREATED);
    let stale = ada.post(&at, &[&good[..], &[("tag", "1")]].concat()).await;
    assert_eq!(stale.status(), StatusCode::PRECONDITION_FAILED);
    let [now] = world.store.event_endpoints().await.expect("it reads").try_into().expect("one");
    assert_eq!(now.changed_at.micros().to_string(), tag, "the test's clock stands still");
    let saved = ada.post(&at, &[&good[..], &[("event", "offer.paused"), ("tag", &tag)]].concat()).await;
    assert_eq!(saved.status(), StatusCode::SEE_OTHER);
    let [now] = world.store.event_endpoints().await.expect("it reads").try_into().expect("one");
    assert_eq!(now.kinds, [EventKind::SaleBooked, EventKind::OfferPaused]);
    let auditor = world.visitor("Fay", Role::Auditor).await;
    let page = auditor.page(&at).await;
    assert!(
        !page.contains("s3cr3t") && !page.contains("Send again") && page.contains("https://hooks.example/…"),
        "{page}"
    );
    assert_eq!(ada.post(&format!("{at}/remove"), &[]).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(ada.get(&at).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_offer_that_is_switched_off_is_told_of_once() {
    let world = World::new().await;
    let text = secrecy::SecretString::from(include_str!("../seeds/standing.toml"));
    world.store.publish_settings(world.now(), text, "it".to_owned()).await.expect("it is written");
    let url = "https://hooks.example/".to_owned();
    let new =
        NewEventEndpoint { name: "x".to_owned(), publisher: None, url, kinds: vec![EventKind::OfferPaused] };
    let added =
        world.store.add_event_endpoint(world.now(), store::By::COMMAND, new).await.expect("it is written");
    assert!(added.is_some());
    let ada = world.visitor("Ada", Role::OfferManager).await;
    for active in ["false", "false", "true"] {
        world.wait(secs(1));
        assert_eq!(ada.post("/offers/e/active", &[("active", active)]).await.status(), StatusCode::SEE_OTHER);
    }
    let told = world.store.event_deliveries(&store::EventDeliveryFilter::default()).await.expect("it reads");
    let bodies: Vec<Value> = told.iter().map(|it| serde_json::from_str(&it.body).expect("JSON")).collect();
    assert_eq!(bodies.len(), 1);
    assert_eq!(bodies[0]["data"], json!({ "offer": "e", "why": "switched_off" }));
}

#[tokio::test]
async fn an_endpoint_of_a_publisher_is_told_of_its_leads_and_of_nothing_else() {
    let world = World::new().await;
    let ada = world.visitor("Ada Lovelace", Role::Owner).await;
    let add = async |n: u32, publisher: &str, events: &[&str]| {
        let body = json!({ "name": "Their CRM", "url": "https://hooks.example/p", "publisher": publisher, "events": events });
        let request = ada.ask(Method::POST, "/v1/event-endpoints").header("idempotency-key", n.to_string());
        request.json(&body).send().await.expect("an answer")
    };
    for (n, (publisher, events)) in
        [("pub-1", ["lead.sold", "sale.booked"]), ("nobody", ["lead.sold", "lead.unsold"])]
            .into_iter()
            .enumerate()
    {
        let answer = add(u32::try_from(n).expect("few"), publisher, &events).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{publisher}");
    }
    let made: Value = add(7, "pub-1", &["lead.sold", "lead.corrected"]).await.json().await.expect("JSON");
    assert_eq!(
        (&made["publisher"], &made["events"]),
        (&json!("pub-1"), &json!(["lead.sold", "lead.corrected"]))
    );
    let one = format!("/v1/event-endpoints/{}", made["id"].as_str().expect("an id"));
    let more = ada.ask(Method::PATCH, &one).json(&json!({ "events": ["sale.booked"] })).send().await;
    assert_eq!(more.expect("an answer").status(), StatusCode::UNPROCESSABLE_ENTITY);
    let of = async |whose: &str| ada.json(&format!("/v1/event-endpoints?publisher={whose}"), 200).await;
    assert_eq!(of("pub-1").await["data"][0]["id"], made["id"]);
    assert_eq!(of("pub-2").await["data"], json!([]));

    let page = ada.page("/webhooks").await;
    assert!(page.contains("of Sunline") && page.contains("Whose is it?"), "{page}");
    let form =
        [("name", "x"), ("url", "https://hooks.example/q"), ("publisher", "pub-1"), ("event", "sale.booked")];
    let wrong = ada.post("/webhooks", &form).await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let text = wrong.text().await.expect("a page");
    assert!(
        text.contains("a publisher is told what became of its leads")
            && text.contains("value=\"pub-1\" selected"),
        "{text}"
    );
    let removed = ada.ask(Method::DELETE, &one).send().await.expect("an answer");
    assert_eq!(removed.status(), StatusCode::NO_CONTENT);
}
