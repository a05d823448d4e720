//! Simulated calls: what is placed follows from the script, and what is wrong is named.

use std::time::Duration;

use console::{Phones, Said};
use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};
use store::Role;

use crate::world::{Visitor, World};

const SETTINGS: &str = r#"
[[campaign]]
id = "medicare"
name = "Medicare"
vertical = "medicare"
[[campaign.script.question]]
field = "zip"
audience = "bidders"
ask = "Your zip?"
check = "zip"
tries_max = 2
[[campaign.script.question]]
field = "smoker"
audience = "bidders"
ask = "Do you smoke?"
check = "yes_no"
[[campaign.script.question]]
field = "first_name"
audience = "winner"
ask = "Your name?"
check = "name"

[[number]]
number = "+18005550100"
campaign = "medicare"
"#;

async fn world() -> (World, Visitor) {
    world_of(SETTINGS).await
}

async fn world_of(settings: &str) -> (World, Visitor) {
    let world = World::new().await;
    world
        .store
        .publish_settings(world.now(), SecretString::from(settings), "test".to_owned())
        .await
        .expect("they hold together");
    let user = world.user("Ada", Role::Admin).await;
    let program = world.program(user, &["settings:write", "settings:read"]).await;
    (world, program)
}

async fn placed(program: &Visitor, key: &str, body: Value) -> (u16, Value) {
    let request = program.ask(Method::POST, "/v1/simulated-calls").header("idempotency-key", key).json(&body);
    let answer = request.send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

#[tokio::test]
async fn what_the_caller_does_follows_from_the_script() {
    let (world, program) = world().await;
    let body = json!({ "to": "+18005550100", "from": "+13055550142", "answers": { "zip": "99", "smoker": "no" },
        "buyer": "busy", "talk_s": 20 });
    let (status, said) = placed(&program, "a", body.clone()).await;
    assert_eq!(status, 201, "{said}");
    assert!(
        said["page"]
            .as_str()
            .expect("a page")
            .ends_with(&format!("/simulate/{}", said["id"].as_str().unwrap()))
    );
    let (status, again) = placed(&program, "a", body).await;
    assert_eq!((status, &again["id"]), (201, &said["id"]), "a repeat is the same call");
    let calls = world.placed.lock().expect("no panic").clone();
    let [call] = &*calls else { panic!("one call: {calls:?}") };
    assert_eq!((call.phones, call.talk), (Phones::Busy, Duration::from_secs(20)));
    assert_eq!(call.from.as_ref().map(lead::E164::as_str), Some("+13055550142"));
    let keys = |text: &str| Said::Keys(text.to_owned());
    // Each of its tries is met with the same wrong zip, and the interview ends there or goes on, as for a real caller.
    assert_eq!(call.answers[..2], [keys("99"), keys("99")]);
}

#[tokio::test]
async fn what_is_left_out_is_made_up() {
    let (world, program) = world().await;
    let (status, said) = placed(&program, "a", json!({ "to": "+18005550100" })).await;
    assert_eq!(status, 201, "{said}");
    let calls = world.placed.lock().expect("no panic").clone();
    assert_eq!((calls[0].phones, calls[0].talk), (Phones::Answer, Duration::from_secs(180)));
    assert!(
        calls[0].from.as_ref().is_some_and(|it| it.as_str()[5..].starts_with("55501")),
        "a number of nobody"
    );
    let said = [Said::Keys("33109".to_owned()), Said::Keys("1".to_owned()), Said::Words("Ada".to_owned())];
    assert_eq!(calls[0].answers, said);
    let (status, _) =
        placed(&program, "b", json!({ "to": "+18005550100", "from": "", "answers": { "zip": "" } })).await;
    assert_eq!(status, 201);
    let call = world.placed.lock().expect("no panic")[1].clone();
    assert_eq!((call.from, &call.answers[0]), (None, &Said::Silence));
}

#[tokio::test]
async fn a_caller_is_asked_about_the_buyer_where_the_campaign_wants_it() {
    let asks = "recording = { notice = \"This call is recorded.\" }\n[campaign.buyer_consent]\nversion = \"2026-01\"\n\
        [[campaign.script.question]]\nfield = \"zip\"";
    let (world, program) =
        world_of(&SETTINGS.replacen("[[campaign.script.question]]\nfield = \"zip\"", asks, 1)).await;
    let said = async |key: &str, answers: Value| {
        let (status, said) = placed(&program, key, json!({ "to": "+18005550100", "answers": answers })).await;
        assert_eq!(status, 201, "{said}");
        world.placed.lock().expect("no panic").last().expect("a call").answers[3].clone()
    };
    let keys = |text: &str| Said::Keys(text.to_owned());
    assert_eq!(said("a", json!({})).await, keys("1"));
    assert_eq!(said("b", json!({ "buyer_consent": "No" })).await, keys("2"));
    assert_eq!(said("c", json!({ "buyer_consent": "" })).await, Said::Silence);
    let ada = world.visitor("Ada Three", Role::OfferManager).await;
    let page = ada.page("/simulate").await;
    assert!(page.contains("a.buyer_consent") && page.contains("to every buyer that wins"), "{page}");
}

#[tokio::test]
async fn what_is_wrong_is_named_with_its_mend() {
    let (world, program) = world().await;
    let wrong = [
        (json!({}), "/to"),
        (json!({ "to": "nobody" }), "/to"),
        (json!({ "to": "+18005550199" }), "/to"),
        (json!({ "to": "+18005550100", "from": "me" }), "/from"),
        (json!({ "to": "+18005550100", "buyer": "asleep" }), "/buyer"),
        (json!({ "to": "+18005550100", "talk_s": 0 }), "/talk_s"),
        (json!({ "to": "+18005550100", "answers": { "zap": "1" } }), "/answers/zap"),
        (json!({ "to": "+18005550100", "answers": { "zip": "9".repeat(201) } }), "/answers/zip"),
    ];
    for (n, (body, pointer)) in wrong.into_iter().enumerate() {
        let (status, said) = placed(&program, &n.to_string(), body).await;
        assert_eq!((status, said["errors"][0]["pointer"].as_str()), (422, Some(pointer)), "{said}");
        assert!(!said["errors"][0]["mend"].as_str().unwrap_or_default().is_empty(), "{said}");
    }
    assert!(world.placed.lock().expect("no panic").is_empty());
    for n in 0..3 {
        assert_eq!(placed(&program, &format!("ok {n}"), json!({ "to": "+18005550100" })).await.0, 201);
    }
    let (status, said) = placed(&program, "full", json!({ "to": "+18005550100" })).await;
    assert_eq!((status, said["code"].as_str()), (409, Some("too_many_simulated")), "{said}");
}

#[tokio::test]
async fn a_form_that_is_wrong_loses_nothing() {
    let (world, _) = world().await;
    let ada = world.visitor("Ada Two", Role::OfferManager).await;
    let typed = [
        ("campaign", "medicare"),
        ("number", "+18005550100"),
        ("from", "me"),
        ("phones", "busy"),
        ("talk", "x"),
        ("a.zip", "10001"),
        ("a.smoker", "yes"),
        ("a.first_name", "Bob"),
    ];
    let answer = ada.post("/simulate", &typed).await;
    assert_eq!(answer.status(), 422);
    let page = answer.text().await.expect("a page");
    for kept in [
        "value=\"me\"",
        "value=\"10001\"",
        "value=\"Bob\"",
        "<option value=\"busy\" selected>",
        "write whole seconds",
    ] {
        assert!(page.contains(kept), "{kept}");
    }
    let typed: Vec<_> = typed.into_iter().filter(|(name, _)| !["from", "talk"].contains(name)).collect();
    let answer = ada.post("/simulate", &[&typed[..], &[("from", ""), ("talk", "30")]].concat()).await;
    assert_eq!(answer.status(), 303);
    let to = answer.headers()["location"].to_str().expect("an address").to_owned();
    assert!(ada.page(&to).await.contains("The call is on its way"), "{to}");

    // Nobody has the telephone that a one-time code goes to.
    let page = ada.page("/simulate").await;
    assert!(page.contains("••••••••0142:</span> 483920 is your code"), "{page}");
}

#[tokio::test]
async fn the_first_steps_are_read_from_what_there_is() {
    let world = World::new().await;
    let ada = world.visitor("Ada", Role::Owner).await;
    let page = ada.page("/start").await;
    assert!(page.contains("<h1>Next: The first buyer</h1>") && page.contains("1 of 7 steps"), "{page}");
    assert!(ada.page("/").await.contains("href=\"/start\""), "Home leads there");
    world
        .store
        .publish_settings(world.now(), SecretString::from(SETTINGS), "test".to_owned())
        .await
        .expect("they hold together");
    let page = ada.page("/start").await;
    assert!(page.contains("3 of 7 steps"), "{page}");
    assert!(
        page.contains("The simulator takes none") && page.contains("connected to nobody: Medicare"),
        "{page}"
    );
    let finance = world.visitor("Fay", Role::Finance).await;
    assert_eq!(finance.get("/start").await.status(), 403);
    assert!(!finance.page("/").await.contains("Nothing was ever sold here"));
    crate::seeds::sold(&world.store).await;
    let page = ada.page("/start").await;
    assert!(!ada.page("/").await.contains("Nothing was ever sold here"), "it leads nobody any more");
    assert!(page.contains("Its story"), "{page}");
}

#[tokio::test]
async fn behind_a_real_carrier_nothing_is_simulated_and_the_carrier_is_asked_when_somebody_wants_it() {
    let astray = "campaign medicare: VoiceUrl of a number of it is not set".to_owned();
    for (said, expected) in [
        (Ok(vec![]), "Every number of yours leads to this server."),
        (Ok(vec![astray.clone()]), &*astray),
        (Err("it timed out".to_owned()), "The carrier gave no answer: it timed out."),
    ] {
        let world = World::behind_carrier("https://calls.example.com", said).await;
        let ada = world.visitor("Ada", Role::Owner).await;
        let page = ada.page("/start").await;
        assert!(page.contains("The carrier was not asked.") && !page.contains(expected), "{page}");
        assert!(
            page.contains("https://calls.example.com") && page.contains("[twilio] names its account"),
            "{page}"
        );
        assert!(ada.page("/start?ask=carrier").await.contains(expected), "{expected}");
        assert!(ada.page("/simulate").await.contains("A real carrier takes this server's calls"));
        let refused = ada.post("/simulate", &[("number", "+18005550100")]).await;
        assert_eq!(refused.status(), 409);
        let program = world.program(ada.user.clone(), &["settings:write"]).await;
        let (status, said) = placed(&program, "a", json!({ "to": "+18005550100" })).await;
        assert_eq!((status, said["code"].as_str()), (409, Some("no_simulator")), "{said}");
    }
}
