//! Dials: busy, screened, bridged, and what the action is told.

use crate::{call_from, carrier_for, server::Server};
use sandbox::carrier::{By, Caller, Carrier, EndedBy, Faults, Kind, Line, Party, ScreenedOut, Talk, Then};
use std::time::Duration;

const FIRST: &str = "+13055550201";
const SECOND: &str = "+13055550202";

pub fn dial(to: &str, attempt: u32) -> String {
    format!(
        "<Dial answerOnBridge=\"true\" timeout=\"18\" callerId=\"+18005550100\" record=\"record-from-answer-dual\" \
         recordingStatusCallback=\"/recorded\" action=\"/dialed?a={attempt}\"><Number url=\"/whisper?a={attempt}\" \
         statusCallback=\"/leg?a={attempt}#rc=3&amp;rp=ct,rt,5xx\" \
         statusCallbackEvent=\"initiated ringing answered completed\">{to}</Number></Dial>"
    )
}

/// The server of most tests: two bidders, one after the other, behind a press-1 screen.
pub async fn auction_house() -> Server {
    Server::start(|path, params| match path {
        "/voice?n=1" => format!("<Say>Hello</Say>{}", dial(FIRST, 1)),
        path if path.starts_with("/whisper") => format!(
            "<Gather numDigits=\"1\" timeout=\"6\" actionOnEmptyResult=\"true\" action=\"/accept?{}\">\
             <Say>New caller. Press 1.</Say></Gather><Hangup/>",
            path.split('?').nth(1).expect("a whisper has its attempt")
        ),
        path if path.starts_with("/accept") && params["Digits"] == "1" => String::new(),
        path if path.starts_with("/accept") => "<Hangup/>".to_owned(),
        "/dialed?a=1" if params["DialBridged"] == "false" => dial(SECOND, 2),
        path if path.starts_with("/dialed") => "<Hangup/>".to_owned(),
        _ => String::new(),
    })
    .await
}

pub async fn auction_carrier(server: &Server, faults: Faults) -> Carrier {
    let status = server.url("/status");
    let carrier = carrier_for(server, |config| {
        config.faults = faults;
        config.status_callback_url = Some(status);
    })
    .await;
    carrier.line(FIRST, Line::busy());
    carrier.line(SECOND, Line::answers(Duration::from_secs(60)));
    carrier
}

#[tokio::test]
async fn busy_then_the_second_is_screened_bridged_and_ended() {
    let server = auction_house().await;
    let carrier = auction_carrier(&server, Faults::none()).await;
    let record = carrier.place(call_from(Caller::silent())).ended().await;
    let expected = [
        Kind::Voice,
        Kind::Initiated,
        Kind::Ringing,
        Kind::Completed,
        Kind::DialAction,
        Kind::Initiated,
        Kind::Ringing,
        Kind::Answered,
        Kind::Whisper,
        Kind::Accept,
        Kind::Completed,
        Kind::Recording,
        Kind::DialAction,
        Kind::CallStatus,
    ];
    let mut order = record.order();
    // The recording is on a queue of its own, beside the leg's.
    order[10..12].sort();
    assert_eq!(order, expected);
    let [busy, sold] = &record.dials[..] else { panic!("{:?}", record.dials) };
    assert_eq!((busy.status.as_str(), busy.bridged, busy.ended_by), ("busy", false, Some(EndedBy::Buyer)));
    assert_eq!(
        (sold.status.as_str(), sold.bridged, sold.ended_by),
        ("completed", true, Some(EndedBy::Buyer))
    );
    assert_eq!(
        carrier.dials().iter().map(|dial| dial.caller_id.as_str()).collect::<Vec<_>>(),
        ["+18005550100"; 2]
    );
    let action = record.of(Kind::DialAction)[1];
    assert_eq!(action.param("DialCallStatus"), Some("completed"));
    assert_eq!(action.param("DialCallSid"), Some(sold.sid.as_str()));
    assert!(action.param("DialCallDuration").unwrap().parse::<u64>().unwrap() >= 60);
    let whisper = record.of(Kind::Whisper)[0];
    assert_eq!(
        (whisper.param("CallSid"), whisper.param("ParentCallSid")),
        (Some(&*sold.sid), Some(&*record.sid))
    );
    let answered = record.of(Kind::Answered)[0];
    assert_eq!(
        (answered.param("SequenceNumber"), answered.param("CallStatus")),
        (Some("2"), Some("in-progress"))
    );
    let recording = record.of(Kind::Recording)[0];
    assert_eq!(
        (recording.param("CallSid"), recording.param("RecordingChannels")),
        (Some(&*record.sid), Some("2"))
    );
    assert!(record.errors.is_empty() && server.seen().iter().all(|seen| seen.signed), "{:?}", record.errors);
    carrier.stop().await;
}

