//! The first page, the live calls, posts, money and reports, as people see them.

use std::time::Duration;

use console::{Answer, OfferNow, RoundNow};
use lead::{BuyerId, Money, OfferId};
use serde_json::json;
use store::{News, Role};

use crate::{
    browser::{look, task},
    home::Home,
    seeds,
    store_side::world::{self as store_world, ADA, BOB, Call, bid},
    world::World,
};

fn asked(name: &str, answer: Answer) -> OfferNow {
    let buyer = BuyerId::parse(&format!("buyer-of-{name}")).expect("a slug");
    OfferNow { offer: OfferId::parse(name).expect("a slug"), buyer, answer }
}

/// Three calls: one that is auctioned, one that rings, one that talks.
async fn live(world: &World, side: &store_world::World) -> Call {
    let mut talks = Call::new(side, "talks", Some(BOB));
    talks.sold(bid("b")).await;
    let mut rings = Call::new(side, "rings", None);
    rings.auctioned(vec![bid("a"), bid("c")]).await;
    rings.dialled(1).await;
    let mut auction = Call::new(side, "auction", Some(ADA));
    auction.drive(auction.arrived()).await;
    auction.drive(auction.opened()).await;
    let now = world.now();
    let bid = |units| Answer::Bid(Money::from_units(units));
    let round = RoundNow {
        opened_at: now,
        until: now + Duration::from_secs(3),
        offers: vec![
            asked("a", bid(91)),
            asked("b", bid(85)),
            asked("c", Answer::NoBid),
            asked("d", Answer::Awaited),
            asked("e", Answer::Awaited),
        ],
    };
    world.rounds.lock().expect("no panic").insert(auction.id, round);
    auction
}

#[tokio::test(flavor = "multi_thread")]
async fn home_posts_money_and_reports_are_good_to_look_at() {
    let mut world = World::new().await;
    let ada = world.visitor("Ada Lovelace", Role::Owner).await;
    let empty = [
        ("/", "home-none"),
        ("/live", "live-none"),
        ("/posts", "posts-none"),
        ("/money", "money-none"),
        ("/reports", "reports-none"),
    ];
    look(&world, Some(&ada), &empty).await;
    let rows = seeds::many(&mut world).await;
    rows.tamper("UPDATE posts SET state = 'dead', last_status = 500, tries = 9, settled_at = created_at WHERE offer = 'offer-4-1'").await;
    rows.tamper("UPDATE posts SET state = 'due', settled_at = NULL, tries = 2, last_error = 'timeout', due_at = created_at + 9000000000 \
        WHERE offer IN ('offer-2-0', 'offer-3-0')").await;
    rows.tamper(
        "INSERT INTO post_endpoints (offer, buyer, state, since, failures, probe_at, quiet_until) \
        SELECT 'offer-2-0', 'buyer-2', 'disabled', MAX(at), 1, 5, 5 FROM sale_entries UNION ALL \
        SELECT 'offer-3-0', 'buyer-3', 'failing', MAX(at), 4, 5, 5 FROM sale_entries",
    )
    .await;
    let ada = world.logged_in(ada.user.clone()).await;
    let sale = world.store.sales(store::SaleFilter::default()).await.expect("they read")[3].clone();
    let sale = format!("/money/sales/{}", sale.id);
    look(
        &world,
        Some(&ada),
        &[
            ("/", "home"),
            ("/posts", "posts"),
            ("/posts?state=dead&offer=offer-4-1", "posts-dead"),
            ("/money?from=2026-10-25&until=2026-11-07", "money"),
            ("/money?from=2026-10-25&until=2026-11-07&by=publisher&each=day", "money-publishers"),
            (&sale, "sale"),
            ("/reports", "reports"),
            ("/reports?by=buyer&state=FL&within=2.00", "reports-buyers"),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn live_calls_are_good_to_look_at_and_change_without_a_reload() {
    let world = World::new().await;
    let ada = world.visitor("Ada Lovelace", Role::Owner).await;
    let side = store_world::World::of(Home::new().await, world.store.clone());
    let mut auction = live(&world, &side).await;
    look(&world, Some(&ada), &[("/live", "live")]).await;
    let (store, rounds, console) = (world.store.clone(), world.rounds.clone(), world.console.clone());
    // Once a stream is open, the auction closes and the winner is rung.
    let goes_on = tokio::spawn(async move {
        while console.open_streams() == 0 {
            tokio::task::yield_now().await;
        }
        rounds.lock().expect("no panic").clear();
        auction.try_closed(vec![bid("a")]).await.expect("it is committed");
        auction.dialled(1).await;
        store.tell(News::Stage { journey: auction.id, stage: "dialling".into(), at: auction.now });
    });
    task(&world, Some(&ada), "live", json!({})).await;
    goes_on.await.expect("it goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_is_corrected_and_the_keys_are_told_by_the_keyboard() {
    let world = World::new().await;
    let fin = world.visitor("Fin Ancier", Role::Finance).await;
    seeds::sold(&world.store).await;
    task(&world, Some(&fin), "money", json!({})).await;
    let sale = world.store.sales(store::SaleFilter::default()).await.expect("they read").remove(0);
    assert_eq!(sale.adjusted, Money::ZERO - Money::from_units(6));
}
