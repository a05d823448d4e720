//! What people read: auctions, lists with pages, and whether the store works.

use auction::{Kind, NoBid, Outcome, Sign};
use journey::DialResult;
use lead::{AuctionId, BuyerId, Money, OfferId, PingId, Profile, Value};
use store::{AuctionOffer, AuctionRecord, CameAfter, PostFilter, RowFilter, SaleFilter};

use crate::world::{ADA, Call, World, bid, campaign_id, kept, secs, start};

#[tokio::test]
async fn an_auction_is_kept_with_every_offer_once() {
    let world = World::new().await;
    let journey = lead::JourneyId::of_call("AC", "1");
    let auction = AuctionId::of(journey, "hash", 0);
    let mut profile = Profile::new();
    profile.answer(lead::FieldName::parse("age").expect("a name"), Value::Number(65));
    let offer = |name: &str, outcome: Outcome, price: Option<i64>| AuctionOffer {
        offer: OfferId::parse(name).expect("a slug"),
        buyer: BuyerId::parse("buyer").expect("a slug"),
        ping: Some(PingId::of(auction, &OfferId::parse(name).expect("a slug"))),
        wait: Some(secs(1)),
        outcome: outcome.code().to_owned(),
        detail: None,
        price: price.map(Money::from_units),
        reply: Some("é".repeat(1000)),
        sign: Sign::of(&outcome),
    };
    let record = AuctionRecord {
        auction,
        journey,
        campaign: campaign_id(),
        settings_version: 1,
        test: false,
        opened_at: start(),
        closed_at: start() + secs(3),
        profile,
        offers: vec![offer("c", Outcome::Won, Some(91)), offer("a", Outcome::Capped, None)],
    };
    world.store.keep_auction(record.clone());
    world.store.keep_auction(record.clone());
    // They are kept in their order.
    let last = asked(2, "a", &Outcome::Capped);
    world.store.keep_auction(last.clone());
    kept(&world, last.journey, 1).await;
    let kept = kept(&world, journey, 1).await.remove(0);
    assert_eq!(kept.offers[0].reply.as_ref().map(String::len), Some(1024));
    let shorten = |mut record: AuctionRecord| {
        record.offers.iter_mut().for_each(|offer| offer.reply = None);
        record
    };
    assert_eq!(shorten(kept), shorten(record));
    assert_eq!(world.store.writer_counts().lost, 0);
}

#[tokio::test]
async fn lists_are_read_page_by_page() {
    let world = World::new().await;
    for n in 0..5 {
        let mut call = Call::new(&world, &n.to_string(), Some(ADA));
        call.sold(bid("a")).await;
        call.ended(1, DialResult::Completed, true, 90).await;
    }
    let (mut sales, mut rows, mut posts) = (vec![], vec![], vec![]);
    for _ in 0..3 {
        let filter = SaleFilter { before: sales.last().copied(), limit: Some(2), ..SaleFilter::default() };
        let page = world.store.sales(filter).await.expect("it reads");
        sales.extend(page.iter().map(|sale| (sale.booked_at, sale.id)));
        let filter = RowFilter { before: rows.last().copied(), limit: Some(2), ..RowFilter::default() };
        let page = world.store.journey_rows(filter).await.expect("it reads");
        rows.extend(page.iter().map(|row| (row.arrived_at, row.journey)));
        let filter = PostFilter { before: posts.last().copied(), limit: Some(2), ..PostFilter::default() };
        let page = world.store.posts(filter).await.expect("it reads");
        posts.extend(page.iter().map(|post| (post.created_at, post.id)));
    }
    assert_eq!((sales.len(), rows.len(), posts.len()), (5, 5, 5));
    let of = |outcome: &str| RowFilter { outcome: Some(outcome.to_owned()), ..RowFilter::default() };
    assert_eq!(world.store.journey_rows(of("sold")).await.expect("it reads").len(), 5);
    assert_eq!(world.store.journey_rows(of("too_short")).await.expect("it reads").len(), 0);
    let buyer = BuyerId::parse("somebody-else").ok();
    let filter = SaleFilter { buyer, ..SaleFilter::default() };
    assert_eq!(world.store.sales(filter).await.expect("it reads").len(), 0);
}

