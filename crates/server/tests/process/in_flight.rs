//! Calls with Redis, without it, and a process that dies in the middle of one.

use std::time::Duration;

use sandbox::{
    Answer, Caller, InboundCall, Line,
    carrier::Kind,
    medicare::{AGE, Name, ZIP},
};

use crate::{
    place::WAIT_MAX,
    redis_server::Server,
    world::{NAME, World, until},
};

async fn in_redis(redis: &Server, speed: u32) -> World {
    let url = redis.url();
    // What is judged is the outcome, not this machine's speed.
    World::at_speed(speed, |place| place.with("IN_FLIGHT__REDIS", &url).with("IN_FLIGHT__TIMEOUT", "1s"))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn they_are_sold_whether_it_answers_hangs_or_has_died() {
    let mut redis = Server::start(&[]).await;
    let world = in_redis(&redis, 60).await;
    let is_up = |up: u64| move |world: &World| world.server.figure("pingpost_in_flight_up") == up;
    let sold = |n| world.medicare.buyer(Name::C).posted(n);
    until("Redis", || is_up(1)(&world)).await;
    world.play(world.call()).await;
    sold(1).await;
    assert!(!redis.ask::<Vec<String>>(&["KEYS", "j:*"]).is_empty(), "it went by Redis");
    redis.hang();
    world.play(world.call_from("+13055550177")).await;
    sold(2).await;
    until("its absence", || is_up(0)(&world)).await;
    assert!(world.server.figure("pingpost_in_flight_failures_total{why=\"away\"}") > 0);
    redis.go_on();
    until("Redis", || is_up(1)(&world)).await;
    redis.kill();
    world.play(world.call_from("+13055550178")).await;
    sold(3).await;
    redis.begin_again().await;
    until("Redis", || is_up(1)(&world)).await;
    world.play(world.call_from("+13055550179")).await;
    sold(4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_dies_in_an_interview_is_followed_by_one_that_goes_on_with_it() {
    let redis = Server::start(&[]).await;
    let World { place, server, medicare } = in_redis(&redis, 1).await;
    medicare.line(Name::C, Line::answers(Duration::from_secs(2)));
    let caller = Caller::by_prompt([
        ("zip", Answer::press(ZIP)),
        ("how old", Answer::press(AGE).after(Duration::from_secs(4))),
        ("first name", Answer::speak(NAME, "0.97")),
    ]);
    let call = medicare.carrier.place(InboundCall { caller, ..medicare.call() });
    until("the first answer", || call.so_far().answered(Kind::Gather) == 1).await;
    // By SIGKILL.
    drop(server);
    let server = place.serve();
    let record = call.ended().await;
    assert_eq!(record.transcript().matches("enter your five digit zip").count(), 1, "nobody asks twice");
    let posted = medicare.buyer(Name::C).posted(1);
    tokio::time::timeout(WAIT_MAX, posted).await.expect("it is sold");
    drop(server);
}
