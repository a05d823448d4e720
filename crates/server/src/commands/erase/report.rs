//! What is said of an erasure: who must be told, what was cancelled, what is still to be done. Nothing of the person.

use std::{collections::BTreeMap, fmt::Write};

use ::settings::{Settings, Surroundings};
use anyhow::Context;
use lead::{BuyerId, JourneyId, OfferId, Timestamp};
use secrecy::ExposeSecret;
use serde_json::json;
use store::{AtCarrier, ErasureNotice, ErasureNoticeState, Facts, Forgotten, Sale, SaleFilter, Store, Sure};

use super::Failure;
use crate::config::Config;

/// What is said.
pub(super) struct Report {
    pub(super) state: State,
    forgotten: Option<Forgotten>,
    journeys: Vec<JourneyId>,
    sales: Vec<Sale>,
    facts: Facts,
    pinged: Vec<Pinged>,
    clean: bool,
}

/// What there was, and is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// There is nothing.
    Nothing,
    /// It is there still.
    Held,
    /// It was erased now.
    Erased,
    /// It was erased before.
    Before,
}

/// A buyer whose ping carried the number, as its offer's setting says.
struct Pinged {
    journey: JourneyId,
    buyer: BuyerId,
    offer: OfferId,
    at: Timestamp,
}

/// Gathers what there is to say of these journeys.
pub(super) async fn of(
    config: &Config,
    store: &Store,
    state: State,
    forgotten: Option<Forgotten>,
    journeys: Vec<JourneyId>,
) -> Result<Report, Failure> {
    let facts = store.facts(&journeys).await.context("reading who was told")?;
    let (mut sales, mut pinged, mut editions) = (vec![], vec![], BTreeMap::new());
    for journey in &journeys {
        let filter = SaleFilter { journey: Some(*journey), ..SaleFilter::default() };
        sales.extend(store.sales(filter).await.context("reading the sales")?);
        for auction in store.auctions_of(*journey).await.context("reading the auctions")? {
            let version = auction.settings_version;
            if let std::collections::btree_map::Entry::Vacant(entry) = editions.entry(version) {
                entry.insert(settings(config, store, version).await?);
            }
            let shows = |offer: &OfferId| {
                let settings = editions.get(&version).and_then(Option::as_ref);
                settings.and_then(|settings| settings.offer(offer)).is_some_and(|offer| offer.phone_in_ping)
            };
            let asked =
                auction.offers.into_iter().filter(|offer| offer.ping.is_some() && shows(&offer.offer));
            pinged.extend(asked.map(|offer| Pinged {
                journey: *journey,
                buyer: offer.buyer,
                offer: offer.offer,
                at: auction.opened_at,
            }));
        }
    }
    Ok(Report { state, forgotten, journeys, sales, facts, pinged, clean: true })
}

/// The settings that an auction had. A credential that is gone does not matter here.
async fn settings(config: &Config, store: &Store, version: u64) -> Result<Option<Settings>, Failure> {
    let stored = store.settings(version).await.context("reading the calls' settings")?;
    let surroundings =
        Surroundings { policy: config.exchange.policy(), credential: &|_| Some("gone".to_owned()) };
    Ok(stored.and_then(|stored| Settings::parse(stored.body.expose_secret(), "settings", &surroundings).ok()))
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "nothing_held",
            Self::Held => "held",
            Self::Erased => "erased",
            Self::Before => "already_erased",
        }
    }
}

impl Report {
    pub(super) fn nothing() -> Self {
        Self {
            state: State::Nothing,
            forgotten: None,
            journeys: vec![],
            sales: vec![],
            facts: Facts::default(),
            pinged: vec![],
            clean: true,
        }
    }

    pub(super) fn scrubbed(self, clean: bool) -> Self {
        Self { clean, ..self }
    }

