//! The first question of a call that we placed: key 1 goes on, key 9 and a spoken "stop" end it for good.

use lead::Pii;

use crate::{
    CONFIDENCE_MILLIS_MIN, Input, SAID_CHARS_MAX,
    spoken::{self, Agreed},
};

/// What a person who was rung did when asked to press 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// Pressed 1. Nothing that is said does it: a machine talks too.
    GoOn,
    /// Pressed 9, or said that they want no more calls.
    Stop,
    /// Anything else, or nothing.
    Unclear,
}

/// What a person who was rung did when asked to press 1.
pub fn at_the_gate(input: &Input<Pii<String>>) -> Gate {
    let pressed = |wanted: &str| match input {
        Input::Keys(keys) => is(keys, |keys| keys.trim_end_matches('#') == wanted),
        Input::Words { .. } | Input::Silence => false,
    };
    match (pressed("1"), pressed("9") || says_stop(input)) {
        (true, _) => Gate::GoOn,
        (_, true) => Gate::Stop,
        (false, false) => Gate::Unclear,
    }
}

/// What a caller said to the question whether they agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    /// They pressed 1, or said so.
    Yes,
    /// They pressed 2, or said so.
    No,
    /// Anything else, or nothing.
    Unclear,
}

/// What a caller said to the question whether they agree, by the same words as a consent of a script.
pub fn agreement(input: &Input<Pii<String>>) -> Agreement {
    let pressed = |text: &Pii<String>, key: &str| is(text, |keys| keys.trim().trim_end_matches('#') == key);
    let said = |text: &Pii<String>, what| is(text, |said| spoken::consented(said.trim()) == what);
    match input {
        Input::Keys(keys) if pressed(keys, "1") => Agreement::Yes,
        Input::Keys(keys) if pressed(keys, "2") => Agreement::No,
        Input::Words { text, confidence_millis } => {
            let is_sure = confidence_millis.is_none_or(|sure| sure >= CONFIDENCE_MILLIS_MIN)
                && is(text, |said| said.chars().nth(SAID_CHARS_MAX).is_none());
            match is_sure {
                true if said(text, Agreed::Yes) => Agreement::Yes,
                true if said(text, Agreed::No) => Agreement::No,
                _ => Agreement::Unclear,
            }
        }
        Input::Keys(_) | Input::Silence => Agreement::Unclear,
    }
}

/// Whether somebody says that they want no more calls.
pub fn says_stop(input: &Input<Pii<String>>) -> bool {
    match input {
        Input::Words { text, .. } => is(text, spoken::stops),
        Input::Keys(_) | Input::Silence => false,
    }
}

/// Nothing but whether it is so leaves custody.
fn is(text: &Pii<String>, what: impl FnOnce(&str) -> bool) -> bool {
    text.and_then(|text| what(text).then_some(())).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(keys: &str) -> Input<Pii<String>> {
        Input::Keys(Pii::new(keys.to_owned()))
    }

    fn words(text: &str) -> Input<Pii<String>> {
        Input::Words { text: Pii::new(text.to_owned()), confidence_millis: Some(900) }
    }

    #[test]
    fn only_a_key_goes_on_and_a_key_or_a_word_stops() {
        assert_eq!(at_the_gate(&keys("1")), Gate::GoOn);
        assert_eq!(at_the_gate(&keys("1#")), Gate::GoOn);
        for input in [keys("9"), words("stop calling me")] {
            assert_eq!(at_the_gate(&input), Gate::Stop);
        }
        for input in [keys(""), keys("2"), keys("19"), words("one"), words("yes"), Input::Silence] {
            assert_eq!(at_the_gate(&input), Gate::Unclear);
        }
    }
}
