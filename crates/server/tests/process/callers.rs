//! Whoever calls is served: odd numbers, odd words of the carrier, repeats and events that come too late.

use lead::JourneyId;

use crate::{
    place::{ACCOUNT, Place, Server},
    request::{arrival, form, tell, with, without},
    words::{QUESTION, SORRY},
};

const CALLER: &str = "+13055550142";

/// The number's status callback: the call is over.
fn hang_up(server: &Server, call: &str, status: &str) -> u16 {
    let told = form(&[
        ("AccountSid", ACCOUNT),
        ("CallSid", call),
        ("CallStatus", status),
        ("Timestamp", "Mon, 21 Sep 2015 14:13:19 +0000"),
    ]);
    tell(server, "/twilio/call", &told).status
}

#[test]
fn a_number_that_is_none_is_served_and_has_no_area_code() {
    let place = Place::new();
    let server = place.serve();
    let odd = [
        "",
        "+",
        "anonymous",
        "Restricted",
        "+266696687",
        "266696687",
        "1234567890123456789012345678901234567890",
        "+1234567890123456789012345678901234567890",
        "☎️📞",
        "sip:alice@example.com",
        "+1305555\u{0}0142",
        "<Say>\"';--",
    ];
    for (n, from) in odd.iter().enumerate() {
        let call = format!("CA{n}");
        let answer = tell(&server, "/twilio/voice", &arrival(&call, from));
        assert_eq!(answer.status, 200, "{from:?}");
        assert!(answer.head.contains("content-type: text/xml"), "{}", answer.head);
        assert!(answer.body.contains(QUESTION), "{from:?}: {}", answer.body);
        assert_eq!(hang_up(&server, &call, "completed"), 204);
        let journey = JourneyId::of_call(ACCOUNT, &call).to_string();
        let exported = place.run(&["call", "export", &journey]);
        let first: serde_json::Value =
            serde_json::from_str(exported.out.lines().next().unwrap_or_default()).expect(&exported.err);
        let arrived = &first["event"]["arrived"];
        assert!(arrived.is_object() && arrived["caller"].is_null(), "{from:?}: {first}");
    }
    assert_eq!(server.figure("pingpost_panics_total"), 0);
}

#[test]
fn a_caller_without_any_number_is_served() {
    let server = Place::new().serve();
    let answer = tell(&server, "/twilio/voice", &without(arrival("CA1", CALLER), "From"));
    assert!(answer.status == 200 && answer.body.contains(QUESTION), "{answer:?}");
}

#[test]
fn a_number_of_no_campaign_gets_a_polite_document_and_an_alarm() {
    let server = Place::new().serve();
    let answer = tell(&server, "/twilio/voice", &with(arrival("CA1", CALLER), "To", "+18005550177"));
    assert!(answer.status == 200 && answer.body.contains(SORRY), "{answer:?}");
    assert_eq!(server.figure("pingpost_calls_unknown_number_total"), 1);
    let line = server.logged("a call came to a number that belongs to no campaign");
    assert!(line.contains("ERROR") && !line.contains("5550177"), "{line}");
}

#[test]
fn a_signed_call_that_cannot_be_read_gets_the_fallback() {
    let server = Place::new().serve();
    let whole = arrival("CA1", CALLER);
    for broken in
        [without(whole.clone(), "To"), with(whole.clone(), "To", "a number"), with(whole, "To", "+")]
    {
        let answer = tell(&server, "/twilio/voice", &broken);
        assert!(answer.status == 200 && answer.body.contains(SORRY), "{answer:?}");
    }
    assert_eq!(server.figure("pingpost_webhooks_unreadable_total"), 3);
    let line = server.logged("a signed webhook is not understood");
    assert!(line.contains("ERROR") && line.contains("the webhook has no To"), "{line}");
}

