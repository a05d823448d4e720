//! `Role`: what a person is here to do. The console's table says what each may.

use std::{fmt, str::FromStr};

/// What a person is here to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Everything, and who else owns.
    Owner,
    /// Everything but owners.
    Admin,
    /// What is sold, to whom, and for how much.
    OfferManager,
    /// What is owed.
    Finance,
    /// Everything, to look at.
    Auditor,
    /// Calls, with the caller masked.
    Support,
}

/// There is no such role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write owner, admin, offer_manager, finance, auditor or support")]
pub struct NoRole;

impl Role {
    /// All of them, the mightiest first.
    pub const ALL: [Self; 6] =
        [Self::Owner, Self::Admin, Self::OfferManager, Self::Finance, Self::Auditor, Self::Support];

    /// Its word, as it is stored and written.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::OfferManager => "offer_manager",
            Self::Finance => "finance",
            Self::Auditor => "auditor",
            Self::Support => "support",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Role {
    type Err = NoRole;

    fn from_str(text: &str) -> Result<Self, NoRole> {
        Self::ALL.into_iter().find(|role| role.word() == text).ok_or(NoRole)
    }
}
