//! Event webhooks: what happened is told once to whoever asked, in the transaction of the fact, and nothing of a person.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use auction::{Cap, Counts, Period};
use journey::DialResult;
use lead::{Money, OfferId, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use store::{
    Asked, By, Change, ChangedSettings, ClaimedEvent, Correction, EVENT_KEPT_FOR, EVENT_SECRET_OVERLAP,
    EventDeliveryFilter, EventDeliveryState, EventEndpointChange, EventEndpointId, EventEndpointState,
    EventKind, EventSettled, NewEventEndpoint, PostResult, Store,
};

use crate::world::{ADA, Call, KEY, World, bid, capped, secs, start};

fn asked(owner: &str) -> Asked {
    Asked { owner: owner.into(), lease: secs(9), in_flight_max: 9, per_buyer_max: 9 }
}

const LEASE: Duration = Duration::from_secs(30);

async fn endpoint(store: &Store, kinds: &[EventKind]) -> (EventEndpointId, SecretString) {
    let url = "https://hooks.example/in?token=s3cr3t".to_owned();
    let new = NewEventEndpoint { name: "ours".to_owned(), publisher: None, url, kinds: kinds.to_vec() };
    let added = store.add_event_endpoint(start(), By::COMMAND, new).await.expect("it is written");
    added.expect("there is room")
}

async fn claimed(store: &Store, now: Timestamp, owner: &str) -> Vec<ClaimedEvent> {
    store.claim_events(now, Arc::from(owner), LEASE).await.expect("it is written")
}

async fn kinds(store: &Store) -> Vec<String> {
    let all = store.event_deliveries(&EventDeliveryFilter::default()).await.expect("it reads");
    let mut kinds: Vec<_> = all.into_iter().map(|it| it.kind).collect();
    kinds.sort();
    kinds
}

async fn change(store: &Store, id: EventEndpointId, change: EventEndpointChange) {
    let done = store.change_event_endpoint(start(), By::COMMAND, (id, None), change).await;
    done.expect("it is written").expect("it is there");
}

/// One of every type: a sale that is booked at a full cap, corrected, disputed and returned, a post that is given up, and
/// an offer that is switched off.
async fn everything(world: &World) -> Call {
    let mut offer = capped(bid("a"), Counts::Answered, 1);
    offer.terms.caps.buyer.push(Cap { counts: Counts::Money, period: Period::Total, max: 100_000_000 });
    let mut call = Call::new(world, "1", Some(ADA));
    call.sold(offer).await;
    let posts = world.store.claim_posts(call.now, asked("w")).await.expect("it is written");
    let refused = PostResult::Refused { status: Some(422), error: "refused".to_owned() };
    world.store.settle_post(call.now, &posts[0].claim, refused).await.expect("it is written");
    call.ended(1, DialResult::Completed, true, 192).await;
    let sale = call.sale(1);
    for what in [
        Correction::Adjustment(Money::from_units(-5)),
        Correction::Adjustment(Money::from_units(-5)),
        Correction::Conversion,
        Correction::Return,
    ] {
        let why = "Ada Lovelace of 1 Main St called".to_owned();
        let done = world.store.correct_sale(call.now, By::COMMAND, (sale, what), why).await;
        done.expect("it is written").expect("it may be");
    }
    let offer = OfferId::parse("a").expect("a slug");
    let changed = ChangedSettings {
        from: 0,
        body: SecretString::from("x"),
        note: String::new(),
        change: Change::of("offer.changed", "offer", &offer),
        paused: vec![offer],
    };
    world
        .store
        .publish_change(call.now, By::COMMAND, changed)
        .await
        .expect("it is written")
        .expect("it is newest");
    call
}

#[tokio::test]
async fn every_fact_is_told_to_whoever_wants_it_and_nothing_of_a_person() {
    let world = World::new().await;
    let (all, _) = endpoint(&world.store, &EventKind::ALL).await;
    let (few, _) = endpoint(&world.store, &[EventKind::SaleBooked]).await;
    let call = everything(&world).await;
    let told = [
        "cap.reached",
        "cap.reached",
        "lead.corrected",
        "lead.sold",
        "offer.paused",
        "post.exhausted",
        "sale.booked",
        "sale.booked",
        "sale.corrected",
        "sale.corrected",
        "sale.corrected",
        "sale.corrected",
        "sale.voided",
    ];
    assert_eq!(kinds(&world.store).await, told);
    let filter =
        |endpoint| EventDeliveryFilter { endpoint: Some(endpoint), ..EventDeliveryFilter::default() };
    let to_few = world.store.event_deliveries(&filter(few)).await.expect("it reads");
    assert_eq!(to_few.len(), 1);
    let to_all = world.store.event_deliveries(&filter(all)).await.expect("it reads");
    let booked = to_all.iter().find(|it| it.kind == "sale.booked").expect("it is there");
    assert_eq!(
        (booked.event, &booked.body),
        (to_few[0].event, &to_few[0].body),
        "the same event, told twice"
    );
    let of = |kind: &str| -> Vec<Value> {
        let bodies = to_all.iter().filter(|it| it.kind == kind);
        bodies.map(|it| serde_json::from_str::<Value>(&it.body).expect("JSON")["data"].clone()).collect()
    };
    let booked = &of("sale.booked")[0];
    assert_eq!((&booked["price"], &booked["offer"]), (&"91.00".into(), &"a".into()));
    assert_eq!(booked["sale"], call.sale(1).to_string());
    let mut caps: Vec<_> =
        of("cap.reached").iter().map(|it| format!("{} {}/{}", it["counts"], it["used"], it["max"])).collect();
    caps.sort();
    assert_eq!(caps, ["\"answered\" \"1\"/\"1\"", "\"money\" \"91.00\"/\"100.00\""]);
    assert_eq!(of("sale.voided")[0]["reason"], "returned");
    let mut corrections: Vec<_> =
        of("sale.corrected").iter().map(|it| it["correction"].to_string()).collect();
    corrections.sort();
    assert_eq!(corrections, ["\"adjustment\"", "\"adjustment\"", "\"conversion\"", "\"dispute\""]);
    assert_eq!(of("post.exhausted")[0]["error"], "refused");
    for delivery in &to_all {
        for personal in [ADA, &ADA[1..], "Ada", "Main St", "Lovelace"] {
            assert!(!delivery.body.contains(personal), "{}", delivery.body);
        }
    }
}

#[tokio::test]
async fn what_nobody_wants_costs_nothing_and_what_the_reference_shows_is_what_is_sent() {
    let world = World::new().await;
    // Whoever asked these tables anything would be told that they are not there.
    world.tamper("DROP TABLE event_endpoints").await;
    world.tamper("DROP TABLE event_deliveries").await;
    everything(&world).await;
    assert!(claimed(&world.store, start(), "w").await.is_empty());

    let world = World::new().await;
    endpoint(&world.store, &EventKind::ALL).await;
    everything(&world).await;
    let reference = include_str!("../../../../docs/reference/event-webhooks.md");
    let samples: BTreeMap<String, Value> = reference
        .split("```json\n")
        .skip(1)
        .filter_map(|rest| serde_json::from_str::<Value>(rest.split("```").next()?).ok())
        .map(|sample| (sample["type"].as_str().expect("a type").to_owned(), sample))
        .collect();
    assert_eq!(samples.keys().map(String::as_str).collect::<Vec<_>>(), {
        let mut all = EventKind::ALL.map(EventKind::as_str);
        all.sort_unstable();
        all
    });
    let kind_of = |value: &Value| match value {
        Value::Object(_) => "object",
        Value::String(_) => "text",
        Value::Bool(_) => "flag",
        Value::Number(_) => "number",
        Value::Null | Value::Array(_) => "other",
    };
    let shape = |value: &Value| -> BTreeMap<String, &'static str> {
        let fields = value.as_object().expect("an object").iter();
        fields
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.clone(), kind_of(value)))
            .collect()
    };
    let keys = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    for delivery in world.store.event_deliveries(&EventDeliveryFilter::default()).await.expect("it reads") {
        let (sent, sample) =
            (serde_json::from_str::<Value>(&delivery.body).expect("JSON"), &samples[&delivery.kind]);
        assert_eq!(keys(&sent), keys(sample));
        assert_eq!(keys(&sent["data"]), keys(&sample["data"]), "{}", delivery.kind);
        let (sent, sample) = (shape(&sent["data"]), shape(&sample["data"]));
        for (key, kind) in sent {
            assert!(sample.get(&key).is_none_or(|shown| *shown == kind), "{} {key}", delivery.kind);
        }
    }
}

