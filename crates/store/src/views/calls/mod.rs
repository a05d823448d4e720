//! The list of calls: what people look for one in, page by page. Those that have not ended stand in it as well.

mod filter;
mod list;
mod number;

pub use filter::{CallFilter, CallOrder, Cursor, CursorError, Stage};
pub use number::{NumberError, NumberSought};

use lead::{CampaignId, JourneyId, Money, PublisherId, Timestamp, geo::State};

use super::SoldRow;

/// A call in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRow {
    /// The journey.
    pub journey: JourneyId,
    /// Its campaign.
    pub campaign: CampaignId,
    /// Who sent it.
    pub publisher: Option<PublisherId>,
    /// `call`, `form` or `callback`.
    pub channel: String,
    /// When it arrived.
    pub arrived_at: Timestamp,
    /// How it ended, if it has.
    pub ended: Option<EndedRow>,
    /// The state that bidders were shown, if it has ended.
    pub state: Option<State>,
    /// Its sale that is not void, else its last one.
    pub sold: Option<SoldRow>,
    /// What its publisher is owed.
    pub payout: Money,
    /// It is a test.
    pub test: bool,
}

/// What the list says of a call that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedRow {
    /// When.
    pub at: Timestamp,
    /// The code of how.
    pub outcome: String,
    /// How many offers were pinged.
    pub pings: u32,
    /// How many of them bid.
    pub bids: u32,
    /// The best static price that was eligible.
    pub best_static: Option<Money>,
}

/// A page of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallPage {
    /// The calls, in their order.
    pub calls: Vec<CallRow>,
    /// Where the next page begins. `None`: this is the last one.
    pub next: Option<Cursor>,
}

impl CallRow {
    /// What it stands in a list by.
    fn cursor(&self, order: CallOrder) -> Cursor {
        let by = match order {
            CallOrder::Newest | CallOrder::Oldest => 0,
            CallOrder::Dearest => self.sold.as_ref().map_or(-1, |sold| sold.price.micros()),
        };
        Cursor { by, at: self.arrived_at, journey: self.journey }
    }
}
