//! Paths, methods, sizes and content types that no carrier sends.

use crate::{
    place::Place,
    request::{self, FORM, arrival, encoded, get, send, signature, with, written},
    words::QUESTION,
};

const CALLER: &str = "+13055550142";

#[test]
fn a_path_that_is_not_one_to_the_letter_is_not_found() {
    let server = Place::new().serve();
    let form = arrival("CA1", CALLER);
    for target in [
        "/",
        "/twilio",
        "/twilio/",
        "/twilio/voice/",
        "/twilio//voice",
        "//twilio/voice",
        "/twilio/../healthz",
        "/twilio/%2e%2e/healthz",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/twilio/..%2f..%2fetc%2fpasswd",
        "/twilio/voice%00",
        "/twilio/%76oice",
        "/Twilio/Voice",
        "/twilio/00000000-0000-0000-0000-000000000000/dialed/01",
        "/recordings/00000000-0000-0000-0000-000000000000/00",
        "/recordings/..%2f..%2fpingpost.db/00",
        "/audio/../ring.wav",
        "/.git/config",
    ] {
        assert_eq!(get(server.address, target).status, 404, "GET {target}");
        let signature = signature(target, &form);
        let headers = [("content-type", FORM), ("x-twilio-signature", &*signature)];
        let answer = send(server.address, &written("POST", target, &headers, &encoded(&form)));
        assert!(matches!(answer.status, 404 | 405), "POST {target}: {answer:?}");
    }
    assert_eq!(server.figure("pingpost_events_total"), 0);
}

#[test]
fn another_method_is_told_which_ones_there_are() {
    let server = Place::new().serve();
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "BREW"] {
        let answer = send(server.address, &written(method, "/twilio/voice", &[], ""));
        assert_eq!(answer.status, 405, "{method}");
        assert!(answer.head.contains("allow: get, post"), "{method}: {}", answer.head);
    }
    for target in ["/healthz", "/readyz", "/metrics", "/audio/ring.wav"] {
        assert_eq!(send(server.address, &written("HEAD", target, &[], "")).status, 200, "HEAD {target}");
        let answer = send(server.address, &written("POST", target, &[], ""));
        assert_eq!(answer.status, 405, "POST {target}");
        assert!(answer.head.contains("allow: get"), "POST {target}: {}", answer.head);
    }
}

#[test]
fn a_body_is_read_up_to_its_limit() {
    let server = Place::new().serve();
    let whole = |length: usize| {
        let form = arrival("CA1", CALLER);
        let used = encoded(&with(form.clone(), "Extra", "")).len();
        with(form, "Extra", &"x".repeat(length - used))
    };
    let fits = request::tell(&server, "/twilio/voice", &whole(65_536));
    assert!(fits.status == 200 && fits.body.contains(QUESTION), "{fits:?}");
    assert_eq!(request::tell(&server, "/twilio/voice", &whole(65_537)).status, 413);
    let mut endless = written("POST", "/twilio/voice", &[("content-type", FORM)], "");
    let head =
        String::from_utf8(endless).expect("UTF-8").replace("content-length: 0", "transfer-encoding: chunked");
    endless = head.into_bytes();
    for _ in 0..20 {
        endless.extend(b"1000\r\n");
        endless.extend([b'x'; 0x1000]);
        endless.extend(b"\r\n");
    }
    assert_eq!(send(server.address, &endless).status, 413);
}

#[test]
fn a_body_that_is_no_form_is_another_media_type() {
    let server = Place::new().serve();
    let form = arrival("CA1", CALLER);
    let signature = signature("/twilio/voice", &form);
    let ask = |content_type: &str| {
        let headers = [("content-type", content_type), ("x-twilio-signature", &*signature)];
        send(server.address, &written("POST", "/twilio/voice", &headers, &encoded(&form))).status
    };
    for content_type in ["text/plain", "multipart/form-data; boundary=x", "", "application/xml"] {
        assert_eq!(ask(content_type), 415, "{content_type}");
    }
    let without = written("POST", "/twilio/voice", &[("x-twilio-signature", &signature)], &encoded(&form));
    assert_eq!(send(server.address, &without).status, 415);
    // JSON is vouched for by a hash in the query alone.
    assert_eq!(ask("application/json"), 403);
    assert_eq!(ask("Application/X-WWW-Form-Urlencoded"), 200);
}

#[test]
fn what_is_no_http_is_no_request() {
    let server = Place::new().serve();
    let huge = format!("GET /healthz HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n", "y".repeat(1_000_000));
    let many = format!("GET /healthz HTTP/1.1\r\nhost: a\r\n{}\r\n", "x: y\r\n".repeat(10_000));
    let two_lengths =
        "POST /twilio/voice HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab";
    let both = "POST /twilio/voice HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\nab";
    for bytes in [&*huge, &*many, two_lengths, both, "\u{0}\u{1}\u{2}\r\n\r\n", "GET  /healthz\r\n\r\n"] {
        let mut stream = request::connect(server.address);
        // The server may close before it has read all.
        let _ = std::io::Write::write_all(&mut stream, bytes.as_bytes());
        let said = String::from_utf8_lossy(&request::rest(&mut stream)).into_owned();
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 4"), "{said}");
    }
    assert_eq!(get(server.address, "/healthz").status, 200);
    assert_eq!(server.figure("pingpost_panics_total"), 0);
}
