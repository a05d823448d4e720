//! `hours` of an offer.

use std::collections::BTreeSet;

use auction::{Day, Hours, Span};
use jiff::civil::Date;
use lead::Timestamp;
use toml::de::DeValue;

use super::{field::Field, general, keys::Section, table::Table};

const DAYS: [(&str, Day); 7] = [
    ("mon", Day::Mon),
    ("tue", Day::Tue),
    ("wed", Day::Wed),
    ("thu", Day::Thu),
    ("fri", Day::Fri),
    ("sat", Day::Sat),
    ("sun", Day::Sun),
];

/// Reads them. `zone` is the buyer's, for hours that name none.
pub(super) fn read(field: &Field<'_>, zone: &str) -> Option<Hours> {
    let table = field.table(Section::Hours)?;
    let zone = table.field("zone").and_then(|field| general::zone(&field)).unwrap_or_else(|| zone.to_owned());
    let mut spans = Vec::new();
    for (key, day) in DAYS {
        let Some(field) = table.field(key) else { continue };
        spans.extend(day_of(&field, day));
    }
    if !DAYS.iter().any(|(key, _)| table.has(key)) {
        let mend = "name a day, ex: mon = [\"09:00-17:00\"], or leave the hours out to buy always";
        field.report.problem(&field.spot, "these hours never open", mend);
    }
    let closed = table.field("closed").map(|field| field.list()).unwrap_or_default();
    let closures = table.field("closures").map(|field| field.tables(Section::Closure)).unwrap_or_default();
    Some(Hours {
        zone,
        spans,
        closed_dates: closed.iter().filter_map(date).collect::<BTreeSet<_>>(),
        closures: closures.iter().filter_map(closure).collect(),
    })
}

/// The intervals of one day, in their order and without overlap.
fn day_of(field: &Field<'_>, day: Day) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for item in field.list() {
        let Some((from, to)) = item.parsed("this is no interval", interval) else { continue };
        if from >= to {
            let mend = "write the earlier time first; hours over midnight are two intervals, ex: \"22:00-24:00\" and, \
                        on the next day, \"00:00-02:00\"";
            item.wrong::<()>("the interval is inverted or empty", mend);
        } else if spans.iter().any(|span| from < span.to && span.from < to) {
            item.wrong::<()>("the interval overlaps an earlier one of the day", "join them into one");
        } else {
            spans.push(Span { day, from, to });
        }
    }
    spans
}

/// `09:00-17:00`, in minutes from midnight. The end may be `24:00`.
fn interval(text: &str) -> Result<(u16, u16), &'static str> {
    let mend = "write hours and minutes of both ends, ex: \"09:00-17:00\"";
    let minutes = |text: &str| {
        let (hour, minute) = text.trim().split_once(':')?;
        let digits = |text: &str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        let (hour, minute): (u16, u16) = if digits(hour) && digits(minute) {
            (hour.parse().ok()?, minute.parse().ok()?)
        } else {
            return None;
        };
        let of_day = hour * 60 + minute;
        (minute < 60 && of_day <= 24 * 60).then_some(of_day)
    };
    let (from, to) = text.split_once('-').ok_or(mend)?;
    minutes(from).zip(minutes(to)).ok_or(mend)
}

fn date(item: &Field<'_>) -> Option<Date> {
    let text = match item.value {
        DeValue::Datetime(date) => date.to_string(),
        DeValue::String(text) => text.trim().to_owned(),
        _ => String::new(),
    };
    match text.parse::<Date>() {
        Ok(date) if text.len() == 10 => Some(date),
        _ => item.wrong("this is no date", "write year, month and day, ex: 2026-12-25"),
    }
}

fn closure(table: &Table<'_>) -> Option<(Timestamp, Timestamp)> {
    let mend = "write a time with its offset, ex: 2026-11-26T12:00:00-05:00";
    let from = table.needed("from", mend).and_then(|field| instant(&field));
    let to = table.needed("to", mend).and_then(|field| instant(&field));
    let (from, to) = (from?, to?);
    if from >= to {
        table.problem("to", "the closure ends before it begins", "write the later time under `to`");
        return None;
    }
    Some((from, to))
}

fn instant(field: &Field<'_>) -> Option<Timestamp> {
    let text = match field.value {
        DeValue::Datetime(at) => at.to_string(),
        DeValue::String(text) => text.trim().to_owned(),
        _ => String::new(),
    };
    match text.parse::<jiff::Timestamp>() {
        Ok(at) => Some(Timestamp::from_micros(at.as_microsecond())),
        Err(_) => {
            field.wrong("this is no instant", "write a time with its offset, ex: 2026-11-26T12:00:00-05:00")
        }
    }
}
