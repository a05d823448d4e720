//! Whose webhooks are believed.

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{
    place::{ACCOUNT, PUBLIC, Place},
    request::{self, FORM, arrival, encoded, send, tell, with, written},
    words::QUESTION,
};

const CALLER: &str = "+13055550142";

#[test]
fn without_the_right_signature_nothing_is_answered_or_changed() {
    let server = Place::new().serve();
    let form = arrival("CA1", CALLER);
    let right = request::signature("/twilio/voice", &form);
    let wrong_token = sandbox::carrier::sign("another token", &format!("{PUBLIC}/twilio/voice"), &form);
    let other_url = sandbox::carrier::sign(crate::place::TOKEN, "http://10.0.0.7:8080/twilio/voice", &form);
    let unsigned = written("POST", "/twilio/voice", &[("content-type", FORM)], &encoded(&form));
    let mut refused = vec![unsigned];
    for signature in ["", "not base64 !", "AAAA", &*wrong_token, &*other_url, &right[1..]] {
        let headers = [("content-type", FORM), ("x-twilio-signature", signature)];
        refused.push(written("POST", "/twilio/voice", &headers, &encoded(&form)));
    }
    let headers = [("content-type", FORM), ("x-twilio-signature", &*right)];
    let changed = with(form.clone(), "From", "+13055550143");
    refused.push(written("POST", "/twilio/voice", &headers, &encoded(&changed)));
    refused.push(written("POST", "/twilio/voice?a=b", &headers, &encoded(&form)));
    refused.push(written("POST", "/twilio/call", &headers, &encoded(&form)));
    for (n, bytes) in refused.iter().enumerate() {
        let answer = send(server.address, bytes);
        assert_eq!((answer.status, &*answer.body), (403, "signature_invalid"), "request {n}");
    }
    assert_eq!(server.figure("pingpost_webhooks_refused_total"), refused.len() as u64);
    assert_eq!(server.figure("pingpost_events_total"), 0);
    assert_eq!(
        send(server.address, &written("POST", "/twilio/voice", &headers, &encoded(&form))).status,
        200
    );
}

#[test]
fn the_log_says_which_url_was_signed_and_shows_no_value() {
    let server = Place::new().serve();
    let form = arrival("CA1", CALLER);
    let headers = [("content-type", FORM), ("x-twilio-signature", "AAAA")];
    let target = "/twilio/voice?from=%2B13055550142&b=7";
    assert_eq!(send(server.address, &written("POST", target, &headers, &encoded(&form))).status, 403);
    let line = server.logged("a webhook is not Twilio's");
    assert!(line.contains("https://calls.example.com/twilio/voice?from=…&b=…"), "{line}");
    assert!(line.contains("http.public_base_url") && line.contains("twilio.auth_token"), "{line}");
    assert!(!line.contains("3055550142") && !line.contains("sandbox-auth-token"), "{line}");
}

#[test]
fn the_log_says_which_base_url_would_have_been_right() {
    let server = Place::new().with("HTTP__PUBLIC_BASE_URL", "https://old.example.com").serve();
    assert_eq!(tell(&server, "/twilio/voice", &arrival("CA1", CALLER)).status, 403);
    let line = server.logged("a webhook is not Twilio's");
    assert!(line.contains("over https://old.example.com/twilio/voice"), "{line}");
    assert!(line.contains("it was signed for https://calls.example.com: set http.public_base_url"), "{line}");
}

#[test]
fn another_account_is_nobody() {
    let server = Place::new().serve();
    let form = with(arrival("CA1", CALLER), "AccountSid", "ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb");
    let answer = tell(&server, "/twilio/voice", &form);
    assert_eq!((answer.status, &*answer.body), (403, "signature_invalid"));
    server.logged("AccountSid names an account that is not configured here");
}

#[test]
fn a_get_is_signed_over_its_query() {
    let server = Place::new().serve();
    let target = format!("/twilio/voice?{}", encoded(&arrival("CA1", CALLER)));
    let signature = request::signature(&target, &[]);
    let ask = |target: &str| {
        send(server.address, &written("GET", target, &[("x-twilio-signature", &signature)], ""))
    };
    let answer = ask(&target);
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains(QUESTION), "{}", answer.body);
    assert_eq!(ask(&target.replace("CA1", "CA2")).status, 403);
}

