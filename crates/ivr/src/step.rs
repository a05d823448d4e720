//! What an interview tells whoever runs it: what to ask, where it stands, why it was refused, what was consented to.

use lead::FieldName;
use serde::{Deserialize, Serialize};

use crate::{InputKind, Speech};

/// What is said and expected now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// What the caller hears, the greeting included with the first question.
    pub say: Vec<Speech>,
    /// How the caller may answer.
    pub expect: InputKind,
    /// The field that the answer is for.
    pub field: FieldName,
    /// Which try of this question it is, from 1.
    pub try_number: u8,
}

/// Where the interview stands after an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The next question, or the same again: see [`crate::Interview::ask`].
    Asking,
    /// The last answer is in.
    Done,
    /// The interview ended before its end.
    Refused(Refusal),
}

/// Why and how an interview ended before its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The question that decided.
    pub field: FieldName,
    /// Why.
    pub why: Why,
    /// What the caller hears.
    pub say: Vec<Speech>,
}

/// Why an interview ended before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The answer is one that the script excludes.
    Disqualified,
    /// There was no answer in all tries.
    NoAnswer,
    /// The caller did not agree to what the script asks consent for.
    ConsentRefused,
}

pub use lead::Consent;
