//! Calls by SIP: the example over real dialogs and real speech, and the ways it goes when buyers and callers do otherwise.

use std::time::Duration;

use journey::DialResult;
use sandbox::{Behaviour, medicare::Name};
use sip::{
    dtmf::Key,
    leg::{Cause, Side, Told, Wanted},
    rtp::Counters,
};
use store::SaleState;

use crate::{
    phones::{Phones, ended, heard, press, pressed, speech},
    play::{pings, posts},
    world::until,
};

/// A ladder in a line: `<` came to us, `>` we sent. How often a phone rings, and what is on its way when a call ends, is chance.
fn ladder(leg: &store::LegRecord) -> String {
    let rung = |rung: &store::LegRung| {
        let what = rung.status.map_or_else(|| rung.method.clone(), |status| status.to_string());
        format!("{}{what}", if rung.sent { '>' } else { '<' })
    };
    leg.rungs.iter().map(rung).collect::<Vec<_>>().join(" ")
}

const LONG: Duration = Duration::from_secs(30);

#[tokio::test]
async fn the_example_is_sold_by_sip_to_the_cent() {
    let mut phones = Phones::new().await;
    let world = phones.world(|plan| plan.silent_f = true).await;
    let mut caller = phones.qualified(&world).await;
    let ringing = phones.rings().await;
    assert_eq!(ringing.name, Name::C, "the highest bid rings first");
    assert_eq!(posts(&world), [0; 6], "nobody is posted to who has not picked up");
    let mut buyer = ringing.picked_up().await;
    world.medicare.buyer(Name::C).posted(1).await;
    caller.hang_up();
    assert_eq!(ended(&mut caller).await, (Cause::HungUp, Side::Ours));
    assert_eq!(ended(&mut buyer).await, (Cause::HungUp, Side::Theirs));
    let told = world.only_call().await;
    assert_eq!(told.outcome(), "sold", "{:?}", told.names());
    assert_eq!(told.sale().price.to_string(), "91.00");
    assert_eq!(told.sale().best_static.map(|price| price.to_string()).as_deref(), Some("45.00"));
    assert_eq!(told.sale().state, SaleState::Earned);
    assert_eq!((told.row.pings, told.row.bids), (6, 3));
    assert_eq!(pings(&world), [1; 6]);
    assert_eq!(posts(&world), [0, 0, 1, 0, 0, 0]);
    assert!(phones.nobody_rings(), "nobody else is rung");
    world.finish().await;
}

#[tokio::test]
async fn the_caller_is_asked_about_each_winner_by_its_name_before_its_phone_rings() {
    let mut phones = Phones::new().await;
    let world = phones
        .world(|plan| {
            plan.silent_f = true;
            let recorded = "recording = { notice = 'This call is recorded.' }";
            plan.draft.campaign(&format!("{recorded}\nbuyer_consent = {{ version = 'named-1' }}"));
        })
        .await;
    let mut caller = phones.qualified(&world).await;
    // C first, who is declined, then A.
    for (n, answer) in [(1, "2"), (2, "1")] {
        until("the question about a buyer", async || {
            let live = world.store().live_journeys().await.expect("they can be listed");
            let look = server::drive::look(world.server(), *live.first()?, |folded| {
                folded.keys.iter().filter(|key| key.starts_with("ask:")).count()
            });
            (look.await.expect("it can be read") == Some(n)).then_some(())
        })
        .await;
        press(&caller, answer);
    }
    let ringing = phones.rings().await;
    assert_eq!(ringing.name, Name::A, "C's phone never rings");
    let buyer = ringing.picked_up().await;
    world.medicare.buyer(Name::A).posted(1).await;
    buyer.hang_up();
    assert_eq!(ended(&mut caller).await, (Cause::HungUp, Side::Theirs));
    let told = world.only_call().await;
    assert_eq!((told.outcome(), told.sale().price.to_string()), ("sold", "85.00".to_owned()));
    assert_eq!(posts(&world), [1, 0, 0, 0, 0, 0]);
    world.finish().await;
}

