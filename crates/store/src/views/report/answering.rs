//! How one offer's buyer answered in a range: in time, how fast, and what went wrong how often.

use std::{collections::BTreeMap, time::Duration};

use auction::{Outcome, Sign};
use lead::{JourneyId, OfferId, Timestamp};

use super::{super::kept, waits::Waits};
use crate::{
    ReadFailed, Store,
    durable::{Row, binds},
    views::reasons::{self, OfferFigures},
};

/// How one offer's buyer answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answering {
    /// Pings that it was sent and that were waited for.
    pub asked: u64,
    /// Of them, those that it answered in time, whatever it said.
    pub in_time: u64,
    /// The others by the code of what went wrong, the most frequent first.
    pub errors: Vec<(String, u64)>,
    /// Of those in time, the bids; a static sale that stood in the place of a refusal is one as well.
    pub bids: u64,
    /// Answers in time that were no bid, by their code, the most frequent first.
    pub no_bids: Vec<(String, u64)>,
    /// Auctions in which it was considered and not asked, by the code of the reason, the most frequent first.
    pub left_out: Vec<(String, u64)>,
    /// Pings that nobody waited for, since they could not have won.
    pub not_awaited: u64,
    /// The time that half of its answers took at most, late ones among them.
    pub p50: Option<Duration>,
    /// The time that 95 of 100 of its answers took at most.
    pub p95: Option<Duration>,
    /// The last ping that went wrong.
    pub last_error: Option<LastError>,
}

/// A ping that went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastError {
    /// The call that it was for.
    pub journey: JourneyId,
    /// When its round closed.
    pub at: Timestamp,
    /// Its code, ex: `timeout`.
    pub code: String,
    /// What went wrong, in a sentence without a full stop.
    pub text: String,
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
        const CAME: &str = "SELECT COALESCE(o.sign, o.outcome) AS came, o.outcome, \
            o.ping IS NOT NULL AS pinged, o.wait_ms, COUNT(*) AS times \
            FROM auction_records r JOIN auction_offers o ON o.auction = r.auction \
            WHERE r.closed_at >= $1 AND r.closed_at < $2 AND o.offer = $3 AND (r.test IS NULL OR NOT r.test) \
            GROUP BY COALESCE(o.sign, o.outcome), o.outcome, o.ping IS NOT NULL, o.wait_ms";
        const WRONG: &str = "SELECT r.journey, r.campaign, r.closed_at, COALESCE(o.sign, o.outcome) AS came, \
            o.outcome, o.detail \
            FROM auction_records r JOIN auction_offers o ON o.auction = r.auction \
            WHERE r.closed_at >= $1 AND r.closed_at < $2 AND o.offer = $3 AND (r.test IS NULL OR NOT r.test) \
            AND o.ping IS NOT NULL AND COALESCE(o.sign, o.outcome) IN \
                ('late', 'timeout', 'unreachable', 'bad_status', 'malformed', 'too_large') ORDER BY r.closed_at DESC, r.auction DESC LIMIT 1";
        let values = binds![from, until, offer.as_str()];
        let (rows, wrong) = self
            .durable
            .read(move |conn| {
                Box::pin(async move {
                    Ok((conn.rows(CAME, values.clone()).await?, conn.row(WRONG, values).await?))
                })
            })
            .await?;
        let mut answering = counted(&rows)?;
        answering.last_error = wrong.map(|row| last_error(offer, &row)).transpose()?;
        Ok(answering)
    }
}

fn counted(rows: &[Row]) -> Result<Answering, sqlx::Error> {
    let (mut answering, mut waits) = (Answering::default(), Waits::default());
    let mut errors: BTreeMap<String, u64> = BTreeMap::new();
    let (mut no_bids, mut left_out) = (errors.clone(), errors.clone());
    for row in rows {
        let (came, outcome) = (row.text("came")?, row.text("outcome")?);
        let times = u64::from(row.count("times")?);
        if !row.flag("pinged")? {
            *left_out.entry(outcome).or_default() += times;
            continue;
        }
        let sign = Sign::parse(&came);
        if sign.is_none() && came == Outcome::NotAwaited.code() {
            answering.not_awaited += times;
            continue;
        }
        answering.asked += times;
        let is_answer = match sign {
            None | Some(Sign::Answered) => {
                answering.in_time += times;
                if kept::outcome(&outcome, None).is_some_and(|it| it.was_bid()) {
                    answering.bids += times;
                } else {
                    *no_bids.entry(outcome).or_default() += times;
                }
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
    (answering.p50, answering.p95) = (waits.within(50), waits.within(95));
    (answering.errors, answering.no_bids, answering.left_out) =
        (most_first(errors), most_first(no_bids), most_first(left_out));
    Ok(answering)
}

fn most_first(counts: BTreeMap<String, u64>) -> Vec<(String, u64)> {
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    counts
}

fn last_error(offer: &OfferId, row: &Row) -> Result<LastError, sqlx::Error> {
    let (code, outcome) = (row.text("came")?, row.text("outcome")?);
    // Where a static sale stands in its place, nothing but the sign is kept of it.
    let known = kept::outcome(&outcome, row.text_opt("detail")?.as_deref()).filter(|_| code == outcome);
    let text = match known {
        Some(outcome) => {
            let campaign = row.slug("campaign")?;
            reasons::of_offer(offer, &campaign, &outcome, &OfferFigures::default()).text
        }
        None => format!("Its ping came to nothing: {}", code.replace('_', " ")),
    };
    Ok(LastError { journey: JourneyId::from_uuid(row.id("journey")?), at: row.at("closed_at")?, code, text })
}
