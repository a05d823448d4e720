//! `E164`: a telephone number in the form `+` and 8 to 15 digits (ITU-T E.164).

use std::fmt;

use serde::{Deserialize, Serialize};

/// A number in E.164 form. `Debug` prints `[number]`, so that no log can show one; there is no `Display`.
///
/// A caller's number is a `Pii<E164>`; a plain `E164` is a business's own number (a campaign's, a buyer's).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct E164(String);

/// Why a text is no E.164 number. The text never repeats the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum E164Error {
    /// There is no leading `+`.
    #[error("a number begins with + and its country code, ex: +13055550142")]
    NoPlus,
    /// Something other than digits follows the `+`.
    #[error("a number has only digits after the +, ex: +13055550142")]
    NotDigits,
    /// Fewer than 8 or more than 15 digits, or a leading zero.
    #[error("a number has 8 to 15 digits after the + and does not begin with 0")]
    Length,
}

impl E164 {
    /// Reads `+` and 8 to 15 digits, nothing else: no blanks, no punctuation.
    ///
    /// # Errors
    /// Says which rule the text breaks.
    pub fn parse(text: &str) -> Result<Self, E164Error> {
        let digits = text.strip_prefix('+').ok_or(E164Error::NoPlus)?;
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(E164Error::NotDigits);
        }
        if !(8..=15).contains(&digits.len()) || digits.starts_with('0') {
            return Err(E164Error::Length);
        }
        if digits.starts_with('1') && digits.len() != 11 {
            return Err(E164Error::Length);
        }
        Ok(Self(text.to_owned()))
    }

    /// The number with its `+`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The ten digits behind `+1`, for a number of the North American plan.
    pub fn nanp(&self) -> Option<&str> {
        self.0.strip_prefix("+1").filter(|digits| digits.len() == 10)
    }

    /// The area code, for a number of the North American plan.
    pub fn area_code(&self) -> Option<&str> {
        self.nanp().map(|digits| &digits[..3])
    }
}

impl fmt::Debug for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[number]")
    }
}

impl TryFrom<String> for E164 {
    type Error = E164Error;
    fn try_from(text: String) -> Result<Self, E164Error> {
        Self::parse(&text)
    }
}

impl From<E164> for String {
    fn from(number: E164) -> Self {
        number.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_only_the_exact_form() {
        assert_eq!(
            E164::parse("+13055550142").map(|n| n.area_code().map(str::to_owned)),
            Ok(Some("305".into()))
        );
        assert_eq!(E164::parse("13055550142"), Err(E164Error::NoPlus));
        assert_eq!(E164::parse("+1 305 555 0142"), Err(E164Error::NotDigits));
        assert_eq!(E164::parse("+1305555014"), Err(E164Error::Length));
        assert_eq!(E164::parse("+0305555014"), Err(E164Error::Length));
        assert_eq!(E164::parse("+"), Err(E164Error::Length));
        assert_eq!(E164::parse("+４４20794601"), Err(E164Error::NotDigits));
    }

    #[test]
    fn debug_shows_no_digit() {
        let number = E164::parse("+442079460123").expect("a London number");
        assert_eq!(format!("{number:?}"), "[number]");
        assert_eq!(number.nanp(), None);
    }
}
