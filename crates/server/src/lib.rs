//! The whole: routes, `drive`, rounds, workers and the binary `pingpost`.
//!
//! Start at [`drive::drive`], the only place where a journey, the time and the stores meet, then [`app::App`], which
//! puts a process together. This crate decides nothing about leads, bids or money: the pure crates do.

mod absent;
mod act;
pub mod app;
pub mod asking;
pub mod audio;
pub mod book;
pub mod chance;
pub mod clock;
pub mod code;
pub mod commands;
pub mod config;
pub mod deadlines;
mod desk;
mod disguise;
pub mod doctor;
pub mod drive;
pub mod echo;
pub mod endpoints;
pub mod erasures;
pub mod events;
pub mod figures;
pub mod folded;
pub mod health;
pub mod intake;
mod lead_dial;
mod linger;
pub mod lists;
pub mod logs;
pub mod notices;
mod numbers;
pub mod panics;
mod patience;
mod paused;
pub mod people;
pub mod publications;
pub mod reconcile;
pub mod recordings;
pub mod redact;
pub mod retention;
pub mod room;
pub mod round;
pub mod rounds;
pub mod seldom;
pub mod serve;
pub mod simulator;
pub mod spooling;
pub mod standby;
pub mod sums;
pub mod switchboard;
pub mod throttle;
pub mod timers;
pub mod traces;
pub mod tries;
pub mod vitals;
pub mod watch;
pub mod webhooks;
pub mod worker;
pub mod world;

/// An error with all its causes on one line, for a log. `Display` of an error of ours never repeats its source.
pub fn chain_of(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
