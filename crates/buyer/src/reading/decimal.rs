//! `Decimal`: the exact value of a JSON number's text. No float ever holds it.

/// A decimal number of any size: `digits` × 10^`exponent`, without zeros at either end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decimal {
    is_signed: bool,
    digits: String,
    exponent: i64,
}

impl Decimal {
    /// Reads `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?` (RFC 8259, 6).
    pub fn parse(text: &str) -> Option<Self> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, power(exponent)?),
            None => (unsigned, 0),
        };
        let (whole, part) =
            mantissa.split_once('.').map_or((mantissa, None), |(whole, part)| (whole, Some(part)));
        let is_whole = are_digits(whole) && (whole == "0" || !whole.starts_with('0'));
        if !is_whole || !part.is_none_or(are_digits) {
            return None;
        }
        let part = part.unwrap_or_default();
        let all = format!("{whole}{part}");
        let digits = all.trim_end_matches('0');
        let dropped = all.len() - digits.len();
        let digits = digits.trim_start_matches('0').to_owned();
        let exponent =
            exponent.saturating_sub_unsigned(part.len() as u64).saturating_add_unsigned(dropped as u64);
        Some(Self { is_signed: text.len() != unsigned.len(), digits, exponent })
    }

    /// There is a minus sign, be it before a zero.
    pub fn is_signed(&self) -> bool {
        self.is_signed
    }

    /// The value without its sign is exactly this.
    pub fn is(&self, value: u64) -> bool {
        self.cut(0) == value && (self.digits.is_empty() || self.exponent >= 0)
    }

    /// The value without its sign, times 10^`decimals`, cut to a whole number and never rounded up; the largest
    /// `u64` if it is larger than that.
    pub fn cut(&self, decimals: i64) -> u64 {
        if self.digits.is_empty() {
            return 0;
        }
        let shift = self.exponent.saturating_add(decimals);
        let whole = match usize::try_from(shift.unsigned_abs()) {
            Ok(zeros) if shift >= 0 && zeros <= 20 => format!("{}{}", self.digits, "0".repeat(zeros)),
            Ok(behind) if shift < 0 => self.digits[..self.digits.len().saturating_sub(behind)].to_owned(),
            _ => return if shift >= 0 { u64::MAX } else { 0 },
        };
        if whole.is_empty() { 0 } else { whole.parse().unwrap_or(u64::MAX) }
    }
}

fn are_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// An exponent beyond what `i64` holds is cut to it: no text is long enough to make up for it.
fn power(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !are_digits(digits) {
        return None;
    }
    let size = digits.parse().unwrap_or(i64::MAX);
    Some(if text.starts_with('-') { -size } else { size })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_exact_value_is_cut() {
        for (text, micros) in [
            ("0", 0),
            ("91", 91_000_000),
            ("91.00", 91_000_000),
            ("1e1", 10_000_000),
            ("9.1E1", 91_000_000),
            ("9.1E+1", 91_000_000),
            ("910e-1", 91_000_000),
            ("0.000001", 1),
            ("0.0000009", 0),
            ("1e-6", 1),
            ("1e-7", 0),
            ("12.3456789", 12_345_678),
            ("12.9999999", 12_999_999),
            ("0.29", 290_000),
            ("1e400", u64::MAX),
            ("1e-400", 0),
            ("0e400", 0),
            ("1e99999999999999999999999", u64::MAX),
            ("1e-99999999999999999999999", 0),
            ("0e99999999999999999999999", 0),
            ("18446744073709.551615", u64::MAX),
            ("18446744073709.551614", u64::MAX - 1),
            ("18446744073709.551616", u64::MAX),
        ] {
            assert_eq!(Decimal::parse(text).unwrap().cut(6), micros, "{text}");
        }
        let long = format!("0.{}1e60000", "0".repeat(59_999));
        assert_eq!(Decimal::parse(&long).unwrap().cut(6), 1_000_000);
    }

    #[test]
    fn an_exact_value_is_told_from_a_near_one() {
        for (text, value, holds) in [
            ("1", 1, true),
            ("1.0", 1, true),
            ("10e-1", 1, true),
            ("1.5", 1, false),
            ("0.0", 0, true),
            ("0.4", 0, false),
            ("1e2", 100, true),
        ] {
            assert_eq!(Decimal::parse(text).unwrap().is(value), holds, "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_number() {
        for text in [
            "", "-", "+1", "01", "1.", ".1", "1e", "1e+", "e1", "1 ", " 1", "1_0", "0x1", "NaN", "--1",
            "1.2.3", "1e1e1", "٣", "1,0",
        ] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    proptest! {
        /// The oracle does whole-number arithmetic on numbers that are small enough for it.
        #[test]
        fn it_agrees_with_whole_number_arithmetic(
            whole in 0_u128..1_000_000_000, part in prop::option::of((0_u128..100_000_000, 8_usize..12)), exponent in -30_i32..12
        ) {
            let (shown, value, places) = match part {
                Some((part, width)) => (format!("{whole}.{part:0width$}"), whole * 10_u128.pow(width as u32) + part, width as i32),
                None => (whole.to_string(), whole, 0),
            };
            let shift = 6 + exponent - places;
            let expected = if shift >= 0 { value * 10_u128.pow(shift as u32) } else { value / 10_u128.pow(shift.unsigned_abs()) };
            let decimal = Decimal::parse(&format!("{shown}e{exponent}")).unwrap();
            prop_assert_eq!(u128::from(decimal.cut(6)), expected.min(u128::from(u64::MAX)));
        }

        #[test]
        fn any_text_is_read_as_json_reads_it_or_refused(text in "[-+0-9.eE]{0,12}") {
            let is_number = serde_json::from_str::<serde_json::Number>(&text).is_ok();
            prop_assert_eq!(Decimal::parse(&text).is_some(), is_number, "{}", text);
        }
    }
}
