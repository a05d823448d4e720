//! `Sums`: what a report can take from hours that are summed up, and what is left of its range to be counted.
//!
//! A sum is there only for as long as it is true (migrations/0013). So a report adds the sums that are there to what it counts
//! of the rest, and each call stands in one of them.

use lead::{CampaignId, Channel, OfferId, PublisherId, Timestamp};

use super::{Figures, ReportBy};
use crate::{
    ReadFailed, Store,
    durable::binds,
    limits::SUMS_READ_MAX,
    views::{CallFilter, periods::Period},
};

/// An hour, in microseconds.
pub(super) const HOUR: i64 = 3_600_000_000;
/// The form of the lines. One that counts other things, or otherwise, has another number, and no release reads the other's.
pub(super) const FORM: u32 = 1;

/// One line of an hour: the value that it is of, whether its calls are tests, and their figures.
pub(super) type Line = (Option<String>, bool, Figures);

/// The sums that a report is made of.
pub(super) struct Sums {
    /// What they are called.
    pub(super) kind: String,
    /// Only those of this value.
    only: Option<String>,
    /// Only tests, or none.
    test: Option<bool>,
}

impl Sums {
    /// Those that a report with this filter is made of. `None`: it asks for what hours are not summed up by.
    pub(super) fn of(filter: &CallFilter, by: ReportBy) -> Option<Self> {
        let CallFilter { campaign, publisher, buyer, offer, channel, outcome, sale, state, .. } = filter;
        let CallFilter { from: _, until: _, stage: _, test, below_static, number, .. } = filter;
        if sale.is_some() || *below_static || number.is_some() {
            return None;
        }
        let asked = [
            (ReportBy::Campaign, campaign.as_ref().map(CampaignId::to_string)),
            (ReportBy::Publisher, publisher.as_ref().map(PublisherId::to_string)),
            (ReportBy::Buyer, buyer.as_ref().map(ToString::to_string)),
            (ReportBy::Offer, offer.as_ref().map(OfferId::to_string)),
            (ReportBy::Channel, channel.map(|channel| Channel::code(channel).to_owned())),
            (ReportBy::Outcome, outcome.clone()),
            (ReportBy::State, state.map(|state| state.to_string())),
        ];
        let mut asked = asked.into_iter().filter_map(|(of, value)| Some((of, value?)));
        let (of, only) = match (asked.next(), asked.next()) {
            (None, _) => (by, None),
            (Some((of, value)), None) if by == of || matches!(by, ReportBy::All | ReportBy::Period(_)) => {
                (of, Some(value))
            }
            (Some(_), _) => return None,
        };
        Some(Self { kind: kind(of), only, test: *test })
    }

    /// The lines of an hour that are asked for. `None`: they cannot be read.
    pub(super) fn read(&self, lines: &str) -> Option<Vec<(Option<String>, Figures)>> {
        let lines: Vec<(Option<String>, bool, [i64; 16])> = serde_json::from_str(lines).ok()?;
        let mut read = vec![];
        for (value, test, numbers) in lines {
            let figures = Figures::of_numbers(numbers)?;
            if self.test.is_none_or(|only| only == test) && (self.only.is_none() || self.only == value) {
                read.push((value, figures));
            }
        }
        Some(read)
    }
}

/// What the sums of calls by this are called.
pub(super) fn kind(by: ReportBy) -> String {
    let by = if let ReportBy::Period(_) = by { ReportBy::All } else { by };
    format!("{}.{FORM}", by.as_str())
}

impl Store {
    /// Hands over the sums of this kind that there are of the whole hours of a period, and gives the rest of it, which is to be
    /// counted. What cannot be read (`None`) is counted as well.
    pub(super) async fn summed(
        &self,
        kind: &str,
        period: &Period,
        mut read: impl FnMut(&str) -> Option<()>,
    ) -> Result<Vec<(Timestamp, Timestamp)>, ReadFailed> {
        const LIST: &str = "SELECT hour, lines FROM report_hours \
            WHERE hour >= $1 AND hour < $2 AND kind = $3 ORDER BY hour";
        let (from, until) = (period.from.micros(), period.until.micros());
        let end = until.div_euclid(HOUR);
        let mut hour = from.div_euclid(HOUR) + i64::from(from.rem_euclid(HOUR) > 0);
        let (mut rest, mut known_to) = (vec![], from);
        while hour < end {
            let next = (hour + SUMS_READ_MAX).min(end);
            for row in self.durable.rows(LIST, binds![hour, next, kind]).await? {
                let hour = row.int("hour")?;
                if read(&row.text("lines")?).is_none() {
                    continue;
                }
                if known_to < hour * HOUR {
                    rest.push((at(known_to), at(hour * HOUR)));
                }
                known_to = (hour + 1) * HOUR;
            }
            hour = next;
        }
        if known_to < until {
            rest.push((at(known_to), at(until)));
        }
        Ok(rest)
    }
}

/// An hour's lines as they are kept.
pub(super) fn written(lines: &[Line]) -> Result<String, serde_json::Error> {
    let lines: Vec<_> = lines.iter().map(|(value, test, figures)| (value, test, figures.numbers())).collect();
    serde_json::to_string(&lines)
}

const fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}
