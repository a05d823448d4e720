//! The money of sales by when they were booked: what is pending, earned, void, returned and disputed.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use lead::{Money, Timestamp};

use super::{ReportError, hours::FORM};
use crate::{
    ReadFailed, Store,
    durable::{Conn, Row, binds},
    views::{Each, periods::Period},
};

/// What a line of money is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MoneyBy {
    /// Each buyer.
    Buyer,
    /// Each publisher.
    Publisher,
    /// Nobody: each period alone.
    Period,
}

/// What some sales come to now. Each sale's price stands in exactly one of pending, earned, void and returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MoneyFigures {
    /// Sales.
    pub sales: u64,
    /// Accepted, and not settled yet.
    pub pending: Money,
    /// Owed.
    pub earned: Money,
    /// Never owed.
    pub void: Money,
    /// Owed once, and taken back.
    pub returned: Money,
    /// Of what is pending or owed, what its buyer disputes.
    pub disputed: Money,
    /// What publishers are owed.
    pub payout: Money,
    /// What buyers owe more for what is owed, or less.
    pub adjusted: Money,
}

/// One line of money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoneyLine {
    /// The period in which the sales were booked.
    pub period: String,
    /// Whose it is. `None`: nobody's, ex: a call without a publisher.
    pub key: Option<String>,
    /// Its figures.
    pub figures: MoneyFigures,
}

impl MoneyBy {
    /// All of them.
    pub(super) const ALL: [Self; 3] = [Self::Buyer, Self::Publisher, Self::Period];

    /// What the sums of an hour's sales by this are called.
    pub(super) fn kind(self) -> String {
        let by = match self {
            Self::Buyer => "buyer",
            Self::Publisher => "publisher",
            Self::Period => "all",
        };
        format!("money_{by}.{FORM}")
    }

    const fn sql(self) -> &'static str {
        match self {
            Self::Buyer => BUYER,
            Self::Publisher => PUBLISHER,
            Self::Period => PERIOD,
        }
    }
}

/// The statement, for one column that it groups by.
macro_rules! money_by {
    ($key:literal) => {
        concat!(
            "SELECT t.key, COUNT(*) AS sales, \
            CAST(SUM(CASE WHEN t.earned = 0 AND t.void = 0 THEN t.price ELSE 0 END) AS BIGINT) AS pending, \
            CAST(SUM(CASE WHEN t.earned = 1 AND t.void = 0 THEN t.price ELSE 0 END) AS BIGINT) AS earned, \
            CAST(SUM(CASE WHEN t.earned = 0 AND t.void = 1 THEN t.price ELSE 0 END) AS BIGINT) AS void, \
            CAST(SUM(CASE WHEN t.earned = 1 AND t.void = 1 THEN t.price ELSE 0 END) AS BIGINT) AS returned, \
            CAST(SUM(CASE WHEN t.dispute = 1 AND t.void = 0 THEN t.price ELSE 0 END) AS BIGINT) AS disputed, \
            CAST(SUM(CASE WHEN t.earned = 1 AND t.void = 0 THEN t.adjusted ELSE 0 END) AS BIGINT) AS adjusted, \
            CAST(SUM(t.payout) AS BIGINT) AS payout FROM (SELECT s.price, ",
            $key,
            " AS key, \
            (SELECT COUNT(*) FROM sale_entries e WHERE e.sale = s.id AND e.kind = 'earned') AS earned, \
            (SELECT COUNT(*) FROM sale_entries e WHERE e.sale = s.id AND e.kind = 'void') AS void, \
            (SELECT COUNT(*) FROM sale_entries e WHERE e.sale = s.id AND e.kind = 'dispute') AS dispute, \
            (SELECT CAST(COALESCE(SUM(CASE WHEN e.kind = 'payout' THEN e.amount ELSE -e.amount END), 0) AS BIGINT) \
                FROM sale_entries e WHERE e.sale = s.id AND e.kind IN ('payout', 'reversal')) AS payout, \
            (SELECT COALESCE(SUM(c.amount), 0) FROM sale_corrections c WHERE c.sale = s.id) AS adjusted \
            FROM sales s WHERE s.booked_at >= $1 AND s.booked_at < $2 AND NOT s.test) t GROUP BY t.key"
        )
    };
}

const BUYER: &str = money_by!("s.buyer");
const PUBLISHER: &str = money_by!("s.publisher");
const PERIOD: &str = money_by!("CAST(NULL AS TEXT)");

