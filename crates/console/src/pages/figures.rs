//! Figures as people read them: shares, counts, and lengths of bars.

/// The width of a bar that is whole, in the units of its picture.
pub(crate) const WHOLE: u64 = 1000;

/// A share in whole hundredths, ex: `62%`; a dash where there is nothing to have a share of.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    match (part * 100 + whole / 2).checked_div(whole) {
        Some(share) => format!("{share}%"),
        None => "—".to_owned(),
    }
}

/// How long a bar is beside the longest one. What is there at all can be seen.
pub(crate) fn bar(part: i64, longest: i64) -> u64 {
    let (part, longest) = (i128::from(part.max(0)), i128::from(longest.max(1)));
    let width = u64::try_from(part * i128::from(WHOLE) / longest).unwrap_or(WHOLE);
    if part > 0 { width.clamp(4, WHOLE) } else { 0 }
}

/// A count with commas between its thousands, ex: `12,408`.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count with its word, ex: `one call`, `no calls`, `12 calls`.
pub(crate) fn counted(n: u64, word: &str) -> String {
    match n {
        0 => format!("no {word}s"),
        1 => format!("one {word}"),
        n => format!("{} {word}s", count(n)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_as_people_write_them() {
        assert_eq!((percent(5, 8), percent(0, 8), percent(1, 0)), ("63%".into(), "0%".into(), "—".into()));
        assert_eq!((count(7), count(999), count(1_000), count(1_234_567)).3, "1,234,567");
        assert_eq!((count(999), count(1_000)), ("999".into(), "1,000".into()));
        assert_eq!((bar(0, 10), bar(1, 10_000), bar(5, 10), bar(20, 10)), (0, 4, 500, 1000));
        assert_eq!((counted(1, "call"), counted(0, "call")), ("one call".into(), "no calls".into()));
    }
}
