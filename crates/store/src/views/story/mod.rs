//! Everything about one call, for the page that shows it: what happened, who was asked and why it came out so, who was
//! tried, what became of the money, and who has seen the caller's number.
//!
//! Personal values stay in custody: whoever shows one reveals it, and says so in the audit.

mod attempts;
mod consent;
mod offers;
mod spans;
mod steps;

pub use attempts::{AttemptEnd, StoryAttempt};
pub use consent::StoryConsent;
pub use offers::{StoryAuction, StoryOffer};
pub use spans::{Span, SpanKind};
pub use steps::StoryStep;

use std::collections::BTreeMap;

use ivr::Input;
use journey::{Ended, Event, Standby};
use lead::{BuyerId, CampaignId, E164, JourneyId, OfferId, Pii, Profile, PublisherId, SaleId, Timestamp};

use super::{
    Amounts, Reason, Sale, SaleEntry,
    behind::{Behind, Cause},
    kept, reasons,
};
use crate::{
    EntryKind, LegRecord, LoadError, OutboxError, Place, Post, ReadFailed, Recorded, Store, Told,
    durable::binds, seal::masked,
};

/// One call's story.
#[derive(Debug)]
pub struct Story {
    /// The journey.
    pub journey: JourneyId,
    /// Its campaign. A light journey's is found by the number that it arrived at.
    pub campaign: Option<CampaignId>,
    /// Who sent it. Of a light journey it is not known yet.
    pub publisher: Option<PublisherId>,
    /// Where it is kept.
    pub place: Place,
    /// The settings version that it began with.
    pub settings_version: u64,
    /// Its person was erased.
    pub erased: bool,
    /// It is a test: at price zero, outside caps and reports.
    pub test: bool,
    /// When it arrived.
    pub arrived_at: Timestamp,
    /// When it ended, if it has.
    pub ended_at: Option<Timestamp>,
    /// How it ended, in a sentence; `None`: it goes on.
    pub reason: Option<Reason>,
    /// The number that was dialled.
    pub dnis: Option<E164>,
    /// The caller's number, in custody. `None`: withheld.
    pub caller: Option<Pii<String>>,
    /// The caller's number with most of it covered, ex: `(305) •••-••42`.
    pub masked: Option<String>,
    /// What bidders were shown last.
    pub shown: Profile,
    /// What the caller answered, in custody, by the step of the question.
    pub heard: Vec<(u16, Timestamp, Input<Pii<String>>)>,
    /// What its person agreed to.
    pub consents: Vec<StoryConsent>,
    /// The parts of its time, for a picture to scale.
    pub spans: Vec<Span>,
    /// What happened, in its order.
    pub steps: Vec<StoryStep>,
    /// Each auction.
    pub auctions: Vec<StoryAuction>,
    /// Each award.
    pub attempts: Vec<StoryAttempt>,
    /// Each sale with its entries.
    pub sales: Vec<(Sale, Vec<SaleEntry>)>,
    /// The legs that a node of ours held itself, once they are over.
    pub legs: Vec<LegRecord>,
    /// The requests to buyers that it led to.
    pub posts: Vec<Post>,
    /// Who has seen the number, or may have.
    pub seen_by: Vec<Told>,
}

/// What offers and buyers are called and how money is written, for sentences. Whoever has no name is called by its id.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Of offers.
    pub offers: BTreeMap<OfferId, String>,
    /// Of buyers.
    pub buyers: BTreeMap<BuyerId, String>,
    /// How money is written in a sentence.
    pub amounts: Amounts,
}

