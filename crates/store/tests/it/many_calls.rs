//! How long the pages take on many calls. `PINGPOST_VIEWS_CALLS=1000000` makes so many and prints the figures; without it
//! there are few, and only what the pages show is asserted, since no test of a shared machine can promise a time.

use std::{
    fmt::{Debug, Display},
    time::Duration,
};

use jiff::tz::TimeZone;
use lead::{BuyerId, CampaignId, OfferId, PublisherId, Timestamp, geo::State};
use store::{
    CallFilter, CallOrder, Each, MoneyBy, MoneyLine, NumberSought, ReportBy, ReportLine, SaleState, Stage,
};

use crate::{
    crowd::{self, LAST_AT},
    world::{ADA, Call, World, bid},
};

/// So many days of calls there are, whatever their number.
const DAYS: i64 = 90;
const DAY: i64 = 86_400_000_000;
/// How often each page is asked for.
const TIMES: u32 = 20;

fn asked() -> Option<u32> {
    let (_, value) = std::env::vars().find(|(name, _)| name == "PINGPOST_VIEWS_CALLS")?;
    value.parse().ok()
}

fn days_ago(days: i64) -> Option<Timestamp> {
    Some(Timestamp::from_micros(LAST_AT - days * DAY))
}

/// One kind of page, each time with other values.
type Page = (&'static str, fn(u32) -> CallFilter);

const PAGES: [Page; 17] = [
    ("newest", |_| CallFilter::default()),
    ("a day of the past", |n| CallFilter {
        from: days_ago(i64::from(n) + 2),
        until: days_ago(i64::from(n) + 1),
        ..CallFilter::default()
    }),
    ("oldest first", |_| CallFilter { order: CallOrder::Oldest, ..CallFilter::default() }),
    ("dearest first", |_| CallFilter { order: CallOrder::Dearest, ..CallFilter::default() }),
    ("of a campaign", |n| CallFilter { campaign: campaign(n), ..CallFilter::default() }),
    ("of a publisher", |n| CallFilter {
        publisher: PublisherId::parse(&format!("publisher-{}", n % 11)).ok(),
        ..CallFilter::default()
    }),
    ("of a buyer", |n| CallFilter { buyer: buyer(n), ..CallFilter::default() }),
    ("of an offer", |n| CallFilter {
        offer: OfferId::parse(&format!("offer-{}-{}", n % 13, n % 2)).ok(),
        ..CallFilter::default()
    }),
    ("of a buyer in a campaign, void", |n| CallFilter {
        buyer: buyer(n),
        campaign: campaign(n / 13),
        sale: Some(SaleState::Void),
        ..CallFilter::default()
    }),
    ("with a rare outcome", |_| outcome("hold_ran_out")),
    ("with an outcome that none has", |_| outcome("repeat")),
    ("pending", |_| CallFilter { sale: Some(SaleState::Pending), ..CallFilter::default() }),
    ("from a state", |_| CallFilter { state: State::parse("OH"), ..CallFilter::default() }),
    ("going on", |_| CallFilter { stage: Some(Stage::Live), ..CallFilter::default() }),
    ("by the whole number", |_| number(ADA)),
    ("by area code and exchange", |_| number("305-555")),
    ("by the last four digits", |_| number("0142")),
];

fn campaign(n: u32) -> Option<CampaignId> {
    CampaignId::parse(&format!("campaign-{}", n % 5)).ok()
}

fn buyer(n: u32) -> Option<BuyerId> {
    BuyerId::parse(&format!("buyer-{}", n % 13)).ok()
}

fn outcome(code: &str) -> CallFilter {
    CallFilter { outcome: Some(code.to_owned()), ..CallFilter::default() }
}

fn number(text: &str) -> CallFilter {
    CallFilter { number: Some(NumberSought::parse(text).expect("a number")), ..CallFilter::default() }
}

/// Asks so often, and prints the middle and the 95th of a hundred.
#[expect(clippy::print_stderr, reason = "the figures are what a long run is for")]
async fn timed<T, E: Debug>(what: impl Display, mut ask: impl AsyncFnMut(u32) -> Result<T, E>) -> T {
    let (mut took, mut last) = (vec![], None);
    for n in 0..TIMES {
        let began = tokio::time::Instant::now();
        last = Some(ask(n).await.expect("it reads"));
        took.push(began.elapsed());
    }
    took.sort();
    let ms = |place: usize| -> String {
        format!(
            "{:?}",
            Duration::from_micros(u64::try_from(took[place].as_micros() / 100 * 100).unwrap_or(0))
        )
    };
    eprintln!("| {what} | {} | {} |", ms(took.len() / 2), ms(took.len() * 95 / 100));
    last.expect("it was asked")
}

#[tokio::test]
async fn the_pages_of_many_calls() {
    let calls = asked().unwrap_or(2_000);
    let world = World::new().await;
    let step_ms = DAYS * DAY / 1_000 / i64::from(calls);
    crowd::add(&world, calls, step_ms, calls / 10).await;
    let mut ada = Call::new(&world, "ada", Some(ADA));
    ada.sold(bid("a")).await;
    for (what, filter) in PAGES {
        let page =
            timed(what, async |n| world.store.calls(&CallFilter { limit: Some(50), ..filter(n) }).await);
        let page = page.await;
        let one = ["going on", "by the whole number", "by area code and exchange", "by the last four digits"];
        match what {
            "with an outcome that none has" => assert!(page.calls.is_empty()),
            one_of if one.contains(&one_of) => assert_eq!(page.calls[0].journey, ada.id, "{what}"),
            _ => assert!(!page.calls.is_empty(), "{what}"),
        }
    }
    let counted = long_reports(&world, "").await;
    while world.store.sum_up(Timestamp::from_micros(LAST_AT + DAY), 1_000).await.expect("it sums up") > 0 {}
    let summed = long_reports(&world, ", summed up").await;
    assert_eq!(counted, summed);
    others(&world, ada.id).await;
}

/// The reports of many days, all lines of them.
async fn long_reports(world: &World, how: &str) -> (Vec<ReportLine>, Vec<MoneyLine>) {
    let zone = TimeZone::get("America/New_York").expect("a zone");
    let last = |days| CallFilter { from: days_ago(days), until: days_ago(-1), ..CallFilter::default() };
    let store = &world.store;
    let what = |what: &str| format!("{what}{how}");
    let by_day = timed(what("report of 90 days by day"), async |_| {
        store.report(&last(DAYS), ReportBy::Period(Each::Day), &zone).await
    });
    let mut lines = by_day.await;
    assert!(lines.len() >= 90);
    for (name, days, by) in [
        ("report of 90 days by offer", DAYS, ReportBy::Offer),
        ("report of 30 days by buyer", 30, ReportBy::Buyer),
        ("report of a day", 1, ReportBy::All),
    ] {
        lines.extend(timed(what(name), async |_| store.report(&last(days), by, &zone).await).await);
    }
    let of_one = |n| CallFilter { campaign: campaign(n), test: Some(false), ..last(30) };
    let by_day = timed(what("report of a campaign's 30 days by day"), async |n| {
        store.report(&of_one(n), ReportBy::Period(Each::Day), &zone).await
    });
    lines.extend(by_day.await);
    let range = (days_ago(30).expect("a time"), days_ago(-1).expect("a time"));
    let money = timed(what("money of 30 days by buyer"), async |_| {
        store.money(range, MoneyBy::Buyer, (Each::Month, &zone)).await
    });
    (lines, money.await)
}

async fn others(world: &World, journey: lead::JourneyId) {
    let store = &world.store;
    let day = (days_ago(1).expect("a time"), days_ago(-1).expect("a time"));
    timed("buyers of a day", async |_| store.buyer_figures(day.0, day.1).await).await;
    let sales = timed("sales, newest", async |_| {
        store.sales(store::SaleFilter { limit: Some(50), ..store::SaleFilter::default() }).await
    });
    assert_eq!(sales.await.len(), 50);
    timed("posts, newest", async |_| {
        store.posts(store::PostFilter { limit: Some(50), ..store::PostFilter::default() }).await
    })
    .await;
    timed("a call's story", async |_| store.story(journey, None, &store::Names::default()).await).await;
}
