//! Calls by the API and as files: the same on the screen, in the CSV and in the JSON; and nobody sees what the role may not.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use store::{AuditFilter, Role};

use crate::{seeds, world::World};

#[tokio::test]
async fn the_screen_the_csv_and_the_api_say_the_same() {
    let world = World::new().await;
    let ada = world.visitor("Ada", Role::Finance).await;
    let (sold, _) = (seeds::sold(&world.store).await, seeds::abandoned(&world.store).await);
    for query in
        ["", "sale=earned", "outcome=abandoned_ring", "campaign=medicare-fl&order=oldest", "buyer=nobody"]
    {
        let page = ada.page(&format!("/calls?{query}")).await;
        let csv = ada.page(&format!("/calls.csv?{query}")).await;
        let ndjson = ada.page(&format!("/calls.ndjson?{query}")).await;
        let api = ada.json(&format!("/v1/calls?{query}"), 200).await;
        let api = api["data"].as_array().expect("a list");
        let lines: Vec<Value> =
            ndjson.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert_eq!(&lines, api, "{query}");
        let ids: Vec<&str> = csv.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
        let of_api: Vec<&str> = api.iter().filter_map(|call| call["id"].as_str()).collect();
        assert_eq!(ids, of_api, "{query}");
        assert_eq!(page.matches("data-row").count(), ids.len(), "{query}");
        assert!(ids.iter().all(|id| page.contains(&format!("/calls/{id}"))), "{query}");
    }
    let csv = ada.page("/calls.csv?sale=earned").await;
    assert!(csv.lines().nth(1).is_some_and(|line| line.contains(",91.00,45.00,20.00,")), "{csv}");
    let story = ada.json(&format!("/v1/calls/{sold}"), 200).await;
    assert_eq!(story["reason"]["text"], "Sold to Buyer C for $91.00");
    assert_eq!(story["auctions"][0]["offers"][1]["lost_by"], "6.00");
    assert_eq!(story["caller"], "(305) •••-••42");
}

#[tokio::test]
async fn a_wrong_filter_is_named_and_never_ignored() {
    let world = World::new().await;
    let ada = world.visitor("Ada", Role::Finance).await;
    for (query, pointer) in [
        ("until=yesterday", "until"),
        ("outcome=lost", "outcome"),
        ("buyer=Not+A+Slug!", "buyer"),
        ("buyers=a", "buyers"),
        ("limit=0", "limit"),
        ("after=x", "after"),
    ] {
        let problem = ada.json(&format!("/v1/calls?{query}"), 422).await;
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{query}");
        assert!(problem["errors"][0]["mend"].as_str().is_some_and(|mend| !mend.is_empty()), "{query}");
    }
}

#[tokio::test]
async fn who_called_is_seen_after_the_audit_has_why_and_by_nobody_else() {
    let world = World::new().await;
    let sold = seeds::sold(&world.store).await;
    let (owner, support) =
        (world.visitor("Olga", Role::Owner).await, world.visitor("Sam", Role::Support).await);
    let reveal = format!("/calls/{sold}/reveal");
    let page = owner.page(&format!("/calls/{sold}")).await;
    assert!(page.contains("(305) •••-••42") && !page.contains("3055550142"));
    let refused = support.post(&reveal, &[("reason", "because I want to")]).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let short = owner.post(&reveal, &[("reason", "x")]).await;
    assert_eq!(short.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!short.text().await.expect("a page").contains("3055550142"));
    let shown = owner.post(&reveal, &[("reason", "The buyer says that nobody called")]).await;
    assert!(shown.text().await.expect("a page").contains("+13055550142"));
    let filter = AuditFilter { action: Some("person.revealed".into()), ..AuditFilter::default() };
    let audit = world.store.audit(&filter).await.expect("it reads");
    assert_eq!(audit.len(), 1);
    assert_eq!(audit[0].object, sold.to_string());
    assert_eq!(audit[0].after, Some(json!({ "reason": "The buyer says that nobody called" })));
}

#[tokio::test]
async fn a_number_is_found_by_a_form_and_every_look_is_audited() {
    let world = World::new().await;
    let sold = seeds::sold(&world.store).await;
    let sam = world.visitor("Sam", Role::Support).await;
    let found = sam.post("/calls/find", &[("number", "305-555")]).await.text().await.expect("a page");
    assert!(found.contains(&format!("/calls/{sold}")), "{found}");
    assert!(!found.contains("$91") && !found.contains("91.00"), "support sees no money");
    let wrong = sam.post("/calls/find", &[("number", "30555")]).await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let program = world.program(sam.user.clone(), &["calls:read"]).await;
    let answer = program.ask(Method::POST, "/v1/calls/search").header("idempotency-key", "search-1");
    let answer = answer.json(&json!({ "number": "0142" })).send().await;
    let answer: Value = answer.expect("an answer").json().await.expect("JSON");
    assert_eq!(answer["data"][0]["id"], sold.to_string());
    let filter = AuditFilter { action: Some("calls.searched".into()), ..AuditFilter::default() };
    let audit = world.store.audit(&filter).await.expect("it reads");
    assert_eq!(audit.len(), 2);
    // Ids and hashes may hold any digits.
    for look in audit {
        let said = format!("{} {:?} {:?}", look.object, look.before, look.after);
        assert!(!said.contains("555") && !said.contains("0142"), "{said}");
    }
}

#[tokio::test]
async fn who_may_not_see_money_sees_no_amount_in_a_story() {
    let world = World::new().await;
    let sold = seeds::sold(&world.store).await;
    let sam = world.visitor("Sam", Role::Support).await;
    let page = sam.page(&format!("/calls/{sold}")).await;
    let api = sam.json(&format!("/v1/calls/{sold}"), 200).await.to_string();
    for amount in ["91.00", "85.00", "45.00", "46.00", "20.00"] {
        assert!(!page.contains(amount), "{amount} stands on the page");
        assert!(!api.contains(amount), "{amount} stands in the answer");
    }
}

#[tokio::test]
async fn a_call_by_sip_is_told_with_its_legs_and_nothing_of_anybody() {
    let world = World::new().await;
    let call = seeds::sold(&world.store).await;
    seeds::lines(&world.store, call).await;
    let support = world.user("S", Role::Support).await;
    let program = world.program(support, &["calls:read"]).await;
    let told = program.json(&format!("/v1/calls/{call}"), 200).await;
    let legs = told["legs"].as_array().expect("legs");
    let [caller, buyer] = legs.as_slice() else { panic!("two legs: {legs:?}") };
    assert_eq!((&caller["attempt"], &caller["trunk"]), (&serde_json::Value::Null, &"acme".into()));
    assert_eq!(
        (&caller["lost"], &caller["sent_lost"], &caller["jitter_us"]),
        (&71.into(), &3.into(), &9_125.into())
    );
    assert_eq!(
        (&buyer["attempt"], &buyer["ended_by_us"], &buyer["sent_lost"]),
        (&1.into(), &true.into(), &serde_json::Value::Null)
    );
    let messages = caller["messages"].as_array().expect("messages");
    assert_eq!((messages.len(), &caller["messages_left_out"]), (5, &2.into()));
    assert_eq!((&messages[1]["status"], &messages[1]["sent"]), (&100.into(), &true.into()));
    let page = world.visitor("Ada", Role::Owner).await.page(&format!("/calls/{call}")).await;
    for said in [
        "The lines",
        "4702 packets, 71 lost (1.4 %), jitter 9.1 ms",
        "100 Trying",
        "2 more messages are not kept",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let written = serde_json::to_string(legs).expect("JSON");
    assert!(!written.contains("305") && !written.contains('@'), "{written}");
}
