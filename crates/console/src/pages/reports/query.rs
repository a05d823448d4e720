//! What the address of a report says: the filters of the list of calls, what it is by, and how near a miss is.

use lead::{Money, Timestamp};
use store::{CallFilter, ReportBy};

use crate::{
    business::Business,
    pages::{
        calls::CallQuery,
        reading::{Range, Reading, Usual},
    },
    problem::Problem,
    query::Query,
};

/// What the address says beside the filters of the list of calls.
const MORE: [&str; 2] = ["by", "within"];
/// How near a bid that lost must have been, where the address does not say.
const WITHIN: Money = Money::from_units(1);

/// What the address of a report says.
#[derive(Debug)]
pub(crate) struct ReportQuery {
    pub(crate) calls: CallQuery,
    pub(crate) range: Range,
    pub(crate) by: ReportBy,
    pub(crate) within: Money,
    by_text: String,
    within_text: String,
}

impl ReportQuery {
    /// Reads an address. Where it names no days it is of the last thirty.
    pub(crate) fn of(query: &Query, business: &Business, now: Timestamp) -> Result<Self, Problem> {
        let calls = CallQuery::with_more(query, business, &MORE)?;
        let known: Vec<&str> = query.names().collect();
        let mut reading = Reading::of(query, &known);
        let range = Range::of(&mut reading, business, now, Usual::Days(29))?;
        let by = reading.read("by", "what a report can be by, ex: buyer", ReportBy::parse);
        let within = reading.read("within", "an amount, ex: 0.50", |text| Money::parse(text).ok());
        reading.finish()?;
        Ok(Self {
            calls,
            range,
            by: by.unwrap_or(ReportBy::Period(store::Each::Day)),
            within: within.unwrap_or(WITHIN),
            by_text: query.text("by").to_owned(),
            within_text: query.text("within").to_owned(),
        })
    }

    /// The calls that it is of. Tests are left out, where they are not asked for.
    pub(crate) fn filter(&self, now: Timestamp) -> CallFilter {
        let filter = self.calls.filter(now, 1);
        CallFilter {
            from: Some(self.range.from),
            until: Some(self.range.until),
            test: filter.test.or(Some(false)),
            limit: None,
            ..filter
        }
    }

    /// Whether it is by this.
    pub(crate) fn is_by(&self, by: &ReportBy) -> bool {
        self.by == *by
    }

    /// What stands behind the `?`, with one filter of the calls set.
    pub(crate) fn with(&self, name: &str, value: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(self.calls.with(name, value));
        for (name, text) in [("by", &self.by_text), ("within", &self.within_text)] {
            if !text.is_empty() {
                query.append_pair(name, text);
            }
        }
        query.finish().trim_start_matches('&').to_owned()
    }

    /// The list of the same calls, with one filter more.
    pub(crate) fn list(&self, name: &str, value: &str) -> String {
        let test = if self.calls.text("test").is_empty() { "no" } else { self.calls.text("test") };
        let mut given: Vec<(&str, &str)> =
            vec![("from", &self.range.from_text), ("until", &self.range.until_text)];
        given.extend([("test", test), ("stage", "ended")]);
        let rest =
            ["campaign", "publisher", "buyer", "offer", "channel", "outcome", "sale", "state", "below"];
        given.extend(rest.into_iter().map(|name| (name, self.calls.text(name))));
        crate::pages::reading::with(given, name, value)
    }
}
