//! The ways in which a text is looked at: as it is, and with its encodings undone.

/// How a text was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encoding {
    /// As it is.
    Plain,
    /// With its percent signs undone.
    Percent,
    /// With hexadecimal digits undone.
    Hex,
    /// With base64 undone, of either alphabet.
    Base64,
}

/// Fewer digits in a row than these hold no value that is looked for.
const HEX_MIN: usize = 16;
/// The same for base64.
const BASE64_MIN: usize = 11;

/// Looks at a text in each way, and gives it as it is and in lower case.
pub(super) fn each(text: &[u8], look: &mut impl FnMut(Encoding, &[u8], &[u8])) {
    let mut look = |sight, text: &[u8]| look(sight, text, &text.to_ascii_lowercase());
    look(Encoding::Plain, text);
    if text.iter().any(|byte| matches!(byte, b'%' | b'+')) {
        look(Encoding::Percent, &super::percent_decoded(text));
    }
    for skipped in 0..2 {
        look(Encoding::Hex, &undone(text, HEX_MIN, skipped, 4, hex_value));
    }
    for skipped in 0..4 {
        look(Encoding::Base64, &undone(text, BASE64_MIN, skipped, 6, base64_value));
    }
}

/// The text with each identifier blanked out: random digits are somebody's by chance.
pub(super) fn without_ids(text: &[u8]) -> Vec<u8> {
    const DASHES: [usize; 4] = [8, 13, 18, 23];
    const LENGTH: usize = 36;
    let mut masked = text.to_vec();
    let mut at = 0;
    while let Some(part) = text.get(at..at + LENGTH) {
        let fits = part[8] == b'-'
            && part
                .iter()
                .enumerate()
                .all(|(n, byte)| if DASHES.contains(&n) { *byte == b'-' } else { byte.is_ascii_hexdigit() });
        if fits {
            masked[at..at + LENGTH].fill(b' ');
            at += LENGTH;
        } else {
            at += 1;
        }
    }
    masked
}

/// The bytes that runs of digits stand for, with a zero between two runs.
fn undone(text: &[u8], least: usize, skipped: usize, bits: u32, value: fn(u8) -> Option<u8>) -> Vec<u8> {
    let mut bytes = vec![];
    let mut at = 0;
    while at < text.len() {
        let length = text[at..].iter().take_while(|byte| value(**byte).is_some()).count();
        if length >= least {
            let (mut held, mut count) = (0_u32, 0);
            for digit in text[at + skipped..at + length].iter().filter_map(|byte| value(*byte)) {
                (held, count) = (held << bits | u32::from(digit), count + bits);
                if count >= 8 {
                    count -= 8;
                    bytes.push((held >> count) as u8);
                    held &= (1 << count) - 1;
                }
            }
            bytes.push(0);
        }
        at += length + 1;
    }
    bytes
}

fn hex_value(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

fn base64_value(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}
