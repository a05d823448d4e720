//! What the address of a list says: every filter is one of its parameters.

use std::collections::BTreeMap;

use lead::{BuyerId, CampaignId, Channel, OfferId, PublisherId, Timestamp, geo::State};
use store::{CallFilter, CallOrder, Cursor, SaleState, Stage};

use crate::{
    business::Business,
    pages::reading::{Reading, begins, ends},
    problem::Problem,
    query::Query,
};

/// Every way in which a call ends, with what people call it.
pub(crate) const EACH_OUTCOME: [(&str, &str); 15] = [
    ("sold", "Sold"),
    ("too_short", "Too short"),
    ("won_abandoned", "Gone at the acceptance"),
    ("repeat", "Same caller again"),
    ("no_bids", "No bids"),
    ("nobody_eligible", "Nobody to ask"),
    ("nobody_answered", "Nobody took it"),
    ("hold_ran_out", "Hold ran out"),
    ("disqualified", "Not for sale"),
    ("no_input", "No answer given"),
    ("consent_refused", "No consent"),
    ("repeat_refused", "Again too soon"),
    ("abandoned_interview", "Hung up in the questions"),
    ("abandoned_hold", "Hung up on hold"),
    ("abandoned_ring", "Hung up while it rang"),
];

/// The parameters, in the order in which an address has them.
const NAMES: [&str; 14] = [
    "from",
    "until",
    "campaign",
    "publisher",
    "buyer",
    "offer",
    "channel",
    "outcome",
    "sale",
    "state",
    "stage",
    "test",
    "below",
    "order",
];

/// What the address of a list says.
#[derive(Debug, Default)]
pub(crate) struct CallQuery {
    given: BTreeMap<&'static str, String>,
    filter: CallFilter,
}

/// What can be chosen in the form: each as its value and its name.
pub(crate) struct Choices {
    pub(crate) campaigns: Vec<(String, String)>,
    pub(crate) publishers: Vec<(String, String)>,
    pub(crate) buyers: Vec<(String, String)>,
    pub(crate) offers: Vec<(String, String)>,
    pub(crate) states: Vec<(String, String)>,
}

impl CallQuery {
    /// Reads an address. Days are those of the business's zone; `until` is the last of them.
    pub(crate) fn of(query: &Query, business: &Business) -> Result<Self, Problem> {
        Self::with_more(query, business, &[])
    }

    /// As [`CallQuery::of`], of an address that says more, which somebody else reads.
    pub(crate) fn with_more(query: &Query, business: &Business, more: &[&str]) -> Result<Self, Problem> {
        let mut reading = Reading::of(query, &[&NAMES[..], &["after", "limit"], more].concat());
        let filter = CallFilter {
            from: reading.read("from", "a day, ex: 2026-11-01, or a time", |text| begins(text, business)),
            until: reading.read("until", "a day, ex: 2026-11-30, or a time", |text| ends(text, business)),
            campaign: reading.read("campaign", "a campaign's id", |text| CampaignId::parse(text).ok()),
            publisher: reading.read("publisher", "a publisher's id", |text| PublisherId::parse(text).ok()),
            buyer: reading.read("buyer", "a buyer's id", |text| BuyerId::parse(text).ok()),
            offer: reading.read("offer", "an offer's id", |text| OfferId::parse(text).ok()),
            channel: reading.read("channel", "call, form or callback", channel),
            outcome: reading.read("outcome", "a code of the reference", |text| {
                EACH_OUTCOME.iter().find(|(code, _)| *code == text).map(|(code, _)| (*code).to_owned())
            }),
            sale: reading.read("sale", "pending, earned or void", SaleState::parse),
            state: reading.read("state", "a state, ex: FL", State::parse),
            stage: reading.read("stage", "live or ended", |text| match text {
                "live" => Some(Stage::Live),
                "ended" => Some(Stage::Ended),
                _ => None,
            }),
            test: reading.read("test", "yes or no", |text| match text {
                "yes" => Some(true),
                "no" => Some(false),
                _ => None,
            }),
            below_static: reading.read("below", "static", |text| (text == "static").then_some(())).is_some(),
            number: None,
            order: reading.read("order", "newest, oldest or dearest", CallOrder::parse).unwrap_or_default(),
            after: reading.read("after", "the cursor of an earlier page", |text| text.parse::<Cursor>().ok()),
            limit: reading.read("limit", "1 to 1000", |text| {
                text.parse().ok().filter(|limit| (1..=1000).contains(limit))
            }),
        };
        reading.finish()?;
        let given = NAMES.into_iter().map(|name| (name, query.text(name).to_owned()));
        Ok(Self { given: given.filter(|(_, text)| !text.is_empty()).collect(), filter })
    }

    /// The filter, for a page of at most so many where the address does not say.
    pub(crate) fn filter(&self, _now: Timestamp, page: u32) -> CallFilter {
        CallFilter { limit: self.filter.limit.or(Some(page)), ..self.filter.clone() }
    }

    /// What a parameter says; empty where it is not given.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.given.get(name).map_or("", String::as_str)
    }

    /// Whether a parameter says so.
    pub(crate) fn is(&self, name: &str, value: &str) -> bool {
        self.text(name) == value
    }

    /// Whether something is filtered by what stands behind “More”.
    pub(crate) fn is_rare(&self) -> bool {
        ["publisher", "offer", "channel", "sale", "state", "stage", "test", "below"]
            .iter()
            .any(|name| !self.text(name).is_empty())
    }

    /// Whether anything is filtered.
    pub(crate) fn is_filtered(&self) -> bool {
        self.given.keys().any(|name| *name != "order")
    }

    /// What stands behind the `?` with one parameter set, or taken away if it is empty. A page's place is not kept.
    pub(crate) fn with(&self, name: &str, value: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (known, text) in self.given.iter().filter(|(known, _)| **known != name) {
            query.append_pair(known, text);
        }
        if !value.is_empty() {
            query.append_pair(name, value);
        }
        query.finish()
    }

    /// What stands behind the `?`, without a page's place.
    pub(crate) fn bare(&self) -> String {
        self.with("after", "")
    }
}

impl Choices {
    pub(crate) fn of(business: &Business) -> Self {
        fn each<'a, I: ToString + 'a>(
            all: impl Iterator<Item = (&'a I, &'a String)>,
        ) -> Vec<(String, String)> {
            all.map(|(id, name)| (id.to_string(), name.clone())).collect()
        }
        Self {
            campaigns: each(business.campaigns.iter()),
            publishers: each(business.publishers.iter()),
            buyers: each(business.names.buyers.iter()),
            offers: each(business.names.offers.iter()),
            states: State::all().map(|state| (state.to_string(), state.name().to_owned())).collect(),
        }
    }
}

fn channel(text: &str) -> Option<Channel> {
    match text {
        "call" => Some(Channel::Call),
        "form" => Some(Channel::Form),
        "callback" => Some(Channel::Callback),
        _ => None,
    }
}
