//! The other two channels of the demonstration, by the sockets that a publisher's program and a visitor's browser use.

use std::time::Duration;

use anyhow::{Context, ensure};
use http::header::{AUTHORIZATION, CONTENT_TYPE, ORIGIN};
use lead::{CampaignId, PublisherId};
use reqwest::Client;
use sandbox::{Line, medicare};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use store::{By, KeyKind, NewPublisherKey};

use super::world::Demo;

/// The page that the demonstration's visitors are on.
const PAGE: &str = "https://quotes.example.com";
/// The longest that one lead may take.
const LEAD_MAX: Duration = Duration::from_secs(30);
/// How often it is looked how it stands.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// A publisher with its two keys.
pub(super) struct Channels {
    client: Client,
    base: String,
    program: String,
    widget: String,
}

impl Channels {
    /// Makes the keys.
    pub(super) async fn open(demo: &Demo) -> anyhow::Result<Self> {
        let key = async |kind, origins: &[&str]| {
            let world = demo.world();
            let new = NewPublisherKey {
                kind,
                publisher: PublisherId::parse("seniors-daily")?,
                campaign: Some(CampaignId::parse("medicare")?),
                name: "demonstration".to_owned(),
                origins: origins.iter().map(|it| (*it).to_owned()).collect(),
                per_minute: 600,
            };
            let made = world.store.add_publisher_key(world.clock.now(), By::COMMAND, new).await?;
            let (_, secret) = made.map_err(|refused| anyhow::anyhow!("a key was refused: {refused:?}"))?;
            anyhow::Ok(secret.expose_secret().to_owned())
        };
        Ok(Self {
            client: Client::builder().timeout(LEAD_MAX).build().context("making a client")?,
            base: format!("http://{}", demo.app.address),
            program: key(KeyKind::Lead, &[]).await?,
            widget: key(KeyKind::Widget, &[PAGE]).await?,
        })
    }

    /// A publisher's program hands in the example's person as a form, and waits for the result.
    pub(super) async fn form(&self, n: u32) -> anyhow::Result<String> {
        let body = json!({
            "phone": phone(n), "zip": medicare::ZIP, "age": 65, "first_name": "Ada", "consent": "web-2026-01",
            "page_url": format!("{PAGE}/medicare"), "ip_address": "192.0.2.7", "wait_seconds": 20,
        });
        let request = self.client.post(format!("{}/v1/leads", self.base));
        let request = request.header(AUTHORIZATION, format!("Bearer {}", self.program));
        let answer = self.sent(request, &format!("form-{n}"), &body).await?;
        let owed =
            answer["payout"].as_str().map_or_else(String::new, |owed| format!(", ${owed} to its publisher"));
        Ok(format!("A form is handed in: {}{owed}.\n", answer["state"].as_str().unwrap_or("?")))
    }

    /// A visitor asks to be called; the phone rings, its owner presses 1, and the call is sold.
    pub(super) async fn callback(&self, demo: &Demo, n: u32) -> anyhow::Result<String> {
        let phone = phone(n);
        demo.medicare.carrier.line(&phone, Line::person(medicare::caller()));
        let body = json!({ "phone": phone, "zip": medicare::ZIP, "consent": "widget-2026-01", "page_url": format!("{PAGE}/") });
        let request = self.client.post(format!("{}/v1/callbacks?key={}", self.base, self.widget));
        let key = format!("callback-{n}");
        // Each visitor has an address of their own, as the demonstration's proxy says: from one, twenty may ask in an hour.
        let request = request.header(ORIGIN, PAGE).header("x-forwarded-for", address(n));
        let answer = self.sent(request, &key, &body).await?;
        let token = answer["token"].as_str().context("a request for a call has a token")?;
        let last = tokio::time::timeout(LEAD_MAX, self.followed(token)).await;
        let last = last.context("waiting for a call back")??;
        let said = match (last["state"].as_str(), last["call_at"].as_str()) {
            (Some("call_at"), Some(at)) => format!("the law allows no call now; we call at {at}"),
            (Some(state), _) => state.replace('_', " "),
            (None, _) => "?".to_owned(),
        };
        Ok(format!("Somebody asks to be called: {said}.\n"))
    }

    async fn sent(&self, request: reqwest::RequestBuilder, key: &str, body: &Value) -> anyhow::Result<Value> {
        let request = request.header("idempotency-key", key).header(CONTENT_TYPE, "application/json");
        let answer = request.body(body.to_string()).send().await.context("handing in a lead")?;
        let status = answer.status();
        let text = answer.text().await.context("reading the answer to a lead")?;
        ensure!(status.is_success(), "a lead was refused: {text}");
        serde_json::from_str(&text).context("reading the answer to a lead")
    }

    /// How it stands once nothing more happens now.
    async fn followed(&self, token: &str) -> anyhow::Result<Value> {
        let url = format!("{}/v1/callbacks/{token}?key={}", self.base, self.widget);
        loop {
            let answer =
                self.client.get(&url).header(ORIGIN, PAGE).send().await.context("asking for a call")?;
            let told: Value =
                serde_json::from_str(&answer.text().await?).context("reading how a call stands")?;
            if !matches!(told["state"].as_str(), Some("received" | "calling")) {
                return Ok(told);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

/// Another household each time, in a network that is kept for examples.
fn address(n: u32) -> String {
    format!("2001:db8:{:x}:{:x}::1", n >> 16, n & 0xffff)
}

/// Another person each time.
fn phone(n: u32) -> String {
    format!("+1305555{:04}", 1_000 + n % 8_000)
}
