//! `Lead`: what is sold, as its shareable and its personal part.

use std::collections::BTreeMap;

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

/// Who may see the answer to a question. Every question names one; there is no default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Every bidder: the answer becomes a part of the profile.
    Bidders,
    /// Only the buyer that accepted: the answer becomes a part of the identity.
    Winner,
}

/// A person's consent, as evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Which text the person heard or read.
    pub text_version: String,
    /// When the person agreed.
    pub given_at: Timestamp,
}
