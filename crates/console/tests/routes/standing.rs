//! How an offer stands: its caps as gauges, how it answers, and whom a draft of it would match.

use auction::{Cap, Counts, Period};
use console::Throttled;
use journey::DialResult;
use lead::{AuctionId, FieldName, OfferId, Profile, Value, geo::State};
use reqwest::{Method, StatusCode};
use secrecy::SecretString;
use serde_json::{Value as Json, json};
use store::{AuctionRecord, Role};

use crate::{
    home::Home,
    seeds,
    store_side::world::{ADA, Call, World as StoreWorld, bid, campaign_id, capped, kept, secs, start},
    world::{Visitor, World},
};

const SETTINGS: &str = include_str!("../seeds/standing.toml");

async fn published(world: &World) {
    let publish = world.store.publish_settings(world.now(), SecretString::from(SETTINGS), "it".to_owned());
    publish.await.expect("it is written");
}

async fn program(world: &World, scopes: &[&str]) -> Visitor {
    let manager = world.user(&format!("P {}", scopes.len()), Role::OfferManager).await;
    world.program(manager, scopes).await
}

#[tokio::test]
async fn a_cap_is_a_gauge_on_its_pages_and_in_the_api() {
    let world = World::new().await;
    published(&world).await;
    let calls = StoreWorld::of(Home::new().await, world.store.clone());
    let mut taken = capped(bid("a"), Counts::Answered, 1);
    taken.terms.caps.buyer.push(Cap { counts: Counts::Money, period: Period::Total, max: 1_000_000_000 });
    taken.terms.caps.buyer_seats = Some(7);
    let mut call = Call::new(&calls, "1", Some(ADA));
    call.sold(taken).await;

    let all = program(&world, &["settings:read", "money:read"]).await;
    let usage = all.json("/v1/offers/a/usage", 200).await;
    let each = usage["data"].as_array().expect("a list");
    let brief = |it: &Json| {
        (it["level"].clone(), it["counts"].clone(), it["used"].clone(), it["max"].clone(), it["full"].clone())
    };
    assert_eq!(
        each.iter().map(brief).collect::<Vec<_>>(),
        [
            (json!("offer"), json!("answered"), json!("1"), json!("1"), json!(true)),
            (json!("offer"), json!("attempts"), json!("0"), json!("10"), json!(false)),
            (json!("buyer"), json!("money"), json!("91.00"), json!("1000.00"), json!(false)),
            (json!("buyer"), json!("concurrency"), json!("1"), json!("7"), json!(false)),
        ]
    );
    // The day of the buyer's zone ends at midnight there.
    assert_eq!(each[1]["resets_at"], "2026-09-22T00:00:00.000000Z");
    assert_eq!((&each[0]["resets_at"], &each[3]["resets_at"]), (&json!(null), &json!(null)));
    let of_buyer = all.json("/v1/buyers/buyer-of-a/usage", 200).await;
    assert_eq!(of_buyer["data"].as_array().expect("a list")[..], each[2..]);
    assert_eq!(all.json("/v1/offers/e/usage", 200).await["data"], json!([]));
    for unknown in ["/v1/offers/nobody/usage", "/v1/buyers/nobody/usage", "/v1/offers/No such/usage"] {
        all.json(unknown, 404).await;
    }
    // What was earned is no setting.
    let bare = program(&world, &["settings:read"]).await;
    assert_eq!(bare.json("/v1/offers/a/usage", 200).await["data"][2]["used"], json!(null));

    let ada = world.visitor("Ada", Role::OfferManager).await;
    let page = ada.page("/offers/a").await;
    for holds in [
        "<a href=\"/offers/a#caps\">Answered calls in all</a>",
        "<b>1 of 1</b>, full",
        "counted afresh Mon 21 Sep, 20:00 EDT",
        "<a href=\"/buyers/buyer-of-a#caps\">Money in all, over all offers of its buyer</a>",
        "<b>$91.00 of $1,000.00</b>",
        "<b>1 of 7</b>",
    ] {
        assert!(page.contains(holds), "{holds}\n{page}");
    }
    assert!(ada.page("/buyers/buyer-of-a").await.contains("<b>$91.00 of $1,000.00</b>"));
    assert!(ada.page("/offers").await.contains("<b>1 of 1</b>, full"));

    // Its call over, the seat is free; the answered call stays counted.
    call.ended(1, DialResult::Completed, true, 192).await;
    let after = all.json("/v1/offers/a/usage", 200).await;
    assert_eq!((&after["data"][0]["used"], &after["data"][3]["used"]), (&json!("1"), &json!("0")));
}

