//! Calls with peers that are not ours: SIPp plays each way that a call can go, as the caller and as the buyer.

use std::time::Duration;

use md5::{Digest, Md5};
use sha2::Sha256;
use sip::{
    Agent,
    agent::{Config, Digests, Guard},
    leg::{Arrival, Cause, Credential, Dial, Leg, Pressed, Side, Told, Wanted},
};
use tokio::sync::mpsc;

use crate::{
    agents::{LONG, agent, arrival, config, ended, keys, no_dialogs, to, told, until},
    sipp::Sipp,
};

/// The call of a SIPp, answered and acknowledged.
async fn answered(agent: &Agent, arrivals: &mut mpsc::Receiver<Arrival>, scenario: &str) -> (Sipp, Leg) {
    let peer = Sipp::calls(scenario, agent.at());
    let mut leg = arrival(arrivals).await.leg;
    leg.ring();
    leg.answer();
    until(&mut leg, &Told::Acked).await;
    (peer, leg)
}

fn wanted(max: usize) -> Wanted {
    Wanted { max, finish: keys("#").pop(), first: LONG, next: LONG }
}

/// Waits until it is hung up by the peer, and counts how often it was put on hold and taken back.
async fn holds(leg: &mut Leg) -> Vec<bool> {
    let mut held = vec![];
    loop {
        match told(leg).await {
            Told::Held(is) => held.push(is),
            Told::Ended(end) => {
                assert_eq!((end.cause, end.side), (Cause::HungUp, Side::Theirs));
                return held;
            }
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_callers_keys_are_heard_by_info_and_by_rtp() {
    let (agent, mut arrivals) = agent(20).await;
    for scenario in ["caller_presses_by_info", "caller_presses_by_rtp"] {
        let (peer, mut leg) = answered(&agent, &mut arrivals, scenario).await;
        leg.collect(wanted(9));
        until(&mut leg, &Told::Pressed(Pressed("345#".to_owned()))).await;
        assert_eq!(ended(&mut leg).await, (Cause::HungUp, Side::Theirs));
        peer.went_well().await;
    }
    no_dialogs(&agent).await;
}

#[tokio::test]
async fn a_caller_gives_up_in_time_and_too_late() {
    let (agent, mut arrivals) = agent(21).await;
    let peer = Sipp::calls("caller_gives_up", agent.at());
    let mut leg = arrival(&mut arrivals).await.leg;
    leg.ring();
    assert_eq!(ended(&mut leg).await, (Cause::Cancelled, Side::Theirs));
    peer.went_well().await;
    let (peer, mut leg) = answered(&agent, &mut arrivals, "caller_gives_up_too_late").await;
    assert_eq!(ended(&mut leg).await, (Cause::HungUp, Side::Theirs));
    peer.went_well().await;
    no_dialogs(&agent).await;
}

#[tokio::test]
async fn a_caller_puts_us_on_hold_in_every_form() {
    let (agent, mut arrivals) = agent(22).await;
    let (peer, mut leg) = answered(&agent, &mut arrivals, "caller_holds").await;
    assert_eq!(holds(&mut leg).await, [true, false, true, false], "once by direction, once by no address");
    peer.went_well().await;
    let (peer, mut leg) = answered(&agent, &mut arrivals, "caller_updates").await;
    assert_eq!(holds(&mut leg).await, [true, false]);
    peer.went_well().await;
    no_dialogs(&agent).await;
}

#[tokio::test]
async fn a_caller_offers_late() {
    let (agent, mut arrivals) = agent(23).await;
    let (peer, mut leg) = answered(&agent, &mut arrivals, "caller_offers_late").await;
    assert_eq!(holds(&mut leg).await, Vec::<bool>::new(), "it is spoken with all along");
    peer.went_well().await;
    no_dialogs(&agent).await;
}

#[tokio::test]
async fn a_callers_session_is_refreshed_by_either_side() {
    let (agent, mut arrivals) = agent(24).await;
    let (peer, mut leg) = answered(&agent, &mut arrivals, "caller_refreshes").await;
    assert_eq!(ended(&mut leg).await, (Cause::HungUp, Side::Theirs));
    peer.went_well().await;
    let (peer, mut leg) = answered(&agent, &mut arrivals, "caller_is_refreshed").await;
    leg.refresh();
    leg.collect(wanted(1));
    until(&mut leg, &Told::Pressed(Pressed("1".to_owned()))).await;
    leg.hang_up();
    assert_eq!(ended(&mut leg).await, (Cause::HungUp, Side::Ours));
    peer.went_well().await;
    no_dialogs(&agent).await;
}

/// A trunk whose callers must know a password: SIPp answers by MD5, an agent of ours by SHA-256.
#[tokio::test]
async fn a_caller_must_know_its_password_where_it_has_one() {
    let credential = Credential { user: "acme".to_owned(), password: "secret".to_owned().into() };
    let sources = config(34).sources.0;
    let guarded = async |place, digests| {
        let guard = Guard { sources: sources.clone(), credential: credential.clone(), digests };
        Agent::start(Config { guards: vec![guard], ..config(place) }).await.unwrap()
    };
    // SIPp knows MD5 alone.
    let (guarded_by_md5, mut arrivals) = guarded(34, Digests::Md5).await;
    let (peer, mut leg) = answered(&guarded_by_md5, &mut arrivals, "caller_knows_its_password").await;
    assert_eq!(ended(&mut leg).await, (Cause::HungUp, Side::Theirs));
    peer.went_well().await;
    Sipp::calls("caller_knows_no_password", guarded_by_md5.at()).went_well().await;
    assert!(arrivals.try_recv().is_err(), "nobody hears of who does not know it");
    no_dialogs(&guarded_by_md5).await;
    let (guarded, mut arrivals) = guarded(36, Digests::Both).await;
    let (other, _arrivals) = agent(35).await;
    let mut ours =
        other.dial(Dial { credential: Some(credential.clone()), ..to(guarded.at()) }).await.unwrap();
    arrival(&mut arrivals).await.leg.answer();
    until(&mut ours, &Told::Answered).await;
    let mut ours = other.dial(to(guarded.at())).await.unwrap();
    assert_eq!(ended(&mut ours).await, (Cause::Refused(407), Side::Theirs));
    no_dialogs(&guarded).await;
}

#[tokio::test]
async fn a_caller_is_hung_up_on() {
    let (agent, mut arrivals) = agent(25).await;
    let (peer, mut leg) = answered(&agent, &mut arrivals, "caller_is_hung_up_on").await;
    leg.hang_up();
    assert_eq!(ended(&mut leg).await, (Cause::HungUp, Side::Ours));
    peer.went_well().await;
    no_dialogs(&agent).await;
}

/// Our call to a SIPp.
async fn called(agent: &Agent, scenario: &str, with: impl FnOnce(&mut Dial)) -> (Sipp, Leg) {
    let (peer, at) = Sipp::waits(scenario);
    let mut dial = to(at);
    with(&mut dial);
    (peer, agent.dial(dial).await.unwrap())
}

#[tokio::test]
async fn a_buyer_is_busy_or_does_not_answer() {
    let (agent, _arrivals) = agent(26).await;
    let (peer, mut leg) = called(&agent, "buyer_is_busy", |_| {}).await;
    assert_eq!(ended(&mut leg).await, (Cause::Busy, Side::Theirs));
    peer.went_well().await;
    for scenario in ["buyer_never_answers", "buyer_answers_too_late"] {
        let (peer, mut leg) = called(&agent, scenario, |dial| dial.ring = Duration::from_secs(2)).await;
        until(&mut leg, &Told::Ringing).await;
        assert_eq!(ended(&mut leg).await, (Cause::NoAnswer, Side::Ours), "{scenario}");
        peer.went_well().await;
    }
    no_dialogs(&agent).await;
}

#[tokio::test]
async fn a_buyer_is_heard_early_and_may_be_one_of_several() {
    let (agent, _arrivals) = agent(27).await;
    let (peer, mut leg) = called(&agent, "buyer_is_heard_early", |_| {}).await;
    assert_eq!([told(&mut leg).await, told(&mut leg).await], [Told::EarlyMedia, Told::Answered]);
    assert_eq!(told(&mut leg).await, Told::Acked);
    leg.hang_up();
    peer.went_well().await;
    let (peer, mut leg) = called(&agent, "buyer_forks", |_| {}).await;
    let heard = [told(&mut leg).await, told(&mut leg).await, told(&mut leg).await];
    assert_eq!(heard, [Told::Ringing, Told::EarlyMedia, Told::Answered]);
    leg.hang_up();
    peer.went_well().await;
    no_dialogs(&agent).await;
}

fn credential() -> Credential {
    Credential { user: "pingpost".to_owned(), password: "secret".to_owned().into() }
}

/// The value of a digest's part.
fn part<'a>(digest: &'a str, name: &str) -> &'a str {
    let from =
        digest.find(&format!("{name}=")).unwrap_or_else(|| panic!("{name} in {digest}")) + name.len() + 1;
    digest[from..].split(',').next().unwrap().trim().trim_matches('"')
}

type Hash = fn(&str) -> String;

fn hex<D: Digest>(text: &str) -> String {
    D::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The response that the password gives, as RFC 7616 has it.
fn proof(digest: &str, hash: Hash) -> String {
    let secret = hash(&format!("pingpost:{}:secret", part(digest, "realm")));
    let what = hash(&format!("INVITE:{}", part(digest, "uri")));
    let nonce = part(digest, "nonce");
    if !digest.contains("qop=") {
        return hash(&format!("{secret}:{nonce}:{what}"));
    }
    let [nc, cnonce, qop] = ["nc", "cnonce", "qop"].map(|name| part(digest, name));
    hash(&format!("{secret}:{nonce}:{nc}:{cnonce}:{qop}:{what}"))
}

#[tokio::test]
async fn a_buyers_challenge_is_answered_and_a_stale_one_again() {
    let (agent, _arrivals) = agent(28).await;
    let ways: [(&str, &str, Hash); 3] = [
        ("buyer_challenges_md5", "MD5", hex::<Md5>),
        ("buyer_challenges_sha256", "SHA-256", hex::<Sha256>),
        ("buyer_challenges_itself", "MD5", hex::<Md5>),
    ];
    for (scenario, algorithm, hash) in ways {
        let (peer, mut leg) = called(&agent, scenario, |dial| dial.credential = Some(credential())).await;
        until(&mut leg, &Told::Acked).await;
        leg.hang_up();
        let said = peer.went_well().await;
        assert_eq!(part(&said, "username"), "pingpost", "{said}");
        assert_eq!(part(&said, "nonce"), "second", "{said}");
        assert_eq!(part(&said, "algorithm"), algorithm, "{said}");
        assert_eq!(part(&said, "response"), proof(&said, hash), "{said}");
    }
    let (peer, mut leg) =
        called(&agent, "buyer_refuses_the_password", |dial| dial.credential = Some(credential())).await;
    assert_eq!(ended(&mut leg).await, (Cause::Refused(407), Side::Theirs), "and nobody tries for ever");
    peer.went_well().await;
    no_dialogs(&agent).await;
}

#[tokio::test]
async fn a_buyer_that_wants_longer_sessions_is_called_once_more() {
    let (agent, _arrivals) = agent(29).await;
    let (peer, mut leg) = called(&agent, "buyer_wants_longer_sessions", |_| {}).await;
    until(&mut leg, &Told::Acked).await;
    leg.hang_up();
    assert_eq!(ended(&mut leg).await, (Cause::HungUp, Side::Ours));
    peer.went_well().await;
    let (peer, mut leg) = called(&agent, "buyer_never_takes_a_session", |_| {}).await;
    assert_eq!(ended(&mut leg).await, (Cause::Refused(422), Side::Theirs));
    peer.went_well().await;
    no_dialogs(&agent).await;
}

#[tokio::test]
async fn a_buyer_puts_us_on_hold_and_hangs_up() {
    let (agent, _arrivals) = agent(30).await;
    let (peer, mut leg) = called(&agent, "buyer_holds", |_| {}).await;
    until(&mut leg, &Told::Acked).await;
    assert_eq!(holds(&mut leg).await, [true, false, true, false], "by re-INVITE, then by UPDATE");
    peer.went_well().await;
    let (peer, mut leg) = called(&agent, "buyer_hangs_up", |_| {}).await;
    assert_eq!(ended(&mut leg).await, (Cause::HungUp, Side::Theirs));
    peer.went_well().await;
    no_dialogs(&agent).await;
}

#[tokio::test]
async fn a_buyers_session_is_refreshed() {
    let (agent, _arrivals) = agent(31).await;
    let (peer, mut leg) = called(&agent, "buyer_is_refreshed", |_| {}).await;
    until(&mut leg, &Told::Acked).await;
    leg.refresh();
    leg.collect(wanted(1));
    until(&mut leg, &Told::Pressed(Pressed("1".to_owned()))).await;
    leg.hang_up();
    assert_eq!(ended(&mut leg).await, (Cause::HungUp, Side::Ours));
    peer.went_well().await;
    no_dialogs(&agent).await;
}
