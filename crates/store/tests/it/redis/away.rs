//! Redis hangs, dies, forgets, is full, loads, or may not be written to: journeys are durable at once, and light again
//! when it is back.

use std::{net::TcpListener, time::Duration};

use journey::Event;
use store::{Place, RedisAt, RedisFailure};

use super::{
    nodes::{at, node, until, world},
    server::Server,
};
use crate::world::{ADA, Call, Step, World, bid};

/// With the deadline that is shipped: what is judged is that it ends.
fn hasty(server: &Server) -> RedisAt {
    RedisAt::parse(&[server.url()], None).expect("an address")
}

pub fn failures(world: &World, failure: RedisFailure) -> u64 {
    let (_, counts) = world.store.redis().expect("it is in Redis");
    counts.into_iter().find(|(it, _)| *it == failure).expect("all are counted").1
}

pub fn is_up(world: &World) -> bool {
    world.store.redis().expect("it is in Redis").0
}

async fn light(world: &World, name: &str) -> Call {
    let mut call = Call::new(world, name, Some(ADA));
    assert_eq!(call.drive(call.arrived()).await, Step::Light);
    call
}

async fn arrives(world: &World, name: &str) -> Step {
    let mut call = Call::new(world, name, Some(ADA));
    call.drive(call.arrived()).await
}

async fn place(world: &World, call: &Call) -> Option<Place> {
    world.store.load(call.id).await.expect("it reads").map(|record| record.place)
}

/// New journeys are light again, without a restart of the process.
pub async fn back(world: &World, name: &str) {
    until("Redis", || is_up(world)).await;
    for n in 0.. {
        if arrives(world, &format!("{name} {n}")).await == Step::Light {
            return;
        }
        until("Redis", || is_up(world)).await;
    }
}

#[tokio::test]
async fn one_that_hangs_costs_one_deadline_and_every_journey_goes_on() {
    let server = Server::start(&[]).await;
    let world = world(at(&[server.url()])).await;
    let (mut known, mut other) = (light(&world, "known").await, light(&world, "other").await);
    // From here on the deadline is the shipped one.
    let hasty = node(&world, hasty(&server)).await;
    for call in [&mut known, &mut other] {
        call.store = hasty.store.clone();
        assert_eq!(place(&hasty, call).await, Some(Place::Light));
    }
    server.hang();
    assert_eq!(known.drive(known.opened()).await, Step::Durable);
    assert_eq!(arrives(&hasty, "new").await, Step::Durable);
    assert_eq!(other.drive(Event::CallerHungUp { at: other.now }).await, Step::Durable);
    assert_eq!(place(&hasty, &known).await, Some(Place::Durable));
    // Whoever asked first waited for it. Nobody did behind it, but one that a probe of a lucky moment let through.
    assert!((1..=2).contains(&failures(&hasty, RedisFailure::Deadline)));
    assert!(failures(&hasty, RedisFailure::Away) > 0);
    server.go_on();
    back(&hasty, "back").await;
    // What it had of them is dropped, without anybody asking for them.
    until("the end of what was left behind", || {
        let state: Vec<String> = server.ask(&["LRANGE", &format!("j:{{{}}}", known.id), "1", "1"]);
        state == ["g"]
    })
    .await;
    assert_eq!(place(&world, &known).await, Some(Place::Durable));
}

#[tokio::test]
async fn one_that_is_killed_is_looked_for_less_and_less_often() {
    let mut server = Server::start(&[]).await;
    let world = world(at(&[server.url()])).await;
    let mut call = light(&world, "1").await;
    server.kill();
    assert_eq!(call.drive(call.opened()).await, Step::Durable);
    // Somebody who answers nothing, on its port, counts who comes: between the first five probes lie 100, 200, 400 and 800 ms,
    // and half of that at least between the first five tries to hear news.
    let listener = TcpListener::bind(("127.0.0.1", server.port)).expect("the port is free");
    let began = tokio::time::Instant::now();
    let listener = tokio::task::spawn_blocking(move || {
        (0..10).for_each(|_| drop(listener.accept().expect("a probe")));
        listener
    });
    drop(listener.await.expect("ten of them"));
    assert!(began.elapsed() >= Duration::from_millis(700), "{:?}", began.elapsed());
    assert_eq!(arrives(&world, "new").await, Step::Durable);
    server.begin_again().await;
    back(&world, "back").await;
    call.try_closed(vec![bid("a")]).await.expect("it is committed");
    call.dialled(1).await;
    assert_eq!(call.accepted(1).await, Step::Durable);
    assert_eq!(call.phase(), "talking");
}

