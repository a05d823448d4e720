//! A test call of one offer beside real ones: only it is at price zero, and nothing else moves.

use jiff::tz::TimeZone;
use journey::{Event, Standby};
use lead::{E164, OfferId, Pii, Timestamp};
use sandbox::{medicare, medicare::Name};
use store::{By, CallFilter, Each, MoneyBy, NewTestCall, ReportBy};

use crate::{
    play::{Told, pings, posts},
    world::{World, offer_id},
};

const CAPPED: &str = "caps = [{ counts = 'answered', period = 'day', max = 1 }]";

fn offer(name: Name) -> OfferId {
    OfferId::parse(&offer_id(name)).expect("a slug")
}

/// Somebody wants to try an offer from the example caller's telephone.
async fn ask(world: &World, name: Name) {
    let number = |text| E164::parse(text).expect("a number");
    let new = NewTestCall {
        offer: offer(name),
        dnis: number(medicare::CAMPAIGN_NUMBER),
        caller: Pii::new(number(medicare::CALLER)),
    };
    let now = world.server().clock.now();
    let asked = world.store().ask_for_test_call(now, By::COMMAND, new).await.expect("it is kept");
    assert!(asked.is_some(), "there is room");
}

fn is_test(told: &Told) -> bool {
    told.events.iter().any(|it| matches!(&it.event, Event::Arrived { standby: Standby::Test(_), .. }))
}

/// A whole test call of a buyer that did not win before: it took part alone.
fn was_free(told: &Told, name: Name) {
    told.sold(name, "0.00");
    assert!(told.sale().test && told.row.test && told.auctions[0].test);
    assert_eq!(told.auctions[0].offers.len(), 1, "only it took part");
}

#[tokio::test]
async fn of_two_calls_with_the_same_numbers_only_the_test_is_at_zero_and_nothing_else_moves() {
    let world = World::with(|plan| plan.draft.offer(Name::C, CAPPED)).await;
    ask(&world, Name::C).await;
    let (first, second) = (world.call(), world.call());
    let both = [world.told(first).await, world.told(second).await];
    let (tests, real): (Vec<_>, Vec<_>) = both.iter().partition(|told| is_test(told));
    assert_eq!((tests.len(), real.len()), (1, 1));
    was_free(tests[0], Name::C);
    real[0].sold(Name::C, "91.00");
    assert!(!real[0].sale().test, "its only award of the day was not taken by the test");
    assert_eq!(posts(&world)[2], 2, "the buyer got both leads");
    assert_eq!(pings(&world), [1, 1, 2, 1, 1, 1], "the others were asked about the real call alone");
    reports_know_the_real_call_alone(&world).await;
    world.finish().await;
}

async fn reports_know_the_real_call_alone(world: &World) {
    let (store, zone) = (world.store(), TimeZone::UTC);
    let now = world.server().clock.now();
    let day = std::time::Duration::from_secs(86_400);
    let range = (now - day, now + day);
    let filter = |test| CallFilter {
        from: Some(range.0),
        until: Some(range.1),
        test: Some(test),
        ..CallFilter::default()
    };
    let lines = store.report(&filter(false), ReportBy::All, &zone).await.expect("it reads");
    assert_eq!((lines[0].figures.calls, lines[0].figures.earned.to_string()), (1, "91.00".to_owned()));
    let lines = store.report(&filter(true), ReportBy::All, &zone).await.expect("it reads");
    assert_eq!((lines[0].figures.calls, lines[0].figures.earned.to_string()), (1, "0.00".to_owned()));
    let money = store.money(range, MoneyBy::Buyer, (Each::Month, &zone)).await.expect("it reads");
    let sales: u64 = money.iter().map(|line| line.figures.sales).sum();
    assert_eq!(sales, 1, "no test is money");
    let answering = store.answering(&offer(Name::C), range).await.expect("it reads");
    assert_eq!(answering.asked, 1, "what a test's ping came to is no figure of health");
    let lately = store.recent_answers(Timestamp::default()).await.expect("it reads");
    assert_eq!(lately.iter().filter(|it| it.offer == offer(Name::C)).count(), 1);
}

#[tokio::test]
async fn a_caller_that_was_a_test_is_no_caller_that_comes_again() {
    let world = World::example().await;
    ask(&world, Name::A).await;
    let told = world.play().await;
    was_free(&told, Name::A);
    let told = world.play().await;
    told.sold(Name::C, "91.00");
    assert_eq!(told.auctions[0].offers.len(), 6);
    world.finish().await;
}

#[tokio::test]
async fn it_waits_through_a_restart_and_folds_alike_after_another() {
    let world = World::example().await;
    ask(&world, Name::B).await;
    let world = world.restart().await;
    let call = world.call();
    world.heard(&call, "buyer_rang").await;
    let world = world.restart().await;
    let told = world.told(call).await;
    was_free(&told, Name::B);
    world.finish().await;
}

#[tokio::test]
async fn an_offer_that_is_switched_off_or_full_is_tried_all_the_same() {
    let world = World::with(|plan| {
        plan.draft.offer(Name::A, "active = false");
        plan.draft.offer(Name::C, CAPPED);
    })
    .await;
    ask(&world, Name::A).await;
    was_free(&world.play().await, Name::A);
    let other = world.call_from(Some("+13055550143"), medicare::caller());
    world.told(other).await.sold(Name::C, "91.00");
    ask(&world, Name::C).await;
    was_free(&world.play().await, Name::C);
    let other = world.call_from(Some("+13055550144"), medicare::caller());
    let told = world.told(other).await;
    assert_eq!(
        (told.outcome_of(Name::A), told.outcome_of(Name::C)),
        ("paused".to_owned(), "capped".to_owned())
    );
    world.finish().await;
}