#[tokio::test]
async fn the_end_of_the_process_between_fact_and_delivery_loses_nothing() {
    let world = World::new().await;
    endpoint(&world.store, &[EventKind::SaleBooked]).await;
    let mut call = Call::new(&world, "1", Some(ADA));
    call.sold(bid("a")).await;
    let now = call.now;
    // Neither the process that booked it nor the one that claimed it came to its end.
    let world = world.reopen(KEY).await;
    let [first] = claimed(&world.store, now, "w1").await.try_into().expect("one");
    let world = world.reopen(KEY).await;
    assert!(claimed(&world.store, now + secs(29), "w2").await.is_empty(), "one delivery at a time");
    let [again] = claimed(&world.store, now + LEASE, "w2").await.try_into().expect("one");
    assert_eq!((again.event, &again.body, again.tries), (first.event, &first.body, 2));
    let delivered = || PostResult::Delivered { status: 204 };
    let late = world.store.settle_event(now + LEASE, &first.claim, delivered()).await.expect("it is written");
    assert_eq!(late, EventSettled::NotYours);
    let settled =
        world.store.settle_event(now + LEASE, &again.claim, delivered()).await.expect("it is written");
    assert_eq!(settled, EventSettled::Noted);
    assert!(claimed(&world.store, now + LEASE + LEASE, "w3").await.is_empty());
}

