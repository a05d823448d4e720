//! The calls that go on now: one board for all who look, kept up by the store's news, and streams of it that end with whoever
//! opened them.

mod board;
mod round;
mod row;
mod stream;

pub use board::LIVE_CALLS_MAX;
pub(crate) use board::{Board, Now};
pub use round::{Answer, OfferNow, RoundNow, Rounds};
pub(crate) use row::{LiveRow, Stages};
pub use stream::{STREAM_CHECK_EVERY, STREAM_LIFE_MAX, STREAMS_MAX, STREAMS_OF_ONE_MAX};
pub(crate) use stream::{Streams, open};
