//! Sums up hours that are over, so that reports of many days need not count their calls and sales.

use std::collections::{BTreeMap, BTreeSet};

use lead::Timestamp;

use super::{
    ReportBy,
    figures::{self, Figures},
    hours::{HOUR, Line, kind, written},
    money::{self, MoneyBy},
};
use crate::{
    ReadFailed, Store, WriteFailed,
    durable::{Conn, Done, Locks, Row, Sync, binds},
    limits::{SUMMED_AFTER, SUMS_BACK_HOURS},
};

/// What hours are summed up by, beside all of their calls together.
const EACH: [ReportBy; 8] = [
    ReportBy::Campaign,
    ReportBy::Publisher,
    ReportBy::Buyer,
    ReportBy::Offer,
    ReportBy::State,
    ReportBy::Channel,
    ReportBy::Outcome,
    ReportBy::Depth,
];

/// Why hours were not summed up. Nothing is lost by it: their calls are counted.
#[derive(Debug, thiserror::Error)]
pub enum SumError {
    /// The store could not be read.
    #[error("looking for hours to be summed up")]
    Read(#[from] ReadFailed),
    /// The store could not be written.
    #[error("summing up an hour")]
    Write(#[from] WriteFailed),
}

impl Store {
    /// Sums up the newest hours that are over and have no sums, at most so many. Says how many it has summed up; whoever is
    /// summing up as well, or has a call of the hour in hand, stands in its way.
    ///
    /// # Errors
    /// When the store cannot be read, or it is not known whether the sums are kept.
    pub async fn sum_up(&self, now: Timestamp, most: usize) -> Result<usize, SumError> {
        let mut done = 0;
        for hour in self.not_summed(now, most).await? {
            let summing = self.durable.write(Sync::Soon, Locks::default(), move |conn| {
                Box::pin(async move { sum_up(conn, hour).await })
            });
            done += usize::from(summing.await?);
        }
        Ok(done)
    }

    /// The hours that are over and have no sums, the newest first.
    async fn not_summed(&self, now: Timestamp, most: usize) -> Result<Vec<i64>, ReadFailed> {
        const FIRST: &str = "SELECT MIN(arrived_at) AS first FROM journey_rows";
        const SUMMED: &str = "SELECT hour FROM report_hours WHERE hour >= $1 AND hour < $2 AND kind = $3";
        let row = self.durable.row(FIRST, vec![]).await?;
        let Some(first) = row.map(|row| row.int_opt("first")).transpose()?.flatten() else {
            return Ok(vec![]);
        };
        let after = i64::try_from(SUMMED_AFTER.as_micros()).unwrap_or(i64::MAX);
        let end = (now.micros() - after).div_euclid(HOUR);
        // The database's words cut towards zero, so the hours before the epoch have no sums.
        let begin = first.div_euclid(HOUR).max(end - SUMS_BACK_HOURS).max(1);
        let rows = self.durable.rows(SUMMED, binds![begin, end, kind(ReportBy::All)]).await?;
        let summed = rows.iter().map(|row| row.int("hour")).collect::<Result<BTreeSet<_>, _>>()?;
        Ok((begin..end).rev().filter(|hour| !summed.contains(hour)).take(most).collect())
    }
}

async fn sum_up(conn: &mut Conn, hour: i64) -> Result<Done<bool>, sqlx::Error> {
    const KEEP: &str = "INSERT INTO report_hours (hour, kind, lines) VALUES ($1, $2, $3) \
        ON CONFLICT (hour, kind) DO UPDATE SET lines = EXCLUDED.lines";
    // In a file nobody else writes meanwhile.
    if !conn.is_the_only_writer() && !has_alone(conn, hour).await? {
        return Ok(Done::Undo(false));
    }
    let rows = conn.rows_made(counting(), binds![hour * HOUR, (hour + 1) * HOUR]).await?;
    for (kind, lines) in lines(&rows)? {
        let lines = written(&lines).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
        conn.execute(KEEP, binds![hour, kind, lines]).await?;
    }
    for by in MoneyBy::ALL {
        let lines = money::counted(conn, by, (hour * HOUR, (hour + 1) * HOUR)).await?;
        conn.execute(KEEP, binds![hour, by.kind(), lines]).await?;
    }
    Ok(Done::Keep(true))
}

/// Takes an hour for this transaction alone, without a wait: nobody who writes ever waits for us while we wait for them. Only
/// one transaction of the database sums up, so that two never have an hour each and a change in the other's.
async fn has_alone(conn: &mut Conn, hour: i64) -> Result<bool, sqlx::Error> {
    const TAKE: &str = "SELECT pg_try_advisory_xact_lock(1752135026, -1) \
        AND pg_try_advisory_xact_lock(1752135026, CAST($1 % 1000000000 AS INTEGER)) AS taken";
    conn.row(TAKE, binds![hour]).await?.map_or(Ok(false), |row| row.flag("taken"))
}

/// The calls of an hour by all that it is summed up by at once.
fn counting() -> String {
    let shown: Vec<_> = EACH.iter().map(|by| format!("{} AS by_{}", by.column(), by.as_str())).collect();
    let keys: Vec<_> = EACH.iter().map(|by| by.column()).collect();
    format!(
        "SELECT {}, r.test, {} FROM journey_rows r WHERE r.arrived_at >= $1 AND r.arrived_at < $2 GROUP BY {}, r.test",
        shown.join(", "),
        figures::COLUMNS,
        keys.join(", ")
    )
}

/// An hour's lines by each thing.
fn lines(rows: &[Row]) -> Result<BTreeMap<String, Vec<Line>>, sqlx::Error> {
    let mut sums: BTreeMap<ReportBy, BTreeMap<(Option<String>, bool), Figures>> = BTreeMap::new();
    // An hour without calls has its sums as well.
    for by in EACH.into_iter().chain([ReportBy::All]) {
        sums.entry(by).or_default();
    }
    for row in rows {
        let (figures, test) = (Figures::read(row)?, row.flag("test")?);
        for (by, lines) in &mut sums {
            let value = match by {
                ReportBy::All => None,
                by => row.text_opt(&format!("by_{}", by.as_str()))?,
            };
            lines.entry((value, test)).or_default().add(&figures);
        }
    }
    let each = sums.into_iter().map(|(by, lines)| {
        let lines = lines.into_iter().map(|((value, test), figures)| (value, test, figures));
        (kind(by), lines.collect())
    });
    Ok(each.collect())
}
