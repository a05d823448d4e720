//! `Input`: what a caller did when asked.

use serde::{Deserialize, Serialize};

/// What a caller did. `P` is the form of personal text: in custody in the core, sealed where it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input<P> {
    /// Pressed these keys: digits, `*`, perhaps a last `#`.
    Keys(P),
    /// Said these words, as a recogniser understood them.
    Words {
        /// The words.
        text: P,
        /// How sure the recogniser is, in thousandths. `None`: it does not say.
        confidence_millis: Option<u16>,
    },
    /// Did nothing in time.
    Silence,
}

impl<P> Input<P> {
    /// The same input with its personal text in another form.
    pub fn map<Q>(self, f: &mut impl FnMut(P) -> Q) -> Input<Q> {
        match self {
            Self::Keys(text) => Input::Keys(f(text)),
            Self::Words { text, confidence_millis } => Input::Words { text: f(text), confidence_millis },
            Self::Silence => Input::Silence,
        }
    }
}
