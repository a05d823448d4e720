//! What is sold, to whom and for how much, as a person writes it in one TOML document, and as programs change it there.
//!
//! Start at [`Settings::parse`], which reads the document, and at [`Document`], which changes one entry of it. This crate
//! knows no clock, no store and no environment, so that the same text gives the same settings on every machine. Every
//! mistake is found in one reading, with its line, its field and its mend; `docs/reference/settings.md` explains every key.

mod buyer;
mod campaign;
mod caps;
mod checks;
mod document;
mod draft;
mod entity;
mod field;
mod general;
mod handed;
mod hours;
mod keys;
pub mod lines;
pub mod nearest;
mod needed;
mod number;
mod offer;
mod problem;
mod publisher;
mod reference;
mod report;
mod script;
mod table;
pub mod wait;

use std::{collections::BTreeMap, fmt, sync::Arc};

use ::buyer::exchange::ExchangePolicy;
use ::publisher::Form;
use auction::{Buyer, Destination, Offer, Vertical};
use bridge::Payout;
use lead::{BuyerId, CampaignId, Channel, E164, OfferId, PublisherId};
use toml::de::DeTable;

pub use journey::{BuyerConsent, Campaign};

pub use self::{
    document::{Document, EditProblem, HIDDEN, Kind, from_one_line, in_one_line, pointer},
    general::General,
    handed::{CALLBACK_TRIES_MAX, Callback},
    keys::{SECTIONS, Section},
    number::Number,
    problem::SettingsProblem,
    publisher::Publisher,
    reference::{Explained, REFERENCE, explained},
};
use self::{
    draft::Draft,
    handed::Handed,
    report::{Report, Spot},
    table::Table,
};

/// The largest settings file, in bytes.
pub const SOURCE_BYTES_MAX: usize = 1_048_576;

/// What a reading is told of the process that it is for.
pub struct Surroundings<'a> {
    /// Where buyers' URLs may lead.
    pub policy: ExchangePolicy,
    /// The credential that the settings name as `env:NAME`.
    pub credential: &'a (dyn Fn(&str) -> Option<String> + Sync),
}

/// One version of the settings. It never changes; a new version replaces the whole. `Debug` shows no secret.
pub struct Settings {
    version: u64,
    source: Arc<str>,
    general: General,
    buyers: BTreeMap<BuyerId, Arc<Buyer>>,
    offers: BTreeMap<OfferId, Arc<Offer>>,
    publishers: BTreeMap<PublisherId, Publisher>,
    campaigns: BTreeMap<CampaignId, Arc<Campaign>>,
    handed: BTreeMap<CampaignId, Handed>,
    numbers: BTreeMap<E164, Number>,
    warnings: Vec<SettingsProblem>,
}

impl Settings {
    /// Reads a settings file. Its version is 0 until [`Settings::with_version`] names it.
    ///
    /// # Errors
    /// Everything that must be mended, in the order of the lines.
    pub fn parse(
        text: &str,
        file_name: &str,
        surroundings: &Surroundings<'_>,
    ) -> Result<Self, Vec<SettingsProblem>> {
        let report = Report::new(text, file_name, surroundings);
        if text.len() > SOURCE_BYTES_MAX {
            let whole = Spot { path: String::new(), span: 0..0 };
            report.problem(
                &whole,
                "the file is too large",
                format!("keep it under {SOURCE_BYTES_MAX} bytes"),
            );
            return Err(report.finish().err().unwrap_or_default());
        }
        let (root, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let spot = Spot { path: String::new(), span: error.span().unwrap_or(0..0) };
            report.problem(
                &spot,
                format!("this is not TOML: {}", error.message()),
                "docs/reference/settings.md shows its form",
            );
        }
        if !errors.is_empty() {
            return Err(report.finish().err().unwrap_or_default());
        }
        let draft = draft::read(Table::root(&report, root.get_ref()));
        checks::run(&draft);
        let settings = Self::assemble(text, draft);
        report.finish().map(|warnings| Self { warnings, ..settings })
    }

    /// The same settings under their number.
    pub fn with_version(self, version: u64) -> Self {
        let renamed = |(id, campaign): (CampaignId, Arc<Campaign>)| {
            (id, Arc::new(Campaign { version, ..Arc::unwrap_or_clone(campaign) }))
        };
        let campaigns = self.campaigns.into_iter().map(renamed).collect();
        Self { version, campaigns, ..self }
    }

    /// Their number.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// The text that they were read from: what is stored as the version's body, and exported.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What may be meant so, and often is not.
    pub fn warnings(&self) -> &[SettingsProblem] {
        &self.warnings
    }

    /// What holds everywhere.
    pub const fn general(&self) -> &General {
        &self.general
    }

    /// What a caller of this number reaches, and who is paid for the call.
    #[expect(clippy::type_complexity, reason = "a journey's facts want just this pair")]
    pub fn campaign_of(&self, dnis: &E164) -> Option<(Arc<Campaign>, Option<(PublisherId, Payout)>)> {
        let number = self.numbers.get(dnis)?;
        Some((self.campaign(&number.campaign)?, number.publisher.clone()))
    }

