//! Yes, no, or nothing said: the three values of an answer, and the words of an explicit refusal.

use auction::{About, Malformed, NoBid};

use super::{Decimal, Found};

/// What a flag or status word says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing.
    Absent,
    /// Yes.
    Accepted,
    /// No.
    Refused,
}

/// Which words a place may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// Yes and no: our own wire's `accept`.
    Flags,
    /// The status words of the field as well: a mapped place.
    FlagsAndStatus,
}

/// The longest code that is kept of a refusal, in characters.
pub const CODE_CHARS_MAX: usize = 64;
/// The longest text that is kept of a refusal, in characters.
pub const TEXT_CHARS_MAX: usize = 200;
/// So many digits in a row, whatever stands between them, may be somebody's number and are not kept.
pub const DIGITS_KEPT_MAX: usize = 6;

/// Never truthiness: a value that is none of the known ones is malformed.
///
/// # Errors
/// When the value is of another type or none of the words.
pub fn verdict(found: &Found, words: Words) -> Result<Verdict, Malformed> {
    match found {
        Found::Absent => Ok(Verdict::Absent),
        Found::Flag(true) => Ok(Verdict::Accepted),
        Found::Flag(false) => Ok(Verdict::Refused),
        Found::Number(text) => match Decimal::parse(text).filter(|it| !it.is_signed()) {
            Some(one) if one.is(1) => Ok(Verdict::Accepted),
            Some(zero) if zero.is(0) => Ok(Verdict::Refused),
            _ => Err(Malformed::Accepted),
        },
        Found::Text(text) => match (text.to_ascii_lowercase().as_str(), words) {
            ("true" | "1" | "yes", _) => Ok(Verdict::Accepted),
            ("false" | "0" | "no", _) => Ok(Verdict::Refused),
            ("success" | "accepted" | "matched" | "reserved" | "ok", Words::FlagsAndStatus) => {
                Ok(Verdict::Accepted)
            }
            (
                "rejected" | "unmatched" | "error" | "failed" | "failure" | "declined" | "no_bid" | "nobid"
                | "unsold",
                Words::FlagsAndStatus,
            ) => Ok(Verdict::Refused),
            _ => Err(Malformed::Accepted),
        },
        Found::Other => Err(Malformed::Accepted),
    }
}

/// The explicit refusal in a reply, if there is one: a refusing verdict, a reason, or a code that is not 0. It
/// beats a price, and anything unreadable beside it.
///
/// # Errors
/// When nothing refuses, but one of the three cannot be read.
pub fn refusal(
    accepted: &Found,
    reason: &Found,
    code: &Found,
    words: Words,
) -> Result<Option<NoBid>, Malformed> {
    let verdict = verdict(accepted, words);
    let (reason, code) = (said(reason), said(code));
    let is_said = |it: &Result<Option<String>, Malformed>| matches!(it, Ok(Some(_)));
    if verdict == Ok(Verdict::Refused) || is_said(&reason) || is_said(&code) {
        return Ok(Some(rejected(code.unwrap_or_default(), reason.unwrap_or_default())));
    }
    verdict?;
    reason?;
    code?;
    Ok(None)
}

/// A reason or code: a string or number; 0 says nothing.
fn said(found: &Found) -> Result<Option<String>, Malformed> {
    match found {
        Found::Absent => Ok(None),
        Found::Text(text) if text == "0" => Ok(None),
        Found::Number(text) if Decimal::parse(text).is_some_and(|it| it.is(0)) => Ok(None),
        Found::Text(text) | Found::Number(text) => Ok(Some(text.clone())),
        Found::Flag(_) | Found::Other => Err(Malformed::Reason),
    }
}

fn rejected(code: Option<String>, text: Option<String>) -> NoBid {
    let about = about(code.as_deref().into_iter().chain(text.as_deref()));
    let kept =
        |it: Option<String>, chars_max| it.map(|it| keepable(&it, chars_max)).filter(|it| !it.is_empty());
    NoBid::Rejected { code: kept(code, CODE_CHARS_MAX), text: kept(text, TEXT_CHARS_MAX), about }
}

/// Whether a refusal is about the person, by the words that networks use for it; anything else is about the
/// price, the capacity or the call, and leaves out that offer alone.
fn about<'a>(said: impl Iterator<Item = &'a str>) -> About {
    const PERSON: [&str; 13] = [
        "duplicate",
        "dupe",
        "already",
        "block",
        "blacklist",
        "suppress",
        "dnc",
        "do not call",
        "do_not_call",
        "donotcall",
        "litigator",
        "opt out",
        "opted out",
    ];
    let mut said = said.map(str::to_ascii_lowercase);
    if said.any(|text| PERSON.iter().any(|word| text.contains(word))) { About::Person } else { About::Offer }
}

/// The printable part of a foreign text, short, without what looks like a telephone number or an address.
fn keepable(text: &str, chars_max: usize) -> String {
    let printable = text.chars().map(|c| if c.is_control() || c == '\u{fffd}' { ' ' } else { c });
    let cut: String = printable.take(chars_max).collect();
    let words = cut.split(' ').map(|word| if word.contains('@') { "…" } else { word });
    let shown: Vec<_> = words.collect();
    without_numbers(shown.join(" ").trim())
}

