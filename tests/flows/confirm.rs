//! The confirm: one request to the reserved winner before the dial, without anything personal.

use sandbox::{Behaviour, Line, buyers::Bid, medicare, medicare::Name};

use crate::{
    play::posts,
    world::{TALK, World},
};

/// Where C's confirms go; else they would go where its pings go.
const URL: &str = "confirm_url = 'http://127.0.0.1:9103/confirm'";

/// C is asked once more before it is dialled.
async fn confirming() -> World {
    World::with(|plan| plan.draft.offer(Name::C, &format!("{URL}\nconfirm = {{ timeout = '1s' }}"))).await
}

#[tokio::test]
async fn the_winner_confirms_and_is_dialled() {
    let world = confirming().await;
    let told = world.play().await;
    told.sold(Name::C, "91.00");
    let confirms = world.medicare.buyer(Name::C).confirms();
    let ping = world.medicare.buyer(Name::C).pings()[0].json();
    assert_eq!(confirms.len(), 1);
    assert_eq!(confirms[0].json()["pingId"], ping["pingId"]);
    assert_eq!(confirms[0].json()["zip"], "331", "never more than three digits before it has accepted");
    assert_eq!(posts(&world), [0, 0, 1, 0, 0, 0]);
    world.finish().await;
}

#[tokio::test]
async fn the_winner_refuses_and_the_next_bid_is_dialled() {
    let world = confirming().await;
    let refusal = Behaviour::Reject { reason: "No agent is free".to_owned(), code: 7 };
    world.medicare.buyer(Name::C).set_confirm(refusal);
    let told = world.play().await;
    told.sold(Name::A, "85.00");
    assert_eq!(told.dialled(), [Name::A], "C was not dialled");
    assert!(told.names().contains(&"unconfirmed"));
    world.finish().await;
}

#[tokio::test]
async fn the_winner_is_silent_and_the_next_bid_is_dialled() {
    let world = confirming().await;
    world.medicare.buyer(Name::C).set_confirm(Behaviour::Silent);
    let told = world.play().await;
    told.sold(Name::A, "85.00");
    assert_eq!(told.dialled(), [Name::A]);
    world.finish().await;
}

#[tokio::test]
async fn the_winner_names_another_number() {
    let world = confirming().await;
    let elsewhere = "+13055550299";
    world.medicare.buyer(Name::C).set_confirm(Behaviour::Bid(Bid::new("91").at(elsewhere)));
    world.medicare.carrier.line(elsewhere, Line::answers(TALK));
    let told = world.play().await;
    assert_eq!(told.outcome(), "sold");
    assert_eq!(told.sale().price.to_string(), "91.00");
    assert_eq!(told.record.bridged().map(|dial| &*dial.to), Some(elsewhere));
    assert_eq!(told.record.dials.len(), 1);
    world.finish().await;
}

#[tokio::test]
async fn a_number_that_may_not_be_dialled_is_a_refusal() {
    let world = confirming().await;
    // A Caribbean number costs like one abroad.
    world.medicare.buyer(Name::C).set_confirm(Behaviour::Bid(Bid::new("91").at("+18765550123")));
    let told = world.play().await;
    told.sold(Name::A, "85.00");
    assert_eq!(told.dialled(), [Name::A]);
    world.finish().await;
}

#[tokio::test]
async fn the_confirm_carries_the_number_only_where_two_settings_say_so() {
    let mut world = World::with(|plan| {
        plan.draft.offer(
            Name::C,
            &format!("{URL}\nconfirm = {{ timeout = '1s', phone = true }}\ncaller_id = 'pass'"),
        );
    })
    .await;
    world.allowed.may_see = vec![Name::C];
    let told = world.play().await;
    told.sold(Name::C, "91.00");
    let buyer = world.medicare.buyer(Name::C);
    assert_eq!(buyer.confirms()[0].json()["phone"], medicare::CALLER);
    assert!(buyer.pings()[0].json().get("phone").is_none(), "the ping has its own setting");
    world.finish().await;
}
