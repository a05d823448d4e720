//! Speaks to buyers: each buyer's dialect as pure functions, and the one door to their URLs.
//!
//! Start from [`dialect::of`], which gives an offer's [`dialect::Dialect`], and [`exchange::Exchange::send`],
//! which sends what a dialect asks for. This crate alone knows buyers' words; it knows nothing of carriers and
//! stores, and reads no clock but for its own deadlines.

pub mod dialect;
pub mod endpoint;
pub mod exchange;
pub mod json;
pub mod mapped;
pub mod own_wire;
pub mod presets;
pub mod proposal;
pub mod reading;
pub mod shaped;
pub mod standard_webhooks;
pub mod xml;
