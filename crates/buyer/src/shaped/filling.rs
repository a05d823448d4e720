//! One text of a shape: what stands between the braces, and how a value is said.

use std::collections::BTreeMap;

use auction::Filling;
use lead::{Timestamp, geo::State};
use serde_json::Value;

use super::{BRACES_MAX, TEXT_BYTES_MAX};
use crate::endpoint::Problem;

/// A value that a request may name. It can be personal, so it has no `Debug`.
pub(super) enum Given {
    Text(String),
    Number(i64),
    Flag(bool),
    State(State),
    At(Timestamp),
}

/// Other words for values, by the name of the value.
#[derive(Clone)]
pub(super) struct Words(pub(super) BTreeMap<String, BTreeMap<String, String>>);

/// A text with names in braces.
#[derive(Clone)]
pub(super) struct Template(Vec<Part>);

#[derive(Clone)]
enum Part {
    Text(String),
    Name(String, Way),
}

/// How a value is said.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// As it is: a number as a number, where the syntax has numbers.
    Plain,
    /// As text, though it be a number or a flag.
    Text,
    /// A state by its full name.
    Name,
    /// The first three characters, ex: of a zip.
    Three,
    /// The digits alone, ex: a number without its `+`.
    Digits,
    /// A number of the North American plan by its ten digits.
    National,
    /// The year of birth of somebody who is so old now. Nobody says the birthday, so it may be a year too late.
    BirthYear,
    /// `yes` or `no`.
    YesNo,
    /// 1 or 0.
    OneZero,
    /// A time as seconds since 1970.
    Epoch,
    /// A time as milliseconds since 1970.
    EpochMillis,
}

const WAYS: [(&str, Way); 10] = [
    ("text", Way::Text),
    ("name", Way::Name),
    ("3", Way::Three),
    ("digits", Way::Digits),
    ("national", Way::National),
    ("birth_year", Way::BirthYear),
    ("yes_no", Way::YesNo),
    ("1_0", Way::OneZero),
    ("epoch", Way::Epoch),
    ("epoch_ms", Way::EpochMillis),
];

impl Template {
    /// Reads a text; `check` says what is wrong with a name.
    pub(super) fn new(
        filling: &Filling,
        check: impl Fn(&str) -> Result<(), Problem>,
    ) -> Result<Self, Problem> {
        let text = match filling {
            Filling::Secret(secret) => return Ok(Self(vec![Part::Text(secret.expose().to_owned())])),
            Filling::Text(text) => text,
        };
        if text.len() > TEXT_BYTES_MAX || text.chars().any(char::is_control) {
            return Err(Problem::ShapeText);
        }
        let (mut parts, mut rest, mut braces) = (Vec::new(), text.as_str(), 0);
        while let Some((before, behind)) = rest.split_once('{') {
            let (inside, after) = behind.split_once('}').ok_or(Problem::ShapeBraces)?;
            if before.contains('}') || inside.contains('{') {
                return Err(Problem::ShapeBraces);
            }
            braces += 1;
            parts.extend((!before.is_empty()).then(|| Part::Text(before.to_owned())));
            parts.push(named(inside, &check)?);
            rest = after;
        }
        if rest.contains('}') || braces > BRACES_MAX {
            return Err(Problem::ShapeBraces);
        }
        parts.extend((!rest.is_empty() || braces == 0).then(|| Part::Text(rest.to_owned())));
        Ok(Self(parts))
    }

    /// The names in its braces.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Name(name, _) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// The text with its braces filled. A lone name keeps its kind, and is left out where there is no such value.
    pub(super) fn filled(
        &self,
        now: Timestamp,
        given: impl Fn(&str) -> Option<Given>,
        words: &Words,
    ) -> Option<Value> {
        let said = |name: &str, way: Way| given(name).map(|value| words.say(name, value.said(way, now), way));
        if let [Part::Name(name, way)] = self.0.as_slice() {
            return said(name, *way);
        }
        let part = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Name(name, way) => said(name, *way).map(|value| text_of(&value)).unwrap_or_default(),
        };
        Some(Value::String(self.0.iter().map(part).collect()))
    }
}

fn named(inside: &str, check: impl Fn(&str) -> Result<(), Problem>) -> Result<Part, Problem> {
    let (name, way) = match inside.split_once(':') {
        None => (inside, Way::Plain),
        Some((name, word)) => {
            let way = WAYS.iter().find(|(known, _)| *known == word).ok_or(Problem::ShapeWay)?;
            (name, way.1)
        }
    };
    check(name)?;
    Ok(Part::Name(name.to_owned(), way))
}

impl Words {
    /// The word for a value that is said as it is, where there is one.
    fn say(&self, name: &str, value: Value, way: Way) -> Value {
        if way != Way::Plain {
            return value;
        }
        let word = self.0.get(name).and_then(|words| words.get(&text_of(&value)));
        word.map_or(value, |word| Value::String(word.clone()))
    }
}

impl Given {
    /// A way that the value does not know says it as it is.
    fn said(self, way: Way, now: Timestamp) -> Value {
        match (way, self) {
            (Way::Name, Self::State(state)) => state.name().into(),
            (Way::BirthYear, Self::Number(age)) => (year(now) - age).into(),
            (Way::YesNo, Self::Flag(flag)) => if flag { "yes" } else { "no" }.into(),
            (Way::OneZero, Self::Flag(flag)) => i64::from(flag).into(),
            (Way::Epoch, Self::At(at)) => at.secs().into(),
            (Way::EpochMillis, Self::At(at)) => (at.micros() / 1_000).into(),
            (Way::Text, given) => given.plain().into(),
            (Way::Three, given) => given.plain().chars().take(3).collect::<String>().into(),
            (Way::Digits, given) => digits(&given.plain()).into(),
            (Way::National, given) => {
                let digits = digits(&given.plain());
                let national = digits.strip_prefix('1').filter(|rest| rest.len() == 10);
                national.map_or(digits.clone(), str::to_owned).into()
            }
            (_, Self::Number(number)) => number.into(),
            (_, Self::Flag(flag)) => flag.into(),
            (_, given) => given.plain().into(),
        }
    }

    fn plain(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.to_string(),
            Self::Flag(flag) => flag.to_string(),
            Self::State(state) => state.to_string(),
            Self::At(at) => at.to_string(),
        }
    }
}

/// A value as text, for syntaxes that know nothing else.
pub(super) fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn year(now: Timestamp) -> i64 {
    let at = jiff::Timestamp::from_microsecond(now.micros()).unwrap_or_default();
    jiff::tz::Offset::UTC.to_datetime(at).year().into()
}
