//! The REST side: push, hang up, look up, call out, and its faults.

use crate::{
    call_from, carrier_for,
    dialling::{auction_carrier, auction_house},
    server::Server,
};
use sandbox::carrier::{
    Answer, CallHandle, Caller, Carrier, EndedBy, Faults, Kind, Line, Number, RestFault, RestKind,
};
use serde_json::Value;
use std::time::Duration;

pub async fn rest(carrier: &Carrier, method: &str, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
    let config = carrier.config();
    let url = format!("{}/2010-04-01/Accounts/{}/{path}", carrier.rest_base(), config.account_sid);
    let tls = rustls::ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let client = reqwest::Client::builder().tls_backend_preconfigured(tls).build().expect("a client");
    let request = client.request(method.parse().expect("a method"), url);
    let request = request.basic_auth(&config.account_sid, Some(&config.auth_token));
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let response = request.body(body).send().await.expect("the carrier answers");
    let status = response.status().as_u16();
    (status, serde_json::from_slice(&response.bytes().await.expect("a body")).expect("JSON"))
}

/// Waits for the thing itself, by looking again and again.
async fn until(call: &CallHandle, happened: impl Fn(&sandbox::CallRecord) -> bool) {
    while !happened(&call.so_far()) {
        tokio::task::yield_now().await;
    }
}

async fn on_hold() -> (Server, Carrier, CallHandle) {
    let server = Server::start(|path, _| match path {
        "/voice?n=1" => "<Say>Hello</Say><Redirect>/hold?n=1</Redirect>".to_owned(),
        path if path.starts_with("/hold") => "<Pause length=\"4\"/><Redirect>/hold?n=2</Redirect>".to_owned(),
        "/won" => "<Say>You won</Say>".to_owned(),
        _ => String::new(),
    })
    .await;
    let carrier = carrier_for(&server, |_| {}).await;
    let call = carrier.place(call_from(Caller::silent()));
    until(&call, |record| record.of(Kind::Redirect).len() > 2).await;
    (server, carrier, call)
}

#[tokio::test]
async fn a_push_interrupts_the_hold() {
    let (server, carrier, call) = on_hold().await;
    let path = format!("Calls/{}.json", call.sid());
    let (status, shown) =
        rest(&carrier, "POST", &path, &[("Url", &server.url("/won")), ("Method", "POST")]).await;
    assert_eq!((status, shown["status"].as_str()), (200, Some("in-progress")));
    let record = call.ended().await;
    assert_eq!(record.transcript(), "Hello\nYou won");
    assert_eq!(record.rest.len(), 1);
    let (status, refused) = rest(&carrier, "POST", &path, &[("Url", &server.url("/won"))]).await;
    assert_eq!((status, refused["code"].as_u64()), (400, Some(21220)));
    let (_, shown) = rest(&carrier, "GET", &path, &[]).await;
    assert_eq!(shown["status"], "completed");
    assert!(
        shown["duration"].is_string() && shown["end_time"].as_str().unwrap().ends_with("+0000"),
        "{shown}"
    );
}

#[tokio::test]
async fn inline_twiml_and_the_end() {
    let (_server, carrier, call) = on_hold().await;
    let path = format!("Calls/{}.json", call.sid());
    let twiml = "<Response><Say>Inline</Say><Pause length=\"600\"/></Response>";
    assert_eq!(rest(&carrier, "POST", &path, &[("Twiml", twiml)]).await.0, 200);
    until(&call, |record| record.transcript().ends_with("Inline")).await;
    assert_eq!(rest(&carrier, "POST", &path, &[("Status", "completed")]).await.0, 200);
    assert_eq!(call.ended().await.status, "completed");
}

#[tokio::test]
async fn a_redirect_during_a_dial_still_asks_the_action() {
    let server = auction_house().await;
    let carrier = auction_carrier(&server, Faults::none()).await;
    carrier.line("+13055550201", Line::stays());
    let call = carrier.place(call_from(Caller::silent()));
    until(&call, |record| record.bridged().is_some()).await;
    let parent = format!("Calls.json?ParentCallSid={}", call.sid());
    let (_, listed) = rest(&carrier, "GET", &parent, &[]).await;
    assert_eq!(listed["calls"][0]["sid"], call.so_far().dials[0].sid.as_str());
    let path = format!("Calls/{}.json", call.sid());
    rest(&carrier, "POST", &path, &[("Url", &server.url("/transfer"))]).await;
    let record = call.ended().await;
    assert_eq!(record.dials[0].ended_by, Some(EndedBy::Server));
    assert_eq!((record.of(Kind::DialAction).len(), record.of(Kind::Pushed).len()), (1, 1));
    assert_eq!(record.dials.len(), 1);
}

#[tokio::test]
async fn a_child_can_be_hung_up() {
    let server = auction_house().await;
    let carrier = auction_carrier(&server, Faults::none()).await;
    carrier.line("+13055550201", Line::stays());
    let call = carrier.place(call_from(Caller::silent()));
    until(&call, |record| record.bridged().is_some()).await;
    let path = format!("Calls/{}.json", call.so_far().dials[0].sid);
    assert_eq!(rest(&carrier, "POST", &path, &[("Status", "completed")]).await.0, 200);
    let record = call.ended().await;
    assert_eq!(
        (record.dials[0].status.as_str(), record.dials[0].ended_by),
        ("completed", Some(EndedBy::Server))
    );
}

