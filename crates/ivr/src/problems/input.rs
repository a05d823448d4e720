//! What is wrong with how a caller may answer, seen together with what counts as an answer.

use super::Trouble;
use crate::{Check, HINT_CHARS_MAX, HINTS_MAX, InputKind, KEYS_MAX, Question};

/// What is wrong with the input of a question.
pub(super) fn problems(question: &Question) -> Vec<Trouble> {
    let mut found = Vec::new();
    let by_voice_only = matches!(question.check, Check::State | Check::Name | Check::Text);
    if by_voice_only && !matches!(question.input, InputKind::Voice(_)) {
        found.push(Trouble::NeedsVoice);
    }
    if let Some(keys) = question.input.keys() {
        if keys.min < 1 || keys.min > keys.max || keys.max > KEYS_MAX {
            found.push(Trouble::KeysRange);
        } else if keys_of(&question.check).is_some_and(|(least, most)| keys.max < most || keys.min > least) {
            found.push(Trouble::KeysNeverFit);
        }
    }
    if let Some(voice) = question.input.voice() {
        let odd = |hint: &String| hint.trim().is_empty() || hint.chars().count() > HINT_CHARS_MAX;
        if voice.hints.len() > HINTS_MAX || voice.hints.iter().any(odd) {
            found.push(Trouble::Hints);
        }
    }
    found
}

/// How many keys the shortest and the longest answer have; nothing for what is not answered by keys.
fn keys_of(check: &Check) -> Option<(u8, u8)> {
    match check {
        Check::Zip => Some((5, 5)),
        Check::Phone => Some((10, 10)),
        Check::YesNo { .. } | Check::Choice { .. } | Check::Consent { .. } => Some((1, 1)),
        Check::Age { min, max } | Check::Number { min, max } => {
            Some((digits(*min.max(&0)), digits(*max.max(&0))))
        }
        Check::State | Check::Name | Check::Text => None,
    }
}

fn digits(number: i64) -> u8 {
    u8::try_from(number.to_string().len()).unwrap_or(u8::MAX)
}
