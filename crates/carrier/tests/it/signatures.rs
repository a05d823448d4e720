//! Signatures: the published example, others computed with twilio-python 9.13, and what must not pass.

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_STANDARD};
use carrier::twilio::{Account, Request, SignatureError, Verified, verify};
use http::Method;
use proptest::prelude::*;
use secrecy::SecretString;

use crate::BASE;

const FORM: &str = "application/x-www-form-urlencoded; charset=UTF-8";
const UTF8: &str =
    "FromZip=&a=low&SpeechResult=F%C3%BC%C3%9Fe+%26+m%C3%A1s+%2B1&AccountSid=ACa&Z=up&CallSid=CAa";

fn account(sid: &str, tokens: &[&str], shared_keys: &[(&str, &str)]) -> Account {
    let secret = |text: &&str| SecretString::from((*text).to_owned());
    let shared_keys: BTreeMap<_, _> = shared_keys
        .iter()
        .map(|(id, key)| ((*id).to_owned(), SecretString::from((*key).to_owned())))
        .collect();
    Account { sid: sid.to_owned(), auth_tokens: tokens.iter().map(secret).collect(), shared_keys }
}

fn ours() -> Vec<Account> {
    vec![account("ACb", &["tok-b"], &[]), account("ACa", &["tok-old", "tok-a"], &[("key1", "shared-1")])]
}

fn post<'a>(raw_path_and_query: &'a str, body: &'a str, signature: &'a str) -> Request<'a> {
    let (content_type, signature) = (Some(FORM), Some(signature));
    Request {
        method: &Method::POST,
        raw_path_and_query,
        content_type,
        signature,
        settings: None,
        body: body.as_bytes(),
    }
}

fn by(result: Result<Verified, SignatureError>) -> Result<String, SignatureError> {
    result.map(|verified| verified.account)
}

fn is_mismatch(result: Result<Verified, SignatureError>) -> bool {
    matches!(result, Err(SignatureError::Mismatch { .. }))
}