#[tokio::test]
async fn two_nodes_never_have_one_delivery_at_once() {
    let world = World::new().await;
    endpoint(&world.store, &[EventKind::SaleBooked]).await;
    let mut calls = vec![];
    for n in 0..8 {
        let mut call = Call::new(&world, &format!("{n}"), None);
        call.sold(bid("a")).await;
        calls.push(call);
    }
    let now = calls[0].now;
    let other = world.second(KEY).await.expect("it opens");
    let (mine, others) = tokio::join!(claimed(&world.store, now, "w1"), claimed(&other, now, "w2"));
    let mut ids: Vec<_> = mine.iter().chain(&others).map(|it| it.claim.delivery).collect();
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), all), (4, 4), "an endpoint has four places, over all nodes");
}

#[tokio::test]
async fn an_endpoint_that_is_down_is_spared_and_gets_everything_when_it_is_back() {
    let world = World::new().await;
    let (id, _) = endpoint(&world.store, &[EventKind::SaleBooked]).await;
    for n in 0..3 {
        Call::new(&world, &format!("{n}"), None).sold(bid("a")).await;
    }
    let now = start() + secs(60);
    let down = |now: Timestamp, after| PostResult::Retry {
        due_at: now + after,
        probe_at: now + secs(5),
        quiet_until: now,
        status: Some(503),
        error: "try_again".to_owned(),
    };
    for event in claimed(&world.store, now, "w").await {
        world.store.settle_event(now, &event.claim, down(now, secs(3600))).await.expect("it is written");
    }
    let of = async |id| world.store.event_endpoint(id).await.expect("it reads").expect("it is there");
    assert_eq!((of(id).await.failures, of(id).await.waiting), (3, 3));
    assert!(claimed(&world.store, now + secs(4), "w").await.is_empty());
    // Another fact comes meanwhile: it alone is due, and finds out that the endpoint is back.
    Call::new(&world, "more", None).sold(bid("a")).await;
    let later = now + secs(10);
    let [probe] = claimed(&world.store, later, "w").await.try_into().expect("one at a time");
    let delivered = || PostResult::Delivered { status: 200 };
    world.store.settle_event(later, &probe.claim, delivered()).await.expect("it is written");
    let back = claimed(&world.store, later, "w").await;
    assert_eq!(back.len(), 3, "what waited does not wait for its schedule");
    assert!(back.iter().all(|it| it.tries == 1 && it.ahead_of.is_some()), "and takes nothing of it");
    for event in back {
        world.store.settle_event(later, &event.claim, delivered()).await.expect("it is written");
    }
    assert_eq!((of(id).await.failures, of(id).await.waiting), (0, 0));
    // When to come back is heard.
    Call::new(&world, "last", None).sold(bid("a")).await;
    let [last] = claimed(&world.store, later, "w").await.try_into().expect("one");
    let busy = PostResult::Retry {
        due_at: later + secs(60),
        probe_at: later,
        quiet_until: later + secs(60),
        status: Some(429),
        error: "try_again".to_owned(),
    };
    world.store.settle_event(later, &last.claim, busy).await.expect("it is written");
    assert!(claimed(&world.store, later + secs(59), "w").await.is_empty());
    assert_eq!(claimed(&world.store, later + secs(60), "w").await.len(), 1);
}

