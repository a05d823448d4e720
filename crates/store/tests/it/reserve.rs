//! Reservations: exact caps, seats and windows, and what is given back.

use auction::{Buyer, Cap, Counts, DuplicateScope, Period, Trigger};
use journey::{DialResult, Event};
use store::CommitError;

use crate::world::{ADA, BOB, Call, Step, World, bid, capped, number, seated, secs, start, windowed};

async fn used(world: &World) -> i64 {
    world.int("SELECT COALESCE(SUM(used), 0) FROM counters").await
}

async fn seats(world: &World) -> i64 {
    world.int("SELECT COALESCE(SUM(used), 0) FROM seats").await
}

#[tokio::test]
async fn a_gauge_shows_what_a_reservation_finds() {
    let world = World::new().await;
    let cap = |counts, max| Cap { counts, period: Period::Day, max };
    let caps = vec![cap(Counts::Answered, 2), cap(Counts::Payable, 9), cap(Counts::Money, 400_000_000)];
    let ranked = || {
        let mut ranked = bid("a");
        ranked.terms.caps.buyer.clone_from(&caps);
        ranked.terms.caps.buyer_seats = Some(2);
        ranked
    };
    let buyer = Buyer {
        id: ranked().buyer,
        name: "A".into(),
        zone: "UTC".into(),
        caps: caps.clone(),
        concurrency: Some(2),
    };
    let gauges = async |now| {
        let usage = world.store.usage(now, buyer.gauges(now)).await.expect("it reads");
        usage.iter().map(|it| (it.gauge.of.counts(), it.used, it.fullness())).collect::<Vec<_>>()
    };
    let none = [("answered", 0, 0), ("payable", 0, 0), ("money", 0, 0), ("concurrency", 0, 0)];
    assert_eq!(gauges(start()).await, none);
    let mut first = Call::new(&world, "1", Some(ADA));
    first.sold(ranked()).await;
    let one =
        [("answered", 1, 500), ("payable", 1, 111), ("money", 91_000_000, 227), ("concurrency", 1, 500)];
    assert_eq!(gauges(first.now).await, one);
    // The talk is too short to be paid for, and its seat is free.
    first.ended(1, DialResult::Completed, true, 12).await;
    let short = [("answered", 1, 500), ("payable", 0, 0), ("money", 0, 0), ("concurrency", 0, 0)];
    assert_eq!(gauges(first.now).await, short);
    let mut second = Call::new(&world, "2", Some(BOB));
    second.sold(ranked()).await;
    assert_eq!(gauges(second.now).await[0], ("answered", 2, 1000));
    let mut third = Call::new(&world, "3", None);
    third.auctioned(vec![ranked()]).await;
    assert_eq!(third.phase(), "over", "a full gauge is a refusal");
    // The next day counts afresh, by the key of its period; a seat whose time is over is free.
    assert_eq!(gauges(second.now + secs(86_400)).await, none);
    let posts = world.store.post_counts(None, Some(&buyer.id)).await.expect("it reads");
    assert_eq!((posts.out, posts.dead), (1, 0), "the void one was never sent");
    let other = lead::BuyerId::parse("somebody-else").expect("a slug");
    let posts = world.store.post_counts(None, Some(&other)).await.expect("it reads");
    assert_eq!((posts.out, posts.dead), (0, 0));
}

#[tokio::test]
async fn of_a_hundred_at_once_a_cap_of_ten_lets_ten_through() {
    let world = World::new().await;
    let mut calls: Vec<_> = (0..100).map(|n| Call::new(&world, &n.to_string(), None)).collect();
    let offer = seated(capped(bid("a"), Counts::Answered, 10), 50);
    let all = calls.iter_mut().map(|call| call.auctioned(vec![offer.clone()]));
    futures_util::future::join_all(all).await;
    assert_eq!(calls.iter().filter(|call| call.phase() == "ready").count(), 10);
    assert_eq!(calls.iter().filter(|call| call.phase() == "over").count(), 90);
    assert_eq!((used(&world).await, seats(&world).await), (10, 10));
}

