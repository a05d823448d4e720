//! `caps` and `concurrency` of an offer or a buyer.

use auction::{Cap, Counts, Period};

use super::{keys::Section, table::Table};

/// The most calls at once that may be named.
const CONCURRENCY_MAX: u32 = 10_000;

const PERIODS: [(&str, Period); 5] = [
    ("hour", Period::Hour),
    ("day", Period::Day),
    ("week", Period::Week),
    ("month", Period::Month),
    ("total", Period::Total),
];

const COUNTS: [(&str, Counts); 4] = [
    ("attempts", Counts::Attempts),
    ("answered", Counts::Answered),
    ("payable", Counts::Payable),
    ("money", Counts::Money),
];

/// Reads the caps of a table, each checked alone and against the others.
pub(super) fn read(table: &Table<'_>) -> Vec<Cap> {
    let tables = table.field("caps").map(|field| field.tables(Section::Cap)).unwrap_or_default();
    let mut caps: Vec<Cap> = Vec::new();
    for at in &tables {
        let Some(cap) = cap(at) else { continue };
        for other in caps.iter().filter(|other| other.counts == cap.counts) {
            compare(at, &cap, other);
        }
        caps.push(cap);
    }
    caps
}

/// Reads how many calls at once are taken.
pub(super) fn concurrency(table: &Table<'_>) -> Option<u32> {
    let field = table.field("concurrency")?;
    match field.whole() {
        Some(0) => {
            field.wrong("no call at all may be taken", "leave it out, or set active = false on the offers")
        }
        _ => field.number(1..=CONCURRENCY_MAX),
    }
}

fn cap(at: &Table<'_>) -> Option<Cap> {
    let counts =
        at.needed("counts", "say what it counts: \"attempts\", \"answered\", \"payable\" or \"money\"");
    let period = at.needed("period", "say its period: \"hour\", \"day\", \"week\", \"month\" or \"total\"");
    let max = at.needed("max", "say how many it allows");
    let counts = counts.and_then(|field| field.word(&COUNTS));
    let period = period.and_then(|field| field.word(&PERIODS));
    let max = max.and_then(|field| {
        let max = match counts? {
            Counts::Money => field.money()?.micros(),
            Counts::Attempts | Counts::Answered | Counts::Payable => field.number(0..=i64::from(u32::MAX))?,
        };
        let mend = "give it at least 1, or set active = false on the offers";
        if max == 0 { field.wrong("a cap of 0 buys nothing", mend) } else { Some(max) }
    });
    Some(Cap { counts: counts?, period: period?, max: max? })
}

/// A cap of a longer period that allows less than one of a shorter period makes that one mean nothing.
fn compare(at: &Table<'_>, cap: &Cap, other: &Cap) {
    let word = |period: Period| PERIODS.iter().find(|(_, p)| *p == period).map_or("", |(word, _)| word);
    let (shorter, longer) = if cap.period < other.period { (cap, other) } else { (other, cap) };
    let (short, long) = (word(shorter.period), word(longer.period));
    if cap.period == other.period {
        at.problem(
            "period",
            format!("an earlier cap counts the same in the same period ({long})"),
            "keep one of them",
        );
    } else if longer.max < shorter.max {
        let what =
            format!("the cap of the {long} is less than the cap of the {short}, which then means nothing");
        at.problem(
            "max",
            what,
            format!("raise the cap of the {long}, or lower or remove the cap of the {short}"),
        );
    }
}