#[tokio::test]
async fn a_busy_buyer_costs_it_the_call_and_the_next_bid_has_it() {
    let mut phones = Phones::new().await;
    let world = phones.world(|_| {}).await;
    let mut caller = phones.qualified(&world).await;
    let ringing = phones.rings().await;
    assert_eq!(ringing.name, Name::C);
    ringing.arrival.leg.refuse(486);
    let ringing = phones.rings().await;
    assert_eq!(ringing.name, Name::A, "the next bid");
    let mut buyer = ringing.picked_up().await;
    world.medicare.buyer(Name::A).posted(1).await;
    buyer.hang_up();
    assert_eq!(ended(&mut buyer).await, (Cause::HungUp, Side::Ours));
    assert_eq!(ended(&mut caller).await, (Cause::HungUp, Side::Theirs), "nobody is left to talk to");
    let told = world.only_call().await;
    assert_eq!((told.outcome(), told.sale().price.to_string()), ("sold", "85.00".to_owned()));
    assert_eq!(posts(&world), [1, 0, 0, 0, 0, 0], "no post to a buyer that did not answer");
    assert_eq!(told.dials(), [DialResult::Busy, DialResult::Completed]);
    let legs = until("the legs of the call", async || {
        let legs = world.store().legs_of(told.row.journey).await.expect("they can be read");
        (legs.len() == 3).then_some(legs)
    })
    .await;
    let ladders: Vec<_> = legs.iter().map(ladder).collect();
    assert_eq!(
        ladders,
        [
            "<INVITE >100 >180 >200 <ACK >BYE <200",
            ">INVITE <100 <486 >ACK",
            ">INVITE <100 <180 <200 >ACK <BYE >200",
        ]
    );
    let told = legs.iter().map(|leg| (leg.attempt, leg.cause.as_str(), leg.ours, leg.codec.as_deref()));
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            (None, "hung_up", true, Some("PCMU")),
            (Some(1), "busy", false, None),
            (Some(2), "hung_up", false, Some("PCMU")),
        ]
    );
    assert!(legs[0].heard.packets > 0 && legs[0].sent > 0, "{:?}", legs[0]);
    let written = format!("{legs:?}");
    assert!(!written.contains("305") && !written.contains("sip:"), "nothing of anybody: {written}");
    world.finish().await;
}

#[tokio::test]
async fn nobody_picks_up_in_time_and_the_phone_rings_no_more_when_the_next_one_does() {
    let mut phones = Phones::new().await;
    let world = phones.world(|plan| plan.draft.offer(Name::C, "ring = '5s'")).await;
    let mut caller = phones.qualified(&world).await;
    let mut silent = phones.rings().await;
    assert_eq!(silent.name, Name::C);
    silent.arrival.leg.ring();
    assert_eq!(ended(&mut silent.arrival.leg).await, (Cause::Cancelled, Side::Theirs));
    let ringing = phones.rings().await;
    assert_eq!(ringing.name, Name::A);
    let mut buyer = ringing.picked_up().await;
    caller.hang_up();
    assert_eq!(ended(&mut buyer).await, (Cause::HungUp, Side::Theirs));
    assert_eq!(ended(&mut caller).await, (Cause::HungUp, Side::Ours));
    let told = world.only_call().await;
    assert_eq!((told.outcome(), told.sale().price.to_string()), ("sold", "85.00".to_owned()));
    assert_eq!(told.dials(), [DialResult::NoAnswer, DialResult::Completed]);
    assert_eq!(posts(&world), [1, 0, 0, 0, 0, 0]);
    world.finish().await;
}

#[tokio::test]
async fn a_caller_who_hangs_up_before_anybody_accepts_costs_nobody() {
    let mut phones = Phones::new().await;
    let world = phones.world(|_| {}).await;
    let mut caller = phones.qualified(&world).await;
    let mut ringing = phones.rings().await;
    ringing.arrival.leg.ring();
    caller.hang_up();
    assert_eq!(ended(&mut caller).await, (Cause::HungUp, Side::Ours));
    assert_eq!(ended(&mut ringing.arrival.leg).await, (Cause::Cancelled, Side::Theirs));
    let told = world.only_call().await;
    told.unsold("abandoned_ring");
    assert_eq!(posts(&world), [0; 6]);
    assert!(phones.nobody_rings());
    world.finish().await;
}

