//! Who is asked, and why not (domain.md 2 and 24).

use std::collections::BTreeSet;

use auction::{Caller, Day, Filter, Hours, Outcome, Span, Standing, Test, ZipDigits};
use lead::{BuyerId, Channel, Money, Value};

use crate::world::{Auction, Bidder, auction, bidder, field, outcomes};

fn reason(bidder: Bidder) -> String {
    reason_in(auction([bidder]))
}

fn reason_in(auction: Auction) -> String {
    let (round, pings) = auction.open();
    let (ranking, _) = round.close(crate::world::OPENS);
    match &pings[..] {
        [] => outcomes(&ranking).pop().unwrap_or_else(|| "not considered".to_owned()),
        _ => "asked".to_owned(),
    }
}

fn words(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn each_reason_by_itself() {
    let filter = |name: &str, test: Test| Filter { field: field(name), test };
    let standing = Standing::default();
    let closed = Hours {
        zone: "America/New_York".into(),
        spans: vec![Span { day: Day::Tue, from: 0, to: 600 }],
        closed_dates: BTreeSet::new(),
        closures: vec![],
    };
    let open = Hours { spans: vec![Span { day: Day::Tue, from: 600, to: 601 }], ..closed.clone() };
    let cases = [
        (bidder("a"), "asked"),
        (bidder("a").with(|o| o.active = false), "a paused"),
        (bidder("a").with(|o| o.required = [field("age")].into()), "asked"),
        (bidder("a").with(|o| o.required = [field("income")].into()), "a missing_field"),
        (bidder("a").with(|o| o.filters = vec![filter("age", Test::Between(65, 80))]), "asked"),
        (bidder("a").with(|o| o.filters = vec![filter("age", Test::Between(66, 80))]), "a filtered"),
        (bidder("a").with(|o| o.filters = vec![filter("state", Test::In(words(&["fl", "GA"])))]), "asked"),
        (bidder("a").with(|o| o.filters = vec![filter("state", Test::NotIn(words(&["FL"])))]), "a filtered"),
        (bidder("a").with(|o| o.filters = vec![filter("zip", Test::StartsWith(words(&["331"])))]), "asked"),
        (
            bidder("a").with(|o| o.filters = vec![filter("area_code", Test::In(words(&["305"])))]),
            "a filtered",
        ),
        (bidder("a").with(|o| o.hours = Some(open)), "asked"),
        (bidder("a").with(|o| o.hours = Some(closed)), "a out_of_hours"),
        (bidder("a").standing(Standing { capped: true, ..standing }), "a capped"),
        (bidder("a").standing(Standing { at_concurrency: true, ..standing }), "a at_concurrency"),
        (bidder("a").standing(Standing { duplicate: true, ..standing }), "a duplicate_lead"),
        (bidder("a").standing(Standing { paused: true, ..standing }), "a paused"),
        (bidder("a").with(|o| o.channels = [Channel::Form].into()), "not considered"),
        (
            bidder("a").with(|o| o.vertical = auction::Vertical::parse("solar").expect("a slug")),
            "not considered",
        ),
    ];
    for (number, (bidder, expect)) in cases.into_iter().enumerate() {
        assert_eq!(reason(bidder), expect, "case {number}");
    }
}

#[test]
fn a_withheld_number_and_a_buyer_that_had_the_caller() {
    let anonymous = |bidder: Bidder| {
        let mut auction = auction([bidder]);
        auction.subject.caller = Caller::Anonymous;
        auction
    };
    assert_eq!(reason_in(anonymous(bidder("a"))), "asked");
    let needs_it = bidder("a").with(|offer| offer.caller_id_required = true);
    assert_eq!(reason(needs_it.clone()), "asked");
    let (round, _) = anonymous(needs_it).open();
    let (ranking, _) = round.close(crate::world::OPENS);
    assert_eq!(ranking.others[0].2, Outcome::MissingField(field("phone")));

    let mut again = auction([bidder("a").of("acme"), bidder("b").of("other")]);
    again.subject.without = [BuyerId::parse("acme").expect("an id")].into();
    let (_, pings) = again.open();
    assert_eq!(pings.iter().map(|ping| ping.offer.as_str()).collect::<Vec<_>>(), ["b"]);
}

#[test]
fn the_first_reason_that_applies_is_the_one() {
    let all = Standing {
        capped: true,
        at_concurrency: true,
        duplicate: true,
        paused: false,
        ..Standing::default()
    };
    let filter = Filter { field: field("age"), test: Test::Between(0, 1) };
    let a = bidder("a").standing(all).with(|offer| {
        offer.filters = vec![filter];
        offer.required = [field("income")].into();
    });
    assert_eq!(reason(a.clone()), "a missing_field");
    let a = a.with(|offer| offer.required.clear());
    assert_eq!(reason(a.clone()), "a filtered");
    assert_eq!(reason(a.with(|offer| offer.filters.clear())), "a capped");
}

#[test]
fn a_ping_says_what_its_offer_may_know() {
    let a = bidder("a").with(|offer| {
        offer.floor = Money::from_units(30);
        offer.zip_digits = ZipDigits::Three;
    });
    let told = a.clone().with(|offer| offer.floor_in_ping = true);
    let ping = |bidder: Bidder| auction([bidder]).open().1.pop().expect("a ping");
    assert_eq!((ping(a).floor, ping(told.clone()).floor), (None, Some(Money::from_units(30))));
    assert_eq!(ping(told.clone()).zip_digits, ZipDigits::Three);
    assert_eq!(ping(told).profile.value(&field("age")), Some(&Value::Number(65)));
}

#[test]
fn a_whisper_says_what_the_profile_says() {
    let whisper = |text: &str| {
        let a = bidder("a").has_static(9).with(|offer| offer.whisper = Some(text.to_owned()));
        auction([a]).run().ranking.ranked[0].terms.whisper.clone()
    };
    assert_eq!(
        whisper("New caller from {state}, age {age}.").as_deref(),
        Some("New caller from FL, age 65.")
    );
    assert_eq!(whisper("{income}{Nobody}!").as_deref(), Some("!"));
    assert_eq!(whisper("open {state").as_deref(), Some("open "));
}