impl Store {
    /// The money of the sales that were booked in a range, by period of the zone and by whose it is.
    ///
    /// # Errors
    /// When the range has too many periods, or when the store cannot be read.
    pub async fn money(
        &self,
        (from, until): (Timestamp, Timestamp),
        by: MoneyBy,
        (each, zone): (Each, &TimeZone),
    ) -> Result<Vec<MoneyLine>, ReportError> {
        let mut lines = BTreeMap::new();
        for period in each.of(zone, from, until)? {
            let mut add = |key, figures: &MoneyFigures| {
                let line = lines.entry((period.name.clone(), key));
                line.or_insert_with(MoneyFigures::default).add(figures);
            };
            let sums = |lines: &str| {
                read_kept(lines)?.into_iter().for_each(|(key, figures)| add(key, &figures));
                Some(())
            };
            // What is not summed up is counted day by day, so that no statement takes long.
            for (from, until) in self.summed(&by.kind(), &period, sums).await? {
                for Period { from, until, .. } in Each::Day.of(zone, from, until)? {
                    for row in &self.durable.rows(by.sql(), binds![from, until]).await? {
                        let (key, figures) = read(row).map_err(ReadFailed::from)?;
                        add(key, &figures);
                    }
                }
            }
        }
        let lines = lines.into_iter();
        Ok(lines.map(|((period, key), figures)| MoneyLine { period, key, figures }).collect())
    }
}

/// What the sales that were booked in a range come to by this, as it is kept.
pub(super) async fn counted(
    conn: &mut Conn,
    by: MoneyBy,
    (from, until): (i64, i64),
) -> Result<String, sqlx::Error> {
    let rows = conn.rows(by.sql(), binds![from, until]).await?;
    let lines = rows.iter().map(|row| read(row).map(|(key, figures)| (key, figures.numbers())));
    let lines = lines.collect::<Result<Vec<_>, _>>()?;
    serde_json::to_string(&lines).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}

fn read_kept(lines: &str) -> Option<Vec<(Option<String>, MoneyFigures)>> {
    let lines: Vec<(Option<String>, [i64; 8])> = serde_json::from_str(lines).ok()?;
    lines.into_iter().map(|(key, numbers)| Some((key, MoneyFigures::of_numbers(numbers)?))).collect()
}

impl MoneyFigures {
    /// As they are kept: numbers in the order of their fields, money in micro-units.
    fn numbers(&self) -> [i64; 8] {
        let Self { sales, pending, earned, void, returned, disputed, payout, adjusted } = *self;
        let [pending, earned, void, returned, disputed, payout, adjusted] =
            [pending, earned, void, returned, disputed, payout, adjusted].map(Money::micros);
        [sales.cast_signed(), pending, earned, void, returned, disputed, payout, adjusted]
    }

    /// Those that were kept. `None`: a count is below zero.
    fn of_numbers([sales, money @ ..]: [i64; 8]) -> Option<Self> {
        let [pending, earned, void, returned, disputed, payout, adjusted] = money.map(Money::from_micros);
        let sales = u64::try_from(sales).ok()?;
        Some(Self { sales, pending, earned, void, returned, disputed, payout, adjusted })
    }

    /// Adds another line's figures.
    pub fn add(&mut self, other: &Self) {
        self.sales += other.sales;
        self.pending = self.pending + other.pending;
        self.earned = self.earned + other.earned;
        self.void = self.void + other.void;
        self.returned = self.returned + other.returned;
        self.disputed = self.disputed + other.disputed;
        self.payout = self.payout + other.payout;
        self.adjusted = self.adjusted + other.adjusted;
    }

    /// What buyers owe: what is earned, with what was adjusted of it.
    pub fn due(&self) -> Money {
        self.earned + self.adjusted
    }
}

fn read(row: &Row) -> Result<(Option<String>, MoneyFigures), sqlx::Error> {
    let figures = MoneyFigures {
        sales: u64::from(row.count("sales")?),
        pending: row.money("pending")?,
        earned: row.money("earned")?,
        void: row.money("void")?,
        returned: row.money("returned")?,
        disputed: row.money("disputed")?,
        payout: row.money("payout")?,
        adjusted: row.money("adjusted")?,
    };
    Ok((row.text_opt("key")?, figures))
}
