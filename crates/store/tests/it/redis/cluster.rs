//! A Cluster: keys that move from node to node, a primary that dies, and a node of it that is taken for a single server.

use lead::JourneyId;
use store::RedisFailure;

use super::{
    away::{failures, is_up},
    nodes::{Cluster, at, until, world},
    server::Server,
};
use crate::world::{ADA, Call, Step, World};

/// A call whose keys the first primary serves, and their slot.
fn call_of_first(world: &World, anybody: &Server, names: &str) -> (Call, String) {
    for n in 0.. {
        let name = format!("{names} {n}");
        let key = format!("j:{{{}}}", JourneyId::of_call("AC", &name));
        let slot: u32 = anybody.ask(&["CLUSTER", "KEYSLOT", &key]);
        if slot <= 5_460 {
            return (Call::new(world, &name, Some(ADA)), slot.to_string());
        }
    }
    unreachable!("one of three is")
}

#[tokio::test]
async fn keys_are_followed_while_and_after_they_move() {
    let cluster = Cluster::start().await;
    let world = world(cluster.at()).await;
    let (mut call, slot) = call_of_first(&world, &cluster.nodes[5], "moves");
    let (from, to) = (&cluster.nodes[0], &cluster.nodes[1]);
    let [from_id, to_id] = [from, to].map(|node| node.ask::<String>(&["CLUSTER", "MYID"]));
    to.ask::<()>(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &from_id]);
    from.ask::<()>(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &to_id]);
    // It is not where its slot is still served, so it is asked for where the slot goes.
    assert_eq!(call.drive(call.arrived()).await, Step::Light);
    let asked = failures(&world, RedisFailure::Ask);
    assert!(asked > 0);
    assert_eq!(to.ask::<usize>(&["CLUSTER", "COUNTKEYSINSLOT", &slot]), 1);
    for node in [to, from] {
        node.ask::<()>(&["CLUSTER", "SETSLOT", &slot, "NODE", &to_id]);
    }
    let record = world.store.load(call.id).await.expect("it reads").expect("it is there");
    assert_eq!(Some(record.head), call.head);
    assert!(failures(&world, RedisFailure::Moved) > 0);
    assert!(is_up(&world));
}

#[tokio::test]
async fn a_primary_that_dies_is_followed_by_its_replica() {
    let mut cluster = Cluster::start().await;
    let world = world(cluster.at()).await;
    let (mut call, _) = call_of_first(&world, &cluster.nodes[5], "before");
    assert_eq!(call.drive(call.arrived()).await, Step::Light);
    cluster.nodes[0].kill();
    assert_eq!(call.drive(journey::Event::CallerHungUp { at: call.now }).await, Step::Durable);
    let replica = &cluster.nodes[3];
    until("the replica", || replica.ask::<String>(&["INFO", "replication"]).contains("role:master")).await;
    // What the dead one served is light again.
    for n in 0.. {
        until("Redis", || is_up(&world)).await;
        let (mut call, _) = call_of_first(&world, replica, &format!("after {n}"));
        if call.drive(call.arrived()).await == Step::Light {
            break;
        }
    }
}

#[tokio::test]
async fn a_node_of_a_cluster_is_no_single_server() {
    let cluster = Cluster::start().await;
    let world = world(at(&[cluster.nodes[0].url()])).await;
    for n in 0..9 {
        let mut call = Call::new(&world, &n.to_string(), Some(ADA));
        assert_ne!(call.drive(call.arrived()).await, Step::Conflict);
    }
    assert!(failures(&world, RedisFailure::Moved) > 0);
}
