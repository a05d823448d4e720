//! Sales and their entries: appended, settled once, reversed whole.

use journey::{DialResult, Event};
use lead::Money;
use store::{EntryKind, PostState, SaleFilter, SaleState};

use crate::world::{ADA, BOB, Call, Step, World, bid, campaign, campaign_id, number, secs, start};

/// The entries of a sale: kind, amount and reason.
async fn entries(world: &World, call: &Call) -> (SaleState, Vec<String>) {
    let (sale, entries) =
        world.store.sale_with_entries(call.sale(1)).await.expect("it reads").expect("it is there");
    let shown = entries.iter().map(|entry| {
        let reason = entry.reason.as_deref().unwrap_or_default();
        format!("{} {} {reason}", entry.kind.as_str(), entry.amount).trim_end().to_owned()
    });
    (sale.state, shown.collect())
}

#[tokio::test]
async fn an_acceptance_books_the_sale_its_first_entry_and_its_post_together() {
    let world = World::new().await;
    let mut call = Call::new(&world, "1", Some(ADA));
    call.sold(bid("a")).await;
    assert_eq!(entries(&world, &call).await, (SaleState::Pending, vec!["pending 91.00".into()]));
    let sales = world.store.sales(SaleFilter { journey: Some(call.id), ..SaleFilter::default() }).await;
    let sale = &sales.expect("it reads")[0];
    assert_eq!((sale.price, sale.best_static), (Money::from_units(91), Some(Money::from_units(45))));
    assert_eq!((&sale.ranked, sale.attempt, sale.over_cap), (&bid("a"), call.attempt(1), false));
    let posts = world.store.posts(store::PostFilter::default()).await.expect("it reads");
    assert_eq!(
        posts.iter().map(|post| (post.sale, post.state)).collect::<Vec<_>>(),
        [(sale.id, PostState::Due)]
    );
}

#[tokio::test]
async fn a_long_talk_earns_it_and_the_publisher_is_owed() {
    let world = World::new().await;
    let mut call = Call::new(&world, "1", Some(ADA));
    call.sold(bid("a")).await;
    call.ended(1, DialResult::Completed, true, 90).await;
    let expected = ["pending 91.00", "earned 91.00", "payout 20.00"].map(str::to_owned).to_vec();
    assert_eq!(entries(&world, &call).await, (SaleState::Earned, expected));
    let row = &world.store.journey_rows(store::RowFilter::default()).await.expect("it reads")[0];
    let sold = row.sold.as_ref().expect("it is sold");
    assert_eq!(
        (row.outcome.as_str(), row.payout, row.pings, row.bids),
        ("sold", Money::from_units(20), 6, 3)
    );
    assert_eq!(
        (sold.price, sold.state, row.arrived_at),
        (Money::from_units(91), SaleState::Earned, start() + secs(1))
    );
    assert_eq!(sold.talk, Some(secs(90)));
}

#[tokio::test]
async fn a_short_talk_makes_it_void() {
    let world = World::new().await;
    let mut call = Call::new(&world, "1", Some(ADA));
    call.sold(bid("a")).await;
    call.ended(1, DialResult::Completed, true, 30).await;
    let expected = ["pending 91.00", "void 91.00 too_short"].map(str::to_owned).to_vec();
    assert_eq!(entries(&world, &call).await, (SaleState::Void, expected));
    assert_eq!(world.int("SELECT COUNT(*) FROM live_sales").await, 0);
}

#[tokio::test]
async fn what_was_earned_at_once_is_reversed_whole_when_it_never_was_a_bridge() {
    let world = World::new().await;
    let mut ranked = bid("a");
    ranked.payable_after = secs(0);
    let mut call = Call::new(&world, "1", Some(ADA));
    call.sold(ranked).await;
    assert_eq!(entries(&world, &call).await.0, SaleState::Earned);
    call.ended(1, DialResult::Completed, false, 0).await;
    let expected = ["pending 91.00", "earned 91.00", "void 91.00 abandoned"].map(str::to_owned).to_vec();
    assert_eq!(entries(&world, &call).await, (SaleState::Void, expected));
    let row = &world.store.journey_rows(store::RowFilter::default()).await.expect("it reads")[0];
    assert_eq!((row.outcome.as_str(), row.payout), ("won_abandoned", Money::ZERO));
    assert_eq!(world.int("SELECT COUNT(*) FROM contacts").await, 0);
}

