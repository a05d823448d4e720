//! `World`: what one process has: its clock, stores, settings and doors to the outside.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use buyer::{
    dialect::Dialect,
    exchange::{Exchange, ExchangePolicy},
};
use carrier::twilio::{Account, TwilioClient};
use lead::{JourneyId, OfferId, Timestamp};
use secrecy::ExposeSecret;
use settings::{Settings, Surroundings};
use store::{SettingsVersion, Store};
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    asking::Asking,
    book::{Book, Edition},
    clock::Clock,
    folded::Slot,
    lists::Lists,
    paused::Paused,
    seldom::Seldom,
    spooling::Spooling,
    switchboard::Switchboard,
    throttle::Throttle,
    timers::Timers,
    traces::Traces,
    watch::Watch,
    worker::Pace,
};

/// The most journeys whose fold is kept in memory; the one that was longest unused goes first.
const FOLDS_MAX: usize = 5_000;

/// What one process has.
pub struct World {
    /// The one clock.
    pub clock: Clock,
    /// What is kept.
    pub store: Store,
    /// The settings in use.
    pub book: Book,
    /// The door to buyers.
    pub exchange: Exchange,
    /// Who of them is asked less often.
    pub throttle: Throttle,
    /// The carrier's REST side. `None`: no carrier of webhooks is configured.
    pub twilio: Option<TwilioClient>,
    /// The legs that this node holds itself, if it holds any.
    pub switchboard: Option<Switchboard>,
    /// The lists that are asked before a lead is dialled.
    pub lists: Lists,
    /// Whose webhooks we believe.
    pub accounts: Vec<Account>,
    /// Where the carrier reaches us.
    pub public_base: String,
    /// The rounds that run here, for whoever looks on.
    pub asking: Asking,
    /// When which journey must be looked at.
    pub timers: Timers,
    /// Who is watched though no deadline is near.
    pub watch: Watch,
    /// Who wants no posts.
    pub paused: Paused,
    /// Told when a post may be due.
    pub posts_due: Notify,
    /// Told when an event may be due.
    pub events_due: Notify,
    /// How often the carrier's live legs are listed.
    pub census_every: Duration,
    /// What bounds the posts.
    pub posts: PostBounds,
    /// Requests and rounds that a drain waits for.
    pub tasks: TaskTracker,
    /// Says that this process ends soon: it is not ready any more, and begins nothing that it need not.
    pub stopping: CancellationToken,
    /// Asks every loop to end.
    pub stop: CancellationToken,
    /// Signs links to recordings.
    pub link_key: crate::recordings::LinkKey,
    /// Where traces go.
    pub traces: Traces,
    /// Lines about webhooks that are not the carrier's.
    pub refused: Seldom,
    /// Lines about calls for which there was no room.
    pub turned_away: Seldom,
    /// Where events wait while the database is away, if anywhere.
    pub spooling: Option<Spooling>,
    /// Since when the database is away.
    absent_since: Mutex<Option<Timestamp>>,
    journeys: Mutex<BTreeMap<JourneyId, Arc<Held>>>,
}

/// What bounds the posts.
#[derive(Debug, Clone, Copy)]
pub struct PostBounds {
    /// How long one post may take.
    pub request_timeout: Duration,
    /// How long a claimed post is ours; longer than the request.
    pub lease: Duration,
    /// Posts that are claimed at once.
    pub in_flight_max: u32,
    /// Posts under way at once to one buyer.
    pub per_buyer_max: u32,
    /// How fast their tries follow each other.
    pub pace: Pace,
}

struct Held {
    used: std::sync::atomic::AtomicI64,
    slot: Arc<tokio::sync::Mutex<Slot>>,
}

/// What a world is made from.
pub struct Parts {
    /// The clock.
    pub clock: Clock,
    /// What is kept.
    pub store: Store,
    /// The settings that new journeys use.
    pub edition: Edition,
    /// The door to buyers.
    pub exchange: Exchange,
    /// Who of them is asked less often.
    pub throttle: Throttle,
    /// The carrier's REST side, if one is configured.
    pub twilio: Option<TwilioClient>,
    /// The legs that this node holds itself, if it holds any.
    pub switchboard: Option<Switchboard>,
    /// The lists that are asked before a lead is dialled.
    pub lists: Lists,
    /// Whose webhooks we believe.
    pub accounts: Vec<Account>,
    /// Where the carrier reaches us.
    pub public_base: String,
    /// How often the carrier's live legs are listed.
    pub census_every: Duration,
    /// What bounds the posts.
    pub posts: PostBounds,
    /// Signs links to recordings.
    pub link_key: crate::recordings::LinkKey,
    /// Where traces go.
    pub traces: Traces,
    /// Where events wait while the database is away, if anywhere.
    pub spooling: Option<Spooling>,
}

