//! The limits of an interview. `docs/limits.md` lists them beside everybody else's.

/// Most questions of a script: a caller who is asked more hangs up.
pub const QUESTIONS_MAX: usize = 20;

/// Most tries of one question.
pub const TRIES_MAX: u8 = 5;

/// Most characters of one prompt, all its parts together: about a minute of speech.
pub const PROMPT_CHARS_MAX: usize = 1000;

/// Most keys of one answer.
pub const KEYS_MAX: u8 = 20;

/// Most hints to a recogniser of one question.
pub const HINTS_MAX: usize = 100;

/// Most characters of one hint, and of one spoken word of a choice.
pub const HINT_CHARS_MAX: usize = 80;

/// Most spoken words of a choice.
pub const WORDS_MAX: usize = 100;

/// Most disqualifying conditions of one question, and most members of a condition's list.
pub const CONDITIONS_MAX: usize = 60;

/// What was said is unclear below this confidence of the recogniser, in thousandths.
pub const CONFIDENCE_MILLIS_MIN: u16 = 300;

/// What was said is unclear when it is longer than this: an answer is short, and reading must not take long.
pub const SAID_CHARS_MAX: usize = 400;

/// Most characters of a name or a text.
pub const TEXT_CHARS_MAX: usize = 80;

/// The largest number that bidders may see: with eight digits it could be a date of birth, with nine a social
/// security number, with ten a telephone number.
pub const SHARED_NUMBER_MAX: i64 = 9_999_999;
