//! `[[buyer]]`: a company that buys.

use auction::Buyer;
use lead::BuyerId;

use super::{caps, entity, general, table::Table};

/// Reads one. `zone` is the business's own, for a buyer that names none.
pub(super) fn read(table: &Table<'_>, n: usize, zone: &str) -> Buyer {
    let id = entity::id(table, n, BuyerId::parse);
    Buyer {
        name: entity::name(table, id.as_str()),
        zone: table.field("zone").and_then(|field| general::zone(&field)).unwrap_or_else(|| zone.to_owned()),
        caps: caps::read(table),
        concurrency: caps::concurrency(table),
        id,
    }
}