#[test]
fn without_the_calls_id_nothing_can_be_said() {
    let server = Place::new().serve();
    let whole = arrival("CA1", CALLER);
    for (broken, text) in [
        (without(whole.clone(), "CallSid"), "the webhook has no CallSid"),
        (with(whole.clone(), "CallSid", ""), "the webhook has no CallSid"),
        (
            with(whole.clone(), "CallSid", "CA 1"),
            "the webhook's CallSid is no id: 1 to 64 letters, digits and -_.:",
        ),
        (
            with(whole.clone(), "CallSid", &"C".repeat(65)),
            "the webhook's CallSid is no id: 1 to 64 letters, digits and -_.:",
        ),
        (without(whole, "AccountSid"), "the webhook has no AccountSid"),
    ] {
        let answer = tell(&server, "/twilio/voice", &broken);
        assert_eq!((answer.status, &*answer.body), (400, text));
    }
}

#[test]
fn a_repeat_gets_the_same_bytes_and_changes_nothing() {
    let server = Place::new().serve();
    let form = with(arrival("CA1", CALLER), "SomethingNew", "2027 ☎️");
    let first = tell(&server, "/twilio/voice", &form);
    assert!(first.status == 200 && first.body.contains(QUESTION), "{first:?}");
    let repeat = tell(&server, "/twilio/voice", &form);
    assert_eq!((repeat.status, &repeat.body), (200, &first.body));
    let at_the_fallback_url = tell(&server, "/twilio/fallback", &form);
    assert_eq!((at_the_fallback_url.status, &at_the_fallback_url.body), (200, &first.body));
    assert_eq!(server.figure("pingpost_events_total"), 1);
}

#[test]
fn a_status_that_is_not_known_is_counted_and_no_failure() {
    let server = Place::new().serve();
    let odd = with(arrival("CA1", CALLER), "CallStatus", "teleported");
    let answer = tell(&server, "/twilio/voice", &odd);
    assert!(answer.status == 200 && answer.body.contains(QUESTION), "{answer:?}");
    assert_eq!(hang_up(&server, "CA1", "teleported"), 204);
    assert_eq!(server.figure("pingpost_webhooks_odd_total{field=\"CallStatus\"}"), 2);
    assert_eq!(server.figure("pingpost_events_total"), 1);
}

#[test]
fn a_call_that_is_over_stays_so() {
    let place = Place::new();
    let server = place.serve();
    let asked = tell(&server, "/twilio/voice", &arrival("CA1", CALLER)).body;
    let (_, rest) = asked.split_once("https://calls.example.com").expect("the question has an action");
    let action = rest.split(['#', '"']).next().expect("a path");
    // An old time of the carrier does not make the event another one.
    assert_eq!(hang_up(&server, "CA1", "completed"), 204);
    let events = server.figure("pingpost_events_total");
    let journey = JourneyId::of_call(ACCOUNT, "CA1").to_string();
    let before = place.run(&["call", "export", &journey]).out;
    assert_eq!(hang_up(&server, "CA1", "completed"), 204);
    assert_eq!(hang_up(&server, "CA1", "busy"), 204);
    let late = tell(&server, action, &with(arrival("CA1", CALLER), "Digits", "33109"));
    assert!(late.status == 200 && !late.body.contains(QUESTION), "{late:?}");
    assert_eq!(server.figure("pingpost_events_total"), events);
    assert_eq!(place.run(&["call", "export", &journey]).out, before);
    assert_eq!(before.lines().count(), 2, "{before}");
}

#[test]
fn an_event_of_a_call_that_nobody_knows_is_a_stray() {
    let server = Place::new().serve();
    assert_eq!(hang_up(&server, "CA9", "completed"), 204);
    assert_eq!(server.figure("pingpost_webhooks_stray_total"), 1);
    let journey = JourneyId::of_call(ACCOUNT, "CA1");
    let other = tell(&server, &format!("/twilio/{journey}/dialed/1"), &arrival("CA2", CALLER));
    assert_eq!(
        (other.status, &*other.body),
        (400, "the URL names another journey than the webhook's CallSid")
    );
}
