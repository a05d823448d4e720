//! Clients that are slow on purpose, and more of them than there is room for.

use std::{
    io::{ErrorKind, Read, Write},
    time::Duration,
};

use crate::{
    place::Place,
    request::{FORM, answer, arrival, connect, get, rest, webhook, written},
    words::QUESTION,
};

const CALLER: &str = "+13055550142";

#[test]
fn a_silent_connection_and_a_head_without_an_end_are_closed() {
    let server = Place::new().with("HTTP__HEADER_TIMEOUT", "1s").serve();
    let mut silent = connect(server.address);
    let mut begun = connect(server.address);
    begun.write_all(b"POST /twilio/voice HTTP/1.1\r\nhost: calls.example.com\r\nx-twil").expect("it is read");
    let mut prefaces = ["P", "PRI * HTTP/2.0\r\n\r\nSM", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"].map(|preface| {
        let mut stream = connect(server.address);
        stream.write_all(preface.as_bytes()).expect("it is read");
        stream
    });
    let mut idle = connect(server.address);
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n").expect("it is read");
    // None of these ends unless the server ends it.
    assert_eq!(rest(&mut silent), b"");
    let said = String::from_utf8(rest(&mut begun)).expect("UTF-8");
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 408"), "{said}");
    assert!(String::from_utf8(rest(&mut idle)).expect("UTF-8").starts_with("HTTP/1.1 200"));
    for preface in &mut prefaces {
        rest(preface);
    }
    assert_eq!(get(server.address, "/healthz").status, 200);
}

#[test]
fn a_body_that_does_not_come_is_given_up() {
    let server = Place::new().with("HTTP__BODY_TIMEOUT", "1s").serve();
    let mut stream = connect(server.address);
    let whole = webhook("/twilio/voice", &arrival("CA1", CALLER));
    stream.write_all(&whole[..whole.len() - 5]).expect("it is read");
    let cut = answer(&mut stream);
    assert_eq!(cut.status, 408, "{cut:?}");
    assert_eq!(server.figure("pingpost_events_total"), 0);
}

#[test]
fn a_body_that_drips_has_no_more_time() {
    let server = Place::new().with("HTTP__BODY_TIMEOUT", "1s").serve();
    let mut stream = connect(server.address);
    let whole = webhook("/twilio/voice", &arrival("CA1", CALLER));
    let (first, drops) = whole.split_at(whole.len() - 40);
    stream.write_all(first).expect("it is read");
    stream.set_read_timeout(Some(Duration::from_millis(200))).expect("a time-out is set");
    let sent =
        drops.iter().take_while(|byte| stream.write_all(&[**byte]).is_ok() && stream.peek(&mut [0]).is_err());
    assert!(sent.count() < drops.len() - 1, "it was waited for the last byte");
    assert_eq!(answer(&mut stream).status, 408);
}

#[test]
fn a_body_that_comes_in_pieces_is_read() {
    let server = Place::new().serve();
    let mut stream = connect(server.address);
    for byte in webhook("/twilio/voice", &arrival("CA1", CALLER)) {
        stream.write_all(&[byte]).expect("it is read");
    }
    let whole = answer(&mut stream);
    assert!(whole.status == 200 && whole.body.contains(QUESTION), "{whole:?}");
}

