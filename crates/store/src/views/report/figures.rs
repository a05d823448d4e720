//! The figures of a line.

use std::time::Duration;

use lead::Money;

use crate::durable::Row;

/// What some calls came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// Calls that have ended.
    pub calls: u64,
    /// Of them, in how many at least one offer was asked.
    pub asked: u64,
    /// Pings that were sent.
    pub pings: u64,
    /// Bids that came of them.
    pub bids: u64,
    /// Calls with a sale that is not void.
    pub sold: u64,
    /// Of them, those whose sale is earned.
    pub earned_calls: u64,
    /// Calls whose sale is void.
    pub void_calls: u64,
    /// What is owed for certain.
    pub earned: Money,
    /// What is owed if it is earned.
    pub pending: Money,
    /// What would have been owed.
    pub void: Money,
    /// What publishers are owed.
    pub payout: Money,
    /// By how much what is earned is above the best static prices, where there was one: below, if it is negative.
    pub uplift: Money,
    /// What the best static prices would have come to for what is earned, where there was one.
    pub at_static: Money,
    /// Calls that were sold below the best static price that stood.
    pub below_static: u64,
    /// By how much, together.
    pub below_static_by: Money,
    /// How long callers and buyers talked.
    pub talk: Duration,
}

/// The columns, of the table `r`.
pub(super) const COLUMNS: &str = "COUNT(*) AS calls, \
    CAST(COALESCE(SUM(CASE WHEN r.pings > 0 THEN 1 ELSE 0 END), 0) AS BIGINT) AS asked, \
    CAST(COALESCE(SUM(r.pings), 0) AS BIGINT) AS pings, CAST(COALESCE(SUM(r.bids), 0) AS BIGINT) AS bids, \
    CAST(COALESCE(SUM(CASE WHEN r.sale_state IN ('earned', 'pending') THEN 1 ELSE 0 END), 0) AS BIGINT) AS sold, \
    CAST(COALESCE(SUM(CASE WHEN r.sale_state = 'earned' THEN 1 ELSE 0 END), 0) AS BIGINT) AS earned_calls, \
    CAST(COALESCE(SUM(CASE WHEN r.sale_state = 'void' THEN 1 ELSE 0 END), 0) AS BIGINT) AS void_calls, \
    CAST(COALESCE(SUM(CASE WHEN r.sale_state = 'earned' THEN r.price ELSE 0 END), 0) AS BIGINT) AS earned, \
    CAST(COALESCE(SUM(CASE WHEN r.sale_state = 'pending' THEN r.price ELSE 0 END), 0) AS BIGINT) AS pending, \
    CAST(COALESCE(SUM(CASE WHEN r.sale_state = 'void' THEN r.price ELSE 0 END), 0) AS BIGINT) AS void, \
    CAST(COALESCE(SUM(r.payout), 0) AS BIGINT) AS payout, \
    CAST(COALESCE(SUM(CASE WHEN r.sale_state = 'earned' AND r.price > 0 AND r.best_static IS NOT NULL \
        THEN r.price - r.best_static ELSE 0 END), 0) AS BIGINT) AS uplift, \
    CAST(COALESCE(SUM(CASE WHEN r.sale_state = 'earned' AND r.price > 0 AND r.best_static IS NOT NULL \
        THEN r.best_static ELSE 0 END), 0) AS BIGINT) AS at_static, \
    CAST(COALESCE(SUM(CASE WHEN r.sale_state IN ('earned', 'pending') AND r.price > 0 AND r.price < r.best_static \
        THEN 1 ELSE 0 END), 0) AS BIGINT) AS below_static, \
    CAST(COALESCE(SUM(CASE WHEN r.sale_state IN ('earned', 'pending') AND r.price > 0 AND r.price < r.best_static \
        THEN r.best_static - r.price ELSE 0 END), 0) AS BIGINT) AS below_static_by, \
    CAST(COALESCE(SUM(r.talk_ms), 0) AS BIGINT) AS talk_ms";

