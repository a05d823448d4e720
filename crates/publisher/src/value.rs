//! One value by its kind: what bidders may see as a [`Value`], what is personal as a text.

use lead::{
    Audience, E164, Pii, Value, Word,
    geo::{NumberClass, State, Zip, class_of_nanp},
};

use crate::{
    Field, FieldProblem, Kind,
    limits::TEXT_CHARS_MAX,
    problem::{either, nearest},
    sent::Given,
};

/// A value where it belongs.
pub(crate) enum Read {
    Shared(Value),
    Personal(Pii<String>),
}

/// Why a number is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhoneProblem {
    /// It is no number.
    Form,
    /// It is one that no person is rung at.
    NotCallable,
}

/// Reads a field's value.
pub(crate) fn read(field: &Field, given: &Given) -> Result<Read, FieldProblem> {
    let wrong = |mend: String| {
        let what = format!("this is no {}", field.kind.word().replace('_', " or "));
        FieldProblem::new(field.name.as_str(), "wrong_value", what, mend)
    };
    let shared = match &field.kind {
        Kind::Zip => {
            zip(given).ok_or_else(|| wrong("send five digits of a zip that exists, as a text".into()))?
        }
        Kind::State => {
            state(given).ok_or_else(|| wrong("send the two letters of a US state, ex: FL".into()))?
        }
        Kind::Number { min, max } => {
            let found = number(given).filter(|number| (*min..=*max).contains(number));
            Value::Number(found.ok_or_else(|| wrong(format!("send a whole number from {min} to {max}")))?)
        }
        Kind::YesNo => {
            Value::Flag(flag(given).ok_or_else(|| wrong("send true or false, or yes or no".into()))?)
        }
        Kind::Choice(words) => Value::Choice(choice(words, given).map_err(wrong)?),
        Kind::Date => {
            return date(given).map(personal).ok_or_else(|| wrong("send a date as 1960-12-31".into()));
        }
        Kind::Name => return name(given).map(personal).ok_or_else(|| wrong(shorter("a name of letters"))),
        Kind::Email => {
            return email(given)
                .map(personal)
                .ok_or_else(|| wrong("send an address, ex: ada@example.com".into()));
        }
        Kind::Text => return text(given).map(personal).ok_or_else(|| wrong(shorter("a text in one line"))),
    };
    Ok(match field.audience {
        Audience::Bidders => Read::Shared(shared),
        Audience::Winner => personal(shared.text()),
    })
}

/// A telephone number: `+` and its digits, or ten digits, or eleven from 1; blanks, dots, hyphens and brackets are no part
/// of it. With `rung` it must be one that a person in the United States is rung at: neither toll-free nor premium, and of
/// no other country.
///
/// # Errors
/// Why it is not taken.
pub fn phone(text: &str, rung: bool) -> Result<E164, PhoneProblem> {
    let plain: String =
        text.chars().filter(|c| !matches!(c, ' ' | '\u{a0}' | '.' | '-' | '(' | ')')).collect();
    let digits = plain.strip_prefix('+').unwrap_or(&plain);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(PhoneProblem::Form);
    }
    let whole = match (plain.starts_with('+'), digits.len()) {
        (true, _) => plain,
        (false, 10) => format!("+1{digits}"),
        (false, 11) if digits.starts_with('1') => format!("+{digits}"),
        _ => return Err(PhoneProblem::Form),
    };
    let number = E164::parse(&whole).map_err(|_| PhoneProblem::Form)?;
    match number.nanp().map(class_of_nanp) {
        Some(NumberClass::Geographic) => Ok(number),
        Some(NumberClass::Premium | NumberClass::TollFree) => Err(PhoneProblem::NotCallable),
        Some(NumberClass::Unknown) => Err(PhoneProblem::Form),
        Some(NumberClass::Canada | NumberClass::Caribbean | NumberClass::NonGeographic) | None if rung => {
            Err(PhoneProblem::NotCallable)
        }
        _ => Ok(number),
    }
}

fn personal(text: String) -> Read {
    Read::Personal(Pii::new(text))
}

fn shorter(what: &str) -> String {
    format!("send {what} of at most {TEXT_CHARS_MAX} characters")
}

fn zip(given: &Given) -> Option<Value> {
    let Given::Text(text) = given else { return None };
    let five = match text.split_once('-') {
        Some((five, four)) if four.len() == 4 && four.bytes().all(|b| b.is_ascii_digit()) => five,
        Some(_) => return None,
        None => text,
    };
    Zip::parse(five).ok().map(Value::Zip)
}

fn state(given: &Given) -> Option<Value> {
    let Given::Text(text) = given else { return None };
    let by_letters = State::parse(&text.to_ascii_uppercase());
    by_letters
        .or_else(|| State::all().find(|state| state.name().eq_ignore_ascii_case(text)))
        .map(Value::State)
}

fn number(given: &Given) -> Option<i64> {
    match given {
        Given::Number(number) => Some(*number),
        Given::Text(text) if !text.starts_with('+') => text.parse().ok(),
        _ => None,
    }
}

fn flag(given: &Given) -> Option<bool> {
    match given {
        Given::Flag(flag) => Some(*flag),
        Given::Number(0) => Some(false),
        Given::Number(1) => Some(true),
        Given::Text(text) => match text.to_ascii_lowercase().as_str() {
            "yes" | "true" | "1" | "on" => Some(true),
            "no" | "false" | "0" | "off" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

fn choice(words: &[Word], given: &Given) -> Result<Word, String> {
    let known = || words.iter().map(Word::as_str);
    let all = || format!("send one of these words: {}", either(known().take(20)));
    let Given::Text(text) = given else { return Err(all()) };
    let found = words.iter().find(|word| word.as_str().eq_ignore_ascii_case(text));
    found
        .cloned()
        .ok_or_else(|| nearest(text, known()).map_or_else(all, |meant| format!("did you mean {meant}?")))
}

fn date(given: &Given) -> Option<String> {
    let text = text(given)?;
    text.parse::<jiff::civil::Date>().ok().filter(|date| date.to_string() == text).map(|_| text)
}

fn name(given: &Given) -> Option<String> {
    let legal = |c: char| c.is_alphabetic() || matches!(c, ' ' | '-' | '\'' | '’' | '.' | ',');
    text(given).filter(|name| name.chars().all(legal) && name.chars().any(char::is_alphabetic))
}

fn email(given: &Given) -> Option<String> {
    let text = text(given)?;
    let (person, host) = text.rsplit_once('@')?;
    let plain =
        |part: &str| part.chars().all(|c| !c.is_whitespace() && !matches!(c, '<' | '>' | ',' | ';' | '"'));
    let dotted = host.split('.').count() > 1 && host.split('.').all(|label| !label.is_empty());
    let fits = !person.is_empty() && !person.contains('@') && plain(person) && plain(host) && dotted;
    fits.then_some(text)
}

/// A text in one line that says anything. Signs that turn the direction of writing are none.
fn text(given: &Given) -> Option<String> {
    let text = match given {
        Given::Text(text) => text.clone(),
        Given::Number(number) => number.to_string(),
        _ => return None,
    };
    let odd = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let fits = text.chars().nth(TEXT_CHARS_MAX).is_none() && !text.chars().any(odd);
    (fits && text.chars().any(char::is_alphanumeric)).then_some(text)
}
