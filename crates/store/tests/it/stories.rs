//! The story of a call: every fact of it in one place, in words, and nothing personal in the clear.

use auction::{About, Malformed, NoBid, Outcome, Unreachable};
use bridge::Lost;
use journey::{DialResult, Ended, Event, Stage, Unsold};
use lead::{BuyerId, CampaignId, FieldName, Money, OfferId, PingId, Profile};
use store::{
    AttemptEnd, AuctionOffer, AuctionRecord, Names, SpanKind,
    reasons::{self, CallFigures, OfferFigures},
};

use crate::world::{ADA, Call, World, bid, campaign_id, kept, secs};

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
async fn a_call_in_its_interview_has_a_story_too_and_nobody_has_one() {
    let world = World::new().await;
    let mut call = Call::new(&world, "1", Some(ADA));
    call.drive(call.arrived()).await;
    let story = world.store.story(call.id, None, &names()).await.expect("it reads").expect("it is known");
    assert_eq!((story.reason, story.spans.len(), story.steps.len()), (None, 1, 1));
    let nobody = lead::JourneyId::of_call("AC", "nobody");
    assert!(world.store.story(nobody, None, &names()).await.expect("it reads").is_none());
}

fn field() -> FieldName {
    FieldName::parse("home_owner").expect("a name")
}

/// Every outcome of the closed list. The `match` names each, so that a new one is added here.
fn outcomes() -> Vec<Outcome> {
    let unreachable = [
        Unreachable::Refused,
        Unreachable::Dns,
        Unreachable::PrivateAddress,
        Unreachable::Tls,
        Unreachable::ConnectTimeout,
        Unreachable::Broken,
        Unreachable::RedirectNotAllowed,
    ];
    let malformed = [
        Malformed::Utf8,
        Malformed::Syntax,
        Malformed::DuplicateField,
        Malformed::Depth,
        Malformed::Dtd,
        Malformed::Shape,
        Malformed::Encoding,
        Malformed::NoPrice,
        Malformed::Price,
        Malformed::Accepted,
        Malformed::Currency,
        Malformed::PingId,
        Malformed::BidId,
        Malformed::Expiry,
        Malformed::PayableAfter,
        Malformed::Reason,
    ];
    let rejected = |code: Option<&str>, text: Option<&str>| {
        let (code, text) = (code.map(str::to_owned), text.map(str::to_owned));
        Outcome::NoBid(NoBid::Rejected { code, text, about: About::Offer })
    };
    let mut all = vec![
        Outcome::Won,
        Outcome::Outbid { by: Money::from_units(6) },
        Outcome::LostTie,
        Outcome::BadTerms,
        Outcome::BelowFloor,
        Outcome::BelowReserve,
        Outcome::AboveMax,
        Outcome::Expired,
        Outcome::DuplicateBid,
        Outcome::BadDestination,
        Outcome::Capped,
        Outcome::AtConcurrency,
        Outcome::OutOfHours,
        Outcome::Filtered(field()),
        Outcome::MissingField(field()),
        Outcome::DuplicateLead,
        Outcome::Paused,
        Outcome::Throttled,
        Outcome::NotAwaited,
        Outcome::NoBid(NoBid::Declined),
        rejected(None, None),
        rejected(None, Some("no agents")),
        rejected(Some("1003"), None),
        rejected(Some("1003"), Some("no agents")),
        Outcome::NoBid(NoBid::Timeout),
        Outcome::NoBid(NoBid::Late),
        Outcome::NoBid(NoBid::BadStatus(503)),
        Outcome::NoBid(NoBid::TooLarge),
    ];
    all.extend(unreachable.map(|why| Outcome::NoBid(NoBid::Unreachable(why))));
    all.extend(malformed.map(|why| Outcome::NoBid(NoBid::Malformed(why))));
    all
}

fn endings() -> Vec<Ended> {
    vec![
        Ended::Sold,
        Ended::TooShort,
        Ended::WonAbandoned,
        Ended::Repeat,
        Ended::Unsold(Unsold::NobodyEligible),
        Ended::Unsold(Unsold::NoBids),
        Ended::Unsold(Unsold::NobodyAnswered),
        Ended::Unsold(Unsold::HoldRanOut),
        Ended::Disqualified(field()),
        Ended::NoInput(field()),
        Ended::ConsentRefused,
        Ended::RepeatRefused,
        Ended::Abandoned(Stage::Interview),
        Ended::Abandoned(Stage::Hold),
        Ended::Abandoned(Stage::Ring),
    ]
}

fn lost() -> Vec<Lost> {
    let mut all = vec![
        Lost::Unconfirmed,
        Lost::Expired,
        Lost::Busy,
        Lost::NoAnswer,
        Lost::Failed,
        Lost::Unplaced,
        Lost::Declined,
        Lost::Unheard,
        Lost::Undialled,
        Lost::Abandoned,
        Lost::Returned,
    ];
    all.extend([Outcome::Capped, Outcome::AtConcurrency, Outcome::DuplicateLead].map(Lost::Unreserved));
    all
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
    let setting = reason.setting.expect("there is one");
    assert_eq!((setting.of, setting.key), (reasons::SettingOf::Offer(offer("a")), "min_bid"));
    let capped = OfferFigures { limit: Some("40 of 40 today".to_owned()), ..OfferFigures::default() };
    let reason = reasons::of_offer(&offer("a"), &campaign, &Outcome::Capped, &capped);
    assert_eq!(reason.text, "A cap is full: 40 of 40 today");
    let short = CallFigures {
        buyer: Some("Buyer C".to_owned()),
        talk: Some(secs(12)),
        payable_after: Some(secs(90)),
        ..CallFigures::default()
    };
    let reason = reasons::of_call(&campaign, &Ended::TooShort, &short);
    assert_eq!(reason.text, "Not earned: 12 s of talk with Buyer C, and it is payable from 1 min 30 s on");
}
