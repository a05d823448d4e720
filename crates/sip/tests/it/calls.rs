//! Calls between agents, and with SIPp, on real sockets.

use std::{
    net::SocketAddr,
    process::{Command, Stdio},
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use lead::Pii;
use sip::{
    Agent,
    agent::Config,
    dtmf::Key,
    leg::{Arrival, Cause, Dial, Leg, Playlist, Side, Told, Wanted},
};
use tokio::{net::UdpSocket, sync::mpsc};

use crate::agents::{LONG, agent, arrival, config, ended, keys, no_dialogs, to, until};

/// A call from the first agent that the second has answered.
async fn talk(one: &Agent, other: &Agent, arrivals: &mut mpsc::Receiver<Arrival>) -> (Leg, Leg) {
    let mut ours = one.dial(to(other.at())).await.unwrap();
    let mut theirs = arrival(arrivals).await.leg;
    theirs.ring();
    until(&mut ours, &Told::Ringing).await;
    theirs.answer();
    until(&mut ours, &Told::Acked).await;
    until(&mut theirs, &Told::Acked).await;
    (ours, theirs)
}

#[tokio::test]
async fn a_call_is_answered_heard_and_ended_by_either_side() {
    let ((one, _a), (other, mut arrivals)) = (agent(0).await, agent(1).await);
    let (mut caller, mut callee) = talk(&one, &other, &mut arrivals).await;
    let wanted = Wanted {
        max: 9,
        finish: Key::of_char('#'),
        first: Duration::from_secs(9),
        next: Duration::from_secs(9),
    };
    callee.play(Playlist { prompts: vec![Arc::from([900_i16; 8_000])], repeats: true, barge_in: true });
    callee.collect(wanted);
    caller.press(keys("331#"));
    until(&mut callee, &Told::Said).await;
    until(&mut callee, &Told::Pressed(sip::leg::Pressed("331#".to_owned()))).await;
    caller.refresh();
    caller.hang_up();
    assert_eq!(ended(&mut caller).await, (Cause::HungUp, Side::Ours));
    assert_eq!(ended(&mut callee).await, (Cause::HungUp, Side::Theirs));
    let (mut caller, callee) = talk(&one, &other, &mut arrivals).await;
    drop(callee);
    assert_eq!(ended(&mut caller).await, (Cause::HungUp, Side::Theirs), "a leg that is let go says goodbye");
    no_dialogs(&one).await;
    no_dialogs(&other).await;
}

#[tokio::test]
async fn ringing_ends_in_time_busy_is_busy_and_a_caller_may_give_up() {
    let ((one, _a), (other, mut arrivals)) = (agent(2).await, agent(3).await);
    let mut ours = one.dial(Dial { ring: Duration::from_millis(300), ..to(other.at()) }).await.unwrap();
    let mut theirs = arrival(&mut arrivals).await;
    assert_eq!(theirs.called, "+18005550100");
    assert_eq!(theirs.caller, Some(Pii::new("+13055550142".to_owned())));
    theirs.leg.ring();
    assert_eq!(ended(&mut ours).await, (Cause::NoAnswer, Side::Ours));
    assert_eq!(ended(&mut theirs.leg).await, (Cause::Cancelled, Side::Theirs));

    let mut ours = one.dial(to(other.at())).await.unwrap();
    arrival(&mut arrivals).await.leg.refuse(486);
    assert_eq!(ended(&mut ours).await, (Cause::Busy, Side::Theirs));
    no_dialogs(&one).await;
    no_dialogs(&other).await;
}

#[tokio::test]
async fn a_leg_ends_at_its_longest_and_a_full_node_asks_to_come_again() {
    let (one, _a) = agent(4).await;
    let (other, mut arrivals) = Agent::start(Config { calls_max: 1, ..config(5) }).await.unwrap();
    let (mut ours, mut theirs) = talk(&one, &other, &mut arrivals).await;
    let mut second = one.dial(to(other.at())).await.unwrap();
    assert_eq!(ended(&mut second).await, (Cause::Refused(503), Side::Theirs));
    assert_eq!(other.counts().turned_away.load(Relaxed), 1);
    theirs.end_after(Duration::from_millis(100));
    assert_eq!(ended(&mut theirs).await, (Cause::TooLong, Side::Ours));
    assert_eq!(ended(&mut ours).await, (Cause::HungUp, Side::Theirs));
}

/// Runs SIPp against an address with one of its own scenarios.
fn sipp(scenario: &str, at: SocketAddr) -> std::process::Child {
    Command::new("sipp")
        .args([
            "-sn",
            scenario,
            &at.to_string(),
            "-i",
            "127.0.0.1",
            "-m",
            "1",
            "-timeout",
            "12s",
            "-d",
            "300",
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("sipp is installed: Debian's package sip-tester")
}

#[tokio::test]
async fn sipp_calls_and_hangs_up() {
    let (agent, mut arrivals) = agent(6).await;
    let mut caller = sipp("uac", agent.at());
    let mut leg = arrival(&mut arrivals).await.leg;
    leg.ring();
    leg.answer();
    until(&mut leg, &Told::Acked).await;
    assert_eq!(ended(&mut leg).await, (Cause::HungUp, Side::Theirs));
    let went = tokio::task::spawn_blocking(move || caller.wait()).await.unwrap().unwrap();
    assert!(went.success(), "SIPp's own count of the call: {went}");
    no_dialogs(&agent).await;
}

#[tokio::test]
async fn sipp_is_called_and_hung_up_on() {
    let (agent, _arrivals) = agent(11).await;
    let free = UdpSocket::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let mut buyer = Command::new("sipp")
        .args(["-sn", "uas", "-i", "127.0.0.1", "-p", &free.port().to_string(), "-m", "1", "-timeout", "12s"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("sipp is installed: Debian's package sip-tester");
    // Where it is not up yet, the request is sent again.
    let mut leg = agent.dial(to(free)).await.unwrap();
    until(&mut leg, &Told::Ringing).await;
    until(&mut leg, &Told::Acked).await;
    leg.hang_up();
    assert_eq!(ended(&mut leg).await, (Cause::HungUp, Side::Ours));
    let went = tokio::task::spawn_blocking(move || buyer.wait()).await.unwrap().unwrap();
    assert!(went.success(), "SIPp's own count of the call: {went}");
    no_dialogs(&agent).await;
}

/// RFC 4475, then the same changed at random, then noise: the agent lives, and a call beside it is unharmed.
#[tokio::test]
async fn torture_harms_neither_the_agent_nor_a_call_beside_it() {
    let ((one, _a), (other, mut arrivals)) = (agent(7).await, agent(8).await);
    let (ours, mut theirs) = talk(&one, &other, &mut arrivals).await;
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/torture");
    let files = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    let good: Vec<_> =
        files.filter(|it| it.extension().is_some_and(|it| it == "dat")).map(std::fs::read).collect();
    let good: Vec<Vec<u8>> = good.into_iter().map(|it| it.unwrap()).collect();
    assert_eq!(good.len(), 50);
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut chance = move |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed >> 33).unwrap() % below.max(1)
    };
    let mut send = good.clone();
    for _ in 0..10_000 {
        let mut bytes = good[chance(good.len())].clone();
        for _ in 0..1 + chance(8) {
            let at = chance(bytes.len());
            bytes[at] = u8::try_from(chance(256)).unwrap();
        }
        bytes.truncate(bytes.len() - chance(20));
        send.push(bytes);
    }
    send.extend((0..20_000).map(|_| (0..chance(300)).map(|_| u8::try_from(chance(256)).unwrap()).collect()));
    let drain = async {
        loop {
            // Whatever arrives is refused: nobody here is a caller.
            arrivals.recv().await.expect("the agent lives").leg.refuse(486);
        }
    };
    let storm = async {
        for datagram in &send {
            socket.send_to(datagram, other.at()).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    tokio::select! { () = storm => {}, () = drain => {} }
    assert!(other.transactions() <= sip::limits::TRANSACTIONS_MAX + 1_000, "{}", other.transactions());
    ours.press(keys("5"));
    theirs.collect(Wanted { max: 1, finish: None, first: LONG, next: LONG });
    until(&mut theirs, &Told::Pressed(sip::leg::Pressed("5".to_owned()))).await;
    ours.hang_up();
    assert_eq!(ended(&mut theirs).await, (Cause::HungUp, Side::Theirs));
}

/// What is logged of a whole call under this filter.
fn logged(filter: &str, places: [u16; 2]) -> String {
    #[derive(Clone, Default)]
    struct Kept(Arc<std::sync::Mutex<Vec<u8>>>);
    impl std::io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let kept = Kept::default();
    let writer = kept.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    // One thread, so that what is spawned logs here as well.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tracing::subscriber::with_default(subscriber, || {
        runtime.block_on(async {
            let ((one, _a), (other, mut arrivals)) = (agent(places[0]).await, agent(places[1]).await);
            let (mut caller, callee) = talk(&one, &other, &mut arrivals).await;
            drop(callee);
            ended(&mut caller).await;
            tracing::info!("the call is over");
        });
    });
    String::from_utf8(std::mem::take(&mut *kept.0.lock().unwrap())).unwrap()
}

#[test]
fn no_number_is_logged_under_the_filter() {
    let unfiltered = logged("info", [9, 10]);
    assert!(unfiltered.contains("3055550142"), "without it the library writes whole messages");
    let filtered = logged(&format!("trace,{}", sip::LOG_FILTER), [9, 10]);
    assert!(filtered.contains("the call is over"), "the log is kept");
    assert!(!filtered.contains("3055550142") && !filtered.contains("8005550100"), "{filtered}");
}

#[tokio::test]
async fn a_node_that_drains_takes_nothing_new_and_lets_its_calls_go_on() {
    let ((one, _a), (other, mut arrivals)) = (agent(12).await, agent(13).await);
    assert!(one.probe(other.at(), false).await);
    let (mut ours, mut theirs) = talk(&one, &other, &mut arrivals).await;
    other.drain();
    assert!(!one.probe(other.at(), false).await, "it is asked to send nobody");
    let mut second = one.dial(to(other.at())).await.unwrap();
    assert_eq!(ended(&mut second).await, (Cause::Refused(503), Side::Theirs));
    ours.press(keys("5"));
    theirs.collect(Wanted { max: 1, finish: None, first: LONG, next: LONG });
    until(&mut theirs, &Told::Pressed(sip::leg::Pressed("5".to_owned()))).await;
    ours.hang_up();
    assert_eq!(ended(&mut theirs).await, (Cause::HungUp, Side::Theirs));
    let nobody = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    assert!(!one.probe(nobody.local_addr().unwrap(), false).await, "nobody answers");
    assert_eq!(ended(&mut ours).await, (Cause::HungUp, Side::Ours));
}
