//! What buyers do with a request.

use super::{
    recorded::Recorded,
    reply::{Body, Reply},
};
use serde_json::{Map, Number, Value, json};
use std::{fmt, sync::Arc, time::Duration};

/// What a buyer does with a ping or a confirm.
#[derive(Clone)]
pub enum Behaviour {
    /// A bid on our own wire.
    Bid(Bid),
    /// HTTP 200, a bid of 0 and a reason.
    Reject {
        /// In words.
        reason: String,
        /// A code.
        code: u64,
    },
    /// HTTP 204.
    NoBid204,
    /// A bid of 0 without a reason.
    BidZero,
    /// `[]`.
    EmptyList,
    /// Takes the connection and never answers.
    Silent,
    /// Answers the headers and never a body.
    HangAfterHeaders,
    /// A good bid, a byte a second.
    Drip(Bid),
    /// A status and a body.
    Status(u16, String),
    /// HTTP 200 and a page of HTML.
    Html200,
    /// HTTP 200 and these bytes.
    Raw {
        /// The bytes.
        body: Vec<u8>,
        /// Their alleged type.
        content_type: String,
    },
    /// A hundred megabytes.
    TooLarge,
    /// A hundred megabytes, sent as a few kilobytes of gzip.
    GzipBomb,
    /// A redirect.
    Redirect {
        /// 301, 302, 303, 307 or 308.
        status: u16,
        /// Where to.
        to: String,
    },
    /// Closes the connection without an answer.
    Close,
    /// Closes the connection in the middle of the body.
    CloseMidBody,
    /// A bid with bytes that are no UTF-8.
    InvalidUtf8,
    /// Another behaviour, late.
    Late(Duration, Box<Behaviour>),
    /// Anything.
    Custom(Arc<dyn Fn(&Recorded) -> Reply + Send + Sync>),
}

/// A bid on our own wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bid {
    /// As written: a JSON number if it reads as one, else a string.
    pub amount: String,
    /// The id; none is filled with the buyer's name and the turn.
    pub bid_id: Option<String>,
    /// Seconds.
    pub expire_in_seconds: Option<u64>,
    /// Where to dial.
    pub phone_number: Option<String>,
    /// Where to dial by SIP.
    pub sip_address: Option<String>,
    /// Payable from.
    pub call_min_duration: Option<u64>,
    /// How long the buyer thinks, in real time.
    pub delay: Duration,
}

/// What a buyer does with a post.
#[derive(Clone, Debug)]
pub enum PostBehaviour {
    /// Accepts with this 2xx.
    Accept(u16),
    /// Another status.
    Status(u16),
    /// Fails so many times with a status, then accepts.
    FailFirst {
        /// How often.
        times: u32,
        /// With what.
        status: u16,
    },
    /// Never answers.
    Silent,
    /// 410: never again.
    Gone410,
    /// 429 with `Retry-After`.
    RetryAfter(u64),
    /// Like a ping.
    Like(Behaviour),
}

impl Bid {
    /// So much, at once, for sixty seconds.
    #[must_use]
    pub fn new(amount: &str) -> Self {
        Self {
            amount: amount.to_owned(),
            bid_id: None,
            expire_in_seconds: Some(60),
            phone_number: None,
            sip_address: None,
            call_min_duration: None,
            delay: Duration::ZERO,
        }
    }

    /// To be dialled at this number.
    #[must_use]
    pub fn at(mut self, phone_number: &str) -> Self {
        self.phone_number = Some(phone_number.to_owned());
        self
    }

    /// After some thought.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    fn json(&self, name: &str, turn: usize) -> String {
        let amount = match self.amount.parse::<Number>() {
            Ok(number) => Value::Number(number),
            Err(_) => Value::String(self.amount.clone()),
        };
        let id = self
            .bid_id
            .clone()
            .unwrap_or_else(|| format!("{}-{turn}", name.to_lowercase().replace(' ', "-")));
        let mut bid = Map::new();
        bid.insert("bidId".to_owned(), Value::String(id));
        bid.insert("bidAmount".to_owned(), amount);
        let mut add =
            |name: &str, value: Option<Value>| value.map(|value| bid.insert(name.to_owned(), value));
        add("expireInSeconds", self.expire_in_seconds.map(Value::from));
        add("phoneNumber", self.phone_number.clone().map(Value::from));
        add("sipAddress", self.sip_address.clone().map(Value::from));
        add("callMinDuration", self.call_min_duration.map(Value::from));
        Value::Object(bid).to_string()
    }
}

