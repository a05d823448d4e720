//! `Outcome`: what became of a lead, in the words of who handed it in. It names neither the buyer, nor the price, nor the
//! person; and a number that must not be called ends like one that nobody answers.

use journey::{Ended, Unreached};
use lead::{JourneyId, Money, Timestamp};
use serde_json::{Map, Value, json};

use super::EventKind;

/// What became of a lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) lead: JourneyId,
    pub(crate) publisher: Option<String>,
    pub(crate) campaign: String,
    pub(crate) channel: String,
    pub(crate) test: bool,
    pub(crate) status: Status,
    /// The code of the closed list of endings, or of what became of the sale.
    pub(crate) reason: String,
    /// What its publisher is owed for it.
    pub(crate) payout: Money,
    /// Something else was told of it before.
    pub(crate) corrects: bool,
}

/// What a lead came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Sold,
    Unsold,
    Refused,
    NotReached,
}

impl Status {
    /// What an ending is to a publisher, with its reason.
    pub(crate) fn of(ended: &Ended) -> (Self, &'static str) {
        let status = match ended {
            Ended::Sold => Self::Sold,
            Ended::TooShort
            | Ended::WonAbandoned
            | Ended::Repeat
            | Ended::Unsold(_)
            | Ended::NoInput(_)
            | Ended::Abandoned(_) => Self::Unsold,
            Ended::Disqualified(_)
            | Ended::ConsentRefused
            | Ended::RepeatRefused
            | Ended::OptedOut
            | Ended::Cancelled => Self::Refused,
            Ended::NotReached(_) => Self::NotReached,
            // Nobody learns that it is a number that must not be called.
            Ended::NotDialled(_) => {
                return (Self::NotReached, Ended::NotReached(Unreached::NoAnswer).code());
            }
        };
        (status, ended.code())
    }

    /// As [`Status::of`], of an ending's code in a row. What only a newer release knows is nothing that was told here.
    pub(crate) fn of_code(code: &str) -> Option<Self> {
        crate::views::ended(code).map(|ended| Self::of(&ended).0)
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Sold => "sold",
            Self::Unsold => "unsold",
            Self::Refused => "refused",
            Self::NotReached => "not_reached",
        }
    }
}

impl Outcome {
    pub(super) const fn kind(&self) -> EventKind {
        match self.status {
            _ if self.corrects => EventKind::LeadCorrected,
            Status::Sold => EventKind::LeadSold,
            Status::Unsold => EventKind::LeadUnsold,
            Status::Refused => EventKind::LeadRefused,
            Status::NotReached => EventKind::LeadNotReached,
        }
    }

    /// What names it among those of its type, and what is told.
    pub(super) fn told(&self, now: Timestamp) -> (String, Map<String, Value>) {
        let name = match self.corrects {
            false => self.lead.to_string(),
            // It may be corrected again.
            true => format!("{}/{now}", self.lead),
        };
        let data = [
            ("lead", json!(self.lead.to_string())),
            ("publisher", json!(self.publisher)),
            ("campaign", json!(self.campaign)),
            ("channel", json!(self.channel)),
            ("status", json!(self.status.as_str())),
            ("reason", json!(self.reason)),
            ("payout", json!(self.payout.to_string())),
            ("test", json!(self.test)),
        ];
        (name, data.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }
}

#[cfg(test)]
mod tests {
    use bridge::permit::Rule;

    use super::*;

    #[test]
    fn a_number_that_must_not_be_called_ends_like_one_that_nobody_answers() {
        let nobody = Status::of(&Ended::NotReached(Unreached::NoAnswer));
        for rule in Rule::ALL {
            assert_eq!(Status::of(&Ended::NotDialled(rule)), nobody);
        }
        assert_eq!(Status::of_code("sold"), Some(Status::Sold));
        assert_eq!(Status::of_code("of_a_newer_release"), None);
    }
}
