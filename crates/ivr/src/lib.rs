//! The interview: a script and what the caller pressed or said become a `Lead`, or a named refusal.
//!
//! Start at [`Interview`], which runs a [`Script`]; [`Script::problems`] says what is wrong with one before it is
//! published. This crate knows no carrier and its words, no auction, no store; it reads no clock and draws no chance.
//! Every function is total: no script and no input makes it fail.

mod answer;
mod check;
mod condition;
mod gate;
mod geography;
mod input;
mod interview;
mod limits;
mod problems;
mod script;
mod spoken;
mod step;

pub use check::Check;
pub use condition::Condition;
pub use gate::{Agreement, Gate, agreement, at_the_gate, says_stop};
pub use input::Input;
pub use interview::Interview;
pub use limits::{
    CONDITIONS_MAX, CONFIDENCE_MILLIS_MIN, HINT_CHARS_MAX, HINTS_MAX, KEYS_MAX, PROMPT_CHARS_MAX,
    QUESTIONS_MAX, SAID_CHARS_MAX, SHARED_NUMBER_MAX, TEXT_CHARS_MAX, TRIES_MAX, WORDS_MAX,
};
pub use problems::{Place, ScriptProblem, Trouble};
pub use script::{Disqualify, Exhausted, Finish, InputKind, Keys, Question, Script, Speech, Voice};
pub use step::{Ask, Consent, Refusal, Step, Why};
