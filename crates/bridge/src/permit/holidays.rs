//! The federal holidays, by rule.

use std::collections::BTreeSet;

use jiff::{
    ToSpan,
    civil::{Date, Weekday, date},
};

/// The federal holidays of a year (5 U.S.C. 6103), each on its own day, and where that is a Saturday or a Sunday also on the
/// day on which it is observed: the stricter reading, since states differ in which of the two they mean.
pub fn federal_holidays(year: i16) -> BTreeSet<Date> {
    let by_weekday = [
        nth(year, 1, 3, Weekday::Monday),
        nth(year, 2, 3, Weekday::Monday),
        nth(year, 5, -1, Weekday::Monday),
        nth(year, 9, 1, Weekday::Monday),
        nth(year, 10, 2, Weekday::Monday),
        nth(year, 11, 4, Weekday::Thursday),
    ];
    let by_date = [(1, 1), (6, 19), (7, 4), (11, 11), (12, 25)].map(|(month, day)| date(year, month, day));
    let next_new_year = date(year, 1, 1).checked_add(1.year()).ok();
    let observed = by_date.into_iter().chain(next_new_year).filter_map(observed);
    let observed = observed.filter(|day| day.year() == year);
    by_weekday.into_iter().flatten().chain(by_date).chain(observed).collect()
}

fn nth(year: i16, month: i8, n: i8, weekday: Weekday) -> Option<Date> {
    date(year, month, 1).nth_weekday_of_month(n, weekday).ok()
}

/// The day on which a holiday of a weekend is observed.
fn observed(holiday: Date) -> Option<Date> {
    match holiday.weekday() {
        Weekday::Saturday => holiday.yesterday().ok(),
        Weekday::Sunday => holiday.tomorrow().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_three_years() {
        let days = |year| federal_holidays(year).iter().map(ToString::to_string).collect::<Vec<_>>();
        // 2026-07-04 is a Saturday.
        assert_eq!(
            days(2026),
            [
                "2026-01-01",
                "2026-01-19",
                "2026-02-16",
                "2026-05-25",
                "2026-06-19",
                "2026-07-03",
                "2026-07-04",
                "2026-09-07",
                "2026-10-12",
                "2026-11-11",
                "2026-11-26",
                "2026-12-25"
            ]
        );
        // 2027: Juneteenth is a Saturday, July 4th a Sunday, Christmas a Saturday, and so is the next New Year.
        for day in ["2027-06-18", "2027-07-05", "2027-12-24", "2027-12-31"] {
            assert!(days(2027).contains(&day.to_owned()), "{day}");
        }
        // 2028-01-01 is a Saturday and stays closed itself.
        assert!(days(2028).contains(&"2028-01-01".to_owned()));
    }
}
