//! Numbers in what was said: "33109", "3 3 1 0 9", "three three one oh nine", "sixty five", "nineteen sixty".

use super::tokens;

/// The digits of the one number in a text, as a zip or a telephone number is read out.
pub(crate) fn digits(said: &str) -> Option<String> {
    spelled(&the_number(&tokens(said))?)
}

/// The one whole number in a text.
pub(crate) fn number(said: &str) -> Option<i64> {
    let parts = the_number(&tokens(&without_zero_cents(said)?))?;
    if parts.iter().any(|part| matches!(part, Part::Hundred | Part::Thousand)) {
        return counted(&parts);
    }
    spelled(&parts)?.parse().ok()
}

/// One word or group of digits of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Digits(String),
    /// "oh"; also an exclamation, so that alone it is no number.
    Oh,
    Unit(i64),
    Teen(i64),
    Tens(i64),
    Hundred,
    Thousand,
    /// "double", "triple": the next digit so many times.
    Repeat(usize),
}

/// Words beside which a number does not mean itself, ex: "over sixty five", "not 33109".
const DOUBTS: [&str; 20] = [
    "not", "minus", "negative", "half", "point", "over", "under", "above", "below", "more", "less", "than",
    "almost", "nearly", "between", "or", "million", "billion", "dont", "isnt",
];

/// The one unbroken run of number words; with two of them, ex: "sixty four, no, sixty five", nobody knows.
fn the_number(words: &[String]) -> Option<Vec<Part>> {
    let mut runs: Vec<Vec<Part>> = vec![Vec::new()];
    for word in words {
        if DOUBTS.contains(&word.as_str()) {
            return None;
        }
        match (part(word), runs.last_mut()) {
            (Some(part), Some(run)) => run.push(part),
            (None, _) if word == "and" => {}
            _ => runs.push(Vec::new()),
        }
    }
    runs.retain(|run| run.iter().any(|part| !matches!(part, Part::Oh | Part::Repeat(_))));
    match runs.len() {
        1 => runs.pop(),
        _ => None,
    }
}

