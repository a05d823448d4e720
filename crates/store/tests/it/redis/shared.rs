//! Two nodes on one Redis: each history has one author at a time, and nothing in Redis can be read by who has no key.

use base64::{Engine, prelude::BASE64_STANDARD};
use ivr::Input;
use journey::Event;
use lead::Pii;
use store::{Appended, Entry, Place};

use super::{
    nodes::{Cluster, at, node, world},
    server::Server,
};
use crate::world::{ADA, Call, Step, World, bid, secs, start};

fn entry(key: &str) -> Entry {
    Entry { key: key.into(), at: start(), event: Event::Transferred }
}

#[tokio::test]
async fn of_many_who_append_at_once_one_is_first() {
    let server = Server::start(&[]).await;
    let one = world(at(&[server.url()])).await;
    let two = node(&one, at(&[server.url()])).await;
    let id = lead::JourneyId::of_call("AC", "1");
    let Ok(Appended::Done { mut head, .. }) = one.store.append(id, 1, None, vec![entry("0")], None).await
    else {
        panic!("it is new")
    };
    for round in 1..=20 {
        let racers = (0..10).map(|n| {
            let store = if n % 2 == 0 { &one.store } else { &two.store };
            store.append(id, 1, Some(head), vec![entry(&format!("{round} {n}"))], None)
        });
        let won: Vec<_> = futures_util::future::join_all(racers)
            .await
            .into_iter()
            .filter_map(|appended| match appended.expect("it is judged") {
                Appended::Done { head, .. } => Some(head),
                Appended::Conflict => None,
            })
            .collect();
        assert_eq!(won.len(), 1, "round {round}");
        head = won[0];
    }
    for store in [&one.store, &two.store] {
        let record = store.load(id).await.expect("it reads").expect("it is there");
        assert_eq!((record.head, record.entries.len()), (head, 21));
    }
}

#[tokio::test]
async fn a_node_goes_on_where_another_stopped() {
    let server = Server::start(&[]).await;
    let one = world(at(&[server.url()])).await;
    let two = node(&one, at(&[server.url()])).await;
    let mut call = Call::new(&one, "1", Some(ADA));
    call.drive(call.arrived()).await;
    let past = call.head;
    call.store = two.store.clone();
    assert_eq!(call.drive(call.opened()).await, Step::Light);
    assert_eq!(call.try_closed(vec![bid("a")]).await.expect("it is committed"), Step::Durable);
    // The first one's idea of it is the past.
    let first = one.store.append(call.id, 1, past, vec![entry("late")], None).await;
    assert!(matches!(first, Ok(Appended::Conflict)), "{first:?}");
    let record = one.store.load_again(call.id).await.expect("it reads").expect("it is there");
    assert_eq!((record.place, Some(record.head)), (Place::Durable, call.head));
}

#[tokio::test]
async fn a_due_journey_is_given_to_one_node_at_a_time() {
    let server = Server::start(&[]).await;
    let one = world(at(&[server.url()])).await;
    let two = node(&one, at(&[server.url()])).await;
    let wake = start() + secs(100);
    for n in 0..40 {
        let id = lead::JourneyId::of_call("AC", &n.to_string());
        one.store.append(id, 1, None, vec![entry("0")], Some(wake)).await.expect("it is kept");
    }
    let due = async |world: &World, now| world.store.due_journeys(now, 100).await.expect("it reads").len();
    let (first, second) = tokio::join!(due(&one, wake), due(&two, wake));
    assert_eq!(first + second, 40);
    assert_eq!(due(&two, wake + secs(9)).await, 0);
    assert_eq!(due(&two, wake + secs(10)).await, 40, "who was given them is gone");
}

