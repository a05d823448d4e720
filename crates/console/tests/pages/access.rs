//! Logging in, one's own account, and what is refused.

use secrecy::SecretString;
use serde_json::json;
use store::{By, Role};

use crate::{
    browser::{look, look_at, task},
    world::{PASSWORD, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn login_and_account_are_good_to_look_at() {
    let world = World::new().await;
    look(&world, None, &[("/login", "login")]).await;
    let ada = world.visitor("Ada Lovelace", Role::Owner).await;
    world.logged_in(ada.user.clone()).await;
    look(&world, Some(&ada), &[("/account", "account"), ("/prove", "prove")]).await;
    look_at(&world, Some(&ada), "/nothing", "nothing", 404).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_logs_in_by_the_keyboard() {
    let world = World::new().await;
    let user = world.user("Ada Lovelace", Role::Owner).await;
    let hash = console::Passwords::default().hash(SecretString::from(PASSWORD)).await;
    world.store.set_password(world.now(), By::COMMAND, user.id, hash, None).await.expect("it is written");
    task(&world, None, "login", json!({ "email": user.email, "password": PASSWORD })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_owner_comes_in_by_a_link_and_the_keyboard() {
    let world = World::new().await;
    let secret = world.store.add_link(world.now(), By::COMMAND, None).await.unwrap().unwrap();
    let path = format!("/link/{}", secrecy::ExposeSecret::expose_secret(&secret));
    look(&world, None, &[(&path, "link-owner")]).await;
    task(&world, None, "first_owner", json!({ "path": path, "password": PASSWORD })).await;
    let [owner] = &*world.store.users().await.unwrap() else { panic!("one user") };
    assert_eq!((owner.role, &*owner.email), (Role::Owner, "ada@example.com"));
    look_at(&world, None, &path, "link-spent", 404).await;
    let secret = world.store.add_link(world.now(), By::COMMAND, Some(owner.id)).await.unwrap().unwrap();
    let path = format!("/link/{}", secrecy::ExposeSecret::expose_secret(&secret));
    look(&world, None, &[(&path, "link-password")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_looks_after_others_has_pages_for_it() {
    let world = World::new().await;
    let ada = world.visitor("Ada Lovelace", Role::Owner).await;
    let bob = world.visitor("Bob Martin", Role::OfferManager).await;
    let eve = world.user("Eve Auditor", Role::Auditor).await;
    let change = store::UserChange { disabled: Some(true), ..Default::default() };
    world.store.change_user(world.now(), By::COMMAND, eve.id, change).await.unwrap().unwrap();
    world.program(ada.user.clone(), &["calls:read", "money:read"]).await;
    let user = format!("/users/{}", bob.user.id);
    let pages = [
        ("/users", "users"),
        (&*user, "user"),
        ("/tokens", "tokens"),
        ("/audit", "audit"),
        ("/reference", "reference"),
    ];
    look(&world, Some(&ada), &pages).await;
    task(&world, Some(&ada), "invite", json!({})).await;
    task(&world, Some(&ada), "token", json!({})).await;
    let users = world.store.users().await.unwrap();
    assert!(users.iter().any(|user| user.email == "grace@example.com" && user.role == Role::Finance));
    let tokens = world.store.tokens(None).await.unwrap();
    let made = tokens.iter().find(|token| token.name == "Nightly report").expect("it was made");
    assert_eq!(made.scopes, ["calls:read"]);
}