#[tokio::test]
async fn a_refusal_takes_nothing_of_anything() {
    let world = World::new().await;
    let offer = capped(capped(seated(bid("a"), 1), Counts::Attempts, 9), Counts::Money, 90_999_999);
    Call::new(&world, "1", None).auctioned(vec![offer]).await;
    assert_eq!((used(&world).await, seats(&world).await), (0, 0));
    let mut first = Call::new(&world, "2", None);
    first.auctioned(vec![capped(seated(bid("a"), 1), Counts::Attempts, 9)]).await;
    Call::new(&world, "3", None).auctioned(vec![capped(seated(bid("a"), 1), Counts::Attempts, 9)]).await;
    assert_eq!((used(&world).await, seats(&world).await), (1, 1));
    assert_eq!(world.int("SELECT COUNT(*) FROM reservations").await, 1);
}

/// What stays counted of an attempt, an answer, a payable sale and its 91.00.
async fn left(world: &World) -> [i64; 4] {
    let mut left = [0; 4];
    for (place, sql) in [
        "SELECT used FROM counters WHERE name = 'offer/a/attempts/total'",
        "SELECT used FROM counters WHERE name = 'offer/a/answered/total'",
        "SELECT used FROM counters WHERE name = 'offer/a/payable/total'",
        "SELECT used FROM counters WHERE name = 'offer/a/money/total'",
    ]
    .into_iter()
    .enumerate()
    {
        left[place] = world.int(sql).await;
    }
    left
}

fn all_caps() -> auction::Ranked {
    [Counts::Attempts, Counts::Answered, Counts::Payable, Counts::Money]
        .into_iter()
        .fold(seated(bid("a"), 1), |ranked, counts| capped(ranked, counts, 91_000_000))
}

#[tokio::test]
async fn no_answer_gives_back_all_but_the_attempt() {
    let world = World::new().await;
    let mut call = Call::new(&world, "1", None);
    call.auctioned(vec![all_caps()]).await;
    assert_eq!((left(&world).await, seats(&world).await), ([1, 1, 1, 91_000_000], 1));
    call.dialled(1).await;
    call.ended(1, DialResult::Busy, false, 0).await;
    assert_eq!((left(&world).await, seats(&world).await), ([1, 0, 0, 0], 0));
    assert_eq!(
        world.int("SELECT COUNT(*) FROM reservations WHERE state = 'voided' AND seat = 'free'").await,
        1
    );
}

#[tokio::test]
async fn a_talk_that_is_too_short_gives_back_what_counts_payable_sales() {
    let world = World::new().await;
    let mut call = Call::new(&world, "1", None);
    call.sold(all_caps()).await;
    assert_eq!((left(&world).await, seats(&world).await), ([1, 1, 1, 91_000_000], 1));
    call.ended(1, DialResult::Completed, true, 30).await;
    assert_eq!((left(&world).await, seats(&world).await), ([1, 1, 0, 0], 0));
}

#[tokio::test]
async fn an_earned_sale_gives_back_its_seat_alone() {
    let world = World::new().await;
    let mut call = Call::new(&world, "1", None);
    call.sold(all_caps()).await;
    call.ended(1, DialResult::Completed, true, 90).await;
    assert_eq!((left(&world).await, seats(&world).await), ([1, 1, 1, 91_000_000], 0));
}

#[tokio::test]
async fn a_seat_is_held_until_the_leg_ends_even_when_the_caller_is_gone() {
    let world = World::new().await;
    let mut call = Call::new(&world, "1", None);
    call.auctioned(vec![all_caps()]).await;
    call.dialled(1).await;
    call.drive(Event::BuyerRang { n: 1, leg: "buyer".into() }).await;
    call.drive(Event::CallerHungUp { at: call.now }).await;
    assert_eq!((left(&world).await, seats(&world).await), ([1, 0, 0, 0], 1));
    call.ended(1, DialResult::Canceled, false, 0).await;
    assert_eq!(seats(&world).await, 0);
}

