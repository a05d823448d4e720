//! The API: strict bodies, keys of repeats, conditions, pages, and what a token may.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::Role;

use crate::world::{Visitor, World};

const ALL: [&str; 5] = ["users:read", "users:write", "tokens:read", "tokens:write", "audit:read"];

async fn send(program: &Visitor, method: Method, path: &str, key: &str, body: &str) -> (StatusCode, Value) {
    let request =
        program.ask(method, path).header("idempotency-key", key).header("content-type", "application/json");
    let answer = request.body(body.to_owned()).send().await.expect("an answer");
    let status = answer.status();
    (status, answer.json().await.unwrap_or(Value::Null))
}

async fn program(world: &World) -> Visitor {
    let owner = world.user("Olga", Role::Owner).await;
    world.program(owner, &ALL).await
}

#[tokio::test]
async fn a_repeated_post_is_done_once_and_answered_alike() {
    let world = World::new().await;
    let program = program(&world).await;
    let body = json!({ "email": "ada@example.com", "name": "Ada", "role": "finance" }).to_string();
    let (status, first) = send(&program, Method::POST, "/v1/users", "k1", &body).await;
    assert_eq!(status, StatusCode::CREATED, "{first}");
    let (status, second) = send(&program, Method::POST, "/v1/users", "k1", &body).await;
    assert_eq!((status, &second), (StatusCode::CREATED, &first));
    assert_eq!(world.store.users().await.unwrap().len(), 2);
    let other = body.replace("Ada", "Bob");
    let (status, problem) = send(&program, Method::POST, "/v1/users", "k1", &other).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("idempotency_key_reused"))
    );
    let (status, problem) = send(&program, Method::POST, "/v1/users", "", &other).await;
    assert_eq!((status, &problem["code"]), (StatusCode::BAD_REQUEST, &json!("idempotency_key_needed")));
    let (status, problem) = send(&program, Method::POST, "/v1/users", "k2", &body).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("email_taken")));
}