#[test]
fn the_published_example() {
    let body =
        "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212";
    let request = post("/myapp.php?foo=1&bar=2", body, "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
    let accounts = [account("AC1", &["12345"], &[])];
    let verified = verify(&accounts, "https://mycompany.com", &request).unwrap();
    assert_eq!(verified.form.value("From"), Some("+14158675309"));
    assert_eq!(by(verify(&accounts, "https://mycompany.com:443/", &request)), Ok("AC1".to_owned()));
    assert!(is_mismatch(verify(&accounts, "http://mycompany.com", &request)));
    assert!(is_mismatch(verify(&accounts, "https://mycompany.com:8443", &request)));
    assert!(is_mismatch(verify(&[account("AC1", &["12346"], &[])], "https://mycompany.com", &request)));
}

#[test]
fn parameters_are_decoded_sorted_and_empty_ones_count() {
    for signature in ["HvYUsFPcB1tfwdrOQdHXazc6qc8=", "GoKBFj/PDZrPXVmopiuYmn/VPxM="] {
        let request = post("/twilio/voice", UTF8, signature);
        assert_eq!(
            by(verify(&ours(), BASE, &request)),
            Ok("ACa".to_owned()),
            "with and without the default port"
        );
    }
    let without = UTF8.replace("FromZip=&", "");
    assert!(is_mismatch(verify(
        &ours(),
        BASE,
        &post("/twilio/voice", &without, "HvYUsFPcB1tfwdrOQdHXazc6qc8=")
    )));
}

#[test]
fn repeated_names_count_with_their_distinct_values() {
    let request = post("/twilio/call", "AccountSid=ACa&M=b&M=a&M=b", "jCf1qfgEnOq2gejgVuNDlp/ysCE=");
    assert_eq!(by(verify(&ours(), BASE, &request)), Ok("ACa".to_owned()));
}

#[test]
fn other_ports_stay() {
    let at = |base, signature| by(verify(&ours(), base, &post("/twilio/voice", "AccountSid=ACa", signature)));
    assert_eq!(at("https://calls.example.com:8443", "qo3uUbbhQw+zuFD67lPsy4N+RnU="), Ok("ACa".to_owned()));
    assert!(at(BASE, "qo3uUbbhQw+zuFD67lPsy4N+RnU=").is_err());
    assert_eq!(at("http://calls.example.com", "OncHNqF3hg01ekpZE2sweIQvKCA="), Ok("ACa".to_owned()));
}

#[test]
fn a_request_is_taken_with_its_headers() {
    let mut headers = http::HeaderMap::new();
    for (name, value) in [
        ("Content-Type", FORM),
        ("X-Twilio-Signature", "Qn1x3v90J9pKv5YUoJT37kqhDHj3HMoZZFGCqurOvW4="),
        ("X-Twilio-Webhooks-Signature-Settings", "key=key1,algorithm=HMAC_SHA256"),
    ] {
        headers.insert(http::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
    }
    let request = Request::new(&Method::POST, "/twilio/voice", &headers, b"CallSid=CAa&AccountSid=ACa");
    assert_eq!(by(verify(&ours(), BASE, &request)), Ok("ACa".to_owned()));
}

#[test]
fn a_get_signs_its_url_alone_and_its_query_is_the_form() {
    let path = "/twilio/voice?AccountSid=ACa&Digits=%2B1%20a";
    let request = Request {
        method: &Method::GET,
        content_type: None,
        ..post(path, "Digits=9", "h/3h+4fZFvxwad5PXQzKxMkWaIA=")
    };
    let verified = verify(&ours(), BASE, &request).unwrap();
    assert_eq!(verified.form.value("Digits"), Some("+1 a"), "what is not signed is not read");
}

#[test]
fn a_query_may_have_been_written_again() {
    for (path, signature) in [
        ("/twilio/voice?n=O'Neil", "ScmU6NGsay+sceX67oFVke1HneQ="),
        ("/twilio/voice?n=a+b", "Moe312YoJJQEkEfXCEW4Ih0pcSo="),
    ] {
        assert_eq!(
            by(verify(&ours(), BASE, &post(path, "AccountSid=ACa", signature))),
            Ok("ACa".to_owned()),
            "{path}"
        );
    }
}

#[test]
fn a_json_body_is_vouched_for_by_its_hash() {
    let path = "/twilio/call?bodySHA256=015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862";
    let json = |body| Request {
        content_type: Some("application/json"),
        ..post(path, body, "7uVAi0AB6xsfmir/do55N8u+Jf8=")
    };
    assert_eq!(by(verify(&ours(), BASE, &json(r#"{"a":1}"#))), Ok("ACa".to_owned()));
    assert_eq!(by(verify(&ours(), BASE, &json(r#"{"a":2}"#))), Err(SignatureError::Body));
    let unvouched = Request { raw_path_and_query: "/twilio/call", ..json(r#"{"a":1}"#) };
    assert_eq!(by(verify(&ours(), BASE, &unvouched)), Err(SignatureError::Body));
}

#[test]
fn a_shared_key_signs_with_sha256() {
    let signed = |settings| Request {
        settings: Some(settings),
        ..post("/twilio/voice", "CallSid=CAa&AccountSid=ACa", "Qn1x3v90J9pKv5YUoJT37kqhDHj3HMoZZFGCqurOvW4=")
    };
    let check = |settings| by(verify(&ours(), BASE, &signed(settings)));
    assert_eq!(check("key=key1,algorithm=HMAC_SHA256"), Ok("ACa".to_owned()));
    assert_eq!(check(" algorithm = hmac_sha256 , key = key1 "), Ok("ACa".to_owned()));
    assert_eq!(check("key=key2,algorithm=HMAC_SHA256"), Err(SignatureError::UnknownKey));
    assert_eq!(check("algorithm=HMAC_SHA256"), Err(SignatureError::UnknownKey));
    assert_eq!(check("key=key1,algorithm=HMAC_SHA512"), Err(SignatureError::UnknownAlgorithm));
    for older in ["", "key=key1", "key=key1,algorithm=HMAC_SHA1"] {
        assert!(matches!(check(older), Err(SignatureError::Mismatch { .. })), "{older}");
    }
}

#[test]
fn a_secret_counts_for_its_own_account_only() {
    let request = post("/twilio/voice", UTF8, "HvYUsFPcB1tfwdrOQdHXazc6qc8=");
    let moved = [account("ACa", &["tok-b"], &[]), account("ACb", &["tok-a"], &[])];
    assert!(is_mismatch(verify(&moved, BASE, &request)));
    assert_eq!(by(verify(&ours()[..1], BASE, &request)), Err(SignatureError::UnknownAccount));
    assert_eq!(by(verify(&[account("ACa", &[], &[])], BASE, &request)), Err(SignatureError::NoToken));
}

#[test]
fn an_error_says_which_url_was_signed_and_shows_no_value() {
    let missing = Request { signature: None, ..post("/twilio/voice", UTF8, "") };
    assert_eq!(by(verify(&ours(), BASE, &missing)), Err(SignatureError::Missing));
    assert_eq!(
        by(verify(&ours(), BASE, &post("/twilio/voice", UTF8, "not base64"))),
        Err(SignatureError::NotBase64)
    );
    let wrong =
        verify(&ours(), BASE, &post("/twilio/voice?To=%2B13055550142", UTF8, "HvYUsFPcB1tfwdrOQdHXazc6qc8="));
    let text = wrong.unwrap_err().to_string();
    assert!(text.contains("https://calls.example.com/twilio/voice?To=…:"), "{text}");
    assert!(!text.contains("305"));
    assert!(!format!("{:?}", ours()).contains("tok-"));
}

proptest! {
    #[test]
    fn a_changed_signature_is_refused(at in 0usize..20, mask in 1u8..=255) {
        let mut bytes = BASE64_STANDARD.decode("HvYUsFPcB1tfwdrOQdHXazc6qc8=").unwrap();
        bytes[at] ^= mask;
        let signature = BASE64_STANDARD.encode(bytes);
        prop_assert!(is_mismatch(verify(&ours(), BASE, &post("/twilio/voice", UTF8, &signature))));
    }

    #[test]
    fn a_changed_parameter_is_refused(at in 0usize..UTF8.len(), to in "[a-zA-Z0-9]") {
        let mut body = UTF8.as_bytes().to_vec();
        prop_assume!(body[at] != to.as_bytes()[0]);
        body[at] = to.as_bytes()[0];
        let body = String::from_utf8(body).unwrap();
        // Another way to write the very same parameters is no change.
        prop_assume!(pairs(&body) != pairs(UTF8));
        prop_assert!(verify(&ours(), BASE, &post("/twilio/voice", &body, "HvYUsFPcB1tfwdrOQdHXazc6qc8=")).is_err());
    }

    #[test]
    fn a_changed_path_is_refused(path in "/[a-z/]{0,20}") {
        prop_assume!(path != "/twilio/voice");
        prop_assert!(is_mismatch(verify(&ours(), BASE, &post(&path, UTF8, "HvYUsFPcB1tfwdrOQdHXazc6qc8="))));
    }

    #[test]
    fn nothing_makes_it_fail_otherwise(
        path: String, body: Vec<u8>, signature: Option<String>, settings: Option<String>, kind: Option<String>
    ) {
        let request = Request {
            method: &Method::POST,
            raw_path_and_query: &path,
            content_type: kind.as_deref(),
            signature: signature.as_deref(),
            settings: settings.as_deref(),
            body: &body,
        };
        prop_assert!(verify(&ours(), BASE, &request).is_err());
    }
}

fn pairs(body: &str) -> Vec<(String, String)> {
    let mut pairs: Vec<_> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    pairs.sort();
    pairs.dedup();
    pairs
}
