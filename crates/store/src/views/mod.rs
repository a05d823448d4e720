//! What people and reports read: sales, plain rows, auctions.

mod amounts;
mod answers;
mod auctions;
pub mod behind;
mod calls;
mod home;
mod kept;
mod live;
mod periods;
mod preview;
pub mod reasons;
mod report;
mod rows;
mod sales;
mod story;
mod wanted;

pub use amounts::Amounts;
pub use answers::{CameAfter, RecentAnswer};
pub(crate) use auctions::forget as forget_auctions;
pub use auctions::{AuctionFilter, AuctionOffer, AuctionRecord};
pub use calls::{
    CallFilter, CallOrder, CallPage, CallRow, Cursor, CursorError, EndedRow, NumberError, NumberSought, Stage,
};
pub use home::{Home, Mend, Problem};
pub(crate) use kept::ended;
pub use live::{LiveCall, LiveOffer, LiveStage};
pub use periods::{Each, Period, PeriodsError, day_begins};
pub use preview::Preview;
pub use reasons::Reason;
pub use report::{
    Answering, BuyerFigures, Figures, LastError, MoneyBy, MoneyFigures, MoneyLine, NearMiss, NoBidCount,
    ReportBy, ReportError, ReportLine, SumError,
};
pub use rows::{JourneyRow, RowFilter, SoldRow};
pub use sales::{Delivery, EntryKind, Sale, SaleEntry, SaleFilter, SaleIs, SaleState};
pub use story::{
    AttemptEnd, Names, Span, SpanKind, Story, StoryAttempt, StoryAuction, StoryConsent, StoryError,
    StoryOffer, StoryStep,
};
pub(crate) use wanted::Wanted;

use crate::limits::ROWS_MAX;

/// The number of rows that a list gives.
pub(crate) fn limit(asked: Option<u32>) -> i64 {
    asked.map_or(ROWS_MAX, |asked| i64::from(asked).min(ROWS_MAX))
}