impl Figures {
    /// What is left of what is earned when publishers are paid.
    pub fn margin(&self) -> Money {
        self.earned - self.payout
    }

    /// The share of calls that were sold, in thousandths. `None`: there was no call.
    pub const fn sold_millis(&self) -> Option<u64> {
        (self.sold * 1000).checked_div(self.calls)
    }

    pub(super) fn read(row: &Row) -> Result<Self, sqlx::Error> {
        let count = |name: &str| Ok::<_, sqlx::Error>(u64::try_from(row.int(name)?).unwrap_or_default());
        Ok(Self {
            calls: count("calls")?,
            asked: count("asked")?,
            pings: count("pings")?,
            bids: count("bids")?,
            sold: count("sold")?,
            earned_calls: count("earned_calls")?,
            void_calls: count("void_calls")?,
            earned: row.money("earned")?,
            pending: row.money("pending")?,
            void: row.money("void")?,
            payout: row.money("payout")?,
            uplift: row.money("uplift")?,
            at_static: row.money("at_static")?,
            below_static: count("below_static")?,
            below_static_by: row.money("below_static_by")?,
            talk: Duration::from_millis(count("talk_ms")?),
        })
    }

    /// As they are kept: numbers in the order of their fields, money in micro-units, talk in milliseconds.
    pub(super) fn numbers(&self) -> [i64; 16] {
        let Self { calls, asked, pings, bids, sold, earned_calls, void_calls, .. } = *self;
        let Self {
            earned,
            pending,
            void,
            payout,
            uplift,
            at_static,
            below_static,
            below_static_by,
            talk,
            ..
        } = *self;
        let [calls, asked, pings, bids, sold, earned_calls, void_calls, below_static] =
            [calls, asked, pings, bids, sold, earned_calls, void_calls, below_static].map(u64::cast_signed);
        let [earned, pending, void, payout, uplift, at_static, below_static_by] =
            [earned, pending, void, payout, uplift, at_static, below_static_by].map(Money::micros);
        let talk_ms = i64::try_from(talk.as_millis()).unwrap_or(i64::MAX);
        [
            calls,
            asked,
            pings,
            bids,
            sold,
            earned_calls,
            void_calls,
            earned,
            pending,
            void,
            payout,
            uplift,
            at_static,
            below_static,
            below_static_by,
            talk_ms,
        ]
    }

    /// Those that were kept. `None`: a count is below zero.
    pub(super) fn of_numbers(numbers: [i64; 16]) -> Option<Self> {
        let [calls, asked, pings, bids, sold, earned_calls, void_calls, money @ .., below, below_by, talk_ms] =
            numbers;
        let [earned, pending, void, payout, uplift, at_static] = money.map(Money::from_micros);
        let count = |number: i64| u64::try_from(number).ok();
        Some(Self {
            calls: count(calls)?,
            asked: count(asked)?,
            pings: count(pings)?,
            bids: count(bids)?,
            sold: count(sold)?,
            earned_calls: count(earned_calls)?,
            void_calls: count(void_calls)?,
            earned,
            pending,
            void,
            payout,
            uplift,
            at_static,
            below_static: count(below)?,
            below_static_by: Money::from_micros(below_by),
            talk: Duration::from_millis(count(talk_ms)?),
        })
    }

    /// Adds another line's figures.
    pub fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.asked += other.asked;
        self.pings += other.pings;
        self.bids += other.bids;
        self.sold += other.sold;
        self.earned_calls += other.earned_calls;
        self.void_calls += other.void_calls;
        self.earned = self.earned + other.earned;
        self.pending = self.pending + other.pending;
        self.void = self.void + other.void;
        self.payout = self.payout + other.payout;
        self.uplift = self.uplift + other.uplift;
        self.at_static = self.at_static + other.at_static;
        self.below_static += other.below_static;
        self.below_static_by = self.below_static_by + other.below_static_by;
        self.talk += other.talk;
    }
}
