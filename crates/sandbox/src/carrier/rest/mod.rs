//! The REST side: who may enter, what goes wrong, and which handler serves what.

mod calls;
mod create;
mod numbers;

use super::{
    exchange::Exchange,
    faults::{RestFault, RestKind},
    record::RestRequest,
};
use crate::lock::lock;
use axum::{
    Router,
    body::Bytes,
    extract::{OriginalUri, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use std::sync::Arc;

/// One request that was let in.
pub(super) struct Request {
    pub(super) method: Method,
    /// The path below the account, without `.json`.
    pub(super) path: Vec<String>,
    /// The form of a POST, the query of a GET.
    pub(super) params: Vec<(String, String)>,
}

/// A status and a body.
pub(super) type Outcome = (u16, Value);

pub(super) fn router(exchange: Arc<Exchange>) -> Router {
    Router::new().fallback(serve).with_state(exchange)
}

/// Twilio's shape of an error.
pub(super) fn refusal(status: u16, code: u32, message: &str) -> Outcome {
    let more_info = format!("https://www.twilio.com/docs/errors/{code}");
    (status, json!({"code": code, "message": message, "more_info": more_info, "status": status}))
}

impl Request {
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(named, _)| named == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.params.iter().filter(move |(named, _)| named == name).map(|(_, value)| value.as_str())
    }

    fn parts(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

    fn kind(&self) -> RestKind {
        match (self.parts().as_slice(), &self.method) {
            (["Calls"], &Method::POST) => RestKind::Create,
            (["Calls"], _) => RestKind::List,
            (["Calls", _], &Method::POST) => RestKind::Update,
            (["Calls", _], _) => RestKind::Fetch,
            (["Calls", _, "Recordings"], &Method::POST) => RestKind::Record,
            (["Calls", _, "Recordings"], _) => RestKind::Recording,
            (["Recordings", _], _) => RestKind::Recording,
            (["IncomingPhoneNumbers", ..], _) => RestKind::Numbers,
            _ => RestKind::Any,
        }
    }
}

async fn serve(
    State(exchange): State<Arc<Exchange>>,
    method: Method,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = if method == Method::GET { uri.query().unwrap_or_default().as_bytes() } else { &body };
    let params: Vec<(String, String)> = url::form_urlencoded::parse(form).into_owned().collect();
    let below = uri.path().strip_prefix(&exchange.account_path()).unwrap_or_default();
    let path =
        below.trim_start_matches('/').trim_end_matches(".json").split('/').map(str::to_owned).collect();
    let request = Request { method, path, params };
    let fault = exchange.rest_fault(request.kind());
    if let Some(RestFault::Slow(late)) = fault {
        tokio::time::sleep(late).await;
    }
    let (status, answer) = match fault {
        Some(RestFault::Refuse(429)) => refusal(429, 20429, "Too Many Requests"),
        Some(RestFault::Refuse(status)) => refusal(status, 20500, &refused(&exchange, &request)),
        Some(RestFault::Silence(_)) => refusal(503, 20500, &refused(&exchange, &request)),
        Some(RestFault::ExecuteThenSilence(_) | RestFault::Slow(_)) | None => {
            match may_enter(&exchange, &headers) {
                true => dispatch(&exchange, &request),
                false => refusal(401, 20003, "Authenticate"),
            }
        }
    };
    log(&exchange, &request, &uri, status);
    if let (200, ["Recordings", file]) = (status, request.parts().as_slice()) {
        return ([(header::CONTENT_TYPE, "audio/mpeg")], format!("the sound of {file}")).into_response();
    }
    if let Some(RestFault::ExecuteThenSilence(silence) | RestFault::Silence(silence)) = fault {
        tokio::time::sleep(silence).await;
    }
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if status == StatusCode::NO_CONTENT {
        return status.into_response();
    }
    (status, [(header::CONTENT_TYPE, "application/json")], answer.to_string()).into_response()
}

/// Twilio's messages name the number that they are about.
fn refused(exchange: &Exchange, request: &Request) -> String {
    let leg = request.path.get(1).and_then(|sid| exchange.leg(sid));
    let from = leg.map(|leg| leg.from.clone()).unwrap_or_default();
    format!("Refused by a fault: the call from '{from}' cannot be changed")
}

fn dispatch(exchange: &Arc<Exchange>, request: &Request) -> Outcome {
    match (request.kind(), request.parts().as_slice()) {
        (RestKind::Create, _) => create::create(exchange, request),
        (RestKind::List, _) => calls::list(exchange, request),
        (RestKind::Update, [_, sid]) => calls::update(exchange, sid, request),
        (RestKind::Fetch, [_, sid]) => calls::fetch(exchange, sid),
        (RestKind::Record, [_, sid, _]) => calls::record(exchange, sid, request),
        (RestKind::Numbers, [_]) if request.method == Method::GET => numbers::list(exchange, request),
        (RestKind::Numbers, [_, sid]) => numbers::update(exchange, sid, request),
        (RestKind::Recording, ["Calls", sid, _]) => calls::recordings(exchange, sid),
        (_, ["Messages"]) if request.method == Method::POST => message(exchange, request),
        (_, ["Recordings", sid]) if request.method == Method::DELETE => match exchange.drop_sound(sid) {
            true => (204, Value::Null),
            false => refusal(404, 20404, "The requested resource was not found"),
        },
        (_, ["Recordings", file]) if exchange.has_recorded(file.trim_end_matches(".mp3")) => {
            (200, Value::Null)
        }
        _ => refusal(404, 20404, "The requested resource was not found"),
    }
}

/// The text messages that are remembered: the latest.
const MESSAGES_KEPT_MAX: usize = 200;

/// A text message: it is taken if it says where to, where from and what.
fn message(exchange: &Exchange, request: &Request) -> Outcome {
    let (Some(to), Some(from), Some(text)) =
        (request.param("To"), request.param("From"), request.param("Body"))
    else {
        return refusal(400, 21602, "A message needs To, From and Body");
    };
    if !to.starts_with('+') {
        return refusal(400, 21211, "Invalid 'To' Phone Number");
    }
    let message = super::record::Message { to: to.to_owned(), from: from.to_owned(), text: text.to_owned() };
    let mut messages = lock(&exchange.messages);
    if messages.len() >= MESSAGES_KEPT_MAX {
        messages.remove(0);
    }
    messages.push(message);
    drop(messages);
    (201, json!({"sid": exchange.sid("SM"), "status": "queued", "to": to, "from": from}))
}

fn may_enter(exchange: &Exchange, headers: &HeaderMap) -> bool {
    let pair = format!("{}:{}", exchange.config.account_sid, exchange.config.auth_token);
    let wanted = format!("Basic {}", BASE64_STANDARD.encode(pair));
    headers.get(header::AUTHORIZATION).is_some_and(|given| given.as_bytes() == wanted.as_bytes())
}

fn log(exchange: &Exchange, request: &Request, uri: &axum::http::Uri, status: u16) {
    let seen = RestRequest {
        method: request.method.to_string(),
        path: uri.to_string(),
        params: request.params.clone(),
        status,
    };
    if let Some(leg) = request.path.get(1).and_then(|sid| exchange.leg(sid)) {
        leg.call.note(|record| record.rest.push(seen.clone()));
    }
    lock(&exchange.rest_log).push(seen);
}
