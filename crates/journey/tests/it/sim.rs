//! Storms: random calls in random weather against a model of the carrier and the store. What must always hold is
//! asserted after every event.
//!
//! `PINGPOST_STORM_SEED=<n>` replays one, `PINGPOST_STORM_COUNT=<n>` runs so many.

mod carrier;
mod casting;
pub mod chance;
mod forged;
mod ledger;
mod legs;
mod race;
mod storm;

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
};

use journey::{Campaign, Ended, Verdict};

use crate::world::secs;
use storm::{Storm, Weather};

const STORMS: u64 = 100_000;

type Seen = BTreeMap<&'static str, u32>;

#[expect(clippy::disallowed_methods, reason = "a failing storm is replayed by its seed")]
fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn one(seed: u64, campaigns: &[Arc<Campaign>], seen: &mut Seen) {
    let mut storm = Storm::of(seed, campaigns);
    storm.run();
    storm.ledger.is_closed();
    storm.is_its_fold();
    if storm.weather == Weather::Calm {
        comes_out_true(&storm);
    }
    for (what, times) in &storm.seen {
        *seen.entry(what).or_default() += times;
    }
    *seen.entry(storm.journey.ended().map_or("open", Ended::code)).or_default() += 1;
    *seen.entry("late sale").or_default() += storm.ledger.late_sales;
    for sale in storm.ledger.sales.values() {
        *seen.entry("sale").or_default() += 1;
        *seen.entry("dropped sale").or_default() += u32::from(sale.verdicts.contains(&Verdict::Dropped));
    }
}

/// In calm weather the money is what the carrier's own truth says.
fn comes_out_true(storm: &Storm) {
    let sales = &storm.ledger.sales;
    for sale in sales.values().filter(|sale| !sale.is_void) {
        let bridged = storm.carrier.dials.iter().any(|dial| dial.n == sale.n && dial.bridged_at.is_some());
        assert!(bridged, "sold without a bridge: {sale:?}");
    }
    for dial in &storm.carrier.dials {
        let (Some(bridged_at), Some((ended_at, _))) = (dial.bridged_at, dial.ended) else { continue };
        let talk = ended_at.since(bridged_at);
        let sale = sales.values().find(|sale| sale.n == dial.n);
        assert!(sale.is_some() || talk < secs(2), "they talked and nothing was sold: {dial:?}");
        let reached = |slack| sale.is_some_and(|sale| talk >= sale.payable_after() + slack);
        let stands = sale.is_some_and(|sale| !sale.is_void);
        assert!(stands || !reached(secs(2)), "earned {talk:?}, and void: {sale:?}");
        assert!(!stands || reached(secs(0)) || sale.is_some_and(ledger::Sale::is_free), "{talk:?}: {sale:?}");
    }
}

/// Runs so many seeds on all cores. The seed of a failure is printed.
fn seeds(count: u64, one: impl Fn(u64, &mut Seen) + Copy + Send) -> Seen {
    let threads = thread::available_parallelism().map_or(2, |n| n.get() as u64);
    let each = |first: u64| move || many((first..count).step_by(threads as usize), one);
    thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|first| scope.spawn(each(first))).collect();
        let mut all = Seen::new();
        for thread in running {
            let seen = thread.join().unwrap_or_else(|why| std::panic::resume_unwind(why));
            seen.into_iter().for_each(|(what, times)| *all.entry(what).or_default() += times);
        }
        all
    })
}

fn many(seeds: impl Iterator<Item = u64>, one: impl Fn(u64, &mut Seen)) -> Seen {
    let mut seen = Seen::new();
    for seed in seeds {
        if let Err(why) = catch_unwind(AssertUnwindSafe(|| one(seed, &mut seen))) {
            let text = why.downcast_ref::<String>().cloned();
            let text = text.or_else(|| why.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            panic!("PINGPOST_STORM_SEED={seed}: {}", text.unwrap_or_default());
        }
    }
    seen
}

/// How many seeds a test runs. `None`: the one that is asked for was run instead.
#[expect(clippy::print_stdout, reason = "what one storm came to is what its reader wants")]
fn asked_for(count: u64, one: impl Fn(u64, &mut Seen)) -> Option<u64> {
    if let Some(seed) = variable("PINGPOST_STORM_SEED") {
        println!("{:?}", many([seed].into_iter(), one));
        return None;
    }
    Some(variable("PINGPOST_STORM_COUNT").unwrap_or(count))
}

#[test]
fn storms() {
    let campaigns = casting::campaigns();
    let one = |seed, seen: &mut Seen| one(seed, &campaigns, seen);
    let Some(count) = asked_for(STORMS, one) else { return };
    let seen = seeds(count, one);
    println!("{seen:#?}");
    // Each ending and each way to it is reached by a share of the storms.
    let often = ["sold", "too_short", "won_abandoned", "nobody_answered", "abandoned_ring", "abandoned_hold"];
    let seldom = ["repeat", "disqualified", "no_input", "consent_refused", "repeat_refused", "hold_ran_out"];
    let ways = [
        "not_found",
        "late sale",
        "dropped sale",
        "fetched",
        "polled",
        "next",
        "torn_down",
        "looked_up",
        "drop",
        "raced",
        "asked about a buyer",
        "asked by a push",
        "record",
    ];
    for (what, share) in
        often.map(|w| (w, 100)).into_iter().chain(seldom.map(|w| (w, 1_000))).chain(ways.map(|w| (w, 1_000)))
    {
        let times = seen.get(what).copied().unwrap_or_default();
        assert!(u64::from(times) >= count / share, "{what}: {times} of {count}");
    }
}
