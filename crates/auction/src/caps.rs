//! Caps, seats and what an award holds of them (domain.md 27).

use std::time::Duration;

use jiff::civil;
use lead::{BuyerId, CampaignId, Money, OfferId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Duplicate, DuplicateScope, Limits, Trigger, hours::local};

/// The most of something in a period of the buyer's zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cap {
    /// What it counts.
    pub counts: Counts,
    /// Over which period.
    pub period: Period,
    /// How many, or for [`Counts::Money`] how many micro-units.
    pub max: i64,
}

/// What a cap counts. Reservations count from the award on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counts {
    /// Awards, whatever becomes of them.
    Attempts,
    /// Calls that the buyer accepted.
    Answered,
    /// Sales that reached their payable seconds, or still may.
    Payable,
    /// The price of such sales.
    Money,
}

/// A period in the buyer's zone. It is reset by its key, not by a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names of the periods say what they are")]
pub enum Period {
    Hour,
    Day,
    Week,
    Month,
    Total,
}

/// What an award takes, as conditional statements take it: all or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// The counters of caps, in the order of their keys.
    pub counters: Vec<Counter>,
    /// The seats of concurrency, in the order of their keys.
    pub seats: Vec<Seat>,
    /// The window inside which the same person is a duplicate.
    pub duplicate: Option<Window>,
}

/// One cap's counter: `used + add` may not exceed `max`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Counter {
    /// Its name, with the period's key: `offer/buyer-c-medicare/answered/day/2026-11-24`.
    pub key: String,
    /// What the award adds.
    pub add: i64,
    /// The cap.
    pub max: i64,
    /// When it is given back.
    pub release: Release,
}

/// When a counted award is given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Release {
    /// Never: an attempt is one.
    Never,
    /// When the buyer did not accept.
    Unanswered,
    /// When the buyer did not accept, or the sale became void.
    Unpaid,
}

/// One seat of concurrency, held until the leg ends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Seat {
    /// Its name: `offer/buyer-c-medicare` or `buyer/buyer-c`.
    pub key: String,
    /// How many there are.
    pub max: i64,
}

/// The window of an offer's duplicate rule, at an instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Whose earlier sale counts: `offer/…`, `buyer/…` or `campaign/…`.
    pub key: String,
    /// What it must have reached.
    pub trigger: Trigger,
    /// From when on it counts.
    pub since: Timestamp,
}

impl Limits {
    /// What an award at `price` takes now.
    pub fn hold(
        &self,
        now: Timestamp,
        offer: &OfferId,
        buyer: &BuyerId,
        campaign: &CampaignId,
        price: Money,
        duplicate: Option<Duplicate>,
    ) -> Hold {
        let (at_offer, at_buyer) = (format!("offer/{offer}"), format!("buyer/{buyer}"));
        let mut counters: Vec<_> =
            self.offer.iter().map(|cap| cap.counter(now, &at_offer, &self.zone, price)).collect();
        counters.extend(self.buyer.iter().map(|cap| cap.counter(now, &at_buyer, &self.zone, price)));
        counters.sort();
        let seat = |key: &String, max: u32| Seat { key: key.clone(), max: i64::from(max) };
        let mut seats: Vec<_> = self.offer_seats.iter().map(|max| seat(&at_offer, *max)).collect();
        seats.extend(self.buyer_seats.iter().map(|max| seat(&at_buyer, *max)));
        seats.sort();
        let duplicate = duplicate.map(|rule| Window {
            key: match rule.scope {
                DuplicateScope::Offer => at_offer,
                DuplicateScope::Buyer => at_buyer,
                DuplicateScope::Campaign => format!("campaign/{campaign}"),
            },
            trigger: rule.trigger,
            since: now - Duration::from_secs(u64::from(rule.days) * 86_400),
        });
        Hold { counters, seats, duplicate }
    }
}

impl Cap {
    fn counter(&self, now: Timestamp, owner: &str, zone: &str, price: Money) -> Counter {
        let (add, release) = match self.counts {
            Counts::Attempts => (1, Release::Never),
            Counts::Answered => (1, Release::Unanswered),
            Counts::Payable => (1, Release::Unpaid),
            Counts::Money => (price.micros(), Release::Unpaid),
        };
        Counter { key: self.key(now, owner, zone), add, max: self.max, release }
    }

    /// The name of the counter that it is counted by now.
    pub(crate) fn key(&self, now: Timestamp, owner: &str, zone: &str) -> String {
        format!("{owner}/{}/{}", self.counts.as_str(), self.period.key(now, zone))
    }
}

impl Counts {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Attempts => "attempts",
            Self::Answered => "answered",
            Self::Payable => "payable",
            Self::Money => "money",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        let all = [Self::Attempts, Self::Answered, Self::Payable, Self::Money];
        all.into_iter().find(|counts| counts.as_str() == word)
    }
}

