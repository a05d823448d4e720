//! The story of a call: every fact of it in one place, in words, and nothing personal in the clear.

use auction::{Cap, Counts, Full, Outcome, Period};
use bridge::Lost;
use journey::{DialResult, Ended, Event};
use lead::{BuyerId, CampaignId, Money, OfferId, PingId, Profile};
use store::{
    AttemptEnd, AuctionOffer, AuctionRecord, Names, Reason, SpanKind, behind,
    reasons::{self, CallFigures, OfferFigures, WhyPaused},
};

use crate::{
    closed_lists::{endings, lost, outcomes},
    world::{ADA, Call, World, bid, campaign_id, capped, kept, seated, secs},
};

fn offer(name: &str) -> OfferId {
    OfferId::parse(name).expect("a slug")
}

fn names() -> Names {
    let mut names = Names::default();
    names.offers.insert(offer("a"), "Medicare SE".to_owned());
    names.buyers.insert(BuyerId::parse("buyer-of-a").expect("a slug"), "Buyer C".to_owned());
    names
}

#[tokio::test]
async fn a_sold_call_tells_who_bought_it_who_was_outbid_and_who_saw_the_number() {
    let world = World::new().await;
    let mut call = Call::new(&world, "1", Some(ADA));
    call.sold(bid("a")).await;
    call.ended(1, DialResult::Completed, true, 192).await;
    let auction = lead::AuctionId::of(call.id, "any", 0);
    let considered =
        |name: &str, outcome: &str, detail: Option<&str>, price: Option<i64>, asked: bool| AuctionOffer {
            offer: offer(name),
            buyer: BuyerId::parse(&format!("buyer-of-{name}")).expect("a slug"),
            ping: asked.then(|| PingId::of(auction, &offer(name))),
            wait: asked.then(|| secs(1)),
            outcome: outcome.to_owned(),
            detail: detail.map(str::to_owned),
            price: price.map(Money::from_units),
            reply: None,
            sign: None,
        };
    world.store.keep_auction(AuctionRecord {
        auction,
        journey: call.id,
        campaign: campaign_id(),
        settings_version: 1,
        test: false,
        opened_at: crate::world::start() + secs(2),
        closed_at: crate::world::start() + secs(3),
        profile: Profile::new(),
        offers: vec![
            considered("a", "won", None, Some(91), true),
            considered("b", "outbid", Some("6.00"), Some(85), true),
            considered("c", "malformed", Some("DuplicateField"), None, true),
            considered("d", "capped", None, None, false),
        ],
    });
    kept(&world, call.id, 1).await;
    let story = world.store.story(call.id, None, &names()).await.expect("it reads").expect("it is known");
    assert_eq!(
        story.reason.as_ref().map(|reason| (&*reason.code, &*reason.text)),
        Some(("sold", "Sold to Buyer C for $91.00"))
    );
    let told: Vec<_> = story.auctions[0]
        .offers
        .iter()
        .map(|offer| (offer.offer.as_str(), offer.gap.map(|gap| gap.to_string()), &*offer.reason.text))
        .collect();
    assert_eq!(
        told,
        [
            ("a", None, "Won at $91.00"),
            ("b", Some("6.00".to_owned()), "Outbid by $6.00"),
            ("c", None, "Its reply could not be read: a field stands twice in it"),
            ("d", None, "A cap is full"),
        ]
    );
    assert_eq!(story.attempts.len(), 1);
    assert_eq!(story.attempts[0].end, AttemptEnd::Accepted);
    assert!(story.auctions[0].offers[0].sold);
    let kinds: Vec<_> = story.spans.iter().map(|span| span.kind).collect();
    assert!(kinds.ends_with(&[SpanKind::Ring, SpanKind::Talk]), "{kinds:?}");
    assert_eq!((story.sales.len(), story.posts.len()), (1, 1));
    assert_eq!(story.seen_by, [], "the post has not left yet");
    assert_eq!(story.masked.as_deref(), Some("(305) •••-••42"));
    let lines: Vec<_> = story.steps.iter().map(|step| &*step.text).collect();
    assert!(lines.contains(&"Medicare SE is reserved at $91.00"), "{lines:?}");
    assert!(lines.contains(&"Sold to Buyer C for $91.00: pending until it is payable"), "{lines:?}");
    assert!(story.steps.windows(2).all(|two| two[0].at <= two[1].at));
    let whole = format!("{story:?}");
    assert!(!whole.contains("3055550142") && !whole.contains("5550142"), "{whole}");
}