#[tokio::test]
async fn a_screened_out_leg_is_never_bridged_and_its_word_can_be_chosen() {
    for (word, chosen) in [("completed", ScreenedOut::Completed), ("no-answer", ScreenedOut::NoAnswer)] {
        let server = auction_house().await;
        let carrier = carrier_for(&server, |config| config.screened_out = chosen).await;
        for line in [Line::machine(), Line::declines(Some('2')), Line::then(Then::HangUpAtWhisper)] {
            carrier.line(FIRST, line);
            let record = carrier.place(call_from(Caller::silent())).ended().await;
            assert!(!record.dials[0].bridged);
            let action = record.of(Kind::DialAction)[0];
            assert_eq!(
                (action.param("DialCallStatus"), action.param("DialBridged")),
                (Some(word), Some("false"))
            );
        }
    }
}

#[tokio::test]
async fn nobody_answers_nobody_is_there_and_some_drop() {
    let server = auction_house().await;
    let carrier = carrier_for(&server, |_| {}).await;
    for (line, status) in [(Line::no_answer(), "no-answer"), (Line::failed(), "failed")] {
        carrier.line(FIRST, line);
        let record = carrier.place(call_from(Caller::silent())).ended().await;
        assert_eq!(record.dials[0].status, status);
        assert_eq!(record.dials[1].status, "failed", "an unknown number cannot be reached");
    }
    carrier.line(FIRST, Line::then(Then::AnswerThenDropAfter(Duration::from_secs(20))));
    let record = carrier.place(call_from(Caller::silent())).ended().await;
    assert!(record.dials[0].bridged && record.dials[0].ended_by == Some(EndedBy::Buyer));
}

#[tokio::test]
async fn the_caller_may_end_the_talk() {
    let server = auction_house().await;
    let carrier = carrier_for(&server, |_| {}).await;
    let talk = Talk::Until(Duration::from_secs(30));
    let presses = Some(('1', Duration::from_secs(1)));
    carrier.line(FIRST, Line::then(Then::Answer { by: By::Human, presses, talk, hangs_up: Party::Caller }));
    let record = carrier.place(call_from(Caller::silent())).ended().await;
    assert_eq!(record.dials[0].ended_by, Some(EndedBy::Caller));
    assert_eq!(record.of(Kind::DialAction)[0].param("CallStatus"), Some("completed"));
}

#[tokio::test]
async fn of_simultaneous_parties_the_quickest_wins_and_sip_headers_pass() {
    let server = Server::start(|path, _| match path {
        "/voice?n=1" => format!(
            "<Dial action=\"/dialed\"><Number>{FIRST}</Number>\
             <Sip username=\"u\">sip:b@example.com?X-Lead-Id=7&amp;From=evil</Sip></Dial>"
        ),
        _ => String::new(),
    })
    .await;
    let carrier = carrier_for(&server, |_| {}).await;
    carrier.line(FIRST, Line::stays().ringing(Duration::from_secs(20)));
    carrier.line("sip:b@example.com", Line::answers(Duration::from_secs(40)));
    let record = carrier.place(call_from(Caller::silent())).ended().await;
    assert_eq!((record.dials[0].status.as_str(), record.dials[1].bridged), ("canceled", true));
    assert_eq!(record.dials[1].sip_headers, [("X-Lead-Id".to_owned(), "7".to_owned())]);
    assert_eq!(
        record.dials[1].caller_id, "+13055550142",
        "without callerId the caller's own number is shown"
    );
}

#[tokio::test]
async fn a_call_may_say_how_everybody_behaves_who_is_dialled_for_it() {
    let server = auction_house().await;
    let carrier = auction_carrier(&server, Faults::none()).await;
    let record = carrier.place_towards(call_from(Caller::silent()), Some(Line::busy())).ended().await;
    let answered = |record: &sandbox::CallRecord| record.dials.iter().any(|dial| dial.answered_at.is_some());
    assert_eq!(
        (record.dials.len(), answered(&record)),
        (2, false),
        "both are busy, whatever their lines say"
    );
    let record = carrier.place(call_from(Caller::silent())).ended().await;
    assert!(answered(&record), "the next call finds the lines as they were");
}

#[tokio::test]
async fn what_is_over_is_forgotten_and_what_goes_on_is_not() {
    let server = auction_house().await;
    let carrier = auction_carrier(&server, Faults::none()).await;
    for _ in 0..3 {
        carrier.place(call_from(Caller::silent())).ended().await;
    }
    carrier.line(SECOND, Line::stays());
    let going_on = carrier.place(call_from(Caller::silent()));
    assert_eq!(carrier.live_calls(), 1);
    carrier.forget_ended(2);
    let known: Vec<_> = carrier.records().into_iter().map(|record| record.sid).collect();
    assert_eq!((known.len(), known.last().map(String::as_str)), (2, Some(going_on.sid())));
    carrier.forget_ended(0);
    assert_eq!(carrier.records().len(), 1, "a call that goes on is never forgotten");
    carrier.hang_up_all().await;
    assert_eq!(carrier.live_calls(), 0);
}
