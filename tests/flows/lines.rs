//! Calls by SIP: the example over real dialogs and real speech, and the ways it goes when buyers and callers do otherwise.

use sandbox::medicare::Name;
use sip::leg::{Cause, Side};
use store::SaleState;

use crate::{
    phones::{Phones, ended},
    play::{pings, posts},
};

#[tokio::test]
async fn the_example_is_sold_by_sip_to_the_cent() {
    let mut phones = Phones::new().await;
    let world = phones.world(|plan| plan.silent_f = true).await;
    let mut caller = phones.qualified(&world).await;
    let ringing = phones.rings().await;
    assert_eq!(ringing.name, Name::C, "the highest bid rings first");
    assert_eq!(posts(&world), [0; 6], "nobody is posted to who has not picked up");
    let mut buyer = ringing.picked_up().await;
    world.medicare.buyer(Name::C).posted(1).await;
    caller.hang_up();
    assert_eq!(ended(&mut caller).await, (Cause::HungUp, Side::Ours));
    assert_eq!(ended(&mut buyer).await, (Cause::HungUp, Side::Theirs));
    let told = world.only_call().await;
    assert_eq!(told.outcome(), "sold", "{:?}", told.names());
    assert_eq!(told.sale().price.to_string(), "91.00");
    assert_eq!(told.sale().best_static.map(|price| price.to_string()).as_deref(), Some("45.00"));
    assert_eq!(told.sale().state, SaleState::Earned);
    assert_eq!((told.row.pings, told.row.bids), (6, 3));
    assert_eq!(pings(&world), [1; 6]);
    assert_eq!(posts(&world), [0, 0, 1, 0, 0, 0]);
    assert!(phones.nobody_rings(), "nobody else is rung");
    world.finish().await;
}
