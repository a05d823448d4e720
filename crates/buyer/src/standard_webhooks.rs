//! Signs requests by Standard Webhooks 1.0: `webhook-id`, `webhook-timestamp`, `webhook-signature`.
//!
//! The signature is HMAC-SHA256 over `id.timestamp.body`. While secrets are rotated a request carries one
//! signature for each. The id is the same on every repeat, the timestamp is each try's own.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderName, HeaderValue};
use lead::Timestamp;
use sha2::Sha256;

/// The names of the three headers. An offer's own headers may not hold them.
pub const HEADERS: [HeaderName; 3] = [
    HeaderName::from_static("webhook-id"),
    HeaderName::from_static("webhook-timestamp"),
    HeaderName::from_static("webhook-signature"),
];

/// What a key may be long, in bytes, by the specification.
pub const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// At most this many secrets sign a request at once.
pub const SECRETS_MAX: usize = 4;

/// The keys that sign an offer's requests; none: they are not signed.
#[derive(Clone, Default)]
pub struct Signer {
    keys: Vec<Hmac<Sha256>>,
}

/// Why a text is no signing secret. Never repeats it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The secret has another form.
    #[error("a signing secret is whsec_ and the base64 of 24 to 64 bytes")]
    Form,
    /// More secrets than [`SECRETS_MAX`].
    #[error("at most {SECRETS_MAX} signing secrets may be in use at once")]
    TooMany,
}

impl Signer {
    /// Reads secrets of the form `whsec_<base64>`.
    ///
    /// # Errors
    /// When one of them has another form, or there are too many.
    pub fn parse<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Result<Self, SecretError> {
        let keys: Vec<_> = secrets.into_iter().map(key).collect::<Result<_, _>>()?;
        if keys.len() > SECRETS_MAX { Err(SecretError::TooMany) } else { Ok(Self { keys }) }
    }

    /// The headers of one request; none, if there is no key. `id` holds visible ASCII without a full stop.
    pub fn headers(&self, now: Timestamp, id: &str, body: &[u8]) -> Vec<(HeaderName, HeaderValue)> {
        if self.keys.is_empty() {
            return Vec::new();
        }
        let timestamp = now.secs().to_string();
        let signatures: Vec<_> = self.keys.iter().map(|key| signature(key, id, &timestamp, body)).collect();
        let values = [id, &timestamp, &signatures.join(" ")].map(HeaderValue::from_str);
        HEADERS.into_iter().zip(values).filter_map(|(name, value)| Some((name, value.ok()?))).collect()
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("keys", &self.keys.len()).finish()
    }
}

fn key(secret: &str) -> Result<Hmac<Sha256>, SecretError> {
    let encoded = secret.strip_prefix("whsec_").ok_or(SecretError::Form)?;
    let key = STANDARD.decode(encoded).map_err(|_| SecretError::Form)?;
    if !KEY_BYTES.contains(&key.len()) {
        return Err(SecretError::Form);
    }
    Hmac::new_from_slice(&key).map_err(|_| SecretError::Form)
}

fn signature(key: &Hmac<Sha256>, id: &str, timestamp: &str, body: &[u8]) -> String {
    let mut mac = key.clone();
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn signed(secrets: &[&str]) -> Vec<String> {
        let signer = Signer::parse(secrets.iter().copied()).unwrap();
        let body = br#"{"test": 2432232314}"#;
        let headers =
            signer.headers(Timestamp::from_secs(1_614_265_330), "msg_p5jXN8AQM9LWM0D4loKWxJek", body);
        headers.into_iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect()
    }

    /// The vector of the specification's reference libraries.
    #[test]
    fn the_reference_vector_comes_out() {
        assert_eq!(
            signed(&[SECRET]),
            [
                "webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek",
                "webhook-timestamp: 1614265330",
                "webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            ]
        );
    }

    #[test]
    fn each_secret_in_rotation_signs() {
        let other = format!("whsec_{}", STANDARD.encode([7; 32]));
        let headers = signed(&[SECRET, &other]);
        let signatures: Vec<_> = headers[2].split(' ').skip(1).collect();
        assert_eq!(signatures.len(), 2);
        assert_eq!(signatures[0], "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert!(signatures[1].starts_with("v1,") && signatures[1] != signatures[0]);
        assert_eq!(signed(&[]), [""; 0]);
    }

    #[test]
    fn other_secrets_are_refused_without_being_shown() {
        let short = format!("whsec_{}", STANDARD.encode([7; 23]));
        let long = format!("whsec_{}", STANDARD.encode([7; 65]));
        for secret in ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!", &short, &long] {
            assert_eq!(Signer::parse([secret]).err(), Some(SecretError::Form));
        }
        assert_eq!(Signer::parse([SECRET; 5]).err(), Some(SecretError::TooMany));
        assert_eq!(format!("{:?}", Signer::parse([SECRET]).unwrap()), "Signer { keys: 1 }");
    }
}
