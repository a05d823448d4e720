//! A request as a buyer saw it.

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use std::time::Duration;

/// One request.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Real time since the buyer was started.
    pub at: Duration,
    /// `POST`, `GET`, …
    pub method: String,
    /// The path.
    pub path: String,
    /// The raw query, empty if none.
    pub query: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The raw body.
    pub body: Bytes,
    /// Whether it authenticated itself as expected.
    pub authorised: bool,
    /// What its signature is worth.
    pub signature: Signature,
}

/// What the Standard Webhooks signature of a request is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signature {
    /// The buyer has no secret to check with.
    Unchecked,
    /// There is none.
    Missing,
    /// It is right.
    Valid,
    /// It is wrong, and why.
    Invalid(String),
}

/// How a buyer wants requests to authenticate themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExpectedAuth {
    /// Not at all.
    None,
    /// `Authorization: Bearer …`.
    Bearer(String),
    /// `Authorization: Basic …`.
    Basic {
        /// User.
        user: String,
        /// Password.
        password: String,
    },
    /// A header of its own.
    Header {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
}

impl Recorded {
    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(named, _)| named.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The body as JSON, or null.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// All bytes of the request: line, headers and body, for a search.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut all = format!("{} {}?{}\n", self.method, self.path, self.query).into_bytes();
        for (name, value) in &self.headers {
            all.extend(format!("{name}: {value}\n").into_bytes());
        }
        all.push(b'\n');
        all.extend(&self.body);
        all
    }
}

impl ExpectedAuth {
    pub(super) fn accepts(&self, request: &Recorded) -> bool {
        let header = |name, value: String| request.header(name) == Some(&value);
        match self {
            Self::None => true,
            Self::Bearer(token) => header("authorization", format!("Bearer {token}")),
            Self::Basic { user, password } => header(
                "authorization",
                format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}"))),
            ),
            Self::Header { name, value } => header(name, value.clone()),
        }
    }
}