#[tokio::test]
async fn one_that_is_gone_gets_nothing_until_somebody_resumes_it_and_one_that_is_paused_misses_nothing() {
    let world = World::new().await;
    let (id, _) = endpoint(&world.store, &[EventKind::SaleBooked]).await;
    Call::new(&world, "1", None).sold(bid("a")).await;
    let now = start() + secs(60);
    let [event] = claimed(&world.store, now, "w").await.try_into().expect("one");
    let gone = PostResult::Gone { status: Some(410), url_hash: String::new() };
    let settled = world.store.settle_event(now, &event.claim, gone).await.expect("it is written");
    assert_eq!(settled, EventSettled::Disabled);
    Call::new(&world, "2", None).sold(bid("a")).await;
    let state = async || world.store.event_endpoint(id).await.expect("it reads").expect("it is there").state;
    assert_eq!(state().await, EventEndpointState::Disabled);
    assert!(claimed(&world.store, now + secs(3600), "w").await.is_empty());
    let paused = |paused| EventEndpointChange { paused: Some(paused), ..EventEndpointChange::default() };
    change(&world.store, id, paused(false)).await;
    let events = claimed(&world.store, now, "w").await;
    assert_eq!(events.len(), 2);
    for event in events {
        let delivered = PostResult::Delivered { status: 200 };
        world.store.settle_event(now, &event.claim, delivered).await.expect("it is written");
    }
    change(&world.store, id, paused(true)).await;
    Call::new(&world, "3", None).sold(bid("a")).await;
    assert!(claimed(&world.store, now + secs(3600), "w").await.is_empty());
    change(&world.store, id, paused(false)).await;
    assert_eq!(claimed(&world.store, now + secs(3600), "w").await.len(), 1);
    // What nobody fetches is not kept for good.
    assert_eq!(world.store.drop_old_events(start() + EVENT_KEPT_FOR).await.expect("it is written"), 0);
    assert_eq!(
        world.store.drop_old_events(start() + EVENT_KEPT_FOR + secs(99)).await.expect("it is written"),
        2
    );
}

#[tokio::test]
async fn a_secret_is_shown_once_overlaps_the_next_and_lies_sealed() {
    let world = World::new().await;
    let (id, first) = endpoint(&world.store, &[EventKind::SaleBooked]).await;
    let second = world.store.rotate_event_secret(start(), By::COMMAND, id).await.expect("it is written");
    let second = second.expect("it is there");
    let nobody = EventEndpointId::from_uuid(uuid::Uuid::nil());
    let none = world.store.rotate_event_secret(start(), By::COMMAND, nobody).await.expect("it is written");
    assert!(none.is_none());
    Call::new(&world, "1", None).sold(bid("a")).await;
    let now = start() + secs(60);
    let exposed = |event: &ClaimedEvent| {
        event.secrets.iter().map(|it| it.expose_secret().to_owned()).collect::<Vec<_>>()
    };
    let [event] = claimed(&world.store, now, "w").await.try_into().expect("one");
    assert_eq!(exposed(&event), [second.expose_secret(), first.expose_secret()]);
    assert_eq!(event.url.expose_secret(), "https://hooks.example/in?token=s3cr3t");
    let [later] = claimed(&world.store, start() + EVENT_SECRET_OVERLAP, "w").await.try_into().expect("one");
    assert_eq!(exposed(&later), [second.expose_secret()]);
    let bytes = world.bytes().await;
    for secret in [first.expose_secret(), second.expose_secret(), "s3cr3t"] {
        assert!(!bytes.windows(secret.len()).any(|at| at == secret.as_bytes()), "it lies sealed");
    }
}

#[tokio::test]
async fn one_is_sent_again_by_hand_and_goes_with_its_endpoint() {
    let world = World::new().await;
    let (id, _) = endpoint(&world.store, &[EventKind::SaleBooked]).await;
    Call::new(&world, "1", None).sold(bid("a")).await;
    let now = start() + secs(60);
    let [event] = claimed(&world.store, now, "w").await.try_into().expect("one");
    let again = async || {
        let which = (id, event.claim.delivery);
        world.store.resend_event(now, By::COMMAND, which).await.expect("it is written")
    };
    assert!(!again().await, "somebody is sending it");
    let dead = PostResult::Exhausted { probe_at: now, quiet_until: now, status: None };
    world.store.settle_event(now, &event.claim, dead).await.expect("it is written");
    let of_state = async |state| {
        let filter = EventDeliveryFilter { state: Some(state), ..EventDeliveryFilter::default() };
        world.store.event_deliveries(&filter).await.expect("it reads").len()
    };
    assert_eq!(of_state(EventDeliveryState::Dead).await, 1);
    assert!(again().await);
    let [sent] = claimed(&world.store, now, "w").await.try_into().expect("one");
    assert_eq!((sent.event, sent.tries), (event.event, 1));
    assert!(world.store.remove_event_endpoint(now, By::COMMAND, id).await.expect("it is written"));
    assert!(!world.store.remove_event_endpoint(now, By::COMMAND, id).await.expect("it is written"));
    let delivered = PostResult::Delivered { status: 200 };
    let settled = world.store.settle_event(now, &sent.claim, delivered).await.expect("it is written");
    assert_eq!((settled, kinds(&world.store).await.len()), (EventSettled::NotYours, 0));
}
