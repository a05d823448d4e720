//! Group commit in a file: many that wait share one transaction, a sale's is synced, and a commit may end unknown.

use journey::Event;
use store::CommitError;

use crate::{
    commits::other_node,
    world::{ADA, Call, Step, World, bid, start},
};

#[tokio::test]
async fn sixty_four_that_wait_take_few_transactions() {
    let world = World::new().await;
    let mut calls: Vec<_> = (0..64).map(|n| Call::new(&world, &n.to_string(), None)).collect();
    let before = world.store.writer_counts();
    futures_util::future::join_all(calls.iter_mut().map(|call| call.auctioned(vec![bid("a")]))).await;
    let after = world.store.writer_counts();
    assert_eq!(after.jobs - before.jobs, 64);
    assert!(after.commits - before.commits <= 32, "{before:?} {after:?}");
    assert_eq!(world.int("SELECT COUNT(*) FROM journeys").await, 64);
}

#[tokio::test]
async fn a_sale_is_synced_and_a_reservation_is_not() {
    let world = World::new().await;
    let mut call = Call::new(&world, "1", None);
    let synced = || world.store.writer_counts().synced;
    let before = synced();
    call.auctioned(vec![bid("a")]).await;
    call.dialled(1).await;
    assert_eq!(synced() - before, 0);
    call.accepted(1).await;
    assert_eq!(synced() - before, 1);
}

#[tokio::test]
async fn one_that_is_undone_does_not_undo_its_neighbours() {
    let world = World::new().await;
    let mut calls: Vec<_> = (0..8).map(|n| Call::new(&world, &n.to_string(), None)).collect();
    // Every second one is made twice.
    let mut twins: Vec<_> = (0..8).step_by(2).map(|n| Call::new(&world, &n.to_string(), None)).collect();
    let hang_up = |call: &Call| journey::Event::CallerHungUp { at: call.now };
    for call in &mut calls {
        call.drive(call.arrived()).await;
    }
    for twin in &mut twins {
        let journey = twin.journey.as_mut().expect("it is new");
        journey.on_event(calls[0].now, Call::new(&world, "0", None).arrived());
        let of = calls.iter().find(|call| call.id == twin.id).expect("its twin");
        twin.head = of.head;
    }
    let steps = calls.iter_mut().chain(&mut twins).map(async |call| call.drive(hang_up(call)).await);
    let steps = futures_util::future::join_all(steps).await;
    assert_eq!(steps.iter().filter(|step| **step == crate::world::Step::Durable).count(), 8);
    assert_eq!(world.int("SELECT COUNT(*) FROM journey_rows").await, 8);
}

#[tokio::test]
async fn a_commit_of_unknown_outcome_is_nobodys_until_the_durable_store_was_asked() {
    let world = World::new().await;
    let mut call = Call::new(&world, "1", Some(ADA));
    call.drive(call.arrived()).await;
    // Each new journey breaks a rule that is looked at only when the transaction ends.
    world
        .tamper(
            "CREATE TABLE parents (id INTEGER PRIMARY KEY);
        CREATE TABLE children (id INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED);
        CREATE TRIGGER orphan AFTER INSERT ON journeys BEGIN INSERT INTO children VALUES (1); END;",
        )
        .await;
    let light = call.head;
    let unknown = call.try_drive(Event::CallerHungUp { at: start() }).await;
    assert!(matches!(unknown, Err(CommitError::Unknown)), "{unknown:?}");
    world.tamper("DROP TRIGGER orphan").await;
    let mut again = other_node(&world, &call).await;
    assert_eq!((again.durable, again.head), (false, light));
    assert_eq!(again.drive(Event::CallerHungUp { at: start() }).await, Step::Durable);
}
