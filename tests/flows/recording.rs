//! Recordings: the notice first, and a link that leads to the carrier's recording and nowhere else.

use sandbox::{carrier::Sound, medicare::Name};

use crate::world::World;

const NOTICE: &str = "This call is recorded.";

async fn recorded() -> World {
    World::with(|plan| plan.draft.campaign(&format!("recording = {{ notice = '{NOTICE}' }}"))).await
}

#[tokio::test]
async fn the_notice_is_heard_first_and_the_link_resolves() {
    let world = recorded().await;
    let told = world.play().await;
    told.sold(Name::C, "91.00");
    assert_eq!(told.record.heard[0].what, Sound::Say(NOTICE.to_owned()));
    assert_eq!(told.record.transcript().matches(NOTICE).count(), 1);
    assert!(told.names().contains(&"recording_ready"));
    let post = world.medicare.buyer(Name::C).posted(1).await[0].json();
    let link = post["call"]["recordingUrl"].as_str().expect("a recorded call has a link").to_owned();
    let base = format!("http://{}", world.app.address);
    let path = link.strip_prefix(&base).expect("the link is ours");
    let (status, sound) = world.fetched(path).await;
    assert_eq!(status, 200);
    assert!(!sound.is_empty(), "the carrier's recording");
    let (status, _) = world.fetched(&path.replace(&told.sale().id.to_string(), &told.journey_id())).await;
    assert_eq!(status, 404, "a link is good for one sale");
    world.finish().await;
}

#[tokio::test]
async fn a_call_that_is_not_recorded_has_no_link() {
    let world = World::example().await;
    let told = world.play().await;
    let post = world.medicare.buyer(Name::C).posted(1).await[0].json();
    assert!(post["call"].get("recordingUrl").is_none());
    assert!(!told.names().contains(&"recording_ready"));
    world.finish().await;
}

#[tokio::test]
async fn a_caller_who_comes_again_is_not_recorded_and_has_no_link() {
    let world = recorded().await;
    world.play().await.sold(Name::C, "91.00");
    let again = world.play().await;
    assert_eq!(again.outcome(), "repeat");
    assert!(!again.names().contains(&"recording_ready") && !again.record.transcript().contains(NOTICE));
    let post = world.medicare.buyer(Name::C).posted(2).await[1].json();
    assert!(post["call"].get("recordingUrl").is_none(), "{post}");
    world.finish().await;
}
