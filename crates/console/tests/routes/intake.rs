//! Leads that come in: taken once and durable, every mistake named, somebody else's out of sight, and nothing told of a number.

use std::time::Duration;

use console::Progress;
use lead::{JourneyId, Money};
use reqwest::{Client, Response, header::HeaderMap};
use serde_json::{Value, json};

use crate::{
    intake_side::{Side, program, serve, widget},
    world::World,
};

const ORIGIN: &str = "https://quotes.example";
const BODY: &str = r#"{"campaign": "medicare", "phone": "+13055550142", "zip": "33109", "first_name": "Ada", "consent": "2026-01"}"#;

async fn side(world: &World) -> Side {
    let clock = std::sync::Arc::clone(&world.console);
    Side::new(world.store.clone(), move || clock.now()).await
}

async fn hand_in(side: &Side, key: &str, idempotency: &str, body: &str) -> Response {
    let kind = if body.starts_with('{') { "application/json" } else { "application/x-www-form-urlencoded" };
    let request = Client::new().post(format!("{}/v1/leads", side.base)).bearer_auth(key);
    let request = request.header("idempotency-key", idempotency).header("content-type", kind);
    request.body(body.to_owned()).send().await.expect("an answer")
}

async fn ask(side: &Side, key: &str, origin: &str, idempotency: &str, body: &Value) -> Response {
    let request =
        Client::new().post(format!("{}/v1/callbacks?key={key}", side.base)).header("origin", origin);
    request.header("idempotency-key", idempotency).json(body).send().await.expect("an answer")
}

async fn read(response: Response, status: u16) -> Value {
    assert_eq!(response.status(), status);
    response.json().await.expect("JSON")
}

fn said<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn wanted(phone: &str) -> Value {
    json!({ "phone": phone, "zip": "33109", "consent": "2026-02", "page_url": "https://quotes.example/medicare" })
}

#[tokio::test]
async fn a_lead_is_taken_once_in_both_ways_of_writing_it() {
    let world = World::new().await;
    let side = side(&world).await;
    let key = program(&world.store, world.now(), "leadsco", 60).await;
    let first = hand_in(&side, &key, "1", BODY).await;
    let place = said(first.headers(), "location").to_owned();
    assert_eq!(said(first.headers(), "ratelimit-policy"), "\"key\";q=60;w=60");
    assert_eq!(said(first.headers(), "ratelimit"), "\"key\";r=59;t=60");
    assert_eq!(said(first.headers(), "cache-control"), "no-store");
    let first = read(first, 202).await;
    assert_eq!(first["state"], "received");
    assert_eq!(place, format!("/v1/leads/{}", first["id"].as_str().expect("an id")));
    let again = read(hand_in(&side, &key, "1", BODY).await, 202).await;
    assert_eq!(again["id"], first["id"]);
    let other = read(hand_in(&side, &key, "1", &BODY.replace("33109", "33139")).await, 422).await;
    assert_eq!(other["code"], "idempotency_key_reused");
    let form = "campaign=medicare&phone=3055550143&zip=33109&consent=2026-01&wait_seconds=5";
    read(hand_in(&side, &key, "2", form).await, 202).await;
    let taken = side.all();
    assert_eq!(taken.len(), 2);
    assert_eq!(taken[0].shared, ["area_code=305", "state=FL", "zip=33109"]);
    assert_eq!((taken[0].channel, taken[0].consent.as_deref()), (lead::Channel::Form, Some("2026-01")));
    assert_eq!((taken[0].campaign.as_str(), taken[0].waits, taken[1].waits), ("medicare", false, true));
}

#[tokio::test]
async fn an_end_is_told_to_its_publisher_alone() {
    let world = World::new().await;
    let side = side(&world).await;
    let key = program(&world.store, world.now(), "leadsco", 60).await;
    let lead =
        read(hand_in(&side, &key, "1", BODY).await, 202).await["id"].as_str().expect("an id").to_owned();
    let id = JourneyId::from_uuid(lead.parse().expect("a UUID"));
    let payout = Some(Money::parse("40.00").expect("an amount"));
    side.now_stands(id, Progress::Sold { payout });
    let look = async |key: &str, path: String| {
        Client::new().get(format!("{}{path}", side.base)).bearer_auth(key).send().await.expect("an answer")
    };
    let sold = read(look(&key, format!("/v1/leads/{lead}")).await, 200).await;
    assert_eq!((&sold["state"], &sold["payout"]), (&json!("sold"), &json!("40.00")));
    assert_eq!(read(hand_in(&side, &key, "1", BODY).await, 200).await["state"], "sold");
    let others = program(&world.store, world.now(), "other", 60).await;
    for (key, path) in [
        (&others, format!("/v1/leads/{lead}")),
        (&key, "/v1/leads/00000000-0000-4000-8000-000000000000".to_owned()),
        (&key, "/v1/leads/none".to_owned()),
    ] {
        let problem = read(look(key, path).await, 404).await;
        assert_eq!(problem["code"], "not_found");
    }
    let widget = widget(&world.store, world.now(), "medicare", ORIGIN).await;
    for key in [widget.as_str(), "pingpost_lead_none", ""] {
        assert_eq!(read(look(key, format!("/v1/leads/{lead}")).await, 401).await["code"], "unauthenticated");
    }
}

