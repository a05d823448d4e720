//! Standard Webhooks signatures, written from its specification.

use super::recorded::{Recorded, Signature};
use crate::clock;
use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const TOLERANCE_SECONDS: i64 = 300;

/// Checks id, timestamp and signature of a request with a `whsec_…` secret.
pub(super) fn check(secret: &str, request: &Recorded) -> Signature {
    let parts = ["webhook-id", "webhook-timestamp", "webhook-signature"].map(|name| request.header(name));
    let (id, timestamp, signatures) = match parts {
        [None, None, None] => return Signature::Missing,
        [Some(id), Some(timestamp), Some(signatures)] => (id, timestamp, signatures),
        _ => return Signature::Invalid("one of the three headers is missing".to_owned()),
    };
    let Ok(seconds) = timestamp.parse::<i64>() else {
        return Signature::Invalid(format!("the timestamp {timestamp:?} is no number of seconds"));
    };
    if (clock::wall().as_second() - seconds).abs() > TOLERANCE_SECONDS {
        return Signature::Invalid("the timestamp is more than five minutes off".to_owned());
    }
    let Ok(key) = BASE64_STANDARD.decode(secret.strip_prefix("whsec_").unwrap_or(secret)) else {
        return Signature::Invalid("the buyer's secret is no base64".to_owned());
    };
    let right = |signature: &str| {
        let Some(given) = signature.strip_prefix("v1,").and_then(|text| BASE64_STANDARD.decode(text).ok())
        else {
            return false;
        };
        mac(&key, id, timestamp, &request.body).verify_slice(&given).is_ok()
    };
    match signatures.split(' ').any(right) {
        true => Signature::Valid,
        false => Signature::Invalid("no signature fits".to_owned()),
    }
}

fn mac(key: &[u8], id: &str, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's own libraries.
    #[test]
    fn the_published_example() {
        let key = BASE64_STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let made = mac(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", br#"{"test": 2432232314}"#);
        let text = BASE64_STANDARD.encode(made.finalize().into_bytes());
        assert_eq!(text, "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