#[tokio::test]
async fn a_buyer_that_was_busy_and_a_caller_who_went_are_told_apart() {
    let world = World::new().await;
    let mut call = Call::new(&world, "1", Some(ADA));
    call.auctioned(vec![bid("a"), bid("b")]).await;
    call.dialled(1).await;
    call.ended(1, DialResult::Busy, false, 0).await;
    call.drive(Event::DialTaken { n: 2, by: journey::Taken::Next }).await;
    let at = call.now + secs(5);
    call.drive(Event::CallerHungUp { at }).await;
    let story = world.store.story(call.id, None, &names()).await.expect("it reads").expect("it is known");
    let ends: Vec<_> = story
        .attempts
        .iter()
        .map(|attempt| match &attempt.end {
            AttemptEnd::Lost(reason) => &*reason.code,
            AttemptEnd::Open | AttemptEnd::Accepted => "none",
        })
        .collect();
    assert_eq!(ends, ["won_busy", "won_abandoned"]);
    let reason = story.reason.expect("it has ended");
    assert_eq!(
        (&*reason.code, &*reason.text),
        ("abandoned_ring", "Not sold: the caller hung up while a buyer's phone rang")
    );
}

#[tokio::test]
async fn an_award_that_a_full_limit_refuses_says_which_and_how_full_it_was_then() {
    let world = World::new().await;
    let of_buyer = |counts, max| {
        let mut ranked = bid("a");
        ranked.terms.caps.buyer = vec![Cap { counts, period: Period::Day, max }];
        ranked
    };
    Call::new(&world, "1", Some(ADA)).sold(of_buyer(Counts::Answered, 1)).await;
    let mut call = Call::new(&world, "2", None);
    call.auctioned(vec![of_buyer(Counts::Answered, 1)]).await;
    let auction = lead::AuctionId::of(call.id, "any", 0);
    world.store.keep_auction(AuctionRecord {
        auction,
        journey: call.id,
        campaign: campaign_id(),
        settings_version: 1,
        test: false,
        opened_at: call.now,
        closed_at: call.now,
        profile: Profile::new(),
        offers: vec![AuctionOffer {
            offer: offer("a"),
            buyer: BuyerId::parse("buyer-of-a").expect("a slug"),
            ping: Some(PingId::of(auction, &offer("a"))),
            wait: Some(secs(1)),
            outcome: "won".to_owned(),
            detail: None,
            price: Some(Money::from_units(91)),
            reply: None,
            sign: None,
        }],
    });
    kept(&world, call.id, 1).await;
    let story =
        async |id| world.store.story(id, None, &names()).await.expect("it reads").expect("it is known");
    let told = story(call.id).await;
    let lines: Vec<_> = told.steps.iter().map(|step| &*step.text).collect();
    let full = "a cap is full: 1 of 1 answered calls of that day, over all offers of its buyer";
    assert!(lines.contains(&&*format!("Medicare SE cannot be reserved: {full}")), "{lines:?}");
    let reason = &told.auctions[0].offers[0].reason;
    assert_eq!(reason.text, format!("Would have won at $91.00, but {full}"));
    assert_eq!(pointer(reason), "/buyers/buyer-of-a/caps");
    let reason = told.reason.expect("it has ended");
    assert_eq!(pointer(&reason), "/buyers/buyer-of-a/caps", "{reason:?}");
    // The figure is that of then: the day's counter goes on, and is another one tomorrow.
    let mut third = Call::new(&world, "3", None);
    third.auctioned(vec![seated(capped(bid("a"), Counts::Money, 150_000_000), 1)]).await;
    assert_eq!(third.phase(), "ready");
    let mut fourth = Call::new(&world, "4", None);
    fourth.auctioned(vec![seated(bid("a"), 1)]).await;
    let mut fifth = Call::new(&world, "5", None);
    fifth.auctioned(vec![capped(bid("a"), Counts::Money, 150_000_000)]).await;
    let refused = async |id| {
        let steps = story(id).await.steps;
        steps.iter().find(|step| step.code == "reserve_refused").expect("it is told").text.clone()
    };
    assert_eq!(
        refused(fourth.id).await,
        "Medicare SE cannot be reserved: all its seats were taken: 1 of 1 calls at once"
    );
    assert_eq!(
        refused(fifth.id).await,
        "Medicare SE cannot be reserved: a cap is full: $91.00 of $150.00 in all"
    );
}