#[tokio::test]
async fn what_is_wrong_is_named_at_once() {
    let world = World::new().await;
    let side = side(&world).await;
    let key = program(&world.store, world.now(), "leadsco", 600).await;
    let wrong = r#"{"campaign": "medicare", "phone": "12", "zpi": "33109", "consent": "2026-01"}"#;
    let problem = read(hand_in(&side, &key, "1", wrong).await, 422).await;
    let pointers: Vec<_> =
        problem["errors"].as_array().expect("a list").iter().map(|it| it["pointer"].as_str()).collect();
    assert_eq!(pointers, [Some("/phone"), Some("/zip"), Some("/zpi")]);
    assert_eq!(problem["errors"][2]["mend"], "did you mean zip?");
    for (body, status, code) in [
        ("{", 400, "malformed"),
        ("{\"phone\": \"+13055550142\"}", 422, "invalid"),
        ("{\"campaign\": \"plain\", \"phone\": \"+13055550142\"}", 422, "invalid"),
        (&BODY.replace("}", ", \"wait_seconds\": 31}"), 422, "invalid"),
        (&format!("{{\"a\": \"{}\"}}", "x".repeat(40_000)), 413, "too_large"),
    ] {
        assert_eq!(read(hand_in(&side, &key, "2", body).await, status).await["code"], code, "{status}");
    }
    assert_eq!(read(hand_in(&side, &key, "", BODY).await, 400).await["code"], "idempotency_key_needed");
    let plain = Client::new()
        .post(format!("{}/v1/leads", side.base))
        .bearer_auth(&key)
        .header("idempotency-key", "3");
    let plain = plain.header("content-type", "text/plain").body(BODY).send().await.expect("an answer");
    assert_eq!(said(plain.headers(), "content-type"), "application/problem+json");
    assert_eq!(read(plain, 415).await["code"], "unsupported_media_type");
    assert!(side.all().is_empty());
}

#[tokio::test]
async fn a_key_has_its_pace() {
    let world = World::new().await;
    let side = side(&world).await;
    let key = program(&world.store, world.now(), "leadsco", 2).await;
    for n in ["1", "2"] {
        read(hand_in(&side, &key, n, BODY).await, 202).await;
    }
    let third = hand_in(&side, &key, "3", BODY).await;
    assert_eq!(said(third.headers(), "retry-after"), "61");
    assert_eq!(said(third.headers(), "ratelimit"), "\"key\";r=0;t=60");
    assert_eq!(read(third, 429).await["code"], "too_many_requests");
    world.wait(Duration::from_secs(61));
    read(hand_in(&side, &key, "3", BODY).await, 202).await;
}

