//! Light journeys: compare-and-set, and gone once they are durable.

use journey::Event;
use store::{Appended, ChainHash, Entry, Place};

use crate::world::{ADA, Call, Step, World, bid, secs, start};

fn entry(key: &str) -> Entry {
    Entry { key: key.into(), at: start(), event: Event::Transferred }
}

#[tokio::test]
async fn an_append_needs_the_head_and_a_new_key() {
    let world = World::new().await;
    let (store, id) = (&world.store, lead::JourneyId::of_call("AC", "1"));
    let append =
        async |base, key| store.append(id, 1, base, vec![entry(key)], None).await.expect("it is kept");
    let Appended::Done { head, hashes } = append(None, "a").await else { panic!("it is new") };
    assert_eq!(hashes, [head]);
    assert_eq!(append(None, "b").await, Appended::Conflict);
    assert_eq!(append(Some(ChainHash::start(id)), "b").await, Appended::Conflict);
    assert_eq!(append(Some(head), "a").await, Appended::Conflict);
    let Appended::Done { head: next, .. } = append(Some(head), "b").await else {
        panic!("the head is right")
    };
    assert_eq!(append(Some(head), "c").await, Appended::Conflict);
    let record = store.load(id).await.expect("it reads").expect("it is there");
    assert_eq!((record.place, record.head, record.settings_version), (Place::Light, next, 1));
    assert_eq!(record.entries.iter().map(|entry| entry.key.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!((next.short().len(), next.to_string().starts_with(&next.short())), (8, true));
}

#[tokio::test]
async fn a_committed_journey_leaves_no_list_behind() {
    let world = World::new().await;
    let mut call = Call::new(&world, "1", Some(ADA));
    call.drive(call.arrived()).await;
    let light = call.head;
    call.drive(Event::CallerHungUp { at: start() }).await;
    assert_eq!((call.durable, call.phase()), (true, "over"));
    for base in [light, None] {
        let appended =
            world.store.append(call.id, 1, base, vec![entry("late")], None).await.expect("it is judged");
        assert_eq!(appended, Appended::Conflict);
    }
    let record = world.store.load(call.id).await.expect("it reads").expect("it is there");
    assert_eq!((record.place, Some(record.head)), (Place::Durable, call.head));
    assert_eq!(record.entries.len(), 2);
}

#[tokio::test]
async fn two_calls_that_begin_at_once_are_one() {
    let world = World::new().await;
    let (mut one, mut two) = (Call::new(&world, "1", Some(ADA)), Call::new(&world, "1", Some(ADA)));
    let steps = tokio::join!(one.drive(one.arrived()), two.drive(two.arrived()));
    assert_eq!(steps, (Step::Light, Step::Conflict));
}

#[tokio::test]
async fn who_is_due_is_found_in_both_stores() {
    let world = World::new().await;
    let (mut light, mut durable) = (Call::new(&world, "1", Some(ADA)), Call::new(&world, "2", Some(ADA)));
    light.drive(light.arrived()).await;
    durable.auctioned(vec![bid("a")]).await;
    let deadlines =
        [light.journey().deadline(), durable.journey().deadline()].map(|at| at.expect("a deadline"));
    assert_eq!(world.store.next_wake().await.expect("it reads"), deadlines.into_iter().min());
    let due = async |now| world.store.due_journeys(now, 10).await.expect("it reads");
    assert_eq!(due(start()).await, []);
    let later = deadlines.into_iter().max().expect("two") + secs(1);
    assert_eq!(due(later).await, [light.id, durable.id]);
    assert_eq!(world.store.due_journeys(deadlines[1], 10).await.expect("it reads").last(), Some(&durable.id));
}
