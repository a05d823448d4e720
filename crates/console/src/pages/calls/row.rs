//! A call as the list shows it: the same on the screen, in the CSV and in the NDJSON.

use std::time::Duration;

use serde::Serialize;
use store::{CallRow, SaleState};
use utoipa::ToSchema;
use uuid::Uuid;

use super::EACH_OUTCOME;
use crate::business::Business;

/// A call of a list. Amounts are decimal strings, times RFC 3339.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Row {
    /// Its id.
    pub(crate) id: Uuid,
    /// When it arrived, in UTC.
    pub(crate) arrived_at: String,
    /// The same in the business's zone, with its offset.
    pub(crate) arrived_local: String,
    /// Its campaign's id.
    pub(crate) campaign: String,
    /// Who sent it.
    pub(crate) publisher: Option<String>,
    /// `call`, `form` or `callback`.
    pub(crate) channel: String,
    /// The state that bidders were shown.
    pub(crate) state: Option<String>,
    /// The code of how it ended; nothing while it goes on.
    pub(crate) outcome: Option<String>,
    /// Offers that were asked.
    pub(crate) pings: Option<u32>,
    /// Offers that bid.
    pub(crate) bids: Option<u32>,
    /// Who bought it.
    pub(crate) buyer: Option<String>,
    /// By which offer.
    pub(crate) offer: Option<String>,
    /// `pending`, `earned` or `void`.
    pub(crate) sale: Option<String>,
    /// What was booked; nothing where one may not see money.
    #[schema(example = "91.00")]
    pub(crate) price: Option<String>,
    /// The best static price that stood.
    pub(crate) static_price: Option<String>,
    /// What its publisher is owed.
    pub(crate) payout: Option<String>,
    /// Seconds of talk.
    pub(crate) talk_seconds: Option<u64>,
    /// It is a test.
    pub(crate) test: bool,
    #[serde(skip)]
    pub(crate) shown: Shown,
}

/// What stands on the screen in other words.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    pub(crate) day: String,
    pub(crate) time: String,
    pub(crate) campaign: String,
    pub(crate) publisher: String,
    pub(crate) outcome: String,
    pub(crate) class: &'static str,
    pub(crate) buyer: String,
    pub(crate) bids: String,
    pub(crate) price: String,
    pub(crate) talk: String,
    pub(crate) note: &'static str,
}

/// The columns of the CSV, in their order.
pub(super) const COLUMNS: [&str; 18] = [
    "id",
    "arrived_at",
    "arrived_local",
    "campaign",
    "publisher",
    "channel",
    "state",
    "outcome",
    "pings",
    "bids",
    "buyer",
    "offer",
    "sale",
    "price",
    "static_price",
    "payout",
    "talk_seconds",
    "test",
];

impl Row {
    pub(crate) fn of(call: &CallRow, business: &Business, money: bool) -> Self {
        let (ended, sold) = (call.ended.as_ref(), call.sold.as_ref());
        let amount = |amount: lead::Money| money.then(|| amount.to_string());
        Self {
            id: call.journey.uuid(),
            arrived_at: call.arrived_at.to_string(),
            arrived_local: business.time(call.arrived_at, "%Y-%m-%dT%H:%M:%S%:z"),
            campaign: call.campaign.to_string(),
            publisher: call.publisher.as_ref().map(ToString::to_string),
            channel: call.channel.clone(),
            state: call.state.map(|state| state.to_string()),
            outcome: ended.map(|ended| ended.outcome.clone()),
            pings: ended.map(|ended| ended.pings),
            bids: ended.map(|ended| ended.bids),
            buyer: sold.map(|sold| sold.buyer.to_string()),
            offer: sold.map(|sold| sold.offer.to_string()),
            sale: sold.map(|sold| sold.state.as_str().to_owned()),
            price: sold.and_then(|sold| amount(sold.price)),
            static_price: ended.and_then(|ended| ended.best_static).and_then(amount),
            payout: amount(call.payout).filter(|_| sold.is_some()),
            talk_seconds: sold.and_then(|sold| sold.talk).map(|talk| talk.as_secs()),
            test: call.test,
            shown: Shown::of(call, business, money),
        }
    }

    /// Its cells, in the order of [`COLUMNS`].
    pub(super) fn cells(&self) -> [String; 18] {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let count = |count: Option<u32>| count.map_or_else(String::new, |count| count.to_string());
        [
            self.id.to_string(),
            self.arrived_at.clone(),
            self.arrived_local.clone(),
            self.campaign.clone(),
            text(&self.publisher),
            self.channel.clone(),
            text(&self.state),
            text(&self.outcome),
            count(self.pings),
            count(self.bids),
            text(&self.buyer),
            text(&self.offer),
            text(&self.sale),
            text(&self.price),
            text(&self.static_price),
            text(&self.payout),
            self.talk_seconds.map_or_else(String::new, |talk| talk.to_string()),
            if self.test { "yes" } else { "no" }.to_owned(),
        ]
    }
}

impl Shown {
    fn of(call: &CallRow, business: &Business, money: bool) -> Self {
        let sold = call.sold.as_ref();
        let (outcome, class) = outcome(call);
        let price = sold.filter(|_| money).map_or_else(String::new, |sold| business.money(sold.price));
        Self {
            day: business.time(call.arrived_at, "%-d %b %Y"),
            time: business.time(call.arrived_at, "%H:%M:%S"),
            campaign: business.campaign(&call.campaign),
            publisher: call.publisher.as_ref().map(|id| business.publisher(id)).unwrap_or_default(),
            outcome,
            class,
            buyer: sold.map(|sold| business.names.buyer(&sold.buyer)).unwrap_or_default(),
            bids: call.ended.as_ref().map_or_else(String::new, |ended| match ended.pings {
                0 => "none asked".to_owned(),
                pings => format!("{} of {pings}", ended.bids),
            }),
            price,
            talk: sold.and_then(|sold| sold.talk).map(length).unwrap_or_default(),
            note: match sold {
                Some(sold) if sold.disputed => "disputed",
                Some(sold) if sold.state == SaleState::Pending => "pending",
                Some(sold) if sold.state == SaleState::Void => "void",
                _ => "",
            },
        }
    }
}

fn outcome(call: &CallRow) -> (String, &'static str) {
    let Some(ended) = &call.ended else {
        let text = if call.sold.is_some() { "Talking" } else { "Going on" };
        return (text.to_owned(), "near");
    };
    let named = EACH_OUTCOME.iter().find(|(code, _)| *code == ended.outcome);
    let text = named.map_or_else(|| ended.outcome.clone(), |(_, text)| (*text).to_owned());
    (text, if ended.outcome == "sold" { "won" } else { "" })
}

/// A length of time as people say it, ex: `3 min 12 s`, `640 ms`.
pub(crate) fn length(of: Duration) -> String {
    match (of.as_secs(), of.subsec_millis()) {
        (0, ms) => format!("{ms} ms"),
        (secs @ 1..60, ms) if ms >= 100 => format!("{secs}.{} s", ms / 100),
        (secs @ 1..60, _) => format!("{secs} s"),
        (secs, _) if secs % 60 == 0 => format!("{} min", secs / 60),
        (secs, _) => format!("{} min {} s", secs / 60, secs % 60),
    }
}
