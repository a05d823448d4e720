//! Zip against state: where a caller's two answers contradict each other, the zip counts (domain.md 23).

use lead::{FieldName, Profile, Value, geo::State};

/// How a new answer stands to the place that was answered before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Agreement {
    /// Nothing speaks against it.
    Agrees,
    /// It is a state, and the answered zip lies in another, or none that is known.
    StateAgainstZip(Option<State>),
    /// It is a zip in this state, or none that is known, and another state was answered.
    ZipAgainstState(Option<State>),
}

/// Compares a new answer with the profile.
pub(crate) fn agreement(profile: &Profile, field: &FieldName, answer: &Value) -> Agreement {
    match answer {
        Value::State(state) if *field == FieldName::state() => match profile.zip() {
            Some(zip) if !zip.agrees_with(*state) => Agreement::StateAgainstZip(zip.state()),
            _ => Agreement::Agrees,
        },
        Value::Zip(zip) if *field == FieldName::zip() => match profile.state() {
            Some(state) if !zip.agrees_with(state) => Agreement::ZipAgainstState(zip.state()),
            _ => Agreement::Agrees,
        },
        _ => Agreement::Agrees,
    }
}

/// The profile without its state, which the zip will give.
pub(crate) fn without_state(profile: &Profile) -> Profile {
    let mut rest = Profile::new();
    for (field, value) in profile.values().filter(|(field, _)| **field != FieldName::state()) {
        rest.answer(field.clone(), value.clone());
    }
    rest
}