#[tokio::test]
async fn a_repeat_is_booked_at_zero_and_begins_no_window() {
    let world = World::new().await;
    let mut ranked = bid("a");
    ranked.kind = Kind::Repeat;
    ranked.price = Money::ZERO;
    let mut call = Call::new(&world, "1", Some(ADA));
    call.sold(ranked).await;
    assert_eq!(world.int("SELECT COUNT(*) FROM contacts").await, 0);
    assert_eq!(world.int("SELECT price FROM sales").await, 0);
}

#[tokio::test]
async fn a_closed_store_says_so() {
    let world = World::new().await;
    world.store.ping(start()).await.expect("it works");
    world.store.close().await;
    assert!(world.store.ping(start()).await.is_err());
    let mut call = Call::new(&world, "1", None);
    call.drive(call.arrived()).await;
    let refused = call.try_drive(journey::Event::CallerHungUp { at: start() }).await;
    assert!(matches!(refused, Err(store::CommitError::Failed(store::WriteFailed::Closed))), "{refused:?}");
    // It is light as before, and not lost in a move.
    assert!(world.store.load(call.id).await.expect("it reads").is_some());
}

#[tokio::test]
async fn a_temporary_store_is_a_store() {
    let config = store::StoreConfig {
        durable: store::DurableAt::Sqlite { at: store::SqliteAt::Temporary, free_min: 0 },
    };
    let store = store::Store::open(config, crate::world::keys(crate::world::KEY)).await.expect("it opens");
    store.ping(start()).await.expect("it works");
    assert_eq!(store.next_wake().await.expect("it reads"), None);
}

/// An auction that closed so many seconds after the start, with what became of one offer's ping.
fn asked(n: u64, offer: &str, outcome: &Outcome) -> AuctionRecord {
    let journey = lead::JourneyId::of_call("AC", &n.to_string());
    let auction = AuctionId::of(journey, "hash", 0);
    let offer = OfferId::parse(offer).expect("a slug");
    let answered = AuctionOffer {
        ping: outcome.was_asked().then(|| PingId::of(auction, &offer)),
        offer,
        buyer: BuyerId::parse("buyer").expect("a slug"),
        wait: None,
        outcome: outcome.code().to_owned(),
        detail: None,
        price: None,
        reply: None,
        sign: Sign::of(outcome),
    };
    AuctionRecord {
        auction,
        journey,
        campaign: campaign_id(),
        settings_version: 1,
        test: false,
        opened_at: start() + secs(n),
        closed_at: start() + secs(n),
        profile: Profile::new(),
        offers: vec![answered],
    }
}

#[tokio::test]
async fn the_last_answers_of_each_offer_are_found_and_a_late_one_is_told_from_none() {
    let world = World::new().await;
    let silent = Outcome::NoBid(NoBid::Timeout);
    for n in 0..150 {
        world.store.keep_auction(asked(n, "a", &silent));
    }
    world.store.keep_auction(asked(150, "b", &Outcome::NotAwaited));
    world.store.keep_auction(asked(151, "b", &Outcome::Throttled));
    world.store.keep_late_answer(CameAfter {
        auction: asked(149, "a", &silent).auction,
        offer: OfferId::parse("a").expect("a slug"),
        outcome: Some("late"),
        wait: secs(3),
        price: Some(Money::from_units(91)),
        reply: Some("{}".to_owned()),
        sign: Some(Sign::Late),
    });
    // Records are written a few at a time, between other writes.
    let mut all = vec![];
    while !all.iter().any(|answer: &store::RecentAnswer| answer.outcome == "late") {
        world.store.ping(start()).await.expect("it works");
        all = world.store.recent_answers(start()).await.expect("it reads");
    }
    let (a, b): (Vec<_>, Vec<_>) = all.iter().partition(|answer| answer.offer.as_str() == "a");
    assert_eq!((a.len(), a[0].closed_at, a[99].closed_at), (100, start() + secs(50), start() + secs(149)));
    assert_eq!((&*a[98].outcome, a[98].sign, a[98].wait), ("timeout", Some(Sign::Timeout), None));
    assert_eq!((&*a[99].outcome, a[99].sign, a[99].wait), ("late", Some(Sign::Late), Some(secs(3))));
    let b: Vec<_> = b.iter().map(|answer| (&*answer.outcome, answer.sign)).collect();
    assert_eq!(b, [("not_awaited", None)], "who was not asked said nothing");
    let record = world.store.auctions_of(asked(149, "a", &silent).journey).await.expect("it reads").remove(0);
    assert_eq!(record.offers[0].price, Some(Money::from_units(91)));
    assert_eq!(world.store.recent_answers(start() + secs(149)).await.expect("it reads").len(), 2);
}
