//! Speech on real sockets: a [`Line`] is one party's RTP, from its ports to what it hears.
//!
//! A line plays prompts and sends silence between them, each frame at its own moment of one schedule, so that nothing
//! drifts; it tells keys and a party's silence; and two lines joined pass speech and keys on, each in the payload types
//! and the law of the other.

mod line;
mod pacing;
mod pool;
mod relay;
mod state;
mod tap;

pub use self::{
    line::{Heard, Line},
    pool::{NoPort, Ports},
    state::Playlist,
    tap::{Ear, Piece, Voice},
};