#[tokio::test]
async fn a_seat_whose_time_is_over_is_free_whatever_was_heard() {
    let world = World::new().await;
    let offer = || seated(bid("a"), 1);
    let mut first = Call::new(&world, "1", None);
    first.auctioned(vec![offer()]).await;
    let mut second = Call::new(&world, "2", None);
    second.auctioned(vec![offer()]).await;
    assert_eq!(second.phase(), "over");
    let mut much_later = Call::new(&world, "3", None);
    much_later.now = first.now + secs(3600);
    much_later.auctioned(vec![offer()]).await;
    assert_eq!((much_later.phase(), seats(&world).await), ("ready", 1));
    // The first one's end, when it is heard after all, frees nobody else's.
    first.drive(Event::CallerHungUp { at: first.now }).await;
    assert_eq!(seats(&world).await, 1);
}

#[tokio::test]
async fn the_same_caller_inside_the_window_is_a_duplicate_of_another_journey_only() {
    let world = World::new().await;
    let offer = || windowed(bid("a"), DuplicateScope::Buyer, Trigger::Answered);
    let mut sold = Call::new(&world, "1", Some(ADA));
    sold.sold(offer()).await;
    let phase_of = async |name: &str, caller, later| {
        let mut call = Call::new(&world, name, caller);
        call.now = sold.now + secs(later);
        call.auctioned(vec![offer()]).await;
        let phase = call.phase();
        call.drive(Event::CallerHungUp { at: call.now }).await;
        phase
    };
    assert_eq!(phase_of("2", Some(ADA), 60).await, "over");
    assert_eq!(phase_of("3", Some(BOB), 60).await, "ready");
    assert_eq!(phase_of("4", None, 60).await, "ready");
    assert_eq!(phase_of("5", Some(ADA), 31 * 86_400).await, "ready");
}

#[tokio::test]
async fn a_payable_window_begins_when_the_sale_is_earned() {
    let world = World::new().await;
    let offer = || windowed(bid("a"), DuplicateScope::Offer, Trigger::Payable);
    let mut sold = Call::new(&world, "1", Some(ADA));
    sold.sold(offer()).await;
    let mut between = Call::new(&world, "2", Some(ADA));
    between.auctioned(vec![offer()]).await;
    assert_eq!(between.phase(), "ready");
    between.drive(Event::CallerHungUp { at: between.now }).await;
    sold.ended(1, DialResult::Completed, true, 90).await;
    let mut after = Call::new(&world, "3", Some(ADA));
    after.auctioned(vec![offer()]).await;
    assert_eq!(after.phase(), "over");
}

#[tokio::test]
async fn two_calls_of_one_caller_at_the_same_time_are_not_sold_twice_to_one_window() {
    let world = World::new().await;
    let offer = || windowed(bid("a"), DuplicateScope::Buyer, Trigger::Answered);
    let (mut one, mut two) = (Call::new(&world, "1", Some(ADA)), Call::new(&world, "2", Some(ADA)));
    one.auctioned(vec![offer()]).await;
    two.auctioned(vec![offer()]).await;
    assert_eq!((one.phase(), two.phase()), ("ready", "over"));
}

#[tokio::test]
async fn a_test_counts_nothing() {
    let world = World::new().await;
    let mut campaign = crate::world::campaign();
    campaign.rules.test = true;
    let mut call = Call::of(&world, "1", Some(ADA), campaign);
    call.sold(capped(windowed(bid("a"), DuplicateScope::Buyer, Trigger::Answered), Counts::Money, 1)).await;
    assert_eq!(used(&world).await, 0);
    assert_eq!(world.int("SELECT COUNT(*) FROM contacts").await, 0);
    assert_eq!(world.int("SELECT price FROM sales").await, 0);
}

