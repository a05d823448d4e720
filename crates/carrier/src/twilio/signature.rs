//! Whether a webhook is Twilio's: the `X-Twilio-Signature` over the URL as it was requested and every parameter
//! (twilio.com/docs/usage/security#validating-requests; the helper library twilio-python 9.13).
//!
//! A signature carries no time: against replay stands the journey, to which a repeat is nothing new.

mod address;

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::Form;

/// One account or subaccount, and what its webhooks are signed with. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its `AccountSid`.
    pub sid: String,
    /// Its auth token; two at once while it is rotated.
    pub auth_tokens: Vec<SecretString>,
    /// Its shared keys by their ids, for accounts that sign with HMAC-SHA256.
    pub shared_keys: BTreeMap<String, SecretString>,
}

/// A request as it came, nothing decoded.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// `GET` or `POST`.
    pub method: &'a http::Method,
    /// Path and query exactly as requested, behind whatever path the public base URL has.
    pub raw_path_and_query: &'a str,
    /// The header `Content-Type`.
    pub content_type: Option<&'a str>,
    /// The header `X-Twilio-Signature`.
    pub signature: Option<&'a str>,
    /// The header `X-Twilio-Webhooks-Signature-Settings`.
    pub settings: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
}

/// What the signature vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The account whose secret fits.
    pub account: String,
    /// The parameters: of the body, or of the query of a GET. Empty for a JSON body, which is vouched for as a whole.
    pub form: Form,
}

/// Why a request is not taken for Twilio's. All of them are answered with 403.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// There is no signature.
    #[error("the header X-Twilio-Signature is missing")]
    Missing,
    /// The signature is no base64.
    #[error("the header X-Twilio-Signature is no base64")]
    NotBase64,
    /// No such account is configured.
    #[error("AccountSid names an account that is not configured here")]
    UnknownAccount,
    /// The settings header names an algorithm that this release does not know.
    #[error("X-Twilio-Webhooks-Signature-Settings names an algorithm other than HMAC_SHA1 and HMAC_SHA256")]
    UnknownAlgorithm,
    /// The settings header names no shared key of the account.
    #[error("X-Twilio-Webhooks-Signature-Settings names a shared key that is not configured here")]
    UnknownKey,
    /// The account is configured without what it signs with.
    #[error("the account has no auth token here")]
    NoToken,
    /// A body that is no form must be vouched for by `bodySHA256`, and is not.
    #[error("the body is no form, and bodySHA256 in the query does not vouch for it")]
    Body,
    /// The signature fits none of the account's secrets.
    #[error(
        "the signature fits no secret of the account over {signed_url}: is that the URL which Twilio requests, and is the auth token the account's?"
    )]
    Mismatch {
        /// The URL that was checked, without its query's values.
        signed_url: String,
    },
}

/// Checks a request against the accounts configured here, over the public base URL that the numbers point at; what the
/// request says of its host is not believed.
///
/// # Errors
/// Says what does not fit, and over which URL.
pub fn verify(
    accounts: &[Account],
    public_base: &str,
    request: &Request<'_>,
) -> Result<Verified, SignatureError> {
    let signature = request.signature.ok_or(SignatureError::Missing)?;
    let signature = BASE64_STANDARD.decode(signature).map_err(|_| SignatureError::NotBase64)?;
    let algorithm = Algorithm::read(request.settings)?;
    let (form, signed_form) = request.forms()?;
    let of_sid = |account: &&Account| form.filled("AccountSid").is_none_or(|sid| sid == account.sid);
    let accounts: Vec<&Account> = accounts.iter().filter(of_sid).collect();
    if accounts.is_empty() {
        return Err(SignatureError::UnknownAccount);
    }
    let secrets: Vec<(&Account, &SecretString)> =
        accounts.iter().flat_map(|a| algorithm.secrets(a)).collect();
    if secrets.is_empty() {
        return Err(algorithm.without_secret());
    }
    let urls = address::requested(public_base, request.raw_path_and_query);
    for (account, secret) in secrets {
        if urls.iter().any(|url| algorithm.fits(secret, url, &signed_form, &signature)) {
            return Ok(Verified { account: account.sid.clone(), form });
        }
    }
    Err(SignatureError::Mismatch { signed_url: address::shown(public_base, request.raw_path_and_query) })
}

