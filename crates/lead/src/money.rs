//! `Money`: whole micro-units of the deployment's one currency. Never a float.

use std::{fmt, iter::Sum, ops};

use serde::{Deserialize, Serialize};

const MICROS: i64 = 1_000_000;

/// An amount in micro-units (1 unit = 1,000,000), a decimal string on the wire: `91.00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(i64);

/// Why a text is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an amount is digits, a point and at most six decimals, up to 1000000, ex: \"45.00\"")]
pub struct MoneyError;

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The most that any one price, bid or cap of ours may be: 1,000,000 units.
    pub const MAX: Self = Self(1_000_000 * MICROS);

    /// From micro-units.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From whole units, ex: dollars.
    pub const fn from_units(units: i64) -> Self {
        Self(units * MICROS)
    }

    /// In micro-units.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Reads what a person writes in settings: `digits[.digits]`, at most six decimals, no sign.
    ///
    /// # Errors
    /// When the text is anything else, or more than [`Money::MAX`].
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(part) || whole.len() > 9 || part.len() > 6 {
            return Err(MoneyError);
        }
        let whole: i64 = whole.parse().map_err(|_| MoneyError)?;
        let part: i64 = format!("{part:0<6}").parse().map_err(|_| MoneyError)?;
        let money = Self(whole * MICROS + part);
        if money > Self::MAX { Err(MoneyError) } else { Ok(money) }
    }

    /// This many per cent of it, cut to the micro-unit. `hundredths` is in hundredths of a per cent: 12.5 % is 1250.
    pub const fn percent(self, hundredths: u32) -> Self {
        Self((self.0 as i128 * hundredths as i128 / 10_000) as i64)
    }
}

impl fmt::Display for Money {
    /// At least two decimals, at most six: `91.00`, `0.125`, `-5.00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let micros = self.0.unsigned_abs();
        let part = format!("{:06}", micros % MICROS.unsigned_abs());
        let keep = part.trim_end_matches('0').len().max(2);
        write!(f, "{sign}{}.{}", micros / MICROS.unsigned_abs(), &part[..keep])
    }
}

impl ops::Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl ops::Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl ops::Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, ops::Add::add)
    }
}

impl Serialize for Money {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let (negative, digits) = text.strip_prefix('-').map_or((false, text.as_ref()), |rest| (true, rest));
        let money = Self::parse(digits).map_err(serde::de::Error::custom)?;
        Ok(if negative { -money } else { money })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_goes_there_and_back() {
        for (text, shown) in
            [("91", "91.00"), ("0.125", "0.125"), ("1000000", "1000000.00"), ("45.0", "45.00")]
        {
            assert_eq!(Money::parse(text).map(|m| m.to_string()).as_deref(), Ok(shown));
        }
        assert_eq!((-Money::from_units(5)).to_string(), "-5.00");
    }

    #[test]
    fn anything_else_is_refused() {
        for text in
            ["", ".", "1.", ".5", "-1", "+1", "1e3", "1,000", "1.1234567", "1000000.000001", " 1", "NaN", "٣"]
        {
            assert_eq!(Money::parse(text), Err(MoneyError), "{text}");
        }
    }

    #[test]
    fn per_cents_are_cut_never_rounded_up() {
        assert_eq!(Money::parse("91.00").map(|m| m.percent(6250)), Money::parse("56.875"));
        assert_eq!(Money::from_micros(1).percent(9_999), Money::ZERO);
    }
}
