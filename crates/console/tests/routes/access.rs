//! Logging in and out, sessions, and what a browser of another site cannot do.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use secrecy::SecretString;
use store::{By, Role};

use crate::world::{PASSWORD, World};

async fn with_password(world: &World, name: &str, role: Role) -> store::User {
    let user = world.user(name, role).await;
    let hash = console::Passwords::default().hash(SecretString::from(PASSWORD)).await;
    world.store.set_password(world.now(), By::COMMAND, user.id, hash, None).await.expect("it is written");
    user
}

#[tokio::test]
async fn one_logs_in_goes_on_to_the_page_and_logs_out() {
    let world = World::new().await;
    with_password(&world, "Ada Lovelace", Role::Owner).await;
    let fields = [("email", "Ada.Lovelace@Example.com"), ("password", PASSWORD), ("next", "/account?x=1")];
    let answer = world.nobody().post("/login", &fields).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(answer.headers()["location"], "/account?x=1");
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(
        cookie.starts_with("pingpost-loopback=") && cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    let kept = cookie.split(';').next().unwrap();
    let page = world.nobody().header("cookie", kept).get("/account").await;
    let text = page.text().await.unwrap();
    assert!(text.contains("Ada Lovelace"));
    let csrf = text.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let out = world.nobody().header("cookie", kept).post("/logout", &[("csrf", csrf)]).await;
    assert_eq!(out.status(), StatusCode::SEE_OTHER);
    let gone = world.nobody().header("cookie", kept).get("/account").await;
    assert_eq!(gone.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn nobody_learns_who_is_a_user() {
    let world = World::new().await;
    with_password(&world, "Ada", Role::Owner).await;
    let mut texts = vec![];
    for email in ["ada@example.com", "bob@example.com"] {
        let answer =
            world.nobody().post("/login", &[("email", email), ("password", "wrong horse battery")]).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!answer.headers().contains_key("set-cookie"));
        texts.push(answer.text().await.unwrap().replace(email, "somebody"));
    }
    assert_eq!(texts[0], texts[1]);
}

#[tokio::test]
async fn who_guesses_waits_and_locks_nobody_out() {
    let world = World::new().await;
    with_password(&world, "Ada", Role::Owner).await;
    let guess = |password| {
        let world = &world;
        async move {
            world
                .nobody()
                .post("/login", &[("email", "ada@example.com"), ("password", password)])
                .await
                .status()
        }
    };
    for _ in 0..5 {
        assert_eq!(guess("wrong horse battery").await, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(guess(PASSWORD).await, StatusCode::TOO_MANY_REQUESTS);
    world.wait(Duration::from_secs(2));
    assert_eq!(guess(PASSWORD).await, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used_and_after_half_a_day() {
    let world = World::new().await;
    let ada = world.visitor("Ada", Role::Owner).await;
    world.wait(Duration::from_secs(31 * 60));
    assert_eq!(ada.get("/account").await.status(), StatusCode::SEE_OTHER);
    let ada = world.logged_in(ada.user).await;
    for _ in 0..23 {
        world.wait(Duration::from_secs(29 * 60));
        assert_eq!(ada.get("/account").await.status(), StatusCode::OK);
        // That it was used is written behind the answer; a write that is waited for comes after it.
        world.store.show(world.now()).await.unwrap();
    }
    world.wait(Duration::from_secs(29 * 60));
    assert_eq!(ada.get("/account").await.status(), StatusCode::OK);
    world.store.show(world.now()).await.unwrap();
    world.wait(Duration::from_secs(29 * 60));
    assert_eq!(ada.get("/account").await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn whoever_is_disabled_is_out_at_once() {
    let world = World::new().await;
    world.user("Olga", Role::Owner).await;
    let ada = world.visitor("Ada", Role::Support).await;
    let program = world.program(ada.user.clone(), &["calls:read"]).await;
    assert_eq!(program.get("/v1/me").await.status(), StatusCode::OK);
    let change = store::UserChange { disabled: Some(true), ..Default::default() };
    world.store.change_user(world.now(), By::COMMAND, ada.user.id, change).await.unwrap().unwrap();
    assert_eq!(ada.get("/account").await.status(), StatusCode::SEE_OTHER);
    assert_eq!(program.get("/v1/me").await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn one_ends_ones_own_sessions_and_no_others() {
    let world = World::new().await;
    let ada = world.visitor("Ada", Role::Support).await;
    let bob = world.visitor("Bob", Role::Support).await;
    let of = |user: store::UserId| {
        let world = &world;
        async move { world.store.sessions(world.now(), Some(user)).await.unwrap()[0].id }
    };
    let bobs = of(bob.user.id).await;
    assert_eq!(ada.post(&format!("/account/sessions/{bobs}/end"), &[]).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(bob.get("/account").await.status(), StatusCode::OK);
    let own = of(ada.user.id).await;
    assert_eq!(ada.post(&format!("/account/sessions/{own}/end"), &[]).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(ada.get("/account").await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn another_site_changes_nothing() {
    let world = World::new().await;
    let ada = world.visitor("Ada", Role::Owner).await;
    let csrf = {
        let page = ada.page("/account").await;
        page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let send = |origin: Option<&'static str>, site: Option<&'static str>, csrf: Option<String>| {
        let mut request = client.post(format!("{}/logout", world.base)).header("cookie", &ada.cookie);
        request = match origin {
            Some(origin) => request.header("origin", origin),
            None => request,
        };
        request = match site {
            Some(site) => request.header("sec-fetch-site", site),
            None => request,
        };
        let fields: Vec<_> = csrf.into_iter().map(|csrf| ("csrf", csrf)).collect();
        async move { request.form(&fields).send().await.unwrap().status() }
    };
    assert_eq!(send(Some("https://evil.example"), None, Some(csrf.clone())).await, StatusCode::FORBIDDEN);
    assert_eq!(send(Some("null"), Some("same-origin"), Some(csrf.clone())).await, StatusCode::FORBIDDEN);
    assert_eq!(send(None, Some("cross-site"), Some(csrf.clone())).await, StatusCode::FORBIDDEN);
    assert_eq!(send(None, None, Some(csrf.clone())).await, StatusCode::FORBIDDEN);
    assert_eq!(send(None, Some("same-origin"), None).await, StatusCode::FORBIDDEN);
    assert_eq!(send(None, Some("same-origin"), Some("x".repeat(43))).await, StatusCode::FORBIDDEN);
    assert_eq!(ada.get("/account").await.status(), StatusCode::OK, "the session is there still");
    assert_eq!(send(None, Some("same-origin"), Some(csrf)).await, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn every_answer_keeps_a_browser_strict() {
    let world = World::new().await;
    let ada = world.visitor("Ada", Role::Owner).await;
    for path in ["/account", "/login", "/nothing", "/v1/me", "/v1/nothing", "/v1/openapi.json"] {
        let answer = ada.get(path).await;
        let headers = answer.headers();
        assert!(
            headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none';"),
            "{path}"
        );
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["referrer-policy"], "same-origin", "{path}");
        assert_eq!(headers["cache-control"], "no-store", "{path}");
        assert!(headers.contains_key("x-request-id"), "{path}");
        assert!(!headers.contains_key("strict-transport-security"), "plain http is on this machine alone");
    }
}

#[tokio::test]
async fn a_program_hears_why_in_words_for_programs() {
    let world = World::new().await;
    let ada = world.user("Ada", Role::Finance).await;
    let program = world.program(ada, &["money:read", "users:read"]).await;
    let me = program.json("/v1/me", 200).await;
    assert_eq!(me["role"], "finance");
    assert_eq!(me["may"], serde_json::json!(["money:read"]), "a scope gives nothing that the role has not");
    let problem = program.json("/v1/nothing", 404).await;
    assert_eq!(problem["code"], "not_found");
    assert!(problem["request_id"].as_str().unwrap().len() == 36);
    let wrong = program.ask(Method::DELETE, "/v1/me").send().await.unwrap();
    assert_eq!(wrong.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(wrong.headers()["content-type"], "application/problem+json");
    assert_eq!(wrong.headers()["allow"], "GET,HEAD");
    let unknown = world.nobody().header("authorization", "Bearer pingpost_live_nothing").get("/v1/me").await;
    assert_eq!(unknown.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_password_is_asked_for_again_before_secrets_and_people() {
    let world = World::new().await;
    let sold = crate::seeds::sold(&world.store).await;
    let text = "currency = \"USD\"\n";
    world
        .store
        .publish_settings(world.now(), SecretString::from(text), "it".to_owned())
        .await
        .expect("it is written");
    let ada = world.logged_in(with_password(&world, "Ada", Role::Owner).await).await;
    assert_eq!(ada.page("/settings/document").await, text, "the login was a moment ago");
    world.wait(Duration::from_secs(10 * 60));
    let to = |response: &reqwest::Response| {
        response.headers()["location"].to_str().expect("an address").to_owned()
    };
    let asked = ada.get("/settings/document").await;
    assert_eq!((asked.status(), &*to(&asked)), (StatusCode::SEE_OTHER, "/prove?next=%2Fsettings%2Fdocument"));
    let story = format!("/calls/{sold}");
    assert!(ada.page(&story).await.contains("Reveal, after your password"));
    let reveal =
        ada.ask(Method::POST, &format!("{story}/reveal")).header("referer", format!("{}{story}", world.base));
    let reveal = reveal.form(&[("reason", "The buyer asks")]).send().await.expect("an answer");
    assert_eq!(
        to(&reveal),
        format!("/prove?next=%2Fcalls%2F{sold}"),
        "it leads back to the page of the form"
    );
    let refused = ada.get("/v1/settings/document").await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert!(refused.text().await.expect("a problem").contains("password_needed"));

    let wrong = ada.post("/prove", &[("password", "not this one"), ("next", "/settings")]).await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(ada.get("/settings/document").await.status(), StatusCode::SEE_OTHER);
    let right = ada.post("/prove", &[("password", PASSWORD), ("next", "//evil.example")]).await;
    assert_eq!(to(&right), "/", "nobody is led away");
    assert_eq!(ada.page("/settings/document").await, text);
    assert!(ada.page(&story).await.contains("Reveal, with a reason"));
    world.wait(Duration::from_secs(10 * 60));
    assert_eq!(
        ada.get("/settings/document").await.status(),
        StatusCode::SEE_OTHER,
        "and it lasts as long as it says"
    );

    let program = world.program(ada.user.clone(), &["settings:secrets"]).await;
    assert_eq!(program.page("/v1/settings/document").await, text, "a token is proof by itself");
    for _ in 0..10 {
        ada.post("/prove", &[("password", "not this one")]).await;
    }
    let late = ada.post("/prove", &[("password", PASSWORD)]).await;
    assert_eq!(late.status(), StatusCode::TOO_MANY_REQUESTS, "guessing has to wait");
    let filter = |action: &str| store::AuditFilter { action: Some(action.to_owned()), ..Default::default() };
    for (action, times) in [("session.proven", 1), ("settings.exported", 3)] {
        assert_eq!(world.store.audit(&filter(action)).await.expect("it reads").len(), times, "{action}");
    }
}

#[tokio::test]
async fn another_password_ends_the_other_sessions() {
    let world = World::new().await;
    let ada = world.logged_in(with_password(&world, "Ada", Role::Finance).await).await;
    let elsewhere = world.logged_in(ada.user.clone()).await;
    let new = "four quiet words here";
    let change = |current: &'static str, new: &'static str, again: &'static str| {
        [("current", current), ("new", new), ("again", again)]
    };
    for (fields, said) in [
        (change("wrong password", new, new), "this is not your password"),
        (change(PASSWORD, "password", "password"), "new-wrong"),
        (change(PASSWORD, new, "four quiet words"), "the two are not the same"),
    ] {
        let refused = ada.post("/account/password", &fields).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let page = refused.text().await.expect("a page");
        assert!(page.contains(said) && !page.contains(PASSWORD) && !page.contains(new), "{said}");
    }
    assert_eq!(elsewhere.get("/account").await.status(), StatusCode::OK);
    let done = ada.post("/account/password", &change(PASSWORD, new, new)).await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    assert!(ada.page("/account?changed=true").await.contains("Your password is another."));
    assert_eq!(elsewhere.get("/account").await.status(), StatusCode::SEE_OTHER, "it has ended");
    let email = ada.user.email.clone();
    let login = |password: &'static str| [("email", email.clone()), ("password", password.to_owned())];
    for (password, status) in [(PASSWORD, 422), (new, 303)] {
        let fields = login(password);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, &**value)).collect();
        assert_eq!(world.nobody().post("/login", &fields).await.status(), status);
    }
    let filter = store::AuditFilter { action: Some("user.password_set".to_owned()), ..Default::default() };
    let audit = world.store.audit(&filter).await.expect("it reads");
    assert!(audit.iter().any(|it| it.object == ada.user.id.to_string()), "{audit:?}");
}
