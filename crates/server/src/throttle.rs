//! The throttle: what this process remembers of each offer's last pings, so that a buyer who does not answer is asked less
//! often. What follows from it is decided by `auction::Health`; here it is kept, told, and read back after a restart.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use auction::{Health, Kind, Offer, Ranking, Share, Sign, Why};
use lead::{AuctionId, OfferId, Timestamp};
use settings::Settings;
use store::ReadFailed;

use crate::{chain_of, world::World};

/// How far back the records are read when a process begins, and by `pingpost offer health`.
pub const LOOK_BACK: Duration = Duration::from_secs(24 * 3600);

/// Whether offers are asked less often at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Throttling {
    /// They are (default).
    On,
    /// Every eligible offer is always asked; its answers are counted all the same.
    Off,
}

/// What this process remembers: as much as there are offers, and of each the signs that count.
pub struct Throttle {
    throttling: Throttling,
    known: Mutex<BTreeMap<OfferId, Known>>,
}

struct Known {
    /// Where these answers came from: another URL is another system, and begins afresh.
    ping_url: String,
    health: Health,
    /// The share that was told last.
    told: Share,
}

impl Throttle {
    /// Remembers nothing yet.
    pub fn new(throttling: Throttling) -> Self {
        Self { throttling, known: Mutex::default() }
    }

    /// Why an offer is asked in fewer auctions than all; `None`: it is not.
    pub fn why(&self, now: Timestamp, offer: &Offer) -> Option<Why> {
        if self.throttling == Throttling::Off {
            return None;
        }
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known
            .get(&offer.id)
            .filter(|known| Some(&known.ping_url) == offer.endpoints.ping_url.as_ref())?;
        (known.health.share(now) != Share::All).then(|| known.health.why(now))
    }

    /// A ping came to this. Only answers from where the settings in use ask count; [`Throttle::look_at`] tells what
    /// follows from them.
    pub fn on_sign(&self, at: Timestamp, used: &Settings, offer: &Offer, auction: AuctionId, sign: Sign) {
        let Some(ping_url) = used.offer(&offer.id).and_then(|used| used.endpoints.ping_url.clone()) else {
            return;
        };
        if offer.endpoints.ping_url.as_ref() != Some(&ping_url) {
            return;
        }
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Known { ping_url: ping_url.clone(), health: Health::default(), told: Share::All };
        let known = all.entry(offer.id.clone()).or_insert_with(new);
        if known.ping_url != ping_url {
            *known = Known { told: known.told, ..new() };
        }
        known.health.on_sign(at, auction, sign);
    }

    /// Forgets the offers that the settings in use do not have any more, or ask elsewhere, and tells the shares that have
    /// changed by time alone.
    pub fn look_over(&self, now: Timestamp, settings: &Settings) {
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|id, known| {
            let used = settings.offer(id);
            let stays = used.is_some_and(|used| used.endpoints.ping_url.as_ref() == Some(&known.ping_url));
            if !stays {
                known.health = Health::default();
            }
            self.tell(now, id, known);
            show(id, known.told);
            stays
        });
    }

    /// Tells the shares of these offers, where a round's signs changed them.
    pub fn look_at<'a>(&self, now: Timestamp, offers: impl IntoIterator<Item = &'a OfferId>) {
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        for id in offers {
            if let Some(known) = all.get_mut(id) {
                self.tell(now, id, known);
            }
        }
    }

    /// Says a share where it is seen, and that it changed where a person reads.
    fn tell(&self, now: Timestamp, offer: &OfferId, known: &mut Known) {
        let share = match self.throttling {
            Throttling::On => known.health.share(now),
            Throttling::Off => Share::All,
        };
        let before = std::mem::replace(&mut known.told, share);
        if share == before {
            return;
        }
        show(offer, share);
        let why = known.health.why(now);
        let (asked_in_one_of, before_in_one_of) = (share.one_in(), before.one_in());
        if share < before {
            tracing::warn!(offer.id = %offer, asked_in_one_of, before_in_one_of, %why, "an offer is asked less often");
        } else {
            tracing::warn!(offer.id = %offer, asked_in_one_of, before_in_one_of, %why, "an offer is asked more often again");
        }
    }
}

fn show(offer: &OfferId, share: Share) {
    let of_all = f64::from(share.one_in()).recip();
    metrics::gauge!("pingpost_offer_ping_share", "offer" => offer.to_string()).set(of_all);
}

/// Remembers what the last auction records say, so that a restart is no way out of the throttle. A store that does not
/// answer leaves everybody asked.
pub async fn remember(world: &World) {
    if let Err(error) = read_back(world).await {
        tracing::warn!(error = %chain_of(&error), "what offers answered before is not known: each begins afresh");
    }
}

async fn read_back(world: &World) -> Result<(), ReadFailed> {
    let now = world.clock.now();
    let answers = world.store.recent_answers(since(now)).await?;
    let latest = world.book.latest();
    let mut versions = BTreeMap::new();
    for answer in answers {
        let Some(sign) = answer.sign else { continue };
        let version = answer.settings_version;
        if let Entry::Vacant(place) = versions.entry(version) {
            place.insert(world.edition(version).await);
        }
        let edition = versions.get(&version).and_then(Option::as_ref);
        let Some(offer) = edition.and_then(|edition| edition.settings.offer(&answer.offer)) else { continue };
        world.throttle.on_sign(answer.closed_at, &latest.settings, &offer, answer.auction, sign);
    }
    world.throttle.look_over(now, &latest.settings);
    Ok(())
}

/// What a closed round says of those it asked, and was asked for: `others` and the bids, not the static sales that stand
/// in for them. A round that heard nobody says nothing of anybody: that may as well be our own line.
pub fn signs(ranking: &Ranking, was_sent: impl Fn(&OfferId) -> bool) -> BTreeMap<OfferId, Sign> {
    let bids = ranking.ranked.iter().filter(|ranked| ranked.kind == Kind::Bid);
    let bids = bids.map(|ranked| (&ranked.offer, Sign::Answered));
    let others = ranking.others.iter().filter_map(|(offer, _, outcome)| Some((offer, Sign::of(outcome)?)));
    let signs = bids.chain(others).filter(|(offer, _)| was_sent(offer));
    let signs: BTreeMap<_, _> = signs.map(|(offer, sign)| (offer.clone(), sign)).collect();
    let heard = signs.values().any(|sign| matches!(sign, Sign::Answered | Sign::Late));
    if heard { signs } else { BTreeMap::new() }
}

/// Since when records are read.
pub fn since(now: Timestamp) -> Timestamp {
    now - LOOK_BACK
}