/// Why a story could not be told.
#[derive(Debug, thiserror::Error)]
pub enum StoryError {
    /// The journey could not be loaded.
    #[error("the journey could not be loaded")]
    Load(#[from] LoadError),
    /// The store could not be read.
    #[error("the store could not be read")]
    Read(#[from] ReadFailed),
    /// The outbox could not be read.
    #[error("the outbox could not be read")]
    Posts(#[from] OutboxError),
}

impl Names {
    /// What an offer is called.
    pub fn offer(&self, offer: &OfferId) -> String {
        self.offers.get(offer).cloned().unwrap_or_else(|| offer.to_string())
    }

    /// What a buyer is called.
    pub fn buyer(&self, buyer: &BuyerId) -> String {
        self.buyers.get(buyer).cloned().unwrap_or_else(|| buyer.to_string())
    }
}

/// What a durable journey's own row says.
#[derive(Default)]
struct Ending {
    at: Option<Timestamp>,
    code: Option<String>,
    publisher: Option<PublisherId>,
    test: bool,
}

impl Store {
    /// A call's story. `ended`: how it ended, where whoever asks has folded it; else its row's code says it, without the
    /// question that an interview ended at.
    ///
    /// # Errors
    /// When something of it cannot be read. `Ok(None)` is a call that nobody knows.
    pub async fn story(
        &self,
        id: JourneyId,
        ended: Option<Ended>,
        names: &Names,
    ) -> Result<Option<Story>, StoryError> {
        let Some(record) = self.load(id).await? else { return Ok(None) };
        let ending = self.ending(id).await?;
        let records = self.auctions_of(id).await?;
        let mut sales = vec![];
        for sale in self.sales_of(id).await? {
            sales.extend(self.sale_with_entries(sale).await?);
        }
        let posts = self.posts_of(id).await?;
        let seen_by = self.facts(&[id]).await?.told;
        let events = &record.entries;
        let reserved = self.reserved(id).await?;
        let attempts = attempts::of(events, reserved, &sales, record.campaign.as_ref(), &names.amounts);
        let auctions =
            records.into_iter().map(|record| offers::of(record, events, &attempts, &names.amounts));
        let auctions = auctions.collect::<Vec<_>>();
        let ended = ended.or_else(|| kept::ended(ending.code.as_deref()?));
        let mut story = Story {
            journey: id,
            publisher: ending.publisher,
            place: record.place,
            settings_version: record.settings_version,
            erased: record.erased,
            test: ending.test,
            arrived_at: events.first().map_or_else(Timestamp::default, |first| first.at),
            ended_at: ending.at,
            reason: None,
            dnis: None,
            caller: None,
            masked: None,
            shown: shown(events),
            heard: heard(events),
            consents: self.consents(id, events).await?,
            spans: spans::of(events, ending.at),
            steps: steps::of(events, &attempts, &sales, &posts, names),
            campaign: record.campaign,
            auctions,
            attempts,
            sales,
            legs: self.legs_of(id).await?,
            posts,
            seen_by,
        };
        if let Some(first) = events.first().map(|first| &first.event) {
            if let Event::Arrived { dnis, standby, .. } = first {
                story.dnis = Some(dnis.clone());
                story.test |= matches!(standby, Standby::Test(_));
            }
            story.caller = first.whose().cloned();
            story.masked = first.whose().map(masked);
        }
        story.reason = ended.and_then(|ended| story.ended_reason(&ended, names));
        Ok(Some(story))
    }

    /// Its sales, the first first: by the journey's own index, however many sales there are.
    async fn sales_of(&self, id: JourneyId) -> Result<Vec<SaleId>, ReadFailed> {
        const SALES: &str = "SELECT id FROM sales WHERE journey = $1 ORDER BY booked_at, id";
        let rows = self.durable.rows(SALES, binds![id]).await?;
        Ok(rows.iter().map(|row| row.id("id").map(SaleId::from_uuid)).collect::<Result<_, sqlx::Error>>()?)
    }

    async fn ending(&self, id: JourneyId) -> Result<Ending, ReadFailed> {
        const ENDING: &str = "SELECT j.ended_at, j.outcome, a.publisher, \
            COALESCE(a.test, FALSE) AS test FROM journeys j \
            LEFT JOIN arrivals a ON a.journey = j.id WHERE j.id = $1";
        let Some(row) = self.durable.row(ENDING, binds![id]).await? else { return Ok(Ending::default()) };
        Ok(Ending {
            at: row.at_opt("ended_at")?,
            code: row.text_opt("outcome")?,
            publisher: row.slug_opt("publisher")?,
            test: row.flag("test")?,
        })
    }
}

impl Story {
    /// The sale that counts: the one that is not void, else the last.
    pub fn sale(&self) -> Option<&(Sale, Vec<SaleEntry>)> {
        self.sales.iter().find(|(sale, _)| sale.state != super::SaleState::Void).or(self.sales.last())
    }

    fn ended_reason(&self, ended: &Ended, names: &Names) -> Option<Reason> {
        let campaign = self.campaign.as_ref()?;
        let sale = self.sale();
        let talk = sale.and_then(|(_, entries)| {
            let settled = |entry: &&SaleEntry| matches!(entry.kind, EntryKind::Earned | EntryKind::Void);
            entries.iter().rev().find(settled).and_then(|entry| entry.talk)
        });
        let asked = || self.auctions.iter().flat_map(|auction| &auction.offers);
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let figures = reasons::CallFigures {
            buyer: sale.map(|(sale, _)| names.buyer(&sale.buyer)),
            offer: sale.map(|(sale, _)| sale.offer.clone()),
            price: sale.map(|(sale, _)| sale.price),
            talk,
            payable_after: sale.map(|(sale, _)| sale.ranked.payable_after),
            pings: count(asked().filter(|offer| offer.asked).count()),
            bids: count(asked().filter(|offer| offer.bid).count()),
            tried: count(self.attempts.iter().filter(|attempt| attempt.dialled_at.is_some()).count()),
            amounts: names.amounts.clone(),
        };
        let reason = reasons::of_call(campaign, ended, &figures);
        Some(match reason.behind {
            Behind::Cause(Cause::EachOffer) => Reason { behind: self.nearest(campaign), ..reason },
            _ => reason,
        })
    }

    /// The setting behind the offer that came nearest to a sale: the first that was awarded, else the best bid that could
    /// not be taken, else the first that could not be asked.
    fn nearest(&self, campaign: &CampaignId) -> Behind {
        let lost = self.attempts.iter().filter_map(|attempt| match &attempt.end {
            AttemptEnd::Lost(reason) => Some(reason),
            AttemptEnd::Open | AttemptEnd::Accepted => None,
        });
        let considered = self.auctions.iter().flat_map(|auction| &auction.offers).map(|offer| &offer.reason);
        let found = lost.chain(considered).find(|reason| reason.behind.setting().is_some());
        match found {
            Some(reason) => reason.behind.clone(),
            // No offer is of what the campaign sells.
            None if self.auctions.iter().any(|auction| auction.offers.is_empty()) => {
                Behind::campaign(campaign, "vertical")
            }
            None => Behind::Cause(Cause::EachOffer),
        }
    }
}

/// What the bidders of the last auction were shown.
fn shown(events: &[Recorded]) -> Profile {
    let last = events.iter().rev().find_map(|entry| match &entry.event {
        Event::AuctionClosed { ranking } => Some(ranking.shown.clone()),
        _ => None,
    });
    last.unwrap_or_default()
}

fn heard(events: &[Recorded]) -> Vec<(u16, Timestamp, Input<Pii<String>>)> {
    let heard = events.iter().filter_map(|entry| match &entry.event {
        Event::Heard { step, input } => Some((*step, entry.at, input.clone())),
        _ => None,
    });
    heard.collect()
}