impl Behaviour {
    /// A bid of so much.
    #[must_use]
    pub fn bids(amount: &str) -> Self {
        Self::Bid(Bid::new(amount))
    }

    pub(super) fn reply(&self, request: &Recorded, name: &str, turn: usize) -> Reply {
        match self {
            Self::Bid(bid) => Reply::json(200, bid.json(name, turn)).after(bid.delay),
            Self::Reject { reason, code } => {
                let refusal = json!({"bidAmount": 0, "rejectReason": reason, "rejectCode": code});
                Reply::json(200, refusal.to_string())
            }
            Self::NoBid204 => Reply::new(204, "", Body::Bytes(vec![])),
            Self::BidZero => Reply::json(200, r#"{"bidAmount":0}"#.to_owned()),
            Self::EmptyList => Reply::json(200, "[]".to_owned()),
            Self::Silent => Reply::new(200, "application/json", Body::Never),
            Self::HangAfterHeaders => Reply::new(200, "application/json", Body::HangAfterHeaders),
            Self::Drip(bid) => {
                let body = bid.json(name, turn).into_bytes();
                Reply::new(200, "application/json", Body::Drip { body, every: Duration::from_secs(1) })
            }
            Self::Status(status, body) => Reply::json(*status, body.clone()),
            Self::Html200 => {
                let page = b"<!doctype html><html><body>Welcome</body></html>".to_vec();
                Reply::new(200, "text/html", Body::Bytes(page))
            }
            Self::Raw { body, content_type } => Reply::new(200, content_type, Body::Bytes(body.clone())),
            Self::TooLarge => Reply::new(200, "application/json", Body::Endless { bytes: 100 * 1024 * 1024 }),
            Self::GzipBomb => {
                Reply::new(200, "application/json", Body::GzipBomb { bytes: 100 * 1024 * 1024 })
            }
            Self::Redirect { status, to } => {
                Reply::new(*status, "", Body::Bytes(vec![])).header("location", to)
            }
            Self::Close => Reply::new(200, "", Body::CloseAtOnce),
            Self::CloseMidBody => Reply::new(200, "application/json", Body::CloseMidBody),
            Self::InvalidUtf8 => {
                let body = b"{\"bidId\":\"\xff\xfe\",\"bidAmount\":85}".to_vec();
                Reply::new(200, "application/json", Body::Bytes(body))
            }
            Self::Late(delay, then) => {
                let reply = then.reply(request, name, turn);
                let delay = *delay + reply.delay;
                reply.after(delay)
            }
            Self::Custom(reply) => reply(request),
        }
    }
}

impl PostBehaviour {
    pub(super) fn reply(&self, request: &Recorded, name: &str, turn: usize) -> Reply {
        let plain = |status: u16| Reply::json(status, json!({"status": status}).to_string());
        match self {
            Self::Accept(status) | Self::Status(status) => plain(*status),
            Self::FailFirst { times, status } => {
                let failing = turn <= usize::try_from(*times).unwrap_or(usize::MAX);
                plain(if failing { *status } else { 200 })
            }
            Self::Silent => Reply::new(200, "application/json", Body::Never),
            Self::Gone410 => plain(410),
            Self::RetryAfter(seconds) => plain(429).header("retry-after", &seconds.to_string()),
            Self::Like(behaviour) => behaviour.reply(request, name, turn),
        }
    }
}

impl fmt::Debug for Behaviour {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bid(bid) => write!(formatter, "Bid({})", bid.amount),
            Self::Custom(_) => formatter.write_str("Custom"),
            _ => formatter.write_str("Behaviour"),
        }
    }
}
