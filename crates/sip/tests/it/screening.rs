//! Datagrams before anybody reads them: what passes, what is answered, what is dropped.

use std::{fs, net::SocketAddr, path::Path};

use sip::{
    agent::can_read,
    screen::{Dropped, Refusal, Sources, Verdict, screen},
};

use crate::any_bytes::INVITE;

fn verdict(datagram: &[u8]) -> Verdict {
    let from: SocketAddr = "192.0.2.7:5060".parse().unwrap();
    let sources = Sources(vec!["192.0.2.0/24".parse().unwrap()]);
    screen(datagram, from, &sources, "@mark.invalid", can_read)
}

#[track_caller]
fn refused(datagram: &str, expected: Refusal) -> String {
    match verdict(datagram.as_bytes()) {
        Verdict::Answer { reply, why } if why == expected => String::from_utf8(reply).unwrap(),
        other => panic!("{other:?} instead of {expected:?}: {datagram}"),
    }
}

#[test]
fn a_good_request_passes_and_a_stranger_hears_nothing() {
    assert_eq!(verdict(INVITE.as_bytes()), Verdict::Pass);
    let from = "203.0.113.7:5060".parse().unwrap();
    let sources = Sources(vec!["192.0.2.0/24".parse().unwrap()]);
    let verdict = screen(INVITE.as_bytes(), from, &sources, "", can_read);
    assert_eq!(verdict, Verdict::Drop(Dropped::Stranger));
}

#[test]
fn an_answer_repeats_what_it_answers() {
    let reply = refused(&INVITE.replace("INVITE", "REGISTER"), Refusal::NotAllowed);
    assert_eq!(
        reply,
        "SIP/2.0 405 Method Not Allowed\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK7;rport\r\n\
         From: <sip:+13055550142@127.0.0.1>;tag=1\r\nCall-ID: 1@127.0.0.1\r\nCSeq: 1 REGISTER\r\n\
         To: <sip:+18005550100@192.0.2.1>;tag=screen\r\n\
         Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK\r\nContent-Length: 0\r\n\r\n"
    );
}

#[test]
fn a_folded_header_is_one() {
    let folded = INVITE.replace("INVITE", "REGISTER").replace(";branch=z9hG4bK7", "\r\n ;branch=z9hG4bK7");
    let reply = refused(&folded, Refusal::NotAllowed);
    assert!(reply.contains("Via: SIP/2.0/UDP 127.0.0.1:5060   ;branch=z9hG4bK7;rport\r\n"), "{reply}");
}

#[test]
fn each_mistake_has_its_answer() {
    for (datagram, why) in [
        (INVITE.replace("INVITE", "NEWMETHOD"), Refusal::Unknown),
        (INVITE.replace("INVITE", "REFER"), Refusal::NotAllowed),
        (INVITE.replace("SIP/2.0\r\nVia", "SIP/7.0\r\nVia"), Refusal::Version),
        (INVITE.replace("CSeq: 1 INVITE", "CSeq: 1 BYE"), Refusal::Malformed),
        (INVITE.replace("CSeq: 1 INVITE", "CSeq: 99999999999 INVITE"), Refusal::Malformed),
        (INVITE.replace("Content-Length: 0", "Content-Length: 99"), Refusal::Malformed),
        (INVITE.replace("Content-Length: 0", "Content-Length: -9"), Refusal::Malformed),
        (INVITE.replace("Call-ID: 1@127.0.0.1\r\n", ""), Refusal::Malformed),
        (INVITE.replace("Call-ID", "From: <sip:x@y>;tag=2\r\nCall-ID"), Refusal::Malformed),
        (INVITE.trim_end().to_owned(), Refusal::Malformed),
        (INVITE.replace("\r\n\r\n", &format!("\r\n{}\r\n", "X: y\r\n".repeat(200))), Refusal::Malformed),
        (INVITE.replace("\r\n\r\n", &format!("\r\nX: {}\r\n\r\n", "y".repeat(8_000))), Refusal::TooLarge),
        (INVITE.replace("Max-Forwards: 70", "Max-Forwards: 0"), Refusal::TooManyHops),
        (INVITE.replace("Call-ID: 1@127.0.0.1", "Call-ID: 1@mark.invalid"), Refusal::Loop),
    ] {
        refused(&datagram, why);
    }
}

#[test]
fn what_must_not_be_answered_is_dropped() {
    for datagram in [
        INVITE.replace("INVITE", "ACK").replace("Call-ID: 1@127.0.0.1\r\n", ""),
        INVITE.replace("Via", "Vai"),
        INVITE.replace("INVITE sip:+18005550100@192.0.2.1 SIP/2.0", "SIP/2.0 200 OK").replace("Call-ID", "X"),
        "GET / HTTP/1.1\r\n\r\n".to_owned(),
        "nonsense".to_owned(),
    ] {
        assert_eq!(verdict(datagram.as_bytes()), Verdict::Drop(Dropped::Unreadable), "{datagram}");
    }
    assert_eq!(verdict(b"\r\n\r\n"), Verdict::Drop(Dropped::KeepAlive));
}

#[test]
fn what_is_of_a_dialog_is_not_taken_for_a_call_that_came_back() {
    let again = INVITE
        .replace("Call-ID: 1@127.0.0.1", "Call-ID: 1@mark.invalid")
        .replace("192.0.2.1>\r\n", "192.0.2.1>;tag=7\r\n");
    assert_eq!(verdict(again.as_bytes()), Verdict::Pass);
}

/// RFC 4475: each of its messages has its place.
#[test]
fn the_torture_messages_are_told_apart() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/torture");
    let read = |name: &str| verdict(&fs::read(folder.join(format!("{name}.dat"))).unwrap());
    let expected = [
        ("badvers", Refusal::Version),
        ("clerr", Refusal::Malformed),
        ("ncl", Refusal::Malformed),
        ("scalar02", Refusal::Malformed),
        ("insuf", Refusal::Malformed),
        ("mismatch01", Refusal::Malformed),
        ("mismatch02", Refusal::Malformed),
        ("multi01", Refusal::Malformed),
    ];
    for (name, why) in expected {
        match read(name) {
            Verdict::Answer { why: said, .. } => assert_eq!(said, why, "{name}"),
            other => panic!("{name}: {other:?}"),
        }
    }
    for name in ["inv2543", "lwsdisp", "semiuri"] {
        assert!(!matches!(read(name), Verdict::Drop(_)), "{name}: {:?}", read(name));
    }
}