#[tokio::test]
async fn what_was_not_sold_points_at_the_setting_of_the_offer_that_came_nearest() {
    let world = World::new().await;
    for (name, offers, expected) in [
        (
            "floor",
            vec![("a", "no_bid", None), ("b", "below_floor", Some(12)), ("c", "capped", None)],
            "/offers/b/min_bid",
        ),
        ("hours", vec![("a", "out_of_hours", None), ("b", "filtered", None)], "/offers/a/hours"),
        ("silent", vec![("a", "no_bid", None)], ""),
        ("nobody", vec![], "/campaigns/medicare-fl/vertical"),
    ] {
        let mut call = Call::new(&world, name, Some(ADA));
        call.auctioned(vec![]).await;
        let auction = lead::AuctionId::of(call.id, "any", 0);
        let considered = |(name, outcome, price): &(&str, &str, Option<i64>)| AuctionOffer {
            offer: offer(name),
            buyer: BuyerId::parse(&format!("buyer-of-{name}")).expect("a slug"),
            ping: ["no_bid", "below_floor"].contains(outcome).then(|| PingId::of(auction, &offer(name))),
            wait: None,
            outcome: (*outcome).to_owned(),
            detail: None,
            price: price.map(Money::from_units),
            reply: None,
            sign: None,
        };
        world.store.keep_auction(AuctionRecord {
            auction,
            journey: call.id,
            campaign: campaign_id(),
            settings_version: 1,
            test: false,
            opened_at: call.now,
            closed_at: call.now,
            profile: Profile::new(),
            offers: offers.iter().map(considered).collect(),
        });
        kept(&world, call.id, 1).await;
        let story = world.store.story(call.id, None, &names()).await.expect("it reads").expect("it is known");
        let reason = story.reason.expect("it has ended");
        assert!(reason.text.starts_with("Not sold: "), "{}", reason.text);
        assert_eq!(pointer(&reason), expected, "{name}: {reason:?}");
        assert_eq!(reason.behind.cause().is_some(), expected.is_empty());
    }
}

#[tokio::test]
async fn a_call_in_its_interview_has_a_story_too_and_nobody_has_one() {
    let world = World::new().await;
    let mut call = Call::new(&world, "1", Some(ADA));
    call.drive(call.arrived()).await;
    let story = world.store.story(call.id, None, &names()).await.expect("it reads").expect("it is known");
    assert_eq!((story.reason, story.spans.len(), story.steps.len()), (None, 1, 1));
    let nobody = lead::JourneyId::of_call("AC", "nobody");
    assert!(world.store.story(nobody, None, &names()).await.expect("it reads").is_none());
}

/// The codes in the first cells of a table of the reference.
fn documented(section: &str) -> std::collections::BTreeSet<String> {
    let reference = include_str!("../../../../docs/reference/outcomes.md");
    let (_, behind) = reference.split_once(&format!("## {section}\n")).expect("the section is there");
    let rows = behind.split("\n## ").next().unwrap_or_default().lines();
    rows.filter_map(|row| Some(row.strip_prefix("| `")?.split_once('`')?.0.to_owned())).collect()
}

#[test]
fn every_outcome_of_the_closed_lists_has_its_sentence() {
    let campaign: CampaignId = campaign_id();
    let figures =
        OfferFigures { price: Some(Money::from_units(85)), wait: Some(secs(3)), ..OfferFigures::default() };
    let mut said = vec![];
    for outcome in outcomes() {
        said.push(reasons::of_offer(&offer("a"), &campaign, &outcome, &figures));
    }
    for lost in lost() {
        said.push(reasons::of_attempt(&offer("a"), &campaign, &lost, &figures));
    }
    let codes: std::collections::BTreeSet<_> = said.iter().map(|reason| reason.code.clone()).collect();
    assert_eq!(codes, documented("What became of an offer"));
    let ends: Vec<_> =
        endings().iter().map(|ended| reasons::of_call(&campaign, ended, &CallFigures::default())).collect();
    let codes: std::collections::BTreeSet<_> = ends.iter().map(|reason| reason.code.clone()).collect();
    assert_eq!(codes, documented("How a call ended"));
    let mut texts = std::collections::BTreeSet::new();
    for reason in said.iter().chain(&ends) {
        let text = &reason.text;
        assert!(text.starts_with(char::is_uppercase) && !text.ends_with('.'), "{text}");
        assert!(!text.contains('_') && !text.contains("  "), "{text}");
        texts.insert(text.clone());
    }
    // Two refusals of a person's own words may read alike; no two codes do.
    assert!(texts.len() >= said.len() + ends.len() - 1, "{} of {}", texts.len(), said.len() + ends.len());
}

