//! Which calls are listed, in which order, and where a page begins.

use std::{fmt, str::FromStr};

use lead::{BuyerId, CampaignId, Channel, JourneyId, OfferId, PublisherId, Timestamp, geo::State};
use uuid::Uuid;

use super::NumberSought;
use crate::views::SaleState;

/// Which calls are listed. What is not said does not matter.
#[derive(Debug, Clone, Default)]
pub struct CallFilter {
    /// Arrived at this time or later.
    pub from: Option<Timestamp>,
    /// Arrived before this time.
    pub until: Option<Timestamp>,
    /// Of this campaign.
    pub campaign: Option<CampaignId>,
    /// Sent by this publisher.
    pub publisher: Option<PublisherId>,
    /// Sold to this buyer.
    pub buyer: Option<BuyerId>,
    /// Sold to this offer.
    pub offer: Option<OfferId>,
    /// Came this way.
    pub channel: Option<Channel>,
    /// Ended with this code.
    pub outcome: Option<String>,
    /// With a sale of this state.
    pub sale: Option<SaleState>,
    /// From this state, as bidders were shown it.
    pub state: Option<State>,
    /// Going on, or over.
    pub stage: Option<Stage>,
    /// Tests, or none.
    pub test: Option<bool>,
    /// Only those that were sold below the best static price that stood, and are over.
    pub below_static: bool,
    /// From this number.
    pub number: Option<NumberSought>,
    /// In this order.
    pub order: CallOrder,
    /// Behind this one.
    pub after: Option<Cursor>,
    /// At most so many.
    pub limit: Option<u32>,
}

/// Whether a call goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// It does. One that has promised nothing yet (an interview) is no call of this list: the live view shows it.
    Live,
    /// It is over.
    Ended,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord)]
pub enum CallOrder {
    /// The latest arrival first.
    #[default]
    Newest,
    /// The earliest arrival first.
    Oldest,
    /// The highest price first; what was not sold is no part of it.
    Dearest,
}

/// Where a page begins: behind a call, by what the list is in the order of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    pub(super) by: i64,
    pub(super) at: Timestamp,
    pub(super) journey: JourneyId,
}

/// A text that is no place in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no cursor of a list of calls")]
pub struct CursorError;

impl CallOrder {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Newest, Self::Oldest, Self::Dearest];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Oldest => "oldest",
            Self::Dearest => "dearest",
        }
    }

    /// The order of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.as_str() == text)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}.{:x}.{}", self.by, self.at.micros(), self.journey.uuid().simple())
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let hex = |text: &str| u64::from_str_radix(text, 16).map(u64::cast_signed).map_err(|_| CursorError);
        let mut parts = text.splitn(3, '.');
        let mut part = || parts.next().ok_or(CursorError);
        let (by, at, journey) = (hex(part()?)?, hex(part()?)?, part()?);
        let journey = Uuid::try_parse(journey).map_err(|_| CursorError)?;
        Ok(Self { by, at: Timestamp::from_micros(at), journey: JourneyId::from_uuid(journey) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let cursor = Cursor {
            by: -1,
            at: Timestamp::from_secs(1_790_000_000),
            journey: JourneyId::of_call("AC", "1"),
        };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for no in ["", "1.2", "x.1.00000000000000000000000000000000", "1.2.3"] {
            assert_eq!(no.parse::<Cursor>(), Err(CursorError), "{no}");
        }
    }
}
