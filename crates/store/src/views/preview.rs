//! Whom an offer would have been asked for: what the last auctions showed of their callers, against what a draft of it says.

use std::{collections::BTreeMap, sync::Arc};

use auction::{Caller, Offer, Outcome, Subject, Unasked, would_ask};
use lead::{CampaignId, Channel, Timestamp};

use super::{
    behind::Behind,
    reasons::{self, OfferFigures, Reason},
};
use crate::{
    ReadFailed, Store,
    durable::{ListSql, Row, binds},
    limits::{PREVIEW_AUCTIONS_MAX, PREVIEW_LOOKED_AT_MAX},
};

/// What the last auctions of an offer's vertical would have come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    /// How many auctions were looked at.
    pub of: u64,
    /// In how many it would have been asked.
    pub asked: u64,
    /// Why not in the others, the most frequent first.
    pub not: Vec<(Reason, u64)>,
    /// When the earliest of them was opened.
    pub since: Option<Timestamp>,
}

impl Store {
    /// Judges an offer, published or not, by what the last auctions of these campaigns showed bidders. Tests are left out,
    /// and callers who were erased. Nothing is written, and of each caller only the reason is told.
    ///
    /// # Errors
    /// When the durable store cannot be read.
    pub async fn preview(
        &self,
        offer: &Arc<Offer>,
        campaigns: Vec<CampaignId>,
    ) -> Result<Preview, ReadFailed> {
        // The inner reading has an end of its own, so that a rare vertical does not read all auctions there ever were.
        const LAST: ListSql = ListSql {
            sqlite: "SELECT r.campaign, r.opened_at, r.profile, \
                (j.id IS NULL OR j.caller IS NOT NULL) AS shows FROM ( \
                SELECT auction, journey, campaign, opened_at, closed_at, profile FROM auction_records \
                ORDER BY closed_at DESC, auction DESC LIMIT $1) r \
                LEFT JOIN journeys j ON j.id = r.journey LEFT JOIN arrivals a ON a.journey = r.journey \
                WHERE j.erasure IS NULL AND (a.test IS NULL OR NOT a.test) \
                AND r.campaign IN (SELECT value FROM json_each($3)) \
                ORDER BY r.closed_at DESC, r.auction DESC LIMIT $2",
            postgres: "SELECT r.campaign, r.opened_at, r.profile, \
                (j.id IS NULL OR j.caller IS NOT NULL) AS shows FROM ( \
                SELECT auction, journey, campaign, opened_at, closed_at, profile FROM auction_records \
                ORDER BY closed_at DESC, auction DESC LIMIT $1) r \
                LEFT JOIN journeys j ON j.id = r.journey LEFT JOIN arrivals a ON a.journey = r.journey \
                WHERE j.erasure IS NULL AND (a.test IS NULL OR NOT a.test) \
                AND r.campaign IN (SELECT json_array_elements_text(CAST($3 AS JSON))) \
                ORDER BY r.closed_at DESC, r.auction DESC LIMIT $2",
        };
        let campaigns: Vec<String> = campaigns.iter().map(ToString::to_string).collect();
        let values = binds![PREVIEW_LOOKED_AT_MAX, PREVIEW_AUCTIONS_MAX];
        let rows = self
            .durable
            .read(move |conn| Box::pin(async move { conn.rows_in(LAST, values, &campaigns).await }))
            .await?;
        Ok(judged(offer, &rows)?)
    }
}

fn judged(offer: &Offer, rows: &[Row]) -> Result<Preview, sqlx::Error> {
    let mut preview = Preview::default();
    let mut not: BTreeMap<String, (Reason, u64)> = BTreeMap::new();
    for row in rows {
        let (at, campaign): (_, CampaignId) = (row.at("opened_at")?, row.slug("campaign")?);
        let subject = Subject {
            campaign,
            vertical: offer.vertical.clone(),
            channel: Channel::Call,
            profile: row.json("profile")?,
            caller: if row.flag("shows")? { Caller::Known } else { Caller::Anonymous },
            without: std::collections::BTreeSet::new(),
            named: auction::Named::Anybody,
        };
        preview.of += 1;
        preview.since = Some(preview.since.map_or(at, |since| since.min(at)));
        match would_ask(at, &subject, offer) {
            Ok(()) => preview.asked += 1,
            Err(unasked) => {
                let reason = reason(offer, &subject, &unasked);
                not.entry(reason.text.clone()).or_insert((reason, 0)).1 += 1;
            }
        }
    }
    preview.not = not.into_values().collect();
    preview.not.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    Ok(preview)
}

fn reason(offer: &Offer, subject: &Subject, unasked: &Unasked) -> Reason {
    let of = |code: &str, text: &str, key| Reason {
        code: code.to_owned(),
        text: text.to_owned(),
        behind: Behind::offer(&offer.id, key),
    };
    match unasked {
        Unasked::Vertical => of("other_vertical", "It buys another vertical", "vertical"),
        Unasked::Channel => of("other_channel", "It does not buy calls", "channels"),
        Unasked::Outcome(outcome) => told(offer, subject, outcome),
    }
}

fn told(offer: &Offer, subject: &Subject, outcome: &Outcome) -> Reason {
    reasons::of_offer(&offer.id, &subject.campaign, outcome, &OfferFigures::default())
}
