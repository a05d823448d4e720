//! Which answers are bids, and which of the reasons applies first (domain.md 3–6, 14 and "Reading a reply").

use auction::{About, Destination, Malformed, NoBid, Outcome, Reserve, SipUri, Unreachable, Whereto};
use lead::Money;

use crate::world::{OPENS, auction, bidder, check, ms, outcomes, phone, price, ranked, secs};

#[test]
fn the_medicare_example() {
    let asked = [
        bidder("a").bids(85),
        bidder("b").bids(72),
        bidder("c").bids(91),
        bidder("d").says(200, Err(NoBid::Declined)).has_static(45),
        bidder("e").says(50, Err(NoBid::Unreachable(Unreachable::Refused))),
        bidder("f"),
    ];
    let closed = check(
        &auction(asked),
        &["c 91", "a 85", "b 72", "static d 45"],
        &["c won", "a outbid", "b outbid", "d no_bid", "e unreachable", "f timeout"],
    );
    assert_eq!(closed.pings.len(), 6);
    assert_eq!(closed.ranking.best_static, Some(Money::from_units(45)));
    assert_eq!(closed.ranking.closed_at, OPENS + secs(3));
    let by = |place: usize| closed.ranking.outcomes()[place].1.clone();
    assert_eq!(by(1), Outcome::Outbid { by: Money::from_units(6) });
    let mut ids: Vec<_> = closed.pings.iter().map(|ping| ping.id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 6, "buyers cannot match notes");
}

#[test]
fn every_answer_that_is_no_bid_keeps_its_name() {
    let rejected = NoBid::Rejected { code: Some("1004".into()), text: None, about: About::Offer };
    for no_bid in [
        NoBid::Declined,
        rejected,
        NoBid::Timeout,
        NoBid::Unreachable(Unreachable::Tls),
        NoBid::BadStatus(500),
        NoBid::Malformed(Malformed::Price),
        NoBid::TooLarge,
    ] {
        let code = format!("a {}", no_bid.code());
        check(&auction([bidder("a").says(100, Err(no_bid))]), &[], &[&code]);
    }
}

#[test]
fn late_and_silent_are_told_apart() {
    // Somebody else is awaited longer, so that the late ones speak before the round closes.
    let slow = || bidder("z").with(|offer| offer.timeout = secs(5)).says(4_900, Ok(price(1)));
    let ranked = &["z 1"];
    check(&auction([slow(), bidder("a").says(3_000, Ok(price(9)))]), &["a 9", "z 1"], &["a won", "z outbid"]);
    check(&auction([slow(), bidder("a").says(3_001, Ok(price(9)))]), ranked, &["z won", "a late"]);
    check(&auction([slow(), bidder("a").says(3_001, Err(NoBid::Declined))]), ranked, &["z won", "a late"]);
    check(&auction([slow(), bidder("a")]), ranked, &["z won", "a timeout"]);
    // What times out or breaks after the deadline never spoke.
    check(&auction([slow(), bidder("a").says(3_002, Err(NoBid::Timeout))]), ranked, &["z won", "a timeout"]);
    let broken = Err(NoBid::Unreachable(Unreachable::Broken));
    check(&auction([slow(), bidder("a").says(3_500, broken)]), ranked, &["z won", "a timeout"]);
}

#[test]
fn a_shell_that_reports_the_time_out_itself_says_silent() {
    let (mut round, _) = auction([bidder("a")]).open();
    round.on_answer(OPENS + ms(3_004), &bidder("a").offer.id, Err(NoBid::Timeout));
    assert_eq!(outcomes(&round.close(OPENS + ms(3_005)).0), ["a timeout"]);
}

#[test]
fn the_first_answer_counts() {
    check(
        &auction([
            bidder("a").says(10, Ok(price(5))).says(20, Ok(price(50))),
            bidder("b").says(30, Ok(price(6))),
        ]),
        &["b 6", "a 5"],
        &["b won", "a outbid"],
    );
}

#[test]
fn the_reason_that_applies_first_is_the_outcome() {
    let strict = || {
        bidder("a").with(|offer| {
            offer.payable_max = Some(secs(120));
            offer.bid_max = Some(Money::from_units(100));
            offer.floor = Money::from_units(50);
        })
    };
    let nowhere = Whereto::Named(vec![]);
    let mut bid = price(10);
    // Everything is wrong with it; each mended fault uncovers the next.
    bid.payable_after = Some(secs(121));
    bid.price = Money::from_units(101);
    bid.expires_in = Some(secs(0));
    bid.whereto = nowhere;
    let rules = |bid: &auction::Bid| {
        let standing = bidder("z").with(|offer| offer.endpoints.ping_url = None).has_static(60);
        auction([strict().says(100, Ok(bid.clone())), standing])
            .rules(|rules| (rules.reserve, rules.fallback_to_static) = (Reserve::BestStatic, false))
    };
    let mut outcome = |mend: &dyn Fn(&mut auction::Bid)| {
        mend(&mut bid);
        outcomes(&rules(&bid).run().ranking)[0].clone()
    };
    assert_eq!(outcome(&|_| {}), "a bad_terms");
    assert_eq!(outcome(&|bid| bid.payable_after = Some(secs(120))), "a above_max");
    assert_eq!(outcome(&|bid| bid.price = Money::from_micros(49_999_999)), "a below_floor");
    assert_eq!(outcome(&|bid| bid.price = Money::from_units(50)), "a expired");
    assert_eq!(outcome(&|bid| bid.expires_in = Some(secs(1))), "a bad_destination");
    assert_eq!(outcome(&|bid| bid.whereto = Whereto::Own), "a below_reserve");
    assert_eq!(outcome(&|bid| bid.price = Money::from_units(60)), "a won");
}