#[tokio::test]
async fn one_that_lost_everything_costs_no_journey_that_a_node_knows() {
    let server = Server::start(&[]).await;
    let world = world(at(&[server.url()])).await;
    let (mut stepped, mut committed) = (light(&world, "1").await, light(&world, "2").await);
    let stranger = node(&world, at(&[server.url()])).await;
    server.ask::<()>(&["FLUSHALL"]);
    assert_eq!(place(&stranger, &stepped).await, None, "who does not know it asks the caller again");
    assert_eq!(stepped.drive(stepped.opened()).await, Step::Durable);
    assert_eq!(committed.drive(Event::CallerHungUp { at: committed.now }).await, Step::Durable);
    assert_eq!(failures(&world, RedisFailure::Lost), 1);
    for call in [&stepped, &committed] {
        let record = stranger.store.load(call.id).await.expect("it reads").expect("it is there");
        assert_eq!((record.place, record.entries.len()), (Place::Durable, 2));
    }
    assert_eq!(arrives(&world, "new").await, Step::Light);
}

#[tokio::test]
async fn one_that_is_full_refuses_what_is_new_and_is_used_again_at_once() {
    let server = Server::start(&[]).await;
    let world = world(at(&[server.url()])).await;
    let mut call = light(&world, "1").await;
    server.ask::<()>(&["CONFIG", "SET", "maxmemory", "1"]);
    assert_eq!(arrives(&world, "new").await, Step::Durable);
    assert_eq!(place(&world, &call).await, Some(Place::Light), "it can be read");
    assert_eq!(call.drive(call.opened()).await, Step::Durable);
    assert!(failures(&world, RedisFailure::OutOfMemory) >= 2);
    assert!(is_up(&world));
    server.ask::<()>(&["CONFIG", "SET", "maxmemory", "0"]);
    assert_eq!(arrives(&world, "roomy").await, Step::Light);
}

#[tokio::test]
async fn a_replica_is_none_that_works() {
    let server = Server::start(&[]).await;
    let world = world(at(&[server.url()])).await;
    let mut call = light(&world, "1").await;
    server.ask::<()>(&["REPLICAOF", "127.0.0.1", "1"]);
    assert_eq!(call.drive(call.opened()).await, Step::Durable);
    assert_eq!(failures(&world, RedisFailure::ReadOnly), 1);
    until("a probe", || failures(&world, RedisFailure::ReadOnly) > 2).await;
    assert!(!is_up(&world));
    server.ask::<()>(&["REPLICAOF", "NO", "ONE"]);
    back(&world, "back").await;
}

// The test's own questions hold up its thread until all is loaded.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_loads_is_none_that_works_and_its_scripts_are_given_anew() {
    let slowly = ["--key-load-delay", "20000", "--loading-process-events-interval-bytes", "1024"];
    let options = [&slowly[..], &["--rdbcompression", "no"]].concat();
    let mut server = Server::start(&options).await;
    let world = world(at(&[server.url()])).await;
    let mut call = light(&world, "1").await;
    let padding: Vec<_> = (0..100).flat_map(|n| [format!("key-{n}"), "x".repeat(1_000)]).collect();
    let padding: Vec<_> = ["MSET"].into_iter().chain(padding.iter().map(String::as_str)).collect();
    server.ask::<()>(&padding);
    server.ask::<()>(&["SAVE"]);
    server.kill();
    assert_eq!(arrives(&world, "new").await, Step::Durable);
    server.begin_again().await;
    assert!(failures(&world, RedisFailure::Loading) > 0);
    back(&world, "back").await;
    assert!(failures(&world, RedisFailure::NoScript) > 0);
    assert_eq!(call.drive(call.opened()).await, Step::Light, "it was on the disk");
}

#[tokio::test]
async fn a_process_begins_without_it() {
    let mut server = Server::start(&[]).await;
    server.kill();
    let world = world(at(&[server.url()])).await;
    assert!(!is_up(&world));
    assert_eq!(arrives(&world, "1").await, Step::Durable);
    assert_eq!(world.store.due_journeys(crate::world::start(), 9).await.expect("it reads"), []);
    server.begin_again().await;
    back(&world, "back").await;
}
