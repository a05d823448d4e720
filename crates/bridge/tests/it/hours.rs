//! The hours against an oracle that knows no time-zone data: sixty zones, minute by minute around both changes of DST.

use bridge::permit::{FIRST_LEGAL_MAX, Law, Opening, Place, Rule};
use lead::{Timestamp, geo::State};

const MINUTE: i64 = 60;
const DAY: i64 = 86_400;

/// When a zone changes its clocks.
#[derive(Clone, Copy, PartialEq)]
enum Dst {
    Never,
    /// The second Sunday of March to the first one of November, each at 2:00 of what is local.
    Us,
    /// The last Sunday of March to the last one of October, at 1:00 UTC.
    Eu,
    /// The first Sunday of October to the first one of April, at 2:00 and 3:00 of what is local.
    Australia,
}

/// Zones with their standard offset in minutes.
const ZONES: [(&str, i64, Dst); 62] = [
    ("America/New_York", -300, Dst::Us),
    ("America/Chicago", -360, Dst::Us),
    ("America/Denver", -420, Dst::Us),
    ("America/Los_Angeles", -480, Dst::Us),
    ("America/Anchorage", -540, Dst::Us),
    ("America/Juneau", -540, Dst::Us),
    ("America/Nome", -540, Dst::Us),
    ("America/Sitka", -540, Dst::Us),
    ("America/Metlakatla", -540, Dst::Us),
    ("America/Adak", -600, Dst::Us),
    ("America/Boise", -420, Dst::Us),
    ("America/Detroit", -300, Dst::Us),
    ("America/Menominee", -360, Dst::Us),
    ("America/Indiana/Indianapolis", -300, Dst::Us),
    ("America/Indiana/Knox", -360, Dst::Us),
    ("America/Indiana/Petersburg", -300, Dst::Us),
    ("America/Indiana/Tell_City", -360, Dst::Us),
    ("America/Kentucky/Louisville", -300, Dst::Us),
    ("America/Kentucky/Monticello", -300, Dst::Us),
    ("America/North_Dakota/Center", -360, Dst::Us),
    ("America/Toronto", -300, Dst::Us),
    ("America/North_Dakota/Beulah", -360, Dst::Us),
    ("America/Halifax", -240, Dst::Us),
    ("America/St_Johns", -210, Dst::Us),
    ("Atlantic/Bermuda", -240, Dst::Us),
    ("Europe/London", 0, Dst::Eu),
    ("Europe/Lisbon", 0, Dst::Eu),
    ("Europe/Dublin", 0, Dst::Eu),
    ("Atlantic/Canary", 0, Dst::Eu),
    ("Atlantic/Azores", -60, Dst::Eu),
    ("Europe/Paris", 60, Dst::Eu),
    ("Europe/Berlin", 60, Dst::Eu),
    ("Europe/Madrid", 60, Dst::Eu),
    ("Europe/Rome", 60, Dst::Eu),
    ("Europe/Vienna", 60, Dst::Eu),
    ("Europe/Amsterdam", 60, Dst::Eu),
    ("Europe/Brussels", 60, Dst::Eu),
    ("Europe/Prague", 60, Dst::Eu),
    ("Europe/Warsaw", 60, Dst::Eu),
    ("Europe/Stockholm", 60, Dst::Eu),
    ("Europe/Zurich", 60, Dst::Eu),
    ("Europe/Oslo", 60, Dst::Eu),
    ("Europe/Athens", 120, Dst::Eu),
    ("Europe/Helsinki", 120, Dst::Eu),
    ("Europe/Sofia", 120, Dst::Eu),
    ("Europe/Bucharest", 120, Dst::Eu),
    ("Australia/Sydney", 600, Dst::Australia),
    ("Australia/Melbourne", 600, Dst::Australia),
    ("Australia/Hobart", 600, Dst::Australia),
    ("Australia/Adelaide", 570, Dst::Australia),
    ("America/Phoenix", -420, Dst::Never),
    ("Pacific/Honolulu", -600, Dst::Never),
    ("America/Puerto_Rico", -240, Dst::Never),
    ("America/St_Thomas", -240, Dst::Never),
    ("Pacific/Guam", 600, Dst::Never),
    ("Pacific/Saipan", 600, Dst::Never),
    ("Pacific/Pago_Pago", -660, Dst::Never),
    ("America/Regina", -360, Dst::Never),
    ("Australia/Brisbane", 600, Dst::Never),
    ("Asia/Tokyo", 540, Dst::Never),
    ("Asia/Kolkata", 330, Dst::Never),
    ("Asia/Kathmandu", 345, Dst::Never),
];

