//! What is wrong with one question, seen alone.

use std::collections::BTreeSet;

use lead::{Audience, Word};

use super::{Trouble, input, speech};
use crate::{
    CONDITIONS_MAX, Check, Condition, Exhausted, HINT_CHARS_MAX, Question, SHARED_NUMBER_MAX, TRIES_MAX,
    WORDS_MAX,
};

/// What is wrong with a question, each trouble once.
pub(super) fn problems(question: &Question) -> BTreeSet<Trouble> {
    let mut found: BTreeSet<Trouble> = name(question).into_iter().collect();
    found.extend(audience(question));
    found.extend(prompts(question));
    found.extend(input::problems(question));
    found.extend(check(question));
    found.extend(conditions(question));
    if !(1..=TRIES_MAX).contains(&question.tries_max) {
        found.insert(Trouble::Tries);
    }
    found
}

fn name(question: &Question) -> Option<Trouble> {
    match (question.field.as_str(), &question.check) {
        ("area_code" | "phone", _) => Some(Trouble::ReservedField),
        ("zip", Check::Zip) | ("state", Check::State) => None,
        ("zip", _) => Some(Trouble::ZipNeedsZip),
        ("state", _) => Some(Trouble::StateNeedsState),
        _ => None,
    }
}

fn audience(question: &Question) -> Option<Trouble> {
    match (question.audience, &question.check) {
        (Audience::Winner, _) => None,
        (Audience::Bidders, Check::Name | Check::Text) => Some(Trouble::FreeTextForBidders),
        (Audience::Bidders, Check::Phone) => Some(Trouble::PhoneForBidders),
        (Audience::Bidders, Check::Number { min, max }) => {
            let long = *max > SHARED_NUMBER_MAX || *min < -SHARED_NUMBER_MAX;
            long.then_some(Trouble::LongNumberForBidders)
        }
        (Audience::Bidders, _) => None,
    }
}

fn prompts(question: &Question) -> Vec<Trouble> {
    let mut all = vec![&question.ask, &question.again, &question.on_silence];
    all.extend(question.disqualify.iter().map(|rule| &rule.say));
    if let Exhausted::End { say } = &question.exhausted {
        all.push(say);
    }
    if let Check::Consent { refused, .. } = &question.check {
        all.push(refused);
    }
    let mut found: Vec<Trouble> = speech::problems(all).collect();
    if question.ask.is_empty() {
        found.push(Trouble::EmptyAsk);
    }
    found
}

fn check(question: &Question) -> Vec<Trouble> {
    let mut found = Vec::new();
    match &question.check {
        Check::Age { min, max } | Check::Number { min, max } if min > max => {
            found.push(Trouble::InvertedRange)
        }
        Check::Age { min, max } if *min < 0 || *max > 130 => found.push(Trouble::AgeRange),
        Check::YesNo { yes, no } if yes == no || !is_key(*yes) || !is_key(*no) => found.push(Trouble::OddKey),
        Check::Choice { keys, words } => {
            if question.input.keys().is_some() && keys.is_empty() {
                found.push(Trouble::ChoiceWithoutKeys);
            }
            if question.input.voice().is_some() && keys.is_empty() && words.is_empty() {
                found.push(Trouble::ChoiceWithoutWords);
            }
            if !keys.keys().all(|key| is_key(*key)) {
                found.push(Trouble::OddKey);
            }
            let odd = |phrase: &String| {
                !phrase.contains(char::is_alphanumeric) || phrase.chars().count() > HINT_CHARS_MAX
            };
            if words.len() > WORDS_MAX || words.keys().any(odd) {
                found.push(Trouble::OddWords);
            }
        }
        Check::Consent { text_version, .. } => {
            if text_version.trim().is_empty() {
                found.push(Trouble::ConsentWithoutText);
            }
            if question.exhausted == Exhausted::Skip {
                found.push(Trouble::ConsentSkipped);
            }
        }
        Check::Zip
        | Check::State
        | Check::Age { .. }
        | Check::Number { .. }
        | Check::YesNo { .. }
        | Check::Name
        | Check::Text
        | Check::Phone => {}
    }
    found
}

fn is_key(key: char) -> bool {
    key.is_ascii_digit() || key == '*'
}

fn conditions(question: &Question) -> Vec<Trouble> {
    let mut found = Vec::new();
    if question.disqualify.len() > CONDITIONS_MAX {
        found.push(Trouble::Conditions);
    }
    for rule in &question.disqualify {
        if !rule.when.suits(&question.check) {
            found.push(Trouble::ConditionUnsuited);
        }
        match (&rule.when, &question.check) {
            (Condition::OneOf(words) | Condition::NoneOf(words), check) => {
                if !(1..=CONDITIONS_MAX).contains(&words.len()) {
                    found.push(Trouble::Conditions);
                }
                if words.iter().any(|word| !declares(check, word)) {
                    found.push(Trouble::ConditionUndeclared);
                }
            }
            (Condition::InStates(states) | Condition::OutsideStates(states), _) => {
                if !(1..=CONDITIONS_MAX).contains(&states.len()) {
                    found.push(Trouble::Conditions);
                }
            }
            (Condition::Under(_) | Condition::Over(_) | Condition::Yes | Condition::No, _) => {}
        }
    }
    found
}

/// Whether a word is an answer. Of another check than a choice that is no question here.
fn declares(check: &Check, word: &Word) -> bool {
    match check {
        Check::Choice { keys, words } => keys.values().chain(words.values()).any(|declared| declared == word),
        _ => true,
    }
}