#[test]
fn two_tokens_are_good_while_one_replaces_the_other() {
    let server = Place::new().with("TWILIO__AUTH_TOKEN_NEXT", "the next token").serve();
    for (token, call, status) in
        [(crate::place::TOKEN, "CA1", 200), ("the next token", "CA2", 200), ("the last token", "CA3", 403)]
    {
        let form = arrival(call, CALLER);
        let signature = sandbox::carrier::sign(token, &format!("{PUBLIC}/twilio/voice"), &form);
        let headers = [("content-type", FORM), ("x-twilio-signature", &*signature)];
        let answer = send(server.address, &written("POST", "/twilio/voice", &headers, &encoded(&form)));
        assert_eq!(answer.status, status, "{token}");
    }
}

#[test]
fn a_shared_key_signs_with_sha256_where_it_is_named() {
    let place = Place::new();
    let key_id = "KYcccccccccccccccccccccccccccccccc";
    place.write("shared-key", "a shared key\n");
    let file = place.path("shared-key");
    let server = place
        .with("TWILIO__SHARED_KEY_ID", key_id)
        .with("TWILIO__SHARED_KEY_FILE", file.to_str().expect("UTF-8"))
        .serve();
    let form = arrival("CA1", CALLER);
    let mut mac = Hmac::<Sha256>::new_from_slice(b"a shared key").expect("any length");
    mac.update(format!("{PUBLIC}/twilio/voice").as_bytes());
    let mut sorted = form.clone();
    sorted.sort();
    for (name, value) in &sorted {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
    for (settings, status) in [
        (format!("key={key_id},algorithm=HMAC_SHA256"), 200),
        ("key=KYd,algorithm=HMAC_SHA256".to_owned(), 403),
        (format!("key={key_id},algorithm=HMAC_MD5"), 403),
        (String::new(), 403),
    ] {
        let headers = [
            ("content-type", FORM),
            ("x-twilio-signature", &*signature),
            ("x-twilio-webhooks-signature-settings", &*settings),
        ];
        let answer = send(server.address, &written("POST", "/twilio/voice", &headers, &encoded(&form)));
        assert_eq!(answer.status, status, "{settings}");
    }
    assert!(!server.log().join("\n").contains("a shared key\""));
    assert_eq!(
        tell(&server, "/twilio/voice", &arrival("CA2", CALLER)).status,
        200,
        "{ACCOUNT} still signs so"
    );
}

#[test]
fn the_default_port_may_stand_in_the_signed_url() {
    let server = Place::new().serve();
    for (base, call, status) in [
        ("https://calls.example.com:443", "CA1", 200),
        ("https://calls.example.com:8443", "CA2", 403),
        ("http://calls.example.com", "CA3", 403),
    ] {
        let form = arrival(call, CALLER);
        let signature = sandbox::carrier::sign(crate::place::TOKEN, &format!("{base}/twilio/voice"), &form);
        let headers = [("content-type", FORM), ("x-twilio-signature", &*signature)];
        let answer = send(server.address, &written("POST", "/twilio/voice", &headers, &encoded(&form)));
        assert_eq!(answer.status, status, "{base}");
    }
}

#[test]
fn a_flood_of_forgeries_does_not_fill_the_log() {
    let server = Place::new().serve();
    let form = arrival("CA1", CALLER);
    let headers = [("content-type", FORM), ("x-twilio-signature", "forged")];
    for _ in 0..40 {
        let answer = send(server.address, &written("POST", "/twilio/voice", &headers, &encoded(&form)));
        assert_eq!(answer.status, 403);
    }
    assert_eq!(server.figure("pingpost_webhooks_refused_total"), 40);
    let left_out = server.figure("pingpost_log_lines_left_out_total{line=\"webhook_refused\"}");
    let written = server.log().iter().filter(|line| line.contains("a webhook is not Twilio's")).count();
    // A minute may have ended in between; then as many are written again.
    assert!(written <= 20 && left_out >= 20 && written as u64 + left_out == 40, "{written} {left_out}");
}
