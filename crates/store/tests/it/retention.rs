//! Recordings and consents go when their years are over, and not a day earlier.

use journey::Event;
use lead::{Consent, Timestamp};
use store::{AtCarrier, Kept, Retired};

use crate::world::{ADA, Call, World, bid, secs, start};

const DAY: u64 = 86_400;

fn on_day(day: u64) -> Timestamp {
    start() + secs(day * DAY)
}

/// A call that is sold on this day, with its recording.
async fn recorded(world: &World, name: &str, day: u64) {
    let mut call = Call::new(world, name, Some(ADA));
    call.now = on_day(day);
    call.sold(bid("a")).await;
    call.drive(Event::RecordingReady { reference: format!("RE-{name}"), lasted: None }).await;
}

async fn consented(world: &World, name: &str, day: u64, recording: Option<&str>) {
    let consent = Consent {
        recording: recording.map(str::to_owned),
        sellers: vec!["Buyer A".to_owned()],
        ..Consent::spoken("named-1".to_owned(), on_day(day))
    };
    let call = Call::new(world, name, Some(ADA));
    let (commit, keep) = (call.id, vec![journey::Command::Keep(consent)]);
    let entry = store::Entry {
        key: "k".to_owned(),
        at: on_day(day),
        event: Event::RecordingReady { reference: recording.unwrap_or("RE-other").to_owned(), lasted: None },
    };
    let journey = Call::new(world, name, Some(ADA)).journey.expect("it has begun");
    let made = call.commit(store::Base::New, vec![entry], journey, keep);
    assert!(matches!(call.store.commit(made).await, Ok(store::Committed::Done(_))), "{commit}");
}

async fn due(world: &World, now: Timestamp) -> Vec<AtCarrier> {
    let due = world.store.recordings_due(now, 20).await.expect("they can be read");
    due.into_iter().map(|due| due.what).collect()
}

async fn consents(world: &World) -> i64 {
    world.int("SELECT COUNT(*) FROM consents").await
}

#[tokio::test]
async fn what_is_older_goes_and_a_recording_stays_with_the_consent_that_was_spoken_in_it() {
    let world = World::new().await;
    recorded(&world, "old", 0).await;
    recorded(&world, "new", 100).await;
    consented(&world, "spoken", 1, Some("RE-spoken")).await;
    let now = on_day(110);
    let retire = async |recordings: u64, consents: u64| {
        let kept =
            Kept { recordings_since: Some(on_day(recordings)), consents_since: Some(on_day(consents)) };
        world.store.retire(now, kept).await.expect("it is done")
    };
    assert_eq!(world.store.retire(now, Kept::default()).await.expect("it is done"), Retired::default());
    assert_eq!(retire(0, 0).await, Retired::default(), "the very day is kept");

    assert_eq!(retire(50, 1).await, Retired { recordings: 1, consents: 0 });
    assert_eq!(due(&world, now).await, [AtCarrier::One("RE-old".to_owned())]);
    assert!(world.store.is_retired("RE-old").await.expect("it can be read"));
    assert!(!world.store.is_retired("RE-spoken").await.expect("it can be read"), "its consent is kept");
    assert_eq!(consents(&world).await, 1);

    assert_eq!(retire(50, 2).await, Retired { recordings: 1, consents: 1 });
    assert_eq!(consents(&world).await, 0);
    assert_eq!(retire(50, 50).await, Retired::default(), "nothing goes twice");
    assert!(!world.store.is_retired("RE-new").await.expect("it can be read"));

    let for_ever = Kept { recordings_since: Some(on_day(105)), consents_since: None };
    consented(&world, "kept", 60, Some("RE-kept")).await;
    assert_eq!(
        world.store.retire(now, for_ever).await.expect("it is done"),
        Retired { recordings: 1, consents: 0 },
        "a consent that is kept for ever keeps its recording"
    );
    assert!(!world.store.is_retired("RE-kept").await.expect("it can be read"));
}
