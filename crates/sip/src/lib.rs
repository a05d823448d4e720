//! Carriers and buyers that speak SIP: dialogs and RTP on one side, legs with plain events and commands on the other.
//!
//! Start with [`leg::Leg`], the border: what a leg reports and what it can be told. [`Agent`] listens and makes legs.
//! Below them stand the parts that decide without a socket
//! or a clock: [`sdp`], [`rtp`], [`dtmf`], [`g711`], [`timer`], [`screen`], [`digest`], [`collect`], [`prompts`], [`tracks`].
//!
//! It knows no settings crate and no store, and no crate that decides knows it: no word of SIP leaves it. The library
//! below it, `rsipstack`, is named in the modules of [`agent`] and in [`screen`] and [`digest`] alone, so that another
//! one can take its place. Everything that it logs is free of numbers, and [`LOG_FILTER`] silences the library, which
//! would write whole messages.

pub mod agent;
pub mod collect;
pub mod digest;
pub mod dtmf;
pub mod g711;
pub mod ladder;
pub mod leg;
pub mod limits;
pub mod media;
pub mod prompts;
pub mod rtp;
pub mod screen;
pub mod sdp;
pub mod timer;
pub mod tracks;

pub use agent::Agent;

/// What the log's filter must say, ex: `info,rsipstack=off`: the library logs whole messages, with numbers and
/// credentials, some of them as warnings.
pub const LOG_FILTER: &str = "rsipstack=off";
