//! Legs that a node held itself: kept once, in batches, and read with the story of their call.

use std::time::Duration;

use journey::LegId;
use lead::JourneyId;
use store::{LEGS_OF_A_CALL_MAX, LegHeard, LegRecord, LegRung};

use crate::world::{World, start};

fn leg(journey: JourneyId, name: &str, attempt: Option<u32>) -> LegRecord {
    let rung = |at_ms, sent, status| LegRung {
        at_ms,
        sent,
        method: "BYE".to_owned(),
        status,
        describes: status.is_none(),
        times: 1,
    };
    LegRecord {
        journey,
        leg: LegId(name.to_owned()),
        attempt,
        trunk: Some("main".to_owned()),
        began_at: start() + Duration::from_secs(u64::from(attempt.unwrap_or_default())),
        ended_at: start() + Duration::from_secs(60),
        cause: "hung_up".to_owned(),
        ours: attempt.is_some(),
        codec: Some("PCMU".to_owned()),
        heard: LegHeard { packets: 3_000, lost: 2, jitter: Duration::from_micros(2_375) },
        sent: 2_998,
        reported: attempt.map(|_| LegHeard { packets: 0, lost: 1, jitter: Duration::from_millis(4) }),
        rungs: vec![rung(0, false, None), rung(2, true, Some(200))],
        more: 5,
    }
}

async fn kept(world: &World, journey: JourneyId, count: usize) -> Vec<LegRecord> {
    loop {
        let legs = world.store.legs_of(journey).await.expect("they are read");
        if legs.len() >= count {
            return legs;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_leg_is_read_as_it_was_kept_and_the_first_stands_first() {
    let world = World::new().await;
    let call = JourneyId::of_call("tests", "1");
    let (caller, buyer) = (leg(call, "line-a", None), leg(call, "line-b", Some(1)));
    world.store.keep_leg(buyer.clone());
    world.store.keep_leg(caller.clone());
    // A node that keeps one twice says nothing new.
    world.store.keep_leg(LegRecord { cause: "failed".to_owned(), ..caller.clone() });
    world.store.keep_leg(leg(JourneyId::of_call("tests", "2"), "line-c", None));
    kept(&world, JourneyId::of_call("tests", "2"), 1).await;
    assert_eq!(kept(&world, call, 2).await, [caller, buyer]);
}

#[tokio::test]
async fn a_story_shows_no_more_legs_than_its_limit() {
    let world = World::new().await;
    let call = JourneyId::of_call("tests", "1");
    for n in 1..=LEGS_OF_A_CALL_MAX + 3 {
        world.store.keep_leg(leg(call, &format!("line-{n}"), Some(n)));
    }
    let last = JourneyId::of_call("tests", "last");
    world.store.keep_leg(leg(last, "line", None));
    kept(&world, last, 1).await;
    let legs = kept(&world, call, LEGS_OF_A_CALL_MAX as usize).await;
    assert_eq!(legs.len(), LEGS_OF_A_CALL_MAX as usize);
    assert_eq!(legs[0].attempt, Some(1));
}
