//! Light journeys: compare-and-set, and gone once they are durable; in memory, on one Redis and on a Cluster.

use journey::Event;
use store::{Appended, Base, ChainHash, Committed, Entry, Place};

use crate::{
    redis::{
        nodes::{self, Cluster},
        server::Server,
    },
    world::{ADA, Call, Step, World, bid, secs, start},
};

fn entry(key: &str) -> Entry {
    Entry { key: key.into(), at: start(), event: Event::Transferred }
}

/// A case is the same wherever light journeys are.
macro_rules! cases {
    ($($case:ident),* $(,)?) => {
        mod memory {
            $(#[tokio::test]
            async fn $case() {
                super::$case(crate::world::World::new().await).await;
            })*
        }

        mod redis {
            $(#[tokio::test]
            async fn $case() {
                let server = super::Server::start(&[]).await;
                super::$case(super::nodes::world(super::nodes::at(&[server.url()])).await).await;
            })*
        }

        #[tokio::test]
        async fn all_of_it_on_a_cluster() {
            let cluster = Cluster::start().await;
            $(println!("{}", stringify!($case));
            cluster.settled().await;
            cluster.flush();
            $case(nodes::world(cluster.at()).await).await;)*
        }
    };
}

cases!(
    an_append_needs_the_head_and_a_new_key,
    a_committed_journey_leaves_no_list_behind,
    two_calls_that_begin_at_once_are_one,
    who_is_due_is_found_in_both_stores,
    an_ended_wake_up_wakes_nobody,
    a_commit_that_fails_leaves_the_journey_light,
    a_sale_is_booked_from_light_beginnings,
);

async fn an_append_needs_the_head_and_a_new_key(world: World) {
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
    assert_eq!(store.head(id).await.expect("it reads"), Some(next));
}

async fn a_committed_journey_leaves_no_list_behind(world: World) {
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

async fn two_calls_that_begin_at_once_are_one(world: World) {
    let (mut one, mut two) = (Call::new(&world, "1", Some(ADA)), Call::new(&world, "1", Some(ADA)));
    let (first, second) = tokio::join!(one.drive(one.arrived()), two.drive(two.arrived()));
    assert!(matches!((first, second), (Step::Light, Step::Conflict) | (Step::Conflict, Step::Light)));
}

async fn who_is_due_is_found_in_both_stores(world: World) {
    let (mut light, mut durable) = (Call::new(&world, "1", Some(ADA)), Call::new(&world, "2", Some(ADA)));
    light.drive(light.arrived()).await;
    durable.auctioned(vec![bid("a")]).await;
    let deadlines =
        [light.journey().deadline(), durable.journey().deadline()].map(|at| at.expect("a deadline"));
    assert_eq!(world.store.next_wake().await.expect("it reads"), deadlines.into_iter().min());
    let due = async |now| world.store.due_journeys(now, 10).await.expect("it reads");
    assert_eq!(due(start()).await, []);
    assert_eq!(world.store.due_journeys(deadlines[1], 10).await.expect("it reads").last(), Some(&durable.id));
    let later = deadlines.into_iter().max().expect("two") + secs(60);
    assert_eq!(due(later).await, [light.id, durable.id]);
}

async fn an_ended_wake_up_wakes_nobody(world: World) {
    let id = lead::JourneyId::of_call("AC", "1");
    let append = async |base, key, wake| {
        let appended = world.store.append(id, 1, base, vec![entry(key)], wake).await.expect("it is kept");
        let Appended::Done { head, .. } = appended else { panic!("the head is right") };
        Some(head)
    };
    let due = async |now| world.store.due_journeys(now, 10).await.expect("it reads");
    let mut head = append(None, "a", Some(start() + secs(100))).await;
    head = append(head, "later", Some(start() + secs(300))).await;
    assert_eq!(due(start() + secs(299)).await, [], "it moved");
    assert_eq!(due(start() + secs(300)).await, [id]);
    head = append(head, "earlier", Some(start() + secs(200))).await;
    assert_eq!(due(start() + secs(199)).await, []);
    assert_eq!(due(start() + secs(200)).await, [id], "it moved back");
    append(head, "none", None).await;
    assert_eq!(due(start() + secs(9_999)).await, []);
    assert_eq!(world.store.next_wake().await.expect("it reads"), None);
}

async fn a_commit_that_fails_leaves_the_journey_light(world: World) {
    let mut call = Call::new(&world, "1", Some(ADA));
    call.drive(call.arrived()).await;
    let (head, now) = (call.head.expect("a head"), call.now + secs(1));
    let hung_up = || {
        let mut again = Call::new(&world, "1", Some(ADA));
        let mut journey = again.journey.take().expect("it is there");
        journey.on_event(call.now, again.arrived());
        let event = Event::CallerHungUp { at: now };
        let commands = journey.on_event(now, event.clone());
        let entry = Entry { key: "hung up".into(), at: now, event };
        world.store.commit(again.commit(Base::Light(head), vec![entry], journey, commands))
    };
    world.tamper("ALTER TABLE journeys RENAME TO elsewhere").await;
    hung_up().await.expect_err("it is refused");
    world.tamper("ALTER TABLE elsewhere RENAME TO journeys").await;
    let record = world.store.load(call.id).await.expect("it reads").expect("it is there");
    assert_eq!((record.place, record.head), (Place::Light, head));
    assert!(matches!(hung_up().await.expect("it is committed"), Committed::Done(_)));
}

async fn a_sale_is_booked_from_light_beginnings(world: World) {
    let mut call = Call::new(&world, "1", Some(ADA));
    call.sold(bid("a")).await;
    assert_eq!(world.int("SELECT COUNT(*) FROM sales").await, 1);
    let record = world.store.load(call.id).await.expect("it reads").expect("it is there");
    assert_eq!((record.place, record.entries.len()), (Place::Durable, call.events + 1));
}