#[tokio::test]
async fn after_a_drop_the_next_buyer_gets_the_one_live_sale() {
    let world = World::new().await;
    let mut campaign = campaign();
    campaign.short_drop = Some(secs(10));
    let mut call = Call::of(&world, "1", Some(ADA), campaign);
    call.auctioned(vec![bid("a"), bid("b")]).await;
    call.dialled(1).await;
    call.accepted(1).await;
    call.ended(1, DialResult::Completed, true, 3).await;
    assert_eq!(call.phase(), "ready");
    call.dialled(2).await;
    assert_eq!(call.accepted(2).await, Step::Durable);
    call.ended(2, DialResult::Completed, true, 90).await;
    let states = world.store.sales(SaleFilter::default()).await.expect("it reads");
    let states: Vec<_> = states.iter().map(|sale| (sale.offer.as_str(), sale.state)).collect();
    assert_eq!(states, [("b", SaleState::Earned), ("a", SaleState::Void)]);
    assert_eq!(world.int("SELECT COUNT(*) FROM live_sales").await, 1);
    let row = &world.store.journey_rows(store::RowFilter::default()).await.expect("it reads")[0];
    assert_eq!(row.sold.as_ref().map(|sold| sold.offer.as_str()), Some("b"));
}

#[tokio::test]
async fn a_late_truth_rewrites_the_plain_row() {
    let world = World::new().await;
    let mut call = Call::new(&world, "1", Some(ADA));
    call.auctioned(vec![bid("a")]).await;
    call.dialled(1).await;
    call.drive(Event::BuyerRang { n: 1, leg: "buyer".into() }).await;
    let before = call.now;
    call.drive(Event::CallerHungUp { at: before + secs(1) }).await;
    let row =
        async || world.store.journey_rows(store::RowFilter::default()).await.expect("it reads").remove(0);
    assert_eq!((row().await.outcome.as_str(), row().await.sold), ("abandoned_ring", None));
    call.drive(Event::BuyerPickedUp { n: 1, leg: "buyer".into(), at: before }).await;
    call.ended(1, DialResult::Completed, true, 90).await;
    let row = row().await;
    assert_eq!((row.outcome.as_str(), row.sold.map(|sold| sold.state)), ("sold", Some(SaleState::Earned)));
}

#[tokio::test]
async fn who_had_a_caller_is_found_by_the_callers_key() {
    let world = World::new().await;
    let store = &world.store;
    let mut call = Call::new(&world, "1", Some(ADA));
    call.sold(bid("a")).await;
    let past = store.past_sale(&number(ADA), &campaign_id(), start()).await.expect("it reads");
    assert_eq!(past.map(|past| (past.sale, past.ranked)), Some((call.sale(1), bid("a"))));
    assert_eq!(store.past_sale(&number(BOB), &campaign_id(), start()).await.expect("it reads"), None);
    let late = call.now + secs(1);
    assert_eq!(store.past_sale(&number(ADA), &campaign_id(), late).await.expect("it reads"), None);
    call.ended(1, DialResult::Completed, true, 30).await;
    // A void sale is no reason for the same buyer again, but that buyer had the caller.
    assert_eq!(store.past_sale(&number(ADA), &campaign_id(), start()).await.expect("it reads"), None);
    let had = store.buyers_that_had(&number(ADA), &campaign_id(), start()).await.expect("it reads");
    assert_eq!(had.iter().map(|buyer| buyer.as_str()).collect::<Vec<_>>(), ["buyer-of-a"]);
}

#[tokio::test]
async fn entries_are_words_of_a_closed_list() {
    let words = [
        EntryKind::Pending,
        EntryKind::Earned,
        EntryKind::Void,
        EntryKind::Payout,
        EntryKind::Reversal,
        EntryKind::Dispute,
    ];
    assert_eq!(words.map(EntryKind::as_str), ["pending", "earned", "void", "payout", "reversal", "dispute"]);
}
