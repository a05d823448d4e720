//! The suppression list by the API and by its page: added, found, imported with its bad lines named, taken off, taken out.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::Role;

use crate::world::{Visitor, World};

const PATH: &str = "/v1/suppressions";

async fn send(visitor: &Visitor, path: &str, key: &str, body: Value) -> (StatusCode, Value) {
    let request = visitor.ask(Method::POST, path).header("idempotency-key", key);
    let answer = request.body(body.to_string()).send().await.expect("an answer");
    (answer.status(), answer.json().await.unwrap_or(Value::Null))
}

async fn program(world: &World) -> Visitor {
    let support = world.user("Sue", Role::Support).await;
    world.program(support, &["suppressions:read", "suppressions:write"]).await
}

#[tokio::test]
async fn a_number_is_added_found_and_taken_off_and_never_shown() {
    let world = World::new().await;
    let program = program(&world).await;
    let (status, added) = send(&program, PATH, "k1", json!({ "number": "(305) 555-0142" })).await;
    assert_eq!((status, &added["number"]), (StatusCode::CREATED, &json!("(305) •••-••42")));
    assert_eq!(added["why"], "by_hand");
    let again = send(&program, PATH, "k2", json!({ "number": "+13055550142", "why": "asked_by_form" })).await;
    assert_eq!((again.0, &again.1["id"]), (StatusCode::OK, &added["id"]));

    let check = async |key: &str, number: &str| {
        send(&program, "/v1/suppressions/check", key, json!({ "number": number })).await.1
    };
    assert_eq!(check("c1", "305-555-0142").await["suppression"]["id"], added["id"]);
    assert_eq!(check("c2", "305-555-0143").await["suppressed"], json!(false));

    let remove = format!("{PATH}/{}/remove", added["id"].as_str().expect("an id"));
    let (status, wrong) = send(&program, &remove, "r1", json!({ "reason": "no" })).await;
    assert_eq!((status.as_u16(), &wrong["errors"][0]["pointer"]), (422, &json!("/reason")));
    let (status, _) = send(&program, &remove, "r2", json!({ "reason": "asked for it in writing" })).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(check("c3", "305-555-0142").await["suppressed"], json!(false));
    let (status, _) = send(&program, &remove, "r3", json!({ "reason": "asked for it in writing" })).await;
    assert_eq!(status, StatusCode::NOT_FOUND);

    let audit = world.store.audit(&store::AuditFilter::default()).await.expect("it reads");
    let actions: Vec<_> = audit.iter().map(|entry| entry.action.as_str()).collect();
    assert!(
        actions.contains(&"suppression.added") && actions.contains(&"suppression.removed"),
        "{actions:?}"
    );
    assert!(audit.iter().all(|entry| !format!("{entry:?}").contains("5550142")));
}

#[tokio::test]
async fn a_list_is_imported_and_each_bad_line_is_named() {
    let world = World::new().await;
    let program = program(&world).await;
    let text =
        "name,phone\nAda,3055550142\nBob,nobody\nCal,305555\nDee,(305) 555-0143\nAda,+1 305 555 0142\n";
    let (status, imported) =
        send(&program, "/v1/suppressions/import", "i1", json!({ "numbers": text })).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        (&imported["added"], &imported["known"], &imported["repeated"]),
        (&json!(2), &json!(0), &json!(1))
    );
    let lines: Vec<_> =
        imported["bad"].as_array().expect("a list").iter().map(|bad| bad["line"].clone()).collect();
    assert_eq!((lines, &imported["bad_lines"]), (vec![json!(3), json!(4)], &json!(2)));
    assert!(!imported.to_string().contains("nobody"), "it repeats what stands there");
    let (_, again) = send(&program, "/v1/suppressions/import", "i2", json!({ "numbers": text })).await;
    assert_eq!((&again["added"], &again["known"]), (&json!(0), &json!(2)));

    let page = program.json(&format!("{PATH}?limit=1"), 200).await;
    let cursor = page["next_cursor"].as_str().expect("there is more");
    let next = program.json(&format!("{PATH}?limit=1&cursor={cursor}"), 200).await;
    assert_ne!(page["data"][0]["id"], next["data"][0]["id"]);
    assert_eq!(next["has_more"], json!(false));
    assert_eq!(program.json(&format!("{PATH}?why=pressed_9"), 200).await["data"], json!([]));
    program.json(&format!("{PATH}?why=because"), 422).await;
}

