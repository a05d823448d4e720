//! Test calls of one offer: who may ask for one, what is prefilled, and that no telephone is told to anybody.

use lead::{E164, JourneyId, OfferId, Pii};
use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};
use store::{AuditFilter, Role};

use crate::world::{Visitor, World};

const SETTINGS: &str = r#"
[[buyer]]
id = "buyer-c"
name = "Buyer C"

[[offer]]
id = "ohio"
name = "Ohio seniors"
buyer = "buyer-c"
vertical = "medicare"
static_price = "45"
destination = "+13055550203"
post_url = "https://buyer.example/post"
required = ["zip", "age"]
filters = { state = { in = ["OH"] }, age = { between = [70, 80] }, smoker = { in = ["no"] } }

[[offer]]
id = "forms"
name = "Forms"
buyer = "buyer-c"
vertical = "medicare"
channels = ["form"]
static_price = "9"
destination = "+13055550204"
post_url = "https://buyer.example/post"

[[campaign]]
id = "medicare"
name = "Medicare"
vertical = "medicare"
[[campaign.script.question]]
field = "zip"
audience = "bidders"
ask = "Your zip?"
check = "zip"
[[campaign.script.question]]
field = "age"
audience = "bidders"
ask = "How old are you?"
check = { age = { min = 18, max = 110 } }
[[campaign.script.question]]
field = "smoker"
audience = "bidders"
ask = "Do you smoke?"
check = "yes_no"

[[campaign]]
id = "solar"
name = "Solar"
vertical = "solar"

[[number]]
number = "+18005550100"
campaign = "medicare"

[[number]]
number = "+18005550200"
campaign = "solar"
"#;

/// The telephone of whoever tries the offer.
const MINE: &str = "+13055550142";

async fn publish(world: &World) {
    let text = SecretString::from(SETTINGS);
    world.store.publish_settings(world.now(), text, "test".to_owned()).await.expect("they hold together");
}

async fn program(world: &World) -> Visitor {
    let user = world.user("Ada", Role::OfferManager).await;
    world.program(user, &["settings:write", "settings:read"]).await
}