#[test]
fn a_sentence_holds_the_figure_and_names_the_setting() {
    let campaign = campaign_id();
    let figures = OfferFigures {
        price: Some(Money::from_units(20)),
        limit: Some("$25.00".to_owned()),
        ..OfferFigures::default()
    };
    let reason = reasons::of_offer(&offer("a"), &campaign, &Outcome::BelowFloor, &figures);
    assert_eq!(reason.text, "Its bid of $20.00 is below the offer's floor of $25.00");
    assert_eq!(pointer(&reason), "/offers/a/min_bid");
    let capped = OfferFigures { limit: Some("40 of 40 today".to_owned()), ..OfferFigures::default() };
    let reason = reasons::of_offer(&offer("a"), &campaign, &Outcome::Capped, &capped);
    assert_eq!(reason.text, "A cap is full: 40 of 40 today");
    let full = |kept: &str| {
        let (full, buyer) = (Full::parse(kept), Some(BuyerId::parse("buyer-of-a").expect("a slug")));
        assert!(full.is_some(), "{kept}");
        let figures = OfferFigures { full, buyer, ..OfferFigures::default() };
        let is_seats = kept.contains("concurrency");
        let outcome = if is_seats { Outcome::AtConcurrency } else { Outcome::Capped };
        let reason = reasons::of_offer(&offer("a"), &campaign, &outcome, &figures);
        (pointer(&reason), reason.text)
    };
    for (kept, setting, text) in [
        ("offer/answered/day 40/40", "/offers/a/caps", "A cap is full: 40 of 40 answered calls of that day"),
        (
            "buyer/payable/month 9/9",
            "/buyers/buyer-of-a/caps",
            "A cap is full: 9 of 9 payable calls of that month, over all offers of its buyer",
        ),
        (
            "offer/money/total 950000000/1000000000",
            "/offers/a/caps",
            "A cap is full: $950.00 of $1,000.00 in all",
        ),
        (
            "buyer/concurrency 3/3",
            "/buyers/buyer-of-a/concurrency",
            "All its seats were taken: 3 of 3 calls at once, over all offers of its buyer",
        ),
    ] {
        assert_eq!(full(kept), (setting.to_owned(), text.to_owned()));
    }
    let paused = |paused| {
        let figures = OfferFigures { paused, ..OfferFigures::default() };
        let reason = reasons::of_offer(&offer("a"), &campaign, &Outcome::Paused, &figures);
        (pointer(&reason), reason.text)
    };
    assert_eq!(
        paused(Some(WhyPaused::SwitchedOff)),
        ("/offers/a/active".to_owned(), "It was switched off".to_owned())
    );
    assert_eq!(paused(Some(WhyPaused::PostsDisabled)).0, "/offers/a/post_url");
    let unreserved = Lost::Unreserved(Outcome::Paused);
    let reason = reasons::of_attempt(&offer("a"), &campaign, &unreserved, &OfferFigures::default());
    assert_eq!(pointer(&reason), "/offers/a/post_url");
    let short = CallFigures {
        buyer: Some("Buyer C".to_owned()),
        offer: Some(offer("a")),
        talk: Some(secs(12)),
        payable_after: Some(secs(90)),
        ..CallFigures::default()
    };
    let reason = reasons::of_call(&campaign, &Ended::TooShort, &short);
    assert_eq!(reason.text, "Not earned: 12 s of talk with Buyer C, and it is payable from 1 min 30 s on");
    assert_eq!(pointer(&reason), "/offers/a/payable_after");
}

fn pointer(reason: &Reason) -> String {
    reason.behind.setting().map(behind::Setting::pointer).unwrap_or_default()
}
