//! `pingpost erase` beside a running server: what goes, what stays, what is said, and to whom it must be told.

use std::time::Duration;

use lead::JourneyId;
use sandbox::{
    Faults, PostBehaviour,
    canary::Canary,
    carrier::{CallbackFault, Kind, On, RestFault, RestKind},
    medicare::{CALLER, Name},
};
use serde_json::Value;
use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};

use crate::{
    place::{Place, Ran, WAIT_MAX},
    redis_server::Server as Redis,
    world::{NAME, World},
};

/// Settings whose calls are recorded.
fn recorded(settings: String) -> String {
    settings.replacen(
        "[[campaign]]\n",
        "[[campaign]]\nrecording = { notice = \"This call is recorded.\" }\n",
        1,
    )
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(ran.out.lines().last().unwrap_or_default())
        .unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err))
}

/// What is said holds nobody.
#[track_caller]
fn nobody_is_in(ran: &Ran) {
    let canary = Canary::new([CALLER, NAME]);
    for said in [&ran.out, &ran.err] {
        assert_eq!(canary.found_in(said.as_bytes()), [], "{said}");
    }
}

/// One value of bytes of the database, beside the server.
async fn blob(place: &Place, sql: &'static str) -> Vec<u8> {
    let options = SqliteConnectOptions::new().filename(place.path("pingpost.db")).read_only(true);
    let mut conn = options.connect().await.expect("the file opens");
    sqlx::query_scalar(sql).fetch_one(&mut conn).await.expect("bytes")
}

/// Whether these bytes lie in the file, its log or its index.
fn in_files(place: &Place, bytes: &[u8]) -> bool {
    let files = ["pingpost.db", "pingpost.db-wal", "pingpost.db-shm"].map(|name| place.path(name));
    let read = files.iter().filter_map(|file| std::fs::read(file).ok());
    read.collect::<Vec<_>>().iter().any(|file| file.windows(bytes.len()).any(|part| part == bytes))
}