#[tokio::test]
async fn what_is_wrong_in_a_body_is_named() {
    let world = World::new().await;
    let program = program(&world).await;
    let (status, problem) =
        send(&program, Method::POST, "/v1/users", "k1", r#"{"email":"ada","nmae":"Ada","role":"boss"}"#)
            .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let errors = problem["errors"].as_array().unwrap();
    let pointers: Vec<_> = errors.iter().map(|it| it["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/email", "/role", "/name", "/nmae"], "{problem}");
    assert_eq!(errors[3]["mend"], "did you mean name?");
    let (status, problem) = send(&program, Method::POST, "/v1/users", "k2", "{").await;
    assert_eq!((status, &problem["code"]), (StatusCode::BAD_REQUEST, &json!("malformed_json")));
}

#[tokio::test]
async fn a_change_is_made_on_what_was_read() {
    let world = World::new().await;
    let program = program(&world).await;
    let ada = world.user("Ada", Role::Support).await;
    let path = format!("/v1/users/{}", ada.id);
    let tag = program.get(&path).await.headers()["etag"].to_str().unwrap().to_owned();
    let change = |body: Value| {
        let request = program.ask(Method::PATCH, &path).header("if-match", &tag);
        async move { request.body(body.to_string()).send().await.unwrap().status() }
    };
    assert_eq!(change(json!({ "role": "finance" })).await, StatusCode::OK);
    assert_eq!(change(json!({ "disabled": true })).await, StatusCode::PRECONDITION_FAILED);
    let own = format!("/v1/users/{}", program.user.id);
    let (status, problem) = send(&program, Method::PATCH, &own, "k", r#"{"role":"admin"}"#).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("last_owner")));
}

#[tokio::test]
async fn an_admin_touches_no_owner() {
    let world = World::new().await;
    let owner = world.user("Olga", Role::Owner).await;
    let admin = world.user("Ada", Role::Admin).await;
    let program = world.program(admin, &ALL).await;
    let (status, problem) =
        send(&program, Method::PATCH, &format!("/v1/users/{}", owner.id), "k", r#"{"disabled":true}"#).await;
    assert_eq!((status, &problem["code"]), (StatusCode::FORBIDDEN, &json!("owners_only")));
    let (status, _) = send(&program, Method::POST, &format!("/v1/users/{}/link", owner.id), "k1", "").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let body = json!({ "email": "eve@example.com", "name": "Eve", "role": "owner" }).to_string();
    assert_eq!(send(&program, Method::POST, "/v1/users", "k2", &body).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn pages_follow_each_other_and_a_cursor_of_ones_making_is_refused() {
    let world = World::new().await;
    let program = program(&world).await;
    for name in ["Ada", "Bob", "Cleo", "Dora"] {
        world.user(name, Role::Support).await;
    }
    let (mut names, mut path) = (vec![], "/v1/users?limit=2".to_owned());
    loop {
        let page = program.json(&path, 200).await;
        names.extend(
            page["data"].as_array().unwrap().iter().map(|user| user["name"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/users?limit=2&cursor={cursor}");
    }
    names.sort();
    assert_eq!(names, ["Ada", "Bob", "Cleo", "Dora", "Olga"]);
    assert_eq!(program.json("/v1/users?cursor=AAAA", 400).await["code"], "cursor_invalid");
    for limit in ["0", "-1", "1000000000", "x"] {
        let problem = program.json(&format!("/v1/users?limit={limit}"), 422).await;
        assert_eq!(problem["errors"][0]["mend"], "write a whole number from 1 to 200");
    }
    let audit = program.json("/v1/audit?limit=3", 200).await;
    assert_eq!(
        (audit["has_more"].clone(), audit["data"][0]["action"].clone()),
        (json!(true), json!("user.added"))
    );
}

#[tokio::test]
async fn a_token_is_shown_once_may_no_more_than_its_maker_and_is_revoked() {
    let world = World::new().await;
    let program = program(&world).await;
    let body = r#"{"name":"report","scopes":["users:read"],"days":7}"#;
    let (status, made) = send(&program, Method::POST, "/v1/tokens", "k1", body).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let secret = made["token"].as_str().unwrap();
    assert!(secret.starts_with("pingpost_live_") && secret.len() == "pingpost_live_".len() + 43);
    let with = |path: &'static str| {
        world.nobody().header("authorization", &format!("Bearer {secret}")).get_owned(path)
    };
    assert_eq!(with("/v1/users").await, StatusCode::OK);
    assert_eq!(with("/v1/audit").await, StatusCode::FORBIDDEN);
    assert!(!program.json("/v1/tokens", 200).await.to_string().contains(secret));
    let (status, problem) =
        send(&program, Method::POST, "/v1/tokens", "k2", r#"{"name":"x","scopes":["money:read"]}"#).await;
    assert_eq!(
        (status, &problem["errors"][0]["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("scope_not_yours"))
    );
    let path = format!("/v1/tokens/{}", made["id"].as_str().unwrap());
    assert_eq!(program.ask(Method::DELETE, &path).send().await.unwrap().status(), StatusCode::NO_CONTENT);
    assert_eq!(with("/v1/users").await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_description_names_every_route() {
    let world = World::new().await;
    let text = world.nobody().get("/v1/openapi.json").await.text().await.unwrap();
    let api: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(api["openapi"], "3.1.0");
    for entrance in console::entrances(&world.console).iter().filter(|it| it.surface == console::Surface::Api)
    {
        let method = entrance.method.as_str().to_lowercase();
        assert!(api["paths"][&entrance.path][&method].is_object(), "{method} {}", entrance.path);
    }
}

#[tokio::test]
async fn the_description_names_every_refusal_and_how_it_is_written() {
    let world = World::new().await;
    let api: Value = world.nobody().get("/v1/openapi.json").await.json().await.unwrap();
    let operations = api["paths"].as_object().unwrap().iter().flat_map(|(path, item)| {
        item.as_object().unwrap().iter().map(move |(method, operation)| (path, method, operation))
    });
    let mut named = std::collections::BTreeSet::new();
    for (path, method, operation) in operations {
        let name = operation["operationId"].as_str().unwrap();
        assert!(named.insert(name), "{method} {path}: {name}");
        let responses = operation["responses"].as_object().unwrap();
        // What is served apart from the console knows keys alone, of programs or of pages.
        let mut needed = match operation["tags"][0].as_str() {
            Some("leads") => vec!["401", "429", "503"],
            Some("callbacks") => vec!["403", "429", "503"],
            _ => vec!["401", "403", "429", "503"],
        };
        let is_ours = needed.len() == 4;
        needed.extend(path.contains('{').then_some("404"));
        needed.extend((is_ours && method == "post").then_some("409"));
        needed.extend(operation["requestBody"].is_object().then_some("413"));
        for status in needed {
            assert!(responses.contains_key(status), "{method} {path}: {status}");
        }
        for (status, response) in responses.iter().filter(|(status, _)| status.starts_with(['4', '5'])) {
            let kinds = response["content"].as_object().map(|all| all.keys().collect::<Vec<_>>());
            assert_eq!(
                kinds,
                Some(vec![&"application/problem+json".to_owned()]),
                "{method} {path}: {status}"
            );
        }
    }
    assert_eq!(api["components"]["schemas"]["Number"]["properties"]["number"]["type"], "string");
}

#[tokio::test]
async fn what_is_no_id_names_nothing() {
    let world = World::new().await;
    let owner = world.visitor("Olga", Role::Owner).await;
    for path in ["/v1/auctions/no-id", "/v1/users/%ff", "/v1/posts/1", "/v1/offers/%ff"] {
        let refused = owner.get(path).await;
        assert_eq!(refused.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(refused.headers()["content-type"], "application/problem+json", "{path}");
        assert_eq!(refused.json::<Value>().await.unwrap()["code"], "not_found", "{path}");
    }
    let page = owner.get("/calls/no-id").await;
    assert_eq!(page.status(), StatusCode::NOT_FOUND);
    assert!(page.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
}