#[tokio::test]
async fn a_page_asks_for_a_call_from_its_own_origin_alone() {
    let world = World::new().await;
    let side = side(&world).await;
    let key = widget(&world.store, world.now(), "medicare", ORIGIN).await;
    let preflight = async |origin: &str| {
        let url = format!("{}/v1/callbacks?key={key}", side.base);
        let request = Client::new().request(reqwest::Method::OPTIONS, url).header("origin", origin);
        request.header("access-control-request-method", "POST").send().await.expect("an answer")
    };
    let allowed = preflight(ORIGIN).await;
    assert_eq!(allowed.status(), 204);
    assert_eq!(said(allowed.headers(), "access-control-allow-origin"), ORIGIN);
    assert_eq!(said(allowed.headers(), "vary"), "Origin");
    assert_eq!(said(allowed.headers(), "access-control-allow-credentials"), "");
    for origin in
        ["https://evil.example", "http://quotes.example", "https://quotes.example.evil.example", "null"]
    {
        let refused = preflight(origin).await;
        assert_eq!(said(refused.headers(), "access-control-allow-origin"), "", "{origin}");
        assert_eq!(read(refused, 403).await["code"], "foreign_origin");
        assert_eq!(ask(&side, &key, origin, "1", &wanted("3055550142")).await.status(), 403, "{origin}");
    }
    let words = Client::new().get(format!("{}/v1/widget?key={key}", side.base)).header("origin", ORIGIN);
    let words = read(words.send().await.expect("an answer"), 200).await;
    assert_eq!(
        (&words["brand"], &words["consent"]["version"]),
        (&json!("Medicare Quotes"), &json!("2026-02"))
    );
    assert_eq!(
        words["fields"][0],
        json!({ "name": "zip", "label": "Your zip", "type": "zip", "required": true })
    );

    let asked = ask(&side, &key, ORIGIN, "1", &wanted("3055550142")).await;
    assert_eq!(said(asked.headers(), "access-control-allow-origin"), ORIGIN);
    let asked = read(asked, 202).await;
    let taken = side.all();
    assert_eq!(
        (taken[0].channel, taken[0].has_address, taken[0].ring),
        (lead::Channel::Callback, true, true)
    );
    let token = asked["token"].as_str().expect("a token").to_owned();
    let look = async |token: &str, origin: &str| {
        let url = format!("{}/v1/callbacks/{token}?key={key}", side.base);
        Client::new().get(url).header("origin", origin).send().await.expect("an answer")
    };
    assert_eq!(read(look(&token, ORIGIN).await, 200).await["state"], "received");
    for early in [Progress::CallAt(world.now()), Progress::Calling] {
        side.now_stands(taken[0].lead, early);
        let asked = read(ask(&side, &key, ORIGIN, "1", &wanted("3055550142")).await, 202).await;
        let said = (&asked["state"], &asked["call_at"]);
        assert_eq!(said, (&json!("received"), &json!(null)), "what the law says of it is not known at once");
    }
    assert_eq!(read(look(&token, ORIGIN).await, 200).await["state"], "calling");
    let nine = world.now() + Duration::from_secs(3_600);
    side.now_stands(taken[0].lead, Progress::CallAt(nine));
    let later = read(look(&token, ORIGIN).await, 200).await;
    assert_eq!((&later["state"], &later["call_at"]), (&json!("call_at"), &json!(nine.to_string())));
    assert_eq!(look(&taken[0].lead.to_string(), ORIGIN).await.status(), 404, "an id alone opens nothing");
    assert_eq!(look(&token, "https://evil.example").await.status(), 403);
    let elsewhere = json!({ "phone": "3055550144", "zip": "33109", "consent": "2026-02", "page_url": "https://evil.example/" });
    assert_eq!(
        read(ask(&side, &key, ORIGIN, "9", &elsewhere).await, 422).await["errors"][0]["pointer"],
        "/page_url"
    );
}

#[tokio::test]
async fn nobody_learns_whether_a_number_is_known() {
    let world = World::new().await;
    let side = side(&world).await;
    let key = widget(&world.store, world.now(), "medicare", ORIGIN).await;
    let first = read(ask(&side, &key, ORIGIN, "1", &wanted("3055550142")).await, 202).await;
    let again = read(ask(&side, &key, ORIGIN, "2", &wanted("+1 (305) 555-0142")).await, 202).await;
    let other = read(ask(&side, &key, ORIGIN, "3", &wanted("3055550143")).await, 202).await;
    for answer in [&first, &again, &other] {
        assert_eq!(
            answer.as_object().map(|it| it.keys().cloned().collect::<Vec<_>>()),
            Some(vec!["state".into(), "token".into()])
        );
        assert_eq!(answer["state"], "received");
    }
    let rung: Vec<_> = side.all().iter().map(|it| it.ring).collect();
    assert_eq!(rung, [true, false, true], "a number is rung once in five minutes, whoever asks");
    read(ask(&side, &key, ORIGIN, "1", &wanted("3055550142")).await, 202).await;
    assert_eq!(side.all().len(), 3, "a repeat is no further request");
    world.wait(Duration::from_secs(300));
    read(ask(&side, &key, ORIGIN, "4", &wanted("3055550142")).await, 202).await;
    assert!(side.all()[3].ring);
    // Ours, premium and foreign numbers are refused alike.
    for number in ["8005550100", "9005550100", "+442079460123"] {
        let problem = read(ask(&side, &key, ORIGIN, number, &wanted(number)).await, 422).await;
        assert_eq!(problem["errors"][0]["code"], "number_not_callable");
    }
}

#[tokio::test]
async fn an_address_has_its_pace() {
    let world = World::new().await;
    let side = side(&world).await;
    let key = widget(&world.store, world.now(), "medicare", ORIGIN).await;
    for n in 0..console::ADDRESS_ASKINGS_MAX {
        let number = format!("305555{:04}", 1_000 + n);
        read(ask(&side, &key, ORIGIN, &n.to_string(), &wanted(&number)).await, 202).await;
    }
    let more = ask(&side, &key, ORIGIN, "more", &wanted("3055559999")).await;
    assert_eq!(said(more.headers(), "access-control-allow-origin"), ORIGIN, "the page may read it");
    assert_eq!(read(more, 429).await["code"], "too_many_requests");
}

