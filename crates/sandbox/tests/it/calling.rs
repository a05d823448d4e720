//! Calls that the server begins by REST: how they end, how long they may last, and requests that nobody answers.

use std::time::Duration;

use sandbox::carrier::{Answer, Caller, Faults, Kind, Line, RestFault, RestKind};

use crate::{carrier_for, rest::rest, server::Server};

async fn house() -> Server {
    Server::start(|path, params| match path {
        "/out" => "<Gather numDigits=\"1\" action=\"/ok\"><Say>Press 1</Say></Gather>".to_owned(),
        "/ok" => format!("<Say>Pressed {}</Say><Pause length=\"60\"/>", params["Digits"]),
        _ => String::new(),
    })
    .await
}

fn form(server: &Server, more: &[(&str, &str)]) -> Vec<(String, String)> {
    let (url, told) = (server.url("/out"), server.url("/told"));
    let own = [
        ("To", "+13055550142"),
        ("From", "+18005550100"),
        ("Url", url.as_str()),
        ("StatusCallback", told.as_str()),
        ("StatusCallbackEvent", "initiated"),
        ("StatusCallbackEvent", "completed"),
    ];
    own.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn borrowed(form: &[(String, String)]) -> Vec<(&str, &str)> {
    form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

#[tokio::test]
async fn each_way_that_nobody_is_reached_is_told() {
    for (line, word) in [
        (Line::busy(), "busy"),
        (Line::no_answer(), "no-answer"),
        (Line::failed(), "failed"),
        (Line::stays().ringing(Duration::from_secs(40)), "no-answer"),
    ] {
        let server = house().await;
        let carrier = carrier_for(&server, |_| {}).await;
        carrier.line("+13055550142", line);
        let (status, _) =
            rest(&carrier, "POST", "Calls.json", &borrowed(&form(&server, &[("Timeout", "25")]))).await;
        assert_eq!(status, 201);
        carrier.all_ended().await;
        let record = &carrier.records()[0];
        assert_eq!(record.order(), [Kind::Initiated, Kind::Completed], "{word}");
        assert_eq!(record.of(Kind::Completed)[0].param("CallStatus"), Some(word));
    }
}

#[tokio::test]
async fn a_machine_is_found_out_before_the_first_document() {
    for (line, guess) in [(Line::machine(), "machine_start"), (Line::person(Caller::silent()), "human")] {
        let server = house().await;
        let carrier = carrier_for(&server, |_| {}).await;
        carrier.line("+13055550142", line);
        let asked = form(&server, &[("MachineDetection", "Enable")]);
        rest(&carrier, "POST", "Calls.json", &borrowed(&asked)).await;
        carrier.all_ended().await;
        assert_eq!(server.at("/out")[0].params["AnsweredBy"], guess);
    }
}

#[tokio::test]
async fn a_call_ends_at_its_limit() {
    let server = house().await;
    let carrier = carrier_for(&server, |_| {}).await;
    carrier.line("+13055550142", Line::person(Caller::by_prompt([("press 1", Answer::press("1"))])));
    let asked = form(&server, &[("TimeLimit", "20")]);
    rest(&carrier, "POST", "Calls.json", &borrowed(&asked)).await;
    carrier.all_ended().await;
    let record = &carrier.records()[0];
    assert_eq!(record.transcript(), "Press 1\nPressed 1");
    let seconds = record.talked.as_secs();
    assert!((20..30).contains(&seconds), "{seconds}");
    let (status, _) =
        rest(&carrier, "POST", "Calls.json", &borrowed(&form(&server, &[("TimeLimit", "0")]))).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn a_request_without_an_answer_has_dialled_or_has_not() {
    let silence = Duration::from_millis(50);
    for (fault, calls) in [(RestFault::ExecuteThenSilence(silence), 1), (RestFault::Silence(silence), 0)] {
        let server = house().await;
        let carrier = carrier_for(&server, |_| {}).await;
        carrier.line("+13055550142", Line::busy());
        carrier.set_faults(Faults::none().rest(RestKind::Create, fault, Some(1)));
        let asked = form(&server, &[]);
        rest(&carrier, "POST", "Calls.json", &borrowed(&asked)).await;
        carrier.all_ended().await;
        assert_eq!(carrier.records().len(), calls);
    }
}