#[tokio::test]
async fn only_a_key_accepts_where_a_screen_asks_for_one() {
    let mut phones = Phones::new().await;
    let screened = "screening = 'press_one'\nwhisper = 'Medicare call from {state}'";
    let world = phones.world(|plan| plan.draft.offers(screened)).await;
    let mut caller = phones.qualified(&world).await;
    // A machine answers, and presses another key.
    let mut machine = phones.rings().await.picked_up().await;
    assert_eq!(posts(&world), [0; 6], "who picks up has bought nothing yet");
    press(&machine, "5");
    assert_eq!(ended(&mut machine).await, (Cause::HungUp, Side::Theirs));
    let ringing = phones.rings().await;
    assert_eq!(ringing.name, Name::A);
    let mut buyer = ringing.picked_up().await;
    press(&buyer, "1");
    world.medicare.buyer(Name::A).posted(1).await;
    caller.hang_up();
    assert_eq!(ended(&mut buyer).await, (Cause::HungUp, Side::Theirs));
    assert_eq!(ended(&mut caller).await, (Cause::HungUp, Side::Ours));
    let told = world.only_call().await;
    assert_eq!((told.outcome(), told.sale().price.to_string()), ("sold", "85.00".to_owned()));
    assert!(told.names().contains(&"buyer_declined"), "{:?}", told.names());
    assert_eq!(posts(&world), [1, 0, 0, 0, 0, 0]);
    world.finish().await;
}

#[tokio::test]
async fn both_hear_each_other_and_hardly_anything_is_lost() {
    let mut phones = Phones::new().await;
    let world = phones.world(|_| {}).await;
    let mut caller = phones.qualified(&world).await;
    let mut buyer = phones.rings().await.picked_up().await;
    world.medicare.buyer(Name::C).posted(1).await;
    for leg in [&caller, &buyer] {
        leg.play(speech(3_000));
    }
    heard(&mut caller, &Told::Said).await;
    heard(&mut buyer, &Told::Said).await;
    for leg in [&caller, &buyer] {
        let Counters { packets, lost, strange, .. } = leg.account().heard;
        assert!(packets >= 140 && lost * 200 <= packets, "{lost} of {packets} are lost");
        assert_eq!(strange, 0);
    }
    // What one presses the other hears; the last key of an answer may still be under way when they are joined.
    for (from, to, key) in [(&caller, 0, "7#"), (&buyer, 1, "8#")] {
        [&buyer, &caller][to].collect(Wanted { max: 9, finish: Key::of_char('#'), first: LONG, next: LONG });
        press(from, key);
    }
    assert!(pressed(&mut buyer).await.ends_with("7#"));
    assert!(pressed(&mut caller).await.ends_with("8#"));
    buyer.hang_up();
    assert_eq!(ended(&mut caller).await, (Cause::HungUp, Side::Theirs));
    world.only_call().await;
    world.finish().await;
}

#[tokio::test]
async fn nobody_buys_and_the_caller_hears_the_campaigns_ending() {
    let phones = Phones::new().await;
    let ending = "fallback = { say = 'Please call again later. Goodbye.' }";
    let world = phones
        .world(|plan| {
            plan.draft.file("fallback_to_static = false");
            plan.draft.campaign(ending);
        })
        .await;
    for name in [Name::A, Name::B, Name::C] {
        world.medicare.bids(name, Behaviour::NoBid204);
    }
    let mut caller = phones.qualified(&world).await;
    let before = caller.account().heard.packets;
    assert_eq!(ended(&mut caller).await, (Cause::HungUp, Side::Theirs));
    let heard = caller.account().heard.packets - before;
    assert!(heard >= 100, "two seconds of an ending, not {heard} packets");
    world.only_call().await.unsold("no_bids");
    world.finish().await;
}

#[tokio::test]
async fn a_number_of_no_campaign_is_turned_down() {
    let phones = Phones::new().await;
    let world = phones.world(|_| {}).await;
    let mut caller = phones.dials(&world, "+18005550999").await;
    assert_eq!(ended(&mut caller).await, (Cause::Refused(404), Side::Theirs));
    assert_eq!(pings(&world), [0; 6]);
    world.finish().await;
}