/// Days since 1970-01-01 (Hinnant, "days from civil").
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// 0 is Sunday; 1970-01-01 was a Thursday.
fn weekday(day: i64) -> i64 {
    (day + 4).rem_euclid(7)
}

/// The first Sunday on or after a date.
fn sunday_from(year: i64, month: i64, day: i64) -> i64 {
    let from = days(year, month, day);
    from + (7 - weekday(from)) % 7
}

/// The two changes of a year in seconds since the epoch: to summer, and from it.
fn changes(year: i64, standard: i64, dst: Dst) -> (i64, i64) {
    let local = |day: i64, minutes: i64, offset: i64| day * DAY + (minutes - offset) * MINUTE;
    match dst {
        Dst::Us | Dst::Never => (
            local(sunday_from(year, 3, 8), 120, standard),
            local(sunday_from(year, 11, 1), 120, standard + 60),
        ),
        Dst::Eu => (local(sunday_from(year, 3, 25), 60, 0), local(sunday_from(year, 10, 25), 60, 0)),
        Dst::Australia => (
            local(sunday_from(year, 10, 1), 120, standard),
            local(sunday_from(year, 4, 1), 180, standard + 60),
        ),
    }
}

/// Minutes from local midnight, by arithmetic alone, and the local day.
fn local(secs: i64, year: i64, standard: i64, dst: Dst) -> (i64, i64) {
    let (to_summer, from_summer) = changes(year, standard, dst);
    let is_summer = match dst {
        Dst::Never => false,
        Dst::Us | Dst::Eu => to_summer <= secs && secs < from_summer,
        Dst::Australia => secs < from_summer || to_summer <= secs,
    };
    let at = secs + (standard + if is_summer { 60 } else { 0 }) * MINUTE;
    (at.rem_euclid(DAY) / MINUTE, at.div_euclid(DAY))
}

fn place(zone: &'static str, state: Option<&str>) -> Place {
    let states = state.into_iter().map(|it| State::parse(it).expect("a state"));
    Place { zones: [zone].into(), states: states.collect() }
}

fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(secs)
}

/// One zone around one change: every minute is open exactly where the oracle says so, and what opens is what was foretold.
fn around(law: &Law, zone: &'static str, standard: i64, dst: Dst, year: i64, change: i64) -> u32 {
    let place = place(zone, None);
    let is_open = |secs: i64| (480..1260).contains(&local(secs, year, standard, dst).0);
    let mut foretold = None;
    let mut openings = 0;
    let from = (change - 30 * 3600).div_euclid(MINUTE) * MINUTE;
    for secs in (0..60 * 60).map(|minute| from + minute * MINUTE) {
        let found = law.forbids(&place, at(secs));
        let expected = (!is_open(secs)).then_some(Rule::QuietHours);
        assert_eq!(found, expected, "{zone} at {}", at(secs));
        assert_eq!(law.forbids(&place, at(secs + 59)), expected, "{zone} at {}", at(secs + 59));
        match (expected, foretold) {
            (Some(_), None) => foretold = Some(until(law, &place, at(secs))),
            (None, Some(first)) => {
                assert_eq!(first, at(secs), "{zone}: the first legal minute");
                openings += 1;
                foretold = None;
            }
            _ => {}
        }
    }
    openings
}

fn until(law: &Law, place: &Place, at: Timestamp) -> Timestamp {
    match law.opening(place, at) {
        Opening::Closed { until, .. } => until.expect("it opens some day"),
        Opening::Open { .. } => panic!("open at {at}"),
    }
}

#[test]
fn sixty_zones_around_both_changes_of_three_years_minute_by_minute() {
    let law = Law::written();
    let mut openings = 0;
    for year in 2025..=2027 {
        for (zone, standard, dst) in ZONES {
            let (one, two) = changes(year, standard, dst);
            openings += around(&law, zone, standard, dst, year, one);
            openings += around(&law, zone, standard, dst, year, two);
        }
    }
    // Sixty hours hold two or three openings each.
    assert!(openings >= 62 * 3 * 2 * 2, "{openings}");
}

