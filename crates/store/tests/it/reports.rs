//! Reports and money: equal to the rows that they are counted from, whatever the filter and the zone.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use lead::{BuyerId, CampaignId, Money, OfferId, PublisherId, Timestamp, geo::State};
use store::{
    Answering, AuctionFilter, AuctionRecord, CallFilter, CallRow, Each, Figures, Mend, MoneyBy, MoneyFigures,
    PeriodsError, ReportBy, ReportError, SaleFilter, SaleState,
};

use crate::{
    crowd::{self, LAST_AT},
    world::{Call, World, bid},
};

pub const ZONES: [&str; 3] = ["America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"];
/// So many calls so far apart that they lie over ten days, in one of which New York's clocks go back.
pub const CALLS: u32 = 400;
pub const STEP_MS: i64 = 36 * 60 * 1000;

/// A draw that is the same each time.
pub struct Draw(u64);

impl Draw {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn or_none<T>(&mut self, one_in: u64, of: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.below(one_in) == 0).then(|| of(self))
    }

    pub fn filter(&mut self) -> CallFilter {
        let at = |draw: &mut Self| {
            Timestamp::from_micros(
                LAST_AT - i64::try_from(draw.below(11 * 86_400)).expect("small") * 1_000_000,
            )
        };
        let (one, other) = (at(self), at(self));
        CallFilter {
            from: Some(one.min(other)),
            until: Some(one.max(other)),
            campaign: self
                .or_none(4, |d| CampaignId::parse(&format!("campaign-{}", d.below(5))).expect("one")),
            publisher: self
                .or_none(5, |d| PublisherId::parse(&format!("publisher-{}", d.below(11))).expect("one")),
            buyer: self.or_none(10, |d| BuyerId::parse(&format!("buyer-{}", d.below(13))).expect("one")),
            offer: self.or_none(14, |d| {
                OfferId::parse(&format!("offer-{}-{}", d.below(13), d.below(2))).expect("one")
            }),
            outcome: self.or_none(10, |d| {
                ["sold", "no_bids", "too_short"][usize::try_from(d.below(3)).expect("small")].to_owned()
            }),
            sale: self.or_none(10, |d| {
                [SaleState::Earned, SaleState::Pending, SaleState::Void]
                    [usize::try_from(d.below(3)).expect("small")]
            }),
            state: self.or_none(10, |d| {
                State::parse(["FL", "TX", "OH"][usize::try_from(d.below(3)).expect("small")]).expect("one")
            }),
            test: self.or_none(5, |d| d.below(4) == 0),
            ..CallFilter::default()
        }
    }
}

/// Every call of a filter, over all pages.
async fn listed(world: &World, filter: &CallFilter) -> Vec<CallRow> {
    let (mut calls, mut filter) = (vec![], CallFilter { limit: Some(97), ..filter.clone() });
    loop {
        let page = world.store.calls(&filter).await.expect("it reads");
        calls.extend(page.calls);
        let Some(next) = page.next else { return calls };
        filter.after = Some(next);
    }
}

/// What a reader of the list would count by hand.
fn counted<'a>(calls: impl Iterator<Item = &'a CallRow>) -> Figures {
    let mut sum = Figures::default();
    for call in calls {
        let ended = call.ended.as_ref().expect("they have ended");
        sum.calls += 1;
        sum.asked += u64::from(ended.pings > 0);
        sum.pings += u64::from(ended.pings);
        sum.bids += u64::from(ended.bids);
        sum.payout = sum.payout + call.payout;
        let Some(sold) = &call.sold else { continue };
        sum.talk += sold.talk.unwrap_or_default();
        match sold.state {
            SaleState::Pending => sum.pending = sum.pending + sold.price,
            SaleState::Earned => {
                sum.earned = sum.earned + sold.price;
                sum.earned_calls += 1;
                sum.at_static = sum.at_static + ended.best_static.unwrap_or(Money::ZERO);
                sum.uplift = sum.uplift + ended.best_static.map_or(Money::ZERO, |best| sold.price - best);
            }
            SaleState::Void => {
                sum.void = sum.void + sold.price;
                sum.void_calls += 1;
                continue;
            }
        }
        sum.sold += 1;
        if let Some(best) = ended.best_static.filter(|best| sold.price < *best) {
            sum.below_static += 1;
            sum.below_static_by = sum.below_static_by + (best - sold.price);
        }
    }
    sum
}

