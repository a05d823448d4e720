//! `Lead`: what is sold, as its shareable and its personal part.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{E164, FieldName, Pii, Profile, Timestamp};

/// What is sold. It is not `Clone`: posting spends it.
#[derive(Debug)]
pub struct Lead {
    /// What bidders may see.
    pub profile: Profile,
    /// What only the buyer that accepted may see.
    pub identity: Identity,
}

/// The personal part of a lead. Nothing in it can be printed or serialized.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// The number that the lead can be reached at. `None`: the caller withheld it.
    pub phone: Option<Pii<E164>>,
    /// The number that the call came from, which alone may show on a buyer's phone. It differs where the caller asks to be
    /// reached at another one. `None`: withheld, or no call.
    pub caller: Option<Pii<E164>>,
    /// Everything else that is personal, by the script's or form's field name, ex: `first_name`.
    pub fields: BTreeMap<FieldName, Pii<String>>,
    /// Where and how a written consent was given.
    pub evidence: Evidence,
}

/// What proves a written consent and is personal: it goes where the identity goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The page that the form stood on, as its publisher names it.
    pub page: Option<Pii<String>>,
    /// The network address that the form was sent from.
    pub address: Option<Pii<String>>,
    /// A certificate of the consent at a third party, ex: a TrustedForm URL or a Jornaya token.
    pub certificate: Option<Pii<String>>,
}

/// How a lead came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A person rang one of our numbers.
    Call,
    /// A publisher handed in a filled form.
    Form,
    /// A person asked to be rung.
    Callback,
}

impl Channel {
    /// Its word: in tables, pings and metrics.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Form => "form",
            Self::Callback => "callback",
        }
    }
}

/// Who may see the answer to a question. Every question names one; there is no default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Every bidder: the answer becomes a part of the profile.
    Bidders,
    /// Only the buyer that accepted: the answer becomes a part of the identity.
    Winner,
}

/// A person's consent, as evidence. What of it is personal stands in [`Evidence`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Which text the person heard or read.
    pub text_version: String,
    /// When the person agreed.
    pub given_at: Timestamp,
    /// What it allows. A spoken consent of an interview allows nothing beyond its own call.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub covers: BTreeSet<Covers>,
    /// The sellers that the text names; none: it names nobody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sellers: Vec<String>,
    /// The carrier's reference of the recording in which it can be heard. `None`: it was written, or nothing recorded it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<String>,
}

/// What a consent allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Covers {
    /// To be called about what was asked for.
    Calls,
    /// To be called with an automated or prerecorded voice. It needs a consent in writing.
    AutomatedVoice,
}

impl Consent {
    /// A consent that was spoken or keyed in a call, which allows no other call.
    pub const fn spoken(text_version: String, given_at: Timestamp) -> Self {
        Self { text_version, given_at, covers: BTreeSet::new(), sellers: vec![], recording: None }
    }

    /// Whether it names this seller; compared without case and blanks around it.
    pub fn names(&self, seller: &str) -> bool {
        let seller = seller.trim().to_lowercase();
        !seller.is_empty() && self.sellers.iter().any(|named| named.trim().to_lowercase() == seller)
    }
}