#[test]
fn every_state_is_open_exactly_by_its_own_week() {
    let law = Law::written();
    for (state, row) in &law.states {
        let place = place("America/New_York", Some(state.as_str()));
        // July 2027 has no holiday but the fourth, on a Sunday, and the fifth.
        for minute in 0..7 * 1440 {
            let secs = days(2027, 7, 11) * DAY + minute * MINUTE;
            let (minutes, day) = local(secs, 2027, -300, Dst::Us);
            let window = match weekday(day) {
                0 => row.week.sunday,
                6 => row.week.saturday,
                _ => row.week.weekdays,
            };
            let is_open = window.is_some_and(|it| (i64::from(it.from)..i64::from(it.to)).contains(&minutes));
            assert_eq!(law.forbids(&place, at(secs)).is_none(), is_open, "{state} at {}", at(secs));
        }
    }
}

#[test]
fn a_holiday_closes_where_a_state_says_so_and_nowhere_else() {
    let law = Law::written();
    // Noon in New York on Thanksgiving 2026.
    let noon = at(days(2026, 11, 26) * DAY + 17 * 3600);
    for (state, row) in &law.states {
        let closed = row.week.holidays == bridge::permit::Holidays::Closed;
        let found = law.forbids(&place("America/New_York", Some(state.as_str())), noon);
        assert_eq!(found, closed.then_some(Rule::Holiday), "{state}");
    }
    assert_eq!(law.forbids(&place("America/New_York", None), noon), None);
}

#[test]
fn a_day_off_and_a_sunday_in_a_row_are_waited_for() {
    let law = Law::written();
    // Friday 2026-12-25 in Salt Lake City, then Saturday is open.
    let christmas = days(2026, 12, 25) * DAY + 20 * 3600;
    assert_eq!(
        until(&law, &place("America/Denver", Some("UT")), at(christmas)),
        at(days(2026, 12, 26) * DAY + 15 * 3600)
    );
    // Friday 2027-07-02 after hours in Providence: Saturday is open; Sunday is a holiday, and so is Monday.
    let saturday_night = days(2027, 7, 3) * DAY + 22 * 3600;
    assert_eq!(
        until(&law, &place("America/New_York", Some("RI")), at(saturday_night)),
        at(days(2027, 7, 6) * DAY + 13 * 3600)
    );
}

#[test]
fn of_two_zones_both_must_be_open() {
    let law = Law::written();
    let both = Place { zones: ["America/Los_Angeles", "America/New_York"].into(), states: [].into() };
    // 2026-06-10: 9 a.m. in New York is 6 a.m. in Los Angeles.
    assert_eq!(law.forbids(&both, at(days(2026, 6, 10) * DAY + 13 * 3600)), Some(Rule::QuietHours));
    let first = until(&law, &both, at(days(2026, 6, 10) * DAY + 13 * 3600));
    assert_eq!(first, at(days(2026, 6, 10) * DAY + 15 * 3600), "8 a.m. in the west");
    let open = law.opening(&both, first);
    assert_eq!(open, Opening::Open { until: at(days(2026, 6, 11) * DAY + 3600) }, "9 p.m. in the east");
    // Where no minute is open in both, none is found, and nothing is looked for without end.
    let apart = Place { zones: ["Asia/Tokyo", "America/New_York"].into(), states: [].into() };
    let noon = days(2026, 6, 10) * DAY + 16 * 3600;
    let Opening::Closed { rule: Rule::QuietHours, until } = law.opening(&apart, at(noon)) else {
        panic!("noon in New York is night in Tokyo");
    };
    // 8 a.m. in Tokyo is 7 p.m. in New York.
    assert_eq!(until, Some(at(days(2026, 6, 10) * DAY + 23 * 3600)));
    assert!(FIRST_LEGAL_MAX.as_secs() >= 14 * 86_400);
}

#[test]
fn a_zone_that_nobody_knows_is_never_open() {
    let law = Law::written();
    for zones in [vec![], vec!["America/Nowhere"], vec!["America/New_York", "America/Nowhere"]] {
        let place = Place { zones: zones.into_iter().collect(), states: [].into() };
        let closed = Opening::Closed { rule: Rule::UnknownZone, until: None };
        assert_eq!(law.opening(&place, at(1_790_000_000)), closed);
    }
}
