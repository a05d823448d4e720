//! Who called: the one file of the console that looks at a personal value. Whoever comes here stands in the audit already.

use ivr::Input;
use store::Story;

/// What was covered.
pub(super) struct Revealed {
    /// The caller's number.
    pub(super) number: String,
    /// What the caller pressed or said, in its order.
    pub(super) heard: Vec<String>,
    /// The proof of each consent, in their order: what it is, and the value.
    pub(super) proofs: Vec<Vec<(&'static str, String)>>,
}

impl Revealed {
    pub(super) fn of(told: &Story) -> Self {
        let heard = told.heard.iter().map(|(_, _, input)| match input {
            Input::Keys(keys) => format!("pressed {}", keys.reveal()),
            Input::Words { text, .. } => format!("said “{}”", text.reveal()),
            Input::Silence => "was silent".to_owned(),
        });
        Self {
            number: told
                .caller
                .as_ref()
                .map_or_else(|| "withheld".to_owned(), |number| number.reveal().clone()),
            heard: heard.collect(),
            proofs: told
                .consents
                .iter()
                .map(|one| one.proof.iter().map(|(what, value)| (*what, value.reveal().clone())).collect())
                .collect(),
        }
    }
}
