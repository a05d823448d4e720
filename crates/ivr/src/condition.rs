//! `Condition`: which understood answers end an interview.

use std::collections::BTreeSet;

use lead::{Value, Word, geo::State};
use serde::{Deserialize, Serialize};

use crate::Check;

/// Which answers it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// A number or an age less than this.
    Under(i64),
    /// A number or an age more than this.
    Over(i64),
    /// Yes.
    Yes,
    /// No.
    No,
    /// One of these words.
    OneOf(BTreeSet<Word>),
    /// None of these words.
    NoneOf(BTreeSet<Word>),
    /// A state, or a zip in a state, of these.
    InStates(BTreeSet<State>),
    /// A state, or a zip in a state, that is none of these. A zip of no known state is not held against the caller.
    OutsideStates(BTreeSet<State>),
}

impl Condition {
    /// Whether it holds of this answer. Of an answer of another kind it never does.
    pub fn holds(&self, answer: &Value) -> bool {
        match (self, answer) {
            (Self::Under(bound), Value::Number(number)) => number < bound,
            (Self::Over(bound), Value::Number(number)) => number > bound,
            (Self::Yes, Value::Flag(yes)) => *yes,
            (Self::No, Value::Flag(yes)) => !*yes,
            (Self::OneOf(words), Value::Choice(word)) => words.contains(word),
            (Self::NoneOf(words), Value::Choice(word)) => !words.contains(word),
            (Self::InStates(states), place) => state_of(place).is_some_and(|state| states.contains(&state)),
            (Self::OutsideStates(states), place) => {
                state_of(place).is_some_and(|state| !states.contains(&state))
            }
            _ => false,
        }
    }

    /// Whether answers of this check are of the kind that it is about.
    pub fn suits(&self, check: &Check) -> bool {
        match self {
            Self::Under(_) | Self::Over(_) => matches!(check, Check::Age { .. } | Check::Number { .. }),
            Self::Yes | Self::No => matches!(check, Check::YesNo { .. }),
            Self::OneOf(_) | Self::NoneOf(_) => matches!(check, Check::Choice { .. }),
            Self::InStates(_) | Self::OutsideStates(_) => matches!(check, Check::State | Check::Zip),
        }
    }
}

fn state_of(place: &Value) -> Option<State> {
    match place {
        Value::State(state) => Some(*state),
        Value::Zip(zip) => zip.state(),
        _ => None,
    }
}