#[tokio::test]
async fn an_acceptance_after_the_void_is_booked_and_marked_where_the_cap_went() {
    let world = World::new().await;
    let offer = || capped(seated(bid("a"), 5), Counts::Answered, 1);
    let mut late = Call::new(&world, "1", Some(ADA));
    late.auctioned(vec![offer()]).await;
    late.dialled(1).await;
    late.drive(Event::BuyerRang { n: 1, leg: "buyer".into() }).await;
    let before = late.now;
    late.drive(Event::CallerHungUp { at: late.now }).await;
    let mut other = Call::new(&world, "2", Some(BOB));
    other.auctioned(vec![offer()]).await;
    assert_eq!((other.phase(), used(&world).await), ("ready", 1));
    let told = Event::BuyerPickedUp { n: 1, leg: "buyer".into(), at: before - secs(1) };
    assert_eq!(late.drive(told).await, Step::Durable);
    assert!(late.over_cap);
    assert_eq!((used(&world).await, seats(&world).await), (2, 2));
    let (sale, _) =
        world.store.sale_with_entries(late.sale(1)).await.expect("it reads").expect("it is booked");
    assert!(sale.over_cap);
}

#[tokio::test]
async fn an_acceptance_after_the_void_is_not_marked_where_there_is_room() {
    let world = World::new().await;
    let mut late = Call::new(&world, "1", Some(ADA));
    late.auctioned(vec![capped(bid("a"), Counts::Answered, 1)]).await;
    late.dialled(1).await;
    late.drive(Event::BuyerRang { n: 1, leg: "buyer".into() }).await;
    let before = late.now;
    late.drive(Event::CallerHungUp { at: late.now }).await;
    late.drive(Event::BuyerPickedUp { n: 1, leg: "buyer".into(), at: before - secs(1) }).await;
    assert_eq!((late.over_cap, used(&world).await), (false, 1));
}

#[tokio::test]
async fn a_journey_has_at_most_one_sale_that_is_not_void() {
    let world = World::new().await;
    let mut call = Call::new(&world, "1", Some(ADA));
    call.auctioned(vec![bid("a")]).await;
    call.dialled(1).await;
    // A sale that the fold does not know of, as a fault of ours would make it.
    world.tamper("INSERT INTO live_sales (journey, sale) SELECT id, id FROM journeys").await;
    assert_eq!(world.int("SELECT COUNT(*) FROM live_sales").await, 1);
    let at = call.now;
    let refused = call.try_drive(Event::BuyerPickedUp { n: 1, leg: "buyer".into(), at }).await;
    assert!(matches!(refused, Err(CommitError::SecondSale)), "{refused:?}");
    assert_eq!(world.int("SELECT COUNT(*) FROM sales").await, 0);
}

#[tokio::test]
async fn the_standing_says_beforehand_what_a_reservation_would() {
    let world = World::new().await;
    let (store, id) = (&world.store, lead::JourneyId::of_call("AC", "asks"));
    let offers = [
        capped(bid("a"), Counts::Answered, 1),
        seated(bid("b"), 1),
        windowed(bid("c"), DuplicateScope::Offer, Trigger::Answered),
    ];
    for (n, offer) in offers.iter().enumerate() {
        Call::new(&world, &n.to_string(), Some(ADA)).sold(offer.clone()).await;
    }
    let now = crate::world::start() + secs(60);
    let hold = |offer: &auction::Ranked| {
        let terms = &offer.terms;
        terms.caps.hold(
            now,
            &offer.offer,
            &offer.buyer,
            &crate::world::campaign_id(),
            offer.price,
            terms.duplicate,
        )
    };
    let holds: Vec<_> = offers.iter().map(hold).collect();
    let standing = async |caller: &str| {
        let standing = store.standing(now, id, Some(&number(caller)), &holds).await.expect("it reads");
        standing.iter().map(|s| [s.capped, s.at_concurrency, s.duplicate]).collect::<Vec<_>>()
    };
    assert_eq!(standing(ADA).await, [[true, false, false], [false, true, false], [false, false, true]]);
    assert_eq!(standing(BOB).await, [[true, false, false], [false, true, false], [false, false, false]]);
}
