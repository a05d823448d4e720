//! `Permission`: the things that a person or a program may be allowed, and the one table of which role is allowed which.

use store::Role;

/// Something that one may be allowed. Its word is also the scope of an API token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// Calls, auctions and posts, with the caller masked.
    ReadCalls,
    /// To send posts again and enable offers.
    ManagePosts,
    /// To cancel callbacks that wait.
    WriteCallbacks,
    /// What a caller said and from which number; each look is audited.
    RevealPeople,
    /// What is earned and owed.
    ReadMoney,
    /// To correct sales: returns, disputes, adjustments, conversions.
    WriteMoney,
    /// Offers, buyers, campaigns, publishers; credentials are left out.
    ReadSettings,
    /// To publish settings.
    WriteSettings,
    /// The settings as they are, with credentials; asks for the password again.
    ReadSecrets,
    /// Who may come in.
    ReadUsers,
    /// To add, change and disable users, and to end their sessions.
    WriteUsers,
    /// Everybody's API tokens.
    ReadTokens,
    /// To make tokens of one's own, and to revoke anybody's.
    WriteTokens,
    /// Who did what.
    ReadAudit,
    /// Which numbers are not to be called, masked.
    ReadSuppressions,
    /// To add numbers to them, to import lists, and to take numbers off.
    WriteSuppressions,
}

use Permission::{
    ManagePosts, ReadAudit, ReadCalls, ReadMoney, ReadSecrets, ReadSettings, ReadSuppressions, ReadTokens,
    ReadUsers, RevealPeople, WriteCallbacks, WriteMoney, WriteSettings, WriteSuppressions, WriteTokens,
    WriteUsers,
};

impl Permission {
    /// All of them.
    pub const ALL: [Self; 16] = [
        ReadCalls,
        ManagePosts,
        WriteCallbacks,
        RevealPeople,
        ReadMoney,
        WriteMoney,
        ReadSettings,
        WriteSettings,
        ReadSecrets,
        ReadUsers,
        WriteUsers,
        ReadTokens,
        WriteTokens,
        ReadAudit,
        ReadSuppressions,
        WriteSuppressions,
    ];

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            ReadCalls => "calls:read",
            ManagePosts => "posts:write",
            WriteCallbacks => "callbacks:write",
            RevealPeople => "people:reveal",
            ReadMoney => "money:read",
            WriteMoney => "money:write",
            ReadSettings => "settings:read",
            WriteSettings => "settings:write",
            ReadSecrets => "settings:secrets",
            ReadUsers => "users:read",
            WriteUsers => "users:write",
            ReadTokens => "tokens:read",
            WriteTokens => "tokens:write",
            ReadAudit => "audit:read",
            ReadSuppressions => "suppressions:read",
            WriteSuppressions => "suppressions:write",
        }
    }

    /// What it is, in a few words for a form.
    pub const fn means(self) -> &'static str {
        match self {
            ReadCalls => "see calls, auctions and posts, callers masked",
            ManagePosts => "send posts again, enable offers",
            WriteCallbacks => "cancel callbacks that wait",
            RevealPeople => "see who called",
            ReadMoney => "see what is earned and owed",
            WriteMoney => "correct sales: returns, disputes, adjustments",
            ReadSettings => "see offers, buyers, campaigns, publishers",
            WriteSettings => "change them",
            ReadSecrets => "see the buyers' credentials",
            ReadUsers => "see who may come in",
            WriteUsers => "add, change and disable users",
            ReadTokens => "see API tokens",
            WriteTokens => "make and revoke API tokens",
            ReadAudit => "see who did what",
            ReadSuppressions => "see which numbers are not called, masked",
            WriteSuppressions => "add to these numbers, import lists, take numbers off",
        }
    }

    /// The permission of a word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.word() == word)
    }

    /// Whether a role has it. What is not listed is denied.
    pub const fn is_of(self, role: Role) -> bool {
        match role {
            Role::Owner | Role::Admin => true,
            Role::OfferManager => {
                matches!(
                    self,
                    ReadCalls
                        | ManagePosts
                        | WriteCallbacks
                        | ReadMoney
                        | ReadSettings
                        | WriteSettings
                        | ReadSuppressions
                )
            }
            Role::Finance => matches!(self, ReadCalls | ReadMoney | WriteMoney | ReadSettings),
            Role::Auditor => {
                matches!(
                    self,
                    ReadCalls
                        | ReadMoney
                        | ReadSettings
                        | ReadUsers
                        | ReadTokens
                        | ReadAudit
                        | ReadSuppressions
                )
            }
            Role::Support => {
                matches!(
                    self,
                    ReadCalls | ManagePosts | WriteCallbacks | ReadSuppressions | WriteSuppressions
                )
            }
        }
    }
}
