//! `Script`: what a campaign asks its callers. An operator writes it; a published version never changes.

use lead::{Audience, FieldName};
use serde::{Deserialize, Serialize};

use crate::{Check, Condition};

/// What is said and asked, in order. [`Script::problems`] lists what must be mended before it is published.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// Said before the first question.
    #[serde(default)]
    pub greeting: Vec<Speech>,
    /// Asked one by one.
    #[serde(default)]
    pub questions: Vec<Question>,
    /// Said once the last answer is in, ex: "one moment please".
    #[serde(default)]
    pub closing: Vec<Speech>,
}

/// One part of what a caller hears.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speech {
    /// Text that is read aloud.
    Say(String),
    /// A recording: an https URL, or the name of a shipped one, ex: `hold.wav`.
    Play(String),
}

/// One question and everything that may follow from its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The name that the answer is kept under.
    pub field: FieldName,
    /// Who may see the answer.
    pub audience: Audience,
    /// The question itself.
    pub ask: Vec<Speech>,
    /// The question after an answer that was not understood. Empty: it is asked again as it is.
    #[serde(default)]
    pub again: Vec<Speech>,
    /// How the caller may answer.
    pub input: InputKind,
    /// What is an answer.
    pub check: Check,
    /// How often it is asked at most, 1 to 5.
    pub tries_max: u8,
    /// Said after silence, before the question is asked once more. Empty: silence is met as a wrong answer is.
    #[serde(default)]
    pub on_silence: Vec<Speech>,
    /// What happens when the tries are used up.
    pub exhausted: Exhausted,
    /// The answers that end the interview. The first that holds counts.
    #[serde(default)]
    pub disqualify: Vec<Disqualify>,
}

/// How a caller may answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputKind {
    /// On the keypad.
    Keys(Keys),
    /// By voice.
    Voice(Voice),
    /// On the keypad or by voice.
    Either {
        /// The keypad.
        keys: Keys,
        /// The voice.
        voice: Voice,
    },
}

/// How many keys are an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// Fewest.
    pub min: u8,
    /// Most; the answer is complete with so many.
    pub max: u8,
    /// What completes an answer that has fewer.
    #[serde(default)]
    pub finish: Finish,
}

/// What completes an answer that has fewer keys than it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// A pause alone.
    #[default]
    Pause,
    /// The pound key, or a pause.
    Pound,
}

/// What helps a recogniser to understand the caller.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Voice {
    /// Words that are likely to be said.
    #[serde(default)]
    pub hints: Vec<String>,
}

/// What happens when the tries of a question are used up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exhausted {
    /// The next question; the field stays unanswered, and an offer that requires it is not asked for a bid.
    Skip,
    /// The interview ends.
    End {
        /// What the caller hears.
        say: Vec<Speech>,
    },
}

/// An answer that was understood and ends the interview, ex: too young for the product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disqualify {
    /// The answers that it is about.
    pub when: Condition,
    /// What the caller hears.
    #[serde(default)]
    pub say: Vec<Speech>,
}

impl InputKind {
    /// The keypad, where it is taken.
    pub fn keys(&self) -> Option<Keys> {
        match self {
            Self::Keys(keys) | Self::Either { keys, .. } => Some(*keys),
            Self::Voice(_) => None,
        }
    }

    /// The voice, where it is taken.
    pub fn voice(&self) -> Option<&Voice> {
        match self {
            Self::Voice(voice) | Self::Either { voice, .. } => Some(voice),
            Self::Keys(_) => None,
        }
    }
}
