//! `Crowd`: thousands of people at once, looked for in everything that was recorded, in seconds.
//!
//! Each writing of each value, forwards and backwards, and each of its digests leaves a print: its first eight bytes. A
//! text is looked through as it is and with its encodings undone, eight bytes at a time; what meets a print is compared
//! whole. So the search takes as long for ten thousand people as for ten.

use super::sights::{self, Encoding};
use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// The bytes of a print.
const PRINT: usize = 8;
/// The bits of the sieve that most bytes of a text fall through.
const SIEVE_BITS: u32 = 27;

/// One value of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trait {
    /// A North American number in E.164 form.
    Phone(String),
    /// Any text of eight characters or more.
    Text(String),
}

/// People who must not be found.
#[derive(Clone, Debug)]
pub struct Crowd {
    prints: Vec<Print>,
    sieve: Vec<u64>,
    bytes: Vec<u8>,
}

/// Somebody was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sighting {
    /// Who, by the order in which the crowd was given.
    pub person: usize,
    /// Which of the person's traits, by their order.
    pub which: usize,
    /// In which encoding.
    pub encoding: Encoding,
    /// What surrounds it, as far as it is text.
    pub context: String,
}

#[derive(Clone, Copy, Debug)]
struct Print {
    key: u64,
    person: u32,
    which: u8,
    shape: Shape,
    at: u32,
    length: u8,
}

/// How a print is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// In any case.
    Words,
    /// As words, and no digit or hexadecimal letter may make it longer: identifiers hold any ten digits by chance.
    Digits,
    /// To the byte.
    Digest,
}

impl Crowd {
    /// Prepares the search.
    ///
    /// # Panics
    /// If a trait is too short to be told from chance, or a phone is none of North America.
    #[must_use]
    pub fn new(people: &[Vec<Trait>]) -> Self {
        let mut crowd = Self { prints: vec![], sieve: vec![0; 1 << (SIEVE_BITS - 6)], bytes: vec![] };
        for (person, traits) in people.iter().enumerate() {
            for (which, one) in traits.iter().enumerate() {
                crowd.add(person, which, one);
            }
        }
        crowd.prints.sort_unstable_by_key(|print| print.key);
        crowd
    }

    fn add(&mut self, person: usize, which: usize, one: &Trait) {
        let writings = writings(one);
        for (shape, writing) in &writings {
            assert!(writing.len() >= PRINT, "too short to be told from chance");
            let lower = writing.to_lowercase().into_bytes();
            let backwards: Vec<u8> = lower.iter().rev().copied().collect();
            self.print(person, which, *shape, &lower);
            self.print(person, which, *shape, &backwards);
        }
        let cases = writings
            .iter()
            .flat_map(|(_, writing)| [writing.clone(), writing.to_lowercase(), writing.to_uppercase()]);
        for text in cases.chain(e164(one)).collect::<BTreeSet<_>>() {
            self.print(person, which, Shape::Digest, &Md5::digest(&text));
            self.print(person, which, Shape::Digest, &Sha1::digest(&text));
            self.print(person, which, Shape::Digest, &Sha256::digest(&text));
        }
    }

    fn print(&mut self, person: usize, which: usize, shape: Shape, bytes: &[u8]) {
        let key = key(bytes);
        let print = Print {
            key,
            person: u32::try_from(person).expect("a crowd is no nation"),
            which: u8::try_from(which).expect("a person has few traits"),
            shape,
            at: u32::try_from(self.bytes.len()).expect("all writings are four gigabytes at most"),
            length: u8::try_from(bytes.len()).expect("a trait has 255 bytes at most"),
        };
        let place = place(key);
        self.sieve[place / 64] |= 1 << (place % 64);
        self.bytes.extend_from_slice(bytes);
        self.prints.push(print);
    }

