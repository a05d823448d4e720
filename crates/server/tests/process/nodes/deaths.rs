//! A call whose every webhook goes to another node, and nodes that die or stand still in the midst of it.

use std::time::Duration;

use sandbox::{
    Answer, Behaviour, Caller, InboundCall, Line,
    buyers::Bid,
    carrier::Kind,
    medicare::{AGE, BUYER_NUMBERS, Name, ZIP},
};

use super::world::Nodes;
use crate::world::{NAME, until};

const OPENED: &str = "\"event\":\"auction_opened\"";

/// C thinks long enough for a node to die meanwhile, and answers in time all the same.
fn slow_bid() -> Behaviour {
    Behaviour::Bid(Bid::new("91").at(BUYER_NUMBERS[Name::C as usize]).after(Duration::from_millis(1_500)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_sold_though_each_webhook_goes_to_another_node() {
    let nodes = Nodes::start(3, 60).await;
    let record = nodes.medicare.carrier.place(nodes.call()).ended().await;
    assert_eq!(record.errors, vec![], "the Debugger lists nothing");
    nodes.sold(1).await;
    assert!(nodes.balancer.answers().iter().all(|answers| *answers >= 2), "{:?}", nodes.balancer.answers());
    assert_eq!(record.transcript().matches("enter your five digit zip").count(), 1, "nobody asks twice");
    nodes.int_is("SELECT COUNT(*) FROM journeys WHERE wake_at IS NOT NULL", 0).await;
    assert_eq!(nodes.medicare.buyer(Name::C).pings().len(), 1);
    assert_eq!(nodes.figure("pingpost_rounds_taken_over_total"), 0);
    assert_eq!(nodes.redis.ask::<i64>(&["ZCARD", "r:{rounds}"]), 0, "no round is left behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_interview_goes_on_when_the_node_that_took_the_call_is_killed() {
    let mut nodes = Nodes::start(2, 1).await;
    nodes.medicare.line(Name::C, Line::answers(Duration::from_secs(2)));
    let caller = Caller::by_prompt([
        ("zip", Answer::press(ZIP)),
        ("how old", Answer::press(AGE).after(Duration::from_secs(2))),
        ("first name", Answer::speak(NAME, "0.97")),
    ]);
    let call = nodes.medicare.carrier.place(InboundCall { caller, ..nodes.call() });
    until("the first answer", || call.so_far().answered(Kind::Gather) == 1).await;
    let first = nodes.node_that_logged(&["a call arrived"]).await;
    nodes.kill(first);
    let record = call.ended().await;
    assert_eq!(record.transcript().matches("enter your five digit zip").count(), 1, "nobody asks twice");
    nodes.sold(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_node_asks_once_more_when_that_of_the_round_is_killed() {
    let mut nodes = Nodes::start(3, 20).await;
    nodes.medicare.bids(Name::C, slow_bid());
    let call = nodes.medicare.carrier.place(nodes.call());
    nodes.medicare.buyer(Name::C).pinged(1).await;
    let owner = nodes.node_that_logged(&[OPENED]).await;
    nodes.kill(owner);
    nodes.sold(1).await;
    call.ended().await;
    assert_eq!(nodes.figure("pingpost_rounds_taken_over_total"), 1);
    // The second ping is another one, of another auction.
    let pings = nodes.medicare.buyer(Name::C).pings();
    assert_eq!(pings.len(), 2);
    assert_ne!(pings[0].body, pings[1].body);
    nodes.int_is("SELECT COUNT(*) FROM journey_rows WHERE outcome = 'sold'", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_stood_still_in_its_round_writes_nothing_when_it_goes_on() {
    let nodes = Nodes::start(3, 20).await;
    nodes.medicare.bids(Name::C, slow_bid());
    let call = nodes.medicare.carrier.place(nodes.call());
    nodes.medicare.buyer(Name::C).pinged(1).await;
    let owner = &nodes.servers[nodes.node_that_logged(&[OPENED]).await];
    owner.signal("STOP");
    // It is sold by the others.
    nodes.int_is("SELECT COUNT(*) FROM sales", 1).await;
    owner.signal("CONT");
    // Its own round ends now, and its result is driven.
    let closed = "pingpost_auction_duration_seconds_count";
    until("the end of its round", || owner.figure(closed) == 1).await;
    call.ended().await;
    nodes.sold(1).await;
    nodes.int_is("SELECT COUNT(*) FROM journey_rows WHERE outcome = 'sold'", 1).await;
    for (kind, times) in [
        ("SELECT COUNT(*) FROM events WHERE kind = 'auction_opened'", 1),
        ("SELECT COUNT(*) FROM events WHERE kind = 'auction_reopened'", 1),
        ("SELECT COUNT(*) FROM events WHERE kind = 'auction_closed'", 1),
        ("SELECT COUNT(*) FROM events WHERE kind = 'bid_joined'", 0),
    ] {
        assert_eq!(nodes.int(kind).await, times, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_is_booked_when_the_node_that_dialled_is_killed_before_the_answer() {
    let mut nodes = Nodes::start(3, 5).await;
    nodes.medicare.line(Name::C, Line::answers(Duration::from_secs(10)).ringing(Duration::from_secs(10)));
    let call = nodes.medicare.carrier.place(nodes.call());
    let dialled = nodes.node_that_logged(&["\"event\":\"dial_taken\""]).await;
    nodes.kill(dialled);
    nodes.sold(1).await;
    call.ended().await;
    assert_eq!(nodes.medicare.carrier.dials().len(), 1, "it rang once");
    nodes.int_is("SELECT COUNT(*) FROM journeys WHERE wake_at IS NOT NULL", 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_talk_is_settled_when_the_node_that_booked_it_is_killed() {
    let mut nodes = Nodes::start(3, 20).await;
    nodes.medicare.line(Name::C, Line::answers(Duration::from_secs(70)));
    let call = nodes.medicare.carrier.place(nodes.call());
    nodes.sold(1).await;
    let booked = nodes.node_that_logged(&["\"phase\":\"talking\""]).await;
    nodes.kill(booked);
    call.ended().await;
    // C pays for a minute of talk.
    nodes.int_is("SELECT COUNT(*) FROM sale_entries WHERE kind = 'earned' AND amount = 91000000", 1).await;
    nodes.int_is("SELECT COUNT(*) FROM journeys WHERE wake_at IS NOT NULL", 0).await;
}
