//! The list of calls: what it is filtered and found by, page by page, and what is absent from it.

use journey::DialResult;
use lead::{Channel, JourneyId};
use store::{CallFilter, CallOrder, NumberSought, SaleState, Stage, Whose};

use crate::world::{ADA, BOB, Call, World, bid, number, start};

async fn found(world: &World, filter: CallFilter) -> Vec<JourneyId> {
    let page = world.store.calls(&filter).await.expect("it reads");
    page.calls.iter().map(|call| call.journey).collect()
}

fn by_number(text: &str) -> CallFilter {
    CallFilter { number: Some(NumberSought::parse(text).expect("it is one")), ..CallFilter::default() }
}

#[tokio::test]
async fn a_call_is_found_by_its_number_or_a_part_of_it_until_its_person_is_erased() {
    let world = World::new().await;
    let mut ada = Call::new(&world, "1", Some(ADA));
    ada.sold(bid("a")).await;
    ada.ended(1, DialResult::Completed, true, 90).await;
    let mut bob = Call::new(&world, "2", Some(BOB));
    bob.sold(bid("b")).await;
    for text in [ADA, "(305) 555-0142", "305-555", "0142"] {
        assert_eq!(found(&world, by_number(text)).await, [ada.id], "{text}");
    }
    // Going on, and found all the same.
    assert_eq!(found(&world, by_number("212 555")).await, [bob.id]);
    for nobody in ["305-555-0143", "305-556", "0143", "5550"] {
        assert_eq!(found(&world, by_number(nobody)).await, [], "{nobody}");
    }
    let bytes = world.bytes().await;
    for clear in ["3055550142", "5550142", "305555"] {
        let is_there = bytes.windows(clear.len()).any(|part| part == clear.as_bytes());
        assert!(!is_there, "{clear} lies on the disk");
    }
    world.store.erase(ada.now, &Whose::Caller(number(ADA))).await.expect("it is done");
    for text in [ADA, "305-555", "0142"] {
        assert_eq!(found(&world, by_number(text)).await, [], "{text}");
    }
    let marked = "SELECT COUNT(*) FROM arrivals WHERE exchange IS NOT NULL OR last_four IS NOT NULL";
    assert_eq!(world.int(marked).await, 1, "the other one's marks stay");
    assert_eq!(found(&world, CallFilter::default()).await.len(), 2, "the calls stay");
}

#[tokio::test]
async fn a_withheld_number_is_found_by_nothing() {
    let world = World::new().await;
    let mut call = Call::new(&world, "1", None);
    call.sold(bid("a")).await;
    assert_eq!(world.int("SELECT COUNT(*) FROM arrivals WHERE last_four IS NULL").await, 1);
    assert_eq!(found(&world, CallFilter::default()).await, [call.id]);
}

#[tokio::test]
async fn marks_of_an_older_master_key_are_found_under_a_newer_one() {
    let world = World::new().await;
    let mut call = Call::new(&world, "1", Some(ADA));
    call.sold(bid("a")).await;
    let (call, both) = (call.id, format!("{},{}", crate::world::KEY_2, crate::world::KEY));
    let world = world.reopen(&both).await;
    assert_eq!(found(&world, by_number("0142")).await, [call]);
}

#[tokio::test]
async fn live_calls_and_ended_ones_stand_in_one_list_with_their_sales() {
    let world = World::new().await;
    let mut ended = Call::new(&world, "1", Some(ADA));
    ended.sold(bid("a")).await;
    ended.ended(1, DialResult::Completed, true, 90).await;
    let mut live = Call::new(&world, "2", Some(BOB));
    live.sold(bid("b")).await;
    let page = world.store.calls(&CallFilter::default()).await.expect("it reads");
    assert_eq!((page.calls.len(), page.next), (2, None));
    let of = |id| page.calls.iter().find(|call| call.journey == id).expect("it is listed");
    let (of_ended, of_live) = (of(ended.id), of(live.id));
    assert_eq!(of_ended.ended.as_ref().map(|ended| &*ended.outcome), Some("sold"));
    assert_eq!(of_ended.sold.as_ref().map(|sold| sold.state), Some(SaleState::Earned));
    assert_eq!(of_live.ended, None);
    assert_eq!(
        of_live.sold.as_ref().map(|sold| (sold.state, sold.price)),
        Some((SaleState::Pending, bid("b").price))
    );
    assert_eq!(of_live.publisher, of_ended.publisher);
    assert_eq!(of_live.arrived_at, start() + std::time::Duration::from_secs(1));
    let only = |filter: CallFilter| found(&world, filter);
    let stage = |stage| CallFilter { stage: Some(stage), ..CallFilter::default() };
    assert_eq!(only(stage(Stage::Live)).await, [live.id]);
    assert_eq!(only(stage(Stage::Ended)).await, [ended.id]);
    let sale = |sale| CallFilter { sale: Some(sale), ..CallFilter::default() };
    assert_eq!(only(sale(SaleState::Pending)).await, [live.id]);
    assert_eq!(only(sale(SaleState::Earned)).await, [ended.id]);
    assert_eq!(only(sale(SaleState::Void)).await, []);
    let outcome = CallFilter { outcome: Some("sold".to_owned()), ..CallFilter::default() };
    assert_eq!(only(outcome).await, [ended.id]);
    let channel = CallFilter { channel: Some(Channel::Form), ..CallFilter::default() };
    assert_eq!(only(channel).await, []);
    let offer = CallFilter { offer: lead::OfferId::parse("b").ok(), ..CallFilter::default() };
    assert_eq!(only(offer).await, [live.id]);
    let none = CallFilter { test: Some(true), ..CallFilter::default() };
    assert_eq!(only(none).await, []);
}

#[tokio::test]
async fn every_page_together_is_the_list_once_in_every_order() {
    let world = World::new().await;
    crate::crowd::add(&world, 40, 60_000, 0).await;
    for n in 0..3 {
        let mut live = Call::new(&world, &format!("live-{n}"), Some(BOB));
        live.sold(bid("b")).await;
    }
    for order in CallOrder::ALL {
        let whole = CallFilter { order, ..CallFilter::default() };
        let whole = world.store.calls(&whole).await.expect("it reads");
        assert_eq!(whole.next, None);
        let (mut pages, mut after) = (vec![], None);
        loop {
            let filter = CallFilter { order, after, limit: Some(7), ..CallFilter::default() };
            let page = world.store.calls(&filter).await.expect("it reads");
            assert!(page.calls.len() == 7 || page.next.is_none());
            pages.extend(page.calls);
            // As a URL carries it.
            let Some(next) = page.next else { break };
            after = Some(next.to_string().parse().expect("a cursor"));
        }
        assert_eq!(pages, whole.calls, "{order:?}");
        let expected = if order == CallOrder::Dearest { 23 } else { 43 };
        assert_eq!(pages.len(), expected, "{order:?}");
    }
}
