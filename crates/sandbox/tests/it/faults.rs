//! Webhooks doubled, reordered, delayed and dropped.

use crate::{
    call_from,
    dialling::{auction_carrier, auction_house},
};
use sandbox::carrier::{CallbackFault, Caller, Carrier, CarrierConfig, Faults, Kind, On, When};
use std::{
    io::{Read, Write},
    net::TcpListener,
    time::Duration,
};

#[tokio::test]
async fn every_webhook_twice() {
    for when in [When::AfterTheAnswer, When::Concurrently] {
        let server = auction_house().await;
        let faults = Faults::none().callback(On::Every, CallbackFault::Repeat { times: 1, when });
        let carrier = auction_carrier(&server, faults).await;
        let record = carrier.place(call_from(Caller::silent())).ended().await;
        let repeats: Vec<_> = record.webhooks.iter().filter(|webhook| webhook.repeat_of.is_some()).collect();
        assert_eq!(repeats.len(), record.order().len());
        assert_eq!(record.dials.len(), 2, "only the first answer is performed");
        for repeat in &repeats {
            let first = &record.webhooks[repeat.repeat_of.unwrap()];
            assert_eq!(
                (&first.params, &first.idempotency_token),
                (&repeat.params, &repeat.idempotency_token)
            );
            assert_eq!(repeat.same_answer, Some(true));
        }
        assert!(record.differing_repeats().is_empty());
    }
}

#[tokio::test]
async fn status_callbacks_in_swapped_pairs() {
    let server = auction_house().await;
    let carrier = auction_carrier(&server, Faults::reordered()).await;
    let record = carrier.place(call_from(Caller::silent())).ended().await;
    let sold = &record.dials[1].sid;
    let of_leg =
        record.webhooks.iter().filter(|webhook| webhook.call_sid == *sold && webhook.kind.is_callback());
    let order: Vec<Kind> = of_leg.map(|webhook| webhook.kind).collect();
    assert_eq!(order, [Kind::Ringing, Kind::Initiated, Kind::Completed, Kind::Answered]);
    assert!(record.dials[1].bridged);
}

#[tokio::test]
async fn some_are_dropped_and_some_are_late() {
    let server = auction_house().await;
    let faults = Faults::none()
        .callback(On::Kind(Kind::Answered), CallbackFault::Drop)
        .callback(On::Kind(Kind::Initiated), CallbackFault::Delay(Duration::from_millis(150)))
        .callback_sometimes(On::Kind(Kind::DialAction), CallbackFault::Drop, 100, Some(0));
    let carrier = auction_carrier(&server, faults).await;
    let record = carrier.place(call_from(Caller::silent())).ended().await;
    assert!(
        record.of(Kind::Answered).is_empty()
            && server.at("/leg?a=2").iter().all(|seen| seen.params["SequenceNumber"] != "2")
    );
    assert_eq!(record.of(Kind::Initiated).len(), 2);
    assert!(record.dials[1].bridged);
}

/// A server that takes connections, reads a little, and is gone after these bytes.
fn dying_after(bytes: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let _ = stream.read(&mut [0; 64 * 1024]);
            let _ = stream.write_all(bytes.as_bytes());
        }
    });
    base
}

#[tokio::test]
async fn half_an_answer_is_not_asked_again_and_none_is() {
    let server = auction_house().await;
    let half = "HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: 100\r\n\r\n<Response>";
    for (bytes, tries) in [(half, 1), ("", 4)] {
        let url = format!("{}/voice#rc=3&rp=ct,rt,5xx", dying_after(bytes));
        let config =
            CarrierConfig { voice_fallback_url: Some(server.url("/voice")), ..CarrierConfig::new(url) };
        let carrier = Carrier::start(config).await;
        let record = carrier.place(call_from(Caller::silent())).ended().await;
        assert_eq!(record.of(Kind::Voice).len(), tries, "{bytes:?}");
        assert_eq!(record.of(Kind::Fallback).len(), 1);
    }
}