#[tokio::test]
async fn the_server_calls_out() {
    let server = Server::start(|path, params| match path {
        "/out" => "<Gather numDigits=\"1\" action=\"/ok\"><Say>Press 1</Say></Gather>".to_owned(),
        "/ok" => format!("<Say>Pressed {}</Say>", params["Digits"]),
        _ => String::new(),
    })
    .await;
    let carrier = carrier_for(&server, |_| {}).await;
    carrier.line("+13055550142", Line::person(Caller::by_prompt([("press 1", Answer::press("1"))])));
    let (url, told) = (server.url("/out"), server.url("/told"));
    let form = [
        ("To", "+13055550142"),
        ("From", "+18005550100"),
        ("Url", url.as_str()),
        ("StatusCallback", told.as_str()),
        ("StatusCallbackEvent", "answered"),
        ("StatusCallbackEvent", "completed"),
    ];
    let (status, made) = rest(&carrier, "POST", "Calls.json", &form).await;
    assert_eq!((status, made["status"].as_str()), (201, Some("queued")));
    carrier.all_ended().await;
    let record = &carrier.records()[0];
    assert_eq!(record.order(), [Kind::Answered, Kind::Voice, Kind::Gather, Kind::Completed]);
    assert_eq!(record.transcript(), "Press 1\nPressed 1");
    assert_eq!(server.at("/out")[0].params["Direction"], "outbound-api");
    carrier.line("+13055550142", Line::busy());
    rest(&carrier, "POST", "Calls.json", &form).await;
    carrier.all_ended().await;
    assert_eq!(carrier.records()[1].of(Kind::Completed)[0].param("CallStatus"), Some("busy"));
}

#[tokio::test]
async fn faults_of_the_rest_side() {
    let (server, carrier, call) = on_hold().await;
    let path = format!("Calls/{}.json", call.sid());
    let late = Duration::from_millis(50);
    carrier.set_faults(
        Faults::none()
            .rest(RestKind::Update, RestFault::Refuse(429), Some(1))
            .rest(RestKind::Update, RestFault::Refuse(500), Some(1))
            .rest(RestKind::Update, RestFault::ExecuteThenSilence(late), Some(1)),
    );
    let form = [("Url", server.url("/won"))];
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let (status, body) = rest(&carrier, "POST", &path, &form).await;
    assert_eq!((status, body["code"].as_u64()), (429, Some(20429)));
    assert_eq!(rest(&carrier, "POST", &path, &form).await.0, 500);
    let (answer, record) = tokio::join!(rest(&carrier, "POST", &path, &form), call.ended());
    assert_eq!((answer.0, record.transcript().as_str()), (200, "Hello\nYou won"));
    carrier.set_faults(Faults::rest_down());
    assert_eq!(rest(&carrier, "GET", &path, &[]).await.0, 503);
}

#[tokio::test]
async fn the_numbers_are_listed_and_a_stranger_is_refused() {
    let server = auction_house().await;
    let carrier = carrier_for(&server, |_| {}).await;
    carrier.set_number(Number {
        number: "+18005550100".to_owned(),
        voice_url: server.url("/other"),
        voice_fallback_url: None,
        status_callback_url: None,
    });
    let (_, listed) = rest(&carrier, "GET", "IncomingPhoneNumbers.json", &[]).await;
    assert_eq!(listed["incoming_phone_numbers"][0]["voice_url"], server.url("/other"));
    let sid = listed["incoming_phone_numbers"][0]["sid"].as_str().unwrap();
    let path = format!("IncomingPhoneNumbers/{sid}.json");
    assert_eq!(rest(&carrier, "POST", &path, &[("VoiceUrl", &server.url("/third"))]).await.0, 200);
    carrier.place(call_from(Caller::silent())).ended().await;
    assert_eq!(server.seen()[0].path, "/third");
    assert_eq!(rest(&carrier, "GET", "Nothing.json", &[]).await.0, 404);
}

#[tokio::test]
async fn a_child_can_be_redirected() {
    let server = auction_house().await;
    let carrier = auction_carrier(&server, Faults::none()).await;
    carrier.line("+13055550201", Line::stays());
    let call = carrier.place(call_from(Caller::silent()));
    until(&call, |record| record.bridged().is_some()).await;
    let path = format!("Calls/{}.json", call.so_far().dials[0].sid);
    assert_eq!(rest(&carrier, "POST", &path, &[("Url", &server.url("/elsewhere"))]).await.0, 200);
    let record = call.ended().await;
    let action = record.of(Kind::DialAction)[0];
    assert_eq!((action.param("DialBridged"), action.param("DialCallDuration")), (Some("true"), None));
    assert_eq!(record.of(Kind::Pushed)[0].call_sid, record.dials[0].sid);
}
