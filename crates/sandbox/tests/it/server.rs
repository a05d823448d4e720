//! A tiny server under test: TwiML by hand, and a check of signatures of its own.

use axum::{
    Router,
    body::Bytes,
    extract::{OriginalUri, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

pub type Params = BTreeMap<String, String>;
type Logic = dyn Fn(&str, &Params) -> String + Send + Sync;

/// What the server saw of one request.
#[derive(Clone, Debug)]
pub struct Seen {
    pub path: String,
    pub params: Params,
    pub token: String,
    pub signed: bool,
    pub signature: String,
}

pub struct Server {
    pub base: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

struct Inside {
    base: String,
    token: String,
    logic: Box<Logic>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// `logic` gets path and query, and the form; it answers the inside of a `<Response>`, or what begins with `!`
    /// as it is (`!500`, `!` + text, …).
    pub async fn start(logic: impl Fn(&str, &Params) -> String + Send + Sync + 'static) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let seen = Arc::new(Mutex::new(vec![]));
        let inside = Inside {
            base: base.clone(),
            token: "sandbox-auth-token".to_owned(),
            logic: Box::new(logic),
            seen: seen.clone(),
        };
        let app = Router::new().fallback(serve).with_state(Arc::new(inside));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { base, seen }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no test panics with it").clone()
    }

    pub fn at(&self, path: &str) -> Vec<Seen> {
        self.seen().into_iter().filter(|seen| seen.path.starts_with(path)).collect()
    }
}

async fn serve(
    State(inside): State<Arc<Inside>>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.to_string();
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(&body).into_owned().collect();
    let header =
        |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let signed =
        expected(&inside.token, &format!("{}{path}", inside.base), &pairs) == header("x-twilio-signature");
    let params: Params = pairs.into_iter().collect();
    let seen = Seen {
        path: path.clone(),
        params: params.clone(),
        token: header("i-twilio-idempotency-token"),
        signed,
        signature: header("x-twilio-signature"),
    };
    inside.seen.lock().expect("no test panics with it").push(seen);
    let answer = (inside.logic)(&path, &params);
    match answer.strip_prefix('!') {
        Some("500") => (axum::http::StatusCode::INTERNAL_SERVER_ERROR, "").into_response(),
        Some(text) => ([("content-type", "text/xml")], text.to_owned()).into_response(),
        None => ([("content-type", "text/xml")], format!("<Response>{answer}</Response>")).into_response(),
    }
}

/// Twilio's algorithm once more, written apart from the sandbox's.
fn expected(token: &str, url: &str, pairs: &[(String, String)]) -> String {
    let mut lines: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}\0{value}")).collect();
    lines.sort();
    lines.dedup();
    let text = url.to_owned() + &lines.concat().replace('\0', "");
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(token.as_bytes()).expect("any key");
    mac.update(text.as_bytes());
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}
