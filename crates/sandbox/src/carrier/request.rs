//! Sending one webhook: signed, within its limits, tried again where its URL allows, and wronged by faults.

use super::{
    exchange::Exchange,
    faults::{CallbackFault, Kind, When},
    leg::Leg,
    overrides::{Overrides, Trouble},
    record::Webhook,
    signature,
    twiml::Method,
};
use crate::clock;
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;
use url::Url;

/// A webhook to be sent. The URL has its fragment still.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) kind: Kind,
    pub(crate) url: Url,
    pub(crate) method: Method,
    pub(crate) params: Vec<(String, String)>,
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
}

/// What makes all tries and repeats of a webhook the same one.
#[derive(Clone, Debug)]
struct Identity {
    token: String,
    repeat_of: Option<usize>,
}

type Seen = Option<(usize, Option<u16>, Vec<u8>)>;

impl Exchange {
    /// Sends a webhook with whatever faults strike it.
    pub(crate) async fn ask(self: &Arc<Self>, leg: &Arc<Leg>, ask: Ask) -> Result<Reply, String> {
        let faults = self.faults_of(ask.kind);
        let token = self.sid("")[..32].to_owned();
        let first = watch::Sender::new(None);
        for fault in &faults {
            match fault {
                CallbackFault::Delay(late) => tokio::time::sleep(*late).await,
                CallbackFault::Drop => return Err("dropped by a fault".to_owned()),
                CallbackFault::Repeat { times, when } => {
                    for _ in 0..*times {
                        self.repeat(leg, &ask, &token, first.subscribe(), *when);
                    }
                }
                CallbackFault::LoseAnswer | CallbackFault::Reorder => {}
            }
        }
        let identity = Identity { token, repeat_of: None };
        let (index, reply) = self.tries(leg, &ask, &identity).await;
        let seen =
            reply.as_ref().ok().map(|reply| (Some(reply.status), reply.body.clone())).unwrap_or_default();
        first.send_replace(Some((index, seen.0, seen.1)));
        if faults.contains(&CallbackFault::LoseAnswer) {
            return Err("its answer was lost by a fault".to_owned());
        }
        reply
    }

    fn repeat(
        self: &Arc<Self>,
        leg: &Arc<Leg>,
        ask: &Ask,
        token: &str,
        mut first: watch::Receiver<Seen>,
        when: When,
    ) {
        let (exchange, leg, ask, token) = (self.clone(), leg.clone(), ask.clone(), token.to_owned());
        let call = leg.call.clone();
        call.tasks.spawn(async move {
            if when == When::AfterTheAnswer && first.wait_for(Option::is_some).await.is_err() {
                return; // The first was abandoned; there is nothing to repeat.
            }
            let identity =
                Identity { token, repeat_of: Some(first.borrow().as_ref().map_or(0, |seen| seen.0)) };
            let (index, reply) = exchange.tries(&leg, &ask, &identity).await;
            let Ok(seen) = first.wait_for(Option::is_some).await.map(|seen| seen.clone()) else { return };
            let Some((original, status, body)) = seen else { return };
            leg.call.webhook(index, |webhook| {
                webhook.repeat_of = Some(original);
                webhook.same_answer =
                    reply.ok().map(|reply| Some(reply.status) == status && reply.body == body);
            });
        });
    }

    /// All tries that the URL allows; the index is the last one's.
    async fn tries(&self, leg: &Arc<Leg>, ask: &Ask, identity: &Identity) -> (usize, Result<Reply, String>) {
        let overrides = Overrides::of(&ask.url);
        let began = clock::now();
        let mut attempt = 0;
        loop {
            let left = overrides.total.saturating_sub(began.elapsed());
            let limit = overrides.read.min(left);
            let (index, outcome) = self.attempt(leg, ask, identity, attempt, limit).await;
            let trouble = match &outcome {
                Ok(reply) if reply.status < 400 => None,
                Ok(reply) => Some(Trouble::Status(reply.status)),
                Err((trouble, _)) => Some(*trouble),
            };
            let again = trouble.is_some_and(|trouble| overrides.retries_after(trouble))
                && attempt < overrides.retries
                && began.elapsed() < overrides.total;
            if !again {
                return (index, outcome.map_err(|(_, words)| words));
            }
            attempt += 1;
        }
    }

    async fn attempt(
        &self,
        leg: &Arc<Leg>,
        ask: &Ask,
        identity: &Identity,
        attempt: u32,
        limit: Duration,
    ) -> (usize, Result<Reply, (Trouble, String)>) {
        let mut url = ask.url.clone();
        url.set_fragment(None);
        let form = match ask.method {
            Method::Post => ask.params.clone(),
            Method::Get => {
                if !ask.params.is_empty() {
                    url.query_pairs_mut().extend_pairs(&ask.params);
                }
                vec![]
            }
        };
        let index = leg.call.sent(leg, ask, &url, &identity.token, attempt, identity.repeat_of);
        let began = clock::now();
        let request = self.request(ask.method, &url, &form, &identity.token);
        let outcome = match tokio::time::timeout(limit, answer(request)).await {
            Ok(outcome) => outcome,
            Err(_) => Err((Trouble::Read, format!("no answer within {} ms", limit.as_millis()))),
        };
        leg.call.webhook(index, |webhook| seen(webhook, began.elapsed(), &outcome));
        (index, outcome)
    }

    fn request(
        &self,
        method: Method,
        url: &Url,
        form: &[(String, String)],
        token: &str,
    ) -> reqwest::RequestBuilder {
        let origin = url.origin().ascii_serialization();
        let mut target = url.clone();
        if let Some(address) = self.config.reach.get(&origin) {
            target = format!("http://{address}").parse().expect("a socket address makes a URL");
            target.set_path(url.path());
            target.set_query(url.query());
        }
        let request = match method {
            Method::Get => self.http.get(target),
            Method::Post => {
                let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
                let kind = "application/x-www-form-urlencoded; charset=UTF-8";
                self.http.post(target).header("Content-Type", kind).body(body)
            }
        };
        let request = match (self.config.reach.contains_key(&origin), url.host_str()) {
            (true, Some(host)) => request.header("Host", host),
            _ => request,
        };
        request
            .header("X-Twilio-Signature", signature::sign(&self.config.auth_token, url.as_str(), form))
            .header("I-Twilio-Idempotency-Token", token)
            .header("User-Agent", "TwilioProxy/1.1")
            .header("Accept", "*/*")
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Result<Reply, (Trouble, String)> {
    let failed = |error: reqwest::Error| {
        let trouble = if error.is_connect() { Trouble::Connect } else { Trouble::Read };
        (trouble, chain(&error))
    };
    let response = request.send().await.map_err(failed)?;
    let status = response.status().as_u16();
    let content_type = response.headers().get("content-type").and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default().to_owned();
    let body = response.bytes().await.map_err(|error| (Trouble::Partial, chain(&error)))?.to_vec();
    Ok(Reply { status, content_type, body })
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        words.push_str(&format!(": {inner}"));
        source = inner.source();
    }
    words
}

fn seen(webhook: &mut Webhook, elapsed: Duration, outcome: &Result<Reply, (Trouble, String)>) {
    webhook.elapsed = elapsed;
    match outcome {
        Ok(reply) => {
            webhook.failure = None;
            webhook.status = Some(reply.status);
            if webhook.kind != Kind::Media {
                webhook.body = String::from_utf8_lossy(&reply.body).into_owned();
            }
        }
        Err((_, words)) => webhook.failure = Some(words.clone()),
    }
}