/// The base URL that a refused request was signed for, where it is on the host that the request itself names: then it is
/// the public base URL that must be mended, not the token. For a message alone; a request is never believed by it.
pub fn signed_base(accounts: &[Account], host: &str, request: &Request<'_>) -> Option<String> {
    let bases = ["https", "http"].map(|scheme| format!("{scheme}://{host}"));
    bases.into_iter().find(|base| verify(accounts, base, request).is_ok())
}

impl<'a> Request<'a> {
    /// A request as the server got it: the target as it stood in the request line, nothing decoded or normalised.
    pub fn new(
        method: &'a http::Method,
        raw_path_and_query: &'a str,
        headers: &'a http::HeaderMap,
        body: &'a [u8],
    ) -> Self {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        Self {
            method,
            raw_path_and_query,
            content_type: header("content-type"),
            signature: header("x-twilio-signature"),
            settings: header("x-twilio-webhooks-signature-settings"),
            body,
        }
    }

    /// The parameters, and what of them is signed behind the URL.
    fn forms(&self) -> Result<(Form, String), SignatureError> {
        let query = self.raw_path_and_query.split_once('?').map_or("", |(_, query)| query);
        if self.method == http::Method::GET {
            return Ok((Form::parse(query.as_bytes()), String::new()));
        }
        if self.body.is_empty() || self.is_form() {
            let form = Form::parse(self.body);
            let signed = signed(&form);
            return Ok((form, signed));
        }
        let expected = Form::parse(query.as_bytes()).value("bodySHA256").map(str::to_owned);
        let found: String = Sha256::digest(self.body).iter().map(|byte| format!("{byte:02x}")).collect();
        if expected == Some(found) { Ok((Form::default(), String::new())) } else { Err(SignatureError::Body) }
    }

    fn is_form(&self) -> bool {
        let media = self.content_type.and_then(|value| value.split(';').next()).unwrap_or("");
        media.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
    }
}

/// Names in the order of their code points, each with its distinct values in order; empty values count.
fn signed(form: &Form) -> String {
    let pairs: BTreeSet<(&str, &str)> = form.pairs().iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    pairs.into_iter().flat_map(|(name, value)| [name, value]).collect()
}

enum Algorithm {
    /// The account's auth token.
    Sha1,
    /// The shared key of this id.
    Sha256(String),
}

impl Algorithm {
    /// `key=<id>,algorithm=<name>`. Without the header, or without an algorithm in it, it is the older of the two.
    fn read(settings: Option<&str>) -> Result<Self, SignatureError> {
        let part = |wanted: &str| {
            let mut parts = settings.unwrap_or("").split(',').filter_map(|part| part.split_once('='));
            parts
                .find(|(name, _)| name.trim() == wanted)
                .map(|(_, value)| value.trim())
                .filter(|v| !v.is_empty())
        };
        match part("algorithm").map(str::to_ascii_uppercase).as_deref() {
            None | Some("HMAC_SHA1") => Ok(Self::Sha1),
            Some("HMAC_SHA256") => {
                part("key").map(|id| Self::Sha256(id.to_owned())).ok_or(SignatureError::UnknownKey)
            }
            Some(_) => Err(SignatureError::UnknownAlgorithm),
        }
    }

    fn secrets<'a>(&self, account: &'a Account) -> Vec<(&'a Account, &'a SecretString)> {
        match self {
            Self::Sha1 => account.auth_tokens.iter().map(|token| (account, token)).collect(),
            Self::Sha256(id) => account.shared_keys.get(id).map(|key| (account, key)).into_iter().collect(),
        }
    }

    const fn without_secret(&self) -> SignatureError {
        match self {
            Self::Sha1 => SignatureError::NoToken,
            Self::Sha256(_) => SignatureError::UnknownKey,
        }
    }

    /// In constant time.
    fn fits(&self, secret: &SecretString, url: &str, signed_form: &str, signature: &[u8]) -> bool {
        match self {
            Self::Sha1 => fits::<Hmac<Sha1>>(secret, url, signed_form, signature),
            Self::Sha256(_) => fits::<Hmac<Sha256>>(secret, url, signed_form, signature),
        }
    }
}

fn fits<M: Mac + KeyInit>(secret: &SecretString, url: &str, signed_form: &str, signature: &[u8]) -> bool {
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(secret.expose_secret().as_bytes()) else { return false };
    mac.update(url.as_bytes());
    mac.update(signed_form.as_bytes());
    mac.verify_slice(signature).is_ok()
}
