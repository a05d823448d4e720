//! Yes and no in what was said. In doubt it is neither, and the caller is asked again.

use super::tokens;

/// What was said to a question of yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Agreed {
    /// Yes.
    Yes,
    /// No.
    No,
    /// Neither, or both.
    Unclear,
}

/// What agrees to one kind of question.
struct Ayes {
    words: &'static [&'static str],
    /// Whole answers.
    phrases: &'static [&'static str],
}

const QUESTION: Ayes = Ayes {
    words: &["okay", "ok", "sure", "correct", "right", "true", "agree", "agreed"],
    phrases: &[
        "i do",
        "we do",
        "i am",
        "i have",
        "we have",
        "uh huh",
        "uhhuh",
        "mm hmm",
        "mhm",
        "of course",
        "you bet",
    ],
};
/// A mumbled "okay" is no consent that could be shown to anybody later.
const CONSENT: Ayes = Ayes {
    words: &["agree", "agreed", "consent", "accept", "authorize", "allow"],
    phrases: &["i do", "we do", "of course"],
};
const YES: [&str; 10] =
    ["yes", "yeah", "yep", "yup", "yea", "ya", "absolutely", "definitely", "affirmative", "certainly"];
const NO: [&str; 11] =
    ["no", "nope", "nah", "negative", "never", "incorrect", "wrong", "false", "refuse", "decline", "stop"];
const NO_PHRASES: [&str; 4] = ["uh uh", "absolutely not", "definitely not", "certainly not"];
const NEGATE: [&str; 11] =
    ["not", "dont", "wont", "cannot", "cant", "isnt", "arent", "havent", "disagree", "didnt", "doesnt"];
/// Words of somebody who asks or hesitates, ex: "I don't know", "no problem".
const DOUBT: [&str; 19] = [
    "know", "maybe", "perhaps", "what", "who", "why", "how", "repeat", "pardon", "sorry", "problem", "think",
    "guess", "wait", "unless", "if", "but", "or", "depends",
];

/// Reads an answer to a question of yes or no.
pub(crate) fn agreed(said: &str) -> Agreed {
    read(said, &QUESTION)
}

/// Reads an answer to a request for consent, which must be clearer than one to another question.
pub(crate) fn consented(said: &str) -> Agreed {
    read(said, &CONSENT)
}

fn read(said: &str, ayes: &Ayes) -> Agreed {
    let words = tokens(said);
    let phrase = words.join(" ");
    if ayes.phrases.contains(&phrase.as_str()) {
        return Agreed::Yes;
    }
    if NO_PHRASES.contains(&phrase.as_str()) {
        return Agreed::No;
    }
    let any = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let negates = any(&NEGATE);
    // "not sure" is neither, "not right" is a no.
    let unsure = negates && any(&["sure"]);
    match (any(&YES), any(ayes.words), any(&NO) || negates) {
        _ if any(&DOUBT) || unsure => Agreed::Unclear,
        (true, _, true) | (false, false, false) => Agreed::Unclear,
        (_, _, true) => Agreed::No,
        (true, _, false) | (_, true, false) => Agreed::Yes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yes_no_and_neither() {
        for said in [
            "Yes.",
            "yeah sure",
            "yep",
            "I do",
            "uh-huh",
            "okay",
            "Yes, I have Medicare",
            "that's right",
            "sure",
        ] {
            assert_eq!(agreed(said), Agreed::Yes, "{said}");
        }
        for said in
            ["No", "nope", "no, I don't", "I'm not", "not right now", "okay no", "that's wrong", "uh uh"]
        {
            assert_eq!(agreed(said), Agreed::No, "{said}");
        }
        for said in [
            "",
            "yes no",
            "I don't know",
            "not sure",
            "what?",
            "no problem",
            "not definitely",
            "eyes",
            "nothing",
        ] {
            assert_eq!(agreed(said), Agreed::Unclear, "{said}");
        }
    }

    #[test]
    fn consent_wants_a_clear_word() {
        for said in ["yes", "I agree", "I accept", "yes I consent"] {
            assert_eq!(consented(said), Agreed::Yes, "{said}");
        }
        for said in [
            "no",
            "I do not agree",
            "I don't accept",
            "I disagree",
            "I do not consent",
            "I refuse",
            "absolutely not",
            "stop",
        ] {
            assert_eq!(consented(said), Agreed::No, "{said}");
        }
        for said in [
            "consent to what",
            "yes but do not call me",
            "one",
            "okay",
            "uh huh",
            "right",
            "if I accept",
            "hello",
        ] {
            assert_eq!(consented(said), Agreed::Unclear, "{said}");
        }
    }
}