#[test]
fn no_more_connections_than_configured_are_served() {
    let server = Place::new().with("HTTP__CONNECTIONS_MAX", "16").with("HTTP__HEADER_TIMEOUT", "60s").serve();
    let mut open: Vec<_> = (0..16).map(|_| connect(server.address)).collect();
    // Each has its place once it is answered.
    for stream in &mut open {
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n").expect("it is read");
        let mut status = [0; 15];
        stream.read_exact(&mut status).expect("it is answered");
        assert_eq!(&status, b"HTTP/1.1 200 OK");
    }
    let mut waiting = connect(server.address);
    waiting
        .write_all(&written("GET", "/healthz", &[("content-type", FORM)], ""))
        .expect("the kernel takes it");
    waiting.set_read_timeout(Some(Duration::from_millis(300))).expect("a time-out is set");
    let waits = waiting.read(&mut [0]).expect_err("there is no place");
    assert!(matches!(waits.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{waits}");
    open.pop();
    waiting.set_read_timeout(Some(crate::place::WAIT_MAX)).expect("a time-out is set");
    assert_eq!(answer(&mut waiting).status, 200);
}

/// So many rings that no kernel holds them for a client that reads none.
fn rings(times: usize) -> Vec<u8> {
    b"GET /audio/ring.wav HTTP/1.1\r\nhost: a\r\n\r\n".repeat(times)
}

#[test]
fn a_client_that_takes_nothing_of_its_answers_is_given_up() {
    let server = Place::new().with("HTTP__CONNECTIONS_MAX", "16").with("HTTP__WRITE_TIMEOUT", "1s").serve();
    let deaf: Vec<_> = (0..16)
        .map(|_| {
            let mut stream = connect(server.address);
            stream.write_all(&rings(400)).expect("the kernel takes it");
            stream
        })
        .collect();
    // There is a place only when one of them has lost its own.
    assert_eq!(get(server.address, "/healthz").status, 200);
    assert!(server.figure("pingpost_connections_stalled_total") > 0);
    drop(deaf);
}

#[test]
fn a_client_that_takes_its_answers_slowly_gets_all_of_them() {
    let server = Place::new().with("HTTP__WRITE_TIMEOUT", "5s").serve();
    let mut stream = connect(server.address);
    stream.write_all(&rings(200)).expect("the kernel takes it");
    let (mut seen, mut piece) = (0, vec![0; 1 << 14]);
    while seen < 200 * 64_044 {
        let read = stream.read(&mut piece).expect("it goes on");
        assert!(read > 0, "it was closed after {seen} bytes");
        seen += read;
    }
}

#[test]
fn an_http_2_connection_without_a_request_is_closed() {
    let server = Place::new().with("HTTP__IDLE_TIMEOUT", "1s").serve();
    let mut stream = connect(server.address);
    // The preface, no settings, and `GET /healthz` as literals of HPACK, whose stream ends with its head.
    let head: Vec<u8> = [&b"\x82\x86\x04\x08/healthz\x01\x01a"[..]].concat();
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
    bytes.extend([0, 0, u8::try_from(head.len()).expect("it is short"), 1, 5, 0, 0, 0, 1]);
    bytes.extend(head);
    stream.write_all(&bytes).expect("it is read");
    // Nothing ends this but the server.
    let said = rest(&mut stream);
    assert!(said.windows(3).any(|bytes| bytes == b"ok\n"), "{said:?}");
}

#[test]
fn a_thousand_slow_connections_do_not_stop_a_good_webhook() {
    let raised = std::process::Command::new("prlimit")
        .args(["--pid", &std::process::id().to_string(), "--nofile=8192:"])
        .output()
        .expect("prlimit is there");
    assert!(raised.status.success(), "{}", String::from_utf8_lossy(&raised.stderr));
    let server = Place::new()
        .with("HTTP__HEADER_TIMEOUT", "60s")
        .with("HTTP__BODY_TIMEOUT", "60s")
        .with("HTTP__WRITE_TIMEOUT", "60s")
        .with("LOG__LEVEL", "info")
        .serve();
    let whole = webhook("/twilio/voice", &arrival("CA1", CALLER));
    let mut slow: Vec<_> = (0..1_000)
        .map(|n| {
            let mut stream = connect(server.address);
            let begun = match n % 4 {
                0 => vec![],
                1 => whole[..40].to_vec(),
                2 => whole[..whole.len() - 5].to_vec(),
                _ => rings(60),
            };
            stream.write_all(&begun).expect("the kernel takes it");
            stream
        })
        .collect();
    let good = crate::request::tell(&server, "/twilio/voice", &arrival("CA2", CALLER));
    assert!(good.status == 200 && good.body.contains(QUESTION), "{good:?}");
    // They hang all the same: one that had not sent all of its webhook is answered once it has.
    for stream in slow.iter_mut().skip(2).step_by(4).take(3) {
        stream.write_all(&whole[whole.len() - 5..]).expect("it is open");
        assert_eq!(answer(stream).status, 200);
    }
    assert_eq!(server.figure("pingpost_connections_stalled_total"), 0);
}
