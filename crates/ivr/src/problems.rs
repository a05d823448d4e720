//! What is wrong with a script before it is published, each with the place and the mend.

mod input;
mod question;
mod speech;

use std::{collections::BTreeSet, fmt};

use lead::FieldName;

use crate::{
    CONDITIONS_MAX, Check, HINT_CHARS_MAX, HINTS_MAX, KEYS_MAX, PROMPT_CHARS_MAX, QUESTIONS_MAX,
    SHARED_NUMBER_MAX, Script, TRIES_MAX, WORDS_MAX,
};

/// One thing to mend. Its `Display` is a sentence for the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptProblem {
    /// Where it is.
    pub place: Place,
    /// What it is, and what mends it.
    pub trouble: Trouble,
}

/// Where a script has a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In the script as a whole.
    Script,
    /// In one question.
    Question {
        /// Its place, counted from 1.
        number: usize,
        /// Its field.
        field: FieldName,
    },
}

/// What is wrong, and what mends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Trouble {
    /// More than [`QUESTIONS_MAX`] questions.
    #[error("there are more than {QUESTIONS_MAX} questions; keep those that an offer requires or filters by")]
    TooManyQuestions,
    /// Two questions fill one field.
    #[error("an earlier question has the same field; give each question its own field")]
    DuplicateField,
    /// The field is one that is never asked.
    #[error(
        "the names area_code and phone belong to the caller's own number; use another, ex: callback_number"
    )]
    ReservedField,
    /// `zip` without the check for zips.
    #[error("the field zip means a US zip; give it the check \"zip\", or another name")]
    ZipNeedsZip,
    /// `state` without the check for states.
    #[error("the field state means a US state; give it the check \"state\", or another name")]
    StateNeedsState,
    /// Free text for bidders.
    #[error("Free text can hide a name; give it to the winner only, or use a check with declared answers")]
    FreeTextForBidders,
    /// A telephone number for bidders.
    #[error("a telephone number is never shown to bidders; give it to the winner only")]
    PhoneForBidders,
    /// A number for bidders that is long enough to be a personal one.
    #[error(
        "a number over {SHARED_NUMBER_MAX} can be a date of birth, a social security or a telephone number; lower the \
         maximum, or give it to the winner only"
    )]
    LongNumberForBidders,
    /// A question without words.
    #[error("nothing is asked; write what the caller hears under ask")]
    EmptyAsk,
    /// A part of a prompt that says nothing.
    #[error("a part of a prompt is empty; write it or remove it")]
    EmptySpeech,
    /// A prompt that is too long.
    #[error("a prompt has more than {PROMPT_CHARS_MAX} characters; shorten it")]
    LongPrompt,
    /// A recording that is neither an https URL nor the name of a shipped one.
    #[error("a recording is an https:// URL or the name of a shipped one, ex: \"hold.wav\"; change it")]
    OddRecording,
    /// `tries_max` out of its range.
    #[error("tries_max is 1 to {TRIES_MAX}; change it")]
    Tries,
    /// Too few, too many or inverted numbers of keys.
    #[error("the keys of an answer are at least 1 and at most {KEYS_MAX}, min not over max; change them")]
    KeysRange,
    /// Keys that can never make an answer.
    #[error(
        "no answer of this check has so few or so many keys; a zip has 5, a telephone number 10, a choice 1"
    )]
    KeysNeverFit,
    /// Keys for a check that only a voice can answer.
    #[error("this check is answered by voice; take voice, or voice and keys only for a check that has keys")]
    NeedsVoice,
    /// Too many or too long hints.
    #[error("there are at most {HINTS_MAX} hints of 1 to {HINT_CHARS_MAX} characters; shorten them")]
    Hints,
    /// A range whose least is more than its most.
    #[error("the range is empty: min is over max; exchange them")]
    InvertedRange,
    /// An age that nobody has.
    #[error("an age is 0 to 130; change the range")]
    AgeRange,
    /// A key that is none, or is taken twice.
    #[error("a key is one of 0 to 9 or *, and each answer has its own; change it")]
    OddKey,
    /// A choice by key that declares none.
    #[error(
        "a choice on the keypad needs its keys, ex: {{\"1\": \"owner\", \"2\": \"renter\"}}; declare them"
    )]
    ChoiceWithoutKeys,
    /// A choice by voice that declares no words.
    #[error(
        "a choice by voice needs its spoken words or its keys, ex: {{\"i own\": \"owner\"}}; declare them"
    )]
    ChoiceWithoutWords,
    /// Too many, too long or empty spoken words.
    #[error(
        "a choice has at most {WORDS_MAX} spoken phrases, each with a letter or digit and at most {HINT_CHARS_MAX} characters"
    )]
    OddWords,
    /// Consent to nothing.
    #[error("name the version of the text that the caller hears under text_version; it is kept as evidence")]
    ConsentWithoutText,
    /// Consent that can be passed over.
    #[error("silence is no consent; let the question end the interview when its tries are used up")]
    ConsentSkipped,
    /// More than one question for consent.
    #[error("an earlier question asks for consent; ask once, with all that it covers")]
    SecondConsent,
    /// A condition of another kind than the answers.
    #[error("a disqualifying condition does not suit the check; it could never hold")]
    ConditionUnsuited,
    /// A condition with a word that no answer is.
    #[error("a disqualifying condition names a word that the choice does not declare; use its words")]
    ConditionUndeclared,
    /// A condition about nothing, or too many.
    #[error(
        "there are at most {CONDITIONS_MAX} disqualifying conditions, and a list in one has 1 to {CONDITIONS_MAX} members"
    )]
    Conditions,
}

impl Script {
    /// Everything that must be mended before the script is published, in the order of its questions.
    pub fn problems(&self) -> Vec<ScriptProblem> {
        let mut found: Vec<ScriptProblem> = Vec::new();
        let whole = |trouble| ScriptProblem { place: Place::Script, trouble };
        found.extend(speech::problems([&self.greeting, &self.closing]).map(whole));
        if self.questions.len() > QUESTIONS_MAX {
            found.push(whole(Trouble::TooManyQuestions));
        }
        let (mut fields, mut consents) = (BTreeSet::new(), 0);
        for (at, question) in self.questions.iter().enumerate() {
            let mut troubles = question::problems(question);
            if !fields.insert(&question.field) {
                troubles.insert(Trouble::DuplicateField);
            }
            consents += usize::from(matches!(question.check, Check::Consent { .. }));
            if consents > 1 && matches!(question.check, Check::Consent { .. }) {
                troubles.insert(Trouble::SecondConsent);
            }
            let place = Place::Question { number: at + 1, field: question.field.clone() };
            found.extend(troubles.into_iter().map(|trouble| ScriptProblem { place: place.clone(), trouble }));
        }
        found
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Script => f.write_str("the script"),
            Self::Question { number, field } => write!(f, "question {number} ({field})"),
        }
    }
}

impl fmt::Display for ScriptProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.trouble)
    }
}