/// Each run of digits, of any script, and of whatever is no letter between them, loses them if they are too many.
fn without_numbers(text: &str) -> String {
    let mut kept = String::new();
    let mut run = String::new();
    for c in text.chars().chain(['\n']) {
        if !c.is_alphabetic() && c != '\n' {
            run.push(c);
            continue;
        }
        let is_number = run.chars().filter(|c| c.is_numeric()).count() > DIGITS_KEPT_MAX;
        let masked = |c: char| if is_number && c.is_numeric() { '#' } else { c };
        kept.extend(run.drain(..).map(masked));
        if c != '\n' {
            kept.push(c);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Found {
        Found::Text(text.to_owned())
    }

    fn number(text: &str) -> Found {
        Found::Number(text.to_owned())
    }

    #[test]
    fn flags_have_three_values() {
        for yes in [
            Found::Flag(true),
            number("1"),
            number("1.0"),
            text("true"),
            text("TRUE"),
            text("1"),
            text("Yes"),
        ] {
            assert_eq!(verdict(&yes, Words::Flags), Ok(Verdict::Accepted), "{yes:?}");
        }
        for no in [Found::Flag(false), number("0"), text("false"), text("False"), text("0"), text("NO")] {
            assert_eq!(verdict(&no, Words::Flags), Ok(Verdict::Refused), "{no:?}");
        }
        for odd in [
            number("2"),
            number("-1"),
            number("-0"),
            number("0.5"),
            text("y"),
            text(" true"),
            text("maybe"),
            text("2"),
            Found::Other,
        ] {
            assert_eq!(verdict(&odd, Words::FlagsAndStatus), Err(Malformed::Accepted), "{odd:?}");
        }
        assert_eq!(verdict(&Found::Absent, Words::Flags), Ok(Verdict::Absent));
    }

    #[test]
    fn status_words_count_where_a_status_is_mapped() {
        for word in ["success", "accepted", "Matched", "RESERVED", "ok"] {
            assert_eq!(verdict(&text(word), Words::FlagsAndStatus), Ok(Verdict::Accepted));
            assert_eq!(verdict(&text(word), Words::Flags), Err(Malformed::Accepted));
        }
        for word in
            ["rejected", "unmatched", "error", "failed", "failure", "Declined", "no_bid", "nobid", "UNSOLD"]
        {
            assert_eq!(verdict(&text(word), Words::FlagsAndStatus), Ok(Verdict::Refused));
        }
        assert_eq!(verdict(&text("pending"), Words::FlagsAndStatus), Err(Malformed::Accepted));
    }

    fn refused(accepted: Found, reason: Found, code: Found) -> Result<Option<NoBid>, Malformed> {
        refusal(&accepted, &reason, &code, Words::Flags)
    }

    fn because(code: Option<&str>, text: Option<&str>, about: About) -> Result<Option<NoBid>, Malformed> {
        Ok(Some(NoBid::Rejected { code: code.map(str::to_owned), text: text.map(str::to_owned), about }))
    }

    #[test]
    fn any_of_the_three_refuses() {
        use Found::{Absent, Flag, Other};
        assert_eq!(refused(Flag(false), Absent, Absent), because(None, None, About::Offer));
        assert_eq!(refused(Flag(true), text("Capped"), Absent), because(None, Some("Capped"), About::Offer));
        assert_eq!(refused(Absent, Absent, number("1004")), because(Some("1004"), None, About::Offer));
        assert_eq!(refused(Absent, Absent, text("E7")), because(Some("E7"), None, About::Offer));
        assert_eq!(refused(text("maybe"), text("x"), Other), because(None, Some("x"), About::Offer));
        assert_eq!(refused(Flag(true), Absent, number("0")), Ok(None));
        assert_eq!(refused(Absent, Absent, number("0.0")), Ok(None));
        assert_eq!(refused(Absent, Absent, text("0")), Ok(None));
        assert_eq!(refused(Absent, Absent, Absent), Ok(None));
        assert_eq!(refused(text("maybe"), Absent, Absent), Err(Malformed::Accepted));
        assert_eq!(refused(Absent, Flag(false), Absent), Err(Malformed::Reason));
        assert_eq!(refused(Absent, Absent, Other), Err(Malformed::Reason));
    }

    #[test]
    fn a_refusal_about_the_person_is_told_apart() {
        for words in [
            "Duplicate caller",
            "dupe",
            "Number is blocked",
            "SUPPRESSED",
            "On DNC list",
            "already in system",
        ] {
            let Ok(Some(NoBid::Rejected { about, .. })) = refused(Found::Absent, text(words), Found::Absent)
            else {
                panic!("{words}")
            };
            assert_eq!(about, About::Person, "{words}");
        }
        for words in ["Capped", "Final capacity check (Code: 1006)", "Bid too low"] {
            let Ok(Some(NoBid::Rejected { about, .. })) = refused(Found::Absent, text(words), Found::Absent)
            else {
                panic!("{words}")
            };
            assert_eq!(about, About::Offer, "{words}");
        }
    }

    #[test]
    fn what_is_kept_of_a_text_is_short_printable_and_nobodys_number() {
        for (said, kept) in [
            ("Caller ID (Code: 1004)", "Caller ID (Code: 1004)"),
            ("Caller +1 (305) 555-0142 known", "Caller +# (###) ###-#### known"),
            ("13055550142", "###########"),
            ("mail ada@example.com now", "mail … now"),
            ("305\u{a0}555\u{a0}0142", "###\u{a0}###\u{a0}####"),
            ("305–555–0142 and 305_555_0142", "###–###–#### and ###_###_####"),
            ("٣٠٥٥٥٥٠١٤٢ ３０５５５５０１４２", "########## ##########"),
            ("3,0,5,5,5,5,0,1,4,2", "#,#,#,#,#,#,#,#,#,#"),
            ("a\u{0}b\nc\u{7f}", "a b c"),
        ] {
            assert_eq!(keepable(said, 200), kept);
        }
        assert_eq!(keepable(&"é".repeat(300), TEXT_CHARS_MAX).chars().count(), 200);
    }
}
