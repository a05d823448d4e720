//! A line of a report: the same on the screen, in the CSV and in the API.

use serde::Serialize;
use store::{Figures, ReportBy, ReportLine};
use utoipa::ToSchema;

use crate::{
    business::Business,
    pages::{
        calls::{EACH_OUTCOME, length},
        figures::{count, percent},
    },
};

/// A line of a report. Amounts are decimal strings in the business's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ReportRow {
    /// What it is of: a day, an id, a code. Nothing: calls that have none.
    pub(crate) key: Option<String>,
    /// Calls that have ended.
    pub(crate) calls: u64,
    /// Of them, those that at least one offer was asked for.
    pub(crate) asked: u64,
    /// Bids that came.
    pub(crate) bids: u64,
    /// Calls with a sale that is not void.
    pub(crate) sold: u64,
    /// Owed for certain.
    #[schema(example = "91.00")]
    pub(crate) earned: String,
    /// Owed if it is earned.
    pub(crate) pending: String,
    /// What publishers are owed.
    pub(crate) payout: String,
    /// What is left of what is earned.
    pub(crate) margin: String,
    /// What static prices would have brought for what is earned, where there was one.
    pub(crate) at_static: String,
    /// By how much what is earned is above it.
    pub(crate) uplift: String,
    /// Calls that were sold below the static price that stood.
    pub(crate) below_static: u64,
    /// By how much, together.
    pub(crate) below_static_by: String,
    /// Seconds of talk.
    pub(crate) talk_seconds: u64,
    #[serde(skip)]
    pub(crate) shown: ShownLine,
}

/// What stands on the screen in other words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShownLine {
    pub(crate) name: String,
    pub(crate) calls: String,
    pub(crate) sold: String,
    pub(crate) depth: String,
    pub(crate) earned: String,
    pub(crate) earned_micros: i64,
    pub(crate) static_micros: i64,
    pub(crate) pending: String,
    pub(crate) margin: String,
    pub(crate) uplift: String,
    pub(crate) below: String,
    pub(crate) talk: String,
}

/// The columns of the CSV, in their order.
pub(crate) const COLUMNS: [&str; 14] = [
    "key",
    "calls",
    "asked",
    "bids",
    "sold",
    "earned",
    "pending",
    "payout",
    "margin",
    "at_static",
    "uplift",
    "below_static",
    "below_static_by",
    "talk_seconds",
];

impl ReportRow {
    pub(crate) fn of(line: &ReportLine, by: ReportBy, business: &Business) -> Self {
        let name = line.key.as_deref().map_or_else(|| "None".to_owned(), |key| name(key, by, business));
        Self::made(line.key.clone(), name, &line.figures, business)
    }

    /// The sum of all lines.
    pub(crate) fn total(lines: &[ReportLine], business: &Business) -> Self {
        let mut sum = Figures::default();
        lines.iter().for_each(|line| sum.add(&line.figures));
        Self::made(None, "Total".to_owned(), &sum, business)
    }

    fn made(key: Option<String>, name: String, of: &Figures, business: &Business) -> Self {
        let money = |amount| business.money(amount);
        let tenths = (of.bids * 10).checked_div(of.asked);
        Self {
            key,
            calls: of.calls,
            asked: of.asked,
            bids: of.bids,
            sold: of.sold,
            earned: of.earned.to_string(),
            pending: of.pending.to_string(),
            payout: of.payout.to_string(),
            margin: of.margin().to_string(),
            at_static: of.at_static.to_string(),
            uplift: of.uplift.to_string(),
            below_static: of.below_static,
            below_static_by: of.below_static_by.to_string(),
            talk_seconds: of.talk.as_secs(),
            shown: ShownLine {
                name,
                calls: count(of.calls),
                sold: format!("{} · {}", count(of.sold), percent(of.sold, of.calls)),
                depth: tenths.map_or_else(|| "—".to_owned(), |it| format!("{}.{}", it / 10, it % 10)),
                earned: money(of.earned),
                earned_micros: of.earned.micros(),
                static_micros: of.at_static.micros(),
                pending: money(of.pending),
                margin: money(of.margin()),
                uplift: money(of.uplift),
                below: match of.below_static {
                    0 => "—".to_owned(),
                    n => format!("{} · {}", count(n), money(of.below_static_by)),
                },
                talk: length(std::time::Duration::from_secs(of.talk.as_secs())),
            },
        }
    }

    /// Its cells, in the order of [`COLUMNS`].
    pub(crate) fn cells(&self) -> [String; 14] {
        [
            self.key.clone().unwrap_or_default(),
            self.calls.to_string(),
            self.asked.to_string(),
            self.bids.to_string(),
            self.sold.to_string(),
            self.earned.clone(),
            self.pending.clone(),
            self.payout.clone(),
            self.margin.clone(),
            self.at_static.clone(),
            self.uplift.clone(),
            self.below_static.to_string(),
            self.below_static_by.clone(),
            self.talk_seconds.to_string(),
        ]
    }
}

/// What people call what a line is of.
fn name(key: &str, by: ReportBy, business: &Business) -> String {
    let plain = || key.to_owned();
    match by {
        ReportBy::Campaign => {
            lead::CampaignId::parse(key).map_or_else(|_| plain(), |id| business.campaign(&id))
        }
        ReportBy::Publisher => {
            lead::PublisherId::parse(key).map_or_else(|_| plain(), |id| business.publisher(&id))
        }
        ReportBy::Buyer => lead::BuyerId::parse(key).map_or_else(|_| plain(), |id| business.names.buyer(&id)),
        ReportBy::Offer => lead::OfferId::parse(key).map_or_else(|_| plain(), |id| business.names.offer(&id)),
        ReportBy::State => lead::geo::State::parse(key).map_or_else(plain, |state| state.name().to_owned()),
        ReportBy::Outcome => {
            let known = EACH_OUTCOME.iter().find(|(code, _)| *code == key);
            known.map_or_else(plain, |(_, name)| (*name).to_owned())
        }
        ReportBy::Depth => crate::pages::figures::counted(key.parse().unwrap_or_default(), "bid"),
        ReportBy::All | ReportBy::Period(_) | ReportBy::Channel => plain(),
    }
}
