//! The static auction behind the bids, and bids that must beat it (domain.md 7).

use auction::{About, Malformed, NoBid, Reserve};
use lead::Money;

use crate::world::{Bidder, auction, bidder, check, price};

fn refuses(bidder: Bidder, about: About) -> Bidder {
    bidder.says(100, Err(NoBid::Rejected { code: None, text: None, about }))
}

#[test]
fn the_static_ranking_follows_the_bids_best_price_first() {
    let never_pinged = bidder("d").with(|offer| offer.endpoints.ping_url = None).has_static(50);
    let closed = check(
        &auction([bidder("a").bids(20).has_static(45), bidder("b").has_static(60), never_pinged]),
        &["a 20", "static b 60", "static d 50", "static a 45"],
        &["a won", "b timeout", "d no_bid"],
    );
    assert_eq!(closed.ranking.best_static, Some(Money::from_units(60)));
    assert_eq!(closed.pings.len(), 2);
}

#[test]
fn without_a_bid_the_best_static_price_wins() {
    check(
        &auction([
            bidder("a").has_static(45).says(100, Err(NoBid::Malformed(Malformed::Syntax))),
            bidder("b").has_static(60),
        ]),
        &["static b 60", "static a 45"],
        &["b won", "a malformed"],
    );
}

#[test]
fn fallback_off_ends_with_the_bids_and_keeps_the_comparison() {
    let closed = check(
        &auction([bidder("a").bids(20), bidder("b").has_static(60)])
            .rules(|rules| rules.fallback_to_static = false),
        &["a 20"],
        &["a won", "b timeout"],
    );
    assert_eq!(closed.ranking.best_static, Some(Money::from_units(60)));
}

#[test]
fn a_refusal_about_the_person_excludes_all_offers_of_that_buyer() {
    check(
        &auction([
            refuses(bidder("a").of("acme").has_static(80), About::Person),
            bidder("b").of("acme").has_static(70).bids(10),
            bidder("c").of("other").has_static(60),
        ]),
        &["b 10", "static c 60"],
        &["b won", "a rejected", "c timeout"],
    );
}

#[test]
fn a_refusal_about_price_excludes_that_offer_only() {
    check(
        &auction([
            refuses(bidder("a").of("acme").has_static(80), About::Offer),
            bidder("b").of("acme").has_static(70),
        ]),
        &["static b 70"],
        &["b won", "a rejected"],
    );
}

#[test]
fn silence_and_errors_exclude_nothing() {
    for no_bid in [NoBid::Timeout, NoBid::Declined, NoBid::BadStatus(503), NoBid::TooLarge] {
        check(&auction([bidder("a").has_static(80).says(100, Err(no_bid))]), &["static a 80"], &["a won"]);
    }
    check(&auction([bidder("a").has_static(80)]), &["static a 80"], &["a won"]);
    let late = bidder("a")
        .has_static(80)
        .says(3_500, Err(NoBid::Rejected { code: None, text: None, about: About::Person }));
    let awaited =
        bidder("z").with(|offer| offer.timeout = crate::world::secs(5)).bids(1).says(4_000, Ok(price(1)));
    check(&auction([late, awaited]), &["z 1", "static a 80"], &["z won", "a timeout"]);
}

#[test]
fn a_static_sale_needs_a_price_and_an_allowed_destination() {
    check(
        &auction([
            bidder("a").has_static(0),
            bidder("b").has_static(50).with(|offer| offer.destination = None),
            bidder("c").has_static(50).with(|offer| offer.allowed.us = false),
            bidder("d").has_static(50).with(|offer| offer.active = false),
        ]),
        &[],
        &["a timeout", "b timeout", "c timeout", "d paused"],
    );
}

#[test]
fn a_bid_of_20_against_a_static_price_of_45() {
    let asked = || auction([bidder("a").bids(20), bidder("b").has_static(45)]);
    let best = |rules: &mut auction::Rules| rules.reserve = Reserve::BestStatic;
    check(&asked(), &["a 20", "static b 45"], &["a won", "b timeout"]);
    check(&asked().rules(best), &["static b 45"], &["b won", "a below_reserve"]);
    // Only an eligible static price counts, and an equal bid is not below it.
    let closed =
        auction([bidder("a").bids(20), bidder("b").has_static(45).with(|offer| offer.active = false)]);
    check(&closed.rules(best), &["a 20"], &["a won", "b paused"]);
    let equal = auction([bidder("a").bids(45), bidder("b").has_static(45)]).rules(best);
    check(&equal, &["a 45", "static b 45"], &["a won", "b timeout"]);
}

#[test]
fn a_static_sale_has_no_expiry_and_its_offers_own_terms() {
    let closed = auction([bidder("a").has_static(45).with(|offer| offer.priority = 3)]).run();
    let ranked = &closed.ranking.ranked[0];
    assert_eq!((ranked.expires_at, ranked.bid.as_deref(), ranked.priority), (None, None, 3));
    assert_eq!(ranked.payable_after, crate::world::secs(90));
}
