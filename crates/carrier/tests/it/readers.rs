//! Every reader of a carrier's bytes as one total function: it panics if what must hold of anything does not hold. The
//! property tests and the fuzz targets of `fuzz/` feed it.

use std::collections::{BTreeMap, BTreeSet};

use auction::Screening;
use base64::{Engine, prelude::BASE64_STANDARD};
use carrier::twilio::{Account, Form, Hook, Request, Short, decode, resource, verify};
use hmac::{Hmac, KeyInit, Mac};
use http::Method;
use lead::{JourneyId, Timestamp};
use secrecy::SecretString;
use sha1::Sha1;
use sha2::Sha256;

const ACCOUNT: &str = "AC00000000000000000000000000000001";
const CALLER: &str = "CA00000000000000000000000000000001";
const BASE: &str = "https://calls.example.com";
const TOKEN: &str = "token-of-the-account";
const SHARED_KEY: &str = "shared-key-of-the-account";
const NOW: Timestamp = Timestamp::from_secs(1_790_000_000);
const FORM: &str = "application/x-www-form-urlencoded";

/// One of every kind of hook, of a journey that the webhooks here belong to.
pub fn every_hook() -> Vec<Hook> {
    let (journey, hash) = (JourneyId::of_call(ACCOUNT, CALLER), Short::of("0a1b2c3d"));
    vec![
        Hook::Voice,
        Hook::Heard { journey, step: 1, hash: hash.clone() },
        Hook::Hold { journey, k: 1, hash: hash.clone() },
        Hook::Dial { journey, n: 1, hash: hash.clone() },
        Hook::Question { journey, n: 1, hash },
        Hook::Dialed { journey, n: 1 },
        Hook::Leg { journey, n: 1 },
        Hook::Whisper { journey, n: 1 },
        Hook::Accept { journey, n: 1, screening: Screening::PressOne },
        Hook::Accept { journey, n: 1, screening: Screening::Off },
        Hook::Call,
        Hook::Recording { journey },
        Hook::Transfer { journey, k: 1 },
        Hook::Lead { journey, n: 1 },
        Hook::LeadLeg { journey, n: 1 },
        Hook::Fallback,
    ]
}

/// A webhook's body: a form whatever it is, and at every hook either understood or refused by name.
pub fn form(body: &[u8]) {
    webhook(&Form::parse(body));
    let own = format!("AccountSid={ACCOUNT}&CallSid={CALLER}&");
    webhook(&Form::parse(&[own.as_bytes(), body].concat()));
}

/// The same of a form's parameters.
pub fn webhook(form: &Form) {
    for hook in every_hook() {
        let decoded = decode(&hook, form, NOW);
        assert_eq!(decoded, decode(&hook, form, NOW), "a repeat is the same");
        match decoded {
            Ok(decoded) => {
                assert_eq!(decoded.whom.is_some(), hook.wants_document());
                assert!(decoded.key.len() < 400 && !decoded.key.chars().any(char::is_control));
                assert_eq!(form.filled("AccountSid"), Some(decoded.account.as_str()));
                let _ = format!("{decoded:?}");
            }
            Err(why) => {
                let words = why.to_string();
                assert!(!words.is_empty() && words.len() < 120, "{words}");
            }
        }
    }
}

/// A path: no hook, or the one that writes this very path.
pub fn path(text: &str) {
    let Some(hook) = Hook::parse(text) else { return };
    assert_eq!(hook.path(), text);
    let url = hook.url(BASE);
    assert!(url.starts_with(&format!("{BASE}{text}#rc=")) || url.starts_with(&format!("{BASE}{text}#ct=")));
}

/// What a carrier signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    pub path_and_query: String,
    pub body: String,
}

/// Which of the two algorithms signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Token,
    SharedKey,
}

impl Signed {
    /// Twilio's rule, written a second time: the URL, then each name with each of its distinct values, in order.
    fn text(&self) -> String {
        let pairs: BTreeSet<_> = url::form_urlencoded::parse(self.body.as_bytes()).into_owned().collect();
        let pairs: String = pairs.into_iter().map(|(name, value)| name + &value).collect();
        format!("{BASE}{}{pairs}", self.path_and_query)
    }

    /// Its signature.
    pub fn signature(&self, by: By) -> String {
        let text = self.text();
        BASE64_STANDARD.encode(match by {
            By::Token => sum::<Hmac<Sha1>>(TOKEN, &text),
            By::SharedKey => sum::<Hmac<Sha256>>(SHARED_KEY, &text),
        })
    }

