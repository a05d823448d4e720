//! Whether a person may be called at an instant, and if not, from which minute on.

use std::time::Duration;

use jiff::{ToSpan, ZonedDateTime, civil, tz::TimeZone};
use lead::Timestamp;

use super::{Holidays, Law, Place, Rule, Week, Window, federal_holidays};

/// How far ahead a first legal minute is looked for. Nothing is closed for so long but by a mistake in the data.
pub const FIRST_LEGAL_MAX: Duration = Duration::from_secs(14 * 24 * 3600);

/// What the hours say of an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// People may be called.
    Open {
        /// The first minute at which they may not.
        until: Timestamp,
    },
    /// They may not.
    Closed {
        /// Why: [`Rule::QuietHours`], [`Rule::Holiday`], or [`Rule::UnknownZone`].
        rule: Rule,
        /// The first minute at which they may.
        until: Option<Timestamp>,
    },
}

impl Law {
    /// What the hours say of this instant, in every zone and by every week that may hold for the person.
    pub fn opening(&self, place: &Place, now: Timestamp) -> Opening {
        let Some(clock) = self.clock(place) else {
            return Opening::Closed { rule: Rule::UnknownZone, until: None };
        };
        match clock.closed(now) {
            None => Opening::Open { until: clock.closing(now) },
            Some(rule) => Opening::Closed { rule, until: clock.first_open(now) },
        }
    }

    /// The rule of hours that forbids this instant, if one does.
    pub fn forbids(&self, place: &Place, now: Timestamp) -> Option<Rule> {
        self.clock(place).map_or(Some(Rule::UnknownZone), |clock| clock.closed(now))
    }

    fn clock(&self, place: &Place) -> Option<Clock> {
        let zones: Option<Vec<_>> = place.zones.iter().map(|zone| TimeZone::get(zone).ok()).collect();
        Some(Clock { zones: zones.filter(|zones| !zones.is_empty())?, weeks: self.weeks(place) })
    }
}

struct Clock {
    zones: Vec<TimeZone>,
    weeks: Vec<Week>,
}

impl Clock {
    /// The rule that closes this instant, if one does.
    fn closed(&self, at: Timestamp) -> Option<Rule> {
        let rules = self.zones.iter().filter_map(|zone| match local(zone, at) {
            Some(local) => self.weeks.iter().filter_map(|week| week.closed(&local)).min(),
            None => Some(Rule::UnknownZone),
        });
        // A holiday is named before an hour.
        rules.min()
    }

    /// The first minute from now on that is open: some week opens then in some zone.
    fn first_open(&self, now: Timestamp) -> Option<Timestamp> {
        let days = i32::try_from(FIRST_LEGAL_MAX.as_secs() / 86_400).unwrap_or(0);
        let on = |n: i32| {
            let at = self.turns(now, n, |window| window.from);
            at.into_iter().find(|at| *at > now && self.closed(*at).is_none())
        };
        // The days of two zones overlap: what the next day has in one of them may come before.
        (-1..=days).find_map(|n| on(n).map(|at| on(n + 1).map_or(at, |next| next.min(at))))
    }

    /// The first minute at which what is open now is not any more.
    fn closing(&self, now: Timestamp) -> Timestamp {
        self.turns(now, 0, |window| window.to).into_iter().find(|at| *at > now).unwrap_or(now)
    }

    /// The instants at which some week turns in some zone, so many local days from now, in their order.
    fn turns(&self, now: Timestamp, days: i32, minute: fn(Window) -> i16) -> Vec<Timestamp> {
        let mut at: Vec<_> = self
            .zones
            .iter()
            .flat_map(|zone| {
                let date = local(zone, now).and_then(|local| local.date().checked_add(days.days()).ok());
                let windows = date
                    .into_iter()
                    .flat_map(|date| self.weeks.iter().filter_map(move |week| Some((date, week.on(date)?))));
                windows.filter_map(|(date, window)| instant(zone, date, minute(window))).collect::<Vec<_>>()
            })
            .collect();
        at.sort_unstable();
        at
    }
}

impl Week {
    /// The rule that closes this local time, if one does.
    fn closed(&self, local: &ZonedDateTime) -> Option<Rule> {
        if self.holidays == Holidays::Closed && federal_holidays(local.year()).contains(&local.date()) {
            return Some(Rule::Holiday);
        }
        let minute = i16::from(local.hour()) * 60 + i16::from(local.minute());
        let is_open = self.on(local.date()).is_some_and(|window| (window.from..window.to).contains(&minute));
        (!is_open).then_some(Rule::QuietHours)
    }

    /// The window of a local day, holidays aside.
    fn on(&self, date: civil::Date) -> Option<Window> {
        match date.weekday() {
            civil::Weekday::Saturday => self.saturday,
            civil::Weekday::Sunday => self.sunday,
            _ => self.weekdays,
        }
    }
}

fn local(zone: &TimeZone, at: Timestamp) -> Option<ZonedDateTime> {
    Some(jiff::Timestamp::from_microsecond(at.micros()).ok()?.to_zoned_datetime(zone.clone()))
}

/// The instant of a local minute. One that comes twice is its first, one that is skipped is what follows it.
fn instant(zone: &TimeZone, date: civil::Date, minute: i16) -> Option<Timestamp> {
    let at = date.at(0, 0, 0, 0).checked_add(i64::from(minute).minutes()).ok()?;
    let instant = zone.to_ambiguous_timestamp(at).compatible().ok()?;
    Some(Timestamp::from_micros(instant.as_microsecond()))
}
