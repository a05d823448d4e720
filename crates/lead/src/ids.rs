//! Names of things. What people configure has a slug; what happens has a UUID derived from what caused it.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Why a text is no slug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "an id is 1 to 64 lower-case letters, digits and hyphens, and begins with a letter or digit, ex: \"buyer-c\""
)]
pub struct SlugError;

macro_rules! slugs {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Reads a slug.
            ///
            /// # Errors
            /// When the text is not 1 to 64 of `a-z`, `0-9`, `-`, or begins with a hyphen.
            pub fn parse(text: &str) -> Result<Self, SlugError> {
                let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
                if (1..=64).contains(&text.len()) && text.bytes().all(legal) && !text.starts_with('-') {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(SlugError)
                }
            }

            /// The slug.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = SlugError;
            fn try_from(text: String) -> Result<Self, SlugError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    )*};
}

slugs! {
    /// A company that buys.
    BuyerId;
    /// One standing offer of a buyer.
    OfferId;
    /// What a caller or a form reaches.
    CampaignId;
    /// Who sent the lead.
    PublisherId;
}

macro_rules! uuids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// From a stored or received UUID.
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }

            /// The UUID.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    )*};
}

uuids! {
    /// One lead's way from arrival to ending.
    JourneyId;
    /// One auction of a journey.
    AuctionId;
    /// One offer's own id of one ping; different for every offer, so that buyers cannot match notes.
    PingId;
    /// The bridge's work with one ranked bid.
    AttemptId;
    /// What a buyer owes for one lead; also the idempotency key of its post.
    SaleId;
}

/// The namespace of every id that is derived here; fixed for good, since ids must come out the same in every release.
const NAMESPACE: Uuid = Uuid::from_u128(0x70_69_6e_67_70_6f_73_74_8f_2e_41_d0_97_c3_5b_11);

impl JourneyId {
    /// The journey of a carrier's call: the same for every repeat of its webhooks, on every node.
    pub fn of_call(account: &str, carrier_call: &str) -> Self {
        Self(derive(&["call", account, carrier_call]))
    }

    /// The journey of a lead that a publisher handed in under its idempotency key.
    pub fn of_form(publisher: &PublisherId, idempotency_key: &str) -> Self {
        Self(derive(&["form", publisher.as_str(), idempotency_key]))
    }
}

impl AuctionId {
    /// The auction that this journey opened at the step with this chain hash; `n` counts its rounds from 0.
    pub fn of(journey: JourneyId, chain_hash: &str, n: u32) -> Self {
        Self(derive(&["auction", &journey.to_string(), chain_hash, &n.to_string()]))
    }
}

impl PingId {
    /// The ping of this auction to this offer.
    pub fn of(auction: AuctionId, offer: &OfferId) -> Self {
        Self(derive(&["ping", &auction.to_string(), offer.as_str()]))
    }
}

impl AttemptId {
    /// The `n`th attempt of a journey, from 1.
    pub fn of(journey: JourneyId, n: u32) -> Self {
        Self(derive(&["attempt", &journey.to_string(), &n.to_string()]))
    }
}

impl SaleId {
    /// The sale of an attempt: fixed before the first byte of its post is sent.
    pub fn of(attempt: AttemptId) -> Self {
        Self(derive(&["sale", &attempt.to_string()]))
    }
}

/// UUIDv5 over length-prefixed parts, so that no two lists of parts give the same name.
fn derive(parts: &[&str]) -> Uuid {
    let mut name = String::new();
    for part in parts {
        name.push_str(&format!("{}:{part};", part.len()));
    }
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_derived_the_same_for_good() {
        let journey = JourneyId::of_call("AC1", "CA1");
        assert_eq!(journey, JourneyId::of_call("AC1", "CA1"));
        assert_ne!(journey, JourneyId::of_call("AC", "1CA1"));
        assert_ne!(AttemptId::of(journey, 1), AttemptId::of(journey, 2));
        assert_eq!(SaleId::of(AttemptId::of(journey, 1)).to_string().len(), 36);
    }

    #[test]
    fn slugs_are_what_a_url_and_a_table_can_hold() {
        assert!(OfferId::parse("buyer-c-medicare").is_ok());
        for text in ["", "-a", "A", "a b", "a_b", "é", &"a".repeat(65)] {
            assert_eq!(OfferId::parse(text), Err(SlugError), "{text}");
        }
    }
}
