//! Commits: one transaction, by the head, and nothing of it when somebody was first.

use journey::{Command, Event};
use store::{Base, CommitError, Committed, Entry, Place};

use crate::world::{ADA, Call, KEY, Step, World, bid, capped, secs, start};

/// The same call on another node, with everything folded that is kept of it.
pub async fn other_node(world: &World, call: &Call) -> Call {
    node_of(world, call, "1").await
}

/// As [`other_node`], of a call of this name.
pub async fn node_of(world: &World, call: &Call, name: &str) -> Call {
    let record = world.store.load(call.id).await.expect("it reads").expect("it is there");
    let mut other = Call::new(world, name, Some(ADA));
    other.events = record.entries.len();
    let journey = other.journey.as_mut().expect("it is new");
    for entry in record.entries {
        journey.on_event(entry.at, entry.event);
    }
    other.head = Some(record.head);
    other.durable = record.place == Place::Durable;
    other.now = call.now;
    other
}

#[tokio::test]
async fn a_light_journey_moves_over_with_all_its_events_and_its_results() {
    let world = World::new().await;
    let mut call = Call::new(&world, "1", Some(ADA));
    assert_eq!(call.auctioned(vec![bid("a")]).await, Step::Durable);
    assert_eq!(call.requests, ["open_auction", "run_auction", "push"]);
    let record = world.store.load_durable(call.id).await.expect("it reads").expect("it is there");
    let kept: Vec<_> =
        record.entries.iter().map(|e| format!("{} {} {}", e.n, e.key, e.event.name())).collect();
    assert_eq!(kept, ["0 e1 arrived", "1 e2 auction_opened", "2 e3 auction_closed", "3 reserve:1 reserved"]);
    assert_eq!(record.campaign, Some(crate::world::campaign_id()));
    assert_eq!(other_node(&world, &call).await.phase(), "ready");
}

#[tokio::test]
async fn the_second_of_two_nodes_is_in_conflict_and_starts_again() {
    let world = World::new().await;
    let mut one = Call::new(&world, "1", Some(ADA));
    one.auctioned(vec![bid("a")]).await;
    let mut two = other_node(&world, &one).await;
    one.dialled(1).await;
    assert_eq!(two.drive(Event::CallerHungUp { at: start() }).await, Step::Conflict);
    let mut two = other_node(&world, &one).await;
    assert_eq!(
        (two.phase(), two.drive(Event::CallerHungUp { at: two.now }).await),
        ("dialling", Step::Durable)
    );
}

#[tokio::test]
async fn both_nodes_of_a_light_journey_cannot_make_it_durable() {
    let world = World::new().await;
    let mut one = Call::new(&world, "1", Some(ADA));
    one.drive(one.arrived()).await;
    let mut two = other_node(&world, &one).await;
    let hang_up = Event::CallerHungUp { at: start() };
    let steps = tokio::join!(one.drive(hang_up.clone()), two.drive(hang_up));
    assert_eq!(steps, (Step::Durable, Step::Conflict));
    assert_eq!(world.int("SELECT COUNT(*) FROM events").await, 2);
}

#[tokio::test]
async fn a_new_journey_that_is_there_already_is_a_conflict() {
    let world = World::new().await;
    let mut one = Call::new(&world, "1", Some(ADA));
    one.auctioned(vec![bid("a")]).await;
    let two = Call::new(&world, "1", Some(ADA));
    let mut journey = journey::Journey::begin(two.id, std::sync::Arc::new(crate::world::campaign()), None);
    let arrived = two.arrived();
    let commands = journey.on_event(start(), arrived.clone());
    let entry = Entry { key: "e1".into(), at: start(), event: arrived };
    let commit = two.commit(Base::New, vec![entry], journey, commands);
    assert!(matches!(world.store.commit(commit).await, Ok(Committed::Conflict)));
}

