//! A number that somebody looks for: the whole of it, its area code with the exchange, or its last four digits.

use lead::{E164, Pii};

/// What is looked for, in custody like the number itself.
#[derive(Debug, Clone)]
pub struct NumberSought(pub(super) Sought);

/// Which part of a number is looked for.
#[derive(Debug, Clone)]
pub(super) enum Sought {
    Whole(Pii<E164>),
    Exchange(Pii<String>),
    LastFour(Pii<String>),
}

/// Why a text is no number to look for. It never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "look for a whole number, for its area code and exchange (6 digits, ex: 305-555), or for its last 4 digits"
)]
pub struct NumberError;

impl NumberSought {
    /// Reads what somebody typed. Blanks and punctuation between digits do not matter.
    ///
    /// # Errors
    /// When it is neither 4, 6, 10 nor 11 digits, nor a whole number with its `+`.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        let text = text.trim();
        let is_filler = |c: char| c.is_whitespace() || matches!(c, '-' | '.' | '(' | ')' | '/');
        let (plus, rest) = text.strip_prefix('+').map_or((false, text), |rest| (true, rest));
        let digits: String = rest.chars().filter(|c| !is_filler(*c)).collect();
        if digits.len() > 15 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NumberError);
        }
        let whole = |text: String| {
            let number = E164::parse(&text).map_err(|_| NumberError)?;
            Ok(Self(Sought::Whole(Pii::new(number))))
        };
        match (plus, digits.len()) {
            (true, _) => whole(format!("+{digits}")),
            (false, 4) => Ok(Self(Sought::LastFour(Pii::new(digits)))),
            (false, 6) => Ok(Self(Sought::Exchange(Pii::new(digits)))),
            (false, 10) => whole(format!("+1{digits}")),
            (false, 11) if digits.starts_with('1') => whole(format!("+{digits}")),
            (false, _) => Err(NumberError),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_ways_to_name_a_number_and_no_other() {
        for whole in ["+1 305 555 0142", "305-555-0142", "(305) 555.0142", "1 305 555 0142", "+447700900123"]
        {
            assert!(matches!(NumberSought::parse(whole), Ok(NumberSought(Sought::Whole(_)))), "{whole}");
        }
        assert!(matches!(NumberSought::parse("305-555"), Ok(NumberSought(Sought::Exchange(_)))));
        assert!(matches!(NumberSought::parse(" 0142 "), Ok(NumberSought(Sought::LastFour(_)))));
        for no in ["", "305", "01425", "30555501421", "nobody", "+1305", "٠١٤٢", "0142%"] {
            assert_eq!(NumberSought::parse(no).map(drop), Err(NumberError), "{no}");
        }
    }

    #[test]
    fn it_does_not_show_what_is_looked_for() {
        let shown = format!("{:?}", NumberSought::parse("305-555-0142").expect("a number"));
        assert!(!shown.contains("0142") && !shown.contains("555"), "{shown}");
        let shown = format!("{:?}", NumberSought::parse("0142").expect("a part"));
        assert!(!shown.contains("0142"), "{shown}");
    }
}
