//! The settings in use, by version: a snapshot that is replaced whole when a new one is published, and the older ones
//! that journeys still refer to.
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use buyer::{dialect::Dialect, endpoint::SettingError, exchange::ExchangePolicy};
use lead::OfferId;
use settings::Settings;
use sha2::{Digest, Sha256};

/// The most editions kept in memory; an older one is read from the store again.
const EDITIONS_MAX: usize = 64;

/// One version of the settings with each offer's dialect made ready.
pub struct Edition {
    /// The settings.
    pub settings: Arc<Settings>,
    dialects: BTreeMap<OfferId, Arc<dyn Dialect>>,
}

/// The editions of this process.
pub struct Book {
    latest: RwLock<Arc<Edition>>,
    older: Mutex<BTreeMap<u64, Arc<Edition>>>,
}

impl Edition {
    /// Makes each offer's dialect ready.
    ///
    /// # Errors
    /// Every endpoint setting that cannot be used, with its offer.
    pub fn new(settings: Settings, policy: &ExchangePolicy) -> Result<Self, Vec<(OfferId, SettingError)>> {
        let mut dialects = BTreeMap::new();
        let mut problems = Vec::new();
        for offer in settings.offers() {
            match buyer::dialect::of(&offer.endpoints, policy) {
                Ok(dialect) => {
                    dialects.insert(offer.id.clone(), dialect);
                }
                Err(errors) => problems.extend(errors.into_iter().map(|error| (offer.id.clone(), error))),
            }
        }
        if problems.is_empty() { Ok(Self { settings: Arc::new(settings), dialects }) } else { Err(problems) }
    }

    /// With another way of speaking to an offer's buyer than its settings name, made from that one.
    #[must_use]
    pub fn spoken(
        mut self,
        offer: &OfferId,
        with: impl FnOnce(Arc<dyn Dialect>) -> Arc<dyn Dialect>,
    ) -> Self {
        if let Some(dialect) = self.dialects.remove(offer) {
            self.dialects.insert(offer.clone(), with(dialect));
        }
        self
    }

    /// How an offer's buyer is spoken to.
    pub fn dialect(&self, offer: &OfferId) -> Option<&Arc<dyn Dialect>> {
        self.dialects.get(offer)
    }

    /// A hash of an offer's post URL, which may hold a secret: what tells one URL from another.
    pub fn post_url_hash(&self, offer: &OfferId) -> Option<String> {
        let offer = self.settings.offer(offer)?;
        let hash = Sha256::digest(offer.endpoints.post_url.as_bytes());
        Some(hash.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The version.
    pub fn version(&self) -> u64 {
        self.settings.version()
    }
}

impl Book {
    /// Begins with the edition that new journeys use.
    pub fn new(latest: Edition) -> Self {
        Self { latest: RwLock::new(Arc::new(latest)), older: Mutex::default() }
    }

    /// The edition that new journeys use.
    pub fn latest(&self) -> Arc<Edition> {
        Arc::clone(&self.latest.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The edition of a version, if it is in memory.
    pub fn edition(&self, version: u64) -> Option<Arc<Edition>> {
        let latest = self.latest();
        if latest.version() == version {
            return Some(latest);
        }
        self.older.lock().unwrap_or_else(PoisonError::into_inner).get(&version).cloned()
    }

    /// Keeps an older edition that a journey refers to.
    pub fn keep(&self, edition: Edition) -> Arc<Edition> {
        let edition = Arc::new(edition);
        self.keep_older(Arc::clone(&edition));
        edition
    }

    /// New journeys use this edition from now on, unless a newer one is in use; running ones keep theirs.
    pub fn publish(&self, edition: Edition) {
        let mut latest = self.latest.write().unwrap_or_else(PoisonError::into_inner);
        if edition.version() <= latest.version() {
            return;
        }
        let before = std::mem::replace(&mut *latest, Arc::new(edition));
        drop(latest);
        self.keep_older(before);
    }

    fn keep_older(&self, edition: Arc<Edition>) {
        let mut older = self.older.lock().unwrap_or_else(PoisonError::into_inner);
        while older.len() >= EDITIONS_MAX {
            older.pop_first();
        }
        older.insert(edition.version(), edition);
    }
}