    /// Everybody who is in these bytes, each trait once for each encoding.
    #[must_use]
    pub fn found_in(&self, bytes: &[u8]) -> Vec<Sighting> {
        let mut found = BTreeSet::new();
        let masked = sights::without_ids(bytes);
        sights::each(&masked, &mut |encoding, exact, lower| {
            self.look(encoding, exact, false, &mut found);
            self.look(encoding, lower, true, &mut found);
        });
        // One trait in one encoding is told once, whatever surrounds it.
        let mut told = BTreeSet::new();
        found.into_iter().filter(|it: &Sighting| told.insert((it.person, it.which, it.encoding))).collect()
    }

    fn look(&self, encoding: Encoding, text: &[u8], words: bool, found: &mut BTreeSet<Sighting>) {
        for (at, window) in text.windows(PRINT).enumerate() {
            let key = key(window);
            let place = place(key);
            if self.sieve[place / 64] >> (place % 64) & 1 == 0 {
                continue;
            }
            let first = self.prints.partition_point(|print| print.key < key);
            for print in self.prints[first..].iter().take_while(|print| print.key == key) {
                let start = print.at as usize;
                let whole = &self.bytes[start..start + usize::from(print.length)];
                let wanted = (print.shape != Shape::Digest) == words;
                if wanted
                    && text[at..].starts_with(whole)
                    && stands_alone(print.shape, encoding, text, at, whole.len())
                {
                    found.insert(Sighting {
                        person: print.person as usize,
                        which: usize::from(print.which),
                        encoding,
                        context: context(text, at),
                    });
                }
            }
        }
    }
}

/// The ways in which people and programs write a value; digests are made of each, and of the E.164 form.
fn writings(one: &Trait) -> Vec<(Shape, String)> {
    match one {
        Trait::Text(text) => vec![(Shape::Words, text.clone())],
        Trait::Phone(number) => {
            let (area, rest) = national(number).split_at(3);
            let (exchange, line) = rest.split_at(3);
            let mut all = vec![(Shape::Digits, format!("{area}{exchange}{line}"))];
            let punctuated = [
                format!("{area}-{exchange}-{line}"),
                format!("{area}.{exchange}.{line}"),
                format!("{area} {exchange} {line}"),
                format!("{area}/{exchange}-{line}"),
                format!("{area} {exchange}-{line}"),
                format!("{area}-{exchange}{line}"),
                format!("({area}) {exchange}-{line}"),
                format!("({area}){exchange}-{line}"),
                format!("({area}) {exchange} {line}"),
            ];
            all.extend(punctuated.map(|text| (Shape::Words, text)));
            all
        }
    }
}

fn e164(one: &Trait) -> Vec<String> {
    match one {
        Trait::Text(_) => vec![],
        Trait::Phone(number) => {
            let digits = number.trim_start_matches('+').to_owned();
            vec![number.clone(), format!("00{digits}"), format!("tel:{number}"), digits]
        }
    }
}

fn national(number: &str) -> &str {
    let national = number.strip_prefix("+1").filter(|rest| rest.len() == 10);
    national.expect("a number of North America in E.164 form")
}

fn key(bytes: &[u8]) -> u64 {
    let mut first = [0; PRINT];
    first.copy_from_slice(&bytes[..PRINT]);
    u64::from_le_bytes(first)
}

fn place(key: u64) -> usize {
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - SIEVE_BITS)) as usize
}

/// Ten digits are somebody's number where nothing makes them a longer one: a country code may, in either direction.
fn stands_alone(shape: Shape, encoding: Encoding, text: &[u8], at: usize, length: usize) -> bool {
    if shape != Shape::Digits || !matches!(encoding, Encoding::Plain | Encoding::Percent) {
        return true;
    }
    let longer = |bytes: &[u8]| bytes.first().is_some_and(u8::is_ascii_hexdigit);
    let before: Vec<u8> = text[at.saturating_sub(5)..at].iter().rev().copied().collect();
    let behind = &text[at + length..];
    let alone = |rest: &[u8]| {
        let code = ["", "1", "1+", "100", "1110"];
        code.iter().any(|code| rest.strip_prefix(code.as_bytes()).is_some_and(|rest| !longer(rest)))
    };
    (alone(&before) && !longer(behind)) || (alone(behind) && !longer(&before))
}

