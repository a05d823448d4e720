//! What a profile must be like for an offer.

use std::collections::BTreeSet;

use lead::{FieldName, Profile, Value};
use serde::{Deserialize, Serialize};

/// One condition on one field. A field that is not known fails it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// The field.
    pub field: FieldName,
    /// What it must be.
    pub test: Test,
}

/// What a field must be. Texts are compared without case, as [`Value::text`] writes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// One of these.
    In(BTreeSet<String>),
    /// None of these.
    NotIn(BTreeSet<String>),
    /// A number in this closed range.
    Between(i64, i64),
    /// A text that begins with one of these, ex: zips by their first three digits.
    StartsWith(BTreeSet<String>),
}

impl Filter {
    /// Whether the profile passes.
    pub fn passes(&self, profile: &Profile) -> bool {
        let Some(value) = profile.value(&self.field) else { return false };
        let text = value.text().to_lowercase();
        match &self.test {
            Test::In(words) => words.iter().any(|word| word.to_lowercase() == text),
            Test::NotIn(words) => words.iter().all(|word| word.to_lowercase() != text),
            Test::StartsWith(heads) => heads.iter().any(|head| text.starts_with(&head.to_lowercase())),
            Test::Between(from, to) => match value {
                Value::Number(number) => (from..=to).contains(&number),
                _ => false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lead::Word;

    #[test]
    fn each_test_on_known_and_unknown_fields() {
        let mut profile = Profile::new();
        let name = |text| FieldName::parse(text).expect("a name");
        profile.answer(name("age"), Value::Number(65));
        profile.answer(name("home"), Value::Choice(Word::parse("Own").expect("a word")));
        let set = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<BTreeSet<_>>();
        let passes = |field, test| Filter { field: name(field), test }.passes(&profile);
        assert!(passes("age", Test::Between(65, 65)));
        assert!(!passes("age", Test::Between(66, 80)));
        assert!(!passes("home", Test::Between(0, 100)));
        assert!(passes("home", Test::In(set(&["own", "rent"]))));
        assert!(!passes("home", Test::NotIn(set(&["OWN"]))));
        assert!(passes("home", Test::StartsWith(set(&["o"]))));
        assert!(!passes("unknown", Test::NotIn(set(&["own"]))));
    }
}
