//! A length of time as people write it: a whole number with its unit, or several, ex: `2s`, `500ms`, `1m30s`.

use std::time::Duration;

/// Why a text is no length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write a whole number with its unit (ms, s, m, h, d), ex: \"2s\", \"500ms\", \"1m30s\"")]
pub struct WaitError;

const UNITS: [(&str, u64); 5] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// Reads a length of time of at most some years.
pub fn wait(text: &str) -> Result<Duration, WaitError> {
    let mut rest = text.trim();
    let mut millis: u64 = 0;
    if rest.is_empty() {
        return Err(WaitError);
    }
    while !rest.is_empty() {
        let (number, behind) = split(rest, |c| c.is_ascii_digit());
        let (unit, after) = split(behind, |c| c.is_ascii_lowercase());
        let factor =
            UNITS.iter().find(|(name, _)| *name == unit).map(|(_, factor)| factor).ok_or(WaitError)?;
        let number: u32 = number.parse().map_err(|_| WaitError)?;
        millis = millis.checked_add(u64::from(number) * factor).ok_or(WaitError)?;
        rest = after;
    }
    Ok(Duration::from_millis(millis))
}

/// A length of time as [`wait`] reads it, in the largest unit that holds it whole.
pub fn written(wait: Duration) -> String {
    let millis = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
    let fits = |(_, factor): &&(&str, u64)| millis.is_multiple_of(*factor) && millis >= *factor;
    let (unit, factor) = UNITS.iter().rev().find(fits).copied().unwrap_or(("s", 1_000));
    format!("{}{unit}", millis / factor)
}

fn split(text: &str, holds: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !holds(c)).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_with_units_only() {
        for (text, millis) in
            [("2s", 2_000), ("500ms", 500), ("1m30s", 90_000), (" 1d ", 86_400_000), ("0s", 0)]
        {
            assert_eq!(wait(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "2", "s", "2 s", "-1s", "1.5s", "2S", "2sec", "99999999999s", "٢s"] {
            assert_eq!(wait(text), Err(WaitError), "{text}");
        }
    }

    #[test]
    fn writes_what_it_reads() {
        for text in ["2s", "500ms", "90s", "1d", "0s", "1500ms", "2h"] {
            assert_eq!(written(wait(text).unwrap()), text);
        }
    }
}
