//! One thing that a doctor found.

use std::fmt;

/// How much it matters. The gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gravity {
    /// Calls are lost or not sold for it.
    Problem,
    /// It may be meant so, and often is not.
    Warning,
}

/// What it is, by a code that stays the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "docs/reference/doctor.md says what each is")]
pub enum Code {
    CarrierMissing,
    CarrierSimulated,
    PublicUrlMissing,
    PublicUrlInsecure,
    ListensOpenly,
    MetricsOpen,
    PrivateTargets,
    MasterKeyWeak,
    StoreForgets,
    SpoolMissing,
    StoreUnreadable,
    DatabaseReadable,
    DiskNearlyFull,
    ClockBehind,
    NoOwner,
    TokenExpires,
    NoSettings,
    SettingsUnreadable,
    SettingsWarning,
    NeverOpen,
    NeverPayable,
    StaticUnused,
    BidBelowReserve,
    DestinationShared,
    EndpointInsecure,
    EndpointUnreachable,
    FallbackMissing,
    TextsUnsaid,
    TalksUnrecorded,
    PeerUnlisted,
    NumbersAstray,
    CarrierSilent,
}

impl Code {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::CarrierMissing => "carrier_missing",
            Self::CarrierSimulated => "carrier_simulated",
            Self::PublicUrlMissing => "public_url_missing",
            Self::PublicUrlInsecure => "public_url_insecure",
            Self::ListensOpenly => "listens_openly",
            Self::MetricsOpen => "metrics_open",
            Self::PrivateTargets => "private_targets",
            Self::MasterKeyWeak => "master_key_weak",
            Self::StoreForgets => "store_forgets",
            Self::SpoolMissing => "spool_missing",
            Self::StoreUnreadable => "store_unreadable",
            Self::DatabaseReadable => "database_readable",
            Self::DiskNearlyFull => "disk_nearly_full",
            Self::ClockBehind => "clock_behind",
            Self::NoOwner => "no_owner",
            Self::TokenExpires => "token_expires",
            Self::NoSettings => "no_settings",
            Self::SettingsUnreadable => "settings_unreadable",
            Self::SettingsWarning => "settings_warning",
            Self::NeverOpen => "never_open",
            Self::NeverPayable => "never_payable",
            Self::StaticUnused => "static_unused",
            Self::BidBelowReserve => "bid_below_reserve",
            Self::DestinationShared => "destination_shared",
            Self::EndpointInsecure => "endpoint_insecure",
            Self::EndpointUnreachable => "endpoint_unreachable",
            Self::FallbackMissing => "fallback_missing",
            Self::TextsUnsaid => "texts_unsaid",
            Self::TalksUnrecorded => "talks_unrecorded",
            Self::PeerUnlisted => "peer_unlisted",
            Self::NumbersAstray => "numbers_astray",
            Self::CarrierSilent => "carrier_silent",
        }
    }

    /// A finding of this code. `at` is what it is about, ex: `offer.buyer-c` or `http.listen`.
    pub(super) fn says(
        self,
        at: impl Into<String>,
        what: impl Into<String>,
        mend: impl Into<String>,
    ) -> Finding {
        Finding { code: self, at: at.into(), what: what.into(), mend: mend.into() }
    }
}

impl Code {
    /// How much it matters.
    pub const fn gravity(self) -> Gravity {
        match self {
            Self::CarrierMissing
            | Self::PublicUrlMissing
            | Self::MasterKeyWeak
            | Self::StoreUnreadable
            | Self::DiskNearlyFull
            | Self::ClockBehind
            | Self::NoSettings
            | Self::SettingsUnreadable
            | Self::NeverOpen
            | Self::NeverPayable
            | Self::StaticUnused
            | Self::EndpointUnreachable
            | Self::PeerUnlisted
            | Self::NumbersAstray
            | Self::CarrierSilent => Gravity::Problem,
            Self::CarrierSimulated
            | Self::PublicUrlInsecure
            | Self::ListensOpenly
            | Self::MetricsOpen
            | Self::PrivateTargets
            | Self::StoreForgets
            | Self::SpoolMissing
            | Self::DatabaseReadable
            | Self::NoOwner
            | Self::TokenExpires
            | Self::SettingsWarning
            | Self::BidBelowReserve
            | Self::DestinationShared
            | Self::EndpointInsecure
            | Self::FallbackMissing
            | Self::TalksUnrecorded
            | Self::TextsUnsaid => Gravity::Warning,
        }
    }
}

/// One thing that was found. Nothing of a person and no secret is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub code: Code,
    /// What it is about.
    pub at: String,
    /// What is wrong.
    pub what: String,
    /// What mends it.
    pub mend: String,
}

impl Finding {
    /// How much it matters.
    pub const fn gravity(&self) -> Gravity {
        self.code.gravity()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let grave = match self.gravity() {
            Gravity::Problem => "problem",
            Gravity::Warning => "warning",
        };
        write!(f, "{grave} {}: {}: {}; {}", self.code.word(), self.at, self.what, self.mend)
    }
}
