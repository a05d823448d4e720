//! Agents of our own on real sockets, and what is waited for of their legs.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use lead::Pii;
use sip::{
    Agent,
    agent::Config,
    dtmf::Key,
    g711::Law,
    leg::{Arrival, Cause, Dial, Leg, Side, Told},
};
use tokio::{sync::mpsc, time::timeout};

pub const LONG: Duration = Duration::from_secs(15);
pub const LOCALHOST: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

pub fn config(place: u16) -> Config {
    let first = 40_000 + u16::try_from(std::process::id() % 50).unwrap() * 400 + place * 40;
    Config {
        udp: (LOCALHOST, 0).into(),
        tcp: None,
        advertised: LOCALHOST,
        user_agent: "pingpost".to_owned(),
        mark: format!("node{place}.invalid"),
        sources: sip::screen::Sources(vec![LOCALHOST.into()]),
        guards: vec![],
        calls_max: 10,
        ports: first..=first + 39,
        silence_max: LONG,
        call_max: LONG,
        laws: Law::ALL.to_vec(),
    }
}

pub async fn agent(place: u16) -> (Agent, mpsc::Receiver<Arrival>) {
    Agent::start(config(place)).await.unwrap()
}

pub fn to(at: SocketAddr) -> Dial {
    Dial {
        to: format!("sip:+18005550100@{at}"),
        via: None,
        tcp: false,
        shown: Some(Pii::new("+13055550142".to_owned())),
        assert: false,
        diverted: None,
        credential: None,
        ring: LONG,
        hops: 70,
    }
}

pub async fn told(leg: &mut Leg) -> Told {
    timeout(LONG, leg.told()).await.expect("the leg tells something").expect("the leg goes on")
}

/// Waits for this, past what is told before it.
pub async fn until(leg: &mut Leg, wanted: &Told) {
    while told(leg).await != *wanted {}
}

pub async fn ended(leg: &mut Leg) -> (Cause, Side) {
    loop {
        if let Told::Ended(end) = told(leg).await {
            return (end.cause, end.side);
        }
    }
}

pub async fn arrival(arrivals: &mut mpsc::Receiver<Arrival>) -> Arrival {
    timeout(LONG, arrivals.recv()).await.expect("a call comes").unwrap()
}

/// The library lets dialogs go when their goodbye is answered.
pub async fn no_dialogs(agent: &Agent) {
    let gone = timeout(LONG, async {
        while agent.dialogs() > 0 {
            tokio::task::yield_now().await;
        }
    });
    gone.await.expect("no dialog is left");
}

pub fn keys(text: &str) -> Vec<Key> {
    text.chars().filter_map(Key::of_char).collect()
}
