//! Who may bid, who did, and in what order: the auction as pure decisions.
//!
//! Start at [`open`]: it takes the candidates and gives a [`Round`] and the [`Ping`]s to send; [`Round::close`] gives
//! the [`Ranking`], with exactly one named [`Outcome`] for every offer considered.
//! This crate knows no socket, no buyer's dialect, no store, and nothing of who the lead is.

mod caps;
mod destination;
mod eligibility;
mod filter;
mod gauge;
mod health;
mod hours;
mod offer;
mod outcome;
mod ping;
mod ranking;
mod round;
mod seed;
mod shape;

pub use caps::{Cap, Counter, Counts, Hold, Period, Release, Seat};
pub use destination::{Allowed, Destination, SipUri};
pub use eligibility::{Caller, Candidate, Named, Standing, Subject, Unasked, eligible, would_ask};
pub use filter::{Filter, Test};
pub use gauge::{Full, Gauge, Gauged, Level};
pub use health::{Health, SIGN_LIFE, SIGNS_KEPT_MAX, SIGNS_MIN, Share, Sign, WINDOW, Why};
pub use hours::{Day, Hours, Span};
pub use offer::{
    Auth, Buyer, CallerId, Confirm, Credential, DialTerms, Duplicate, DuplicateScope, Endpoints, Expiry,
    Limits, Mapping, Offer, PhoneInPing, Screening, StaticSale, Trigger, Wire, ZipDigits,
};
pub use outcome::{About, Malformed, NoBid, Outcome, Unreachable};
pub use ping::{Bid, Currency, Ping, Vertical, Whereto};
pub use ranking::{Kind, Ranked, Ranking};
pub use round::{Leftover, Reserve, Round, Rules, open};
pub use seed::Seed;
pub use shape::{Filling, Manner, Shape};
