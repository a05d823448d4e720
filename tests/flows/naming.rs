//! A campaign whose callers agree to the very buyer that won: asked by voice before the dial, or listed on the form.

use journey::{Ended, Unsold};
use sandbox::{
    Answer, Caller,
    medicare::{self, Name},
};

use crate::{
    forms::{result, take},
    play::{pings, posts},
    world::World,
};

const NAMED: &str =
    "recording = { notice = 'This call is recorded.' }\nbuyer_consent = { version = 'named-1' }";

async fn world() -> World {
    World::with(|plan| plan.draft.campaign(NAMED)).await
}

/// The example's caller, who says this when asked about a buyer.
fn says(answers: Vec<Answer>) -> Caller {
    Caller::by_prompt_in_turn([
        ("Do you agree", answers),
        ("zip", vec![Answer::press(medicare::ZIP)]),
        ("age", vec![Answer::press("65")]),
        ("how old", vec![Answer::press("65")]),
        ("press 1", vec![Answer::press("1")]),
    ])
}

#[tokio::test]
async fn the_caller_agrees_to_c_by_name_and_c_is_dialled_with_the_recording_of_it() {
    let world = world().await;
    let told = world.play_by(says(vec![Answer::press("1")])).await;
    told.sold(Name::C, "91.00");
    let names = told.names();
    let at = |name: &str| names.iter().position(|event| *event == name);
    assert!(at("caller_asked").is_some() && at("caller_asked") < at("reserved"), "{names:?}");
    assert!(at("reserved") < at("dial_taken"), "{names:?}");
    assert!(told.record.transcript().contains("Do you agree that Buyer C gets your details"));
    let body = world.medicare.buyer(Name::C).posted(1).await[0].json();
    assert_eq!(body["consent"]["textVersion"], "named-1");
    assert_eq!(body["consent"]["sellers"], serde_json::json!(["Buyer C"]));
    let story = world.store().story(told.row.journey, None, &store::Names::default()).await;
    let story = story.expect("it can be read").expect("it is there");
    let kept = story.consents.iter().find(|it| it.consent.text_version == "named-1").expect("it is kept");
    let recordings = world.medicare.carrier.recordings();
    assert_eq!(recordings.len(), 1, "one recording of the question and of the talk: {recordings:?}");
    assert_eq!(kept.consent.recording, recordings.first().cloned());
    world.finish().await;
}

#[tokio::test]
async fn who_does_not_agree_to_c_is_asked_about_a_and_c_learns_nothing() {
    let world = world().await;
    let told = world.play_by(says(vec![Answer::press("2"), Answer::press("1")])).await;
    told.sold(Name::A, "85.00");
    assert_eq!(posts(&world), [1, 0, 0, 0, 0, 0]);
    assert_eq!(told.record.dials.len(), 1, "C's phone never rang");
    world.finish().await;
}

#[tokio::test]
async fn who_agrees_to_nobody_hears_the_ending_and_nobody_is_dialled() {
    let world = world().await;
    let no = || Answer::press("2");
    let told = world.play_by(says(vec![no(), no(), no(), no()])).await;
    assert_eq!((told.outcome(), told.record.dials.len()), ("consent_refused", 0));
    assert_eq!(posts(&world), [0; 6]);
    world.finish().await;
}

#[tokio::test]
async fn a_form_that_lists_c_pings_c_alone() {
    let world = World::with(|plan| plan.draft.campaign(NAMED)).await;
    let journey = take(&world, "k1").await;
    assert_eq!(result(&world, journey).await.ended, Some(Ended::Sold));
    assert_eq!(posts(&world), [0, 0, 1, 0, 0, 0]);
    let record = world.store().auctions_of(journey).await.expect("auctions can be read").remove(0);
    let not_named: Vec<_> = record.offers.iter().filter(|it| it.outcome == "not_named").collect();
    assert_eq!(not_named.len(), record.offers.len() - 1, "{record:?}");
    let pinged = pings(&world);
    assert_eq!(pinged, [0, 0, 1, 0, 0, 0], "who may not get the lead is not shown it");

    let mut nobodys = crate::forms::submission(&world, "k2");
    nobodys.consent = nobodys.consent.map(|consent| lead::Consent { sellers: vec![], ..consent });
    let journey = server::intake::take(world.server(), nobodys).await.expect("it is taken in");
    assert_eq!(result(&world, journey).await.ended, Some(Ended::Unsold(Unsold::NobodyEligible)));
    world.finish().await;
}
