//! When an offer buys: half-open intervals in its own zone, with holidays and one-off closures (domain.md 28).

use std::collections::BTreeSet;

use jiff::{civil, tz::TimeZone};
use lead::Timestamp;
use serde::{Deserialize, Serialize};

/// A week of opening hours in an IANA zone.
///
/// An instant has one local time, so the repeated hour of DST is open twice and the skipped one never comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// The IANA zone, ex: `America/New_York`.
    pub zone: String,
    /// The intervals of the week.
    pub spans: Vec<Span>,
    /// Local dates on which it is closed, ex: holidays.
    pub closed_dates: BTreeSet<civil::Date>,
    /// One-off closures, half-open.
    pub closures: Vec<(Timestamp, Timestamp)>,
}

/// One half-open interval of a weekday, in minutes from local midnight: `from` is open, `to` is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The day.
    pub day: Day,
    /// 0–1439.
    pub from: u16,
    /// 1–1440, after `from`.
    pub to: u16,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names of the days say what they are")]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl Hours {
    /// Whether it is open at this instant. A zone that is not known is never open.
    pub fn is_open(&self, now: Timestamp) -> bool {
        let Some(local) = local(&self.zone, now) else { return false };
        if self.closed_dates.contains(&local.date()) {
            return false;
        }
        if self.closures.iter().any(|(from, to)| *from <= now && now < *to) {
            return false;
        }
        let day = Day::of(local.date().weekday());
        let minute = u16::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute())).unwrap_or(0);
        self.spans.iter().any(|span| span.day == day && (span.from..span.to).contains(&minute))
    }
}

impl Day {
    fn of(day: civil::Weekday) -> Self {
        match day {
            civil::Weekday::Monday => Self::Mon,
            civil::Weekday::Tuesday => Self::Tue,
            civil::Weekday::Wednesday => Self::Wed,
            civil::Weekday::Thursday => Self::Thu,
            civil::Weekday::Friday => Self::Fri,
            civil::Weekday::Saturday => Self::Sat,
            civil::Weekday::Sunday => Self::Sun,
        }
    }
}

/// The local time of an instant in a zone, by the bundled time-zone data.
pub(crate) fn local(zone: &str, now: Timestamp) -> Option<jiff::ZonedDateTime> {
    let zone = TimeZone::get(zone).ok()?;
    Some(jiff::Timestamp::from_microsecond(now.micros()).ok()?.to_zoned_datetime(zone))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::from_micros(text.parse::<jiff::Timestamp>().expect("a time").as_microsecond())
    }

    fn nine_to_five() -> Hours {
        let span = |day| Span { day, from: 9 * 60, to: 17 * 60 };
        Hours {
            zone: "America/New_York".into(),
            spans: vec![span(Day::Mon), span(Day::Tue), Span { day: Day::Sun, from: 60, to: 120 }],
            closed_dates: ["2026-12-28".parse().expect("a date")].into(),
            closures: vec![(at("2026-11-24T15:00:00Z"), at("2026-11-24T16:00:00Z"))],
        }
    }

    #[test]
    fn intervals_are_half_open_in_the_zone() {
        let hours = nine_to_five();
        assert!(!hours.is_open(at("2026-11-23T13:59:59.999999Z")));
        assert!(hours.is_open(at("2026-11-23T14:00:00Z")));
        assert!(hours.is_open(at("2026-11-23T21:59:59Z")));
        assert!(!hours.is_open(at("2026-11-23T22:00:00Z")));
        assert!(!hours.is_open(at("2026-11-25T15:00:00Z")), "a Wednesday");
    }

    #[test]
    fn holidays_and_closures_close() {
        let hours = nine_to_five();
        assert!(!hours.is_open(at("2026-12-28T15:00:00Z")));
        assert!(hours.is_open(at("2026-11-24T14:59:59Z")));
        assert!(!hours.is_open(at("2026-11-24T15:00:00Z")));
        assert!(hours.is_open(at("2026-11-24T16:00:00Z")));
    }

    #[test]
    fn the_repeated_hour_is_open_twice_and_the_skipped_one_never_comes() {
        let hours = nine_to_five();
        // 2026-11-01: New York goes from EDT to EST at 02:00; 01:00–02:00 comes twice.
        assert!(hours.is_open(at("2026-11-01T05:30:00Z")));
        assert!(hours.is_open(at("2026-11-01T06:30:00Z")));
        assert!(!hours.is_open(at("2026-11-01T07:30:00Z")));
        // 2026-03-08: 02:00 becomes 03:00.
        let skipped = Hours { spans: vec![Span { day: Day::Sun, from: 120, to: 180 }], ..hours };
        assert!(!skipped.is_open(at("2026-03-08T06:59:59Z")));
        assert!(!skipped.is_open(at("2026-03-08T07:00:00Z")));
    }

    #[test]
    fn an_unknown_zone_is_never_open() {
        assert!(
            !Hours { zone: "America/Nowhere".into(), ..nine_to_five() }.is_open(at("2026-11-23T15:00:00Z"))
        );
    }
}
