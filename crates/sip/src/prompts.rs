//! Texts read aloud: the recordings that are shipped, found by what they say, and a text put together from them.

use std::{collections::BTreeMap, sync::Arc};

use crate::g711::Law;

/// The texts and their lengths, made by `scripts/make_prompts.py`.
const INDEX: &str = include_str!("../prompts/en-us.txt");
/// The recordings, one after another.
const DATA: &[u8] = include_bytes!("../prompts/en-us.dat");
/// Words of the longest phrase that is looked for inside a sentence.
const PHRASE_WORDS_MAX: usize = 8;

/// Recordings by what they say.
#[derive(Debug, Clone)]
pub struct Prompts(BTreeMap<String, &'static [u8]>);

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// As it is heard.
    Said(Arc<[i16]>),
    /// A sentence that no recording says.
    Unsaid(String),
}

impl Prompts {
    /// Those that are shipped: American English.
    pub fn shipped() -> Self {
        let mut at = 0;
        let lines = INDEX.lines().filter_map(|line| line.split_once('\t'));
        let found = lines.filter_map(|(length, text)| {
            let end = at + length.parse::<usize>().ok()?;
            let recording = DATA.get(at..end)?;
            at = end;
            Some((text.to_owned(), recording))
        });
        Self(found.collect())
    }

    /// A text in pieces, sentence by sentence: a recording of the whole, or phrases, words and numbers put together.
    pub fn pieces(&self, text: &str) -> Vec<Piece> {
        if let Some(whole) = self.0.get(&plain(text)) {
            return vec![Piece::Said(decoded(whole))];
        }
        let mut pieces = vec![];
        for sentence in sentences(text) {
            match self.together(&plain(sentence)) {
                Some(said) => pieces.extend(said.into_iter().map(|it| Piece::Said(decoded(it)))),
                None => pieces.push(Piece::Unsaid(sentence.trim().to_owned())),
            }
        }
        pieces
    }

    /// A sentence from the longest phrases first. `None`: a word of it was never recorded.
    fn together(&self, sentence: &str) -> Option<Vec<&'static [u8]>> {
        if let Some(whole) = self.0.get(sentence) {
            return Some(vec![whole]);
        }
        let words: Vec<String> = sentence.split(' ').flat_map(spelled).collect();
        let (mut said, mut at) = (vec![], 0);
        while at < words.len() {
            let mut ends = (at + 1..=words.len().min(at + PHRASE_WORDS_MAX)).rev();
            let known = |end: usize| self.0.get(&words[at..end].join(" ")).map(|it| (end, *it));
            let (end, recording) = ends.find_map(known)?;
            said.push(recording);
            at = end;
        }
        Some(said)
    }
}

fn decoded(recording: &[u8]) -> Arc<[i16]> {
    recording.iter().map(|byte| Law::Mu.decode(*byte)).collect()
}

/// A text as it is looked up: small letters, numbers and apostrophes, with one blank between words.
fn plain(text: &str) -> String {
    let lower = text.to_lowercase();
    let kept = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '\'';
    lower.split(|c: char| !kept(c)).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(['.', '?', '!', ';']).filter(|sentence| !plain(sentence).is_empty())
}

/// A number up to 99 in words, a longer one digit by digit; any other word as it is.
fn spelled(word: &str) -> Vec<String> {
    const ONES: [&str; 20] = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ];
    const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
    let digits: Option<Vec<usize>> =
        word.chars().map(|c| c.to_digit(10).and_then(|it| usize::try_from(it).ok())).collect();
    let said = match digits.as_deref() {
        None | Some([]) => return vec![word.to_owned()],
        Some([1, one]) => vec![ONES[10 + one]],
        Some([tens @ 2..=9, 0]) => vec![TENS[tens - 2]],
        Some([tens @ 2..=9, one]) => vec![TENS[tens - 2], ONES[*one]],
        Some(all) => all.iter().map(|one| ONES[*one]).collect(),
    };
    said.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_said(text: &str) -> bool {
        Prompts::shipped().pieces(text).iter().all(|piece| matches!(piece, Piece::Said(_)))
    }

    #[test]
    fn every_recording_is_speech_and_none_is_left_over() {
        let prompts = Prompts::shipped();
        assert!(prompts.0.len() > 100);
        assert_eq!(prompts.0.values().map(|it| it.len()).sum::<usize>(), DATA.len());
        for (text, recording) in &prompts.0 {
            assert_eq!(*text, plain(text));
            let loudest = decoded(recording).iter().map(|it| it.unsigned_abs()).max();
            assert!(loudest.is_some_and(|it| it > 10_000) && recording.len() > 1_000, "{text}");
        }
    }

    #[test]
    fn a_text_is_found_whatever_its_punctuation_or_put_together() {
        for text in [
            "Please enter your five-digit ZIP code!",
            "Thank you for calling. Please hold.",
            "Medicare call from New York",
            "Medicare call from Florida, age 65.",
            "Press 1 for yes",
            "33109",
            "You have a call. Press 1 to take it.",
        ] {
            assert!(is_said(text), "{text}");
        }
        let pieces = Prompts::shipped().pieces("One moment please. Xylophones are on sale.");
        assert!(
            matches!(&*pieces, [Piece::Said(_), Piece::Unsaid(text)] if text == "Xylophones are on sale.")
        );
        assert_eq!(Prompts::shipped().pieces(" ?! "), []);
    }

    #[test]
    fn numbers_are_words_up_to_99_and_digits_beyond() {
        assert_eq!(spelled("65"), ["sixty", "five"]);
        assert_eq!(spelled("60"), ["sixty"]);
        assert_eq!(spelled("12"), ["twelve"]);
        assert_eq!(spelled("7"), ["seven"]);
        assert_eq!(spelled("05"), ["zero", "five"]);
        assert_eq!(spelled("331"), ["three", "three", "one"]);
        assert_eq!(spelled("plan"), ["plan"]);
    }
}