fn part(word: &str) -> Option<Part> {
    const UNITS: [&str; 10] =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    const TEENS: [&str; 10] = [
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
    let place = |words: &[&str]| words.iter().position(|w| *w == word).and_then(|at| i64::try_from(at).ok());
    if word.bytes().all(|b| b.is_ascii_digit()) {
        return Some(Part::Digits(word.to_owned()));
    }
    match word {
        "oh" | "o" => Some(Part::Oh),
        "hundred" => Some(Part::Hundred),
        "thousand" => Some(Part::Thousand),
        "double" => Some(Part::Repeat(2)),
        "triple" => Some(Part::Repeat(3)),
        "fourty" => Some(Part::Tens(40)),
        _ => place(&UNITS)
            .map(Part::Unit)
            .or_else(|| place(&TEENS).map(|at| Part::Teen(at + 10)))
            .or_else(|| place(&TENS).map(|at| Part::Tens(at * 10 + 20))),
    }
}

/// The parts one behind the other: "thirty three one oh nine" is 33109, "nineteen sixty" is 1960.
fn spelled(parts: &[Part]) -> Option<String> {
    let mut text = String::new();
    let mut rest = parts.iter().peekable();
    while let Some(part) = rest.next() {
        match part {
            Part::Digits(digits) => text.push_str(digits),
            Part::Oh => text.push('0'),
            Part::Unit(n) | Part::Teen(n) => text.push_str(&n.to_string()),
            Part::Tens(tens) => {
                let unit =
                    rest.next_if(|next| matches!(next, Part::Unit(1..))).map_or(0, |next| match next {
                        Part::Unit(unit) => *unit,
                        _ => 0,
                    });
                text.push_str(&(tens + unit).to_string());
            }
            Part::Hundred => text.push_str("00"),
            Part::Thousand => text.push_str("000"),
            Part::Repeat(times) => match rest.next() {
                Some(Part::Unit(n)) => text.push_str(&n.to_string().repeat(*times)),
                Some(Part::Oh) => text.push_str(&"0".repeat(*times)),
                Some(Part::Digits(digits)) if digits.len() == 1 => text.push_str(&digits.repeat(*times)),
                _ => return None,
            },
        }
    }
    Some(text)
}

/// The parts as a sum: "two thousand and five", "nineteen hundred sixty", "50 thousand".
fn counted(parts: &[Part]) -> Option<i64> {
    // `room` is what the next part must stay below: behind "sixty" only one to nine can follow.
    let (mut total, mut group, mut room) = (0_i64, 0_i64, 1000_i64);
    for part in parts {
        let (n, left) = match part {
            Part::Digits(digits) => (digits.parse().ok()?, 1),
            Part::Unit(n) | Part::Teen(n) => (*n, 1),
            Part::Tens(n) => (*n, 10),
            Part::Hundred if group < 100 && room > 1 || (1..100).contains(&group) => {
                group = group.max(1).checked_mul(100)?;
                room = 100;
                continue;
            }
            Part::Thousand if total == 0 => {
                total = group.max(1).checked_mul(1000)?;
                (group, room) = (0, 1000);
                continue;
            }
            Part::Oh | Part::Hundred | Part::Thousand | Part::Repeat(_) => return None,
        };
        if n >= room {
            return None;
        }
        group += n;
        room = left;
    }
    total.checked_add(group)
}

/// The text without the cents of a round amount, ex: `$1,500.00`; nothing when a fraction is meant.
fn without_zero_cents(said: &str) -> Option<String> {
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let point = said.char_indices().find(|(at, c)| {
        *c == '.' && digit(said[..*at].chars().next_back()) && digit(said[at + 1..].chars().next())
    });
    let Some((at, _)) = point else { return Some(said.to_owned()) };
    let behind = &said[at + 1..];
    let end = behind.find(|c: char| !c.is_ascii_digit()).unwrap_or(behind.len());
    let zero = behind[..end].bytes().all(|b| b == b'0') && end <= 2;
    let more = behind[end..].contains(|c: char| c.is_ascii_digit());
    (zero && !more).then(|| format!("{}{}", &said[..at], &behind[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_read_out_in_many_ways() {
        for said in [
            "33109",
            "3 3 1 0 9",
            "three three one oh nine",
            "thirty three one oh nine",
            "Thirty-three, one zero nine.",
            "my zip code is 33109",
            "oh, it's 331 09",
            "double three one o nine",
            "um 3-3-1-0-9 please",
            "three thirty one oh nine",
        ] {
            assert_eq!(digits(said).as_deref(), Some("33109"), "{said}");
        }
        assert_eq!(digits("oh two one three four").as_deref(), Some("02134"));
        assert_eq!(digits("eight hundred 555 oh one double oh").as_deref(), Some("8005550100"));
        for said in [
            "",
            "oh",
            "33109 no wait 33110",
            "not 33109",
            "double",
            "i do not know",
            "double twenty",
            "３３１０９",
        ] {
            assert_eq!(digits(said), None, "{said}");
        }
    }

    #[test]
    fn whole_numbers_are_understood() {
        for (said, meant) in [
            ("65", 65),
            ("sixty five", 65),
            ("I'm sixty-five years old", 65),
            ("six five", 65),
            ("nineteen sixty", 1960),
            ("nineteen oh five", 1905),
            ("nineteen hundred sixty", 1960),
            ("two thousand and five", 2005),
            ("a hundred", 100),
            ("one hundred and two", 102),
            ("fifty thousand dollars", 50_000),
            ("$1,500.00", 1500),
            ("1500.0", 1500),
            ("sixty five hundred", 6500),
            ("two hundred thousand", 200_000),
            ("zero", 0),
        ] {
            assert_eq!(number(said), Some(meant), "{said}");
        }
    }

    #[test]
    fn what_may_mean_something_else_is_no_number() {
        for said in [
            "over sixty five",
            "64 or 65",
            "sixty four, no, sixty five",
            "I am 65 and my wife is 63",
            "minus five",
            "5.5",
            "1.5.00",
            "five and a half",
            "one one hundred",
            "two thousand thousand",
            "five thousand two thousand",
            "99999999999999999999999",
            "99999999999999999999999 thousand",
            "two million",
        ] {
            assert_eq!(number(said), None, "{said}");
        }
    }
}
