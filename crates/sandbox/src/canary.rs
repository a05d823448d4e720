//! Finds personal data in recorded bytes, in the disguises in which it leaks.

mod crowd;
mod sights;

pub use crowd::{Crowd, Sighting, Trait, in_disguise};
pub use sights::Encoding;

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD},
};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Strings that must not be found.
#[derive(Clone, Debug)]
pub struct Canary {
    /// By what they are looked for in, and by their first byte, so that a long text is read once.
    disguises: BTreeMap<(Sight, u8), Vec<Disguise>>,
}

/// Something was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// The string looked for.
    pub secret: String,
    /// In which form it was there.
    pub form: Form,
}

/// A form in which data leaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// As it is, in any case.
    Raw,
    /// Its digits, whatever stands between them.
    Digits,
    /// Percent-encoded.
    UrlEncoded,
    /// Base64, also in the middle of a longer text.
    Base64,
    /// Hexadecimal.
    Hex,
    /// Backwards.
    Reversed,
    /// Its SHA-1, in hexadecimal or base64.
    Sha1,
    /// Its SHA-256, in hexadecimal or base64.
    Sha256,
}

#[derive(Clone, Debug)]
struct Disguise {
    hit: Hit,
    bytes: Vec<u8>,
}

/// What a disguise is looked for in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sight {
    Exact,
    AnyCase,
    DigitsOnly,
    Decoded,
}

impl Canary {
    /// Prepares the search. Strings of fewer than three characters would be found by chance.
    #[must_use]
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut sorted: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (sight, disguise) in secrets.into_iter().filter(|secret| secret.len() > 2).flat_map(disguises) {
            let first = disguise.bytes.first().copied().unwrap_or_default();
            sorted.entry((sight, first)).or_default().push(disguise);
        }
        Self { disguises: sorted }
    }

    /// Every string and form that is in these bytes, each once.
    #[must_use]
    pub fn found_in(&self, bytes: &[u8]) -> Vec<Hit> {
        let lower = bytes.to_ascii_lowercase();
        let decoded = percent_decoded(bytes).to_ascii_lowercase();
        let mut hits = BTreeSet::new();
        self.search(Sight::Exact, bytes, &mut hits);
        self.search(Sight::DigitsOnly, &without_separators(bytes), &mut hits);
        if decoded != lower {
            self.search(Sight::Decoded, &decoded, &mut hits);
        }
        self.search(Sight::AnyCase, &lower, &mut hits);
        hits.into_iter().collect()
    }

    fn search(&self, sight: Sight, text: &[u8], hits: &mut BTreeSet<Hit>) {
        for (at, first) in text.iter().enumerate() {
            let Some(disguises) = self.disguises.get(&(sight, *first)) else { continue };
            let there = disguises.iter().filter(|disguise| text[at..].starts_with(&disguise.bytes));
            hits.extend(there.map(|disguise| disguise.hit.clone()));
        }
    }
}

fn disguises(secret: &str) -> Vec<(Sight, Disguise)> {
    let mut all = vec![];
    let mut add = |form, bytes: Vec<u8>, sight| {
        all.push((sight, Disguise { hit: Hit { secret: secret.to_owned(), form }, bytes }));
    };
    let lower = secret.to_lowercase();
    add(Form::Raw, lower.clone().into_bytes(), Sight::AnyCase);
    add(Form::UrlEncoded, lower.clone().into_bytes(), Sight::Decoded);
    let mut writings = vec![secret.to_owned(), lower];
    let digits: String = secret.chars().filter(char::is_ascii_digit).collect();
    if digits.len() >= 7 {
        let national = digits.strip_prefix('1').filter(|rest| rest.len() == 10).unwrap_or(&digits).to_owned();
        add(Form::Digits, national.clone().into_bytes(), Sight::DigitsOnly);
        writings.extend([digits, national]);
    }
    writings.sort();
    writings.dedup();
    for writing in &writings {
        for middle in base64_middles(writing.as_bytes()) {
            add(Form::Base64, middle, Sight::Exact);
        }
        add(Form::Hex, hex(writing.as_bytes()).into_bytes(), Sight::AnyCase);
        let backwards: String = writing.to_lowercase().chars().rev().collect();
        if backwards != writing.to_lowercase() {
            add(Form::Reversed, backwards.into_bytes(), Sight::AnyCase);
        }
        let hashes = [
            (Form::Sha1, Sha1::digest(writing.as_bytes()).to_vec()),
            (Form::Sha256, Sha256::digest(writing.as_bytes()).to_vec()),
        ];
        for (form, hash) in hashes {
            add(form, hex(&hash).into_bytes(), Sight::AnyCase);
            add(form, BASE64_STANDARD_NO_PAD.encode(&hash).into_bytes(), Sight::Exact);
        }
    }
    all
}

/// The characters of a base64 text that these bytes alone decide, at each of the three places where they may begin.
fn base64_middles(bytes: &[u8]) -> Vec<Vec<u8>> {
    let at = |before: usize| {
        let padded: Vec<u8> = std::iter::repeat_n(0, before).chain(bytes.iter().copied()).collect();
        let encoded = BASE64_STANDARD.encode(&padded).into_bytes();
        let (first, last) = ((before * 8).div_ceil(6), padded.len() * 8 / 6);
        encoded.get(first..last).map(<[u8]>::to_vec)
    };
    // A short remainder would be found by chance.
    (0..3).filter_map(at).filter(|middle| middle.len() >= 5).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Leaves out what people put between the digits of a phone number.
fn without_separators(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().filter(|byte| !matches!(byte, b' ' | b'-' | b'.' | b'(' | b')' | b'/')).collect()
}

fn percent_decoded(bytes: &[u8]) -> Vec<u8> {
    let (mut decoded, mut rest) = (Vec::with_capacity(bytes.len()), bytes);
    while let [first, after @ ..] = rest {
        let byte = after.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        match (first, byte.and_then(|pair| u8::from_str_radix(pair, 16).ok())) {
            (b'%', Some(byte)) => {
                decoded.push(byte);
                rest = &after[2..];
            }
            (b'+', _) => {
                decoded.push(b' ');
                rest = after;
            }
            (other, _) => {
                decoded.push(*other);
                rest = after;
            }
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(text: &str) -> Vec<Form> {
        let canary = Canary::new(["+13055550142", "Dolores Ray"]);
        canary.found_in(text.as_bytes()).into_iter().map(|hit| hit.form).collect()
    }

    #[test]
    fn every_disguise_is_seen_through() {
        let phone = "+13055550142";
        let cases = [
            ("call +13055550142 now".to_owned(), Form::Raw),
            ("(305) 555-0142".to_owned(), Form::Digits),
            ("name=DOLORES+ray".to_owned(), Form::UrlEncoded),
            ("from=%2B13055550142".to_owned(), Form::UrlEncoded),
            (BASE64_STANDARD.encode(phone), Form::Base64),
            (BASE64_STANDARD.encode(format!("x={phone};")), Form::Base64),
            (hex(phone.as_bytes()).to_uppercase(), Form::Hex),
            ("2410555503".to_owned(), Form::Reversed),
            (hex(&Sha1::digest("3055550142")), Form::Sha1),
            (hex(&Sha256::digest(phone)), Form::Sha256),
        ];
        for (text, form) in cases {
            assert!(forms(&text).contains(&form), "{form:?} in {text:?}");
        }
    }

    #[test]
    fn a_clean_ping_is_clean() {
        assert_eq!(forms(r#"{"zip":"33109","state":"FL","areaCode":"305","pingId":"0192f0c1"}"#), []);
    }
}
