//! `pingpost post` beside a running server: what was given up is listed and sent once more, and who said 410 is enabled.

use std::time::Duration;

use sandbox::{
    InboundCall, PostBehaviour,
    canary::Canary,
    medicare::{BUYER_NUMBERS, CALLER, CAMPAIGN_NUMBER, Name},
};
use serde_json::Value;

use crate::{
    place::{Place, Ran, WAIT_MAX},
    world::{NAME, World},
};

const OFFER: &str = "buyer-c-medicare";

/// Runs a command, which says nothing of a person.
fn run(world: &World, arguments: &[&str]) -> Ran {
    let ran = world.place.run(arguments);
    let canary = Canary::new([CALLER, CAMPAIGN_NUMBER, NAME].into_iter().chain(BUYER_NUMBERS));
    for text in [&ran.out, &ran.err] {
        assert_eq!(canary.found_in(text.as_bytes()), [], "{text}");
    }
    ran
}

/// The posts of a state, as JSON.
fn posts(world: &World, state: &str) -> Vec<Value> {
    let ran = run(world, &["post", "list", "--state", state, "--offer", OFFER, "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    ran.out.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

async fn until(what: &str, mut look: impl FnMut() -> bool) {
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    let looking = async {
        while !look() {
            tick.tick().await;
        }
    };
    tokio::time::timeout(WAIT_MAX, looking).await.unwrap_or_else(|_| panic!("this did not come: {what}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_post_is_listed_disputed_and_sent_again_by_hand() {
    let world = World::start().await;
    let buyer = world.medicare.buyer(Name::C);
    buyer.set_post(PostBehaviour::Status(422));
    let journey = world.play(world.call()).await;
    world.server.logged("a sale is disputed");
    assert_eq!(world.server.figure("pingpost_disputes_opened_total"), 1);
    let dead = posts(&world, "dead");
    assert_eq!(dead.len(), 1);
    let sale = dead[0]["sale"].as_str().expect("its sale").to_owned();
    assert_eq!(dead[0]["journey"], journey.to_string());
    assert_eq!((&dead[0]["code"], &dead[0]["status"]), (&Value::from("needs_fixing"), &Value::from(422)));
    assert_eq!((&dead[0]["disputed"], &dead[0]["tries"]), (&Value::from(true), &Value::from(1)));
    let table = run(&world, &["post", "list"]).out;
    let row = table.lines().nth(1).expect("a row below the head");
    for cell in [&*sale, "lead.sold", "dead", "422", "needs_fixing", OFFER, "disputed"] {
        assert!(row.contains(cell), "{cell}: {table}");
    }
    let exported = world.place.run(&["call", "export", &journey.to_string(), "--sales"]).out;
    assert_eq!(Canary::new([CALLER, NAME]).found_in(exported.as_bytes()), [], "{exported}");
    let last: Value = serde_json::from_str(exported.lines().last().expect("a line")).expect("JSON");
    assert_eq!((&last["sale"], &last["delivery"]), (&Value::from(&*sale), &Value::from("dead")));
    let kinds: Vec<_> =
        last["entries"].as_array().expect("entries").iter().map(|entry| &entry["kind"]).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "dispute").count(), 1, "{kinds:?}");
    // The buyer mends it.
    buyer.set_post(PostBehaviour::Accept(200));
    let replayed = run(&world, &["post", "replay", &sale]);
    assert_eq!((replayed.code, &*replayed.out), (0, "due: 1; a running server sends them within seconds\n"));
    let sent = buyer.posted(2).await;
    assert_eq!(sent[0].header("webhook-id").or(sent[0].header("idempotency-key")), Some(&*sale));
    assert_eq!(
        (&sent[0].body, sent[0].header("idempotency-key")),
        (&sent[1].body, sent[1].header("idempotency-key"))
    );
    world.server.logged("a post was delivered");
    until("the end of the post", || !posts(&world, "delivered").is_empty()).await;
    let nothing = run(&world, &["post", "replay", "0f3f1a52-8f36-5d43-8a5e-2f6a3c1f9d77"]);
    assert_eq!(nothing.code, 1);
    assert!(nothing.err.contains("nothing to send again of 0f3f1a52"), "{}", nothing.err);
    let none = run(&world, &["post", "replay", "--all-dead"]);
    assert_eq!((none.code, &*none.out), (0, "due: 0; a running server sends them within seconds\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_said_410_is_held_and_enabled_by_hand() {
    let world = World::start().await;
    let buyer = world.medicare.buyer(Name::C);
    buyer.set_post(PostBehaviour::Gone410);
    world.play(world.call()).await;
    let line = world.server.logged("an offer's post URL is gone (410)");
    assert!(line.contains("\"ERROR\"") && line.contains(OFFER), "{line}");
    until("the figure", || world.server.figure("pingpost_post_endpoints{state=\"disabled\"}") == 1).await;
    until("the post that waits", || world.server.figure("pingpost_posts_waiting") == 1).await;
    assert_eq!(posts(&world, "held").len(), 1);
    assert_eq!(posts(&world, "due").len(), 0);
    let offers = run(&world, &["post", "offers"]).out;
    assert!(offers.starts_with("buyer-c-medicare: disabled since "), "{offers}");
    assert!(offers.ends_with(" by its buyer: it answered 410 to a post\n"), "{offers}");
    let held = run(&world, &["post", "replay", "--offer", OFFER, "--dead"]);
    assert_eq!((held.code, &*held.out), (0, "due: 0; a running server sends them within seconds\n"));
    // Nobody asks it any more.
    let pinged = buyer.pings().len();
    let call = InboundCall { from: Some("+13055550177".to_owned()), ..world.call() };
    world.medicare.carrier.place(call).ended().await;
    assert_eq!(buyer.pings().len(), pinged);
    buyer.set_post(PostBehaviour::Accept(200));
    let enabled = run(&world, &["post", "enable", OFFER, "--note", "they wrote to us"]);
    assert_eq!(enabled.code, 0, "{}", enabled.err);
    assert!(enabled.out.starts_with("buyer-c-medicare is enabled"), "{}", enabled.out);
    let sent = buyer.posted(2).await;
    assert_eq!(sent[0].body, sent[1].body);
    until("the end of the drain", || {
        run(&world, &["post", "offers"]).out == "every offer's post URL is well\n"
    })
    .await;
    let again = run(&world, &["post", "enable", OFFER]);
    assert_eq!(
        (again.code, &*again.out),
        (0, "nothing changed: the posts of buyer-c-medicare are not disabled\n")
    );
    until("the figure", || world.server.figure("pingpost_post_endpoints{state=\"disabled\"}") == 0).await;
    until("nothing waits", || world.server.figure("pingpost_posts_waiting") == 0).await;
}

#[test]
fn without_any_post_the_lists_say_so() {
    let place = Place::new().with("LOG__LEVEL", "error");
    assert_eq!(place.run(&["post", "list"]).out, "no posts\n");
    assert_eq!(place.run(&["post", "list", "--json"]).out, "");
    assert_eq!(place.run(&["post", "offers", "--json"]).out, "");
}