fn context(text: &[u8], at: usize) -> String {
    let part = &text[at.saturating_sub(60)..text.len().min(at + 80)];
    String::from_utf8_lossy(part).chars().map(|c| if c.is_control() { '·' } else { c }).collect()
}

/// A value in every disguise that the search sees through, for a test of the search itself.
#[must_use]
pub fn in_disguise(one: &Trait) -> Vec<Vec<u8>> {
    let mut all = vec![];
    let written = writings(one).into_iter().map(|(_, text)| text).chain(e164(one));
    for text in written.collect::<BTreeSet<_>>() {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        all.push(text.clone().into_bytes());
        all.push(text.to_uppercase().into_bytes());
        all.push(text.chars().rev().collect::<String>().into_bytes());
        all.push(text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>().into_bytes());
        all.push(text.replace('+', "%2B").replace(' ', "+").into_bytes());
        all.extend([hex(text.as_bytes()), hex(text.as_bytes()).to_uppercase()].map(String::into_bytes));
        for before in ["", "x", "xy"] {
            let encoded = BASE64_STANDARD_NO_PAD.encode(format!("{before}{text}~~?>"));
            all.push(encoded.replace('+', "-").replace('/', "_").into_bytes());
            all.push(encoded.into_bytes());
        }
        let digests: [Vec<u8>; 3] =
            [Md5::digest(&text).to_vec(), Sha1::digest(&text).to_vec(), Sha256::digest(&text).to_vec()];
        for digest in digests {
            all.push(hex(&digest).into_bytes());
            all.push(hex(&digest).to_uppercase().into_bytes());
            all.push(BASE64_STANDARD_NO_PAD.encode(&digest).into_bytes());
            all.push(digest);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people() -> Vec<Vec<Trait>> {
        let person = |n: usize| {
            let phone = Trait::Phone(format!("+1305{:03}{:04}", 200 + n / 7, 1000 + n * 7 % 9_000));
            vec![
                phone,
                Trait::Text(format!("Quillon{n:04} Ashbury")),
                Trait::Text(format!("q{n:04}@mail.example")),
            ]
        };
        (0..500).map(person).collect()
    }

    #[test]
    fn everybody_is_found_in_every_disguise_and_nobody_else() {
        let people = people();
        let crowd = Crowd::new(&people);
        for (person, traits) in people.iter().enumerate().step_by(61) {
            for (which, one) in traits.iter().enumerate() {
                for disguise in in_disguise(one) {
                    let text = [b"{\"a\": \"".as_slice(), &disguise, b"\", \"b\": 1}"].concat();
                    let found = crowd.found_in(&text);
                    let shown = String::from_utf8_lossy(&text).into_owned();
                    assert!(
                        found.iter().any(|it| (it.person, it.which) == (person, which)),
                        "{one:?} in {shown}"
                    );
                    assert!(found.iter().all(|it| (it.person, it.which) == (person, which)), "{found:?}");
                }
            }
        }
    }

    #[test]
    fn identifiers_and_times_are_nobody() {
        let crowd = Crowd::new(&[vec![Trait::Phone("+13055550142".to_owned())]]);
        for text in [
            "a3055550142b",
            "123055550142345678",
            "01930555-5014-2305-8555-014230555501",
            "\"at\":1305555014212345",
            "3055550143",
            "CA30555501423055550142305555014230",
        ] {
            assert_eq!(crowd.found_in(text.as_bytes()), [], "{text}");
        }
        for text in ["x=13055550142&", "(+13055550142)", "0013055550142", "\"3055550142\"", "n3055550142z"] {
            assert!(!crowd.found_in(text.as_bytes()).is_empty(), "{text}");
        }
    }
}
