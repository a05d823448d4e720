//! Reading an input by a check. The only file of this crate that looks at personal text.

use lead::{E164, Pii, Value, Word, geo::Zip};

use crate::{
    CONFIDENCE_MILLIS_MIN, Check, Input, Question, SAID_CHARS_MAX, TEXT_CHARS_MAX,
    spoken::{self, Agreed},
};

/// What an input says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// A typed answer.
    Value(Value),
    /// Free text; it can only become a part of the identity.
    Personal(Pii<String>),
    /// A telephone number.
    Phone(Pii<E164>),
    /// Consent, given.
    ConsentGiven,
    /// Consent, refused.
    ConsentRefused,
    /// Something that is no answer.
    Unclear,
    /// Nothing.
    Silent,
}

/// Reads what the caller did as an answer to this question. Clear words count even where only keys were asked for.
pub(crate) fn read(question: &Question, input: &Input<Pii<String>>) -> Reading {
    match input {
        Input::Silence => Reading::Silent,
        Input::Keys(text) => {
            let pressed = text.reveal().trim();
            let pressed = pressed.strip_suffix('#').unwrap_or(pressed);
            match question.input.keys() {
                _ if pressed.is_empty() => Reading::Silent,
                Some(keys) if !(usize::from(keys.min)..=usize::from(keys.max)).contains(&pressed.len()) => {
                    Reading::Unclear
                }
                _ => by_keys(&question.check, pressed),
            }
        }
        Input::Words { text, confidence_millis } => {
            let said = text.reveal().trim();
            if said.is_empty() {
                Reading::Silent
            } else if confidence_millis.is_some_and(|sure| sure < CONFIDENCE_MILLIS_MIN)
                || said.chars().nth(SAID_CHARS_MAX).is_some()
            {
                Reading::Unclear
            } else {
                by_words(&question.check, said)
            }
        }
    }
}

fn by_keys(check: &Check, pressed: &str) -> Reading {
    let all_digits = pressed.bytes().all(|b| b.is_ascii_digit());
    let mut chars = pressed.chars();
    let key = chars.next().filter(|_| chars.next().is_none());
    match check {
        Check::Zip => value(zip(pressed)),
        Check::Age { min, max } | Check::Number { min, max } => {
            value(pressed.parse().ok().filter(|_| all_digits).and_then(|n| within(n, *min, *max)))
        }
        Check::YesNo { yes, no } => value(key.and_then(|key| flag(key, *yes, *no))),
        Check::Choice { keys, .. } => choice(key.and_then(|key| keys.get(&key))),
        Check::Consent { .. } => match key {
            Some('1') => Reading::ConsentGiven,
            Some('2') => Reading::ConsentRefused,
            _ => Reading::Unclear,
        },
        Check::Phone => phone(pressed),
        Check::State | Check::Name | Check::Text => Reading::Unclear,
    }
}

fn by_words(check: &Check, said: &str) -> Reading {
    match check {
        Check::Zip => value(spoken::digits(said).and_then(|digits| zip(&digits))),
        Check::State => value(spoken::state(said).map(Value::State)),
        Check::Age { min, max } | Check::Number { min, max } => {
            value(spoken::number(said).and_then(|n| within(n, *min, *max)))
        }
        Check::YesNo { yes, no } => match spoken::agreed(said) {
            Agreed::Yes => Reading::Value(Value::Flag(true)),
            Agreed::No => Reading::Value(Value::Flag(false)),
            Agreed::Unclear => value(said_key(said).and_then(|key| flag(key, *yes, *no))),
        },
        Check::Choice { keys, words } => match spoken::choice(said, words) {
            Some(word) => Reading::Value(Value::Choice(word)),
            None => choice(said_key(said).and_then(|key| keys.get(&key))),
        },
        Check::Consent { .. } => match spoken::consented(said) {
            Agreed::Yes => Reading::ConsentGiven,
            Agreed::No => Reading::ConsentRefused,
            Agreed::Unclear => Reading::Unclear,
        },
        Check::Name => personal(name(said)),
        Check::Text => personal(text(said)),
        Check::Phone => spoken::digits(said).map_or(Reading::Unclear, |digits| phone(&digits)),
    }
}

fn value(found: Option<Value>) -> Reading {
    found.map_or(Reading::Unclear, Reading::Value)
}

fn choice(found: Option<&Word>) -> Reading {
    value(found.cloned().map(Value::Choice))
}

fn personal(found: Option<String>) -> Reading {
    found.map_or(Reading::Unclear, |text| Reading::Personal(Pii::new(text)))
}

/// A zip, of five digits or with the four that may follow.
fn zip(digits: &str) -> Option<Value> {
    let five = if digits.len() == 9 { digits.get(..5)? } else { digits };
    Zip::parse(five).ok().map(Value::Zip)
}

fn within(number: i64, min: i64, max: i64) -> Option<Value> {
    (min..=max).contains(&number).then_some(Value::Number(number))
}

fn flag(key: char, yes: char, no: char) -> Option<Value> {
    match key {
        _ if yes == no => None,
        _ if key == yes => Some(Value::Flag(true)),
        _ if key == no => Some(Value::Flag(false)),
        _ => None,
    }
}

/// The key that somebody names instead of pressing it, ex: "one", "option 2".
fn said_key(said: &str) -> Option<char> {
    let digits = spoken::digits(said)?;
    let mut chars = digits.chars();
    chars.next().filter(|_| chars.next().is_none())
}

/// Ten digits, perhaps behind a 1. Neither an area code nor an exchange begins with 0 or 1.
fn phone(digits: &str) -> Reading {
    let ten = if digits.len() == 11 { digits.strip_prefix('1').unwrap_or(digits) } else { digits };
    let possible = ten.len() == 10 && [0, 3].iter().all(|at| matches!(ten.as_bytes()[*at], b'2'..=b'9'));
    match E164::parse(&format!("+1{ten}")) {
        Ok(number) if possible => Reading::Phone(Pii::new(number)),
        _ => Reading::Unclear,
    }
}

/// A name as it was said, without "my name is": letters, and what stands between them.
fn name(said: &str) -> Option<String> {
    const BEFORE: [&str; 8] =
        ["my name is ", "the name is ", "my name's ", "this is ", "it is ", "it's ", "i am ", "i'm "];
    let said = text(said)?.replace('’', "'");
    let said = said.trim_end_matches(['.', ',', '!', '?']);
    let begins =
        |before: &str| said.get(..before.len()).is_some_and(|start| start.eq_ignore_ascii_case(before));
    let name = BEFORE.iter().find(|before| begins(before)).map_or(said, |before| &said[before.len()..]);
    let legal = |c: char| c.is_alphabetic() || matches!(c, ' ' | '-' | '\'' | '.' | ',');
    (name.chars().any(char::is_alphabetic) && name.chars().all(legal)).then(|| name.to_owned())
}

/// A text with its blanks evened, when it says anything and is not too long.
fn text(said: &str) -> Option<String> {
    let plain: String = said.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let text = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let fits = text.chars().nth(TEXT_CHARS_MAX).is_none();
    (fits && text.chars().any(char::is_alphanumeric)).then_some(text)
}