#[tokio::test]
async fn an_offer_says_how_it_answers_and_why_it_is_asked_less() {
    let world = World::new().await;
    published(&world).await;
    let call = seeds::sold(&world.store).await;
    world.wait(secs(300));
    let program = program(&world, &["calls:read"]).await;
    let health = program.json("/v1/offers/a/health", 200).await;
    let figures = |it: &Json| {
        ["asked", "in_time", "bids", "median_ms", "p95_ms", "asked_in_one_of"].map(|name| it[name].clone())
    };
    assert_eq!(figures(&health), [1, 1, 1, 640, 640, 1].map(|n| json!(n)));
    assert_eq!((&health["last_error"], &health["throttled"]), (&json!(null), &json!(null)));

    world.store.keep_auction(record(&world, call, "malformed", Some("malformed"), 318));
    world.store.keep_auction(record(&world, call, "no_bid", Some("answered"), 90));
    world.store.keep_auction(record(&world, call, "capped", None, 0));
    let why = "7 of its last 10 pings timed out; 1 in 5 is sent, until 3 are answered in a row".to_owned();
    let tired = Throttled { one_in: 5, why: why.clone() };
    world.throttled.lock().expect("no panic").insert(OfferId::parse("e").expect("a slug"), tired);
    let health = loop {
        // It is kept some time soon.
        let health = program.json("/v1/offers/e/health", 200).await;
        if health["left_out"] != json!([]) {
            break health;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(health["errors"], json!([{ "code": "malformed", "times": 2 }]), "the seed's own among them");
    assert_eq!(health["left_out"], json!([{ "code": "capped", "times": 1 }]));
    assert!(health["no_bids"] == json!([{ "code": "no_bid", "times": 1 }]));
    assert_eq!((&health["asked_in_one_of"], &health["throttled"]), (&json!(5), &json!(why)));
    assert_eq!(
        (&health["last_error"]["code"], &health["last_error"]["text"], &health["last_error"]["call"]),
        (
            &json!("malformed"),
            &json!("Its reply could not be read: a field stands twice in it"),
            &json!(call.uuid())
        )
    );
    program.json("/v1/offers/nobody/health", 404).await;

    let ada = world.visitor("Ada", Role::OfferManager).await;
    let page = ada.page("/offers/e").await;
    for holds in [
        "It is asked in 1 of 5 auctions: 7 of its last 10 pings timed out",
        "<td title=\"malformed\">Answered what cannot be read</td>",
        "<td title=\"capped\">Not asked: capped</td>",
        "a field stands twice in it</a>",
    ] {
        assert!(page.contains(holds), "{holds}\n{page}");
    }
}

fn record(
    world: &World,
    journey: lead::JourneyId,
    outcome: &str,
    sign: Option<&str>,
    ms: u64,
) -> AuctionRecord {
    let auction = AuctionId::of(journey, outcome, 7);
    let offer = OfferId::parse("e").expect("a slug");
    let came = store::AuctionOffer {
        ping: sign.map(|_| lead::PingId::of(auction, &offer)),
        offer,
        buyer: lead::BuyerId::parse("buyer-of-e").expect("a slug"),
        wait: sign.map(|_| std::time::Duration::from_millis(ms)),
        outcome: outcome.to_owned(),
        detail: (outcome == "malformed").then(|| "DuplicateField".to_owned()),
        price: None,
        reply: None,
        sign: sign.and_then(auction::Sign::parse),
    };
    AuctionRecord {
        auction,
        journey,
        campaign: campaign_id(),
        settings_version: 1,
        test: false,
        opened_at: world.now() - secs(9),
        closed_at: world.now() - secs(8),
        profile: Profile::new(),
        offers: vec![came],
    }
}

/// Auctions of callers of these ages and states, the last of whom withholds the number.
async fn auctions(world: &World, callers: &[(i64, &str)]) {
    let calls = StoreWorld::of(Home::new().await, world.store.clone());
    for (n, (age, state)) in callers.iter().enumerate() {
        let withheld = n + 1 == callers.len();
        let mut call = Call::new(&calls, &format!("caller {n}"), Some(ADA).filter(|_| !withheld));
        call.sold(bid("a")).await;
        let mut profile = Profile::new();
        let field = |name: &str| FieldName::parse(name).expect("a name");
        profile.answer(field("age"), Value::Number(*age));
        profile.answer(field("state"), Value::State(State::parse(state).expect("a state")));
        let auction = AuctionId::of(call.id, "any", 0);
        let (opened_at, closed_at) = (start() + secs(2), start() + secs(3));
        let of = AuctionRecord {
            auction,
            journey: call.id,
            opened_at,
            closed_at,
            ..record(world, call.id, "capped", None, 0)
        };
        world.store.keep_auction(AuctionRecord { profile, ..of });
        kept(&calls, call.id, 1).await;
    }
}

/// Asks whom a draft would match.
async fn preview(ada: &Visitor, id: &str, key: &str, body: Json) -> (StatusCode, Json) {
    let request = ada.ask(Method::POST, &format!("/v1/offers/{id}/preview")).header("idempotency-key", key);
    let answer = request.body(body.to_string()).send().await.expect("an answer");
    (answer.status(), answer.json().await.expect("JSON"))
}

/// An offer that is switched off and wants everybody, with these keys.
fn draft(more: Json) -> Json {
    let mut draft = json!({ "buyer": "buyer-of-e", "vertical": "medicare", "ping_url": "https://e.example/ping",
        "post_url": "https://e.example/post", "destination": "+18005550100", "active": false });
    let all = draft.as_object_mut().expect("an object");
    let Json::Object(more) = more else { panic!("an object") };
    all.extend(more);
    draft
}

#[tokio::test]
async fn a_draft_says_whom_it_would_match_and_each_reason_leads_to_its_field() {
    let world = World::new().await;
    published(&world).await;
    let ada = world.visitor("Ada", Role::OfferManager).await;
    let (_, nobody) = preview(&ada, "e", "k0", draft(json!({}))).await;
    assert_eq!((&nobody["of"], &nobody["since"]), (&json!(0), &json!(null)));

    auctions(&world, &[(65, "FL"), (66, "FL"), (40, "FL"), (70, "GA"), (71, "FL")]).await;
    // One that is switched off says whom it wants all the same.
    let (status, all) = preview(&ada, "e", "k1", draft(json!({}))).await;
    assert_eq!((status, &all["of"], &all["asked"]), (StatusCode::OK, &json!(5), &json!(5)), "{all}");
    let picky = draft(json!({
        "filters": { "age": { "between": [60, 99] }, "state": { "in": ["FL"] } },
        "caller_id_required": true,
    }));
    let (_, some) = preview(&ada, "e", "k2", picky.clone()).await;
    assert_eq!((&some["of"], &some["asked"]), (&json!(5), &json!(2)), "{some}");
    let mut not: Vec<_> = some["not"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| {
            (
                it["pointer"].as_str().expect("a text"),
                it["reason"].as_str().expect("a text"),
                it["times"].as_u64(),
            )
        })
        .collect();
    not.sort_unstable();
    assert_eq!(
        not,
        [
            ("/caller_id_required", "missing_field", Some(1)),
            ("/filters/age", "filtered", Some(1)),
            ("/filters/state", "filtered", Some(1)),
        ]
    );
    // A new one, one that buys at another hour, and one of another vertical; the call came on a Monday at 10:13 in New York.
    let (_, new) = preview(&ada, "not-there-yet", "k3", picky.clone()).await;
    assert_eq!(new["asked"], json!(2), "{new}");
    let (_, later) = preview(&ada, "e", "k4", draft(json!({ "hours": { "tue": ["09:00-17:00"] } }))).await;
    assert_eq!((&later["asked"], &later["not"][0]["pointer"]), (&json!(0), &json!("/hours")));
    let (_, other) = preview(&ada, "e", "k5", draft(json!({ "vertical": "solar" }))).await;
    assert_eq!(other["of"], json!(0), "{other}");
    let (_, forms) = preview(&ada, "e", "k6", draft(json!({ "channels": ["form"] }))).await;
    assert_eq!(
        (&forms["not"][0]["reason"], &forms["not"][0]["pointer"], &forms["not"][0]["times"]),
        (&json!("other_channel"), &json!("/channels"), &json!(5)),
        "{forms}"
    );
    let (status, wrong) = preview(&ada, "e", "k7", draft(json!({ "timeout": "soon" }))).await;
    assert_eq!((status.as_u16(), &wrong["errors"][0]["pointer"]), (422, &json!("/timeout")));
}

#[tokio::test]
async fn a_form_says_whom_it_would_match_and_keeps_what_was_typed() {
    let world = World::new().await;
    published(&world).await;
    let ada = world.visitor("Ada", Role::OfferManager).await;
    auctions(&world, &[(65, "FL"), (66, "FL"), (40, "FL"), (70, "GA"), (71, "FL")]).await;
    let fields = [
        ("preview", "true"),
        ("new_id", "f"),
        ("name", "Nine o'clock"),
        ("buyer", "buyer-of-e"),
        ("vertical", "medicare"),
        ("ping_url", "https://e.example/ping"),
        ("post_url", "https://e.example/post"),
        ("destination", "+18005550100"),
        ("filters.0.field", "age"),
        ("filters.0.op", "between"),
        ("filters.0.list", "60, 99"),
        ("channels", "call"),
        ("allowed.us", "true"),
        ("allowed.toll_free", "true"),
    ];
    for path in ["/offers", "/offers/e"] {
        let answer = ada.post(path, &fields).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let page = answer.text().await.expect("a page");
        assert!(page.contains("It would have been asked in 4 of 5 auctions"), "{page}");
        assert!(page.contains("<a href=\"#filters\">Its filter on “age” does not pass</a>"), "{page}");
        assert!(page.contains("value=\"60, 99\""), "{page}");
    }
    assert!(!ada.page("/offers").await.contains("Nine o"), "nothing was saved");
    let answer = ada.post("/offers/e", &[&fields[..], &[("timeout", "soon")]].concat()).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text().await.expect("a page").contains("id=\"timeout-wrong\""));
}
