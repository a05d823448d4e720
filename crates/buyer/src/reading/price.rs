//! A price, to the letter: a JSON number's exact value, or a string of `digits[.digits]`.

use auction::Malformed;
use lead::Money;

use super::{Decimal, Found};

/// What a reply says of its price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Price {
    /// Nothing.
    Absent,
    /// 0, or less than a micro-unit: no bid.
    Zero,
    /// More than zero, at most [`Money::MAX`].
    Amount(Money),
}

/// Cut beyond six decimals, never rounded up. A sign is malformed, even before a zero; so is an exponent in a
/// string, where only spaces and tabs may stand around the digits.
///
/// # Errors
/// When the price is of another type, has another form, or is more than [`Money::MAX`] after the cut.
pub fn price(found: &Found) -> Result<Price, Malformed> {
    let decimal = match found {
        Found::Absent => return Ok(Price::Absent),
        Found::Number(text) => Decimal::parse(text),
        Found::Text(text) => {
            let text = text.trim_matches([' ', '\t']);
            let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
            Decimal::parse(text).filter(|_| is_plain)
        }
        Found::Flag(_) | Found::Other => None,
    };
    let micros = decimal.filter(|it| !it.is_signed()).ok_or(Malformed::Price)?.cut(6);
    match i64::try_from(micros).map(Money::from_micros) {
        Ok(Money::ZERO) => Ok(Price::Zero),
        Ok(amount) if amount <= Money::MAX => Ok(Price::Amount(amount)),
        _ => Err(Malformed::Price),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(text: &str) -> Result<Price, Malformed> {
        price(&Found::Number(text.to_owned()))
    }

    fn text(text: &str) -> Result<Price, Malformed> {
        price(&Found::Text(text.to_owned()))
    }

    fn amount(micros: i64) -> Result<Price, Malformed> {
        Ok(Price::Amount(Money::from_micros(micros)))
    }

    #[test]
    fn a_number_counts_exactly() {
        assert_eq!(number("91"), amount(91_000_000));
        assert_eq!(number("1e1"), amount(10_000_000));
        assert_eq!(number("9.1E1"), amount(91_000_000));
        assert_eq!(number("0.1234569"), amount(123_456));
        assert_eq!(number("1000000"), amount(1_000_000_000_000));
        assert_eq!(number("1000000.0000009"), amount(1_000_000_000_000));
        for zero in ["0", "0.0", "0e9", "0.0000009", "1e-400"] {
            assert_eq!(number(zero), Ok(Price::Zero), "{zero}");
        }
        for bad in ["-1", "-0", "-0.0", "1000000.000001", "1e7", "1e400", "99999999999999999999"] {
            assert_eq!(number(bad), Err(Malformed::Price), "{bad}");
        }
    }

    #[test]
    fn a_string_has_one_form() {
        assert_eq!(text("20.0"), amount(20_000_000));
        assert_eq!(text(" \t12.5 "), amount(12_500_000));
        assert_eq!(text("0.50"), amount(500_000));
        assert_eq!(text("0"), Ok(Price::Zero));
        assert_eq!(text("0.00"), Ok(Price::Zero));
        for bad in [
            " ", "+1", "-1", "-0", "1e1", "1E1", "007", "00", "00.5", ".5", "5.", "1,000", "$5", "5 USD",
            "1 0", "\n5", "5\u{a0}", "٣", "５", "NaN", "Infinity", "0x10", "1_000", "1.2.3", "five", "true",
            "null",
        ] {
            assert_eq!(text(bad), Err(Malformed::Price), "{bad}");
        }
    }

    #[test]
    fn other_types_are_malformed_and_nothing_is_absent() {
        assert_eq!(price(&Found::Absent), Ok(Price::Absent));
        assert_eq!(price(&Found::Flag(true)), Err(Malformed::Price));
        assert_eq!(price(&Found::Other), Err(Malformed::Price));
    }

    proptest! {
        /// The settings' own parser is the oracle where both grammars meet.
        #[test]
        fn a_string_agrees_with_the_settings_parser(shown in "(0|[1-9][0-9]{0,6})(\\.[0-9]{1,6})?") {
            let expected = match Money::parse(&shown) {
                Ok(Money::ZERO) => Ok(Price::Zero),
                Ok(money) => Ok(Price::Amount(money)),
                Err(_) => Err(Malformed::Price),
            };
            prop_assert_eq!(text(&shown), expected);
            prop_assert_eq!(number(&shown), expected);
        }

        #[test]
        fn any_text_is_a_price_or_malformed(shown in any::<String>()) {
            if let Ok(Price::Amount(money)) = text(&shown) {
                prop_assert!(Money::ZERO < money && money <= Money::MAX);
            }
        }
    }
}
