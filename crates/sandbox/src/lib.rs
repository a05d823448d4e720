//! A world to test in: a carrier that behaves as Twilio does, buyers good and bad, and scripted callers.
//!
//! Start at [`carrier::Carrier::start`] for the telephone side, [`buyers::Buyer::start`] for the other side, or
//! [`medicare::Medicare::start`] for both at once; [`load::Load::start`] for thousands of calls. [`canary`] finds personal
//! data where it should not be.
//!
//! Must not know: any crate of ours. It sees the server only by its sockets, so that no mistake is made twice alike.

pub mod buyers;
pub mod canary;
pub mod carrier;
mod chance;
mod clock;
pub mod load;
mod lock;
pub mod medicare;

pub use buyers::{Behaviour, Buyer, BuyerSpec, PostBehaviour, Trap};
pub use carrier::{
    Answer, CallHandle, CallRecord, Caller, Carrier, CarrierConfig, Faults, HangUp, InboundCall, Line,
};
pub use medicare::Medicare;
