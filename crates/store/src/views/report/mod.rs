//! Reports: figures of the calls of a filter, by what people want to see them by. They are counted from the plain rows, so
//! that they are equal to the list with the same filter; of hours that are over they are counted once.

mod answering;
mod figures;
mod hours;
mod market;
mod money;
mod summing;
mod waits;

pub use answering::{Answering, LastError};
pub use figures::Figures;
pub use market::{BuyerFigures, NearMiss, NoBidCount};
pub use money::{MoneyBy, MoneyFigures, MoneyLine};
pub use summing::SumError;

use std::collections::BTreeMap;

use hours::Sums;
use jiff::tz::TimeZone;

use super::{CallFilter, CallOrder, Each, PeriodsError, Stage, periods::Period};
use crate::{ReadFailed, Store, durable::Bind};

/// What a report has a line for each of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReportBy {
    /// Nothing: one line.
    All,
    /// Each day or month of the zone.
    Period(Each),
    /// Each campaign.
    Campaign,
    /// Each publisher.
    Publisher,
    /// Each buyer.
    Buyer,
    /// Each offer.
    Offer,
    /// Each state that bidders were shown.
    State,
    /// Each way of coming.
    Channel,
    /// Each way of ending.
    Outcome,
    /// Each number of bids in an auction.
    Depth,
}

/// One line of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportLine {
    /// What it is of. `None`: calls that have none, ex: unsold ones in a report by buyer.
    pub key: Option<String>,
    /// Its figures.
    pub figures: Figures,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The range is not said, or has too many periods.
    #[error(transparent)]
    Periods(#[from] PeriodsError),
    /// The range is open at an end.
    #[error("a report needs both ends of its range")]
    OpenRange,
    /// The store could not be read.
    #[error("the store could not be read")]
    Read(#[from] ReadFailed),
}

impl ReportBy {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::All,
        Self::Period(Each::Day),
        Self::Period(Each::Month),
        Self::Campaign,
        Self::Publisher,
        Self::Buyer,
        Self::Offer,
        Self::State,
        Self::Channel,
        Self::Outcome,
        Self::Depth,
    ];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Period(Each::Day) => "day",
            Self::Period(Each::Month) => "month",
            Self::Campaign => "campaign",
            Self::Publisher => "publisher",
            Self::Buyer => "buyer",
            Self::Offer => "offer",
            Self::State => "state",
            Self::Channel => "channel",
            Self::Outcome => "outcome",
            Self::Depth => "depth",
        }
    }

    /// The one of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.as_str() == text)
    }

    const fn column(self) -> &'static str {
        match self {
            Self::All | Self::Period(_) => "CAST(NULL AS TEXT)",
            Self::Campaign => "r.campaign",
            Self::Publisher => "r.publisher",
            Self::Buyer => "r.buyer",
            Self::Offer => "r.offer",
            Self::State => "r.state",
            Self::Channel => "r.channel",
            Self::Outcome => "r.outcome",
            Self::Depth => "CAST(r.bids AS TEXT)",
        }
    }
}

/// The filter as a report takes it: its order, page and stage do not matter.
fn ended(filter: &CallFilter) -> CallFilter {
    CallFilter { stage: Some(Stage::Ended), after: None, order: CallOrder::Newest, ..filter.clone() }
}

impl Store {
    /// A report of the calls that have ended: those of the filter, whose order, page and stage do not matter. What is not
    /// summed up is counted day by day, so that none of its statements takes long.
    ///
    /// # Errors
    /// When the range is open or too long, or when the store cannot be read.
    pub async fn report(
        &self,
        filter: &CallFilter,
        by: ReportBy,
        zone: &TimeZone,
    ) -> Result<Vec<ReportLine>, ReportError> {
        let (from, until) = filter.from.zip(filter.until).ok_or(ReportError::OpenRange)?;
        let days = Each::Day.of(zone, from, until);
        let periods = match by {
            ReportBy::Period(each) => each.of(zone, from, until)?,
            // The sums of an hour that lies in two days are no sums of a day.
            _ => days.map(|_| vec![Period { name: String::new(), from, until }])?,
        };
        let (filter, sums) = (ended(filter), Sums::of(filter, by));
        let mut lines: BTreeMap<Option<String>, Figures> = BTreeMap::new();
        for period in periods {
            let mut found = vec![];
            let rest = match &sums {
                Some(sums) => {
                    let read = |lines: &str| sums.read(lines).map(|lines| found.extend(lines));
                    self.summed(&sums.kind, &period, read).await?
                }
                None => vec![(period.from, period.until)],
            };
            for (from, until) in rest {
                for Period { from, until, .. } in Each::Day.of(zone, from, until)? {
                    let part = CallFilter { from: Some(from), until: Some(until), ..filter.clone() };
                    found.extend(self.part(&part, by).await?);
                }
            }
            // A statement that counts nothing has a row all the same where it groups by nothing.
            for (key, figures) in found.into_iter().filter(|(_, figures)| figures.calls > 0) {
                let key = match by {
                    ReportBy::All => None,
                    ReportBy::Period(_) => Some(period.name.clone()),
                    _ => key,
                };
                lines.entry(key).or_default().add(&figures);
            }
        }
        Ok(lines.into_iter().map(|(key, figures)| ReportLine { key, figures }).collect())
    }

    async fn part(
        &self,
        filter: &CallFilter,
        by: ReportBy,
    ) -> Result<Vec<(Option<String>, Figures)>, ReadFailed> {
        let (conditions, binds): (String, Vec<Bind>) = self.ended_conditions(filter);
        let key = by.column();
        let sql = format!(
            "SELECT {key} AS key, {} FROM journey_rows r{conditions} GROUP BY {key}",
            figures::COLUMNS
        );
        let rows = self.durable.rows_made(sql, binds).await?;
        let lines = rows.iter().map(|row| Ok((row.text_opt("key")?, Figures::read(row)?)));
        Ok(lines.collect::<Result<_, sqlx::Error>>()?)
    }
}
