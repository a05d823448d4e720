//! The auction as tables: who is asked, who bid in time, who wins, and a named outcome for everybody else.

mod bids;
mod closing;
mod eligibility;
mod health;
mod random;
mod statics;
mod ties;
mod world;
