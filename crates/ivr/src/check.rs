//! `Check`: what counts as an answer to a question.

use std::collections::BTreeMap;

use lead::Word;
use serde::{Deserialize, Serialize};

use crate::Speech;

/// What counts as an answer. Anything else is asked again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Check {
    /// A US zip that exists.
    Zip,
    /// A US state, said by its name or its two letters.
    State,
    /// An age in whole years. Outside the range it was misheard; who is too young is a matter of `disqualify`.
    Age {
        /// Least.
        min: i64,
        /// Most.
        max: i64,
    },
    /// A whole number; also a year, which may be said in pairs, ex: "nineteen sixty".
    Number {
        /// Least.
        min: i64,
        /// Most.
        max: i64,
    },
    /// Yes or no.
    YesNo {
        /// The key for yes.
        #[serde(default = "key_1")]
        yes: char,
        /// The key for no.
        #[serde(default = "key_2")]
        no: char,
    },
    /// One of the words that the script declares.
    Choice {
        /// By key.
        #[serde(default)]
        keys: BTreeMap<char, Word>,
        /// By what the caller says; the longest that is heard counts.
        #[serde(default)]
        words: BTreeMap<String, Word>,
    },
    /// Agreement to a text, by key 1 or a clear yes; key 2 or a clear no refuses it and ends the interview.
    Consent {
        /// Which text it was that the caller heard; kept with the consent as evidence.
        text_version: String,
        /// What the caller hears who refused.
        #[serde(default)]
        refused: Vec<Speech>,
    },
    /// A person's name, said; for the winner only.
    Name,
    /// Free text, said; for the winner only.
    Text,
    /// A North American telephone number of ten digits; for the winner only. It replaces the caller's own number.
    Phone,
}

impl Check {
    /// Yes by key 1, no by key 2.
    pub const fn yes_no() -> Self {
        Self::YesNo { yes: key_1(), no: key_2() }
    }
}

const fn key_1() -> char {
    '1'
}

const fn key_2() -> char {
    '2'
}
