//! People's access: users and their roles, sessions, API tokens, one-time links, and the audit of what they did.
//!
//! What a role may do is the console's to say; here it is only kept. Every change appends to the audit in its own
//! transaction, so that neither is there without the other.

mod audit;
mod links;
mod publisher_keys;
mod results;
mod role;
mod secret;
mod sessions;
mod tokens;
mod users;

pub use audit::{AuditEntry, AuditFilter, By, Change, Verified, Who};
pub(crate) use audit::{append as append_audit, locks as audit_locks};
pub use links::Link;
pub use publisher_keys::{
    KeyKind, LEAD_KEY_PREFIX, NewPublisherKey, NumberPace, PublisherKey, PublisherKeyId, WIDGET_KEY_PREFIX,
};
pub use results::{Begun, Keyed};
pub use role::Role;
pub use sessions::{NewSession, Session, SessionId};
pub use tokens::{ApiToken, NewToken, TOKEN_PREFIX, TokenId};
pub use users::{NewUser, Refused, User, UserChange, UserId};

use crate::{NoChance, ReadFailed, WriteFailed};

/// Why people's access could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// It could not be read.
    #[error("people's access could not be read")]
    Read(#[from] ReadFailed),
    /// It was not changed, or that is not known.
    #[error("people's access was not changed")]
    Write(#[from] WriteFailed),
    /// Nothing secret could be drawn.
    #[error("nothing secret could be drawn")]
    Chance(#[from] NoChance),
    /// Something secret could not be sealed.
    #[error("something secret could not be sealed")]
    Seal(#[from] crate::SealError),
}

/// An id of this module's, drawn once and kept.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(uuid::Uuid);

        impl $name {
            /// The id of this number.
            pub const fn from_uuid(uuid: uuid::Uuid) -> Self {
                Self(uuid)
            }

            /// Its number.
            pub const fn uuid(self) -> uuid::Uuid {
                self.0
            }

            pub(crate) fn drawn() -> Result<Self, crate::NoChance> {
                Ok(Self(uuid::Builder::from_random_bytes(crate::chance::bytes()?).into_uuid()))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<$name> for crate::durable::Bind {
            fn from(id: $name) -> Self {
                Self::from(id.0)
            }
        }
    };
}
pub(crate) use id;
