//! What holds everywhere: the keys above all tables.

use auction::Currency;

use super::{field::Field, table::Table};

/// What holds everywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct General {
    /// The one currency of all amounts.
    pub currency: Currency,
    /// The business's IANA zone, for statements and for whatever names none.
    pub zone: String,
    /// Whether a round without a bid falls back to static prices.
    pub fallback_to_static: bool,
}

/// Reads it.
pub(super) fn read(root: &Table<'_>) -> General {
    let currency = root.field("currency").and_then(|field| {
        let read = |text: &str| Currency::parse(text).map_err(|_| "write three capital letters, ex: \"USD\"");
        field.parsed("this is no currency", read)
    });
    General {
        currency: currency.unwrap_or_else(Currency::usd),
        zone: root.field("zone").and_then(|field| zone(&field)).unwrap_or_else(|| "UTC".to_owned()),
        fallback_to_static: root.field("fallback_to_static").and_then(|field| field.flag()).unwrap_or(true),
    }
}

/// An IANA zone that the bundled data knows.
pub(super) fn zone(field: &Field<'_>) -> Option<String> {
    field.parsed("there is no such time zone", |text| match jiff::tz::TimeZone::get(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err("write a name of the IANA list, ex: \"America/New_York\""),
    })
}