impl Period {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Total => "total",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        let all = [Self::Hour, Self::Day, Self::Week, Self::Month, Self::Total];
        all.into_iter().find(|period| period.as_str() == word)
    }

    /// When the next one begins. `None`: there is no next one.
    pub fn ends(self, now: Timestamp, zone: &str) -> Option<Timestamp> {
        let local = local(zone, now).or_else(|| local("UTC", now))?;
        let date = local.date();
        let next = match self {
            Self::Hour => {
                let minute = now.micros().div_euclid(60_000_000);
                let left = 60 - i64::from(local.minute());
                return Some(Timestamp::from_micros((minute + left) * 60_000_000));
            }
            Self::Day => date.tomorrow(),
            Self::Week => date.nth_weekday(1, civil::Weekday::Monday),
            Self::Month => date.last_of_month().tomorrow(),
            Self::Total => return None,
        };
        let begins = next.ok()?.to_zoned_datetime(local.time_zone().clone()).ok()?;
        Some(Timestamp::from_micros(begins.timestamp().as_microsecond()))
    }

    /// The name of the period that `now` falls in. The hour carries its UTC offset, since DST repeats one.
    pub fn key(self, now: Timestamp, zone: &str) -> String {
        // A zone is checked when settings are published; UTC is the answer that never fails.
        let local = local(zone, now).or_else(|| local("UTC", now)).unwrap_or_default();
        match self {
            Self::Hour => format!("hour/{}", local.strftime("%Y-%m-%dT%H%z")),
            Self::Day => format!("day/{}", local.strftime("%Y-%m-%d")),
            Self::Week => format!("week/{}", local.strftime("%G-W%V")),
            Self::Month => format!("month/{}", local.strftime("%Y-%m")),
            Self::Total => "total".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Buyer;

    fn at(text: &str) -> Timestamp {
        Timestamp::from_micros(text.parse::<jiff::Timestamp>().expect("a time").as_microsecond())
    }

    #[test]
    fn periods_are_counted_in_the_buyers_zone() {
        let late = at("2026-11-24T04:59:00Z");
        assert_eq!(Period::Day.key(late, "America/New_York"), "day/2026-11-23");
        assert_eq!(Period::Day.key(late, "UTC"), "day/2026-11-24");
        assert_eq!(Period::Week.key(at("2027-01-02T12:00:00Z"), "UTC"), "week/2026-W53");
        assert_eq!(Period::Month.key(late, "America/New_York"), "month/2026-11");
        assert_eq!(Period::Total.key(late, "UTC"), "total");
    }

    #[test]
    fn the_repeated_hour_is_two_hours() {
        let first = Period::Hour.key(at("2026-11-01T05:30:00Z"), "America/New_York");
        let second = Period::Hour.key(at("2026-11-01T06:30:00Z"), "America/New_York");
        assert_eq!(first, "hour/2026-11-01T01-0400");
        assert_ne!(first, second);
    }

    #[test]
    fn a_period_ends_where_the_next_key_begins() {
        let periods = [Period::Hour, Period::Day, Period::Week, Period::Month];
        for zone in ["America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Santiago", "UTC"] {
            // Over both changes of DST, at an odd step.
            for n in 0..3_000 {
                let now = at("2026-03-01T00:00:07Z") + Duration::from_secs(n * 10_007);
                for period in periods {
                    let end = period.ends(now, zone).expect("there is a next one");
                    assert!(now < end, "{zone} {period:?} {now}");
                    let just_before = end - Duration::from_micros(1);
                    assert_eq!(period.key(now, zone), period.key(just_before, zone), "{zone} {now} {end}");
                    assert_ne!(period.key(now, zone), period.key(end, zone), "{zone} {now} {end}");
                }
                assert_eq!(Period::Total.ends(now, zone), None);
            }
        }
    }

    #[test]
    fn gauges_are_counted_by_what_a_reservation_takes() {
        let cap = |counts, period| Cap { counts, period, max: 4 };
        let caps = vec![cap(Counts::Answered, Period::Day), cap(Counts::Money, Period::Total)];
        let now = at("2026-11-24T04:59:00Z");
        let zone = "America/New_York".to_owned();
        let buyer = Buyer {
            id: BuyerId::parse("b").expect("id"),
            name: String::new(),
            zone: zone.clone(),
            caps: caps.clone(),
            concurrency: Some(3),
        };
        let limits = Limits { zone, offer: vec![], buyer: caps, offer_seats: None, buyer_seats: Some(3) };
        let (offer, campaign) = (OfferId::parse("o").expect("id"), CampaignId::parse("c").expect("id"));
        let hold = limits.hold(now, &offer, &buyer.id, &campaign, Money::from_units(1), None);
        let taken: Vec<_> = hold
            .counters
            .iter()
            .map(|counter| (counter.key.clone(), counter.max))
            .chain(hold.seats.iter().map(|seat| (seat.key.clone(), seat.max)))
            .collect();
        let shown: Vec<_> = buyer.gauges(now).into_iter().map(|gauge| (gauge.key, gauge.max)).collect();
        assert_eq!(shown, taken);
    }

    #[test]
    fn a_hold_names_rows_in_the_order_of_their_keys() {
        let cap = |counts, max| Cap { counts, period: Period::Total, max };
        let limits = Limits {
            zone: "UTC".into(),
            offer: vec![cap(Counts::Money, 5), cap(Counts::Answered, 2)],
            buyer: vec![cap(Counts::Attempts, 9)],
            offer_seats: Some(1),
            buyer_seats: Some(3),
        };
        let (offer, buyer) = (OfferId::parse("o").expect("id"), BuyerId::parse("b").expect("id"));
        let campaign = CampaignId::parse("c").expect("id");
        let hold = limits.hold(Timestamp::default(), &offer, &buyer, &campaign, Money::from_units(91), None);
        let keys: Vec<_> = hold.counters.iter().map(|c| c.key.as_str()).collect();
        assert_eq!(keys, ["buyer/b/attempts/total", "offer/o/answered/total", "offer/o/money/total"]);
        assert_eq!(hold.counters.last().map(|c| c.add), Some(91_000_000));
        assert_eq!(hold.seats.iter().map(|s| s.key.as_str()).collect::<Vec<_>>(), ["buyer/b", "offer/o"]);
    }
}