#[test]
fn a_bid_of_nothing_is_none() {
    for micros in [0, -1] {
        let mut bid = price(0);
        bid.price = Money::from_micros(micros);
        check(&auction([bidder("a").says(100, Ok(bid))]), &[], &["a no_bid"]);
    }
}

#[test]
fn a_bid_lives_from_its_receipt_and_at_most_a_day() {
    let life = |change: &dyn Fn(&mut auction::Bid)| {
        let mut bid = price(9);
        change(&mut bid);
        let ranking = auction([bidder("a").says(100, Ok(bid))]).run().ranking;
        ranking.ranked.first().and_then(|ranked| ranked.expires_at).map(|end| end.since(OPENS + ms(100)))
    };
    assert_eq!(life(&|_| {}), Some(secs(60)), "the offer's own life");
    assert_eq!(life(&|bid| bid.expires_in = Some(secs(2))), Some(secs(2)));
    assert_eq!(life(&|bid| bid.expires_at = Some(OPENS + secs(30))), Some(ms(29_900)));
    let two = |bid: &mut auction::Bid| {
        (bid.expires_in, bid.expires_at) = (Some(secs(9)), Some(OPENS + secs(5)));
    };
    assert_eq!(life(&two), Some(ms(4_900)), "the earlier");
    assert_eq!(life(&|bid| bid.expires_in = Some(secs(90_000))), Some(secs(86_400)));
    assert_eq!(life(&|bid| bid.expires_at = Some(OPENS + secs(999_999))), Some(secs(86_400)));
    assert_eq!(life(&|bid| bid.expires_in = Some(secs(0))), None);
    assert_eq!(life(&|bid| bid.expires_at = Some(OPENS + ms(100))), None);
}

#[test]
fn a_call_goes_where_the_offer_allows() {
    let sip = Destination::Sip(SipUri::parse("b1@rtb.example").expect("an address"));
    let to = |named: Whereto, allow_sip: bool| {
        let mut bid = price(9);
        bid.whereto = named;
        let a = bidder("a").with(|offer| {
            if allow_sip {
                offer.allowed.sip_domains = ["rtb.example".to_owned()].into();
            }
        });
        let ranking = auction([a.says(100, Ok(bid))]).run().ranking;
        ranking.ranked.first().and_then(|ranked| ranked.destination.clone())
    };
    let number = phone("+18005550111");
    let both = || Whereto::Named(vec![sip.clone(), number.clone()]);
    assert_eq!(to(both(), true), Some(sip.clone()), "the first that it allows");
    assert_eq!(to(both(), false), Some(number.clone()));
    assert_eq!(to(Whereto::Own, false), Some(phone("+13055550199")), "the offer's own");
    assert_eq!(to(Whereto::Named(vec![phone("+18765550111")]), false), None, "never Jamaica unless named");
    assert_eq!(to(Whereto::Named(vec![]), false), None, "what it named could not be read");

    let homeless = bidder("a").with(|offer| offer.destination = None).bids(9);
    check(&auction([homeless]), &[], &["a bad_destination"]);
}

#[test]
fn the_same_bid_of_the_same_buyer_counts_once() {
    let named = |units| {
        let mut bid = price(units);
        bid.id = Some("bid-1".to_owned());
        Ok(bid)
    };
    check(
        &auction([
            bidder("a").of("acme").says(100, named(9)),
            bidder("b").of("acme").says(200, named(10)),
            bidder("c").of("other").says(300, named(8)),
        ]),
        &["a 9", "c 8"],
        &["a won", "c outbid", "b duplicate_bid"],
    );
    // A bid that could not win keeps nobody from naming its id.
    check(
        &auction([
            bidder("a").of("acme").with(|offer| offer.floor = Money::from_units(20)).says(100, named(9)),
            bidder("b").of("acme").says(200, named(10)),
        ]),
        &["b 10"],
        &["b won", "a below_floor"],
    );
}

#[test]
fn a_test_is_decided_by_its_bids_and_costs_nothing() {
    let bids = [bidder("a").bids(85), bidder("c").bids(91), bidder("d").bids(20).has_static(45)];
    let closed = auction(bids).rules(|rules| (rules.test, rules.reserve) = (true, Reserve::BestStatic)).run();
    assert_eq!(ranked(&closed.ranking), ["c 0", "a 0", "static d 0"]);
    assert!(outcomes(&closed.ranking).contains(&"d below_reserve".to_owned()));
    assert!(closed.pings.iter().all(|ping| ping.test));
}
