//! `Possible`: which values a field can have, as far as the scripts and forms tell.

use std::collections::BTreeSet;

use ivr::Check;
use lead::{
    FieldName,
    geo::{AreaCode, State, Zip},
};

use super::asked::Asked;

/// What a field can hold; several, where campaigns ask it differently.
pub(super) struct Possible(Vec<Kind>);

enum Kind {
    State,
    Zip,
    AreaCode,
    Number(i64, i64),
    Flag,
    Words(BTreeSet<String>),
}

impl Possible {
    /// What this field can hold in a vertical.
    pub(super) fn of(field: &FieldName, asked: &Asked<'_>) -> Self {
        let mut kinds: Vec<_> =
            asked.shared(field).filter_map(|question| Kind::of(&question.check)).collect();
        kinds.extend(asked.filled(field).filter_map(|field| Kind::of_form(&field.kind)));
        match field.as_str() {
            "state" => kinds.push(Kind::State),
            "area_code" => kinds.push(Kind::AreaCode),
            _ => {}
        }
        Self(kinds)
    }

    /// Whether an answer can be this text, in lower case.
    pub(super) fn can_be(&self, text: &str) -> bool {
        self.is_unknown() || self.0.iter().any(|kind| kind.can_be(text))
    }

    /// Whether an answer can begin so, in lower case.
    pub(super) fn can_begin(&self, head: &str) -> bool {
        self.is_unknown() || self.0.iter().any(|kind| kind.can_begin(head))
    }

    /// Whether an answer can be a number in this range.
    pub(super) fn can_be_between(&self, from: i64, to: i64) -> bool {
        let overlaps = |kind: &Kind| matches!(kind, Kind::Number(min, max) if from <= *max && *min <= to);
        self.is_unknown() || self.0.iter().any(overlaps)
    }

    /// What it can hold, for people.
    pub(super) fn described(&self) -> String {
        let all: BTreeSet<_> = self.0.iter().map(Kind::described).collect();
        all.into_iter().collect::<Vec<_>>().join(", or ")
    }

    fn is_unknown(&self) -> bool {
        self.0.is_empty()
    }
}

impl Kind {
    fn of(check: &Check) -> Option<Self> {
        match check {
            Check::Zip => Some(Self::Zip),
            Check::State => Some(Self::State),
            Check::Age { min, max } | Check::Number { min, max } => Some(Self::Number(*min, *max)),
            Check::YesNo { .. } | Check::Consent { .. } => Some(Self::Flag),
            Check::Choice { keys, words } => Some(Self::Words(
                keys.values().chain(words.values()).map(|word| word.as_str().to_lowercase()).collect(),
            )),
            Check::Name | Check::Text | Check::Phone => None,
        }
    }

    fn of_form(kind: &publisher::Kind) -> Option<Self> {
        match kind {
            publisher::Kind::Zip => Some(Self::Zip),
            publisher::Kind::State => Some(Self::State),
            publisher::Kind::Number { min, max } => Some(Self::Number(*min, *max)),
            publisher::Kind::YesNo => Some(Self::Flag),
            publisher::Kind::Choice(words) => {
                Some(Self::Words(words.iter().map(|word| word.as_str().to_lowercase()).collect()))
            }
            publisher::Kind::Date
            | publisher::Kind::Name
            | publisher::Kind::Email
            | publisher::Kind::Text => None,
        }
    }

    fn can_be(&self, text: &str) -> bool {
        match self {
            Self::State => text.len() == 2 && State::parse(text).is_some(),
            Self::Zip => text.len() == 5 && Zip::parse(text).is_ok(),
            Self::AreaCode => AreaCode::parse(text).is_some(),
            Self::Number(min, max) => text.parse().is_ok_and(|number: i64| (min..=max).contains(&&number)),
            Self::Flag => matches!(text, "yes" | "no"),
            Self::Words(words) => words.contains(text),
        }
    }

    fn can_begin(&self, head: &str) -> bool {
        let digits =
            |most: usize| (1..=most).contains(&head.len()) && head.bytes().all(|b| b.is_ascii_digit());
        match self {
            Self::State => State::all().any(|state| state.as_str().to_lowercase().starts_with(head)),
            Self::Zip => digits(5),
            Self::AreaCode => digits(3),
            Self::Number(..) => head.bytes().all(|b| b.is_ascii_digit() || b == b'-'),
            Self::Flag => "yes".starts_with(head) || "no".starts_with(head),
            Self::Words(words) => words.iter().any(|word| word.starts_with(head)),
        }
    }

    fn described(&self) -> String {
        match self {
            Self::State => "a state by its two letters, ex: \"FL\"".to_owned(),
            Self::Zip => "a zip of five digits that exists, ex: \"33109\"".to_owned(),
            Self::AreaCode => "an area code of three digits, ex: \"305\"".to_owned(),
            Self::Number(min, max) => format!("a number from {min} to {max}"),
            Self::Flag => "\"yes\" or \"no\"".to_owned(),
            Self::Words(words) => format!("one of {}", words.iter().cloned().collect::<Vec<_>>().join(", ")),
        }
    }
}
