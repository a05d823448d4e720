//! Secrets that open a door: drawn here, shown once, and kept as a hash.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::NoChance;

/// 256 random bits behind a prefix, in characters that are safe in a URL.
pub(super) fn drawn(prefix: &str) -> Result<SecretString, NoChance> {
    let bits: [u8; 32] = crate::chance::bytes()?;
    Ok(SecretString::from(format!("{prefix}{}", BASE64_URL_SAFE_NO_PAD.encode(bits))))
}

/// What is kept of it: of so many random bits, a plain hash gives nothing away.
pub(super) fn hash(secret: &SecretString) -> Vec<u8> {
    Sha256::digest(secret.expose_secret().as_bytes()).to_vec()
}
