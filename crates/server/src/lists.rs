//! Lists outside that are asked before a lead is dialled: the national do-not-call list, and people who sue callers. What gives
//! no answer, or too old a one, has not said that nobody is on it.

use std::time::Duration;

use bridge::permit::{Check, Listed, Requirements};
use jiff::Timestamp as Instant;
use lead::{E164, Pii, Timestamp};
use reqwest::{Client, redirect::Policy};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::{chain_of, world::World};

/// The most bytes of an answer.
pub const LIST_ANSWER_BYTES_MAX: usize = 4 * 1024;

/// How the lists are asked.
#[derive(Debug)]
pub struct Lists {
    client: Client,
    config: ListsConfig,
}

/// Which lists there are.
#[derive(Debug, Clone)]
pub struct ListsConfig {
    /// Where the national list is asked.
    pub national_list_url: Option<String>,
    /// Where the list of litigators is asked.
    pub litigators_url: Option<String>,
    /// The bearer token of both.
    pub token: Option<SecretString>,
    /// How long one may take.
    pub timeout: Duration,
    /// How old what it says may be.
    pub age_max: Duration,
}

/// What a list answers.
#[derive(Deserialize)]
struct Answer {
    /// Whether the number is on it.
    listed: bool,
    /// As of when; now, if it does not say.
    as_of: Option<Instant>,
}

impl Lists {
    /// Opens nothing yet.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(config: ListsConfig) -> Result<Self, reqwest::Error> {
        let agent = concat!("pingpost/", env!("CARGO_PKG_VERSION"));
        let client = Client::builder().user_agent(agent).timeout(config.timeout).redirect(Policy::none());
        Ok(Self { client: client.build()?, config })
    }

    async fn asked(&self, now: Timestamp, url: Option<&str>, phone: &Pii<E164>) -> Listed {
        let Some(url) = url else { return Listed::NotChecked };
        match self.answer(url, phone).await {
            Ok(answer) if answer.is_old(now, self.config.age_max) => Listed::Stale,
            Ok(Answer { listed: true, .. }) => Listed::Listed,
            Ok(Answer { listed: false, .. }) => Listed::Clear,
            Err(error) => {
                metrics::counter!("pingpost_list_failures_total").increment(1);
                tracing::warn!(error, "a list that must be asked before a call gave no answer");
                Listed::Unavailable
            }
        }
    }

    async fn answer(&self, url: &str, phone: &Pii<E164>) -> Result<Answer, String> {
        let shown = |error: reqwest::Error| chain_of(&error.without_url());
        let body = serde_json::json!({ "number": phone.reveal().as_str() }).to_string();
        let mut request = self.client.post(url).header("content-type", "application/json").body(body);
        if let Some(token) = &self.config.token {
            request = request.bearer_auth(token.expose_secret());
        }
        let mut response = request.send().await.map_err(shown)?;
        if !response.status().is_success() {
            return Err(format!("it answered {}", response.status().as_u16()));
        }
        let mut whole = vec![];
        while let Some(chunk) = response.chunk().await.map_err(shown)? {
            whole.extend_from_slice(&chunk);
            if whole.len() > LIST_ANSWER_BYTES_MAX {
                return Err("its answer is too long".to_owned());
            }
        }
        // What stands there may be the number: it is not repeated.
        serde_json::from_slice(&whole).map_err(|_| "its answer is not {\"listed\": true or false}".to_owned())
    }
}

impl Answer {
    /// A list that is dated later than now says nothing about now either.
    fn is_old(&self, now: Timestamp, age_max: Duration) -> bool {
        let as_of = self.as_of.map(|at| Timestamp::from_micros(at.as_microsecond()));
        as_of.is_some_and(|at| now.since(at) > age_max || at.since(now) > age_max)
    }
}

/// What the lists say of a number: the national one, then that of litigators. One that a campaign does not require is not asked,
/// and none of a number that is not dialled anyway.
pub async fn ask(
    world: &World,
    phone: &Pii<E164>,
    requirements: &Requirements,
    is_over: bool,
) -> [Listed; 2] {
    let lists = &world.lists;
    let now = world.clock.wall();
    let wanted = |check: Check, url: &'_ Option<String>| match check {
        Check::Required if !is_over => url.clone(),
        Check::Required | Check::Waived => None,
    };
    let national = wanted(requirements.national_list, &lists.config.national_list_url);
    let litigators = wanted(requirements.litigators, &lists.config.litigators_url);
    let (national, litigators) = tokio::join!(
        lists.asked(now, national.as_deref(), phone),
        lists.asked(now, litigators.as_deref(), phone)
    );
    [national, litigators]
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Bytes, http::HeaderMap, routing::post};

    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_790_000_000);

    fn phone() -> Pii<E164> {
        Pii::new(E164::parse("+13055550142").expect("a number"))
    }

    /// A list that answers this to whoever brings the number and the token.
    async fn list(status: u16, answer: &'static str) -> (Lists, String) {
        let served = move |headers: HeaderMap, body: Bytes| async move {
            assert_eq!(headers["authorization"], "Bearer t0ken");
            assert_eq!(&body[..], br#"{"number":"+13055550142"}"#);
            (http::StatusCode::from_u16(status).expect("a status"), answer)
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/ask", listener.local_addr().expect("it is bound"));
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/ask", post(served))).await });
        (lists(Duration::from_secs(5)), url)
    }

    fn lists(timeout: Duration) -> Lists {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let config = ListsConfig {
            national_list_url: None,
            litigators_url: None,
            token: Some(SecretString::from("t0ken")),
            timeout,
            age_max: Duration::from_secs(31 * 86_400),
        };
        Lists::new(config).expect("a client")
    }

    #[tokio::test]
    async fn only_a_plain_no_of_late_is_a_no() {
        for (status, answer, expected) in [
            (200, r#"{"listed": false}"#, Listed::Clear),
            (200, r#"{"listed": false, "as_of": "2026-09-01T00:00:00Z", "more": 1}"#, Listed::Clear),
            (200, r#"{"listed": true}"#, Listed::Listed),
            (200, r#"{"listed": false, "as_of": "2026-08-01T00:00:00Z"}"#, Listed::Stale),
            (200, r#"{"listed": false, "as_of": "2027-09-01T00:00:00Z"}"#, Listed::Stale),
            (200, r#"{"listed": "no"}"#, Listed::Unavailable),
            (200, "{}", Listed::Unavailable),
            (204, "", Listed::Unavailable),
            (404, r#"{"listed": false}"#, Listed::Unavailable),
            (302, r#"{"listed": false}"#, Listed::Unavailable),
            (500, "", Listed::Unavailable),
        ] {
            let (lists, url) = list(status, answer).await;
            assert_eq!(lists.asked(NOW, Some(&url), &phone()).await, expected, "{status} {answer}");
        }
    }

    #[tokio::test]
    async fn no_list_is_not_checked_and_a_silent_one_is_no_no() {
        let quick = lists(Duration::from_millis(20));
        assert_eq!(quick.asked(NOW, None, &phone()).await, Listed::NotChecked);
        // It takes the connection and says nothing.
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/ask", silent.local_addr().expect("it is bound"));
        assert_eq!(quick.asked(NOW, Some(&url), &phone()).await, Listed::Unavailable);
    }
}
