//! What of a buyer's reply is kept for its engineer: the first KiB, without anything that looks personal.

/// The most of a reply that is kept.
pub const REPLY_KEPT_MAX: usize = 1_024;

/// The fewest digits in a row, punctuation between them not counted, that are taken for a telephone number.
const NUMBER_DIGITS: usize = 7;

/// The first KiB of a reply as text. Runs of seven and more digits, with the punctuation that numbers have, and e-mail
/// and SIP addresses are replaced: a buyer may echo what another network told it.
pub fn reply(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(REPLY_KEPT_MAX)]);
    let mut kept = String::with_capacity(text.len());
    let mut rest = text.as_ref();
    while let Some(first) = rest.chars().next() {
        let run = rest.len() - rest.trim_start_matches(numberish).len();
        let digits = rest[..run].bytes().filter(u8::is_ascii_digit).count();
        if first.is_ascii_digit() || first == '+' || first == '(' {
            kept.push_str(if digits >= NUMBER_DIGITS { "[digits]" } else { &rest[..run] });
            rest = &rest[run..];
            continue;
        }
        let word = rest.len() - rest.trim_start_matches(wordish).len();
        if word == 0 {
            kept.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        if rest[..word].contains('@') {
            kept.push_str("[address]");
        } else {
            keep_word(&rest[..word], &mut kept);
        }
        rest = &rest[word..];
    }
    kept
}

/// A word, without a number that hangs on it: `id-3055550142`.
fn keep_word(mut word: &str, kept: &mut String) {
    while let Some(at) = word.find(|c: char| c.is_ascii_digit()) {
        let run = word.len() - at - word[at..].trim_start_matches(numberish).len();
        let digits = word[at..at + run].bytes().filter(u8::is_ascii_digit).count();
        kept.push_str(&word[..at]);
        kept.push_str(if digits >= NUMBER_DIGITS { "[digits]" } else { &word[at..at + run] });
        word = &word[at + run..];
    }
    kept.push_str(word);
}

fn numberish(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '+' | '-' | '(' | ')' | '.' | ' ')
}

fn wordish(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '@' | '_' | '%') || c.is_ascii_digit() || c == '.' || c == '-'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_addresses_are_left_out() {
        let body = br#"{"bidId":"b-1","bidAmount":91.00,"phoneNumber":"+1 (305) 555-0203","sip":"a.b@c.example","n":3055550142}"#;
        let kept = reply(body);
        assert_eq!(
            kept,
            r#"{"bidId":"b-1","bidAmount":91.00,"phoneNumber":"[digits]","sip":"[address]","n":[digits]}"#
        );
    }

    #[test]
    fn a_number_that_hangs_on_a_word_is_left_out() {
        assert_eq!(
            reply(b"id-3055550142 tel13055550142x b-12 1e9999999999"),
            "id-[digits] tel[digits]x b-12 1e[digits]"
        );
        assert_eq!(reply(b"%2B13055550142"), "%2B[digits]");
    }

    #[test]
    fn a_long_reply_is_cut_and_bad_bytes_do_not_matter() {
        assert_eq!(reply(&[b'a'; 5_000]).len(), REPLY_KEPT_MAX);
        assert_eq!(reply(&[0xff, b'x']), "\u{fffd}x");
    }
}
