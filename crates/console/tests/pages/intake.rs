//! The widget on another site's page, and what people see of publishers' keys and widgets.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::Path,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use console::Progress;
use lead::{CampaignId, PublisherId};
use serde_json::json;
use store::{By, KeyKind, NewPublisherKey, Role};
use tokio::net::TcpListener;

use crate::{
    browser::{look, look_at, task},
    intake_side::{Side, widget},
    world::World,
};

/// How the last request stands after each step.
fn progress(step: &str, world: &World) -> Progress {
    match step {
        "calling" => Progress::Calling,
        "call_at" => Progress::CallAt(world.now() + Duration::from_secs(3_600)),
        _ => Progress::NotReached,
    }
}

/// A site of its own, with a policy as strict as the widget allows, whose page embeds the script.
async fn site(world: &Arc<World>) -> (String, Arc<Side>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    let clock = Arc::clone(&world.console);
    let side = Arc::new(Side::new(world.store.clone(), move || clock.now()).await);
    let key = widget(&world.store, world.now(), "medicare", &origin).await;
    let (script, policy) = (
        format!("{}/widget.js", side.base),
        format!("default-src 'none'; img-src data:; script-src {0}; connect-src 'self' {0}", side.base),
    );
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><title>Quotes</title><meta name=\"viewport\" content=\"width=device-width\">\
         <link rel=\"icon\" href=\"data:,\"></head><body><main><h1>Medicare quotes</h1>\
         <script src=\"{script}\" data-key=\"{key}\" async></script></main></body></html>"
    );
    let (of_steps, stands) = (Arc::clone(world), Arc::clone(&side));
    let step = move |Path(step): Path<String>| {
        let progress = progress(&step, &of_steps);
        if let Some(taken) = stands.all().last() {
            stands.now_stands(taken.lead, progress);
        }
        async { StatusCode::NO_CONTENT }
    };
    let page = get(move || {
        let headers = [
            (header::CONTENT_TYPE, "text/html".to_owned()),
            (header::CONTENT_SECURITY_POLICY, policy.clone()),
        ];
        let page = page.clone();
        async move { (headers, page).into_response() }
    });
    let app = Router::new().route("/", page).route("/stand/{step}", get(step));
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await });
    (origin, side)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_asks_for_a_call_by_the_keyboard_on_another_site() {
    let world = Arc::new(World::new().await);
    for narrow in [false, true] {
        let (origin, side) = site(&world).await;
        let data = json!({
            "page": format!("{origin}/"),
            "also": [origin, side.base],
            "narrow": narrow,
            "steps": [
                ["calling", "We are calling you now."],
                ["call_at", "We will call you at"],
                ["not_reached", "We could not reach you."],
            ],
        });
        task(&world, None, "widget", data).await;
        let taken = side.all();
        assert_eq!(taken.len(), 1, "a mistake is no request");
        assert_eq!((taken[0].consent.as_deref(), taken[0].has_address), (Some("2026-02"), true));
        // Another five minutes, so that the same number may be asked for again.
        assert!(taken[0].ring);
        world.wait(Duration::from_secs(301));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_the_builder_of_a_widget_are_good_to_look_at() {
    let world = World::new().await;
    let ada = world.visitor("Ada Lovelace", Role::Owner).await;
    look(&world, Some(&ada), &[("/publisher-keys", "publisher-keys-none")]).await;
    let published = ada
        .ask(reqwest::Method::PUT, "/v1/settings/document")
        .body(crate::intake_side::SETTINGS)
        .send()
        .await
        .expect("an answer");
    assert!(published.status().is_success(), "{}", published.text().await.expect("a text"));
    let new = |kind, campaign: &str, origins: &[&str]| NewPublisherKey {
        kind,
        publisher: PublisherId::parse("leadsco").expect("a slug"),
        campaign: Some(CampaignId::parse(campaign).expect("a slug")),
        name: "Quotes, the site with a rather long name".to_owned(),
        origins: origins.iter().map(|it| (*it).to_owned()).collect(),
        per_minute: 60,
    };
    let origins = ["https://quotes.example", "https://www.quotes.example"];
    let mut ids = vec![];
    for new in [
        new(KeyKind::Lead, "medicare", &[]),
        new(KeyKind::Widget, "medicare", &origins),
        new(KeyKind::Widget, "plain", &origins),
    ] {
        let added =
            world.store.add_publisher_key(world.now(), By::COMMAND, new).await.expect("it is written");
        ids.push(added.expect("there is room").0.id);
    }
    let (built, unbuilt) =
        (format!("/publisher-keys/{}/widget", ids[1]), format!("/publisher-keys/{}/widget", ids[2]));
    look(
        &world,
        Some(&ada),
        &[
            ("/publisher-keys", "publisher-keys"),
            (&built, "widget-builder"),
            (&unbuilt, "widget-not-offered"),
        ],
    )
    .await;
    look_at(&world, Some(&ada), &format!("/publisher-keys/{}/widget", ids[0]), "no-widget", 404).await;
    task(&world, Some(&ada), "builder", json!({ "path": built })).await;
}
