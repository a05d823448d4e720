//! What people and reports read: sales, plain rows, auctions.

mod answers;
mod auctions;
mod rows;
mod sales;

pub use answers::{CameAfter, RecentAnswer};
pub(crate) use auctions::forget as forget_auctions;
pub use auctions::{AuctionOffer, AuctionRecord};
pub use rows::{JourneyRow, RowFilter, SoldRow};
pub use sales::{Delivery, EntryKind, Sale, SaleEntry, SaleFilter, SaleState};

use crate::limits::ROWS_MAX;

/// The number of rows that a list gives.
fn limit(asked: Option<u32>) -> i64 {
    asked.map_or(ROWS_MAX, |asked| i64::from(asked).min(ROWS_MAX))
}