/// Waits for what only looking can tell.
async fn until(what: &str, mut look: impl FnMut() -> bool) {
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    let looking = async {
        while !look() {
            tick.tick().await;
        }
    };
    tokio::time::timeout(WAIT_MAX, looking).await.unwrap_or_else(|_| panic!("this did not come: {what}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sold_call_is_forgotten_everywhere_and_its_buyer_is_named() {
    let world = World::built(60, |place| place, recorded).await;
    let journey = world.play(world.call()).await;
    world.server.logged("a post was delivered");
    until("the recording", || world.medicare.carrier.recordings().len() == 1).await;
    let id = journey.to_string();
    let key = blob(&world.place, "SELECT wrapped_key FROM journeys").await;
    assert!(in_files(&world.place, &key), "the search finds what is there");

    let asked = world.place.run(&["erase", "--phone", CALLER]);
    assert_eq!((asked.code, &*asked.err), (2, "nothing was erased: repeat it with --yes\n"), "{}", asked.out);
    assert!(asked.out.contains("1 call of this person would be erased"), "{}", asked.out);
    assert!(world.place.run(&["call", "export", &id]).out.contains("+130555501"), "nothing is changed");

    let done = world.place.run_with(&["erase", "--phone", "-", "--yes", "--json"], "(305) 555-0142\n");
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    nobody_is_in(&done);
    let said = json(&done);
    assert_eq!((&said["state"], &said["journeys"]), (&"erased".into(), &serde_json::json!([id])));
    assert_eq!(said["holders"].as_array().map(Vec::len), Some(1), "{said}");
    let holder = &said["holders"][0];
    assert_eq!(
        (&holder["buyer"], &holder["by"], &holder["certain"]),
        (&"buyer-c".into(), &"post".into(), &true.into())
    );
    assert_eq!((&said["sales"][0]["price"], &said["sales"][0]["state"]), (&"91.00".into(), &"earned".into()));
    assert_eq!(said["recordings"][0]["deleted"], true, "{said}");
    assert_eq!(world.medicare.carrier.recordings(), Vec::<String>::new());
    assert!(!in_files(&world.place, &key), "the data key still lies in the files");
    let exported = world.place.run(&["call", "export", &id]);
    assert!(exported.out.contains("[erased]"), "{}{}", exported.out, exported.err);

    for who in [
        &["--phone", CALLER][..],
        &["--journey", &id],
        &["--sale", said["sales"][0]["sale"].as_str().expect("an id")],
    ] {
        let again = world.place.run(&[&["erase", "--yes"][..], who].concat());
        assert_eq!(again.code, 0, "{}", again.err);
        assert!(again.out.starts_with("already erased: 1 call of this person, at "), "{}", again.out);
        assert!(again.out.contains("to be told: buyer-c"), "{}", again.out);
        nobody_is_in(&again);
    }
    until("the server's own memory of it", || world.server.figure("pingpost_journeys_in_memory") == 0).await;
    // The buyer that got the lead is told, under a key of its own, and of nobody.
    let told = world.medicare.buyer(Name::C).posted(2).await;
    let (lead, notice) = (told[0].json(), told[1].json());
    for name in ["saleId", "pingId", "bidId", "offerId"] {
        assert!(lead[name] == notice[name] && notice[name].is_string(), "{name}: {notice}");
    }
    assert_eq!((&notice["type"], &notice["reason"]), (&"lead.erased".into(), &"erasure".into()));
    assert_eq!(Canary::new([CALLER, NAME, "33109"]).found_in(&told[1].bytes()), []);
    let listed =
        || json(&world.place.run(&["erase", "--journey", &id, "--yes", "--json"]))["notices"][0].clone();
    until("that it is known to be told", || listed()["state"] == "delivered").await;
    let again = world.place.run(&["erase", "--journey", &id, "--yes"]);
    assert!(again.out.contains("was told: buyer-c (offer buyer-c-medicare)"), "{}", again.out);
}

/// The settings, where C reads leads in a shape of its own.
fn shaped(settings: String) -> String {
    let of_c = "id = \"buyer-c-medicare\"\n";
    let post = "post = { as = \"form\", fields = { Mobile = \"{phone:national}\" } }\n";
    settings.replacen(of_c, &format!("{of_c}{post}"), 1)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_buyer_whose_dialect_has_no_word_for_it_is_listed_to_be_told_by_hand() {
    let world = World::built(60, |place| place, shaped).await;
    let journey = world.play(world.call()).await.to_string();
    world.server.logged("a post was delivered");
    let done = world.place.run(&["erase", "--journey", &journey, "--yes"]);
    assert!(
        done.out.contains("is told by the server: buyer-c (offer buyer-c-medicare)"),
        "{}{}",
        done.out,
        done.err
    );
    let mut said = String::new();
    until("that somebody has to", || {
        said = world.place.run(&["erase", "--journey", &journey, "--yes"]).out;
        said.contains("to be told by hand: buyer-c (offer buyer-c-medicare)")
    })
    .await;
    assert!(said.contains("no_word_for_it"), "{said}");
    assert_eq!(world.server.figure("pingpost_erasure_notices_total{result=\"by_hand\"}"), 1);
    assert_eq!(world.medicare.buyer(Name::C).posts().len(), 1, "the lead, and nothing else");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_and_calls_of_the_same_person_leave_no_trace_in_file_and_redis() {
    let redis = Redis::start(&[]).await;
    let url = redis.url();
    let world =
        World::with(|place| place.with("IN_FLIGHT__REDIS", &url).with("IN_FLIGHT__TIMEOUT", "1s")).await;
    let made = world.place.run(&[
        "publisher-key",
        "new",
        "seniors-daily",
        "--name",
        "CRM",
        "--campaign",
        "medicare",
    ]);
    let body = serde_json::json!({
        "phone": CALLER, "zip": "33109", "age": 65, "first_name": NAME, "consent": "web-2026-01", "wait_seconds": 20,
        "page_url": "https://quotes.example/medicare", "ip_address": "203.0.113.77",
    });
    let _ = rustls::crypto::ring::default_provider().install_default();
    let request = reqwest::Client::new().post(format!("http://{}/v1/leads", world.server.address));
    let request = request.header("authorization", format!("Bearer {}", made.out.trim()));
    let request = request.header("idempotency-key", "k").header("content-type", "application/json");
    let answer = request.body(body.to_string()).send().await.expect("an answer");
    let status = answer.status();
    let lead: Value = serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON");
    assert_eq!((status.as_u16(), &lead["state"]), (200, &"sold".into()), "{lead}");
    world.play(world.call()).await;
    let mut keys = vec![];
    for place in [
        "SELECT wrapped_key FROM journeys ORDER BY id LIMIT 1",
        "SELECT wrapped_key FROM journeys ORDER BY id DESC LIMIT 1",
    ] {
        keys.push(blob(&world.place, place).await);
    }
    let canary = Canary::new([CALLER, NAME, "203.0.113.77", "https://quotes.example/medicare"]);
    let in_redis = || -> Vec<u8> {
        let keys: Vec<String> = redis.ask(&["KEYS", "*"]);
        keys.iter().flat_map(|key| redis.ask::<Option<Vec<u8>>>(&["DUMP", key]).unwrap_or_default()).collect()
    };
    assert!(keys.iter().all(|key| in_files(&world.place, key)), "the search finds what is there");

    let done = world.place.run_with(&["erase", "--phone", "-", "--yes", "--json"], CALLER);
    assert_eq!(json(&done)["journeys"].as_array().map(Vec::len), Some(2), "{}{}", done.out, done.err);
    nobody_is_in(&done);
    // What was under way still has ended.
    until("that nothing is left to be done", || {
        let again = world.place.run_with(&["erase", "--phone", "-", "--yes", "--json"], CALLER);
        json(&again)["left"] == serde_json::json!([])
    })
    .await;
    until("the server's own memory of it", || world.server.figure("pingpost_journeys_in_memory") == 0).await;
    for file in ["pingpost.db", "pingpost.db-wal", "pingpost.db-shm"] {
        let bytes = std::fs::read(world.place.path(file)).unwrap_or_default();
        assert_eq!(canary.found_in(&bytes), [], "{file}");
    }
    assert_eq!(canary.found_in(&in_redis()), []);
    for key in &keys {
        assert!(!in_files(&world.place, key), "a data key still lies in the files");
        let dump = in_redis();
        assert!(!dump.windows(key.len()).any(|part| part == &key[..]), "a data key still lies in Redis");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_there_is_told_and_that_is_no_failure() {
    let place = Place::new();
    assert_eq!(place.run(&["settings", "import", "settings.toml"]).code, 0);
    for who in [["--phone", CALLER], ["--journey", "00000000-0000-0000-0000-000000000000"]] {
        for more in [&[][..], &["--yes"]] {
            let ran = place.run(&[&["erase"], &who[..], more].concat());
            assert_eq!((ran.code, &*ran.out), (0, "nothing is held of this person\n"), "{}", ran.err);
        }
    }
    for (arguments, said) in [
        (&["erase"][..], "--phone <NUMBER>"),
        (&["erase", "--phone", "+999"], "--phone: a number has 8 to 15 digits"),
        (
            &["erase", "--phone", CALLER, "--sale", "00000000-0000-0000-0000-000000000000"],
            "cannot be used with",
        ),
    ] {
        let ran = place.run(arguments);
        assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
        assert!(ran.err.contains(said), "{said}: {}", ran.err);
        assert!(!ran.err.contains(CALLER) && !ran.err.contains("+999"), "{}", ran.err);
    }
    let ran = Place::new().with("STORE__PATH", ":temp:").run(&["erase", "--phone", CALLER, "--yes"]);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_under_way_goes_on_and_is_forgotten_at_its_end() {
    let world = World::built(60, |place| place, recorded).await;
    let handle = world.medicare.carrier.place(world.call());
    let journey = JourneyId::of_call(crate::place::ACCOUNT, handle.sid());
    world.server.logged_all(&["an event", "buyer_picked_up", &journey.to_string()]);
    let done = world.place.run(&["erase", "--journey", &journey.to_string(), "--yes", "--json"]);
    assert_eq!(done.code, 3, "something is left to be done: {}", done.err);
    let said = json(&done);
    assert_eq!((&said["state"], &said["under_way"][0]), (&"erased".into(), &journey.to_string().into()));
    assert!(
        done.err.contains("is under way: the server forgets its person when it has ended"),
        "{}",
        done.err
    );
    let record = handle.ended().await;
    assert!(record.dials.iter().any(|dial| dial.bridged), "the call was not harmed");
    let mut exported = String::new();
    until("that the server forgets it", || {
        exported = world.place.run(&["call", "export", &journey.to_string()]).out;
        exported.contains("[erased]")
    })
    .await;
    nobody_is_in(&Ran { code: 0, out: exported, err: world.server.log().join("\n") });
    until("the deletion of its recording", || {
        let said = json(&world.place.run(&["erase", "--journey", &journey.to_string(), "--yes", "--json"]));
        said["recordings"][0]["deleted"] == true && said["left"] == serde_json::json!([])
    })
    .await;
    assert_eq!(world.medicare.carrier.recordings(), Vec::<String>::new());
    let sales =
        json(&world.place.run(&["erase", "--journey", &journey.to_string(), "--yes", "--json"]))["sales"]
            .clone();
    assert_eq!(sales[0]["state"], "earned", "the money stays: {sales}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_the_carrier_does_not_delete_is_listed_until_it_does() {
    let world = World::built(60, |place| place, recorded).await;
    let journey = world.play(world.call()).await.to_string();
    until("the recording", || world.medicare.carrier.recordings().len() == 1).await;
    world.server.logged("recording_ready");
    world.medicare.carrier.set_faults(Faults::none().rest(RestKind::Recording, RestFault::Refuse(503), None));
    let done = world.place.run(&["erase", "--journey", &journey, "--yes"]);
    assert_eq!(done.code, 3, "{}{}", done.out, done.err);
    assert!(done.err.contains("is still at the carrier"), "{}", done.err);
    world.medicare.carrier.set_faults(Faults::none());
    let again = world.place.run(&["erase", "--journey", &journey, "--yes"]);
    assert_eq!(again.code, 0, "{}{}", again.out, again.err);
    assert!(again.out.contains("deleted at the carrier: recording RE"), "{}", again.out);
    assert_eq!(world.medicare.carrier.recordings(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_nobody_told_us_of_is_deleted_as_well() {
    let world = World::built(60, |place| place, recorded).await;
    world
        .medicare
        .carrier
        .set_faults(Faults::none().callback(On::Kind(Kind::Recording), CallbackFault::Drop));
    let journey = world.play(world.call()).await.to_string();
    until("the recording", || world.medicare.carrier.recordings().len() == 1).await;
    let done = world.place.run(&["erase", "--journey", &journey, "--yes"]);
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    assert!(done.out.contains("deleted at the carrier: whatever was recorded of call CA"), "{}", done.out);
    assert_eq!(world.medicare.carrier.recordings(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_that_did_not_come_is_cancelled_and_shown() {
    let world = World::start().await;
    world.medicare.buyer(Name::C).set_post(PostBehaviour::Status(503));
    let journey = world.play(world.call()).await.to_string();
    world.server.logged("a post is tried again");
    let done = world.place.run(&["erase", "--journey", &journey, "--yes", "--json"]);
    assert_eq!(done.code, 0, "{}", done.err);
    let said = json(&done);
    assert_eq!(said["posts_cancelled"].as_array().map(Vec::len), Some(1), "{said}");
    assert_eq!(
        (&said["holders"][0]["buyer"], &said["holders"][0]["certain"]),
        (&"buyer-c".into(), &false.into())
    );
}
