//! The caller hangs up, at each stage.

use crate::{
    call_from, carrier_for,
    dialling::{auction_carrier, auction_house, dial},
    server::Server,
};
use sandbox::carrier::{CallRecord, Caller, EndedBy, Faults, HangUp, Kind, Line, Sent};
use std::time::Duration;

async fn leaves(when: HangUp) -> CallRecord {
    let server = auction_house().await;
    let carrier = auction_carrier(&server, Faults::none()).await;
    carrier.line("+13055550201", Line::stays());
    carrier.place(call_from(Caller::silent().hanging_up(when))).ended().await
}

#[tokio::test]
async fn while_a_telephone_rings() {
    let record = leaves(HangUp::WhileRinging).await;
    assert_eq!(
        (record.dials[0].status.as_str(), record.dials[0].ended_by),
        ("canceled", Some(EndedBy::Caller))
    );
    assert_eq!(record.of(Kind::Completed)[0].param("CallStatus"), Some("canceled"));
    let action = record.of(Kind::DialAction)[0];
    assert_eq!(
        (action.param("CallStatus"), action.param("DialCallStatus")),
        (Some("completed"), Some("canceled"))
    );
    assert_eq!(record.dials.len(), 1, "the action's document is ignored");
    assert_eq!(record.of(Kind::CallStatus).len(), 1);
}

#[tokio::test]
async fn at_the_whisper() {
    let record = leaves(HangUp::AtWhisper).await;
    assert_eq!((record.dials[0].bridged, record.dials[0].ended_by), (false, Some(EndedBy::Caller)));
    assert!(record.of(Kind::Accept).is_empty());
    assert_eq!(record.of(Kind::DialAction)[0].param("DialBridged"), Some("false"));
}

#[tokio::test]
async fn after_the_bridge() {
    let record = leaves(HangUp::AfterBridge(Duration::from_secs(10))).await;
    assert_eq!((record.dials[0].bridged, record.dials[0].ended_by), (true, Some(EndedBy::Caller)));
    assert_eq!(record.of(Kind::DialAction)[0].param("DialBridged"), Some("true"));
}

#[tokio::test]
async fn after_so_long() {
    let record = leaves(HangUp::After(Duration::from_secs(30))).await;
    assert_eq!((record.status.as_str(), record.dials[0].ended_by), ("completed", Some(EndedBy::Caller)));
}

#[tokio::test]
async fn at_a_prompt_and_during_the_hold() {
    let server = Server::start(|path, _| match path {
        "/voice?n=1" => {
            "<Gather timeout=\"1\"><Say>Your zip code?</Say></Gather><Redirect>/hold</Redirect>".to_owned()
        }
        "/hold" => "<Play>/ring-4s.wav</Play><Redirect>/hold</Redirect>".to_owned(),
        _ => "!audio".to_owned(),
    })
    .await;
    let carrier = carrier_for(&server, |_| {}).await;
    let at_prompt = Caller::silent().hanging_up(HangUp::AtPrompt("ZIP".to_owned()));
    let record = carrier.place(call_from(at_prompt)).ended().await;
    assert_eq!(record.order(), [Kind::Voice]);
    let record = carrier.place(call_from(Caller::silent().hanging_up(HangUp::DuringHold))).ended().await;
    assert_eq!(record.order(), [Kind::Voice, Kind::Redirect]);
}

#[tokio::test]
async fn the_action_can_be_left_out() {
    let server = Server::start(|_, _| dial("+13055550201", 1)).await;
    let carrier = carrier_for(&server, |config| config.action_after_hang_up = Sent::No).await;
    carrier.line("+13055550201", Line::stays());
    let record = carrier.place(call_from(Caller::silent().hanging_up(HangUp::WhileRinging))).ended().await;
    assert!(record.of(Kind::DialAction).is_empty());
    assert_eq!(record.status, "canceled", "with answerOnBridge the caller was never answered");
}