#[tokio::test]
async fn without_an_engine_nothing_is_offered() {
    let world = World::new().await;
    let now = world.now();
    let base = serve(world.store.clone(), move || now, None).await;
    let side = Side { base, taken: std::sync::Arc::default(), stands: std::sync::Arc::default() };
    let key = program(&world.store, now, "leadsco", 60).await;
    assert_eq!(read(hand_in(&side, &key, "1", BODY).await, 503).await["code"], "not_offered");
}

#[tokio::test]
async fn the_widget_is_small_and_keeps_nothing() {
    let world = World::new().await;
    let side = side(&world).await;
    let got = reqwest::get(format!("{}/widget.js", side.base)).await.expect("an answer");
    assert_eq!(said(got.headers(), "content-type"), "text/javascript; charset=utf-8");
    assert_eq!(said(got.headers(), "cross-origin-resource-policy"), "cross-origin");
    assert_eq!(said(got.headers(), "x-content-type-options"), "nosniff");
    assert_eq!(said(got.headers(), "cache-control"), "public, max-age=300");
    let tag = said(got.headers(), "etag").to_owned();
    let script = got.text().await.expect("a script");
    assert!(script.len() <= 15 * 1024, "{} bytes", script.len());
    for word in [
        "eval(",
        "new Function",
        "cookie =",
        "document.cookie",
        "localStorage",
        "sessionStorage",
        "innerHTML",
        "import(",
    ] {
        assert!(!script.contains(word), "{word}");
    }
    let kept = Client::new().get(format!("{}/widget.js", side.base)).header("if-none-match", &tag);
    assert_eq!(kept.send().await.expect("an answer").status(), 304);
    let marked = format!("{}/widget/{}/widget.js", side.base, tag.trim_matches('"'));
    let marked = reqwest::get(marked).await.expect("an answer");
    assert_eq!(said(marked.headers(), "cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(marked.text().await.expect("a script"), script);
    assert_eq!(
        reqwest::get(format!("{}/widget/other/widget.js", side.base)).await.expect("an answer").status(),
        404
    );
}

#[tokio::test]
async fn looks_have_their_pace_and_an_unknown_key_is_counted_as_well() {
    let world = World::new().await;
    let side = side(&world).await;
    let (client, url) = (Client::new(), format!("{}/v1/widget?key=pingpost_widget_none", side.base));
    let look = async || client.get(&url).header("origin", ORIGIN).send().await.expect("an answer");
    for _ in 0..console::ADDRESS_LOOKS_MAX {
        assert_eq!(look().await.status(), 403);
    }
    let more = look().await;
    assert_eq!(said(more.headers(), "retry-after"), "601");
    assert_eq!(read(more, 429).await["code"], "too_many_requests");
}

#[tokio::test]
async fn a_code_is_entered_by_the_page_that_asked_and_a_wrong_one_is_named() {
    let world = World::new().await;
    let side = side(&world).await;
    let key = widget(&world.store, world.now(), "medicare", ORIGIN).await;
    let asked = read(ask(&side, &key, ORIGIN, "1", &wanted("+13055550142")).await, 202).await;
    let token = asked["token"].as_str().expect("a token").to_owned();
    side.now_stands(side.all()[0].lead, Progress::CodeWanted);
    let enter = async |token: &str, origin: &str, body: Value| {
        let url = format!("{}/v1/callbacks/{token}/code?key={key}", side.base);
        Client::new().post(url).header("origin", origin).json(&body).send().await.expect("an answer")
    };
    let wrong = read(enter(&token, ORIGIN, json!({ "code": "123456" })).await, 422).await;
    assert_eq!(
        (&wrong["errors"][0]["pointer"], &wrong["errors"][0]["code"]),
        (&json!("/code"), &json!("code_wrong"))
    );
    assert!(!wrong.to_string().contains("123456"), "no value is repeated");
    let over = read(enter(&token, ORIGIN, json!({ "code": "000000" })).await, 422).await;
    assert_eq!(over["errors"][0]["code"], "code_over");
    assert_eq!(
        read(enter(&token, ORIGIN, json!({ "again": true })).await, 200).await["state"],
        "code_wanted"
    );
    assert_eq!(enter(&token, "https://elsewhere.example", json!({ "code": "424242" })).await.status(), 403);
    assert_eq!(enter("nonsense", ORIGIN, json!({ "code": "424242" })).await.status(), 404);
    assert_eq!(read(enter(&token, ORIGIN, json!({ "code": "424242" })).await, 200).await["state"], "calling");
    assert_eq!(
        read(enter(&token, ORIGIN, json!({ "code": "000000" })).await, 200).await["state"],
        "calling",
        "a request that waits for no code is told how it stands"
    );
}
