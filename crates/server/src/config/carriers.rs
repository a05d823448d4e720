//! Which carrier this is, and its account, and how both are read.

use std::{net::SocketAddr, time::Duration};

use secrecy::SecretString;

use super::{
    layers::Layers,
    sections::{SECOND, base_url},
};

/// What carries the calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CarrierKind {
    /// Twilio, or a carrier that speaks its API.
    Twilio,
    /// The simulator inside this process, which takes no real call.
    Simulator,
}

/// Which carrier this is.
#[derive(Debug, Clone)]
pub struct CarrierConfig {
    /// What carries the calls.
    pub kind: CarrierKind,
    /// Where the simulator's REST side listens.
    pub simulator_listen: SocketAddr,
}

/// The carrier's account.
#[derive(Debug, Clone)]
pub struct TwilioConfig {
    /// The account.
    pub account_sid: String,
    /// Signs webhooks and requests.
    pub auth_token: SecretString,
    /// A second token that is accepted during a change.
    pub auth_token_next: Option<SecretString>,
    /// The id and the shared key of HMAC-SHA256 signatures.
    pub shared_key: Option<(String, SecretString)>,
    /// Where requests go, without a final slash.
    pub base_url: String,
    /// How long one request may take.
    pub request_timeout: Duration,
    /// Calls started a second.
    pub cps: u32,
    /// How often the carrier's live legs are compared with the talks that we believe in.
    pub census_every: Duration,
}

impl CarrierConfig {
    pub(super) fn read(layers: &mut Layers) -> Self {
        let kind = layers.parsed("carrier.kind", "there is no such carrier", |text| match text {
            "twilio" => Ok(CarrierKind::Twilio),
            "simulator" => Ok(CarrierKind::Simulator),
            _ => Err("write \"twilio\" or \"simulator\""),
        });
        let listen = layers.parsed("carrier.simulator_listen", "this is no address with a port", |text| {
            text.parse().map_err(|_| "write an IP address and a port, ex: \"127.0.0.1:0\"")
        });
        Self {
            kind: kind.unwrap_or(CarrierKind::Twilio),
            simulator_listen: listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0))),
        }
    }
}

impl TwilioConfig {
    /// `None`: no carrier is configured. What is set of one only in part is a problem.
    pub(super) fn read(layers: &mut Layers, insecure: bool) -> Option<Self> {
        let account_sid = layers.parsed("twilio.account_sid", "this is no account id", account_sid);
        let auth_token = layers.secret("twilio.auth_token");
        let auth_token_next = layers.secret("twilio.auth_token_next");
        let key_id = layers.text("twilio.shared_key_id");
        let key = layers.secret("twilio.shared_key");
        match (key_id.is_some(), key.is_some()) {
            (true, false) => layers.missing("twilio.shared_key", "and twilio.shared_key_id is"),
            (false, true) => layers.missing("twilio.shared_key_id", "and twilio.shared_key is"),
            _ => {}
        }
        let base_url =
            layers.parsed("twilio.base_url", "this URL cannot be used", |text| base_url(text, insecure));
        let request_timeout =
            layers.wait("twilio.request_timeout", SECOND / 2..=Duration::from_millis(4_500));
        let cps = layers.count("twilio.cps", 1..=1_000);
        let census_every = layers.wait("twilio.census_every", SECOND..=600 * SECOND);
        if account_sid.is_none() && !layers.given.contains_key("twilio.account_sid") {
            if auth_token.is_some() || auth_token_next.is_some() {
                layers.missing("twilio.account_sid", "and a token of it is");
            }
            return None;
        }
        if auth_token.is_none() && !layers.secret_files.contains_key("twilio.auth_token") {
            layers.missing("twilio.auth_token", "and twilio.account_sid is");
        }
        if !layers.given.contains_key("http.public_base_url") {
            layers.missing("http.public_base_url", "and the carrier must reach this server");
        }
        Some(Self {
            account_sid: account_sid?,
            auth_token: auth_token?,
            auth_token_next,
            shared_key: key_id.zip(key),
            base_url: base_url?,
            request_timeout,
            cps,
            census_every,
        })
    }
}

fn account_sid(text: &str) -> Result<String, &'static str> {
    let hex =
        text.strip_prefix("AC").filter(|hex| hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_hexdigit()));
    hex.map(|_| text.to_owned())
        .ok_or("write AC and 32 hexadecimal digits, as the carrier's console shows it")
}
