//! Recordings of calls by SIP, which the server makes itself: two voices, behind the notice, for as long as they may be kept.

use journey::Event;
use sandbox::medicare::Name;
use sip::{
    g711::Law,
    leg::{Cause, Playlist, Side, Told},
};

use crate::{
    phones::{Phones, ended, heard, press, speech},
    world::until,
};

/// The two channels of a WAV file of mu-law, as samples.
fn channels(file: &[u8]) -> [Vec<i16>; 2] {
    let sound = &file[sip::tracks::HEAD_BYTES..];
    assert_eq!(u32::from_le_bytes(file[42..46].try_into().expect("four bytes")) as usize, sound.len());
    [0, 1].map(|side| sound.iter().skip(side).step_by(2).map(|it| Law::Mu.decode(*it)).collect())
}

/// How many samples are about as loud as this.
fn loud(samples: &[i16], level: i16) -> usize {
    samples.iter().filter(|it| (i32::from(**it) - i32::from(level)).abs() < 300).count()
}

#[tokio::test]
async fn a_talk_is_recorded_two_voices_apart_until_its_caller_is_erased() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut phones = Phones::new().await;
    let world = phones
        .world(|plan| {
            plan.draft.campaign("recording = { notice = 'This call is recorded.' }");
            plan.sip.as_mut().expect("a trunk").recordings = Some(folder.path().to_owned());
        })
        .await;
    let mut caller = phones.qualified(&world).await;
    let ringing = phones.rings().await;
    let begun = std::fs::read_dir(folder.path()).expect("it can be read").count();
    assert_eq!(begun, 0, "nothing is recorded before somebody picks up");
    let mut buyer = ringing.picked_up().await;
    let post = world.medicare.buyer(Name::C).posted(1).await[0].json();
    caller.play(speech(3_000));
    buyer.play(Playlist { prompts: vec![vec![-4_000; 24_000].into()], repeats: false, barge_in: false });
    heard(&mut caller, &Told::Said).await;
    heard(&mut buyer, &Told::Said).await;
    caller.hang_up();
    assert_eq!(ended(&mut buyer).await, (Cause::HungUp, Side::Theirs));
    let journey = world.only_call().await.row.journey;
    until("the recording", async || {
        world.came(journey).await.names().contains(&"recording_ready").then_some(())
    })
    .await;
    let [file] = &files(folder.path())[..] else { panic!("one recording") };
    let [left, right] = channels(&std::fs::read(file).expect("it can be read"));
    for (side, level, other) in [(&left, 8_000, -4_000), (&right, -4_000, 8_000)] {
        assert!(loud(side, level) >= 24_000 - 24_000 / 200, "{} of 24,000", loud(side, level));
        assert_eq!(loud(side, other), 0, "nobody is heard on the other's side");
    }
    let link = post["call"]["recordingUrl"].as_str().expect("a recorded call has a link").to_owned();
    let path = link.split_once("/recordings").expect("it is ours").1;
    let (status, sound) = world.fetched(&format!("/recordings{path}")).await;
    assert!(status == 200 && sound.contains("WAVEfmt"), "{status}");
    let erased = world.store().erase(world.server().clock.now(), &store::Whose::Journey(journey)).await;
    assert!(matches!(erased.expect("it is written"), store::Erased::Now(_)));
    until("the recording's end", async || files(folder.path()).is_empty().then_some(())).await;
    assert_eq!(world.fetched(&format!("/recordings{path}")).await.0, 410);
    // Whose post it was is forgotten, so nobody can tell any more that it was owed.
    world.app.stop().await;
}

fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let files = std::fs::read_dir(folder).expect("it can be read").map(|it| it.expect("a file").path());
    files.filter(|it| it.extension().is_some_and(|it| it == "wav")).collect()
}

#[tokio::test]
async fn a_consent_is_kept_with_the_recording_it_was_spoken_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut phones = Phones::new().await;
    let world = phones
        .world(|plan| {
            let recorded = "recording = { notice = 'This call is recorded.' }";
            plan.draft.campaign(&format!("{recorded}\nbuyer_consent = {{ version = 'named-1' }}"));
            plan.sip.as_mut().expect("a trunk").recordings = Some(folder.path().to_owned());
        })
        .await;
    let mut caller = phones.qualified(&world).await;
    until("the question about the buyer", async || {
        let live = world.store().live_journeys().await.expect("they can be listed");
        let look = server::drive::look(world.server(), *live.first()?, |folded| {
            folded.keys.iter().any(|key| key.starts_with("ask:"))
        });
        look.await.expect("it can be read").filter(|asks| *asks)
    })
    .await;
    press(&caller, "1");
    let buyer = phones.rings().await.picked_up().await;
    world.medicare.buyer(Name::C).posted(1).await;
    buyer.hang_up();
    assert_eq!(ended(&mut caller).await, (Cause::HungUp, Side::Theirs));
    let journey = world.only_call().await.row.journey;
    let reference = until("the recording", async || {
        let came = world.came(journey).await;
        came.events.iter().find_map(|recorded| match &recorded.event {
            Event::RecordingReady { reference, .. } => Some(reference.clone()),
            _ => None,
        })
    })
    .await;
    let [file] = &files(folder.path())[..] else { panic!("one recording, of the question and the talk") };
    assert_eq!(file.file_stem().and_then(|it| it.to_str()), Some(&*reference));
    let story = world.store().story(journey, None, &store::Names::default()).await;
    let story = story.expect("it can be read").expect("it is there");
    let kept = story.consents.iter().find(|it| it.consent.text_version == "named-1").expect("it is kept");
    assert_eq!(kept.consent.recording, Some(reference));
    world.finish().await;
}

#[tokio::test]
async fn without_a_folder_nothing_is_recorded_and_no_link_says_otherwise() {
    let mut phones = Phones::new().await;
    let notice = "recording = { notice = 'This call is recorded.' }";
    let world = phones.world(|plan| plan.draft.campaign(notice)).await;
    let mut caller = phones.qualified(&world).await;
    let buyer = phones.rings().await.picked_up().await;
    let post = world.medicare.buyer(Name::C).posted(1).await[0].json();
    assert!(post["call"].get("recordingUrl").is_none(), "{post}");
    buyer.hang_up();
    assert_eq!(ended(&mut caller).await, (Cause::HungUp, Side::Theirs));
    assert!(!world.only_call().await.names().contains(&"recording_ready"));
    world.finish().await;
}
