//! The whole product on one page: one lead's way from its arrival to its ending.
//!
//! Start at [`Journey`]: [`Journey::begin`], then [`Journey::on_event`] for every [`Event`], which gives the
//! [`Command`]s that follow from it. It is total: it never fails and never waits. It knows no clock, no carrier's
//! words, no store and no settings but its own campaign's. A journey is the fold of its events.

mod arriving;
mod bridging;
mod calling_back;
mod campaign;
mod command;
mod deadlines;
mod document;
mod ended;
mod event;
mod handing;
mod journey;
mod late;
mod leg;
mod limits;
mod line;
mod naming;
mod phase;
mod reading;
mod reopening;
mod ringing;
mod submitted;
mod talking;

pub use campaign::{
    AuctionAt, BuyerConsent, Callback, Campaign, CodeRule, Fallback, OnMachine, Recording, RepeatRule, Then,
};
pub use command::{Again, Command, Confirming, Push, ReserveCommand, SeatNow, StopWhy, Verdict};
pub use document::{Document, Shown, Whom};
pub use ended::{Ended, Side, Stage, Unreached, Unsold};
pub use event::Event;
pub use journey::Journey;
pub use leg::{Answerer, DialResult, LegId, Standby, Taken};
pub use limits::*;
pub use reading::{Sought, Take, Which, Wished};
pub use reopening::Awaited;
pub use submitted::Submitted;