impl World {
    /// Puts the parts together.
    pub fn new(parts: Parts) -> Arc<Self> {
        Arc::new(Self {
            clock: parts.clock,
            store: parts.store,
            book: Book::new(parts.edition),
            exchange: parts.exchange,
            throttle: parts.throttle,
            twilio: parts.twilio,
            switchboard: parts.switchboard,
            lists: parts.lists,
            accounts: parts.accounts,
            public_base: parts.public_base,
            census_every: parts.census_every,
            asking: Asking::default(),
            timers: Timers::default(),
            watch: Watch::default(),
            paused: Paused::default(),
            posts_due: Notify::new(),
            events_due: Notify::new(),
            posts: parts.posts,
            tasks: TaskTracker::new(),
            stopping: CancellationToken::new(),
            stop: CancellationToken::new(),
            link_key: parts.link_key,
            traces: parts.traces,
            refused: Seldom::new("webhook_refused"),
            turned_away: Seldom::new("call_turned_away"),
            spooling: parts.spooling,
            absent_since: Mutex::default(),
            journeys: Mutex::default(),
        })
    }

    /// The place of a journey's fold; its lock puts this process's events of one journey in a row.
    pub fn slot(&self, id: JourneyId) -> Arc<tokio::sync::Mutex<Slot>> {
        let now = self.clock.now().micros();
        let mut journeys = self.journeys.lock().unwrap_or_else(PoisonError::into_inner);
        if journeys.len() >= FOLDS_MAX && !journeys.contains_key(&id) {
            let unused = |held: &Arc<Held>| Arc::strong_count(&held.slot) == 1;
            let age = |held: &Arc<Held>| held.used.load(std::sync::atomic::Ordering::Relaxed);
            // One pass in a thousand arrivals' time: the oldest eighth goes at once.
            let mut ages: Vec<_> =
                journeys.iter().filter(|(_, h)| unused(h)).map(|(id, h)| (age(h), *id)).collect();
            ages.sort_unstable();
            for (_, id) in ages.into_iter().take(FOLDS_MAX / 8) {
                journeys.remove(&id);
            }
        }
        let held = journeys.entry(id).or_insert_with(|| {
            Arc::new(Held { used: std::sync::atomic::AtomicI64::new(now), slot: Arc::default() })
        });
        held.used.store(now, std::sync::atomic::Ordering::Relaxed);
        Arc::clone(&held.slot)
    }

    /// Forgets a journey's fold; the next event reads it again.
    pub fn forget(&self, id: JourneyId) {
        self.journeys.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    /// Notes whether the database is away.
    pub fn note_absence(&self) {
        let now = self.clock.now();
        let mut since = self.absent_since.lock().unwrap_or_else(PoisonError::into_inner);
        *since = self.store.is_away().then(|| since.unwrap_or(now));
    }

    /// For how long the database is away, as far as this was noted.
    pub fn absent_for(&self, now: Timestamp) -> Duration {
        self.note_absence();
        let since = *self.absent_since.lock().unwrap_or_else(PoisonError::into_inner);
        since.map_or(Duration::ZERO, |since| now.since(since))
    }

    /// How many folds are in memory.
    pub fn folds(&self) -> usize {
        self.journeys.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// The edition of a version: from memory, else from the store.
    pub async fn edition(&self, version: u64) -> Option<Arc<Edition>> {
        if let Some(edition) = self.book.edition(version) {
            return Some(edition);
        }
        let source = match self.store.settings(version).await {
            Ok(source) => source?,
            Err(error) => {
                tracing::error!(error = %crate::chain_of(&error), version, "a settings version could not be read");
                return None;
            }
        };
        let edition = read_again(&source, version, self.exchange.policy());
        if edition.is_none() {
            tracing::error!(version, "a stored settings version is not understood by this release");
        }
        edition.map(|edition| self.book.keep(edition))
    }

    /// How an offer's buyer is spoken to now: what an admin mended since counts, else the journey's own version.
    pub async fn dialect(&self, offer: &OfferId, version: u64) -> Option<Arc<dyn Dialect>> {
        if let Some(dialect) = self.book.latest().dialect(offer) {
            return Some(Arc::clone(dialect));
        }
        self.edition(version).await?.dialect(offer).cloned()
    }

    /// As [`World::dialect`], for a journey whose version is not at hand, with the hash of the post URL.
    pub async fn door(&self, offer: &OfferId, journey: JourneyId) -> Option<(Arc<dyn Dialect>, String)> {
        let mut edition = self.book.latest();
        if edition.dialect(offer).is_none() {
            let version = crate::drive::look(self, journey, |folded| folded.version).await.ok()??;
            edition = self.edition(version).await?;
        }
        Some((Arc::clone(edition.dialect(offer)?), edition.post_url_hash(offer)?))
    }
}

/// A stored version, read once more. A credential whose variable is gone does not take the version's journeys with it:
/// their requests are refused by the buyer instead.
fn read_again(source: &SettingsVersion, version: u64, policy: &ExchangePolicy) -> Option<Edition> {
    let credential = |name: &str| Some(crate::config::credential(name).unwrap_or_else(|| "gone".to_owned()));
    let surroundings = Surroundings { policy: policy.clone(), credential: &credential };
    let name = format!("settings version {version}");
    let settings = Settings::parse(source.body.expose_secret(), &name, &surroundings).ok()?;
    Edition::new(settings.with_version(version), policy).ok()
}