    /// A campaign.
    pub fn campaign(&self, id: &CampaignId) -> Option<Arc<Campaign>> {
        self.campaigns.get(id).cloned()
    }

    /// What leads of a campaign publishers may hand in. `None`: none.
    pub fn form(&self, id: &CampaignId) -> Option<&Arc<Form>> {
        self.handed.get(id)?.form.as_ref()
    }

    /// How a person is rung who asks this campaign for it. `None`: nobody may ask.
    pub fn callback(&self, id: &CampaignId) -> Option<&Arc<Callback>> {
        self.handed.get(id)?.callback.as_ref()
    }

    /// Whether a number is one of ours or a buyer's, so that nobody may have it rung.
    pub fn is_of_business(&self, number: &E164) -> bool {
        let of_offer = |offer: &Offer| {
            let usual = matches!(&offer.destination, Some(Destination::Phone(own)) if own == number);
            usual || offer.allowed.numbers.contains(number)
        };
        self.numbers.contains_key(number)
            || self.campaigns.values().any(|it| it.fallback.dial.as_ref() == Some(number))
            || self.offers.values().any(|offer| of_offer(offer))
    }

    /// All campaigns, in the order of their ids.
    pub fn campaigns(&self) -> impl Iterator<Item = &Arc<Campaign>> {
        self.campaigns.values()
    }

    /// Every offer that is considered in this vertical and channel, active or not, in the order of their ids.
    pub fn offers_for(&self, vertical: &Vertical, channel: Channel) -> Vec<(Arc<Offer>, Arc<Buyer>)> {
        let fits = |offer: &&Arc<Offer>| offer.vertical == *vertical && offer.channels.contains(&channel);
        self.offers
            .values()
            .filter(fits)
            .filter_map(|offer| Some((Arc::clone(offer), self.buyer(&offer.buyer)?)))
            .collect()
    }

    /// An offer.
    pub fn offer(&self, id: &OfferId) -> Option<Arc<Offer>> {
        self.offers.get(id).cloned()
    }

    /// All offers, in the order of their ids.
    pub fn offers(&self) -> impl Iterator<Item = &Arc<Offer>> {
        self.offers.values()
    }

    /// A buyer.
    pub fn buyer(&self, id: &BuyerId) -> Option<Arc<Buyer>> {
        self.buyers.get(id).cloned()
    }

    /// All buyers, in the order of their ids.
    pub fn buyers(&self) -> impl Iterator<Item = &Arc<Buyer>> {
        self.buyers.values()
    }

    /// A publisher.
    pub fn publisher(&self, id: &PublisherId) -> Option<&Publisher> {
        self.publishers.get(id)
    }

    /// All publishers, in the order of their ids.
    pub fn publishers(&self) -> impl Iterator<Item = &Publisher> {
        self.publishers.values()
    }

    /// All numbers, in their order.
    pub fn numbers(&self) -> impl Iterator<Item = &Number> {
        self.numbers.values()
    }

    fn assemble(text: &str, draft: Draft<'_>) -> Self {
        let campaigns = draft.campaigns.iter().map(|campaign| needed::complete(campaign, &draft));
        let campaigns = campaigns.map(|campaign| (campaign.id.clone(), Arc::new(campaign))).collect();
        let publishers: BTreeMap<_, _> =
            draft.publishers.into_iter().map(|entry| (entry.value.id.clone(), entry.value)).collect();
        let number = |entry: number::Draft| {
            let of_publisher = |id: PublisherId| {
                let usual = publishers.get(&id).map(|publisher: &Publisher| publisher.payout);
                Some((id, entry.payout.or(usual)?))
            };
            let publisher = entry.publisher.and_then(of_publisher);
            let number =
                Number { number: entry.number?, campaign: entry.campaign?, publisher, note: entry.note };
            Some((number.number.clone(), number))
        };
        Self {
            version: 0,
            source: text.into(),
            general: draft.general,
            buyers: draft
                .buyers
                .into_iter()
                .map(|entry| (entry.value.id.clone(), Arc::new(entry.value)))
                .collect(),
            offers: draft
                .offers
                .into_iter()
                .map(|entry| (entry.value.id.clone(), Arc::new(entry.value)))
                .collect(),
            handed: draft.handed.into_iter().map(|it| (it.campaign.clone(), it)).collect(),
            numbers: draft.numbers.into_iter().filter_map(|entry| number(entry.value)).collect(),
            campaigns,
            publishers,
            warnings: Vec::new(),
        }
    }
}

impl fmt::Debug for Settings {
    /// Ids and counts alone: texts, URLs and headers can hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("version", &self.version)
            .field("buyers", &self.buyers.keys().collect::<Vec<_>>())
            .field("offers", &self.offers.keys().collect::<Vec<_>>())
            .field("publishers", &self.publishers.keys().collect::<Vec<_>>())
            .field("campaigns", &self.campaigns.keys().collect::<Vec<_>>())
            .field("numbers", &self.numbers.len())
            .finish_non_exhaustive()
    }
}