    /// What is still to be done, one line each.
    pub(super) fn left(&self) -> Vec<String> {
        if !matches!(self.state, State::Erased | State::Before) {
            return vec![];
        }
        let mut left: Vec<_> = self
            .facts
            .under_way
            .iter()
            .map(|journey| {
                format!("call {journey} is under way: the server forgets its person when it has ended")
            })
            .collect();
        let waiting = self.facts.recordings.iter().filter(|(_, deleted)| !deleted);
        left.extend(waiting.map(|(what, _)| match what {
            AtCarrier::One(reference) => format!(
                "recording {reference} is still at the carrier: the server asks again until it is deleted"
            ),
            AtCarrier::AllOf(leg) => format!(
                "call {} may have been recorded: the server asks the carrier again until that is deleted",
                leg.0
            ),
        }));
        if !self.clean {
            left.push(
                "the database's log still holds what was erased, since it is being read: repeat the command"
                    .to_owned(),
            );
        }
        left
    }

    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        let calls = match self.journeys.len() {
            1 => "1 call".to_owned(),
            n => format!("{n} calls"),
        };
        let asked = self.forgotten.as_ref();
        let line = match (self.state, asked) {
            (State::Nothing, _) => "nothing is held of this person".to_owned(),
            (State::Held, _) => format!("{calls} of this person would be erased"),
            (State::Before, Some(asked)) => {
                format!(
                    "already erased: {calls} of this person, at {} (erasure {})",
                    asked.asked_at, asked.erasure
                )
            }
            (_, Some(asked)) => format!("erased: {calls} of this person (erasure {})", asked.erasure),
            (_, None) => format!("erased: {calls} of this person"),
        };
        put(&mut text, &line);
        for sale in &self.sales {
            let (id, buyer, price) = (sale.id, &sale.buyer, sale.price);
            put(&mut text, &format!("stays booked: sale {id}, {buyer}, {price}, {}", sale.state.as_str()));
        }
        for (who, how, at) in self.holders() {
            put(&mut text, &format!("to be told: {who}, {how} at {at}"));
        }
        for notice in &self.facts.notices {
            let ErasureNotice { sale, buyer, offer, .. } = notice;
            let of = format!("{buyer} (offer {offer}), of sale {sale}");
            let line = match (notice.state, notice.last_error.as_deref()) {
                (ErasureNoticeState::Due, None) => format!("is told by the server: {of}"),
                (ErasureNoticeState::Due, Some(error)) => {
                    format!("is told by the server again: {of}: {error}")
                }
                (ErasureNoticeState::Delivered, _) => format!("was told: {of}"),
                (ErasureNoticeState::ByHand, why) => {
                    format!("to be told by hand: {of}: {}", why.unwrap_or("no_word_for_it"))
                }
            };
            put(&mut text, &line);
        }
        for (post, sale, offer) in &self.facts.cancelled {
            put(
                &mut text,
                &format!("cancelled: post {post} of sale {sale} to {offer}, never confirmed as delivered"),
            );
        }
        for (what, _) in self.facts.recordings.iter().filter(|(_, deleted)| *deleted) {
            let what = match what {
                AtCarrier::One(reference) => format!("recording {reference}"),
                AtCarrier::AllOf(leg) => format!("whatever was recorded of call {}", leg.0),
            };
            put(&mut text, &format!("deleted at the carrier: {what}"));
        }
        text
    }

    /// Everybody who was told of the person, or may have been.
    fn holders(&self) -> Vec<(String, &'static str, Timestamp)> {
        let told = self.facts.told.iter().map(|told| {
            let how = match (told.how, told.sure) {
                (store::How::Post, Sure::Certain) => "the lead was posted and taken",
                (store::How::Post, Sure::Possible) => "the lead was posted and may have come",
                (store::How::CallerId, _) => "its phone rang and showed the number",
                (store::How::Confirm, _) => "its confirm carried the number",
            };
            (format!("{} (offer {})", told.buyer, told.offer), how, told.at)
        });
        let pinged = self.pinged.iter().map(|pinged| {
            (format!("{} (offer {})", pinged.buyer, pinged.offer), "its ping carried the number", pinged.at)
        });
        told.chain(pinged).collect()
    }

    pub(super) fn json(&self) -> serde_json::Value {
        let told = self.facts.told.iter().map(|told| {
            json!({
                "buyer": told.buyer, "offer": told.offer, "journey": told.journey.to_string(),
                "sale": told.sale.map(|sale| sale.to_string()), "by": told.how.as_str(),
                "at": told.at.to_string(), "certain": told.sure == Sure::Certain,
            })
        });
        let pinged = self.pinged.iter().map(|pinged| {
            json!({
                "buyer": pinged.buyer, "offer": pinged.offer, "journey": pinged.journey.to_string(),
                "sale": null, "by": "ping", "at": pinged.at.to_string(), "certain": false,
            })
        });
        let holders: Vec<_> = told.chain(pinged).collect();
        let ids = |all: &[JourneyId]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
        json!({
            "state": self.state.as_str(),
            "erasure": self.forgotten.as_ref().map(|it| it.erasure.to_string()),
            "asked_at": self.forgotten.as_ref().map(|it| it.asked_at.to_string()),
            "journeys": ids(&self.journeys),
            "under_way": ids(&self.facts.under_way),
            "sales": self.sales.iter().map(|sale| json!({
                "sale": sale.id.to_string(), "buyer": sale.buyer, "offer": sale.offer,
                "price": sale.price.to_string(), "state": sale.state.as_str(),
            })).collect::<Vec<_>>(),
            "holders": holders,
            "notices": self.facts.notices.iter().map(|it| json!({
                "sale": it.sale.to_string(), "buyer": it.buyer, "offer": it.offer, "state": it.state.as_str(),
                "tries": it.tries, "error": it.last_error,
            })).collect::<Vec<_>>(),
            "posts_cancelled": self.facts.cancelled.iter().map(|(post, sale, offer)| json!({
                "post": post.to_string(), "sale": sale.to_string(), "offer": offer,
            })).collect::<Vec<_>>(),
            "recordings": self.facts.recordings.iter().map(|(what, deleted)| match what {
                AtCarrier::One(reference) => json!({ "recording": reference, "deleted": deleted }),
                AtCarrier::AllOf(leg) => json!({ "all_of_call": leg.0, "deleted": deleted }),
            }).collect::<Vec<_>>(),
            "left": self.left(),
        })
    }
}

fn put(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a string takes all");
}
