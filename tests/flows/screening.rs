//! Whispers and press 1: what counts as the acceptance, and what does not.

use sandbox::{
    Line,
    carrier::{ScreenedOut, Sound, Then},
    medicare::Name,
};

use crate::{play::posts, world::World};

const WHISPER: &str = "whisper = 'Medicare call from {state}, age {age}'";

async fn with(keys: &str) -> World {
    let keys = keys.to_owned();
    World::with(|plan| plan.draft.offers(&keys)).await
}

async fn screened() -> World {
    with(&format!("{WHISPER}\nscreening = 'press_one'")).await
}

#[tokio::test]
async fn without_a_whisper_the_pick_up_accepts() {
    let world = World::example().await;
    world.medicare.line(Name::C, Line::machine());
    let call = world.call();
    world.medicare.buyer(Name::C).posted(1).await;
    call.handle.hang_up();
    let told = world.told(call).await;
    assert_eq!(told.sale().price.to_string(), "91.00", "call centres answer with a machine");
    world.finish().await;
}

#[tokio::test]
async fn a_whisper_that_was_heard_accepts() {
    let world = with(WHISPER).await;
    let told = world.play().await;
    told.sold(Name::C, "91.00");
    let heard = &told.record.dials[0].heard;
    assert_eq!(heard[0].what, Sound::Say("Medicare call from FL, age 65".to_owned()));
    assert_eq!(posts(&world), [0, 0, 1, 0, 0, 0]);
    world.finish().await;
}

#[tokio::test]
async fn who_hangs_up_at_the_whisper_declined() {
    let world = with(WHISPER).await;
    world.medicare.line(Name::C, Line::then(Then::HangUpAtWhisper));
    let told = world.play().await;
    told.sold(Name::A, "85.00");
    assert_eq!(told.dialled(), [Name::C, Name::A]);
    assert_eq!(posts(&world), [1, 0, 0, 0, 0, 0]);
    world.finish().await;
}

#[tokio::test]
async fn key_1_accepts() {
    let world = screened().await;
    let told = world.play().await;
    told.sold(Name::C, "91.00");
    assert_eq!(posts(&world), [0, 0, 1, 0, 0, 0]);
    world.finish().await;
}

#[tokio::test]
async fn screening_without_a_whisper_says_what_to_press() {
    let world = with("screening = 'press_one'").await;
    let told = world.play().await;
    told.sold(Name::C, "91.00");
    assert!(matches!(&told.record.dials[0].heard[0].what, Sound::Say(text) if text.contains("Press 1")));
    world.finish().await;
}

#[tokio::test]
async fn another_key_declines_and_so_does_a_machine() {
    for word in [ScreenedOut::Completed, ScreenedOut::NoAnswer] {
        let world = World::with(|plan| {
            plan.draft.offers(&format!("{WHISPER}\nscreening = 'press_one'"));
            if word == ScreenedOut::NoAnswer {
                plan.carrier = |carrier| carrier.screened_out = ScreenedOut::NoAnswer;
            }
        })
        .await;
        world.medicare.line(Name::C, Line::declines(Some('2')));
        world.medicare.line(Name::A, Line::machine());
        let told = world.play().await;
        told.sold(Name::B, "72.00");
        assert_eq!(told.dialled(), [Name::C, Name::A, Name::B]);
        assert_eq!(posts(&world), [0, 1, 0, 0, 0, 0]);
        world.finish().await;
    }
}
