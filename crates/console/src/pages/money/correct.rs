//! What is corrected of a sale, as a form or a program says it.

use lead::{Money, SaleId};
use store::{Correction, NotCorrected};

use crate::{Console, actor::Actor, problem::Problem};

/// The least letters of a reason.
const REASON_MIN: usize = 3;
/// The most letters of a reason.
const REASON_MAX: usize = 200;

/// What a form or a program says, field by field.
pub(crate) struct Written<'a> {
    pub(crate) kind: &'a str,
    pub(crate) amount: &'a str,
    pub(crate) reason: &'a str,
}

/// A field that is wrong, with its mend.
type Wrong = (&'static str, &'static str);

impl Written<'_> {
    /// The correction and its reason, or what is wrong with which field.
    pub(crate) fn read(&self) -> Result<(Correction, String), Vec<Wrong>> {
        let mut wrong = vec![];
        let amount = read_amount(self.amount);
        let what = match self.kind {
            "return" => Some(Correction::Return),
            "dispute" => Some(Correction::Dispute),
            "conversion" => Some(Correction::Conversion),
            "adjustment" => match amount.filter(|amount| *amount != Money::ZERO) {
                Some(amount) => Some(Correction::Adjustment(amount)),
                None => {
                    wrong.push(("amount", "write what is owed more, or less with a minus, ex: -12.50"));
                    None
                }
            },
            _ => {
                wrong.push(("kind", "write one of return, dispute, adjustment, conversion"));
                None
            }
        };
        if !self.amount.is_empty() && matches!(what, Some(it) if !matches!(it, Correction::Adjustment(_))) {
            wrong.push(("amount", "only an adjustment has an amount: leave it out"));
        }
        if !(REASON_MIN..=REASON_MAX).contains(&self.reason.chars().count()) {
            wrong.push(("reason", "say why in 3 to 200 letters, without a name or a number of a person"));
        }
        match what {
            Some(what) if wrong.is_empty() => Ok((what, self.reason.to_owned())),
            _ => Err(wrong),
        }
    }
}

/// An amount with or without a sign, ex: `-12.50`, `5`.
fn read_amount(text: &str) -> Option<Money> {
    let (negative, digits) = match text.strip_prefix(['-', '−']) {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let amount = Money::parse(digits).ok()?;
    Some(if negative { Money::ZERO - amount } else { amount })
}

/// Corrects a sale. The audit holds who did it, in the same transaction.
pub(crate) async fn corrected(
    console: &Console,
    actor: &Actor,
    sale: SaleId,
    (what, reason): (Correction, String),
) -> Result<Result<(), NotCorrected>, Problem> {
    Ok(console.store().correct_sale(console.now(), actor.by(), (sale, what), reason).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: &str, amount: &str, reason: &str) -> Result<Correction, Vec<&'static str>> {
        let read = Written { kind, amount, reason }.read();
        read.map(|(what, _)| what).map_err(|wrong| wrong.into_iter().map(|(field, _)| field).collect())
    }

    #[test]
    fn a_correction_is_one_of_four_and_says_why() {
        let less = Money::ZERO - Money::parse("12.5").expect("an amount");
        assert_eq!(read("return", "", "no such person"), Ok(Correction::Return));
        assert_eq!(read("adjustment", "-12.50", "agreed"), Ok(Correction::Adjustment(less)));
        assert_eq!(read("adjustment", "0", "agreed"), Err(vec!["amount"]));
        assert_eq!(read("adjustment", "1e3", "agreed"), Err(vec!["amount"]));
        assert_eq!(read("return", "5", "x"), Err(vec!["amount", "reason"]));
        assert_eq!(read("refund", "", "agreed"), Err(vec!["kind"]));
    }
}
