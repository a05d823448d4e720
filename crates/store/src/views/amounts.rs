//! `Amounts`: how money stands in a sentence: with the business's currency, or covered for those who may not see it.

use lead::Money;

/// What stands for an amount that is covered.
const COVERED: &str = "•••";

/// How money stands in a sentence. Everything that says an amount to people writes it by this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amounts {
    currency: String,
    is_covered: bool,
}

impl Default for Amounts {
    fn default() -> Self {
        Self::of("USD")
    }
}

impl Amounts {
    /// In this currency, ex: `USD`.
    pub fn of(currency: &str) -> Self {
        Self { currency: currency.to_owned(), is_covered: false }
    }

    /// The same, with each amount covered.
    #[must_use]
    pub fn covered(self) -> Self {
        Self { is_covered: true, ..self }
    }

    /// An amount with its currency, ex: `$1,291.00`, `−$6.00`, `91.00 EUR`, `$•••`.
    pub fn text(&self, amount: Money) -> String {
        let is_negative = amount < Money::ZERO && !self.is_covered;
        let size = if amount < Money::ZERO { Money::ZERO - amount } else { amount };
        let size = if self.is_covered { COVERED.to_owned() } else { grouped(&size.to_string()) };
        let sign = if is_negative { "−" } else { "" };
        match self.currency.as_str() {
            "USD" => format!("{sign}${size}"),
            other => format!("{sign}{size} {other}"),
        }
    }

    /// What somebody else wrote, ex: why a buyer refused: a word in it that may be an amount is covered as well.
    pub fn said(&self, text: &str) -> String {
        if !self.is_covered {
            return text.to_owned();
        }
        let each = text.split(' ').map(|word| if may_be_amount(word) { COVERED } else { word });
        each.collect::<Vec<_>>().join(" ")
    }
}

/// A decimal with a comma between its thousands.
fn grouped(decimal: &str) -> String {
    let (whole, part) = decimal.split_once('.').unwrap_or((decimal, ""));
    let digits = whole.len();
    let mut text = String::with_capacity(decimal.len() + digits / 3);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (digits - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if part.is_empty() { text } else { text + "." + part }
}

/// Whether a word of a stranger's may be an amount: digits beside a currency's sign, or with decimals.
fn may_be_amount(word: &str) -> bool {
    let has_digit = word.contains(|c: char| c.is_ascii_digit());
    let decimals = word.split_once(['.', ',']).is_some_and(|(before, behind)| {
        before.ends_with(|c: char| c.is_ascii_digit()) && behind.starts_with(|c: char| c.is_ascii_digit())
    });
    has_digit && (decimals || word.contains(['$', '€', '£', '¥']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_names_its_currency_or_is_covered() {
        let (gain, loss) = (Money::from_units(91), Money::ZERO - Money::from_units(6));
        let usd = Amounts::default();
        assert_eq!((usd.text(gain), usd.text(loss)), ("$91.00".to_owned(), "−$6.00".to_owned()));
        assert_eq!(Amounts::of("EUR").text(loss), "−6.00 EUR");
        assert_eq!(usd.text(Money::from_units(1_234_567)), "$1,234,567.00");
        assert_eq!(usd.covered().text(loss), "$•••");
        assert_eq!(Amounts::of("EUR").covered().text(gain), "••• EUR");
    }

    #[test]
    fn a_strangers_words_keep_what_is_no_amount() {
        let covered = Amounts::default().covered();
        assert_eq!(
            covered.said("1003: at least $20 wanted, not 12.50"),
            "1003: at least ••• wanted, not •••"
        );
        assert_eq!(Amounts::default().said("below $20"), "below $20");
    }
}
