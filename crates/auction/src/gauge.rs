//! `Gauge`: a cap or the seats of an offer or a buyer, as it stands at an instant: by which counter, and until when.

use std::fmt;

use lead::Timestamp;

use crate::{Buyer, Cap, Counter, Counts, Offer, Period, Seat};

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

/// A limit that is full, as an auction's record keeps it: `buyer/answered/day 40/40`, `offer/concurrency 3/3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full {
    /// Whose it is.
    pub level: Level,
    /// What is counted.
    pub of: Gauged,
    /// How much of it is used; for [`Counts::Money`] in micro-units.
    pub used: i64,
    /// The most of it.
    pub max: i64,
}

impl Full {
    /// A cap of which so much is used.
    pub fn counter(counter: &Counter, used: i64) -> Option<Self> {
        let mut words = counter.key.split('/');
        let level = Level::parse(words.next()?)?;
        // Behind its owner's id.
        let of = Gauged::Cap(Counts::parse(words.nth(1)?)?, Period::parse(words.next()?)?);
        Some(Self { level, of, used, max: counter.max })
    }

    /// Seats of which so many are taken.
    pub fn seat(seat: &Seat, used: i64) -> Option<Self> {
        let level = Level::parse(seat.key.split('/').next()?)?;
        Some(Self { level, of: Gauged::Seats, used, max: seat.max })
    }

    /// From what a record keeps.
    pub fn parse(text: &str) -> Option<Self> {
        let (what, figures) = text.split_once(' ')?;
        let (used, max) = figures.split_once('/')?;
        let (level, of) = what.split_once('/')?;
        let of = match of.split_once('/') {
            Some((counts, period)) => Gauged::Cap(Counts::parse(counts)?, Period::parse(period)?),
            None => (of == Gauged::Seats.counts()).then_some(Gauged::Seats)?,
        };
        Some(Self { level: Level::parse(level)?, of, used: used.parse().ok()?, max: max.parse().ok()? })
    }
}

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.level.as_str(), self.of.counts())?;
        if let Some(period) = self.of.period() {
            write!(f, "/{period}")?;
        }
        write!(f, " {}/{}", self.used, self.max)
    }
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

    fn parse(word: &str) -> Option<Self> {
        [Self::Offer, Self::Buyer].into_iter().find(|level| level.as_str() == word)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Release;

    #[test]
    fn what_is_full_is_read_back_as_it_was_kept() {
        let counter = |key: &str| Counter { key: key.to_owned(), add: 1, max: 40, release: Release::Never };
        let kept = |full: Option<Full>| full.map(|full| full.to_string());
        let day = Full::counter(&counter("buyer/c/answered/day/2026-11-24"), 40);
        assert_eq!(kept(day).as_deref(), Some("buyer/answered/day 40/40"));
        let total = Full::counter(&counter("offer/c-fl/money/total"), 39);
        assert_eq!(kept(total).as_deref(), Some("offer/money/total 39/40"));
        let seats = Full::seat(&Seat { key: "offer/c-fl".to_owned(), max: 3 }, 3);
        assert_eq!(kept(seats).as_deref(), Some("offer/concurrency 3/3"));
        for full in [day, total, seats] {
            assert_eq!(full.and_then(|full| Full::parse(&full.to_string())), full);
        }
        for odd in
            ["", "offer", "offer/concurrency", "offer/seats 3/3", "offer/answered/day 3", "x/concurrency 1/1"]
        {
            assert_eq!(Full::parse(odd), None, "{odd}");
        }
    }
}
