//! The settings by the API: entries are added, changed, taken away; what does not hold together is named and not published.

use reqwest::{Method, StatusCode};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use store::{AuditFilter, Role};

use crate::world::{Visitor, World};

const ALL: [&str; 2] = ["settings:read", "settings:write"];

struct Desk {
    world: World,
    program: Visitor,
    keys: std::sync::atomic::AtomicU32,
}

struct Said {
    status: StatusCode,
    tag: String,
    version: String,
    body: Value,
}

impl Desk {
    async fn new() -> Self {
        let world = World::new().await;
        let owner = world.user("Olga", Role::Owner).await;
        let program = world.program(owner, &ALL).await;
        Self { world, program, keys: Default::default() }
    }

    async fn ask(&self, method: Method, path: &str, tag: &str, body: String) -> Said {
        let key = self.keys.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_string();
        let mut request = self.program.ask(method, path).header("idempotency-key", key).body(body);
        if !tag.is_empty() {
            request = request.header("if-match", tag);
        }
        let answer = request.send().await.expect("an answer");
        let header =
            |name: &str| answer.headers().get(name).map_or("", |it| it.to_str().expect("text")).to_owned();
        let (status, tag, version) = (answer.status(), header("etag"), header("settings-version"));
        Said { status, tag, version, body: answer.json().await.unwrap_or(Value::Null) }
    }

    async fn post(&self, path: &str, body: Value) -> Said {
        self.ask(Method::POST, path, "", body.to_string()).await
    }

    async fn get(&self, path: &str) -> Said {
        self.ask(Method::GET, path, "", String::new()).await
    }

    /// A buyer with an offer, a campaign that asks for the zip, and its number.
    async fn furnished(&self) {
        let campaign = json!({ "id": "medicare", "name": "Medicare", "vertical": "medicare", "script": { "greeting": "Welcome.",
            "question": [{ "field": "zip", "audience": "bidders", "ask": "Please enter your zip code.", "check": "zip" }] } });
        let offer = json!({ "id": "c-medicare", "buyer": "c", "vertical": "medicare", "required": ["zip"], "timeout": "2s",
            "ping_url": "https://c.example/ping", "post_url": "https://c.example/post", "auth": { "bearer": "s3cr3t-of-c" } });
        for (path, body) in [
            ("/v1/publishers", json!({ "id": "radio", "payout": { "percent": "40" } })),
            ("/v1/campaigns", campaign),
            ("/v1/buyers", json!({ "id": "c", "name": "Buyer C" })),
            ("/v1/offers", offer),
        ] {
            let said = self.post(path, body).await;
            assert_eq!(said.status, StatusCode::CREATED, "{path}: {}", said.body);
        }
        let numbers = json!({ "numbers": [{ "number": "+18005550100", "publisher": "radio", "note": "the spot at noon" }] });
        let said = self.ask(Method::PUT, "/v1/campaigns/medicare/numbers", "", numbers.to_string()).await;
        assert_eq!(said.status, StatusCode::OK, "{}", said.body);
    }

    async fn document(&self) -> String {
        let latest =
            self.world.store.latest_settings().await.expect("it is read").expect("one was published");
        latest.body.expose_secret().to_owned()
    }
}

#[tokio::test]
async fn an_empty_store_is_furnished_by_the_api_alone() {
    let desk = Desk::new().await;
    desk.furnished().await;
    let settings = desk.world.console.read_settings(&desk.document().await).expect("they hold together");
    assert_eq!(settings.offers().count(), 1);
    assert_eq!(settings.numbers().next().expect("one").publisher.as_ref().expect("one").0.as_str(), "radio");
    assert_eq!(desk.get("/v1/settings").await.body["version"], json!(5));
    let versions = desk.get("/v1/settings/versions").await.body;
    assert_eq!(versions["data"][0]["note"], json!("campaign numbers medicare"));
    let numbers = desk.get("/v1/numbers").await.body;
    assert_eq!(numbers["data"][0]["campaign"], json!("medicare"));
    let audited = desk.world.store.audit(&AuditFilter::default()).await.expect("it is read");
    let actions: Vec<_> = audited.iter().take(5).map(|entry| entry.action.as_str()).collect();
    assert_eq!(
        actions,
        ["campaign.numbers", "offer.added", "buyer.added", "campaign.added", "publisher.added"]
    );
    assert!(!format!("{audited:?}").contains("s3cr3t-of-c"));
}

