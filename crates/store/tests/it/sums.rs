//! Hours that are summed up: a report is equal to its rows whatever was summed up before they changed, whoever changes them.

use jiff::tz::TimeZone;
use lead::Timestamp;
use store::{CallFilter, Each, MoneyBy, MoneyLine, ReportBy};

use crate::{
    crowd::{self, LAST_AT},
    reports::{CALLS, Draw, STEP_MS, ZONES, is_the_sum_of_its_rows},
    world::World,
};

const DAY: i64 = 86_400_000_000;

/// A day after the last call.
fn later() -> Timestamp {
    Timestamp::from_micros(LAST_AT + DAY)
}

/// All calls of the crowd.
fn all() -> CallFilter {
    CallFilter {
        from: Some(Timestamp::from_micros(LAST_AT - 40 * DAY)),
        until: Some(later()),
        ..CallFilter::default()
    }
}

async fn calls(world: &World, filter: &CallFilter) -> u64 {
    let lines = world.store.report(filter, ReportBy::All, &TimeZone::UTC).await.expect("it reads");
    lines.iter().map(|line| line.figures.calls).sum()
}

/// Writes as a release does that knows nothing of sums: by plain statements. Each of them finds some rows.
async fn change(world: &World, draw: &mut Draw) {
    let n = draw.below(11);
    let some = format!("arrived_at / 1000000 % 11 = {n}");
    let sold = format!("SELECT s.id FROM sales s WHERE s.booked_at / 1000000 % 11 = {n}");
    let sql = match draw.below(9) {
        0 => format!(
            "UPDATE journey_rows SET sale_state = 'void', payout = 0 WHERE sale IS NOT NULL AND {some}"
        ),
        1 => format!("DELETE FROM journey_rows WHERE {some}"),
        2 => format!("UPDATE journey_rows SET arrived_at = arrived_at + 5400000000 WHERE {some}"),
        3 => format!(
            "UPDATE journey_rows SET buyer = 'buyer-3', price = price + 1, test = NOT test \
            WHERE sale IS NOT NULL AND {some}"
        ),
        4 => format!(
            "INSERT INTO sale_entries (sale, n, kind, amount, at) SELECT t.id, 10, 'dispute', 1, 1 FROM ({sold} \
            AND NOT EXISTS (SELECT 1 FROM sale_entries e WHERE e.sale = s.id AND e.kind = 'dispute')) t"
        ),
        5 => format!(
            "INSERT INTO sale_corrections (sale, n, kind, amount, reason, at) SELECT t.id, (SELECT COUNT(*) \
            FROM sale_corrections c WHERE c.sale = t.id), 'adjustment', 7000001, 'more', 1 FROM ({sold}) t"
        ),
        6 => format!(
            "UPDATE sales SET price = price + 1, booked_at = booked_at - 3600000000 WHERE id IN ({sold})"
        ),
        7 => format!("DELETE FROM sale_entries WHERE kind IN ('void', 'payout') AND sale IN ({sold})"),
        // As many calls more, of other times.
        _ => {
            let step = 3 * STEP_MS + 1_000 * i64::try_from(draw.below(977)).expect("small");
            return crowd::add(world, 60, step, 0).await;
        }
    };
    world.tamper(Box::leak(sql.into_boxed_str())).await;
}

/// Every line of money, with the sums that there are.
async fn money(world: &World, zone: &TimeZone) -> Vec<MoneyLine> {
    let range = (Timestamp::from_micros(LAST_AT - 11 * DAY - 1_000), later());
    let mut lines = vec![];
    for by in [MoneyBy::Buyer, MoneyBy::Publisher, MoneyBy::Period] {
        for each in [Each::Day, Each::Month] {
            lines.extend(world.store.money(range, by, (each, zone)).await.expect("it reads"));
        }
    }
    lines
}

/// A filter that asks for what hours are summed up by, mostly.
fn filter(draw: &mut Draw) -> CallFilter {
    let drawn = draw.filter();
    let CallFilter { from, until, test, .. } = drawn;
    let plain = CallFilter { from, until, test, ..CallFilter::default() };
    match draw.below(6) {
        0 => drawn,
        1 => CallFilter { campaign: drawn.campaign, ..plain },
        2 => CallFilter { publisher: drawn.publisher, ..plain },
        3 => CallFilter { buyer: drawn.buyer, ..plain },
        4 => CallFilter { outcome: drawn.outcome, ..plain },
        _ => plain,
    }
}

#[tokio::test]
async fn reports_and_money_are_what_their_rows_come_to_whatever_is_summed_up_and_written_since() {
    let world = World::new().await;
    crowd::add(&world, CALLS, STEP_MS, 0).await;
    let mut draw = Draw::new(11);
    for zone in ZONES.into_iter().cycle().take(15) {
        let zone = TimeZone::get(zone).expect("a zone");
        let most = usize::try_from(draw.below(200)).expect("small");
        assert!(world.store.sum_up(later(), most).await.expect("it sums up") <= most);
        change(&world, &mut draw).await;
        for _ in 0..3 {
            is_the_sum_of_its_rows(&world, &filter(&mut draw), &zone).await;
        }
        let summed = money(&world, &zone).await;
        world.tamper("UPDATE report_hours SET kind = '-' || kind").await;
        assert_eq!(summed, money(&world, &zone).await);
        world.tamper("UPDATE report_hours SET kind = SUBSTR(kind, 2)").await;
    }
}

#[tokio::test]
async fn an_hour_is_summed_up_once_and_counted_again_when_it_changes() {
    let world = World::new().await;
    assert_eq!(world.store.sum_up(later(), 10).await.expect("nothing is there"), 0);
    crowd::add(&world, CALLS, STEP_MS, 0).await;
    // Ten days, and nothing of what is not over for two hours.
    let now = Timestamp::from_micros(LAST_AT);
    let summed = world.store.sum_up(now, 10_000).await.expect("it sums up");
    assert!((235..=241).contains(&summed), "{summed}");
    assert_eq!(world.store.sum_up(now, 10_000).await.expect("nothing is left"), 0);
    assert_eq!(calls(&world, &all()).await, u64::from(CALLS));
    // The sums are what is read.
    world.tamper("UPDATE report_hours SET lines = '[]'").await;
    let left = calls(&world, &all()).await;
    assert!((3..10).contains(&left), "{left} calls are not summed up yet");
    // What it does not know how to read it counts.
    world.tamper("UPDATE report_hours SET lines = '[[null,false,[1]]]' WHERE hour % 2 = 0").await;
    let half = calls(&world, &all()).await;
    assert!((150..260).contains(&half), "{half}");
    // A change drops what was summed up of its hour, and the next pass sums it up again.
    world.tamper("UPDATE journey_rows SET payout = payout").await;
    assert_eq!(world.int("SELECT COUNT(DISTINCT hour) FROM report_hours").await, 0);
    assert_eq!(calls(&world, &all()).await, u64::from(CALLS));
    assert_eq!(world.store.sum_up(now, 10_000).await.expect("it sums up"), summed);
    world.tamper("UPDATE journey_rows SET payout = 7").await;
    let lines = world.store.report(&all(), ReportBy::Period(Each::Month), &TimeZone::UTC).await;
    let payout: i64 = lines.expect("it reads").iter().map(|line| line.figures.payout.micros()).sum();
    assert_eq!(payout, 7 * i64::from(CALLS));
}
