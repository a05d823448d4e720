//! `Behind`: the setting behind a reason, or why there is none.

use lead::{BuyerId, CampaignId, OfferId};

/// What stands behind a reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Behind {
    /// A setting that somebody may want to look at.
    Setting(Setting),
    /// No setting, for this cause.
    Cause(Cause),
}

/// A setting that somebody may want to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Whose it is.
    pub of: SettingOf,
    /// Its key, ex: `min_bid`.
    pub key: &'static str,
    /// What of it, where one entry of it is meant, ex: the field of a filter.
    pub entry: Option<String>,
}

/// Whose a setting is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingOf {
    /// An offer's.
    Offer(OfferId),
    /// A buyer's.
    Buyer(BuyerId),
    /// A campaign's.
    Campaign(CampaignId),
    /// The business's own.
    General,
}

/// Why no setting stands behind a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// It was sold.
    Sold,
    /// Somebody else bid more.
    HigherBid,
    /// It was the buyer's to say.
    BuyersWord,
    /// The caller hung up.
    CallerHungUp,
    /// The person wants no more calls.
    PersonsWish,
    /// Somebody of the business took it back.
    Cancelled,
    /// The carrier did not do it.
    Carrier,
    /// Each offer of it has a reason of its own, and none is known.
    EachOffer,
    /// A newer release knows the code.
    Newer,
}

impl Behind {
    /// The setting, if there is one.
    pub const fn setting(&self) -> Option<&Setting> {
        match self {
            Self::Setting(setting) => Some(setting),
            Self::Cause(_) => None,
        }
    }

    /// The cause, if there is no setting.
    pub const fn cause(&self) -> Option<Cause> {
        match self {
            Self::Setting(_) => None,
            Self::Cause(cause) => Some(*cause),
        }
    }

    /// A setting of an offer.
    pub(crate) fn offer(id: &OfferId, key: &'static str) -> Self {
        Self::Setting(Setting { of: SettingOf::Offer(id.clone()), key, entry: None })
    }

    /// A setting of a buyer.
    pub(crate) fn buyer(id: &BuyerId, key: &'static str) -> Self {
        Self::Setting(Setting { of: SettingOf::Buyer(id.clone()), key, entry: None })
    }

    /// A setting of a campaign.
    pub(crate) fn campaign(id: &CampaignId, key: &'static str) -> Self {
        Self::Setting(Setting { of: SettingOf::Campaign(id.clone()), key, entry: None })
    }

    /// The same, of one entry of the setting.
    pub(crate) fn entry(self, name: impl ToString) -> Self {
        match self {
            Self::Setting(setting) => Self::Setting(Setting { entry: Some(name.to_string()), ..setting }),
            cause @ Self::Cause(_) => cause,
        }
    }
}

impl Setting {
    /// The page of whose it is, ex: `/offers/buyer-c`.
    pub fn page(&self) -> String {
        match &self.of {
            SettingOf::Offer(id) => format!("/offers/{id}"),
            SettingOf::Buyer(id) => format!("/buyers/{id}"),
            SettingOf::Campaign(id) => format!("/campaigns/{id}"),
            SettingOf::General => "/settings".to_owned(),
        }
    }

    /// Where it stands in the settings, for programs, ex: `/offers/buyer-c/filters/state`.
    pub fn pointer(&self) -> String {
        let entry = self.entry.as_ref().map_or_else(String::new, |entry| format!("/{entry}"));
        format!("{}/{}{entry}", self.page(), self.key)
    }
}

impl Cause {
    /// In words, to stand in a sentence.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Sold => "it was sold",
            Self::HigherBid => "another offer bid more",
            Self::BuyersWord => "the buyer decides it",
            Self::CallerHungUp => "the caller hung up",
            Self::PersonsWish => "the person decides it",
            Self::Cancelled => "somebody of yours cancelled it",
            Self::Carrier => "the carrier decides it",
            Self::EachOffer => "each offer has its own reason",
            Self::Newer => "a newer release of pingpost wrote this",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_names_whose_it_is_and_what_of_it() {
        let offer = OfferId::parse("buyer-c").expect("a slug");
        let pointer = |behind: Behind| behind.setting().map(Setting::pointer).unwrap_or_default();
        assert_eq!(pointer(Behind::offer(&offer, "min_bid")), "/offers/buyer-c/min_bid");
        assert_eq!(pointer(Behind::offer(&offer, "filters").entry("state")), "/offers/buyer-c/filters/state");
        assert_eq!(pointer(Behind::Cause(Cause::CallerHungUp).entry("state")), "");
        let general = Setting { of: SettingOf::General, key: "zone", entry: None };
        assert_eq!(general.pointer(), "/settings/zone");
    }
}