#[tokio::test]
async fn a_change_is_published_on_what_was_read_and_audited_with_what_differs() {
    let desk = Desk::new().await;
    desk.furnished().await;
    let read = desk.get("/v1/offers/c-medicare").await;
    assert_eq!(read.body["auth"], json!({ "bearer": "(kept secret)" }));
    let changed = desk
        .ask(
            Method::PATCH,
            "/v1/offers/c-medicare",
            &read.tag,
            r#"{"min_bid":"20.00","timeout":null}"#.into(),
        )
        .await;
    assert_eq!(
        (changed.status, &changed.body["min_bid"]),
        (StatusCode::OK, &json!("20.00")),
        "{}",
        changed.body
    );
    assert!(changed.body.get("timeout").is_none() && changed.tag != read.tag);
    let stale =
        desk.ask(Method::PATCH, "/v1/offers/c-medicare", &read.tag, r#"{"min_bid":"1"}"#.into()).await;
    assert_eq!((stale.status, &stale.body["code"]), (StatusCode::PRECONDITION_FAILED, &json!("changed")));
    assert!(desk.document().await.contains("s3cr3t-of-c"), "a hidden secret stays");
    let last = &desk.world.store.audit(&AuditFilter::default()).await.expect("it is read")[0];
    assert_eq!(last.action, "offer.changed");
    assert_eq!(last.before, Some(json!({ "timeout": "2s" })));
    assert_eq!(last.after, Some(json!({ "min_bid": "20.00" })));
    // The same again changes nothing, and is no version of its own.
    let same = desk.ask(Method::PATCH, "/v1/offers/c-medicare", "", r#"{"min_bid":"20.00"}"#.into()).await;
    assert_eq!((same.status, same.version), (StatusCode::OK, changed.version));
}

#[tokio::test]
async fn a_secret_that_is_replaced_is_audited_without_it() {
    let desk = Desk::new().await;
    desk.furnished().await;
    let said =
        desk.ask(Method::PATCH, "/v1/offers/c-medicare", "", r#"{"auth":{"bearer":"an0ther"}}"#.into()).await;
    assert_eq!(said.status, StatusCode::OK, "{}", said.body);
    assert!(!said.body.to_string().contains("an0ther"));
    let last = &desk.world.store.audit(&AuditFilter::default()).await.expect("it is read")[0];
    assert_eq!((&last.before, &last.after), (&Some(json!({})), &Some(json!({ "secrets": "changed" }))));
    assert!(desk.document().await.contains("an0ther"));
}

#[tokio::test]
async fn what_is_wrong_is_named_where_it_is_and_not_published() {
    let desk = Desk::new().await;
    desk.furnished().await;
    let before = desk.document().await;
    let wrong = r#"{"timeout":"99s","caps":[{"counts":"answered","period":"day","max":0}],"timout":"2s","required":["age"]}"#;
    let said = desk.ask(Method::PATCH, "/v1/offers/c-medicare", "", wrong.into()).await;
    assert_eq!(said.status, StatusCode::UNPROCESSABLE_ENTITY);
    let errors = said.body["errors"].as_array().expect("a list");
    let mut pointers: Vec<_> = errors.iter().map(|it| it["pointer"].as_str().expect("text")).collect();
    pointers.sort_unstable();
    assert_eq!(pointers, ["/caps/0/max", "/required/0", "/timeout", "/timout"], "{}", said.body);
    assert!(errors.iter().all(|it| !it["mend"].as_str().expect("text").is_empty()));
    let held = desk.ask(Method::DELETE, "/v1/buyers/c", "", String::new()).await;
    assert_eq!(held.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(held.body["errors"][0]["code"], json!("held_elsewhere"));
    assert!(held.body["errors"][0]["message"].as_str().expect("text").starts_with("offer.c-medicare.buyer"));
    let twice = desk.post("/v1/buyers", json!({ "id": "c" })).await;
    assert_eq!((twice.status, &twice.body["code"]), (StatusCode::CONFLICT, &json!("exists")));
    let gone = desk.ask(Method::PUT, "/v1/offers/nobody", "", json!({ "id": "nobody" }).to_string()).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    let renamed = desk.ask(Method::PATCH, "/v1/buyers/c", "", r#"{"id":"d"}"#.into()).await;
    assert_eq!(renamed.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(desk.document().await, before);
}

#[tokio::test]
async fn a_rehearsal_publishes_nothing() {
    let desk = Desk::new().await;
    desk.furnished().await;
    let before = desk.document().await;
    let good =
        desk.ask(Method::PATCH, "/v1/offers/c-medicare?dry_run=true", "", r#"{"min_bid":"5"}"#.into()).await;
    assert_eq!((good.status, &good.body["min_bid"]), (StatusCode::OK, &json!("5")));
    let bad = desk
        .ask(Method::PATCH, "/v1/offers/c-medicare?dry_run=true", "", r#"{"min_bid":"5 dollars"}"#.into())
        .await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(desk.document().await, before);
}

#[tokio::test]
async fn entries_go_once_nothing_holds_to_them() {
    let desk = Desk::new().await;
    desk.furnished().await;
    for path in ["/v1/offers/c-medicare", "/v1/buyers/c"] {
        assert_eq!(
            desk.ask(Method::DELETE, path, "", String::new()).await.status,
            StatusCode::NO_CONTENT,
            "{path}"
        );
        assert_eq!(desk.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let none = json!({ "numbers": [] }).to_string();
    assert_eq!(
        desk.ask(Method::PUT, "/v1/campaigns/medicare/numbers", "", none).await.status,
        StatusCode::OK
    );
    assert_eq!(
        desk.ask(Method::DELETE, "/v1/campaigns/medicare", "", String::new()).await.status,
        StatusCode::NO_CONTENT
    );
}

#[tokio::test]
async fn a_number_belongs_to_one_campaign() {
    let desk = Desk::new().await;
    desk.furnished().await;
    let other = json!({ "id": "auto", "vertical": "auto" });
    assert_eq!(desk.post("/v1/campaigns", other).await.status, StatusCode::CREATED);
    let numbers = json!({ "numbers": [{ "number": "+18005550100" }] }).to_string();
    let taken = desk.ask(Method::PUT, "/v1/campaigns/auto/numbers", "", numbers).await;
    assert_eq!(taken.body["errors"][0]["pointer"], json!("/numbers/0/number"), "{}", taken.body);
    let numbers = json!({ "numbers": [{ "number": "eight hundred" }] }).to_string();
    let wrong = desk.ask(Method::PUT, "/v1/campaigns/auto/numbers", "", numbers).await;
    assert_eq!(wrong.body["errors"][0]["pointer"], json!("/numbers/0/number"), "{}", wrong.body);
}

#[tokio::test]
async fn a_whole_document_is_published_to_the_letter_or_told_by_its_lines() {
    let desk = Desk::new().await;
    let text = "# Ours.\nzone = \"America/New_York\"\nbuyer = [{ id = \"c\" }]\n";
    let said = desk.ask(Method::PUT, "/v1/settings/document", "", text.to_owned()).await;
    assert_eq!((said.status, &said.body["version"]), (StatusCode::OK, &json!(1)), "{}", said.body);
    assert_eq!(desk.document().await, text);
    assert_eq!(said.body["general"], json!({ "zone": "America/New_York" }));
    assert_eq!(said.body["warnings"][0]["pointer"], json!("buyer.c"));
    let stale = desk.ask(Method::PUT, "/v1/settings/document", "\"0\"", text.to_owned()).await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    for (text, place) in [("zone = 3", "line 1, column 8"), ("zone = ", "line 1")] {
        let said = desk.ask(Method::PUT, "/v1/settings/document", "", text.to_owned()).await;
        let message = said.body["errors"][0]["message"].as_str().unwrap_or_default().to_owned();
        assert!(message.starts_with(place), "{}", said.body);
    }
    let general = desk.ask(Method::PATCH, "/v1/settings", "", r#"{"fallback_to_static":false}"#.into()).await;
    assert_eq!(general.body["general"]["fallback_to_static"], json!(false), "{}", general.body);
    assert!(desk.document().await.starts_with("# Ours.\nzone = "));
    let elsewhere = desk.ask(Method::PATCH, "/v1/settings", "", r#"{"offer":[]}"#.into()).await;
    assert_eq!(elsewhere.body["errors"][0]["code"], json!("elsewhere"));
}

#[tokio::test]
async fn an_offer_is_tried_and_a_sample_read() {
    let desk = Desk::new().await;
    desk.furnished().await;
    let tried = desk.post("/v1/offers/c-medicare/ping", json!({ "answers": { "zip": "90210" } })).await;
    assert_eq!(tried.body["body"], json!("state=CA&zip=90210"), "{}", tried.body);
    assert_eq!(tried.body["read"]["price"], json!("91.00"), "{}", tried.body);
    let usual = desk.post("/v1/offers/c-medicare/ping", json!({})).await;
    assert_eq!(usual.body["body"], json!("state=FL&zip=33109"), "{}", usual.body);
    let wrong = desk.post("/v1/offers/c-medicare/ping", json!({ "answers": { "zip": "00000" } })).await;
    assert_eq!(wrong.body["errors"][0]["pointer"], json!("/answers/zip"), "{}", wrong.body);
    let sample = desk.post("/v1/samples", json!({ "sample": "{\"bid\": 12}" })).await;
    assert_eq!(sample.body["wire"], json!({ "json": { "bid": "$.bid" } }), "{}", sample.body);
    assert_eq!(sample.body["leaves"][0]["is_price"], json!(true));
    let nothing = desk.post("/v1/samples", json!({ "sample": "no" })).await;
    assert_eq!(nothing.body["errors"][0]["pointer"], json!("/sample"));
}

#[tokio::test]
async fn every_entry_is_described() {
    let desk = Desk::new().await;
    let document = desk.world.nobody().get("/v1/openapi.json").await.json::<Value>().await.expect("JSON");
    let offer = &document["components"]["schemas"]["Offer"];
    assert_eq!(offer["properties"]["timeout"]["type"], json!("string"), "{offer}");
    assert!(offer["properties"]["min_bid"]["description"].as_str().expect("text").contains("floor"));
    assert_eq!(offer["required"], json!(["id", "buyer", "vertical", "post_url"]));
    assert!(document["paths"]["/v1/offers/{id}"]["patch"].is_object());
}
