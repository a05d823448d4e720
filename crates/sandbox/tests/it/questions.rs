//! Questions, prompts, documents that cannot be performed, and signatures.

use crate::{call_from, carrier_for, server::Server};
use sandbox::carrier::{Answer, Caller, Kind};

const ZIP: &str =
    "<Gather numDigits=\"5\" finishOnKey=\"\" action=\"/zip?a=1\"><Say>Your zip code?</Say></Gather>";

#[tokio::test]
async fn digits_reach_the_action_and_everything_is_signed() {
    let server = Server::start(|path, params| match path {
        "/voice?n=1" => ZIP.to_owned(),
        "/zip?a=1" => format!("<Say>You said {}</Say>", params["Digits"]),
        _ => String::new(),
    })
    .await;
    let status = server.url("/status");
    let carrier = carrier_for(&server, |config| config.status_callback_url = Some(status)).await;
    let record = carrier.place(call_from(Caller::by_prompt([("zip", Answer::press("33109"))]))).ended().await;
    assert_eq!(record.transcript(), "Your zip code?\nYou said 33109");
    assert_eq!(record.order(), [Kind::Voice, Kind::Gather, Kind::CallStatus]);
    assert!(server.seen().iter().all(|seen| seen.signed && seen.token.len() == 32), "{:#?}", server.seen());
    let [first, ..] = &server.seen()[..] else { panic!("nothing came") };
    assert_eq!(first.params["CallStatus"], "ringing");
    assert_eq!((first.params["FromState"].as_str(), first.params["ToZip"].as_str()), ("FL", ""));
    assert_eq!(server.at("/zip")[0].params["CallStatus"], "in-progress");
    let end = &server.at("/status")[0].params;
    assert_eq!(
        (end["CallStatus"].as_str(), end["CallbackSource"].as_str()),
        ("completed", "call-progress-events")
    );
    assert!(
        end["CallDuration"].parse::<u64>().unwrap() >= 1 && end["Timestamp"].ends_with("+0000"),
        "{end:?}"
    );
    assert_eq!(record.errors, []);
}

#[tokio::test]
async fn silence_falls_through_or_calls_an_empty_action() {
    let server = Server::start(|path, params| match path {
        "/voice?n=1" => {
            format!("{ZIP}<Gather action=\"/empty\" actionOnEmptyResult=\"true\" timeout=\"2\"/>")
        }
        "/empty" => format!("<Say>Empty: [{}]</Say>", params["Digits"]),
        _ => "<Say>wrong</Say>".to_owned(),
    })
    .await;
    let carrier = carrier_for(&server, |_| {}).await;
    let record = carrier.place(call_from(Caller::silent())).ended().await;
    assert_eq!(record.transcript(), "Your zip code?\nEmpty: []");
}

#[tokio::test]
async fn speech_short_digits_and_the_finish_key() {
    let server = Server::start(|path, params| match path {
        "/voice?n=1" => "<Gather input=\"dtmf speech\" action=\"/s\"><Say>Name?</Say></Gather>".to_owned(),
        "/s" => {
            format!("<Say>{} {}</Say><Gather action=\"/f\"/>", params["SpeechResult"], params["Confidence"])
        }
        "/f" => format!("<Say>{}{}</Say>{ZIP}", params["Digits"], params["FinishedOnKey"]),
        _ => format!("<Say>{}</Say>", params["Digits"]),
    })
    .await;
    let carrier = carrier_for(&server, |_| {}).await;
    let answers =
        [Answer::speak("Dolores", "0.93"), Answer::press("12#34"), Answer::press("331").barging_in()];
    let record = carrier.place(call_from(Caller::in_order(answers))).ended().await;
    assert_eq!(record.transcript(), "Name?\nDolores 0.93\n12#\nYour zip code?\n331");
}

#[tokio::test]
async fn what_cannot_be_performed_goes_to_the_fallback() {
    for (answer, code) in [("!500", 11200), ("!", 12100), ("!<Response>", 12100), ("!<Html/>", 12100)] {
        let server = Server::start(move |path, params| match path {
            "/voice?n=1" => answer.to_owned(),
            _ => format!("<Say>Sorry {}</Say>", params["ErrorCode"]),
        })
        .await;
        let fallback = server.url("/fallback");
        let carrier = carrier_for(&server, |config| config.voice_fallback_url = Some(fallback)).await;
        let record = carrier.place(call_from(Caller::silent())).ended().await;
        assert_eq!(record.transcript(), format!("Sorry {code}"), "{answer:?}");
        assert_eq!(record.errors[0].code, code);
    }
}

#[tokio::test]
async fn retries_follow_the_fragment_and_carry_one_token() {
    let server = Server::start(|_, _| "!500".to_owned()).await;
    let url = server.url("/voice#rc=2&rp=5xx");
    let carrier = carrier_for(&server, |config| config.voice_url = url).await;
    let record = carrier.place(call_from(Caller::silent())).ended().await;
    let tokens: Vec<String> = server.seen().into_iter().map(|seen| seen.token).collect();
    assert_eq!(tokens.len(), 3);
    assert!(tokens.iter().all(|token| *token == tokens[0]));
    assert_eq!(record.status, "failed");
}

#[tokio::test]
async fn unknown_verbs_and_missing_audio_are_complained_of() {
    let server = Server::start(|path, _| match path {
        "/voice?n=1" => "<Shout/><Play>/none.wav</Play><Play loop=\"2\">/ring-2s.wav</Play>".to_owned(),
        "/none.wav" => "!500".to_owned(),
        _ => "!audio".to_owned(),
    })
    .await;
    let carrier = carrier_for(&server, |_| {}).await;
    let record = carrier.place(call_from(Caller::silent())).ended().await;
    let codes: Vec<u32> = record.errors.iter().map(|alert| alert.code).collect();
    assert_eq!(codes, [12200, 11200]);
    assert_eq!(record.transcript(), server.url("/ring-2s.wav"));
}

#[tokio::test]
async fn a_hidden_number_is_hidden() {
    let server = Server::start(|_, _| "<Reject reason=\"busy\"/>".to_owned()).await;
    let carrier = carrier_for(&server, |_| {}).await;
    let record =
        carrier.place(sandbox::InboundCall { from: None, ..call_from(Caller::silent()) }).ended().await;
    assert_eq!(server.seen()[0].params["From"], "+266696687");
    assert_eq!(record.status, "busy");
}

#[tokio::test]
async fn a_public_origin_is_reached_and_signed() {
    let server = Server::start(|_, _| "<Say>Hello</Say>".to_owned()).await;
    let address = server.base.trim_start_matches("http://").parse().unwrap();
    let carrier = carrier_for(&server, |config| {
        config.voice_url = "https://calls.example/voice?n=1".to_owned();
        config.reach.insert("https://calls.example".to_owned(), address);
    })
    .await;
    let record = carrier.place(call_from(Caller::silent())).ended().await;
    assert_eq!(record.transcript(), "Hello");
    assert_eq!(record.webhooks[0].url, "https://calls.example/voice?n=1");
    let params: Vec<(String, String)> = server.seen()[0].params.clone().into_iter().collect();
    let public = sandbox::carrier::sign("sandbox-auth-token", "https://calls.example/voice?n=1", &params);
    assert_eq!(server.seen()[0].signature, public);
}