#[tokio::test]
async fn a_key_that_is_there_already_is_a_conflict_and_leaves_nothing() {
    let world = World::new().await;
    let mut one = Call::new(&world, "1", Some(ADA));
    one.auctioned(vec![bid("a")]).await;
    let journey = one.journey.take().expect("it is there");
    let entry = Entry { key: "e1".into(), at: one.now, event: Event::Pushed { n: 1 } };
    let void = Command::Void { attempt: one.attempt(1), seat: journey::SeatNow::Free };
    let commit = one.commit(Base::Durable(one.head.expect("a head")), vec![entry], journey, vec![void]);
    assert!(matches!(world.store.commit(commit).await, Ok(Committed::Conflict)));
    assert_eq!(world.int("SELECT COUNT(*) FROM reservations WHERE state = 'held'").await, 1);
    assert_eq!(world.int("SELECT COUNT(*) FROM events").await, 4);
}

#[tokio::test]
async fn refusals_are_folded_until_somebody_takes_it_or_nobody_is_left() {
    let world = World::new().await;
    let full = |offer| capped(bid(offer), auction::Counts::Answered, 0);
    let mut call = Call::new(&world, "1", Some(ADA));
    call.auctioned(vec![full("a"), full("b"), bid("c")]).await;
    assert_eq!((call.phase(), call.journey().attempt().map(bridge::Attempt::n)), ("ready", Some(3)));
    let mut call = Call::new(&world, "2", Some(ADA));
    call.auctioned(vec![full("a"), full("b")]).await;
    assert_eq!(call.journey().ended().map(journey::Ended::code), Some("nobody_answered"));
    assert_eq!(world.int("SELECT COUNT(*) FROM journey_rows WHERE outcome = 'nobody_answered'").await, 1);
    assert_eq!(world.int("SELECT COALESCE(SUM(used), 0) FROM counters").await, 0);
}

#[tokio::test]
async fn commands_that_are_not_the_journeys_are_refused_whole() {
    let world = World::new().await;
    let mut one = Call::new(&world, "1", Some(ADA));
    one.auctioned(vec![bid("a")]).await;
    let journey = one.journey.take().expect("it is there");
    let wanted = journey::ReserveCommand {
        attempt: one.attempt(9),
        n: 9,
        offer: lead::OfferId::parse("a").expect("a slug"),
        price: lead::Money::from_units(1),
        hold: auction::Hold { counters: vec![], seats: vec![], duplicate: None },
        seat_until: one.now,
        uncounted: false,
    };
    let entry = Entry { key: "x".into(), at: one.now, event: Event::Pushed { n: 1 } };
    let reserve = vec![Command::Reserve(Box::new(wanted))];
    let commit = one.commit(Base::Durable(one.head.expect("a head")), vec![entry], journey, reserve);
    assert!(matches!(world.store.commit(commit).await, Err(CommitError::NotItsCommand)));
    assert_eq!(world.int("SELECT COUNT(*) FROM reservations").await, 1);
    assert_eq!(world.int("SELECT COUNT(*) FROM events").await, 4);
}

#[tokio::test]
async fn what_is_committed_survives_the_process_and_what_is_light_does_not() {
    let world = World::new().await;
    let (mut durable, mut light) = (Call::new(&world, "1", Some(ADA)), Call::new(&world, "2", Some(ADA)));
    durable.auctioned(vec![bid("a")]).await;
    durable.dialled(1).await;
    light.drive(light.arrived()).await;
    let world = world.reopen(KEY).await;
    assert!(world.store.load(light.id).await.expect("it reads").is_none());
    let mut again = other_node(&world, &durable).await;
    assert_eq!((again.head, again.phase()), (durable.head, "dialling"));
    assert_eq!(again.accepted(1).await, Step::Durable);
    let deadline = again.journey().deadline().expect("a talk has one");
    assert_eq!(world.store.due_journeys(deadline + secs(1), 9).await.expect("it reads"), [again.id]);
}
