//! `Reading`: what an address says, read strictly: what is not known or not understood is named with its mend.

use jiff::{ToSpan, civil::Date};
use lead::Timestamp;

use crate::{
    business::Business,
    problem::{FieldProblem, Problem},
    query::Query,
};

/// The parameters of an address, taken one by one; [`Reading::finish`] says what was wrong with all of them.
pub(crate) struct Reading<'a> {
    query: &'a Query,
    wrong: Vec<FieldProblem>,
}

impl<'a> Reading<'a> {
    /// Of an address that may say these.
    pub(crate) fn of(query: &'a Query, known: &[&str]) -> Self {
        let unknown = query.names().filter(|name| !known.contains(name));
        let wrong = unknown.map(|name| {
            FieldProblem::new(name, "unknown_parameter", "there is no such filter", "leave it out")
        });
        Self { query, wrong: wrong.collect() }
    }

    /// One parameter, if it is given and understood. `what`: what it should be.
    pub(crate) fn read<T>(
        &mut self,
        name: &str,
        what: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.query.text(name);
        if text.is_empty() {
            return None;
        }
        let found = parse(text);
        if found.is_none() {
            let mend = format!("give {what}");
            self.wrong.push(FieldProblem::new(name, "invalid_value", format!("it is not {what}"), mend));
        }
        found
    }

    /// All that was wrong.
    pub(crate) fn finish(self) -> Result<(), Problem> {
        if self.wrong.is_empty() { Ok(()) } else { Err(Problem::invalid(self.wrong)) }
    }
}

/// What stands behind a `?`, with one parameter set, or taken away if it is empty.
pub(crate) fn with<'a>(
    given: impl IntoIterator<Item = (&'a str, &'a str)>,
    name: &str,
    value: &str,
) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (known, text) in given.into_iter().filter(|(known, text)| *known != name && !text.is_empty()) {
        query.append_pair(known, text);
    }
    if !value.is_empty() {
        query.append_pair(name, value);
    }
    query.finish()
}

/// The beginning of a day of the business's zone, or a moment.
pub(crate) fn begins(text: &str, business: &Business) -> Option<Timestamp> {
    match text.parse::<Date>() {
        Ok(date) => start_of(date, business),
        Err(_) => moment(text),
    }
}

/// The end of a day of the business's zone, or a moment.
pub(crate) fn ends(text: &str, business: &Business) -> Option<Timestamp> {
    match text.parse::<Date>() {
        Ok(date) => start_of(date.checked_add(1.day()).ok()?, business),
        Err(_) => moment(text),
    }
}

/// A day alone parses as one; a time must name its offset.
fn moment(text: &str) -> Option<Timestamp> {
    Some(Timestamp::from_micros(text.parse::<jiff::Timestamp>().ok()?.as_microsecond()))
}

fn start_of(date: Date, business: &Business) -> Option<Timestamp> {
    let start = date.to_zoned_datetime(business.zone.clone()).ok()?.start_of_day().ok()?;
    Some(Timestamp::from_micros(start.timestamp().as_microsecond()))
}

/// A range of days, with what its fields show.
#[derive(Debug, Clone)]
pub(crate) struct Range {
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
    /// As the address says them, else the days that are meant.
    pub(crate) from_text: String,
    pub(crate) until_text: String,
}

/// Which days are meant where an address names none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Usual {
    /// From the first of this month until today.
    Month,
    /// Today and so many days before.
    Days(i64),
}

impl Range {
    /// `from` and `until` of an address; what is not given is usual.
    pub(crate) fn of(
        reading: &mut Reading<'_>,
        business: &Business,
        now: Timestamp,
        usual: Usual,
    ) -> Result<Self, Problem> {
        let today = today(business, now).ok_or_else(Problem::not_found)?;
        let first = match usual {
            Usual::Month => today.first_of_month(),
            Usual::Days(before) => today.checked_sub(before.days()).unwrap_or(today),
        };
        let text = |name: &str, day: Date| match reading.query.text(name) {
            "" => day.to_string(),
            text => text.to_owned(),
        };
        let (from_text, until_text) = (text("from", first), text("until", today));
        let from = reading.read("from", "a day, ex: 2026-11-01, or a time", |text| begins(text, business));
        let until = reading.read("until", "a day, ex: 2026-11-30, or a time", |text| ends(text, business));
        let usual = |day: Option<Timestamp>| day.ok_or_else(Problem::not_found);
        let from = from.map_or_else(|| usual(begins(&first.to_string(), business)), Ok)?;
        let until = until.map_or_else(|| usual(ends(&today.to_string(), business)), Ok)?;
        Ok(Self { from, until, from_text, until_text })
    }
}

fn today(business: &Business, now: Timestamp) -> Option<Date> {
    let now = jiff::Timestamp::from_microsecond(now.micros()).ok()?;
    Some(business.zone.to_datetime(now).date())
}
