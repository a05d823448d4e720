//! What a ping holds is the same whichever way its lead came, on every wire.

use std::collections::BTreeSet;

use journey::Ended;
use sandbox::{
    Line,
    buyers::Recorded,
    medicare::{self, Name},
};

use crate::{
    callbacks::{self, DAY},
    forms,
    world::World,
};

/// Somebody else, of the same place and age, who calls.
const OTHER: &str = "+13055550155";
/// What each offer is told, in its own way.
const FIELDS: &str = "fields = { where = '{zip}', born = '{age:birth_year}', old = '{age}', area = '{area_code}', \
    state = '{state:name}', fixed = '2243' }";

/// All that a ping says but its id and its channel: method, path, query, the names of its headers, and its body.
fn said(ping: &Recorded) -> (String, BTreeSet<String>, String) {
    let names = ping.headers.iter().map(|(name, _)| name.clone()).collect();
    let body = match serde_json::from_slice::<serde_json::Value>(&ping.body) {
        Ok(serde_json::Value::Object(mut body)) => {
            body.remove("pingId");
            body.remove("channel");
            serde_json::Value::Object(body).to_string()
        }
        _ => String::from_utf8(ping.body.to_vec()).expect("UTF-8"),
    };
    (format!("{} {}?{}", ping.method, ping.path, ping.query), names, body)
}

#[tokio::test]
async fn a_call_a_form_and_a_callback_of_the_same_person_are_told_alike_on_every_wire() {
    let world = World::with(|plan| {
        plan.now = Some(DAY);
        for (name, ping) in [(Name::A, "json"), (Name::B, "form"), (Name::C, "query"), (Name::D, "xml")] {
            plan.draft.offer(name, &format!("ping = {{ as = '{ping}', {FIELDS} }}"));
        }
        plan.draft.offer(Name::E, "zip_digits = 3\nfloor_in_ping = true\nmin_bid = '5.00'");
        // The form's person is asked for once more.
        plan.draft.offer_without(Name::C, &["duplicate"]);
        plan.draft.offers("channels = ['call', 'form', 'callback']");
    })
    .await;
    world.call_from(Some(OTHER), medicare::caller()).handle.ended().await;
    let form = forms::take(&world, "k1").await;
    forms::result(&world, form).await;
    world.medicare.carrier.line(medicare::CALLER, Line::person(medicare::caller()));
    let wish = callbacks::ask(&world, callbacks::wish(&world, "k2")).await;
    assert_eq!(callbacks::ended(&world, wish).await, Ended::Sold);
    for buyer in &world.medicare.buyers {
        let pings = buyer.pings();
        assert_eq!(pings.len(), 3, "{}: one of each", buyer.name());
        let [call, form, callback] = [0, 1, 2].map(|n| said(&pings[n]));
        assert_eq!(call, form, "{}", buyer.name());
        assert_eq!(call, callback, "{}", buyer.name());
    }
    world.finish().await;
}
