//! The token that a form of ours carries and a form of another site cannot: derived from the session's secret.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The form field that carries it.
pub(crate) const FIELD: &str = "csrf";
/// The header that carries it instead, for requests of scripts.
pub(crate) const HEADER: &str = "x-csrf-token";

/// The token of a session.
pub(crate) fn token(session: &SecretString) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(session.expose_secret().as_bytes())
        .expect("a key may have any length");
    mac.update(b"pingpost/csrf");
    BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

/// Whether a token is this session's.
pub(crate) fn fits(session: &SecretString, given: &str) -> bool {
    token(session).as_bytes().ct_eq(given.as_bytes()).into()
}
