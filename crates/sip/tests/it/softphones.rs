//! Calls with a softphone that is not ours, as the caller and as the buyer, with speech.

use std::time::Duration;

use sip::{
    dtmf::Key,
    leg::{Cause, Leg, Pressed, Side, Told, Wanted},
};

use crate::{
    agents::{LONG, agent, arrival, ended, no_dialogs, to, until},
    baresip::Baresip,
};

const CALLERS_TONE: u16 = 440;
const BUYERS_TONE: u16 = 1_000;

/// Lets the leg go on for so long: nobody presses a key.
async fn passes(leg: &mut Leg, time: Duration) {
    leg.collect(Wanted { max: 1, finish: None, first: time, next: time });
    until(leg, &Told::Pressed(Pressed(String::new()))).await;
}

/// Each hears the other's tone, packet for packet, with at most 0.5 % lost; keys, hold and goodbye are told meanwhile.
#[tokio::test]
async fn two_softphones_hear_each_other() {
    let (agent, mut arrivals) = agent(33).await;
    let (mut caller, buyer) = (Baresip::saying(CALLERS_TONE).await, Baresip::saying(BUYERS_TONE).await);
    caller.told("dial", &format!("sip:+18005550100@{}", agent.at())).await;
    let mut leg = arrival(&mut arrivals).await.leg;
    leg.ring();
    leg.answer();
    until(&mut leg, &Told::Acked).await;
    leg.collect(Wanted { max: 9, finish: Key::of_char('#'), first: LONG, next: LONG });
    for key in ["3", "5", "#"] {
        caller.told("sndcode", key).await;
    }
    until(&mut leg, &Told::Pressed(Pressed("35#".to_owned()))).await;
    let mut bought = agent.dial(to(buyer.at)).await.unwrap();
    until(&mut bought, &Told::Acked).await;
    passes(&mut bought, Duration::from_millis(500)).await;
    leg.join(&bought);
    let before = [leg.account().heard, bought.account().heard];
    passes(&mut leg, Duration::from_secs(6)).await;
    leg.part();
    let after = [leg.account().heard, bought.account().heard];
    // What they have put by is heard to its end.
    passes(&mut bought, Duration::from_millis(500)).await;
    caller.told("hold", "").await;
    until(&mut leg, &Told::Held(true)).await;
    caller.told("resume", "").await;
    until(&mut leg, &Told::Held(false)).await;
    caller.told("hangup", "").await;
    assert_eq!(ended(&mut leg).await, (Cause::HungUp, Side::Theirs));
    bought.hang_up();
    assert_eq!(ended(&mut bought).await, (Cause::HungUp, Side::Ours));
    let heard = [buyer.heard(CALLERS_TONE).await, caller.heard(BUYERS_TONE).await];
    for ((heard, before), after) in heard.into_iter().zip(before).zip(after) {
        let (said, lost) = (after.packets - before.packets, after.lost - before.lost);
        assert!(said >= 250 && lost * 200 <= said, "{lost} of {said} are lost on their way here");
        // The first and the last may be cut in two.
        assert!(heard + 2 + said / 200 >= said, "{heard} of {said} were heard");
    }
    no_dialogs(&agent).await;
}
