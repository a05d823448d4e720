//! `Gauge`: a cap or the seats of an offer or a buyer, as it stands at an instant: by which counter, and until when.

use lead::Timestamp;

use crate::{Buyer, Cap, Counts, Offer, Period};

/// A limit, and by what it is counted now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gauge {
    /// Whose it is.
    pub level: Level,
    /// What is counted.
    pub of: Gauged,
    /// The counter, or the seats, that decide: as a reservation takes them.
    pub key: String,
    /// The most of it; for [`Counts::Money`] in micro-units.
    pub max: i64,
    /// When it is counted afresh. `None`: never, as for seats and for what is counted in all.
    pub until: Option<Timestamp>,
}

/// Whose a limit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// An offer's own.
    Offer,
    /// Its buyer's, over all its offers.
    Buyer,
}

/// What a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gauged {
    /// Something in a period.
    Cap(Counts, Period),
    /// Calls at once.
    Seats,
}

impl Gauged {
    /// What it counts, ex: `answered`; calls at once are `concurrency`.
    pub const fn counts(self) -> &'static str {
        match self {
            Self::Cap(counts, _) => counts.as_str(),
            Self::Seats => "concurrency",
        }
    }

    /// Over which period, ex: `day`.
    pub const fn period(self) -> Option<&'static str> {
        match self {
            Self::Cap(_, period) => Some(period.as_str()),
            Self::Seats => None,
        }
    }
}

impl Level {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Offer => "offer",
            Self::Buyer => "buyer",
        }
    }
}

impl Offer {
    /// Its own limits now, in the order of its settings; its buyer says in which zone.
    pub fn gauges(&self, now: Timestamp, buyer: &Buyer) -> Vec<Gauge> {
        gauges(now, Level::Offer, self.id.as_str(), &buyer.zone, (&self.caps, self.concurrency))
    }
}

impl Buyer {
    /// Its limits over all its offers now, in the order of its settings.
    pub fn gauges(&self, now: Timestamp) -> Vec<Gauge> {
        gauges(now, Level::Buyer, self.id.as_str(), &self.zone, (&self.caps, self.concurrency))
    }
}

fn gauges(
    now: Timestamp,
    level: Level,
    id: &str,
    zone: &str,
    (caps, concurrency): (&[Cap], Option<u32>),
) -> Vec<Gauge> {
    let owner = format!("{}/{id}", level.as_str());
    let of_cap = |cap: &Cap| Gauge {
        level,
        of: Gauged::Cap(cap.counts, cap.period),
        key: cap.key(now, &owner, zone),
        max: cap.max,
        until: cap.period.ends(now, zone),
    };
    let seats = concurrency.map(|max| Gauge {
        level,
        of: Gauged::Seats,
        key: owner.clone(),
        max: i64::from(max),
        until: None,
    });
    caps.iter().map(of_cap).chain(seats).collect()
}
