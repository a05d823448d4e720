//! The work between an auction and a sale: dial the ranking one by one, and mint the [`Post`] when a buyer accepts.
//!
//! Start at [`Queue::next`], which gives the next [`Attempt`], and [`Attempt::on_accepted`], the only door of a call to
//! a [`Post`]. A lead is dialled only with a [`permit::Permit`], which [`permit::check`] alone gives, and an attempt is begun with a [`Clearance`] alone, which says that
//! the campaign's rule of consent lets its buyer have the lead. This crate knows no carrier, no buyer's dialect and no store, and reads no clock.

mod attempt;
mod clearance;
mod facts;
mod handover;
mod impossible;
pub mod permit;
mod post;
mod queue;

pub use attempt::{Attempt, Lost, Tried};
pub use clearance::{Barred, Clearance, ConsentRule, QUESTIONS_MAX, Question};
pub use facts::{Facts, Payout, Policy};
pub use handover::Handover;
pub use post::{Post, Sold};
pub use queue::{Next, Queue};
