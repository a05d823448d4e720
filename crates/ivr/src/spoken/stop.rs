//! Whether somebody says that they want no more calls.

use super::tokens;

/// What is said so, as a whole utterance or its beginning or end.
const STOPS: [&str; 14] = [
    "stop calling",
    "stop call",
    "do not call",
    "dont call",
    "never call",
    "quit calling",
    "no more calls",
    "take me off",
    "remove me",
    "remove my number",
    "unsubscribe",
    "opt out",
    "off your list",
    "leave me alone",
];

/// Whether somebody says that they want no more calls. `Stop` alone counts; as a word among others it does not.
pub(crate) fn stops(said: &str) -> bool {
    let words = tokens(said);
    let said = words.join(" ");
    let alone = words.iter().all(|word| matches!(word.as_str(), "stop" | "please"));
    (alone && words.iter().any(|word| word == "stop"))
        || STOPS.iter().any(|stop| format!(" {said} ").contains(&format!(" {stop} ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_to_be_left_alone_is_heard_in_its_usual_words() {
        for said in [
            "Stop.",
            "stop please",
            "Please stop calling me!",
            "don't call me again",
            "DO NOT CALL",
            "take me off your list",
            "I want to unsubscribe",
            "no more calls, thanks",
        ] {
            assert!(stops(said), "{said}");
        }
    }

    #[test]
    fn an_answer_is_none() {
        for said in
            ["", "yes", "sixty five", "one", "nonstop", "the bus stop at main street", "call me", "please"]
        {
            assert!(!stops(said), "{said}");
        }
    }
}