#[tokio::test]
async fn whoever_looks_at_a_move_that_never_ends_asks_the_durable_store() {
    let server = Server::start(&[]).await;
    let one = world(at(&[server.url()])).await;
    let two = node(&one, at(&[server.url()])).await;
    let mut call = Call::new(&one, "1", Some(ADA));
    call.drive(call.arrived()).await;
    let key = format!("j:{{{}}}", call.id);
    // A node died in the middle of it: the move has a second or two left.
    let now: Vec<u64> = server.ask(&["TIME"]);
    server.ask::<()>(&["LSET", &key, "1", "m"]);
    server.ask::<()>(&["LSET", &key, "2", &((now[0] + 2) * 1_000).to_string()]);
    let append = async |key: String| two.store.append(call.id, 1, call.head, vec![entry(&key)], None).await;
    two.store.load(call.id).await.expect("it reads").expect("it is there");
    assert!(matches!(append("early".to_owned()).await, Ok(Appended::Conflict)));
    let mut n = 0;
    let mut tick = tokio::time::interval(std::time::Duration::from_millis(20));
    let head = loop {
        tick.tick().await;
        let record = two.store.load(call.id).await.expect("it reads").expect("it is there");
        assert_eq!(record.place, Place::Light);
        n += 1;
        if let Ok(Appended::Done { head, .. }) = append(format!("late {n}")).await {
            break head;
        }
    };
    assert_eq!(two.store.head(call.id).await.expect("it reads"), Some(head));
}

const SAID: &str = "Ermentrude Quackenbush, 17 Canary Lane";

#[tokio::test]
async fn nothing_personal_can_be_read_in_it() {
    let server = Server::start(&[]).await;
    let one = world(at(&[server.url()])).await;
    let call = spoken(&one).await;
    let dump = dump(&server);
    assert!(contains(&dump, call.id.to_string().as_bytes()), "it is looked through");
    assert!(contains(&dump, b"heard") && contains(&dump, b"e2"), "with its events");
    assert_eq!(found(&dump), Vec::<String>::new());
}

#[tokio::test]
async fn nothing_personal_can_be_read_in_a_cluster() {
    let cluster = Cluster::start().await;
    let one = world(cluster.at()).await;
    let call = spoken(&one).await;
    let dump: Vec<u8> = cluster.primaries().flat_map(dump).collect();
    assert!(contains(&dump, call.id.to_string().as_bytes()) && contains(&dump, b"heard"));
    assert_eq!(found(&dump), Vec::<String>::new());
}

/// A call that said who it is.
async fn spoken(world: &World) -> Call {
    let mut call = Call::new(world, "1", Some(ADA));
    assert_eq!(call.drive(call.arrived()).await, Step::Light);
    let said = Input::Words { text: Pii::new(SAID.to_owned()), confidence_millis: None };
    let heard = Entry { key: "e2".into(), at: call.now, event: Event::Heard { step: 1, input: said } };
    let kept = world.store.append(call.id, 1, call.head, vec![heard], None).await;
    assert!(matches!(kept, Ok(Appended::Done { .. })));
    let record = world.store.load(call.id).await.expect("it reads").expect("it is there");
    let Event::Heard { input: Input::Words { text, .. }, .. } = &record.entries[1].event else {
        panic!("it is what was said")
    };
    assert!(*text == Pii::new(SAID.to_owned()));
    call
}

/// All keys with their values.
fn dump(server: &Server) -> Vec<u8> {
    let mut all = Vec::new();
    for key in server.ask::<Vec<String>>(&["KEYS", "*"]) {
        all.extend(key.as_bytes());
        match server.ask::<String>(&["TYPE", &key]).as_str() {
            "list" => all.extend(server.ask::<Vec<Vec<u8>>>(&["LRANGE", &key, "0", "-1"]).concat()),
            "zset" => {
                all.extend(server.ask::<Vec<Vec<u8>>>(&["ZRANGE", &key, "0", "-1", "WITHSCORES"]).concat())
            }
            "string" => all.extend(server.ask::<Vec<u8>>(&["GET", &key])),
            other => panic!("{key} is a {other}, which nobody looks through"),
        }
    }
    all
}

/// What of the caller stands there, as it is or in a common form.
fn found(dump: &[u8]) -> Vec<String> {
    let digits = ADA.trim_start_matches('+');
    let plain = [ADA, digits, &digits[1..], SAID, "Ermentrude", "Quackenbush", "Canary Lane"];
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let forms = plain.iter().flat_map(|text| {
        let encoded = BASE64_STANDARD.encode(text);
        let encoded = encoded.trim_end_matches('=').to_owned();
        [(*text).to_owned(), text.chars().rev().collect(), encoded[..encoded.len() - 1].to_owned(), hex(text)]
    });
    forms.filter(|form| contains(dump, form.as_bytes())).collect()
}

fn contains(dump: &[u8], what: &[u8]) -> bool {
    dump.windows(what.len()).any(|window| window == what)
}