async fn asked(program: &Visitor, offer: &str, key: &str, body: Value) -> (u16, Value) {
    let request = program.ask(Method::POST, &format!("/v1/offers/{offer}/test-calls"));
    let answer = request.header("idempotency-key", key).json(&body).send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

async fn comes(world: &World, call: &str) -> Option<OfferId> {
    let number = |text| E164::parse(text).expect("a number");
    let journey = JourneyId::of_call("real", call);
    let who = (&Pii::new(number(MINE)), &number("+18005550100"));
    world.store.test_call_at(world.now(), journey, who).await.expect("it is known")
}

#[tokio::test]
async fn behind_a_real_carrier_the_next_call_from_that_telephone_is_awaited() {
    let world = World::behind_carrier("https://calls.example.com", Ok(vec![])).await;
    publish(&world).await;
    let program = program(&world).await;
    let wish = json!({ "number": "+18005550100", "from": MINE });
    let (status, said) = asked(&program, "ohio", "a", wish.clone()).await;
    assert_eq!((status, &said["offer"], &said["call"]), (201, &json!("ohio"), &Value::Null), "{said}");
    assert_eq!(asked(&program, "ohio", "a", wish).await.1["id"], said["id"], "a repeat is the same");
    let list = program.json("/v1/offers/ohio/test-calls", 200).await;
    assert_eq!((list["data"].as_array().expect("a list").len(), &list["data"][0]["id"]), (1, &said["id"]));
    assert!(!said.to_string().contains("5550142") && !list.to_string().contains("5550142"), "{list}");
    assert_eq!(comes(&world, "first").await.as_ref().map(OfferId::as_str), Some("ohio"));
    assert_eq!(comes(&world, "second").await, None);
    let list = program.json("/v1/offers/ohio/test-calls", 200).await;
    assert_eq!(list["data"][0]["call"], json!(JourneyId::of_call("real", "first").uuid()));
    let audit = world.store.audit(&AuditFilter::default()).await.expect("it reads");
    let entry = audit.iter().find(|entry| entry.action == "offer.test_call_asked").expect("it is there");
    assert_eq!(entry.object, "ohio");
    assert!(!format!("{entry:?}").contains("5550142"), "{entry:?}");
}

#[tokio::test]
async fn the_simulator_places_it_with_answers_that_the_offer_lets_pass() {
    let world = World::new().await;
    publish(&world).await;
    let ada = world.visitor("Ada", Role::OfferManager).await;
    let page = ada.page("/offers/ohio/test-call").await;
    let value = |field: &str| {
        let (_, rest) = page.split_once(&format!("name=\"a.{field}\" value=\"")).expect("the field");
        rest.split_once('"').expect("its value").0.to_owned()
    };
    let zip = lead::geo::Zip::parse(&value("zip")).expect("a zip");
    assert_eq!(zip.state().map(|state| state.to_string()).as_deref(), Some("OH"));
    assert_eq!((value("age").as_str(), value("smoker").as_str()), ("70", "no"));
    assert!(ada.page("/offers/ohio").await.contains("href=\"/offers/ohio/test-call\""));
    let typed = [
        ("campaign", "medicare"),
        ("number", "+18005550100"),
        ("from", MINE),
        ("phones", "answers"),
        ("talk", "120"),
        ("a.zip", &*value("zip")),
        ("a.age", "70"),
        ("a.smoker", "no"),
    ];
    let answer = ada.post("/offers/ohio/test-call", &typed).await;
    let to = answer.headers()["location"].to_str().expect("an address").to_owned();
    assert!(answer.status() == 303 && to.starts_with("/simulate/"), "{to}");
    assert_eq!(world.placed.lock().expect("no panic").len(), 1);
    assert_eq!(comes(&world, "its webhook").await.as_ref().map(OfferId::as_str), Some("ohio"));
    assert!(ada.page("/offers/ohio/test-call").await.contains("The test call has come"));
}

#[tokio::test]
async fn what_is_wrong_is_named_and_nothing_waits() {
    let world = World::behind_carrier("https://calls.example.com", Ok(vec![])).await;
    publish(&world).await;
    let program = program(&world).await;
    let with = |more: Value| {
        let mut body = json!({ "number": "+18005550100", "from": MINE });
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        body
    };
    for (n, (body, pointer)) in [
        (json!({}), "/number"),
        (json!({ "number": "+18005550100" }), "/from"),
        (json!({ "number": "+18005550100", "from": "" }), "/from"),
        (with(json!({ "number": "+18005550200" })), "/number"),
        (with(json!({ "number": "+18005550999" })), "/number"),
        (with(json!({ "answers": { "zip": "44101" } })), "/answers"),
        (with(json!({ "talk_s": 9 })), "/talk_s"),
        (with(json!({ "more": 1 })), "/more"),
    ]
    .into_iter()
    .enumerate()
    {
        let (status, said) = asked(&program, "ohio", &n.to_string(), body).await;
        assert_eq!((status, said["errors"][0]["pointer"].as_str()), (422, Some(pointer)), "{said}");
    }
    let (status, said) = asked(&program, "forms", "f", with(json!({}))).await;
    assert_eq!((status, said["code"].as_str()), (409, Some("buys_no_calls")), "{said}");
    assert_eq!(asked(&program, "nobody", "n", with(json!({}))).await.0, 404);
    assert_eq!(comes(&world, "first").await, None);
    let ada = world.visitor("Ada Two", Role::OfferManager).await;
    let typed = [("campaign", "medicare"), ("number", "+18005550100"), ("from", "mine")];
    let answer = ada.post("/offers/ohio/test-call", &typed).await;
    assert_eq!(answer.status(), 422);
    let page = answer.text().await.expect("a page");
    assert!(page.contains("value=\"mine\"") && page.contains("aria-invalid=\"true\""), "{page}");
    let reader = world.visitor("Rita", Role::Support).await;
    assert_eq!(reader.get("/offers/ohio/test-call").await.status(), 403);
    assert_eq!(reader.post("/offers/ohio/test-call", &typed).await.status(), 403);
}
