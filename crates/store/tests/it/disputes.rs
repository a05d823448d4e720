//! A lead that its buyer refuses after it accepted the call: a dispute, once, and not a cent moves. And whether a buyer
//! has the lead that it bought.

use journey::DialResult;
use lead::Money;
use store::{Delivery, EntryKind, PostKind, PostResult, Replay, RowFilter, SaleFilter, SaleState, Settled};

use crate::{
    posting::{NOTED, OK, claim, gone, listed, retry, settle, sold},
    world::{Call, World, secs},
};

const DISPUTED: Settled = Settled::Noted { endpoint: None, disputed: true };

fn refused(code: &str) -> PostResult {
    PostResult::Refused { status: Some(422), error: code.into() }
}

async fn entries(world: &World, call: &Call) -> Vec<(EntryKind, Option<String>, Money)> {
    let (_, entries) =
        world.store.sale_with_entries(call.sale(1)).await.expect("it reads").expect("it is there");
    entries.into_iter().map(|entry| (entry.kind, entry.reason, entry.amount)).collect()
}

async fn delivery(world: &World, call: &Call) -> (Delivery, bool) {
    let filter = SaleFilter { journey: Some(call.id), ..SaleFilter::default() };
    let sale = world.store.sales(filter).await.expect("it reads").remove(0);
    (sale.delivery, sale.disputed)
}

#[tokio::test]
async fn a_refusal_opens_one_dispute_and_the_sale_goes_on() {
    let world = World::new().await;
    let mut call = sold(&world, "1", "a").await;
    let post = claim(&world, call.now, "one", 9, 9).await.remove(0);
    assert_eq!(settle(&world, call.now, &post, refused("refused")).await, DISPUTED);
    assert_eq!(delivery(&world, &call).await, (Delivery::Dead, true));
    assert!(listed(&world).await[0].disputed);
    // A person sends it once more, and it is refused once more.
    let replayed = world.store.replay_posts(call.now, Replay::Sale(call.sale(1))).await.expect("done");
    assert_eq!(replayed.due, 1);
    let post = claim(&world, call.now, "one", 9, 9).await.remove(0);
    assert_eq!(post.sale, call.sale(1));
    assert_eq!(settle(&world, call.now, &post, refused("needs_fixing")).await, NOTED);
    call.ended(1, DialResult::Completed, true, 90).await;
    let price = Money::from_units(91);
    assert_eq!(
        entries(&world, &call).await,
        [
            (EntryKind::Pending, None, price),
            (EntryKind::Dispute, Some("refused".into()), price),
            (EntryKind::Earned, None, price),
            (EntryKind::Payout, None, Money::from_units(20)),
        ]
    );
    let row = world.store.journey_rows(RowFilter::default()).await.expect("it reads").remove(0);
    let sold = row.sold.expect("it is sold");
    assert_eq!((sold.state, sold.disputed, sold.delivery), (SaleState::Earned, true, Delivery::Dead));
    assert_eq!(row.payout, Money::from_units(20));
}

#[tokio::test]
async fn what_was_disputed_can_be_delivered_after_all() {
    let world = World::new().await;
    let call = sold(&world, "1", "a").await;
    let post = claim(&world, call.now, "one", 9, 9).await.remove(0);
    settle(&world, call.now, &post, refused("needs_fixing")).await;
    world.store.replay_posts(call.now, Replay::Sale(call.sale(1))).await.expect("done");
    let post = claim(&world, call.now, "one", 9, 9).await.remove(0);
    assert_eq!(settle(&world, call.now, &post, OK).await, NOTED);
    assert_eq!(
        delivery(&world, &call).await,
        (Delivery::Delivered, true),
        "a dispute is never taken back by itself"
    );
}

#[tokio::test]
async fn nobody_disputes_what_is_void() {
    let world = World::new().await;
    let mut call = sold(&world, "1", "a").await;
    let post = claim(&world, call.now, "one", 9, 9).await.remove(0);
    call.ended(1, DialResult::Completed, false, 0).await;
    assert_eq!(settle(&world, call.now, &post, refused("refused")).await, NOTED);
    let returned = claim(&world, call.now, "one", 9, 9).await.remove(0);
    assert_eq!(returned.kind, PostKind::Returned);
    assert_eq!(settle(&world, call.now, &returned, refused("refused")).await, NOTED);
    assert_eq!(world.int("SELECT COUNT(*) FROM sale_entries WHERE kind = 'dispute'").await, 0);
}

#[tokio::test]
async fn a_sale_says_whether_its_lead_was_delivered() {
    let world = World::new().await;
    let mut call = sold(&world, "1", "a").await;
    assert_eq!(delivery(&world, &call).await, (Delivery::PostedPendingDelivery, false));
    let post = claim(&world, call.now, "one", 9, 9).await.remove(0);
    assert_eq!(delivery(&world, &call).await.0, Delivery::PostedPendingDelivery);
    settle(&world, call.now, &post, retry(call.now, call.now + secs(9))).await;
    assert_eq!(delivery(&world, &call).await.0.as_str(), "posted_pending_delivery");
    call.ended(1, DialResult::Completed, true, 90).await;
    let row = async || {
        let rows = world.store.journey_rows(RowFilter::default()).await.expect("it reads");
        rows.into_iter().find_map(|row| row.sold).expect("it is sold").delivery
    };
    assert_eq!(row().await, Delivery::PostedPendingDelivery, "the row of an ended call says so as well");
    let post = claim(&world, call.now + secs(9), "one", 9, 9).await.remove(0);
    settle(&world, call.now, &post, gone()).await;
    assert_eq!((delivery(&world, &call).await.0, row().await), (Delivery::Held, Delivery::Held));
    let because = ("a test".to_owned(), String::new());
    let offer = lead::OfferId::parse("a").expect("a slug");
    world.store.enable_posts(call.now, offer, None, because).await.expect("done");
    let post = claim(&world, call.now, "one", 9, 9).await.remove(0);
    settle(&world, call.now, &post, OK).await;
    assert_eq!((delivery(&world, &call).await.0, row().await), (Delivery::Delivered, Delivery::Delivered));
}
