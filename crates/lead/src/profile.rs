//! `Profile`: the part of a lead that bidders may see.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{Deserialize, Serialize};

use crate::geo::{AreaCode, State, Zip};

/// The shareable part of a lead: geography and typed answers. It cannot hold free text, since that can hide a name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Profile {
    values: BTreeMap<FieldName, Value>,
    derived: BTreeSet<FieldName>,
}

/// One shareable value. Every kind is closed or typed: a caller's own words have no place here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// A whole number, ex: an age.
    Number(i64),
    /// One of the words that a script or form declares, ex: `homeowner`.
    Choice(Word),
    /// Yes or no.
    Flag(bool),
    /// A US state, ex: `FL`.
    State(State),
    /// A zip that exists, ex: `33109`.
    Zip(Zip),
    /// A North American area code, ex: `305`.
    AreaCode(AreaCode),
}

impl Profile {
    /// A profile that says nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes an answer. A later answer to the same field replaces the earlier one.
    pub fn answer(&mut self, field: FieldName, value: Value) {
        self.derived.remove(&field);
        self.values.insert(field, value);
    }

    /// Fills what was not answered from what is known: the state from the zip, then both hints from the area code.
    ///
    /// The area code itself counts as derived, since it comes from the caller's number. Derived values are named in
    /// every ping (domain.md 23).
    pub fn derive_geography(&mut self, area_code: Option<AreaCode>) {
        if let Some(code) = area_code {
            self.derive(FieldName::area_code(), Value::AreaCode(code));
        }
        let by_zip = self.zip().and_then(Zip::state);
        let by_code = self.area_code().and_then(AreaCode::state);
        if let Some(state) = by_zip.or(by_code) {
            self.derive(FieldName::state(), Value::State(state));
        }
    }

    fn derive(&mut self, field: FieldName, value: Value) {
        if !self.values.contains_key(&field) {
            self.derived.insert(field.clone());
            self.values.insert(field, value);
        }
    }

    /// The value of a field.
    pub fn value(&self, field: &FieldName) -> Option<&Value> {
        self.values.get(field)
    }

    /// The state: the answer first, then what was derived.
    pub fn state(&self) -> Option<State> {
        match self.values.get(&FieldName::state()) {
            Some(Value::State(state)) => Some(*state),
            _ => None,
        }
    }

    /// The zip, if it was answered.
    pub fn zip(&self) -> Option<Zip> {
        match self.values.get(&FieldName::zip()) {
            Some(Value::Zip(zip)) => Some(*zip),
            _ => None,
        }
    }

    /// The area code of the caller's number, if it is a US one.
    pub fn area_code(&self) -> Option<AreaCode> {
        match self.values.get(&FieldName::area_code()) {
            Some(Value::AreaCode(code)) => Some(*code),
            _ => None,
        }
    }

    /// Everything but state, zip and area code, in the order of their names.
    pub fn answers(&self) -> impl Iterator<Item = (&FieldName, &Value)> {
        self.values.iter().filter(|(field, _)| !field.is_geography())
    }

    /// All values, in the order of their names.
    pub fn values(&self) -> impl Iterator<Item = (&FieldName, &Value)> {
        self.values.iter()
    }

    /// The fields whose value nobody answered.
    pub fn derived(&self) -> impl Iterator<Item = &FieldName> {
        self.derived.iter()
    }

    /// The fields that differ from an earlier state of the same profile, ex: the one that bidders were shown.
    pub fn changed_since(&self, earlier: &Self) -> Vec<FieldName> {
        let changed = self.values.iter().filter(|(field, value)| earlier.values.get(*field) != Some(*value));
        changed.map(|(field, _)| field.clone()).collect()
    }
}

impl Value {
    /// The value as people write it in a filter or a table: `65`, `yes`, `FL`.
    pub fn text(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Choice(word) => word.as_str().to_owned(),
            Self::Flag(true) => "yes".to_owned(),
            Self::Flag(false) => "no".to_owned(),
            Self::State(state) => state.to_string(),
            Self::Zip(zip) => zip.to_string(),
            Self::AreaCode(code) => code.to_string(),
        }
    }
}

/// The name of a question's or a form's field: 1 to 40 lower-case letters, digits and `_`, ex: `zip`, `first_name`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FieldName(String);

/// Why a text is no field name or word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a name is 1 to 40 lower-case letters, digits and _, and begins with a letter, ex: \"household_size\""
)]
pub struct NameError;

impl FieldName {
    /// Reads a field name.
    ///
    /// # Errors
    /// When the text has another form.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        let first = text.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
        if first && text.len() <= 40 && text.bytes().all(legal) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NameError)
        }
    }

    /// `state`
    pub fn state() -> Self {
        Self("state".to_owned())
    }

    /// `zip`
    pub fn zip() -> Self {
        Self("zip".to_owned())
    }

    /// `area_code`
    pub fn area_code() -> Self {
        Self("area_code".to_owned())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is one of the three names that geography fills.
    pub fn is_geography(&self) -> bool {
        matches!(self.0.as_str(), "state" | "zip" | "area_code")
    }
}

/// A word that a script declares as one of its answers: 1 to 40 letters, digits, blanks, `_`, `-`, `+`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Word(String);

impl Word {
    /// Reads a declared word.
    ///
    /// # Errors
    /// When the text is empty, longer than 40, or has another character.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'_' | b'-' | b'+');
        let fits = (1..=40).contains(&text.len()) && text.bytes().all(legal) && text.trim() == text;
        if fits { Ok(Self(text.to_owned())) } else { Err(NameError) }
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! text_forms {
    ($($name:ident)*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                Self::parse(&text)
            }
        }
        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }
    )*};
}
text_forms! { FieldName Word }

#[cfg(test)]
mod tests {
    use super::*;

    fn zip(text: &str) -> Value {
        Value::Zip(Zip::parse(text).expect("a zip that exists"))
    }

    #[test]
    fn the_answer_beats_the_zip_and_the_zip_beats_the_area_code() {
        let mut profile = Profile::new();
        profile.answer(FieldName::zip(), zip("33109"));
        profile.derive_geography(AreaCode::parse("212"));
        assert_eq!(profile.state(), State::parse("FL"));
        assert_eq!(profile.derived().map(FieldName::as_str).collect::<Vec<_>>(), ["area_code", "state"]);

        let mut answered = Profile::new();
        answered.answer(FieldName::state(), Value::State(State::parse("GA").expect("Georgia")));
        answered.derive_geography(AreaCode::parse("305"));
        assert_eq!(answered.state(), State::parse("GA"));
    }

    #[test]
    fn what_changed_is_named() {
        let mut earlier = Profile::new();
        earlier.answer(FieldName::zip(), zip("33109"));
        let mut later = earlier.clone();
        later.answer(FieldName::parse("age").expect("a name"), Value::Number(65));
        assert_eq!(later.changed_since(&earlier).len(), 1);
        assert_eq!(earlier.changed_since(&later), []);
    }

    #[test]
    fn names_and_words_are_closed() {
        for text in ["", "Age", "1st", "a-b", "é"] {
            assert_eq!(FieldName::parse(text), Err(NameError), "{text}");
        }
        assert!(Word::parse("own home").is_ok());
        for text in ["", " own", "a@b.example", "50%"] {
            assert_eq!(Word::parse(text), Err(NameError), "{text}");
        }
    }
}
