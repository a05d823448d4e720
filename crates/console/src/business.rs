//! `Business`: what the settings in use say that pages need: the zone, the currency, and what everything is called.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use lead::{CampaignId, E164, Money, PublisherId, Timestamp};
use store::{Amounts, Names};

/// What the settings in use say.
#[derive(Debug, Clone)]
pub struct Business {
    /// The zone in which times are shown and days begin.
    pub zone: TimeZone,
    /// The currency, ex: `USD`.
    pub currency: String,
    /// What offers and buyers are called.
    pub names: Names,
    /// What campaigns are called.
    pub campaigns: BTreeMap<CampaignId, String>,
    /// What publishers are called.
    pub publishers: BTreeMap<PublisherId, String>,
    /// Which campaign the callers of a number reach.
    pub numbers: BTreeMap<E164, CampaignId>,
}

impl Default for Business {
    fn default() -> Self {
        Self {
            zone: TimeZone::UTC,
            currency: "USD".to_owned(),
            names: Names::default(),
            campaigns: BTreeMap::new(),
            publishers: BTreeMap::new(),
            numbers: BTreeMap::new(),
        }
    }
}

impl Business {
    /// What a campaign is called.
    pub fn campaign(&self, id: &CampaignId) -> String {
        self.campaigns.get(id).cloned().unwrap_or_else(|| id.to_string())
    }

    /// What a publisher is called.
    pub fn publisher(&self, id: &PublisherId) -> String {
        self.publishers.get(id).cloned().unwrap_or_else(|| id.to_string())
    }

    /// An amount with its currency, ex: `$91.00`, `91.00 EUR`.
    pub fn money(&self, amount: Money) -> String {
        Amounts::of(&self.currency).text(amount)
    }

    /// What everything is called, for sentences whose amounts are covered where one may not see money.
    pub fn names_for(&self, money: bool) -> Names {
        let amounts = Amounts::of(&self.currency);
        let amounts = if money { amounts } else { amounts.covered() };
        Names { amounts, ..self.names.clone() }
    }

    /// A time in the zone, by a form of `strftime`.
    pub fn time(&self, at: Timestamp, form: &str) -> String {
        let time = jiff::Timestamp::from_microsecond(at.micros());
        time.map_or_else(
            |_| at.to_string(),
            |time| time.to_zoned_datetime(self.zone.clone()).strftime(form).to_string(),
        )
    }

    /// The zone's name, ex: `America/New_York`.
    pub fn zone_name(&self) -> String {
        self.zone.iana_name().unwrap_or("UTC").to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_name_their_currency_and_times_their_zone() {
        let mut business = Business::default();
        assert_eq!(business.money(Money::from_units(91)), "$91.00");
        assert_eq!(business.money(Money::ZERO - Money::from_units(6)), "−$6.00");
        business.currency = "EUR".to_owned();
        assert_eq!(business.money(Money::from_units(91)), "91.00 EUR");
        business.zone = TimeZone::get("America/New_York").expect("a zone");
        let at = Timestamp::from_secs(1_790_000_000);
        assert_eq!(business.time(at, "%-d %b %H:%M %Z"), "21 Sep 10:13 EDT");
        assert_eq!(business.zone_name(), "America/New_York");
    }
}