/// What a call stands under in a report.
fn key(call: &CallRow, by: ReportBy, zone: &TimeZone) -> Option<String> {
    let sold = call.sold.as_ref();
    let ended = call.ended.as_ref().expect("they have ended");
    let date = |format: &str| {
        let at = jiff::Timestamp::from_microsecond(call.arrived_at.micros()).expect("a moment");
        Some(at.to_zoned_datetime(zone.clone()).strftime(format).to_string())
    };
    match by {
        ReportBy::All => None,
        ReportBy::Period(Each::Day) => date("%Y-%m-%d"),
        ReportBy::Period(Each::Month) => date("%Y-%m"),
        ReportBy::Campaign => Some(call.campaign.to_string()),
        ReportBy::Publisher => call.publisher.as_ref().map(ToString::to_string),
        ReportBy::Buyer => sold.map(|sold| sold.buyer.to_string()),
        ReportBy::Offer => sold.map(|sold| sold.offer.to_string()),
        ReportBy::State => call.state.map(|state| state.to_string()),
        ReportBy::Channel => Some(call.channel.clone()),
        ReportBy::Outcome => Some(ended.outcome.clone()),
        ReportBy::Depth => Some(ended.bids.to_string()),
    }
}

/// Compares every report of a filter with its rows. Gives what its lines are of; nothing: no call is found.
pub async fn is_the_sum_of_its_rows(world: &World, filter: &CallFilter, zone: &TimeZone) -> BTreeSet<String> {
    let calls = listed(world, filter).await;
    let mut lines_seen = BTreeSet::new();
    for by in ReportBy::ALL {
        let report = world.store.report(filter, by, zone).await.expect("it reads");
        let mut groups: BTreeMap<_, Vec<&CallRow>> = BTreeMap::new();
        for call in &calls {
            groups.entry(key(call, by, zone)).or_default().push(call);
        }
        let expected: Vec<_> =
            groups.into_iter().map(|(key, calls)| (key, counted(calls.into_iter()))).collect();
        let report: Vec<_> = report.into_iter().map(|line| (line.key, line.figures)).collect();
        assert_eq!(report, expected, "{by:?} of {filter:?}");
        lines_seen.extend(report.into_iter().filter_map(|(key, _)| key));
    }
    lines_seen
}

#[tokio::test]
async fn a_report_is_the_sum_of_its_rows_for_any_filter_in_any_zone() {
    let world = World::new().await;
    crowd::add(&world, CALLS, STEP_MS, 0).await;
    let mut draw = Draw::new(7);
    let (mut with_calls, mut lines_seen) = (0, BTreeSet::new());
    for zone in ZONES {
        let zone = TimeZone::get(zone).expect("a zone");
        for _ in 0..12 {
            let lines = is_the_sum_of_its_rows(&world, &draw.filter(), &zone).await;
            with_calls += u32::from(!lines.is_empty());
            lines_seen.extend(lines);
        }
    }
    assert!(with_calls > 25, "the filters find something: {with_calls}");
    assert!(lines_seen.contains("2026-11-01"), "the day of 25 hours is one of them");
}

#[tokio::test]
async fn money_by_buyer_publisher_and_period_is_the_sum_of_its_sales() {
    let world = World::new().await;
    crowd::add(&world, CALLS, STEP_MS, 0).await;
    let (from, until) = (
        Timestamp::from_micros(LAST_AT - 9 * 86_400_000_000),
        Timestamp::from_micros(LAST_AT - 3_600_000_000),
    );
    let sales =
        world.store.sales(SaleFilter { from: Some(from), until: Some(until), ..SaleFilter::default() });
    let mut sales = sales.await.expect("it reads");
    // A test is nobody's money.
    sales.retain(|sale| !sale.test);
    assert!(sales.len() > 100);
    let sum = |lines: &[store::MoneyLine]| {
        let mut sum = MoneyFigures::default();
        lines.iter().for_each(|line| sum.add(&line.figures));
        sum
    };
    let priced = |of: &dyn Fn(&store::Sale) -> bool| {
        sales.iter().filter(|sale| of(sale)).map(|sale| sale.price).sum::<Money>()
    };
    for zone in ZONES {
        let zone = TimeZone::get(zone).expect("a zone");
        let money =
            async |by, each| world.store.money((from, until), by, (each, &zone)).await.expect("it reads");
        let by_buyer = money(MoneyBy::Buyer, Each::Month).await;
        let all = sum(&by_buyer);
        assert_eq!(all.sales, sales.len() as u64);
        assert_eq!(all.pending, priced(&|sale| sale.state == SaleState::Pending));
        assert_eq!(all.earned, priced(&|sale| sale.state == SaleState::Earned));
        assert_eq!(all.void + all.returned, priced(&|sale| sale.state == SaleState::Void));
        assert_eq!(all.disputed, priced(&|sale| sale.disputed && sale.state != SaleState::Void));
        assert!(all.disputed > Money::ZERO);
        for by in [MoneyBy::Publisher, MoneyBy::Period] {
            assert_eq!(sum(&money(by, Each::Day).await), all, "{by:?}");
        }
        let one = by_buyer.iter().find(|line| line.key.as_deref() == Some("buyer-1")).expect("it bought");
        let of_one = sales.iter().filter(|sale| sale.buyer.as_str() == "buyer-1").count();
        let of_all_months: u64 =
            by_buyer.iter().filter(|line| line.key == one.key).map(|line| line.figures.sales).sum();
        assert_eq!(of_all_months, of_one as u64);
    }
}

