//! The interview: consent, disqualification, silence, and what is asked again.

use sandbox::{Answer, Caller, medicare, medicare::Name};

use crate::{
    play::{pings, posts},
    world::World,
};

const CONSENT: &str = "field = 'consent'\naudience = 'winner'\nask = 'To be connected, press 1.'\n\
    check = { consent = { text_version = '2026-01', refused = 'All right. Goodbye.' } }";

fn caller(zip: Vec<Answer>, age: &str, consent: &str) -> Caller {
    Caller::by_prompt_in_turn([
        ("zip", zip),
        ("how old", vec![Answer::press(age)]),
        ("press 1", vec![Answer::press(consent)]),
    ])
}

fn zip() -> Vec<Answer> {
    vec![Answer::press(medicare::ZIP)]
}

#[tokio::test]
async fn consent_is_kept_and_posted() {
    let world = World::with(|plan| plan.draft.asks(CONSENT)).await;
    world.play().await.sold(Name::C, "91.00");
    let post = world.medicare.buyer(Name::C).posted(1).await[0].json();
    assert_eq!(post["consent"]["textVersion"], "2026-01");
    assert!(post["consent"]["givenAt"].is_string());
    assert!(world.medicare.buyer(Name::C).pings()[0].json().get("consent").is_none());
    world.finish().await;
}

#[tokio::test]
async fn without_consent_the_call_ends() {
    let world = World::with(|plan| plan.draft.asks(CONSENT)).await;
    let told = world.play_by(caller(zip(), "65", "2")).await;
    told.unsold("consent_refused");
    assert!(told.record.transcript().contains("All right. Goodbye."));
    assert_eq!(posts(&world), [0; 6]);
    world.finish().await;
}

#[tokio::test]
async fn who_is_too_young_hears_why() {
    let world = World::example().await;
    let told = world.play_by(caller(zip(), "34", "1")).await;
    told.unsold("disqualified");
    assert!(told.record.transcript().contains("for people who are older"));
    assert_eq!(pings(&world), [0; 6]);
    world.finish().await;
}

#[tokio::test]
async fn who_says_nothing_is_asked_again_and_then_let_go() {
    let world =
        World::with(|plan| plan.draft.question(0, "if_unanswered = { say = 'We did not hear you.' }")).await;
    let told = world.play_by(Caller::silent()).await;
    told.unsold("no_input");
    let asked = told.record.transcript().matches("five digit").count()
        + told.record.transcript().matches("five digits").count();
    assert!(asked >= 2, "{}", told.record.transcript());
    assert!(told.record.transcript().contains("We did not hear you."));
    assert_eq!(pings(&world), [0; 6]);
    world.finish().await;
}

#[tokio::test]
async fn a_wrong_answer_is_asked_again() {
    let world = World::example().await;
    let zips = vec![Answer::press("00000"), Answer::press(medicare::ZIP)];
    let told = world.play_by(caller(zips, "65", "1")).await;
    told.sold(Name::C, "91.00");
    assert!(told.record.transcript().contains("that is no zip code I know"), "{}", told.record.transcript());
    world.finish().await;
}

#[tokio::test]
async fn what_an_offer_requires_and_nobody_answered_leaves_it_out() {
    let world = World::example().await;
    let silent_on_age = Caller::by_prompt([("zip", Answer::press(medicare::ZIP))]);
    let told = world.play_by(silent_on_age).await;
    told.sold(Name::A, "85.00");
    assert_eq!(told.outcome_of(Name::C), "missing_field");
    assert_eq!(told.outcome_of(Name::B), "filtered", "an age that is not known is none from 60 on");
    world.finish().await;
}

#[tokio::test]
async fn answers_may_be_spoken() {
    let world = World::with(|plan| {
        plan.draft.question(0, "input = 'either'");
        plan.draft.question(1, "input = 'voice'");
    })
    .await;
    let spoken = Caller::by_prompt([
        ("zip", Answer::speak("three three one oh nine", "0.9")),
        ("how old", Answer::speak("I am sixty five", "0.87")),
    ]);
    world.play_by(spoken).await.sold(Name::C, "91.00");
    let ping = world.medicare.buyer(Name::C).pings()[0].json();
    assert_eq!((&ping["zip"], &ping["ivr"]["age"]), (&"33109".into(), &65.into()));
    world.finish().await;
}
