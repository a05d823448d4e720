//! Webhooks of a load: of their real size, signed, over connections that are kept.

use super::{Target, desk::Desk};
use crate::{carrier, clock};
use axum::body::Body;
use http::{Request, Uri, header};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use std::time::Duration;
use tokio::sync::Semaphore;

/// A carrier gives up an answer after so long.
const ANSWER_MAX: Duration = Duration::from_secs(15);
const BODY_MAX: usize = 1 << 16;
/// Webhooks at once: as many connections are open to the server at most.
const AT_ONCE: usize = 512;

/// Sends webhooks to one server.
#[derive(Debug)]
pub(super) struct Webhooks {
    pub(super) target: Target,
    base: url::Url,
    client: Client<HttpConnector, Body>,
    places: Semaphore,
}

/// The leg that a webhook is about.
pub(super) struct About<'a> {
    pub(super) sid: &'a str,
    pub(super) from: &'a str,
    pub(super) name: &'a str,
    pub(super) to: &'a str,
    pub(super) parent: Option<&'a str>,
    pub(super) status: &'a str,
}

impl Webhooks {
    pub(super) fn new(target: &Target) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client =
            Client::builder(TokioExecutor::new()).pool_idle_timeout(Duration::from_secs(4)).build(connector);
        let base = url::Url::parse(&target.voice_url).expect("the voice URL is a URL");
        Self { target: target.clone(), base, client, places: Semaphore::new(AT_ONCE) }
    }

    /// The URL that a document names.
    pub(super) fn resolve(&self, text: &str) -> Result<url::Url, String> {
        let mut url = self.base.join(text.trim()).map_err(|error| format!("{text}: {error}"))?;
        url.set_fragment(None);
        Ok(url)
    }

    /// Sends one, and gives the body of the answer.
    pub(super) async fn send(
        &self,
        desk: &Desk,
        url: &url::Url,
        about: &About<'_>,
        more: &[(&str, &str)],
    ) -> Result<String, String> {
        let params = self.params(about, more);
        let signature = carrier::sign(&self.target.auth_token, url.as_str(), &params);
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&params).finish();
        let uri: Uri = url.as_str().parse().map_err(|error| format!("{url}: {error}"))?;
        let request = Request::post(uri)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded; charset=UTF-8")
            .header(header::USER_AGENT, "TwilioProxy/1.1")
            .header(header::ACCEPT, "*/*")
            .header("I-Twilio-Idempotency-Token", about.sid)
            .header("X-Twilio-Signature", signature)
            .body(Body::from(body))
            .map_err(|error| error.to_string())?;
        self.answered(desk, request).await
    }

    /// Hands in a form, and gives the body of the answer.
    pub(super) async fn hand_in(
        &self,
        desk: &Desk,
        url: &str,
        key: &str,
        idempotency_key: &str,
        body: String,
    ) -> Result<String, String> {
        let request = Request::post(url)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {key}"))
            .header("Idempotency-Key", idempotency_key)
            .body(Body::from(body))
            .map_err(|error| error.to_string())?;
        self.answered(desk, request).await
    }

    async fn answered(&self, desk: &Desk, request: Request<Body>) -> Result<String, String> {
        let path = request.uri().path().to_owned();
        let _place = self.places.acquire().await.map_err(|error| error.to_string())?;
        let began = clock::now();
        let answered = tokio::time::timeout(ANSWER_MAX, async {
            let response = self.client.request(request).await.map_err(|error| chain(&error))?;
            let status = response.status();
            let body = axum::body::to_bytes(Body::new(response.into_body()), BODY_MAX).await;
            let body = String::from_utf8_lossy(&body.map_err(|error| error.to_string())?).into_owned();
            if !status.is_success() {
                return Err(format!("{path} answered {status}: {body}"));
            }
            Ok(body)
        });
        let text = answered.await.map_err(|_| format!("{path}: no answer"))?;
        let took = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        desk.count(|played| {
            played.webhooks += 1;
            played.answered_in.push(took);
        });
        text
    }

    fn params(&self, about: &About<'_>, more: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut params = vec![
            ("AccountSid", self.target.account_sid.as_str()),
            ("ApiVersion", "2010-04-01"),
            ("CallSid", about.sid),
            ("CallStatus", about.status),
            ("From", about.from),
            ("To", about.to),
            ("Caller", about.from),
            ("Called", about.to),
        ];
        for [city, state, zip, country] in [
            ["FromCity", "FromState", "FromZip", "FromCountry"],
            ["CallerCity", "CallerState", "CallerZip", "CallerCountry"],
        ] {
            params.extend([(city, "MIAMI"), (state, "FL"), (zip, "33109"), (country, "US")]);
        }
        for [city, state, zip, country] in [
            ["ToCity", "ToState", "ToZip", "ToCountry"],
            ["CalledCity", "CalledState", "CalledZip", "CalledCountry"],
        ] {
            params.extend([(city, ""), (state, ""), (zip, ""), (country, "US")]);
        }
        match about.parent {
            Some(parent) => params.extend([("Direction", "outbound-dial"), ("ParentCallSid", parent)]),
            None => params.extend([
                ("Direction", "inbound"),
                ("CallerName", about.name),
                ("StirVerstat", "TN-Validation-Passed-A"),
            ]),
        }
        let all = params.iter().chain(more);
        all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }
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
