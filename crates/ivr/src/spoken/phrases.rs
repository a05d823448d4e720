//! Declared phrases and names of states in what was said. The longest that is heard counts, and only one may be.

use std::collections::{BTreeMap, BTreeSet};

use lead::{Word, geo::State};

use super::tokens;

/// Words that turn a phrase into its opposite, ex: "I don't own".
const NEGATE: [&str; 8] = ["not", "dont", "no", "never", "isnt", "arent", "without", "neither"];

/// Most words of a state's name, ex: "commonwealth of the northern mariana islands".
const STATE_WORDS_MAX: usize = 6;

/// The declared word that the text names. `words` gives each by a phrase.
pub(crate) fn choice(said: &str, words: &BTreeMap<String, Word>) -> Option<Word> {
    let said = tokens(said);
    let mut found = Vec::new();
    for (phrase, word) in words {
        let phrase = tokens(phrase);
        for at in (0..said.len()).filter(|at| !phrase.is_empty() && said[*at..].starts_with(&phrase)) {
            found.push(Span { from: at, to: at + phrase.len(), means: word.clone() });
        }
    }
    let negated =
        |at: usize| NEGATE.contains(&said[at].as_str()) && !found.iter().any(|span| span.covers(at));
    if (0..said.len()).any(negated) {
        return None;
    }
    only(&found)
}

/// The state that the text names, in full or, alone, by its two letters.
pub(crate) fn state(said: &str) -> Option<State> {
    /// Two letters that a recogniser also writes for a plain word.
    const PLAIN: [&str; 6] = ["ok", "oh", "hi", "in", "or", "me"];
    let said = tokens(said);
    let joined = said.concat();
    if joined.len() == 2 && !(said.len() == 1 && PLAIN.contains(&joined.as_str())) {
        return State::parse(&joined.to_uppercase());
    }
    let mut found = Vec::new();
    for from in 0..said.len() {
        for to in from + 1..=said.len().min(from + STATE_WORDS_MAX) {
            if let Some(means) = named(&said[from..to].join(" ")) {
                found.push(Span { from, to, means });
            }
        }
    }
    only(&found)
}

fn named(name: &str) -> Option<State> {
    match name {
        // "Washington" alone is the state, so that these must be known as a whole.
        "washington dc" | "washington d c" | "d c" | "the district" => State::parse("DC"),
        name if name.len() > 2 => State::parse(name),
        _ => None,
    }
}

/// Where a phrase stands in a text, in words.
struct Span<T> {
    from: usize,
    to: usize,
    means: T,
}

impl<T> Span<T> {
    fn covers(&self, at: usize) -> bool {
        (self.from..self.to).contains(&at)
    }

    fn within(&self, other: &Self) -> bool {
        other.from <= self.from && self.to <= other.to && other.to - other.from > self.to - self.from
    }
}

/// The one meaning that is left when each phrase within a longer one is dropped.
fn only<T: Ord + Clone>(found: &[Span<T>]) -> Option<T> {
    let outer = found.iter().filter(|span| !found.iter().any(|other| span.within(other)));
    let meanings: BTreeSet<&T> = outer.map(|span| &span.means).collect();
    match meanings.len() {
        1 => meanings.first().map(|means| (*means).clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_named_in_a_sentence() {
        for (said, code) in [
            ("Florida", "FL"),
            ("I live in florida.", "FL"),
            ("F L", "FL"),
            ("fl", "FL"),
            ("West Virginia", "WV"),
            ("New York, New York", "NY"),
            ("Washington", "WA"),
            ("Washington, D.C.", "DC"),
            ("o k", "OK"),
        ] {
            assert_eq!(state(said), State::parse(code), "{said}");
            assert!(state(said).is_some(), "{said}");
        }
        for said in ["", "ok", "hi", "in", "zz", "Florida or Georgia", "somewhere", "🦀"] {
            assert_eq!(state(said), None, "{said}");
        }
    }

    #[test]
    fn the_longest_phrase_counts() {
        let word = |text: &str| Word::parse(text).expect("a word");
        let words = BTreeMap::from([
            ("own".to_owned(), word("owner")),
            ("rent".to_owned(), word("renter")),
            ("rent to own".to_owned(), word("buying")),
            ("do not own".to_owned(), word("renter")),
            (" ".to_owned(), word("nothing")),
        ]);
        for (said, meant) in [
            ("I own it", Some("owner")),
            ("rent to own", Some("buying")),
            ("I do not own", Some("renter")),
            ("we rent, we rent", Some("renter")),
            ("I never own", None),
            ("own or rent", None),
            ("owner", None),
            ("", None),
        ] {
            assert_eq!(choice(said, &words), meant.map(word), "{said}");
        }
    }
}