#[tokio::test]
async fn how_buyers_fared_is_counted_from_the_auctions() {
    let world = World::new().await;
    crowd::add(&world, 130, 60_000, 130).await;
    let (from, until) =
        (Timestamp::from_micros(LAST_AT - 86_400_000_000), Timestamp::from_micros(LAST_AT + 60_000_000));
    let buyers = world.store.buyer_figures(from, until).await.expect("it reads");
    assert_eq!(buyers.len(), 13);
    let asked: u64 = buyers.iter().map(|buyer| buyer.asked).sum();
    let won: u64 = buyers.iter().map(|buyer| buyer.won).sum();
    assert_eq!((asked, won), (130 * 6, 130));
    for buyer in &buyers {
        assert!(buyer.p50 <= buyer.p95 && buyer.p50.is_some(), "{buyer:?}");
        assert_eq!(buyer.answered, buyer.asked);
    }
    let all = CallFilter { from: Some(from), until: Some(until), ..CallFilter::default() };
    let reasons = world.store.no_bid_counts(&all).await.expect("it reads");
    let times: u64 = reasons.iter().map(|reason| reason.times).sum();
    assert_eq!(times, 130 * 4);
    let misses = world.store.near_misses(&all, Money::from_units(2), 1_000).await.expect("it reads");
    assert!(!misses.is_empty() && misses.iter().all(|miss| miss.gap <= Money::from_units(2)));
    assert!(misses.windows(2).all(|two| two[0].gap <= two[1].gap));
}

#[tokio::test]
async fn reasons_and_near_misses_are_those_of_the_calls_of_any_filter() {
    let world = World::new().await;
    crowd::add(&world, CALLS, STEP_MS, CALLS).await;
    let auctions = world.store.auctions(&AuctionFilter::default()).await.expect("it reads");
    assert_eq!(auctions.len(), CALLS as usize);
    let within = Money::from_units(3);
    let (mut draw, mut with_reasons, mut with_misses) = (Draw(11), 0, 0);
    for _ in 0..40 {
        let filter = draw.filter();
        let calls: BTreeSet<_> = listed(&world, &filter).await.into_iter().map(|call| call.journey).collect();
        let of_calls = || auctions.iter().filter(|auction| calls.contains(&auction.journey));
        let mut expected: BTreeMap<(OfferId, String), u64> = BTreeMap::new();
        let lost = ["won", "outbid", "lost_tie"];
        for offer in of_calls().flat_map(|it| &it.offers).filter(|it| !lost.contains(&&*it.outcome)) {
            *expected.entry((offer.offer.clone(), offer.outcome.clone())).or_default() += 1;
        }
        let reasons = world.store.no_bid_counts(&filter).await.expect("it reads");
        with_reasons += u32::from(!reasons.is_empty());
        let reasons: BTreeMap<_, _> =
            reasons.into_iter().map(|it| ((it.offer, it.outcome), it.times)).collect();
        assert_eq!(reasons, expected, "{filter:?}");
        let gap = |auction: &&AuctionRecord| {
            let price = |place: usize| auction.offers[place].price.expect("they bid");
            price(0) - price(1)
        };
        let expected: BTreeSet<_> =
            of_calls().filter(|it| gap(it) <= within).map(|it| (it.journey, gap(&it))).collect();
        let misses = world.store.near_misses(&filter, within, 1_000).await.expect("it reads");
        with_misses += u32::from(!misses.is_empty());
        assert_eq!(misses.into_iter().map(|it| (it.journey, it.gap)).collect::<BTreeSet<_>>(), expected);
    }
    assert!(with_reasons > 20 && with_misses > 15, "{with_reasons}, {with_misses}");
}

