//! How one offer's buyer answered in a range: in time, how fast, and what went wrong how often.

use std::{collections::BTreeMap, time::Duration};

use auction::{Outcome, Sign};
use lead::{OfferId, Timestamp};

use super::waits::Waits;
use crate::{ReadFailed, Store, durable::binds};

/// How one offer's buyer answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answering {
    /// Pings that it was sent and that were waited for.
    pub asked: u64,
    /// Of them, those that it answered in time, whatever it said.
    pub in_time: u64,
    /// The others by the code of what went wrong, the most frequent first.
    pub errors: Vec<(String, u64)>,
    /// Pings that nobody waited for, since they could not have won.
    pub not_awaited: u64,
    /// The time that half of its answers took at most, late ones among them.
    pub p50: Option<Duration>,
    /// The time that 95 of 100 of its answers took at most.
    pub p95: Option<Duration>,
}

impl Store {
    /// How an offer's buyer answered in the auctions that closed in a range.
    ///
    /// # Errors
    /// When the durable store cannot be read.
    pub async fn answering(
        &self,
        offer: &OfferId,
        (from, until): (Timestamp, Timestamp),
    ) -> Result<Answering, ReadFailed> {
        // The sign is what its ping came to, where a static sale stands in its place.
        const CAME: &str = "SELECT COALESCE(o.sign, o.outcome) AS came, o.wait_ms, COUNT(*) AS times \
            FROM auction_records r JOIN auction_offers o ON o.auction = r.auction \
            WHERE r.closed_at >= $1 AND r.closed_at < $2 AND o.offer = $3 AND o.ping IS NOT NULL \
            GROUP BY COALESCE(o.sign, o.outcome), o.wait_ms";
        let rows = self.durable.rows(CAME, binds![from, until, offer.as_str()]).await?;
        let (mut answering, mut waits) = (Answering::default(), Waits::default());
        let mut errors: BTreeMap<String, u64> = BTreeMap::new();
        for row in &rows {
            let (came, times) = (row.text("came")?, u64::from(row.count("times")?));
            let sign = Sign::parse(&came);
            if sign.is_none() && came == Outcome::NotAwaited.code() {
                answering.not_awaited += times;
                continue;
            }
            answering.asked += times;
            let is_answer = match sign {
                None | Some(Sign::Answered) => {
                    answering.in_time += times;
                    true
                }
                Some(wrong) => {
                    *errors.entry(came).or_default() += times;
                    wrong == Sign::Late
                }
            };
            if let Some(ms) = row.int_opt("wait_ms")?.filter(|_| is_answer) {
                waits.add(ms, times);
            }
        }
        answering.errors = errors.into_iter().collect();
        answering.errors.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
        (answering.p50, answering.p95) = (waits.within(50), waits.within(95));
        Ok(answering)
    }
}
