//! How the process is, for programs and on its page.

use std::sync::atomic::Ordering;

use console::{Finding, State, Trunk};
use store::Role;

use crate::{seeds::trunk, world::World};

#[tokio::test]
async fn trunks_are_told_as_this_process_sees_them() {
    let world = World::new().await;
    let ada = world.visitor("Ada", Role::Owner).await;
    let page = ada.page("/trunks").await;
    assert!(page.contains("Calls by SIP are not taken here"), "{page}");
    let silent = Trunk {
        answers: Some((false, lead::Timestamp::from_secs(1_789_990_000))),
        failed: 2,
        last: Some((lead::Timestamp::from_secs(1_789_990_000), "it refused a call with 503".to_owned())),
        ..trunk("beta")
    };
    world.vitals.lock().expect("no panic").trunks = Some(vec![trunk("acme"), silent]);
    let manager = world.user("M", Role::OfferManager).await;
    let program = world.program(manager, &["settings:read"]).await;
    let told = program.json("/v1/trunks", 200).await;
    let of = |n: usize, key: &str| told["data"][n][key].clone();
    assert_eq!(
        (of(0, "name"), of(0, "answers"), of(0, "failed_last")),
        ("acme".into(), true.into(), serde_json::Value::Null)
    );
    assert_eq!(
        (of(1, "answers"), of(1, "failed"), of(1, "failed_last")),
        (false.into(), 2.into(), "it refused a call with 503".into())
    );
    assert_eq!(of(0, "sources"), serde_json::json!(["192.0.2.0/24"]));
    let page = ada.page("/trunks").await;
    for said in ["One trunk does not answer", "3 of 100", "from 192.0.2.0/24", "it refused a call with 503"] {
        assert!(page.contains(said), "{said}: {page}");
    }
}

#[tokio::test]
async fn what_is_seen_is_told_and_nobody_outside_is_asked_unless_somebody_says_so() {
    let world = World::new().await;
    {
        let mut vitals = world.vitals.lock().expect("no panic");
        vitals.signs[1].state = State::Worry;
        vitals.findings = vec![Finding {
            code: "never_open",
            is_grave: true,
            at: "offer.a".to_owned(),
            what: "its hours are closed".to_owned(),
            mend: "open it".to_owned(),
        }];
    }
    let manager = world.user("M", Role::OfferManager).await;
    let program = world.program(manager, &["settings:read"]).await;
    let told = program.json("/v1/health", 200).await;
    assert_eq!((told["state"].as_str(), told["version"].as_str()), (Some("worry"), Some("0.1.0")));
    assert_eq!(told["signs"][1]["code"], "database");
    let found = &told["findings"][0];
    assert_eq!((found["gravity"].as_str(), found["at"].as_str()), (Some("problem"), Some("offer.a")));

    let ada = world.visitor("Ada", Role::Owner).await;
    let page = ada.page("/health").await;
    assert!(page.contains("href=\"/offers/a\"") && page.contains("something is to be looked at"), "{page}");
    assert_eq!(world.asked.load(Ordering::SeqCst), 0, "a look asks nobody");
    let asked = ada.post("/health", &[]).await.text().await.expect("a page");
    assert!(asked.contains("the carrier and the buyers were asked"), "{asked}");
    assert_eq!(world.asked.load(Ordering::SeqCst), 1);
}