#[tokio::test]
async fn how_an_offer_answers_is_what_its_pings_came_to() {
    let world = World::new().await;
    crowd::add(&world, 130, 60_000, 130).await;
    let range =
        (Timestamp::from_micros(LAST_AT - 86_400_000_000), Timestamp::from_micros(LAST_AT + 60_000_000));
    let mut sum = Answering::default();
    let mut errors = 0;
    for n in 0..26 {
        let offer = OfferId::parse(&format!("offer-{}-{}", n / 2, n % 2)).expect("a slug");
        let one = world.store.answering(&offer, range).await.expect("it reads");
        assert!(one.p50.is_some() && one.p50 <= one.p95, "{one:?}");
        assert_eq!(one.in_time + one.errors.iter().map(|(_, times)| times).sum::<u64>(), one.asked);
        assert!(one.errors.iter().all(|(code, _)| code == "timeout"), "{one:?}");
        sum.asked += one.asked;
        sum.in_time += one.in_time;
        sum.not_awaited += one.not_awaited;
        errors += one.errors.iter().map(|(_, times)| times).sum::<u64>();
    }
    assert_eq!((sum.asked, sum.in_time, errors, sum.not_awaited), (130 * 5, 130 * 4, 130, 130));
    // A static sale stands where the ping came to nothing, and a round that heard nobody has no sign.
    world.tamper("UPDATE auction_offers SET offer = 'odd', sign = 'bad_status' WHERE place = 0").await;
    world.tamper("UPDATE auction_offers SET offer = 'odd', sign = 'late' WHERE place = 1").await;
    let odd = OfferId::parse("odd").expect("a slug");
    let odd = world.store.answering(&odd, range).await.expect("it reads");
    assert_eq!((odd.asked, odd.in_time), (260, 0));
    assert_eq!(odd.errors, [("bad_status".to_owned(), 130), ("late".to_owned(), 130)]);
    assert!(odd.p50.is_some(), "late answers took their time as well");
    let nobody = world.store.answering(&OfferId::parse("nobody").expect("a slug"), range).await;
    assert_eq!(nobody.expect("it reads"), Answering::default());
}

#[tokio::test]
async fn the_first_page_says_what_today_brought_and_what_needs_a_person() {
    let world = World::new().await;
    crowd::add(&world, 60, 60 * 60 * 1000, 60).await;
    let mut live = Call::new(&world, "live", None);
    live.sold(bid("a")).await;
    world.tamper("UPDATE posts SET state = 'dead' WHERE offer = 'offer-4-1'").await;
    world
        .tamper(
            "INSERT INTO post_endpoints (offer, buyer, state, since, failures, probe_at, quiet_until) VALUES \
            ('a', 'buyer-of-a', 'disabled', 5, 1, 5, 5), ('b', 'buyer-of-b', 'draining', 5, 1, 5, 5)",
        )
        .await;
    let zone = TimeZone::get("America/New_York").expect("a zone");
    let now = Timestamp::from_micros(LAST_AT + 1_000_000);
    let home = world.store.home(now, &zone).await.expect("it reads");
    // It is 16:20:01 in New York.
    assert_eq!(now.micros() - home.since.micros(), (16 * 3600 + 20 * 60 + 1) * 1_000_000);
    let today =
        CallFilter { from: Some(home.since), until: Some(now), test: Some(false), ..CallFilter::default() };
    let today = CallFilter { stage: Some(store::Stage::Ended), ..today };
    assert_eq!(home.today, counted(listed(&world, &today).await.iter()));
    assert!(home.today.calls > 10);
    assert_eq!((home.live, home.talking, home.talking_for), (1, 1, bid("a").price));
    assert!(!home.buyers.is_empty());
    let told: Vec<_> = home.problems.iter().map(|it| (it.text(it.offer().as_str()), it.mend())).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].0.ends_with("could not be given to offer-4-1") && told[0].1 == Mend::SendAgain,
        "{told:?}"
    );
    assert_eq!(
        told[1],
        (
            "a takes no posts any more (HTTP 410): one is held, and it is not asked for bids".to_owned(),
            Mend::EnablePosts
        )
    );
}

#[tokio::test]
async fn a_report_names_both_ends_of_its_range_and_has_an_end() {
    let world = World::new().await;
    let open = world.store.report(&CallFilter::default(), ReportBy::All, &TimeZone::UTC).await;
    assert!(matches!(open, Err(ReportError::OpenRange)), "{open:?}");
    let long = CallFilter {
        from: Some(Timestamp::from_secs(0)),
        until: Some(Timestamp::from_micros(LAST_AT)),
        ..CallFilter::default()
    };
    let long = world.store.report(&long, ReportBy::Buyer, &TimeZone::UTC).await;
    assert!(matches!(long, Err(ReportError::Periods(PeriodsError::TooMany))), "{long:?}");
}