    /// Whether it is taken under this signature.
    pub fn is_taken(&self, by: By, signature: &str) -> bool {
        let request = Request {
            method: &Method::POST,
            raw_path_and_query: &self.path_and_query,
            content_type: Some(FORM),
            signature: Some(signature),
            settings: (by == By::SharedKey).then_some("key=key1,algorithm=HMAC_SHA256"),
            body: self.body.as_bytes(),
        };
        verify(&[account()], BASE, &request).is_ok()
    }

    /// The path, the query's decoded pairs, and what is signed of the body: two requests that are alike in all three are
    /// the same to whoever reads them.
    fn means(&self) -> (String, Vec<(String, String)>, String) {
        let (path, query) = self.path_and_query.split_once('?').unwrap_or((&self.path_and_query, ""));
        let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let signed = Self { path_and_query: String::new(), body: self.body.clone() };
        (path.to_owned(), query, signed.text())
    }
}

fn sum<M: Mac + KeyInit>(key: &str, text: &str) -> Vec<u8> {
    let mut mac = <M as KeyInit>::new_from_slice(key.as_bytes()).expect("a key of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn account() -> Account {
    Account {
        sid: ACCOUNT.to_owned(),
        auth_tokens: vec![
            SecretString::from("an-older-token".to_owned()),
            SecretString::from(TOKEN.to_owned()),
        ],
        shared_keys: BTreeMap::from([("key1".to_owned(), SecretString::from(SHARED_KEY.to_owned()))]),
    }
}

/// Changes the byte at `at` of path, query, body and signature in turn: each changed request is refused, unless it means
/// the same.
pub fn any_changed_byte_is_refused(sent: &Signed, by: By, at: usize, to: u8) {
    let signature = sent.signature(by);
    assert!(sent.is_taken(by, &signature), "{sent:?}");
    let other = if by == By::Token { By::SharedKey } else { By::Token };
    assert!(!sent.is_taken(other, &signature), "one algorithm's signature is not the other's");
    if let Some(changed) = changed(&signature, at, to) {
        assert!(!sent.is_taken(by, &changed), "{signature} and {changed}");
    }
    if let Some(path_and_query) = changed(&sent.path_and_query, at, to) {
        let changed = Signed { path_and_query, ..sent.clone() };
        assert!(
            !changed.is_taken(by, &signature) || changed.means() == sent.means(),
            "{sent:?} and {changed:?}"
        );
    }
    if let Some(body) = changed(&sent.body, at, to) {
        let changed = Signed { body, ..sent.clone() };
        assert!(
            !changed.is_taken(by, &signature) || changed.means() == sent.means(),
            "{sent:?} and {changed:?}"
        );
    }
}

/// None: nothing is changed by it, or it is no text any more.
fn changed(text: &str, at: usize, to: u8) -> Option<String> {
    let mut bytes = text.as_bytes().to_vec();
    let place = at.checked_rem(bytes.len())?;
    if bytes[place] == to {
        return None;
    }
    bytes[place] = to;
    String::from_utf8(bytes).ok()
}

/// Any request without a signature that fits is refused, whatever its parts.
pub fn unsigned(path_and_query: &str, body: &[u8], header: &str) {
    for method in [Method::GET, Method::POST, Method::PUT] {
        for content_type in [None, Some(FORM), Some("application/json"), Some(header)] {
            for settings in [None, Some("key=key1,algorithm=HMAC_SHA256"), Some(header)] {
                for signature in [None, Some(""), Some("AAAAAAAAAAAAAAAAAAAAAAAAAAA="), Some(header)] {
                    let request = Request {
                        method: &method,
                        raw_path_and_query: path_and_query,
                        content_type,
                        signature,
                        settings,
                        body,
                    };
                    let why = verify(&[account()], BASE, &request).expect_err("nobody signed it").to_string();
                    assert!(!why.contains(TOKEN) && !why.contains(SHARED_KEY));
                }
            }
        }
    }
}

/// An answer of the REST side: a resource or none, and no number of a person's in what is shown of it.
pub fn rest(body: &[u8]) {
    let legs = resource::legs(body).into_iter().flatten().chain(resource::leg(body));
    for leg in legs {
        assert!(leg.duration.is_none_or(|lasted| lasted.as_secs() <= u64::from(u32::MAX)));
    }
    let _: Option<u32> = resource::code(body);
    for number in resource::numbers(body).into_iter().flat_map(|(numbers, _)| numbers) {
        assert!(number.mistakes(BASE).len() <= 5);
        assert!(number.voice_url.is_none_or(|url| !url.is_empty()), "an empty text is none");
    }
}
