//! Days and months of the business's zone as moments: an hour that is skipped or repeated belongs to its day.

use jiff::{ToSpan, civil::Date, tz::TimeZone};
use lead::Timestamp;

use crate::limits::REPORT_PERIODS_MAX;

/// A part of time, half open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// What it is called, ex: `2026-11-01`, `2026-11`.
    pub name: String,
    /// When it begins.
    pub from: Timestamp,
    /// When it has ended.
    pub until: Timestamp,
}

/// How long a period is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Each {
    /// A day of the calendar: 23, 24 or 25 hours.
    Day,
    /// A month of the calendar.
    Month,
}

/// Why a range has no periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PeriodsError {
    /// It has too many.
    #[error("a report covers at most {REPORT_PERIODS_MAX} periods")]
    TooMany,
    /// It ends beyond the calendar.
    #[error("a moment of the range lies beyond the calendar")]
    OutOfRange,
}

impl Each {
    /// The periods that a range touches, the first and the last cut to it.
    ///
    /// # Errors
    /// When there are too many, or it lies beyond the calendar.
    pub fn of(self, zone: &TimeZone, from: Timestamp, until: Timestamp) -> Result<Vec<Period>, PeriodsError> {
        let mut periods = vec![];
        let mut at = from;
        while at < until {
            if periods.len() >= REPORT_PERIODS_MAX {
                return Err(PeriodsError::TooMany);
            }
            let date = date_of(zone, at)?;
            let (name, next) = match self {
                Self::Day => (date.to_string(), date.tomorrow()),
                Self::Month => {
                    let name = format!("{:04}-{:02}", date.year(), date.month());
                    (name, date.first_of_month().checked_add(1.month()))
                }
            };
            let end = start_of(zone, next.map_err(|_| PeriodsError::OutOfRange)?)?.min(until);
            periods.push(Period { name, from: at, until: end });
            at = end;
        }
        Ok(periods)
    }
}

/// When the day begins in which this moment lies.
///
/// # Errors
/// When it lies beyond the calendar.
pub fn day_begins(zone: &TimeZone, at: Timestamp) -> Result<Timestamp, PeriodsError> {
    start_of(zone, date_of(zone, at)?)
}

fn date_of(zone: &TimeZone, at: Timestamp) -> Result<Date, PeriodsError> {
    let at = jiff::Timestamp::from_microsecond(at.micros()).map_err(|_| PeriodsError::OutOfRange)?;
    Ok(zone.to_datetime(at).date())
}

/// The first moment of a day: midnight, or what follows it where midnight is skipped.
fn start_of(zone: &TimeZone, date: Date) -> Result<Timestamp, PeriodsError> {
    let midnight = date.to_zoned_datetime(zone.clone());
    let start = midnight.and_then(|at| at.start_of_day());
    let start = start.map_err(|_| PeriodsError::OutOfRange)?;
    Ok(Timestamp::from_micros(start.timestamp().as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::from_micros(text.parse::<jiff::Timestamp>().expect("a time").as_microsecond())
    }

    fn hours(zone: &str, from: &str, until: &str) -> Vec<(String, i64)> {
        let zone = TimeZone::get(zone).expect("a zone");
        let periods = Each::Day.of(&zone, at(from), at(until)).expect("they are few");
        let hours = |period: &Period| (period.until.micros() - period.from.micros()) / 3_600_000_000;
        periods.iter().map(|period| (period.name.clone(), hours(period))).collect()
    }

    #[test]
    fn the_day_of_a_change_has_its_own_length() {
        let day = |name: &str, hours| (name.to_owned(), hours);
        // Clocks go back on 2026-11-01 and forward on 2027-03-14.
        assert_eq!(
            hours("America/New_York", "2026-10-31T04:00:00Z", "2026-11-03T05:00:00Z"),
            [day("2026-10-31", 24), day("2026-11-01", 25), day("2026-11-02", 24)]
        );
        assert_eq!(
            hours("America/New_York", "2027-03-13T05:00:00Z", "2027-03-15T04:00:00Z"),
            [day("2027-03-13", 24), day("2027-03-14", 23)]
        );
        // Midnight itself is skipped.
        assert_eq!(
            hours("America/Santiago", "2026-09-05T04:00:00Z", "2026-09-07T03:00:00Z"),
            [day("2026-09-05", 24), day("2026-09-06", 23)]
        );
        assert_eq!(
            hours("Asia/Kolkata", "2026-10-31T18:30:00Z", "2026-11-01T18:30:00Z"),
            [day("2026-11-01", 24)]
        );
    }

    #[test]
    fn periods_touch_and_cover_the_range_and_nothing_else() {
        for zone in ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "UTC"] {
            let zone = TimeZone::get(zone).expect("a zone");
            let (from, until) = (at("2026-09-20T10:11:12Z"), at("2026-12-02T03:04:05Z"));
            for each in [Each::Day, Each::Month] {
                let periods = each.of(&zone, from, until).expect("they are few");
                assert_eq!((periods[0].from, periods[periods.len() - 1].until), (from, until));
                assert!(
                    periods.windows(2).all(|two| two[0].until == two[1].from && two[0].name < two[1].name)
                );
            }
        }
        let zone = TimeZone::UTC;
        assert_eq!(
            Each::Day.of(&zone, at("2020-01-01T00:00:00Z"), at("2026-01-01T00:00:00Z")),
            Err(PeriodsError::TooMany)
        );
        assert_eq!(Each::Day.of(&zone, at("2026-01-02T00:00:00Z"), at("2026-01-01T00:00:00Z")), Ok(vec![]));
    }
}
