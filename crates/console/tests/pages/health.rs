//! How the process is, as people see it.

use console::{Finding, State, Throttled};
use lead::OfferId;
use store::Role;

use crate::{browser::look, seeds::trunk, world::World};

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_well_and_one_that_is_not_are_good_to_look_at() {
    let world = World::new().await;
    let ada = world.visitor("Ada Lovelace", Role::Owner).await;
    look(&world, Some(&ada), &[("/health", "health"), ("/trunks", "trunks-none")]).await;
    {
        let mut vitals = world.vitals.lock().expect("no panic");
        let silent = (false, vitals.since);
        let last = Some((vitals.since, "it refused a call with 503".to_owned()));
        let beta = console::Trunk { answers: Some(silent), failed: 2, last, ..trunk("beta") };
        vitals.trunks = Some(vec![trunk("acme"), beta, console::Trunk { proxy: None, ..trunk("gamma") }]);
        vitals.signs[1].state = State::Bad;
        vitals.signs[1].says = "It is not read or not written: the server closed the connection".to_owned();
        vitals.signs[2].state = State::Worry;
        let finding = |is_grave, at: &str| Finding {
            code: "never_open",
            is_grave,
            at: at.to_owned(),
            what: "its hours are closed on every day, so it is never asked".to_owned(),
            mend: "open it on some day, or leave its hours out".to_owned(),
        };
        vitals.findings = vec![finding(true, "offer.a"), finding(false, "http.listen")];
    }
    let tired = Throttled { one_in: 5, why: "7 of its last 10 pings timed out".to_owned() };
    world.throttled.lock().expect("no panic").insert(OfferId::parse("a").expect("a slug"), tired);
    look(&world, Some(&ada), &[("/health", "health-bad"), ("/trunks", "trunks")]).await;
}
