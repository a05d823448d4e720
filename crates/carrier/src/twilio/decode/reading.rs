//! How single parameters are read. Nothing here fails on what a caller's carrier may send.

use std::time::Duration;

use jiff::fmt::rfc2822::DateTimeParser;
use lead::{E164, Pii, Timestamp};

use super::{DecodeError, Form};

/// An id longer than this is none: Twilio's have 34 characters, its look-alikes' up to 60.
const ID_CHARS_MAX: usize = 64;
/// A duration longer than this is a mistake: no leg lives longer than a day.
const SECONDS_MAX: u32 = 86_400;
/// What Twilio puts in `From` for a caller without a number: ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN and UNAVAILABLE
/// as a keypad spells them.
const WITHHELD: [&str; 5] = ["266696687", "7378742833", "2562533", "8656696", "86282452253"];
/// A carrier's time further ahead of ours than this is not believed.
const AHEAD_MAX: Duration = Duration::from_secs(60);
/// A carrier's time further behind ours than this is not believed.
const BEHIND_MAX: Duration = Duration::from_secs(86_400);

/// A carrier's id, ex: a `CallSid`.
pub(super) fn id<'a>(form: &'a Form, name: &'static str) -> Result<&'a str, DecodeError> {
    let text = form.filled(name).ok_or(DecodeError::Missing(name))?;
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"-_.:".contains(&b);
    if text.len() <= ID_CHARS_MAX && text.bytes().all(legal) {
        Ok(text)
    } else {
        Err(DecodeError::NotAnId(name))
    }
}

/// The caller's number in E.164 form. `None`: it is withheld, or nothing that could be rung back.
pub(super) fn caller_number(from: &str) -> Option<Pii<String>> {
    let mut plain = from.trim().chars().filter(|c| !" -().".contains(*c)).take(32).collect::<String>();
    if WITHHELD.contains(&plain.trim_start_matches('+')) {
        return None;
    }
    if plain.len() == 10 && plain.starts_with(|c: char| ('2'..='9').contains(&c)) {
        plain.insert_str(0, "+1");
    } else if plain.len() == 11 && plain.starts_with('1') {
        plain.insert(0, '+');
    }
    E164::parse(&plain).is_ok().then(|| Pii::new(plain))
}

/// Whole seconds.
pub(super) fn seconds(form: &Form, name: &str) -> Option<Duration> {
    let seconds = form.filled(name)?.parse::<u32>().ok().filter(|s| *s <= SECONDS_MAX)?;
    Some(Duration::from_secs(u64::from(seconds)))
}

/// `Timestamp` in the form of RFC 2822, unless it is far from our own time
/// (twilio.com/docs/voice/twiml/number#statuscallback).
pub(super) fn timestamp(form: &Form, now: Timestamp) -> Option<Timestamp> {
    rfc2822(form.filled("Timestamp")?).filter(|at| *at <= now + AHEAD_MAX && *at >= now - BEHIND_MAX)
}

/// A time in the form of RFC 2822; its day of the week is not checked.
pub(in crate::twilio) fn rfc2822(text: &str) -> Option<Timestamp> {
    let at = DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text).ok()?;
    Some(Timestamp::from_micros(at.as_microsecond()))
}

/// A decimal from 0 to 1 in thousandths, cut.
pub(super) fn thousandths(text: &str) -> Option<u16> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if !part.bytes().all(|b| b.is_ascii_digit()) || (whole.is_empty() && part.is_empty()) {
        return None;
    }
    let whole = if whole.is_empty() { 0 } else { whole.parse::<u16>().ok().filter(|w| *w <= 1)? };
    let part = part.bytes().chain(*b"000").take(3).fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    Some((whole * 1000 + part).min(1000))
}

/// One line of at most so many characters.
pub(super) fn line(text: &str, chars_max: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(chars_max).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_has_a_number_or_none() {
        let number = |text: &str| Some(Pii::new(text.to_owned()));
        for text in
            ["+13055550142", "13055550142", "3055550142", " 13055550142", "+1 (305) 555-0142", "305.555.0142"]
        {
            assert_eq!(caller_number(text), number("+13055550142"), "{text}");
        }
        assert_eq!(caller_number("+442079460123"), number("+442079460123"));
        for text in [
            "+",
            "",
            "anonymous",
            "Restricted",
            "+266696687",
            "266696687",
            "+7378742833",
            "7378742833",
            "+2562533",
            "+8656696",
            "+86282452253",
            "unavailable",
            "☎️📞",
            "+٣٠٥٥٥٥٠١٤٢",
            "sip:alice@example.com",
            "5550142",
            "1234567890123456789012345678901234567890",
            "+1234567890123456789012345678901234567890",
            "client:ada",
        ] {
            assert_eq!(caller_number(text), None, "{text}");
        }
    }

    #[test]
    fn a_confidence_is_read_without_floats() {
        for (text, millis) in
            [("0.9423", 942), ("1", 1000), ("1.0", 1000), ("0", 0), (".5", 500), ("1.9", 1000), ("0.01", 10)]
        {
            assert_eq!(thousandths(text), Some(millis), "{text}");
        }
        for text in ["", ".", "2", "-0.5", "NaN", "9.5e-1", "0,5", "inf", "１"] {
            assert_eq!(thousandths(text), None, "{text}");
        }
    }

    #[test]
    fn a_time_far_from_ours_is_not_believed() {
        let now = Timestamp::from_secs(1_790_000_000);
        let form = |text| Form::from_iter([("Timestamp", text)]);
        assert_eq!(
            timestamp(&form("Mon, 21 Sep 2026 14:13:19 +0000"), now),
            Some(Timestamp::from_secs(1_789_999_999))
        );
        assert_eq!(
            timestamp(&form("Tue, 21 Sep 2026 14:13:19 GMT"), now),
            Some(Timestamp::from_secs(1_789_999_999))
        );
        for text in [
            "Mon, 21 Sep 2026 14:15:20 +0000",
            "Sun, 20 Sep 2026 14:13:19 +0000",
            "2026-09-21T14:13:19Z",
            "now",
            "",
        ] {
            assert_eq!(timestamp(&form(text), now), None, "{text}");
        }
    }

    #[test]
    fn a_duration_is_whole_seconds() {
        let form = Form::from_iter([("a", "12"), ("b", "-1"), ("c", "1.5"), ("d", "99999"), ("e", "")]);
        assert_eq!(seconds(&form, "a"), Some(Duration::from_secs(12)));
        for name in ["b", "c", "d", "e", "f"] {
            assert_eq!(seconds(&form, name), None, "{name}");
        }
    }
}