#[tokio::test]
async fn only_who_may_reveal_takes_the_list_out_and_the_audit_holds_it() {
    let world = World::new().await;
    let program = program(&world).await;
    send(&program, PATH, "k1", json!({ "number": "+13055550142" })).await;
    let support = world.visitor("Sam", Role::Support).await;
    let refused = support.ask(Method::GET, "/suppressions.csv").send().await.expect("an answer");
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let owner = world.visitor("Olga", Role::Owner).await;
    let file = owner.ask(Method::GET, "/suppressions.csv").send().await.expect("an answer");
    let text = file.text().await.expect("a file");
    assert!(text.starts_with("phone,why,added_at"), "{text}");
    assert!(text.contains("13055550142,by_hand,"), "{text}");
    let audit = world.store.audit(&store::AuditFilter::default()).await.expect("it reads");
    assert_eq!(audit[0].action, "suppressions.exported");
    // What was taken out is read back as the same numbers.
    let list = store::NumberList::read(text.as_bytes()).expect("short");
    assert_eq!((list.numbers.len(), list.bad_lines), (1, 0));
}

#[tokio::test]
async fn a_file_is_read_as_it_comes_and_says_what_it_came_to_without_a_number() {
    let world = World::new().await;
    let sue = world.visitor("Sue Port", Role::Support).await;
    let send = async |body: String| {
        let request = sue.ask(Method::POST, "/suppressions/file").header("content-type", "text/csv");
        let answer = request.body(body).send().await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("a page"))
    };
    // Larger than what a form may hold.
    let mut text = "name,phone\n".to_owned();
    let name = "Somebody with a rather long name ".repeat(20);
    for n in 0..4_000 {
        text.push_str(&format!("{name},(305) 200-{n:04}\n"));
    }
    text.push_str("Ada,3052000001\nnobody,12\n");
    assert!(text.len() > console::BODY_BYTES_MAX);
    let (status, page) = send(text).await;
    assert_eq!(status, 200, "{page}");
    assert!(page.contains("Imported: 4000 new, 0 known, 1 named twice, 1 unreadable."), "{page}");
    assert!(page.contains("line 4003: a number has ten digits") && !page.contains("2000001"), "{page}");
    assert_eq!(world.store.suppressions_count().await.expect("it reads"), 4_000);
    let (status, page) = send("305 200 0001\n305 299 9999".to_owned()).await;
    assert!(
        (status, page.contains("Imported: 1 new, 1 known, 0 named twice, 0 unreadable.")) == (200, true),
        "{page}"
    );
    let (status, page) = send("x".repeat(17 * 1024 * 1024)).await;
    assert!((status, page.contains("it is larger than 16 MiB: split it")) == (422, true), "{page}");
    let (status, page) = send("nobody".to_owned()).await;
    assert!((status, page.contains("no line of it names a number")) == (422, true), "{page}");
    // Of a form of another site, or without the page's token, nothing is read.
    let bare = reqwest::Client::new()
        .post(format!("{}/suppressions/file", world.base))
        .header("cookie", &sue.cookie);
    let foreign =
        bare.header("origin", &world.base).header("content-type", "text/csv").body("3052990000").send().await;
    assert_eq!(foreign.expect("an answer").status(), StatusCode::FORBIDDEN);
    assert_eq!(world.store.suppressions_count().await.expect("it reads"), 4_001);
}

#[tokio::test]
async fn who_looked_for_a_number_stands_in_the_audit_and_which_does_not() {
    let world = World::new().await;
    let (sue, program) = (world.visitor("Sue Port", Role::Support).await, program(&world).await);
    sue.post("/suppressions/check", &[("number", "305 555 0142")]).await;
    send(&program, PATH, "k", json!({ "number": "305 555 0142" })).await;
    send(&program, "/v1/suppressions/check", "c", json!({ "number": "305 555 0142" })).await;
    let audit = world.store.audit(&store::AuditFilter::default()).await.expect("it reads");
    let looked: Vec<_> = audit.iter().filter(|it| it.action == "suppression.checked").collect();
    let found: Vec<_> =
        looked.iter().map(|it| it.after.as_ref().expect("it says so")["suppressed"].clone()).collect();
    assert_eq!(found, [json!(true), json!(false)], "the newest first");
    assert_eq!(looked[1].by.person(), Some(sue.user.id));
    assert!(!format!("{looked:?}").contains("5550142"));
}
