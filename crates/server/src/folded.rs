//! `Folded`: a journey in memory, with the history that it is the fold of.

use std::{collections::BTreeSet, sync::Arc};

use auction::{Kind, Outcome};
use bridge::Payout;
use journey::{Campaign, Event, Journey};
use lead::{Channel, E164, JourneyId, OfferId, Pii, PublisherId};
use settings::Settings;
use store::{ChainHash, Place, Record, RowFacts};

use crate::{book::Edition, intake::submitted, world::World};

/// The place of a journey's fold in this process.
#[derive(Default)]
pub enum Slot {
    /// It must be read.
    #[default]
    Empty,
    /// It is here.
    Here(Box<Folded>),
}

/// A journey with the history that it is the fold of.
pub struct Folded {
    /// The journey.
    pub journey: Journey,
    /// Where its events are kept.
    pub kept: Kept,
    /// The settings version that it began with.
    pub version: u64,
    /// The chain hash after each event.
    pub chain: Vec<ChainHash>,
    /// The keys of its events.
    pub keys: BTreeSet<String>,
    /// What its plain row says that the journey itself does not know.
    pub row: RowFacts,
}

/// Where a journey's events are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Nowhere yet.
    Nowhere,
    /// In flight: they may be lost.
    Light,
    /// For good.
    Durable,
}

impl Folded {
    /// The hash of its whole history; the start's where nothing has happened.
    pub fn head(&self) -> ChainHash {
        self.chain.last().copied().unwrap_or_else(|| ChainHash::start(self.journey.id()))
    }

    /// The hash after its `step`th event, for a URL that only this history may use.
    pub fn hash_at(&self, step: u16) -> Option<ChainHash> {
        usize::from(step).checked_sub(1).and_then(|n| self.chain.get(n)).copied()
    }

    /// Takes from an event what the plain row says of auctions. The settings are of the journey's version.
    pub fn note(&mut self, event: &Event<Pii<String>>, settings: &Settings) {
        if let Event::AuctionClosed { ranking } = event {
            // A static price that stands first is no bid, and its offer was asked only if its own outcome says so.
            let bids = ranking.ranked.iter().filter(|ranked| ranked.kind == Kind::Bid).count();
            let can_be_asked =
                |id: &OfferId| settings.offer(id).is_none_or(|offer| offer.endpoints.ping_url.is_some());
            let others = |is: fn(&Outcome) -> bool| {
                ranking.others.iter().filter(|(id, _, outcome)| is(outcome) && can_be_asked(id)).count()
            };
            let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            self.row.pings += count(bids + others(Outcome::was_asked));
            self.row.bids += count(bids + others(Outcome::was_bid));
            self.row.best_static = self.row.best_static.max(ranking.best_static);
        }
    }

    /// Whether a URL's hash is of this history.
    pub fn knows(&self, short: &str) -> bool {
        self.chain.iter().any(|hash| hash.short() == short)
    }
}

/// Why a journey could not be had.
#[derive(Debug, thiserror::Error)]
pub enum FoldError {
    /// The store could not be read.
    #[error("reading the journey")]
    Load(#[from] store::LoadError),
    /// The head of its events could not be read.
    #[error("reading the journey's head")]
    Head(#[source] store::ReadFailed),
    /// Its person was erased, and its answers with it: nothing follows from it any more.
    #[error("the journey's person was erased")]
    Erased,
    /// Its settings version is gone or not understood.
    #[error("settings version {0} could not be had")]
    Settings(u64),
    /// Its number belongs to no campaign of its version.
    #[error("the number dialled belongs to no campaign of settings version {0}")]
    NoCampaign(u64),
}

impl FoldError {
    /// Whether a newer release has written what this one does not understand. The journey is left to those who do.
    pub const fn is_of_newer(&self) -> bool {
        match self {
            Self::Load(error) => error.is_of_newer(),
            Self::Head(_) | Self::Erased | Self::Settings(_) | Self::NoCampaign(_) => false,
        }
    }

    /// Whether it may be had when the database is there.
    pub fn is_absence(&self) -> bool {
        match self {
            Self::Load(store::LoadError::Read(error)) | Self::Head(error) => error.is_absence(),
            Self::Load(_) | Self::Erased | Self::Settings(_) | Self::NoCampaign(_) => false,
        }
    }
}

/// Reads a journey and folds it. `None`: nothing of it is kept.
pub async fn read(world: &World, id: JourneyId) -> Result<Option<Folded>, FoldError> {
    match world.store.load(id).await? {
        Some(record) => fold(world, id, record).await.map(Some),
        None => Ok(None),
    }
}

/// As [`read`], the durable journal first: what was read before is somebody's past, and so may be what is in flight.
pub async fn read_again(world: &World, id: JourneyId) -> Result<Option<Folded>, FoldError> {
    match world.store.load_again(id).await? {
        Some(record) => fold(world, id, record).await.map(Some),
        None => Ok(None),
    }
}

async fn fold(world: &World, id: JourneyId, record: Record) -> Result<Folded, FoldError> {
    if record.erased {
        return Err(FoldError::Erased);
    }
    let version = record.settings_version;
    let edition = world.edition(version).await.ok_or(FoldError::Settings(version))?;
    let mut folded = record
        .entries
        .iter()
        .find_map(|entry| begin(&edition, id, &entry.event))
        .ok_or(FoldError::NoCampaign(version))?;
    folded.kept = match record.place {
        Place::Light => Kept::Light,
        Place::Durable => Kept::Durable,
    };
    for entry in record.entries {
        folded.note(&entry.event, &edition.settings);
        folded.chain.push(entry.hash);
        folded.keys.insert(entry.key);
        folded.journey.on_event(entry.at, entry.event);
    }
    Ok(folded)
}

/// A journey that begins with this event: a call to a number, or a form for a campaign. `None`: the event begins none, or
/// what it names is no campaign's.
pub fn begin(edition: &Arc<Edition>, id: JourneyId, event: &Event<Pii<String>>) -> Option<Folded> {
    let (campaign, publisher) = begun_by(&edition.settings, event)?;
    let channel = submitted(event).map_or(Channel::Call, |(_, _, channel)| channel);
    Some(nowhere(edition, Journey::begin(id, campaign, publisher), channel))
}

/// A journey's campaign, and who sent it with what that earns.
pub type Whose = (Arc<Campaign>, Option<(PublisherId, Payout)>);

/// The campaign of a journey that begins with this event, and who sent it.
pub fn begun_by(settings: &Settings, event: &Event<Pii<String>>) -> Option<Whose> {
    if let Event::Arrived { dnis, .. } = event {
        return settings.campaign_of(dnis);
    }
    let (campaign, publisher, _) = submitted(event)?;
    let publisher = publisher.and_then(|id| settings.publisher(id));
    let publisher = publisher.map(|publisher| (publisher.id.clone(), publisher.payout));
    Some((settings.campaign(campaign)?, publisher))
}

/// A journey that begins with a call to this number. `None`: the number belongs to no campaign.
pub fn begin_call(edition: &Arc<Edition>, id: JourneyId, dnis: &E164) -> Option<Folded> {
    let (campaign, publisher) = edition.settings.campaign_of(dnis)?;
    Some(nowhere(edition, Journey::begin(id, campaign, publisher), Channel::Call))
}

fn nowhere(edition: &Edition, journey: Journey, channel: Channel) -> Folded {
    Folded {
        journey,
        kept: Kept::Nowhere,
        version: edition.version(),
        chain: vec![],
        keys: BTreeSet::new(),
        row: RowFacts { channel, pings: 0, bids: 0, best_static: None },
    }
}
